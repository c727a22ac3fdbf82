//! Asking for what a text names.

use ipc_channel::ipc;

use super::{Broken, Client, ClientError, Place, Received, receive};
use crate::job::{DetectRequest, Detections, JobError, Note};
use crate::raster::Frame;
use crate::worker::messages::{FromWorker, Pixels, ToWorker};
use crate::worker::process::{POLL, Process};
use crate::worker::pulse::Pulse;

impl Client {
    /// What the text of `request` may mean in `frame`, the best first. `stopped` is asked ten times a
    /// second whether anyone still waits.
    ///
    /// # Errors
    /// [`ClientError`] when the engine cannot answer or there is no worker to be had;
    /// [`JobError::Aborted`] in it when it was stopped.
    pub fn detect(
        &self,
        request: &DetectRequest,
        frame: &Frame,
        stopped: &mut dyn FnMut() -> bool,
        notes: &mut dyn FnMut(Note),
    ) -> Result<Detections, ClientError> {
        if let Place::Here(engine) = &self.place {
            return Ok(engine.detect(request, frame, notes)?);
        }
        let doing = "looked for what a text names";
        self.tried(doing, stopped, notes, |process, _, stopped, notes| {
            ask(process, self.pulse(), request, frame, (stopped, notes))
        })
    }
}

fn ask(
    process: &Process,
    mut pulse: Pulse,
    request: &DetectRequest,
    frame: &Frame,
    (stopped, notes): (&mut dyn FnMut() -> bool, &mut dyn FnMut(Note)),
) -> Result<Detections, Broken> {
    let internal = |what: String| Broken::Failed(JobError::Internal(what).into());
    let (reply, answer) =
        ipc::channel().map_err(|e| internal(format!("there is no channel to the worker: {e}")))?;
    let pixels = Pixels::of_frame(frame).map_err(|e| internal(e.to_string()))?;
    if !process.order(ToWorker::Detect { request: Box::new(request.clone()), frame: pixels, reply }) {
        return Err(Broken::Died);
    }
    loop {
        if stopped() {
            return Err(JobError::Aborted.into());
        }
        let message = match receive(&answer, POLL) {
            Received::Message(message) => message,
            Received::Nothing if pulse.listen(process) => continue,
            Received::Nothing => return Err(Broken::Hangs),
            Received::Gone => return Err(Broken::Died),
        };
        pulse.heard();
        match message {
            FromWorker::Detections(found) => return Ok(found),
            FromWorker::Note(note) => notes(note),
            FromWorker::Failed(error) => return Err(error.into()),
            _ => return Err(internal("the worker answered another question".to_owned())),
        }
    }
}
