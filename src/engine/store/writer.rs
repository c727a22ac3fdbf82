//! What is written while nobody waits for it: a frame is answered before its mattes are compressed
//! and on disk.
//!
//! Whatever waits is found as if it were written ([`Writer::waiting`]); little may wait, so that
//! memory stays flat; and all of it is written before the writer is gone.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::JoinHandle;

use parking_lot::{Condvar, Mutex};

use super::record::Record;
use super::trouble::StoreTrouble;
use crate::engine::digest::Digest;

/// Bytes that wait at most, beyond the first piece of work; who brings more waits.
const MOST_BYTES: usize = 16 << 20;

/// Something to be written.
pub struct Write {
    /// The matte that it writes, for those who ask for it meanwhile.
    pub matte: Option<(Digest, Arc<Record>)>,
    /// Bytes of memory that it holds.
    pub bytes: usize,
    /// Writes it.
    pub run: Box<dyn FnOnce() -> Result<(), StoreTrouble> + Send>,
}

impl Write {
    fn run(self) -> Result<(), StoreTrouble> {
        (self.run)()
    }
}

#[derive(Default)]
struct Queue {
    writes: VecDeque<Write>,
    mattes: HashMap<Digest, Arc<Record>>,
    bytes: usize,
    busy: bool,
    stop: bool,
    /// Whether the last write failed. Then who brings work does it, and is told at once.
    failed: bool,
    troubles: Vec<StoreTrouble>,
}

#[derive(Default)]
struct Shared {
    queue: Mutex<Queue>,
    changed: Condvar,
}

/// A thread that writes, started by the first work.
#[derive(Default)]
pub struct Writer {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
    /// Where the thread runs; 0 for nowhere. A fork of that process has not got it.
    process: AtomicU32,
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer").finish_non_exhaustive()
    }
}

impl Writer {
    /// The matte `digest`, if it waits to be written.
    pub fn waiting(&self, digest: &Digest) -> Option<Arc<Record>> {
        self.shared.queue.lock().mattes.get(digest).cloned()
    }

    /// Writes it soon, or at once where there is no thread for it or the last write failed. Gives
    /// what went wrong with this or with earlier work.
    pub fn give(&self, write: Write) -> Vec<StoreTrouble> {
        if !self.runs() {
            return write.run().err().into_iter().collect();
        }
        let mut queue = self.shared.queue.lock();
        while !queue.writes.is_empty() && queue.bytes + write.bytes > MOST_BYTES {
            self.shared.changed.wait(&mut queue);
        }
        let mut troubles = std::mem::take(&mut queue.troubles);
        if queue.failed {
            drop(queue);
            let done = write.run();
            self.shared.queue.lock().failed = done.is_err();
            troubles.extend(done.err());
            return troubles;
        }
        if let Some((digest, record)) = &write.matte {
            queue.mattes.insert(*digest, Arc::clone(record));
        }
        queue.bytes += write.bytes;
        queue.writes.push_back(write);
        self.shared.changed.notify_all();
        troubles
    }

    /// Waits until all is written.
    #[cfg(test)]
    pub fn flush(&self) {
        let mut queue = self.shared.queue.lock();
        while queue.busy || !queue.writes.is_empty() {
            self.shared.changed.wait(&mut queue);
        }
    }

    /// Whether the thread runs; starts it where it does not.
    fn runs(&self) -> bool {
        let mut thread = self.thread.lock();
        if thread.is_none() {
            // Nothing is known yet of where it writes to.
            self.shared.queue.lock().failed = true;
            let shared = Arc::clone(&self.shared);
            self.process.store(std::process::id(), Ordering::Relaxed);
            *thread = std::thread::Builder::new().name("store".into()).spawn(move || shared.write_all()).ok();
        }
        thread.is_some()
    }
}

impl Shared {
    fn write_all(&self) {
        let mut queue = self.queue.lock();
        loop {
            let Some(write) = queue.writes.pop_front() else {
                if queue.stop {
                    return;
                }
                self.changed.wait(&mut queue);
                continue;
            };
            queue.busy = true;
            drop(queue);
            let (bytes, matte) = (write.bytes, write.matte.as_ref().map(|m| m.0));
            let done = write.run();
            queue = self.queue.lock();
            queue.busy = false;
            queue.bytes -= bytes;
            // The same matte may wait once more, and then is written once more.
            if let Some(digest) = matte {
                queue.mattes.remove(&digest);
            }
            queue.failed = done.is_err();
            queue.troubles.extend(done.err());
            self.changed.notify_all();
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if ![0, std::process::id()].contains(self.process.get_mut()) {
            // What it had to write is the other process's to write.
            return;
        }
        self.shared.queue.lock().stop = true;
        self.shared.changed.notify_all();
        if let Some(thread) = self.thread.lock().take() {
            // A panic of the thread has been reported where it happened.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::digest::Recipe;
    use crate::raster::Matte;
    use std::path::PathBuf;
    use std::sync::atomic::AtomicUsize;

    fn trouble() -> StoreTrouble {
        StoreTrouble::Unwritable(PathBuf::from("here"), "for a test".into())
    }

    fn write(done: &Arc<AtomicUsize>, result: Result<(), StoreTrouble>) -> Write {
        let done = Arc::clone(done);
        let run = move || {
            std::thread::sleep(std::time::Duration::from_millis(2));
            done.fetch_add(1, Ordering::SeqCst);
            result
        };
        Write { matte: None, bytes: MOST_BYTES / 4, run: Box::new(run) }
    }

    #[test]
    fn all_is_written_and_little_waits() {
        let done = Arc::new(AtomicUsize::new(0));
        let writer = Writer::default();
        for given in 1..=40 {
            assert!(writer.give(write(&done, Ok(()))).is_empty());
            assert!(given - done.load(Ordering::SeqCst) <= 6, "more waits than may");
        }
        writer.flush();
        assert_eq!(done.load(Ordering::SeqCst), 40);
        writer.give(write(&done, Ok(())));
        drop(writer);
        assert_eq!(done.load(Ordering::SeqCst), 41);
    }

    #[test]
    fn what_waits_is_found_and_what_fails_is_told() {
        let done = Arc::new(AtomicUsize::new(0));
        let writer = Writer::default();
        assert_eq!(writer.give(write(&done, Err(trouble()))), [trouble()], "the first is told at once");
        assert!(writer.give(write(&done, Ok(()))).is_empty());
        let digest = Recipe::new("test").done();
        let record = Arc::new(Record {
            matte: Matte::filled(2, 2, 0.5),
            confidence: 1.0,
            confidence_map: None,
            present: true,
            carried: None,
            noticed: None,
        });
        let (go, wait) = std::sync::mpsc::channel::<()>();
        let run = move || {
            let _ = wait.recv();
            Err(trouble())
        };
        let matte = Some((digest, Arc::clone(&record)));
        assert!(writer.give(Write { matte, bytes: 0, run: Box::new(run) }).is_empty());
        assert_eq!(writer.waiting(&digest), Some(record));
        go.send(()).expect("it waits");
        writer.flush();
        assert_eq!(writer.waiting(&digest), None);
        assert_eq!(writer.give(write(&done, Err(trouble()))), [trouble(), trouble()]);
    }
}
