//! The worker process: the engine behind a channel.
//!
//! It lives as long as the channel from its plugin does. Where a copy of the channel could outlive
//! the plugin, in another child of the host, it notices that its parent is gone.

use std::ffi::OsString;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::JoinHandle;

use ipc_channel::ipc::{IpcReceiver, IpcSender};
use serde::Serialize;

use super::channel::{MeetError, meet};
use super::limits::bound_memory;
use super::messages::{FrameJob, FromWorker, Need, ToWorker};
use super::parent::end_with_parent;
use super::remote_frames::RemoteFrames;
use super::requests::{Requests, Supply};
use super::stats;
use super::watch::WatchedRequests;
use super::work::{FrameWork, detect};
use crate::engine::Engine;
use crate::job::EngineSettings;

/// Why a worker cannot serve, or ends.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Nobody listens where it was sent, or another user does.
    #[error("cannot connect to the plugin that started this worker: {0}")]
    Connect(MeetError),
    /// The plugin speaks another language.
    #[error("the plugin sent a request without the channel that it names")]
    Order,
}

/// Serves the plugin that listens at `place`, until it is gone. Once in a process: it decides where the
/// transport's temporary files are.
///
/// # Errors
/// [`ServeError`] when there is no such plugin, or it sends what no plugin does.
pub fn serve(place: OsString) -> Result<(), ServeError> {
    // At first, since a plugin that is gone meets nobody.
    end_with_parent();
    let (orders, mut first) = meet(place).map_err(ServeError::Connect)?;
    bound_memory();
    let mut server = Server::default();
    server.watched.end_when_overdue();
    let ended = loop {
        let order = match first.take().map_or_else(|| next(&orders), |first| Ok(Some(first))) {
            Ok(Some(order)) => order,
            Ok(None) => break Ok(()),
            Err(error) => break Err(error),
        };
        if !server.obey(order) {
            break Ok(());
        }
    };
    // Nobody waits for these any more, but what they have found belongs into the store.
    server.requests.stop();
    for thread in server.threads {
        let _ = thread.join();
    }
    ended
}

/// The next order; none when the plugin is gone. The transport panics where a message names a channel that did not
/// come with it.
fn next(orders: &IpcReceiver<ToWorker>) -> Result<Option<ToWorker>, ServeError> {
    let received = catch_unwind(AssertUnwindSafe(|| orders.recv()));
    received.map(Result::ok).map_err(|_| ServeError::Order)
}

/// What a worker is at.
#[derive(Default)]
struct Server {
    engine: Option<Arc<Engine>>,
    requests: Requests,
    watched: WatchedRequests,
    threads: Vec<JoinHandle<()>>,
}

impl Server {
    /// Does what is ordered, or begins it on a thread; false when the worker is to end.
    fn obey(&mut self, order: ToWorker) -> bool {
        match order {
            ToWorker::Configure(settings) => {
                let engine = Arc::new(Engine::new(settings));
                self.engine = Some(Arc::clone(&engine));
                // Without it the first write does it.
                self.start("tidy".to_owned(), move || engine.tidy());
            }
            ToWorker::End => return false,
            ToWorker::Track { job, reply } => {
                self.start_request(format!("frame {}", job.time), job, reply, FrameWork::track);
            }
            ToWorker::Known { job, frames, reply } => {
                self.start_request("known".to_owned(), job, reply, move |work| work.look_up(frames));
            }
            ToWorker::Detect { request, frame, reply } => {
                let (engine, watched) = (self.engine(), self.watched.clone());
                // Its graphs run to their end: a plugin that does not wait any more is not answered.
                self.start("text".to_owned(), move || {
                    let _guard = watched.watch(&request.model, &reply);
                    detect(&engine, &request, frame, &reply);
                });
            }
            ToWorker::Frame { id, frame } => self.requests.hand_on(id, Supply::Frame(frame)),
            ToWorker::Stamps { id, stamps } => self.requests.hand_on(id, Supply::Stamps(stamps)),
            ToWorker::Mask { id, mask } => self.requests.hand_on(id, Supply::Mask(mask)),
            ToWorker::Cancel { id } => self.requests.hand_on(id, Supply::Stop),
            ToWorker::Stats { reply } => {
                // A plugin that does not wait for them any more misses nothing.
                let _ = reply.send(stats::of_this_process());
            }
        }
        true
    }

    /// The engine, as it was configured.
    fn engine(&mut self) -> Arc<Engine> {
        let engine = self.engine.get_or_insert_with(|| Arc::new(Engine::new(EngineSettings::default())));
        Arc::clone(engine)
    }

    /// Begins `work` on a request that is about a frame, on a thread called `name`.
    fn start_request<A: Serialize + Send + 'static>(
        &mut self,
        name: String,
        job: FrameJob,
        reply: IpcSender<FromWorker<Need, A>>,
        work: impl FnOnce(FrameWork<A>) + Send + 'static,
    ) {
        let FrameJob { id, request, time, run, frame } = job;
        let supplies = self.requests.begin(id);
        let frames = RemoteFrames::new(reply.clone(), supplies).with_frame(time, frame).for_run(run);
        let (engine, requests, watched) = (self.engine(), self.requests.clone(), self.watched.clone());
        self.start(name, move || {
            let _guard = watched.watch(&request.tracker, &reply);
            work(FrameWork { engine, request, time, frames, reply });
            requests.end(id);
        });
    }

    /// Does `work` on a thread called `name`. Dropping what could not be started closes its reply, which the plugin
    /// sees.
    fn start(&mut self, name: String, work: impl FnOnce() + Send + 'static) {
        let thread = std::thread::Builder::new().name(name).spawn(work);
        self.threads.retain(|thread| !thread.is_finished());
        self.threads.extend(thread);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ipc_channel::ipc;

    #[test]
    fn an_order_that_names_a_channel_which_did_not_come_is_an_error() {
        // `ToWorker::Stats`, the tenth order, whose reply is the first of no channels.
        let (sender, receiver) = ipc::channel::<(u8, u8)>().expect("a channel");
        sender.send((9, 0)).expect("sent");
        sender.send((8, 0)).expect("sent");
        let orders: IpcReceiver<ToWorker> = receiver.to_opaque().to();
        assert!(matches!(next(&orders), Err(ServeError::Order)));
        assert!(matches!(next(&orders), Ok(Some(ToWorker::End))));
        drop(sender);
        assert!(matches!(next(&orders), Ok(None)), "the plugin is gone");
    }
}
