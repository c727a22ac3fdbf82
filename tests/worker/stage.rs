//! What the tests of the worker share: footage, requests, clients, and processes to be hosts.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use airoto::job::{EngineSettings, FrameSource, MaskKeys, Request, SourceError, TrackedFrame};
use airoto::raster::{Frame, Matte};
use airoto::worker::{Client, Mode};

pub const WIDTH: u32 = 64;
pub const HEIGHT: u32 = 48;
pub const LAST: i64 = 5;

pub fn airoto() -> PathBuf {
    env!("CARGO_BIN_EXE_airoto").into()
}

/// A textured square that moves over a textured ground.
pub fn frame(time: i64) -> Frame {
    let left = 10 + 3 * time as u32;
    let noise = |x: u32, y: u32, seed: u32| {
        let h = (x.wrapping_mul(0x9E37_79B1) ^ y.wrapping_mul(0x85EB_CA77) ^ seed).wrapping_mul(0xC2B2_AE3D);
        (h >> 24) as u8 / 4
    };
    let pixel = |x: u32, y: u32| {
        if (left..left + 16).contains(&x) && (14..30).contains(&y) {
            [190 + noise(x - left, y, 1), 60, 40]
        } else {
            [40, 90 + noise(x, y, 2), 120]
        }
    };
    let data = (0..WIDTH * HEIGHT).flat_map(|i| pixel(i % WIDTH, i / WIDTH)).collect();
    Frame::new(WIDTH, HEIGHT, data).expect("the size")
}

pub type OnFrame<'a> = Box<dyn FnMut(i64) + Send + 'a>;

/// The footage, with something that happens when a frame is asked for.
pub struct Footage<'a> {
    pub on_frame: OnFrame<'a>,
    pub stop: Arc<AtomicBool>,
}

impl<'a> Footage<'a> {
    pub fn new() -> Self {
        Self::with(|_| {})
    }

    pub fn with(on_frame: impl FnMut(i64) + Send + 'a) -> Self {
        Self { on_frame: Box::new(on_frame), stop: Arc::default() }
    }
}

impl FrameSource for Footage<'_> {
    fn frame(&mut self, time: i64) -> Result<Arc<Frame>, SourceError> {
        (self.on_frame)(time);
        if time > LAST {
            return Err(SourceError::Failed(format!("frame {time} is not there")));
        }
        Ok(Arc::new(frame(time)))
    }

    fn mask(&mut self, _: i64) -> Result<Option<Matte>, SourceError> {
        let inside = |x, y| f32::from(u8::from((10..26).contains(&x) && (14..30).contains(&y)));
        let data = (0..WIDTH * HEIGHT).map(|i| inside(i % WIDTH, i / WIDTH)).collect();
        Ok(Some(Matte::new(WIDTH, HEIGHT, data).expect("the size")))
    }

    fn aborted(&mut self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

pub fn request() -> Request {
    Request {
        tracker: "flow".into(),
        width: WIDTH,
        height: HEIGHT,
        last: LAST,
        mask: MaskKeys::On(0),
        store: false,
        ..Request::default()
    }
}

pub fn settings(cache: &Path) -> EngineSettings {
    EngineSettings { cache: Some(cache.to_owned()), ..EngineSettings::default() }
}

pub fn client(executable: PathBuf, cache: &Path) -> Client {
    Client::with_settings(Mode::Process { executable }, settings(cache))
}

pub fn pid(client: &Client) -> u32 {
    client.stats(Duration::from_secs(5)).expect("a worker runs").pid
}

pub fn same(a: &TrackedFrame, b: &TrackedFrame) -> bool {
    a.tracker == b.tracker
        && a.objects.len() == b.objects.len()
        && a.objects.iter().zip(&b.objects).all(|(a, b)| {
            a.name == b.name && a.matte == b.matte && a.confidence == b.confidence && a.pinned == b.pinned
        })
}

pub fn gone(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"));
    stat.map_or(true, |s| s.contains(") Z "))
}

pub fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(20), "{what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// A program that runs `script` in a shell.
#[cfg(unix)]
pub fn program(folder: &Path, script: &str) -> PathBuf {
    use std::os::unix::fs::PermissionsExt;
    let path = folder.join("program");
    // Written by another process: this one forks on other threads, and a program that a child of
    // it still has open for writing cannot be executed.
    let written = Command::new("/bin/sh")
        .args(["-c", r#"printf '#!/bin/sh\n%s\n' "$2" > "$1""#, "sh"])
        .arg(&path)
        .arg(script)
        .status()
        .expect("a shell");
    assert!(written.success());
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("its owner");
    path
}
