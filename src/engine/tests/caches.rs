//! The track store: what a warm one spares, what a changed plate does, what damage does.

use super::rig::*;
use crate::job::{JobError, Propagation, Request};

const LAST: i64 = 30;

fn request_of_three() -> Request {
    request(&one(&[a_box(4), a_point(20, 3), a_point(12, 5)]), LAST)
}

fn render(rig: &Rig, source: &mut Noise) -> Vec<Vec<u8>> {
    rig.render(&request_of_three(), 0..=LAST, source)
}

#[test]
fn a_warm_store_needs_the_frame_and_its_keyframes_and_no_computing() {
    let folder = tempfile::tempdir().expect("a folder");
    let cold = render(&Rig::new(Some(folder.path())), &mut Noise::new(1));
    let without = Request { store: false, ..request_of_three() };
    assert_eq!(cold, Rig::new(None).render(&without, 0..=LAST, &mut Noise::new(1)));
    for time in [0, 4, 9, 12, 16, 20, 30] {
        let rig = Rig::new(Some(folder.path()));
        let mut source = Noise::new(1);
        let found = rig.track(&request_of_three(), time, &mut source).expect("tracked");
        assert_eq!(bytes(&found), cold[time as usize], "frame {time}");
        assert_eq!(rig.propagated(), 0, "frame {time}");
        assert!(source.fetched.iter().all(|t| [time, 4, 12, 20].contains(t)), "{:?}", source.fetched);
        assert!(rig.warnings().is_empty());
    }
    assert!(files(folder.path()).iter().all(|f| !f.to_string_lossy().contains(".part")));
}

#[test]
fn another_session_goes_on_from_a_saved_memory() {
    const LONG: i64 = 90;
    for propagation in [Propagation::Spans, Propagation::Reference] {
        let folder = tempfile::tempdir().expect("a folder");
        let prompts = one(&[a_box(4), a_point(8, 3)]);
        let request = Request { propagation, ..request(&prompts, LONG) };
        let whole = Rig::new(None).render(&request, 0..=LONG, &mut Noise::new(1));
        Rig::new(Some(folder.path())).render(&request, 0..=70, &mut Noise::new(1));
        let rig = Rig::new(Some(folder.path()));
        let found = rig.track(&request, 80, &mut Noise::new(1)).expect("tracked");
        assert_eq!(bytes(&found), whole[80]);
        assert_eq!(rig.propagated(), 10, "from the last memory of the session before");
        // What is still to be written would mend what is damaged here.
        rig.engine.flush();
        // A damaged memory is told of, and the one before it serves.
        for file in files(folder.path()).iter().filter(|f| f.extension().is_some_and(|e| e == "memory")) {
            std::fs::write(file, b"rubbish").expect("written");
        }
        let rig = Rig::new(Some(folder.path()));
        let found = rig.track(&request, 90, &mut Noise::new(1)).expect("tracked");
        assert_eq!(bytes(&found), whole[90]);
        assert!(rig.warnings().iter().any(|w| w.contains("damaged")));
    }
}

#[test]
fn a_machine_without_the_model_renders_a_warm_store() {
    let folder = tempfile::tempdir().expect("a folder");
    let cold = render(&Rig::new(Some(folder.path())), &mut Noise::new(1));
    let settings = crate::job::EngineSettings {
        cache: Some(folder.path().to_owned()),
        ..crate::job::EngineSettings::default()
    };
    let engine = crate::engine::Engine::with_trackers(settings, |_, _, _| {
        Err(crate::models::ModelError::Runtime("there is no library".into()))
    });
    let request = request_of_three();
    let found = engine.track(&request, 25, &mut Noise::new(1), &mut |_| {}).expect("in the store");
    assert_eq!(bytes(&found), cold[25]);
    let missing = Request { prompts: parsed(&one(&[a_box(5)])), ..request };
    let found = engine.track(&missing, 25, &mut Noise::new(1), &mut |_| {}).expect_err("not in the store");
    assert!(matches!(found, JobError::Model(_)), "{found}");
}

#[test]
fn damage_is_told_and_mended() {
    let folder = tempfile::tempdir().expect("a folder");
    let cold = render(&Rig::new(Some(folder.path())), &mut Noise::new(1));
    for (i, file) in files(folder.path()).into_iter().enumerate() {
        let mut bytes = std::fs::read(&file).expect("readable");
        match i % 4 {
            0 => bytes.truncate(bytes.len() / 2),
            1 => bytes.clear(),
            2 => bytes.iter_mut().for_each(|b| *b = b.wrapping_add(1)),
            _ => {}
        }
        std::fs::write(&file, bytes).expect("writable");
    }
    let rig = Rig::new(Some(folder.path()));
    assert_eq!(render(&rig, &mut Noise::new(1)), cold);
    let warnings = rig.warnings();
    assert!(warnings.iter().any(|w| w.contains("was damaged and is computed again")), "{warnings:?}");
    rig.engine.flush();
    let again = Rig::new(Some(folder.path()));
    assert_eq!(render(&again, &mut Noise::new(1)), cold);
    assert_eq!((again.propagated(), again.warnings()), (0, vec![]));
}

#[test]
fn a_changed_frame_changes_what_depends_on_it_in_this_session_and_the_next() {
    let folder = tempfile::tempdir().expect("a folder");
    let request = request(&one(&[a_box(4), a_box(20)]), LAST);
    let old = Rig::new(Some(folder.path())).render(&request, 0..=LAST, &mut Noise::new(1));
    let mut plate = Noise::new(1);
    plate.changed.insert(23, 77);
    let expected = Rig::new(None).render(&request, 0..=LAST, &mut plate.clone());
    assert_eq!(old[..23], expected[..23]);
    assert!((23..=30).all(|i| old[i] != expected[i]));

    let rig = Rig::new(Some(folder.path()));
    assert_eq!(rig.render(&request, 0..=LAST, &mut plate), expected);
    assert_eq!(rig.propagated(), 10, "from the keyframe before the change, since memories are not on disk");
    rig.engine.flush();
    // A third session, that begins behind the change, believes what the second one saw.
    let third = Rig::new(Some(folder.path()));
    assert_eq!(bytes(&third.track(&request, 28, &mut plate).expect("tracked")), expected[28]);
    assert_eq!(third.propagated(), 0);
    third.engine.flush();
    // And the plate as it was is found again, without computing, once its frame is seen.
    let back = Rig::new(Some(folder.path()));
    assert_eq!(back.render(&request, 0..=LAST, &mut Noise::new(1)), old);
    assert_eq!(back.propagated(), 0);
}

#[test]
fn a_change_behind_a_checkpoint_is_seen_by_a_running_session() {
    let request = Request { store: false, ..request(&one(&[a_box(0)]), LAST) };
    let rig = Rig::new(None);
    rig.render(&request, 0..=LAST, &mut Noise::new(1));
    let mut plate = Noise::new(1);
    plate.changed.insert(10, 5);
    let expected = Rig::new(None).render(&request, 0..=LAST, &mut plate.clone());
    // Frame 10 first, then all: nothing of the old plate is left.
    rig.track(&request, 10, &mut plate).expect("tracked");
    assert_eq!(rig.render(&request, (0..=LAST).rev(), &mut plate), expected);
}

#[test]
fn footage_that_never_stands_still_is_an_error_and_no_loop() {
    struct Boiling(Noise);
    impl crate::job::FrameSource for Boiling {
        fn frame(
            &mut self,
            time: i64,
        ) -> Result<std::sync::Arc<crate::raster::Frame>, crate::job::SourceError> {
            self.0.seed += 1;
            self.0.frame(time)
        }
        fn mask(&mut self, _: i64) -> Result<Option<crate::raster::Matte>, crate::job::SourceError> {
            Ok(None)
        }
        fn aborted(&mut self) -> bool {
            assert!(self.0.fetched.len() < 1000, "it goes on for ever");
            false
        }
    }
    let request = Request { store: false, ..request(&one(&[a_box(0)]), LAST) };
    let rig = Rig::new(None);
    // Either it comes to an end or it says what is wrong.
    if let Err(error) = rig.engine.track(&request, 20, &mut Boiling(Noise::new(1)), &mut |_| {}) {
        assert!(matches!(error, JobError::Host(_)), "{error}");
    }
}

#[test]
#[cfg(unix)]
fn a_store_that_cannot_be_written_is_told_and_the_render_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("file");
    std::fs::write(&file, b"").expect("written");
    let rig = Rig::new(Some(&file));
    let found = render(&rig, &mut Noise::new(1));
    let without = Request { store: false, ..request_of_three() };
    assert_eq!(found, Rig::new(None).render(&without, 0..=LAST, &mut Noise::new(1)));
    assert!(rig.warnings().iter().all(|w| w.contains("cannot be written to")));
}
