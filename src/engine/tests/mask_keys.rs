//! The Mask input as a prompt on many frames.

use super::rig::*;
use crate::job::{JobError, MaskKeys, Note, Propagation, Request};
use crate::raster::{Matte, RectI};

const LAST: i64 = 40;

fn square(left: i32) -> Matte {
    let mut matte = Matte::filled(WIDTH, HEIGHT, 0.0);
    matte.rows_mut(RectI::new(left, 2, left + 5, 9)).for_each(|row| row.fill(1.0));
    matte
}

fn nothing() -> Matte {
    Matte::filled(WIDTH, HEIGHT, 0.0)
}

/// Footage with masks on 5, 20 and 30 that are not empty.
fn drawn() -> Noise {
    let mut source = Noise::new(1);
    source.masks.extend([(5, square(1)), (20, square(4)), (30, square(7)), (33, nothing())]);
    source
}

fn request_of(mask: MaskKeys) -> Request {
    Request { store: false, mask, prompts: parsed(""), ..request("", LAST) }
}

fn listed(frames: &[i64]) -> Request {
    request_of(MaskKeys::Listed(frames.to_vec()))
}

/// The frames that differ.
fn changed(a: &[Vec<u8>], b: &[Vec<u8>]) -> Vec<usize> {
    (0..a.len()).filter(|&i| a[i] != b[i]).collect()
}

#[test]
fn every_listed_mask_is_the_matte_of_its_frame() {
    let (rig, mut source) = (Rig::new(None), drawn());
    let request = listed(&[5, 20, 30, 33]);
    for (time, left) in [(20, 4), (5, 1), (30, 7)] {
        let found = rig.track(&request, time, &mut source).expect("tracked").objects.remove(0);
        assert_eq!((found.pinned, found.matte), (true, square(left)), "frame {time}");
    }
    // An empty one says that the object is not there, and nothing is tracked from it.
    let gone = rig.track(&request, 33, &mut source).expect("tracked").objects.remove(0);
    assert!(gone.pinned && !gone.present);
    let after = rig.track(&request, 36, &mut source).expect("tracked").objects.remove(0);
    assert!(!after.pinned && !after.present && after.matte.is_empty());
    let missing = rig.track(&listed(&[5, 6]), 5, &mut source).expect_err("no picture");
    assert!(matches!(&missing, JobError::User(t) if t.contains("on frame 6, has no picture")), "{missing}");
}

#[test]
fn masks_that_are_not_empty_are_found_and_give_what_a_list_of_them_gives() {
    let expected = Rig::new(None).render(&listed(&[5, 20, 30]), 0..=LAST, &mut drawn());
    let anywhere = request_of(MaskKeys::NotEmpty);
    for stamped in [true, false] {
        let mut source = Noise { stamped, ..drawn() };
        assert!(Rig::new(None).render(&anywhere, 0..=LAST, &mut source) == expected, "stamped: {stamped}");
        let mut order: Vec<i64> = (0..=LAST).collect();
        fastrand::Rng::with_seed(3).shuffle(&mut order);
        assert!(Rig::new(None).render(&anywhere, order, &mut source) == expected, "stamped: {stamped}");
    }
}

#[test]
fn each_mask_is_looked_at_once() {
    let anywhere = request_of(MaskKeys::NotEmpty);
    // By stamps, and within a run.
    for (stamped, run) in [(true, 0), (true, 7), (false, 7)] {
        let (rig, mut source) = (Rig::new(None), Noise { stamped, run, ..drawn() });
        rig.track(&anywhere, 8, &mut source).expect("tracked");
        let mut looked = std::mem::take(&mut source.looked);
        looked.sort_unstable();
        assert_eq!(looked, (0..=LAST).collect::<Vec<_>>(), "stamped: {stamped}");
        let progress = |note: &Note| matches!(note, Note::Progress { total: 41, .. });
        assert!(rig.notes.lock().iter().filter(|note| progress(note)).count() >= 41);
        for time in [9, 20, 3, 40] {
            rig.track(&anywhere, time, &mut source).expect("tracked");
        }
        assert!(source.looked.is_empty(), "stamped: {stamped}, run {run}: {:?}", source.looked);
    }
    // Where a host tells nothing it is the masks on which a frame depends.
    let (rig, mut source) = (Rig::new(None), Noise { stamped: false, ..drawn() });
    rig.track(&listed(&[5, 20, 30]), 8, &mut source).expect("tracked");
    source.looked.clear();
    rig.track(&listed(&[5, 20, 30]), 9, &mut source).expect("tracked");
    assert_eq!(source.looked[..2], [5, 20]);
}

#[test]
fn a_changed_mask_is_noticed_and_changes_the_spans_next_to_it() {
    for (stamped, run) in [(true, 0), (false, 0), (false, 1)] {
        for mask in [MaskKeys::Listed(vec![5, 20, 30]), MaskKeys::NotEmpty] {
            let request = request_of(mask);
            let (rig, mut source) = (Rig::new(None), Noise { stamped, run, ..drawn() });
            let before = rig.render(&request, 0..=LAST, &mut source);
            let so_far = rig.propagated();
            source.masks.insert(20, square(9));
            source.run = if run == 0 { 0 } else { 2 };
            let after = rig.render(&request, 0..=LAST, &mut source);
            let what = format!("stamped: {stamped}, run {run}, {:?}", request.mask);
            assert_eq!(changed(&before, &after), (6..30).collect::<Vec<_>>(), "{what}");
            // From 20 to both sides; the other ends of its spans are known.
            assert_eq!(rig.propagated() - so_far, 14 + 9, "{what}");
            // What was seen of the plate is not seen anew, and its undo is known.
            source.masks.insert(20, square(4));
            source.run = if run == 0 { 0 } else { 3 };
            let so_far = rig.propagated();
            assert!(rig.render(&request, 0..=LAST, &mut source) == before, "{what}");
            assert_eq!(rig.propagated(), so_far, "{what}");
        }
    }
}

#[test]
fn a_mask_that_is_drawn_anew_or_rubbed_out_is_noticed_on_the_way() {
    let anywhere = request_of(MaskKeys::NotEmpty);
    let (rig, mut source) = (Rig::new(None), Noise { stamped: false, ..drawn() });
    rig.track(&anywhere, 12, &mut source).expect("tracked");
    source.masks.insert(9, square(2));
    let found = bytes(&rig.track(&anywhere, 12, &mut source).expect("tracked"));
    assert_eq!(found, Rig::new(None).render(&listed(&[5, 9, 20, 30]), [12], &mut source)[0]);
    source.masks.remove(&20);
    let found = bytes(&rig.track(&anywhere, 12, &mut source).expect("tracked"));
    assert_eq!(found, Rig::new(None).render(&listed(&[5, 9, 30]), [12], &mut source)[0]);
}

#[test]
fn all_masks_count_in_the_reference() {
    let request = Request { propagation: Propagation::Reference, ..listed(&[5, 20, 30]) };
    let (rig, mut source) = (Rig::new(None), Noise { stamped: false, ..drawn() });
    let before = bytes(&rig.track(&request, 8, &mut source).expect("tracked"));
    source.masks.insert(30, square(9));
    assert_ne!(bytes(&rig.track(&request, 8, &mut source).expect("tracked")), before);
}

#[test]
fn two_mask_inputs_of_one_plate_do_not_disturb_each_other() {
    let anywhere = request_of(MaskKeys::NotEmpty);
    let (rig, mut one) = (Rig::new(None), Noise { stamped: false, ..drawn() });
    let mut other = Noise { stamped: false, ..Noise::new(1) };
    other.masks.insert(10, square(3));
    let first =
        [&mut one, &mut other].map(|source| bytes(&rig.track(&anywhere, 12, source).expect("tracked")));
    one.looked.clear();
    other.looked.clear();
    let again =
        [&mut one, &mut other].map(|source| bytes(&rig.track(&anywhere, 12, source).expect("tracked")));
    assert_eq!(first, again);
    // Those from 5 to 20, on which the frame depends, and at most 16 more as time allows: not all 41.
    assert!(one.looked.len() <= 16 + 16, "{:?}", one.looked);
}

#[test]
fn a_stopped_look_goes_on_where_it_was() {
    let anywhere = request_of(MaskKeys::NotEmpty);
    let mut source = Noise { run: 1, stop_after_masks: 2, ..drawn() };
    let rig = Rig::new(None);
    assert!(matches!(rig.track(&anywhere, 8, &mut source), Err(JobError::Aborted)));
    assert_eq!(source.looked.len(), 3);
    source.stop_after_masks = usize::MAX;
    rig.track(&anywhere, 8, &mut source).expect("tracked");
    source.looked.sort_unstable();
    assert_eq!(source.looked, (0..=LAST).collect::<Vec<_>>(), "each once");
}

#[test]
fn clicks_correct_what_masks_give_and_a_file_on_the_same_frame_is_refused() {
    let request =
        |prompts: &[String]| Request { prompts: parsed(&one(prompts)), ..request_of(MaskKeys::NotEmpty) };
    let rig = Rig::new(None);
    let plain = rig.render(&request(&[]), 0..=LAST, &mut drawn());
    let corrected = rig.render(&request(&[a_point(12, 4)]), 0..=LAST, &mut drawn());
    assert_eq!(changed(&plain, &corrected), (6..20).collect::<Vec<_>>());
    let file = r#"{"frame":20,"mask":"a.png"}"#.to_owned();
    let refused = rig.track(&request(&[file]), 8, &mut drawn()).expect_err("two masks").to_string();
    assert!(refused.contains("frame 20: a mask is given twice"), "{refused}");
}

#[test]
fn a_host_that_gives_the_current_frame_alone_prompts_by_the_masks_that_came() {
    for mask in [MaskKeys::Listed(vec![5, 20]), MaskKeys::NotEmpty] {
        let request = request_of(mask);
        let (rig, mut source) = (Rig::new(None), Noise { stamped: false, ..drawn() });
        let mut at = |time: i64| {
            source.only = Some(time);
            rig.track(&request, time, &mut source)
        };
        let early = at(3).expect_err("no mask yet").to_string();
        assert!(early.contains("the host gives only the frame that it renders"), "{early}");
        assert_eq!(at(5).expect("tracked").objects[0].matte, square(1));
        assert!(!at(6).expect("tracked").objects[0].pinned);
        let note = |note: &Note| matches!(note, Note::Info(text) if text.contains("the Mask input prompts on the frames that"));
        assert!(rig.notes.lock().iter().any(note));
        for time in 7..20 {
            at(time).expect("tracked");
        }
        assert_eq!(at(20).expect("tracked").objects[0].matte, square(4));
    }
}

#[test]
fn what_is_wrong_is_named() {
    let wrong = [
        (request_of(MaskKeys::NotEmpty), "object \"object\": the Mask input has nothing on frames 0 to 40"),
        (listed(&[33]), "object \"object\" has only empty masks"),
        (listed(&[20, 41]), "a prompt is on frame 41, the footage has frames 0 to 40"),
        (
            Request { last: 20_000, ..request_of(MaskKeys::NotEmpty) },
            "of frames 0 to 20000, expected at most 20000",
        ),
    ];
    let mut source = Noise::new(1);
    source.masks.insert(33, nothing());
    for (request, expected) in wrong {
        let found = Rig::new(None).track(&request, 8, &mut source).expect_err(expected).to_string();
        assert!(found.contains(expected), "{found}");
    }
    source.masks.insert(33, Matte::filled(8, 6, 1.0));
    let small = Rig::new(None).track(&listed(&[33]), 8, &mut source).expect_err("too small").to_string();
    assert!(small.contains("8x6 pixels on frame 33, the footage has 16x12"), "{small}");
}
