//! What is believed of a path from its prompt, and how that is checked.

use std::path::Path;

use super::rig::*;
use crate::job::{Note, Request};

const LAST: i64 = 20;

/// One object with a prompt on frame 0.
fn of_one(last: i64) -> Request {
    request(&one(&[a_box(0)]), last)
}

/// Tracks the whole clip into a store.
fn stored(folder: &Path, last: i64, mut plate: Noise) {
    let rig = Rig::new(Some(folder));
    rig.render(&of_one(last), 0..=last, &mut plate);
    rig.engine.flush();
}

/// The plate of [`Noise::new`] with frames 3 to 6 replaced.
fn replaced() -> Noise {
    let mut plate = Noise::new(1);
    plate.changed.extend((3..=6).map(|time| (time, 77)));
    plate
}

/// What frame `time` of a plate is without anything that was kept.
fn cold(last: i64, time: i64, plate: &Noise) -> Vec<u8> {
    let request = Request { store: false, ..of_one(last) };
    bytes(&Rig::new(None).track(&request, time, &mut plate.clone()).expect("tracked"))
}

fn tracked(rig: &Rig, last: i64, time: i64, plate: &mut Noise) -> Vec<u8> {
    bytes(&rig.track(&of_one(last), time, plate).expect("tracked"))
}

fn trusted(rig: &Rig) -> Vec<(i64, i64, u64, Option<u64>, String)> {
    let notes = std::mem::take(&mut *rig.notes.lock()).into_iter().filter_map(|note| match note {
        Note::Trusted { first, last, frames, compared, digest } => {
            Some((first, last, frames, compared, digest))
        }
        _ => None,
    });
    notes.collect()
}

#[test]
fn frames_that_were_replaced_between_two_sessions_are_found_by_their_stamps() {
    let folder = tempfile::tempdir().expect("a folder");
    stored(folder.path(), LAST, Noise::new(1));
    let (mut plate, rig) = (replaced(), Rig::new(Some(folder.path())));
    let right = cold(LAST, 11, &plate);
    assert_ne!(right, cold(LAST, 11, &Noise::new(1)));
    assert!(tracked(&rig, LAST, 11, &mut plate) == right);
    rig.engine.flush();
    // The next session knows the new ones.
    let again = Rig::new(Some(folder.path()));
    plate.fetched.clear();
    assert!(tracked(&again, LAST, 11, &mut plate) == right);
    assert_eq!((again.propagated(), &plate.fetched[..]), (0, &[11, 0][..]));
    // And the plate as it was is told apart again.
    let back = Rig::new(Some(folder.path()));
    assert!(tracked(&back, LAST, 11, &mut Noise::new(1)) == cold(LAST, 11, &Noise::new(1)));
    assert_eq!(back.propagated(), 0, "its mattes are kept");
}

#[test]
fn frames_that_were_replaced_within_a_session_are_found_by_their_stamps() {
    let rig = Rig::new(None);
    let request = Request { store: false, ..of_one(LAST) };
    let mut plate = Noise::new(1);
    rig.render(&request, 0..=LAST, &mut plate);
    let mut plate = replaced();
    let found = rig.track(&request, 11, &mut plate).expect("tracked");
    assert!(bytes(&found) == cold(LAST, 11, &plate));
}

#[test]
fn what_cannot_be_told_is_fetched() {
    let folder = tempfile::tempdir().expect("a folder");
    // Files that were just written have no stamp yet.
    stored(folder.path(), LAST, Noise { unsettled: (0..=LAST).collect(), ..Noise::new(1) });
    let rig = Rig::new(Some(folder.path()));
    let mut plate = Noise::new(1);
    assert!(tracked(&rig, LAST, 11, &mut plate) == cold(LAST, 11, &plate));
    plate.fetched.sort_unstable();
    assert_eq!(
        (rig.propagated(), plate.fetched),
        (0, (0..=11).collect()),
        "all of the path, and nothing is tracked"
    );
    rig.engine.flush();
    // From then on it is known.
    let (rig, mut plate) = (Rig::new(Some(folder.path())), Noise::new(1));
    tracked(&rig, LAST, 11, &mut plate);
    assert_eq!((rig.propagated(), plate.fetched), (0, vec![11, 0]));
}

#[test]
fn within_a_run_each_frame_is_checked_once() {
    let folder = tempfile::tempdir().expect("a folder");
    stored(folder.path(), LAST, Noise::new(1));
    let rig = Rig::new(Some(folder.path()));
    let mut plate = Noise { run: 7, ..Noise::new(1) };
    for time in 12..=LAST {
        tracked(&rig, LAST, time, &mut plate);
    }
    let asked: i64 = plate.asked.iter().map(|(first, last)| last - first + 1).sum();
    assert!(asked <= LAST, "{:?}", plate.asked);
    // Another run asks again, and finds what was replaced meanwhile.
    let mut plate = Noise { run: 8, ..replaced() };
    assert!(tracked(&rig, LAST, 12, &mut plate) == cold(LAST, 12, &plate));
}

#[test]
fn of_a_hosts_clip_some_frames_of_a_noted_path_are_compared() {
    const LONG: i64 = 400;
    let folder = tempfile::tempdir().expect("a folder");
    let unstamped = |plate: Noise| Noise { stamped: false, ..plate };
    stored(folder.path(), LONG, unstamped(Noise::new(1)));
    let (rig, mut plate) = (Rig::new(Some(folder.path())), unstamped(Noise::new(1)));
    assert!(tracked(&rig, LONG, 300, &mut plate) == cold(LONG, 300, &plate));
    let extra = plate.fetched.len() - 2;
    assert!((8..=15).contains(&extra), "one in twenty of 299 frames, found {extra}");
    // Four of ten cannot hide among those that are compared.
    let (rig, mut plate) = (Rig::new(Some(folder.path())), unstamped(replaced()));
    assert!(tracked(&rig, LONG, 11, &mut plate) == cold(LONG, 11, &plate));
}

#[test]
fn of_a_hosts_clip_frames_are_looked_at_again_as_time_allows() {
    let rig = Rig::new(None);
    let request = Request { store: false, ..of_one(LAST) };
    let mut plate = Noise { stamped: false, ..Noise::new(1) };
    rig.render(&request, 0..=LAST, &mut plate);
    let mut plate = Noise { stamped: false, ..replaced() };
    let right = cold(LAST, 11, &plate);
    let mut found = |_: &usize| bytes(&rig.track(&request, 11, &mut plate).expect("tracked")) == right;
    assert!((0..100_000).find(&mut found).is_some(), "it is never found");
    assert!(found(&0), "what was found stays");
}

#[test]
fn a_name_that_a_host_gives_up_makes_it_fetch_the_path() {
    let rig = Rig::new(None);
    let request = Request { store: false, ..of_one(LAST) };
    let named = |plate: Noise, name: u64| Noise { stamped: false, name: Some(name), ..plate };
    rig.render(&request, 0..=LAST, &mut named(Noise::new(1), 1));
    let mut plate = named(replaced(), 2);
    let found = rig.track(&request, 11, &mut plate).expect("tracked");
    assert!(bytes(&found) == cold(LAST, 11, &plate));
    // A host that names each fetch anew does not make it fetch all the time.
    let rig = Rig::new(None);
    let mut fetched = 0;
    for (name, time) in (0..=LAST).chain(0..=LAST).enumerate() {
        let mut plate = named(Noise::new(1), name as u64);
        rig.track(&request, time, &mut plate).expect("tracked");
        fetched += plate.fetched.len();
    }
    assert!(fetched < 42 * 3, "{fetched} fetches for 42 frames");
}

#[test]
fn what_is_trusted_is_told_once_in_a_run_and_by_the_same_digest() {
    let folder = tempfile::tempdir().expect("a folder");
    stored(folder.path(), LAST, Noise::new(1));
    let chunk = |plate: &mut Noise| {
        let rig = Rig::new(Some(folder.path()));
        (12..=15).for_each(|time| drop(tracked(&rig, LAST, time, plate)));
        trusted(&rig)
    };
    let one = chunk(&mut Noise { run: 1, ..Noise::new(1) });
    let [(1, 11, 11, None, digest)] = &one[..] else { panic!("{one:?}") };
    assert_eq!(digest.len(), 16);
    assert_eq!(chunk(&mut Noise { run: 5, ..Noise::new(1) }), one);
    let other = chunk(&mut Noise { stamped: false, ..Noise::new(1) });
    let [(_, _, frames, Some(8), _)] = &other[..] else { panic!("{other:?}") };
    assert_eq!(*frames, 11 - 8, "those that were compared were seen");
    // The same in another order: what is rendered is read.
    let rig = Rig::new(Some(folder.path()));
    let mut plate = Noise { run: 3, rendered: Some((12, 15)), ..Noise::new(1) };
    (12..=15).rev().for_each(|time| drop(tracked(&rig, LAST, time, &mut plate)));
    assert_eq!(trusted(&rig), one);
    // Who sees all frames trusts nothing.
    let rig = Rig::new(Some(folder.path()));
    rig.render(&of_one(LAST), 0..=LAST, &mut Noise { run: 1, ..Noise::new(1) });
    assert!(trusted(&rig).is_empty());
}

#[test]
fn a_frame_beyond_all_shots_is_refused() {
    let request = Request { store: false, ..of_one(i64::from(i32::MAX)) };
    let rig = Rig::new(None);
    let far = rig.track(&request, 2_000_000, &mut Noise::new(1)).expect_err("too far").to_string();
    assert!(
        far.contains("frame 2000000 is 2000000 frames from the prompt on frame 0, expected at most"),
        "{far}"
    );
    assert!(rig.track(&request, 3, &mut Noise::new(1)).is_ok());
}

#[test]
fn an_entry_of_the_store_that_is_anothers_is_computed_again() {
    let folder = tempfile::tempdir().expect("a folder");
    stored(folder.path(), LAST, Noise::new(1));
    let mut mattes: Vec<_> =
        files(folder.path()).into_iter().filter(|f| f.extension().is_some_and(|e| e == "matte")).collect();
    mattes.sort();
    // Each in the place of the next: whole, and wrong.
    let contents: Vec<_> = mattes.iter().map(|f| std::fs::read(f).expect("there")).collect();
    for (file, content) in mattes.iter().zip(contents.iter().cycle().skip(1)) {
        std::fs::write(file, content).expect("written");
    }
    let rig = Rig::new(Some(folder.path()));
    assert!(tracked(&rig, LAST, 11, &mut Noise::new(1)) == cold(LAST, 11, &Noise::new(1)));
    let warnings = rig.warnings();
    assert!(
        warnings.iter().any(|w| w.contains("belonged to another matte and is computed again")),
        "{warnings:?}"
    );
    rig.engine.flush();
    let again = Rig::new(Some(folder.path()));
    tracked(&again, LAST, 11, &mut Noise::new(1));
    assert_eq!((again.propagated(), again.warnings().len()), (0, 0), "it was mended");
}
