//! Matting networks that are open.

use std::sync::Arc;

use parking_lot::Mutex;

use crate::engine::{CPU, EngineError, with_less_memory};
use crate::matte::trimap::Trimap;
use crate::models::{self, Device, Matter, ModelError};
use crate::raster::{Frame, Matte};

/// A matting network, and why it is another than was asked for.
struct Opened {
    matter: Box<dyn Matter>,
    note: Option<String>,
    /// Whether it runs on the processor, after which there is nothing to go on with.
    last: bool,
}

/// Name and device by which a matting network was asked for.
type Asked = (String, String);

/// All that were asked for, each opened once.
#[derive(Default)]
pub struct Matters(Mutex<Vec<(Asked, Arc<Mutex<Opened>>)>>);

impl Matters {
    /// The alpha of `frame` by the network `name`; `said` is given what a user has to know, and `stopped` is
    /// asked whether anybody waits for it.
    ///
    /// # Errors
    /// [`EngineError`] by who must act; [`EngineError::Aborted`] when nobody waits.
    pub fn refine(
        &self,
        (name, device, threads): (&str, &str, usize),
        (frame, trimap): (&Frame, &Trimap),
        said: &mut dyn FnMut(&str),
        stopped: &mut dyn FnMut() -> bool,
    ) -> Result<Matte, EngineError> {
        let opened = self.opened(name, device, threads)?;
        let mut opened = opened.lock();
        loop {
            opened.note.iter().for_each(|note| said(note));
            match opened.matter.refine_until(frame, trimap, stopped) {
                Err(ModelError::OutOfMemory { .. }) if !opened.last => {
                    opened.step_down(name, device, threads)?
                }
                other => return Ok(other?),
            }
        }
    }

    fn opened(&self, name: &str, device: &str, threads: usize) -> Result<Arc<Mutex<Opened>>, EngineError> {
        let asked = (name.to_owned(), device.to_owned());
        let mut all = self.0.lock();
        if let Some((_, opened)) = all.iter().find(|(a, _)| *a == asked) {
            return Ok(Arc::clone(opened));
        }
        let matter = models::open_matter(name, device.parse().map_err(ModelError::from)?, threads)?;
        let note = matter.info().note;
        let opened = Arc::new(Mutex::new(Opened { matter, note, last: device == CPU }));
        all.push((asked, Arc::clone(&opened)));
        Ok(opened)
    }
}

impl Opened {
    fn step_down(&mut self, name: &str, device: &str, threads: usize) -> Result<(), EngineError> {
        let asked: Device = device.parse().map_err(ModelError::from)?;
        let (from, smaller) = (self.matter.info().device, self.matter.smaller());
        let open = |name: &str, device: Device| models::open_matter(name, device, threads);
        let less = with_less_memory(smaller.as_deref(), |n| open(n, asked), || open(name, Device::Cpu))?;
        (self.matter, self.last) = less;
        let info = self.matter.info();
        self.note = Some(format!(
            "the {from} has too little memory for {name}: edges are made by {} on the {} from here on",
            info.name, info.device
        ));
        Ok(())
    }
}
