//! Shapes of a former render outlive a render that fails, is stopped, or never ends.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use airoto::host::{ClipInfo, ClipSource, HostImage, HostProfile, ImageError, Instance, RenderCall};

use super::stage::*;

/// The scene without the frame that is named, if one is.
struct Torn(Arc<Scene>, Arc<AtomicI64>);

impl ClipSource for Torn {
    fn info(&self) -> ClipInfo {
        self.0.info()
    }

    fn image(&self, time: f64) -> Result<Option<HostImage>, ImageError> {
        if time.round() as i64 == self.1.load(Ordering::SeqCst) {
            return Err(ImageError("that frame is torn".to_owned()));
        }
        self.0.image(time)
    }
}

/// Files of shapes of all frames, and what they hold.
struct Former {
    folder: tempfile::TempDir,
    kept: Vec<Vec<u8>>,
}

impl Former {
    fn new() -> Self {
        let mut former = Self { folder: tempfile::tempdir().expect("a folder"), kept: Vec::new() };
        former.within(HostProfile::airoto(), |instance, _| sequence(instance, 0..=LAST, (0, LAST)));
        former.kept = former.files().iter().map(|f| std::fs::read(f).expect("written")).collect();
        former
    }

    fn files(&self) -> [PathBuf; 2] {
        ["a.fxs", "a.nk"].map(|name| self.folder.path().join(name))
    }

    /// Does something with an instance that writes to the files, and unloads the plugin.
    fn within(&self, profile: HostProfile, work: impl FnOnce(&Instance, &AtomicI64)) {
        let (binary, torn) = (binary(profile), Arc::new(AtomicI64::new(i64::MIN)));
        let instance = ready(&binary, Scene::plain());
        instance.connect("Source", Some(Arc::new(Torn(Scene::plain(), torn.clone())))).expect("connected");
        for (param, file) in ["shapesSilhouette", "shapesNuke"].into_iter().zip(self.files()) {
            instance.set_param(param, file.to_string_lossy().into_owned()).expect("a path");
        }
        // Other shapes than those that are there, so that they would be seen.
        instance.set_param("shapesKeys", i32::from(!self.kept.is_empty())).expect("a choice");
        work(&instance, &torn);
    }

    #[track_caller]
    fn is_as_it_was(&self) {
        for (file, kept) in self.files().iter().zip(&self.kept) {
            assert!(&std::fs::read(file).expect("there") == kept, "{} was written over", file.display());
        }
    }
}

/// Renders `frames`, some of which may fail, as a sequence from the first to the last of `said`.
fn sequence(instance: &Instance, frames: impl IntoIterator<Item = i64>, said: (i64, i64)) {
    instance.begin_sequence(said.0, said.1, 1.0, false).expect("begin");
    frames.into_iter().for_each(|time| drop(instance.process(&RenderCall::new(time as f64))));
    instance.end_sequence(said.0, said.1, 1.0, false).expect("end");
}

fn frames(path: &Path) -> (i64, i64) {
    let shapes = airoto::shapes::read_file(path).expect("readable");
    (shapes.first, shapes.last)
}

fn attended() -> HostProfile {
    HostProfile { background: false, ..HostProfile::airoto() }
}

#[test]
fn a_frame_that_fails() {
    let former = Former::new();
    for profile in [HostProfile::airoto(), attended()] {
        former.within(profile, |instance, torn| {
            torn.store(6, Ordering::SeqCst);
            sequence(instance, 0..=LAST, (0, LAST));
            assert!(said(instance).contains("no image of Source at frame 6"), "{}", said(instance));
        });
        former.is_as_it_was();
    }
}

#[test]
fn a_render_that_is_stopped() {
    let former = Former::new();
    former.within(HostProfile::airoto(), |instance, _| {
        sequence(instance, 0..=3, (0, LAST));
        let text = said(instance);
        assert!(
            text.contains("4 of 10 frames were rendered; Write shapes now writes these frames"),
            "{text}"
        );
    });
    former.is_as_it_was();
    former.within(HostProfile::airoto(), |instance, _| {
        instance.begin_sequence(0, LAST, 1.0, false).expect("begin");
        alpha(instance, 0);
        instance.set_abort(true);
        instance.process(&RenderCall::new(1.0)).expect_err("stopped");
        instance.end_sequence(0, LAST, 1.0, false).expect("end");
    });
    former.is_as_it_was();
    // Who asks for what there is gets it.
    former.within(HostProfile::airoto(), |instance, _| {
        sequence(instance, 0..=3, (0, LAST));
        instance.push_button("shapesWrite", 3.0).expect("pressed");
    });
    assert_eq!(former.files().map(|f| frames(&f)), [(0, 3); 2]);
}

#[test]
fn an_instance_that_goes_in_the_middle() {
    let former = Former::new();
    for profile in [HostProfile::airoto(), attended()] {
        former.within(profile, |instance, _| {
            instance.begin_sequence(0, LAST, 1.0, false).expect("begin");
            for time in 0..=3 {
                alpha(instance, time);
            }
        });
        former.is_as_it_was();
    }
}

#[test]
fn a_second_sequence_that_fails_leaves_those_of_the_first() {
    let former = Former::new();
    let first = std::cell::RefCell::new(Vec::new());
    former.within(HostProfile::airoto(), |instance, torn| {
        sequence(instance, 0..=LAST, (0, LAST));
        *first.borrow_mut() = former.files().map(|f| std::fs::read(f).expect("written")).to_vec();
        torn.store(9, Ordering::SeqCst);
        sequence(instance, 0..=LAST, (0, LAST));
    });
    let first = first.into_inner();
    assert!(first != former.kept, "keys on every frame are others");
    assert!(former.files().map(|f| std::fs::read(f).expect("there")).to_vec() == first);
}

#[test]
fn every_second_frame_is_a_whole_sequence_too() {
    let former = Former::new();
    former.within(HostProfile::airoto(), |instance, _| {
        instance.begin_sequence(0, 8, 2.0, false).expect("begin");
        for time in (0..=8).step_by(2) {
            alpha(instance, time);
        }
        instance.end_sequence(0, 8, 2.0, false).expect("end");
    });
    assert_eq!(former.files().map(|f| frames(&f)), [(0, 8); 2]);
}

#[test]
fn frames_that_come_one_by_one_replace_a_file_when_all_of_its_frames_are_there() {
    let former = Former::new();
    let beside = ["a.partial.fxs", "a.partial.nk"].map(|name| former.folder.path().join(name));
    former.within(HostProfile::airoto(), |instance, _| {
        (0..=4).for_each(|time| sequence(instance, [time], (time, time)));
        let text = said(instance);
        assert!(text.contains("has shapes of more frames and is kept"), "{text}");
    });
    former.is_as_it_was();
    assert_eq!(beside.clone().map(|f| frames(&f)), [(0, 4); 2], "a name that says so");
    former.within(HostProfile::airoto(), |instance, torn| {
        torn.store(3, Ordering::SeqCst);
        (0..=LAST).for_each(|time| sequence(instance, [time], (time, time)));
    });
    former.is_as_it_was();
    former.within(HostProfile::airoto(), |instance, _| {
        (0..=LAST).for_each(|time| sequence(instance, [time], (time, time)));
    });
    assert!(former.files().map(|f| std::fs::read(f).expect("there")).to_vec() != former.kept);
    assert_eq!(former.files().map(|f| frames(&f)), [(0, LAST); 2]);
    assert!(beside.iter().all(|f| !f.exists()), "what is in the file is not beside it");
}

#[test]
fn a_single_frame_has_its_files_when_its_sequence_has_ended() {
    let folder = tempfile::tempdir().expect("a folder");
    let binary = binary(HostProfile::airoto());
    let instance = ready(&binary, Scene::plain());
    for (param, name) in [("shapesSilhouette", "a.fxs"), ("shapesNuke", "a.nk")] {
        let path = folder.path().join(name);
        instance.set_param(param, path.to_string_lossy().into_owned()).expect("a path");
    }
    // Fitting takes a while.
    instance.set_param("shapesParts", true).expect("a switch");
    sequence(&instance, [5], (5, 5));
    for name in ["a.fxs", "a.nk"] {
        assert_eq!(frames(&folder.path().join(name)), (5, 5), "{name}");
    }
}
