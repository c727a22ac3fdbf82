//! A worker that is there and does nothing.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use airoto::job::Note;
use airoto::worker::ClientError;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::stage::*;

#[test]
fn a_stopped_worker_is_noticed_and_replaced() {
    let cache = tempfile::tempdir().expect("a folder");
    let client = client(airoto(), cache.path()).with_patience(Duration::from_secs(2));
    let expected = client.track(&request(), 3, &mut Footage::new(), &mut |_| {}).expect("tracked");
    client.shutdown();
    client.track(&request(), 0, &mut Footage::new(), &mut |_| {}).expect("tracked");
    let stopped = pid(&client);
    kill(Pid::from_raw(stopped as i32), Signal::SIGSTOP).expect("it runs");

    // Whoever waits for ever is let go after a while, so that the test ends.
    let mut source = Footage::new();
    let stop = Arc::clone(&source.stop);
    std::thread::spawn(move || {
        std::thread::sleep(Duration::from_secs(30));
        stop.store(true, Ordering::Relaxed);
    });
    let mut warnings = Vec::new();
    let mut notes = |note| {
        if let Note::Warning(text) = note {
            warnings.push(text);
        }
    };
    let found = client.track(&request(), 3, &mut source, &mut notes).expect("tracked by another one");
    assert!(same(&found, &expected));
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("tracked frame 3 (it did not respond for 2 s)"), "{warnings:?}");
    assert_ne!(pid(&client), stopped);
    assert!(gone(stopped), "it is ended, though it was stopped");
}

#[test]
fn a_worker_that_is_stopped_each_time_is_given_up() {
    let cache = tempfile::tempdir().expect("a folder");
    let client = client(airoto(), cache.path()).with_patience(Duration::from_millis(600));
    client.track(&request(), 0, &mut Footage::new(), &mut |_| {}).expect("tracked");
    let mut source = Footage::with(|time| {
        if time == 2 {
            kill(Pid::from_raw(pid(&client) as i32), Signal::SIGSTOP).expect("it runs");
        }
    });
    let begun = Instant::now();
    let error = client.track(&request(), 4, &mut source, &mut |_| {}).expect_err("stopped each time");
    assert!(matches!(error, ClientError::Died { times: 3, .. }), "{error}");
    assert!(error.to_string().contains("it did not respond for 0.6 s"), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(20));
}

#[test]
fn a_worker_that_works_for_long_is_waited_for() {
    let cache = tempfile::tempdir().expect("a folder");
    // Each question is to be answered within a fraction of this, and a frame takes longer.
    let client = client(airoto(), cache.path()).with_patience(Duration::from_secs(2));
    client.track(&request(), 0, &mut Footage::new(), &mut |_| {}).expect("tracked");
    // The worker waits for the frame, and the plugin for the host: nobody is to blame.
    let mut source = Footage::with(|_| std::thread::sleep(Duration::from_millis(1200)));
    let before = pid(&client);
    let mut notes = Vec::new();
    client.track(&request(), 4, &mut source, &mut |note| notes.push(note)).expect("tracked");
    assert!(!notes.iter().any(|note| matches!(note, Note::Warning(_))), "{notes:?}");
    // Here it computes.
    let large = airoto::job::Request { width: 960, height: 720, last: 1, ..request() };
    let mut source = Large;
    client.track(&large, 1, &mut source, &mut |note| notes.push(note)).expect("tracked");
    assert!(!notes.iter().any(|note| matches!(note, Note::Warning(_))), "{notes:?}");
    assert_eq!(pid(&client), before);
}

/// Two frames that take a while.
struct Large;

impl airoto::job::FrameSource for Large {
    fn frame(&mut self, time: i64) -> Result<Arc<airoto::raster::Frame>, airoto::job::SourceError> {
        let pixel = |x: u32, y: u32| {
            let (x, y) = (x + 5 * time as u32, y + 3 * time as u32);
            let h = (x / 3).wrapping_mul(0x9E37_79B1) ^ (y / 3).wrapping_mul(0x85EB_CA77);
            [(h >> 9) as u8, (h >> 17) as u8, (h >> 24) as u8]
        };
        let data = (0..960 * 720).flat_map(|i| pixel(i % 960, i / 960)).collect();
        Ok(Arc::new(airoto::raster::Frame::new(960, 720, data).expect("the size")))
    }

    fn mask(&mut self, _: i64) -> Result<Option<airoto::raster::Matte>, airoto::job::SourceError> {
        let inside = |x, y| f32::from(u8::from((300..600).contains(&x) && (200..500).contains(&y)));
        let data = (0..960 * 720).map(|i| inside(i % 960, i / 960)).collect();
        Ok(Some(airoto::raster::Matte::new(960, 720, data).expect("the size")))
    }

    fn aborted(&mut self) -> bool {
        false
    }
}
