//! A device that runs out of memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::rig::{Counts, Elephant, Noise, a_box, bytes, one, request};
use crate::engine::Engine;
use crate::job::ModelInfo;
use crate::job::prompts::FramePrompt;
use crate::job::{EngineSettings, JobError, Note, Request, TrackedFrame};
use crate::models::{Embedding, Memory, Model, ModelError, Prediction, Tracker};
use crate::raster::{Frame, Matte};

/// An elephant on a device with room for so many frames, whose mattes are half as bright.
struct Tight {
    inner: Elephant,
    device: &'static str,
    room: Arc<AtomicU64>,
    /// Whether there is room again after it was lacking.
    passing: bool,
    smaller: Option<&'static str>,
}

impl Tight {
    fn used(&self) -> Result<(), ModelError> {
        let room = self.room.load(Ordering::Relaxed);
        if room > 0 || self.passing {
            self.room.store(room.checked_sub(1).unwrap_or(u64::MAX), Ordering::Relaxed);
        }
        if room > 0 {
            return Ok(());
        }
        Err(ModelError::OutOfMemory {
            graph: "attention of elephant".into(),
            device: self.device.into(),
            reason: "1 GB asked for".into(),
        })
    }

    fn dim(&self, mut found: Prediction) -> Prediction {
        if self.device != "CPU" {
            found.matte.data_mut().iter_mut().for_each(|v| *v *= 0.5);
        }
        found
    }
}

impl Model for Tight {
    fn info(&self) -> ModelInfo {
        let info = self.inner.info();
        // The one without a smaller one is the small one.
        let name = if self.smaller.is_some() { format!("large {}", info.name) } else { info.name };
        ModelInfo { device: self.device.into(), name, ..info }
    }

    fn smaller(&self) -> Option<String> {
        self.smaller.map(str::to_owned)
    }
}

impl Tracker for Tight {
    fn embed(&mut self, frame: &Arc<Frame>) -> Result<Embedding, ModelError> {
        self.inner.embed(frame)
    }

    fn segment(
        &mut self,
        embedding: &Embedding,
        prompt: &FramePrompt,
        earlier: Option<&Matte>,
    ) -> Result<Prediction, ModelError> {
        let found = self.inner.segment(embedding, prompt, earlier)?;
        Ok(self.dim(found))
    }

    fn memory(&self, frames: Option<usize>) -> Box<dyn Memory> {
        self.inner.memory(frames)
    }

    fn remember(
        &mut self,
        memory: &mut dyn Memory,
        time: i64,
        embedding: &Embedding,
        found: &Prediction,
        prompted: bool,
    ) -> Result<(), ModelError> {
        self.inner.remember(memory, time, embedding, found, prompted)
    }

    fn propagate(
        &mut self,
        memory: &dyn Memory,
        time: i64,
        embedding: &Embedding,
    ) -> Result<Prediction, ModelError> {
        self.used()?;
        let found = self.inner.propagate(memory, time, embedding)?;
        Ok(self.dim(found))
    }
}

/// An engine whose GPU has room for `room` frames.
fn engine(room: u64, passing: bool) -> Engine {
    let settings = EngineSettings { cache: None, threads: 1, ..EngineSettings::default() };
    let room = Arc::new(AtomicU64::new(room));
    Engine::with_trackers(settings, move |_, device, _| {
        let (device, room) = match device {
            "cpu" => ("CPU", Arc::new(AtomicU64::new(u64::MAX))),
            _ => ("CUDA", Arc::clone(&room)),
        };
        Ok(Box::new(Tight {
            inner: Elephant(Arc::new(Counts::default())),
            device,
            room,
            passing,
            smaller: None,
        }))
    })
}

fn track(engine: &Engine, request: &Request, time: i64) -> (Result<TrackedFrame, JobError>, Vec<String>) {
    let mut said = Vec::new();
    let found = engine.track(request, time, &mut Noise::new(1), &mut |note| {
        if let Note::Warning(text) = note {
            said.push(text);
        }
    });
    (found, said)
}

fn on(device: &str) -> Request {
    Request { device: device.into(), ..request(&one(&[a_box(0)]), 20) }
}

#[test]
fn a_full_device_is_left_and_its_results_are_not_mixed_with_others() {
    let (gpu, cpu) = (engine(5, false), engine(0, false));
    let (before, said) = track(&gpu, &on("auto"), 4);
    let before = before.expect("there is room");
    assert_eq!((before.tracker.device.as_str(), said.len()), ("CUDA", 0));
    let (after, said) = track(&gpu, &on("auto"), 9);
    let after = after.expect("the processor has room");
    assert_eq!(after.tracker.device, "CPU");
    assert_eq!(said.len(), 1, "{said:?}");
    for word in ["attention of elephant", "too little memory on CUDA", "tracking on the CPU"] {
        assert!(said[0].contains(word), "{said:?}");
    }
    // From here on every frame is what the processor alone would have given, those before too.
    for time in [9, 4, 12] {
        let found = track(&gpu, &on("auto"), time).0.expect("tracked");
        let alone = track(&cpu, &on("cpu"), time).0.expect("tracked");
        assert!(bytes(&found) == bytes(&alone), "frame {time}");
    }
    let again = track(&gpu, &on("auto"), 4).0.expect("tracked");
    assert!(bytes(&again) != bytes(&before), "the devices differ in this test");
}

#[test]
fn a_smaller_input_comes_before_another_device() {
    let settings = EngineSettings { cache: None, threads: 1, ..EngineSettings::default() };
    // The large one has room for three frames, the small one for three more.
    let rooms: [Arc<AtomicU64>; 2] = [3, 6].map(|n| Arc::new(AtomicU64::new(n)));
    let engine = Engine::with_trackers(settings, move |name, device, _| {
        let small = name == "small elephant";
        let (device, room) = match device {
            "cpu" => ("CPU", Arc::new(AtomicU64::new(u64::MAX))),
            _ => ("CUDA", Arc::clone(&rooms[usize::from(small)])),
        };
        let inner = Elephant(Arc::new(Counts::default()));
        let smaller = (!small).then_some("small elephant");
        Ok(Box::new(Tight { inner, device, room, passing: false, smaller }))
    });
    let mut used = Vec::new();
    for time in [2, 4, 7] {
        let (found, said) = track(&engine, &on("auto"), time);
        let tracker = found.expect("tracked").tracker;
        used.push((tracker.name.starts_with("large"), tracker.device, said.join(" ")));
    }
    assert_eq!((used[0].0, used[0].1.as_str(), used[0].2.as_str()), (true, "CUDA", ""));
    assert_eq!((used[1].0, used[1].1.as_str()), (false, "CUDA"));
    assert!(used[1].2.contains("smaller input"), "{used:?}");
    assert_eq!((used[2].0, used[2].1.as_str()), (true, "CPU"));
    assert!(used[2].2.contains("tracking on the CPU"), "{used:?}");
}

#[test]
fn what_passes_when_room_is_made_changes_nothing() {
    let (tight, roomy) = (engine(3, true), engine(u64::MAX, false));
    let (found, said) = track(&tight, &on("auto"), 9);
    let found = found.expect("tracked");
    assert_eq!((found.tracker.device.as_str(), said.len()), ("CUDA", 0));
    let expected = track(&roomy, &on("auto"), 9).0.expect("tracked");
    assert!(bytes(&found) == bytes(&expected));
}

#[test]
fn where_there_is_no_other_memory_it_is_an_error() {
    let settings = EngineSettings { cache: None, threads: 1, ..EngineSettings::default() };
    for device in ["CPU", "TPU"] {
        let engine = Engine::with_trackers(settings.clone(), move |_, _, _| {
            let inner = Elephant(Arc::new(Counts::default()));
            Ok(Box::new(Tight { inner, device, room: Arc::default(), passing: false, smaller: None }))
        });
        let error = track(&engine, &on("cpu"), 3).0.expect_err("too little memory");
        let expected = format!("too little memory on {device}");
        assert!(matches!(&error, JobError::Model(text) if text.contains(&expected)), "{error}");
    }
}
