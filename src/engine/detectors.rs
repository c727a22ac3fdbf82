//! Boxes around what a text names, by a detector that is kept a while.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::open_model::{ModelKey, OpenModel};
use super::threads::Threads;
use crate::job::{DetectRequest, Detections, Device, JobError, Note};
use crate::models::{self, Detector};
use crate::raster::Frame;
use parking_lot::Mutex;

/// How long a detector is kept unasked while frames are tracked: it takes a gigabyte that the tracker
/// may have use for, and seconds to load.
const KEPT: Duration = Duration::from_secs(60);

/// The detector that was used last.
pub struct Detectors {
    threads: Threads,
    last: Mutex<Option<LastDetector>>,
}

struct LastDetector {
    key: ModelKey,
    opened: Arc<Mutex<OpenModel<dyn Detector>>>,
    used: Instant,
}

impl Detectors {
    /// None is open yet.
    pub fn new(threads: Threads) -> Self {
        Self { threads, last: Mutex::default() }
    }

    /// Lets the detector go if nobody asked for it for a while.
    pub fn let_go(&self) {
        // While one is being opened it is asked for.
        if let Some(mut last) = self.last.try_lock()
            && last.as_ref().is_some_and(|last| last.used.elapsed() > KEPT)
        {
            *last = None;
        }
    }

    /// The detector that is asked for, opened where it is not the last one.
    fn get(&self, key: ModelKey) -> Result<Arc<Mutex<OpenModel<dyn Detector>>>, JobError> {
        let mut last = self.last.lock();
        if let Some(last) = last.as_mut().filter(|last| last.key == key) {
            last.used = Instant::now();
            return Ok(Arc::clone(&last.opened));
        }
        // Two of them do not fit where one does.
        *last = None;
        let opened = OpenModel::new(key.clone(), self.threads.count(), models::open_detector)?;
        let opened = Arc::new(Mutex::new(opened));
        *last = Some(LastDetector { key, opened: Arc::clone(&opened), used: Instant::now() });
        Ok(opened)
    }

    /// What the text of `request` may mean in `frame`.
    ///
    /// # Errors
    /// [`JobError`] by who must act: a text that names nothing, a pack that is missing or damaged.
    pub fn detect(
        &self,
        request: &DetectRequest,
        frame: &Frame,
        notes: &mut dyn FnMut(Note),
    ) -> Result<Detections, JobError> {
        let name = match request.model.trim() {
            "" => models::first_detector().ok_or_else(|| {
                JobError::Model(
                    "no text model is installed: `cargo xtask export-model --family grounding-dino` makes a \
                     pack, `airoto models add` installs it"
                        .to_owned(),
                )
            })?,
            name => name.to_owned(),
        };
        let device = match request.device.trim() {
            "" => Device::Auto.to_string(),
            device => device.to_owned(),
        };
        let opened = self.get(ModelKey { name, device })?;
        let mut opened = opened.lock();
        let candidates =
            opened.run("finding boxes", &mut |note| notes(Note::Warning(note.to_owned())), |detector| {
                detector.detect(frame, &request.text, request.thresholds)
            })?;
        let info = opened.model().info();
        Ok(Detections { candidates, model: info.name, device: info.device })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::{Candidate, ModelInfo, Thresholds};
    use crate::models::{Model, ModelError};

    struct Nothing;

    impl Model for Nothing {
        fn info(&self) -> ModelInfo {
            let text = String::new;
            ModelInfo { name: text(), version: text(), device: text(), note: None }
        }
    }

    impl Detector for Nothing {
        fn detect(&mut self, _: &Frame, _: &str, _: Thresholds) -> Result<Vec<Candidate>, ModelError> {
            Ok(Vec::new())
        }
    }

    #[test]
    fn a_detector_that_nobody_asks_for_is_let_go() {
        let detectors = Detectors::new(Threads(1));
        let used = |ago: Duration| {
            let key = ModelKey { name: "nothing".to_owned(), device: "cpu".to_owned() };
            let opened = OpenModel::<dyn Detector>::new(key.clone(), 1, |_, _, _| Ok(Box::new(Nothing)));
            let opened = opened.expect("nothing can fail");
            let used = Instant::now().checked_sub(ago).expect("the clock has run so long");
            *detectors.last.lock() = Some(LastDetector { key, opened: Arc::new(Mutex::new(opened)), used });
        };
        used(Duration::ZERO);
        detectors.let_go();
        assert!(detectors.last.lock().is_some());
        used(KEPT + Duration::from_secs(1));
        let held = detectors.last.lock();
        detectors.let_go();
        assert!(held.is_some(), "not while it is being opened");
        drop(held);
        detectors.let_go();
        assert!(detectors.last.lock().is_none());
    }
}
