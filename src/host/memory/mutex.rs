//! Locks of the multithread suite.

use super::{guard, handles};
use crate::host::audit::Audit;
use crate::host::status::Status;
use parking_lot::{Condvar, Mutex};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock};
use std::thread::ThreadId;

/// A lock of the multithread suite. The thread that has it may lock it again.
pub(in crate::host) struct HostMutex {
    id: usize,
    state: Mutex<(Option<ThreadId>, usize)>,
    freed: Condvar,
    audit: Option<Arc<Audit>>,
}

impl Drop for HostMutex {
    fn drop(&mut self) {
        handles::release(self.id);
    }
}

/// All locks, which live until they are destroyed.
static MUTEXES: LazyLock<Mutex<HashMap<usize, Arc<HostMutex>>>> = LazyLock::new(Mutex::default);

impl HostMutex {
    /// A lock that the calling thread has `count` times.
    pub(in crate::host) fn create(count: usize) -> usize {
        let id = handles::reserve();
        let owner = (count > 0).then(|| std::thread::current().id());
        let audit = guard::audit();
        let mutex = Arc::new(Self { id, state: Mutex::new((owner, count)), freed: Condvar::new(), audit });
        handles::register(id, &mutex);
        MUTEXES.lock().insert(id, mutex);
        id
    }

    /// Takes it away.
    pub(in crate::host) fn destroy(&self) {
        if self.state.lock().1 != 0 {
            self.fault("destroyed a mutex that was locked");
        }
        MUTEXES.lock().remove(&self.id);
    }

    fn fault(&self, what: &str) {
        match &self.audit {
            Some(audit) => audit.fault(what),
            None => guard::fault(what.to_owned()),
        }
    }

    /// Waits until this thread has it.
    pub(in crate::host) fn lock(&self) {
        let me = std::thread::current().id();
        let mut state = self.state.lock();
        while state.1 > 0 && state.0 != Some(me) {
            self.freed.wait(&mut state);
        }
        *state = (Some(me), state.1 + 1);
    }

    /// Takes it if nobody else has it.
    pub(in crate::host) fn try_lock(&self) -> Result<(), Status> {
        let me = std::thread::current().id();
        let mut state = self.state.lock();
        if state.1 > 0 && state.0 != Some(me) {
            return Err(Status::FAILED);
        }
        *state = (Some(me), state.1 + 1);
        Ok(())
    }

    /// Gives it back once.
    pub(in crate::host) fn unlock(&self) -> Result<(), Status> {
        let mut state = self.state.lock();
        if state.1 == 0 || state.0 != Some(std::thread::current().id()) {
            drop(state);
            self.fault("unlocked a mutex that this thread had not locked");
            return Err(Status::FAILED);
        }
        state.1 -= 1;
        if state.1 == 0 {
            state.0 = None;
            self.freed.notify_one();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mutexes_are_recursive_and_owned() {
        let id = HostMutex::create(1);
        let mutex = handles::find::<HostMutex>(handles::pointer::<u8>(id)).unwrap();
        mutex.lock();
        let other = mutex.clone();
        let refused = std::thread::spawn(move || (other.try_lock(), other.unlock())).join().unwrap();
        assert_eq!(refused, (Err(Status::FAILED), Err(Status::FAILED)));
        assert_eq!((mutex.unlock(), mutex.unlock()), (Ok(()), Ok(())));
        mutex.destroy();
        drop(mutex);
        assert!(handles::find::<HostMutex>(handles::pointer::<u8>(id)).is_err());
    }
}
