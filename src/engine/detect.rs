//! Boxes around what a text names, by a detector that is kept a while.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Engine;
use super::opened::{Asked, Opened};
use crate::job::{DetectRequest, Detections, Device, JobError, Note};
use crate::models::{self, Detector};
use crate::raster::Frame;
use parking_lot::Mutex;

/// How long a detector is kept unasked while frames are tracked: it takes a gigabyte that the tracker
/// may have use for, and seconds to load.
const KEPT: Duration = Duration::from_secs(60);

/// The detector that was used last.
#[derive(Default)]
pub(super) struct Detectors(Mutex<Option<Kept>>);

struct Kept {
    asked: Asked,
    opened: Arc<Mutex<Opened<dyn Detector>>>,
    used: Instant,
}

impl Detectors {
    /// Lets the detector go if nobody asked for it for a while.
    pub fn let_go(&self) {
        // While one is being opened it is asked for.
        if let Some(mut kept) = self.0.try_lock()
            && kept.as_ref().is_some_and(|kept| kept.used.elapsed() > KEPT)
        {
            *kept = None;
        }
    }

    /// The detector that is asked for, opened where it is not the last one.
    fn get(&self, asked: Asked, threads: usize) -> Result<Arc<Mutex<Opened<dyn Detector>>>, JobError> {
        let mut kept = self.0.lock();
        if let Some(kept) = kept.as_mut().filter(|kept| kept.asked == asked) {
            kept.used = Instant::now();
            return Ok(Arc::clone(&kept.opened));
        }
        // Two of them do not fit where one does.
        *kept = None;
        let opened = Arc::new(Mutex::new(Opened::new(asked.clone(), threads, models::open_detector)?));
        *kept = Some(Kept { asked, opened: Arc::clone(&opened), used: Instant::now() });
        Ok(opened)
    }
}

impl Engine {
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
                    "no model that finds what a text names is installed: `cargo xtask export-model \
                     --family grounding-dino` makes a pack, `airoto models add` installs it"
                        .to_owned(),
                )
            })?,
            name => name.to_owned(),
        };
        let device = match request.device.trim() {
            "" => Device::Auto.to_string(),
            device => device.to_owned(),
        };
        let opened = self.detectors.get(Asked { name, device }, self.threads())?;
        let mut opened = opened.lock();
        let candidates =
            opened.run("boxes are found", &mut |note| notes(Note::Warning(note.to_owned())), |detector| {
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
        let detectors = Detectors::default();
        let used = |ago: Duration| {
            let asked = Asked { name: "nothing".to_owned(), device: "cpu".to_owned() };
            let opened = Opened::<dyn Detector>::new(asked.clone(), 1, |_, _, _| Ok(Box::new(Nothing)));
            let opened = opened.expect("nothing can fail");
            let used = Instant::now().checked_sub(ago).expect("the clock has run so long");
            *detectors.0.lock() = Some(Kept { asked, opened: Arc::new(Mutex::new(opened)), used });
        };
        used(Duration::ZERO);
        detectors.let_go();
        assert!(detectors.0.lock().is_some());
        used(KEPT + Duration::from_secs(1));
        let held = detectors.0.lock();
        detectors.let_go();
        assert!(held.is_some(), "not while it is being opened");
        drop(held);
        detectors.let_go();
        assert!(detectors.0.lock().is_none());
    }
}
