//! Matting networks that are open.

use std::sync::Arc;

use parking_lot::Mutex;

use crate::engine::open_model::{ModelKey, OpenModel};
use crate::engine::threads::Threads;
use crate::engine::track::Caller;
use crate::job::{JobError, Note};
use crate::matte::trimap::Trimap;
use crate::models::{self, MattingNetwork};
use crate::raster::{Frame, Matte};

/// One that is open, for whoever comes first.
type Shared = Arc<Mutex<OpenModel<dyn MattingNetwork>>>;

/// All that were asked for, each opened once.
pub struct MattingNetworks {
    threads: Threads,
    open: Mutex<Vec<(ModelKey, Shared)>>,
}

/// What is asked of a matting network.
pub struct MattingRequest<'a> {
    /// Which one.
    pub network: ModelKey,
    /// The picture.
    pub frame: &'a Frame,
    /// Where the object is, is not, or is partly, at the size of the picture.
    pub trimap: &'a Trimap,
}

impl MattingNetworks {
    /// None is open yet.
    pub fn new(threads: Threads) -> Self {
        Self { threads, open: Mutex::default() }
    }

    /// The alpha that is asked for. The caller is told what a user has to know, and asked whether anybody waits.
    ///
    /// # Errors
    /// [`JobError`] by who must act; [`JobError::Aborted`] when nobody waits.
    pub fn refine(&self, asked: MattingRequest, caller: Caller) -> Result<Matte, JobError> {
        let MattingRequest { network, frame, trimap } = asked;
        let Caller { source, notes } = caller;
        let mut warn = |note: &str| notes(Note::Warning(note.to_owned()));
        let mut stopped = || source.aborted();
        let opened = self.opened(network)?;
        let mut opened = opened.lock();
        opened.run("making edges", &mut warn, |network| network.refine_until(frame, trimap, &mut stopped))
    }

    fn opened(&self, key: ModelKey) -> Result<Shared, JobError> {
        let mut open = self.open.lock();
        if let Some((_, opened)) = open.iter().find(|(k, _)| *k == key) {
            return Ok(Arc::clone(opened));
        }
        let opened = OpenModel::new(key.clone(), self.threads.count(), models::open_matting_network)?;
        let opened = Arc::new(Mutex::new(opened));
        open.push((key, Arc::clone(&opened)));
        Ok(opened)
    }
}
