//! The multithread suite.

use crate::host::effect::scope::{self, Scope};
use crate::host::memory::guard::{self, guard, put};
use crate::host::memory::handles;
use crate::host::memory::mutex::HostMutex;
use crate::host::status::Status;
use crate::ofx::sys::{OfxMultiThreadSuiteV1, OfxMutexHandle, OfxThreadFunctionV1};
use std::ffi::{c_int, c_uint, c_void};
use std::sync::atomic::{AtomicU32, Ordering};

pub(super) static SUITE: OfxMultiThreadSuiteV1 = OfxMultiThreadSuiteV1 {
    multiThread: Some(multi_thread),
    multiThreadNumCPUs: Some(num_cpus),
    multiThreadIndex: Some(index),
    multiThreadIsSpawnedThread: Some(is_spawned),
    mutexCreate: Some(mutex_create),
    mutexDestroy: Some(mutex_destroy),
    mutexLock: Some(mutex_lock),
    mutexUnLock: Some(mutex_unlock),
    mutexTryLock: Some(mutex_try_lock),
};

/// Threads that run at once; a plugin may ask for as many pieces of work as it likes.
const MOST_THREADS: u32 = 128;

/// An argument of a plugin, to be handed to its own function on other threads.
#[derive(Clone, Copy)]
struct Argument(*mut c_void);

// SAFETY: the suite's contract is that the argument goes to all threads; what it points to is the
// plugin's to guard.
unsafe impl Send for Argument {}
// SAFETY: as above.
unsafe impl Sync for Argument {}

fn threads() -> u32 {
    let wanted = scope::current().and_then(|s| s.effect).map_or(0, |e| e.profile().threads);
    if wanted > 0 {
        wanted
    } else {
        std::thread::available_parallelism().map_or(1, |n| u32::try_from(n.get()).unwrap_or(1))
    }
}

unsafe extern "C" fn multi_thread(
    function: OfxThreadFunctionV1,
    count: c_uint,
    argument: *mut c_void,
) -> c_int {
    guard("multiThread", || {
        let function = function.ok_or(Status::FAILED)?;
        if scope::current().is_some_and(|s| s.spawned.is_some()) {
            guard::fault("called multiThread on a thread that multiThread started".to_owned());
            return Err(Status::EXISTS);
        }
        let count = if count == 0 { threads() } else { count };
        let parent = scope::current();
        let argument = Argument(argument);
        let next = AtomicU32::new(0);
        let work = || {
            let argument: Argument = argument;
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                if index >= count {
                    break;
                }
                // SAFETY: the plugin's own function with its own argument.
                let call = || unsafe { function(index, count, argument.0) };
                match &parent {
                    Some(parent) => scope::within(Scope { spawned: Some(index), ..parent.clone() }, call),
                    None => call(),
                }
            }
        };
        if count == 1 {
            work();
        } else {
            std::thread::scope(|scope| {
                for _ in 0..count.min(MOST_THREADS) {
                    scope.spawn(work);
                }
            });
        }
        Ok(())
    })
}

unsafe extern "C" fn num_cpus(target: *mut c_uint) -> c_int {
    guard("multiThreadNumCPUs", || {
        // SAFETY: a plugin passes null or the address of a variable.
        unsafe { put(target, threads()) }
    })
}

unsafe extern "C" fn index(target: *mut c_uint) -> c_int {
    guard("multiThreadIndex", || {
        let index = scope::current().and_then(|s| s.spawned).unwrap_or(0);
        // SAFETY: a plugin passes null or the address of a variable.
        unsafe { put(target, index) }
    })
}

unsafe extern "C" fn is_spawned() -> c_int {
    let mut spawned = 0;
    guard("multiThreadIsSpawnedThread", || {
        spawned = c_int::from(scope::current().is_some_and(|s| s.spawned.is_some()));
        Ok(())
    });
    spawned
}

unsafe extern "C" fn mutex_create(target: *mut OfxMutexHandle, count: c_int) -> c_int {
    guard("mutexCreate", || {
        if target.is_null() {
            return Err(Status::VALUE);
        }
        let id = HostMutex::create(usize::try_from(count).unwrap_or(0));
        // SAFETY: not null, and a plugin passes the address of a variable.
        unsafe { put(target, handles::pointer(id)) }
    })
}

unsafe extern "C" fn mutex_destroy(mutex: OfxMutexHandle) -> c_int {
    guard("mutexDestroy", || {
        handles::find::<HostMutex>(mutex)?.destroy();
        Ok(())
    })
}

unsafe extern "C" fn mutex_lock(mutex: OfxMutexHandle) -> c_int {
    guard("mutexLock", || {
        handles::find::<HostMutex>(mutex)?.lock();
        Ok(())
    })
}

unsafe extern "C" fn mutex_unlock(mutex: OfxMutexHandle) -> c_int {
    guard("mutexUnLock", || handles::find::<HostMutex>(mutex)?.unlock())
}

unsafe extern "C" fn mutex_try_lock(mutex: OfxMutexHandle) -> c_int {
    guard("mutexTryLock", || handles::find::<HostMutex>(mutex)?.try_lock())
}
