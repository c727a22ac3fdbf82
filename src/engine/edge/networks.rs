//! Matting networks that are open.

use std::sync::Arc;

use parking_lot::Mutex;

use crate::engine::opened::{Asked, Opened};
use crate::job::JobError;
use crate::matte::trimap::Trimap;
use crate::models::{self, MattingNetwork};
use crate::raster::{Frame, Matte};

/// One that is open, for whoever comes first.
type Shared = Arc<Mutex<Opened<dyn MattingNetwork>>>;

/// All that were asked for, each opened once.
#[derive(Default)]
pub struct MattingNetworks(Mutex<Vec<(Asked, Shared)>>);

impl MattingNetworks {
    /// The alpha of `frame` by the network `name`; `said` is given what a user has to know, and `stopped` is
    /// asked whether anybody waits for it.
    ///
    /// # Errors
    /// [`JobError`] by who must act; [`JobError::Aborted`] when nobody waits.
    pub fn refine(
        &self,
        (name, device, threads): (&str, &str, usize),
        (frame, trimap): (&Frame, &Trimap),
        said: &mut dyn FnMut(&str),
        stopped: &mut dyn FnMut() -> bool,
    ) -> Result<Matte, JobError> {
        let opened = self.opened(Asked { name: name.to_owned(), device: device.to_owned() }, threads)?;
        opened.lock().run("edges are made", said, |matter| matter.refine_until(frame, trimap, stopped))
    }

    fn opened(&self, asked: Asked, threads: usize) -> Result<Shared, JobError> {
        let mut all = self.0.lock();
        if let Some((_, opened)) = all.iter().find(|(a, _)| *a == asked) {
            return Ok(Arc::clone(opened));
        }
        let opened = Arc::new(Mutex::new(Opened::new(asked.clone(), threads, models::open_matting_network)?));
        all.push((asked, Arc::clone(&opened)));
        Ok(opened)
    }
}
