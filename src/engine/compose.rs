//! From the results along chains to the mattes of a frame: the blend between two keyframes, and the
//! rule where objects overlap.

use std::sync::Arc;

use super::store::{Record, RecordSummary};
use crate::job::{ObjectMatte, Overlap};
use crate::models::hybrid::{self, Carried, Doubts};
use crate::raster::{Matte, RectI};

/// A tracker that is quite unsure still says something.
const LEAST_CONFIDENCE: f32 = 0.05;

/// The object at `distance` frames (before, after) from two keyframes, as tracked from each.
///
/// The weights are the nearness times the confidence. They are sharpened, since where the two
/// disagree a half transparent matte is the one answer that is wrong for sure: the nearer one
/// leads, and they change over within a few frames about the middle.
///
/// Where the drawings of both keyframes were carried to the frame, the answer is theirs, see [`meet`]. Where the shot
/// cuts between them, it is that of the keyframe in the same shot.
pub fn blend(before: &Record, after: &Record, distance: (u64, u64)) -> Record {
    let (told, last) = (before.summary(), after.summary());
    match (told.is_beyond_cut(), last.is_beyond_cut()) {
        (false, true) => return Record { carried: None, ..before.clone() },
        (true, false) => return Record { carried: None, ..after.clone() },
        _ => {}
    }
    let confidence = confidence(&told, &last, distance);
    if let Some(carried) = drawings(&before.carried, &after.carried) {
        let (matte, doubts) = meet([(before, carried.0), (after, carried.1)], distance);
        let confidence_map = doubts.map(confidence);
        let present = !matte.is_empty();
        let noticed = before.noticed.or(after.noticed).filter(|_| !present);
        return Record { matte, confidence, confidence_map, present, carried: None, noticed };
    }
    let (a, b) = weights((before.confidence, after.confidence), distance);
    let mut matte = before.matte.clone();
    let part = before.matte.support().join(&after.matte.support());
    for (v, other) in matte.rows_mut(part).flatten().zip(after.matte.rows(part).flatten()) {
        *v = if *v == *other { *v } else { *v * a + other * b };
    }
    let present = if a >= b { before.present } else { after.present };
    let noticed = before.noticed.or(after.noticed).filter(|_| !present);
    Record { matte, confidence, confidence_map: None, present, carried: None, noticed }
}

/// The confidence of [`blend`].
pub fn confidence(before: &RecordSummary, after: &RecordSummary, distance: (u64, u64)) -> f32 {
    match (before.is_beyond_cut(), after.is_beyond_cut()) {
        (false, true) => return before.confidence,
        (true, false) => return after.confidence,
        _ => {}
    }
    if let Some((one, other)) = drawings(&before.carried, &after.carried) {
        return hybrid::between(one.overlap(other));
    }
    let (a, b) = weights((before.confidence, after.confidence), distance);
    before.confidence * a + after.confidence * b
}

/// The drawings of both keyframes, where both were carried to the frame.
fn drawings<'a>(
    before: &'a Option<Arc<Carried>>,
    after: &'a Option<Arc<Carried>>,
) -> Option<(&'a Carried, &'a Carried)> {
    let (one, other) = before.as_deref().zip(after.as_deref())?;
    (one.grid() == other.grid()).then_some((one, other))
}

/// How much the tracks from both keyframes count.
fn weights(confidence: (f32, f32), distance: (u64, u64)) -> (f32, f32) {
    let span = (distance.0 + distance.1) as f32;
    let weight = |confidence: f32, far: u64| far as f32 / span * confidence.max(LEAST_CONFIDENCE);
    let (a, b) = (weight(confidence.0, distance.1), weight(confidence.1, distance.0));
    let (a, b) = (a * a * a, b * b * b);
    (a / (a + b), b / (a + b))
}

/// The object where the drawings of the keyframes before and after meet: the mean of their signed distances, by nearness
/// and trust. The tracks from both keyframes take part, as far as a tracker's answer is trusted: far from both drawings
/// they know more than what is left of those. Gives as well how far the matte is in doubt.
fn meet(sides: [(&Record, &Carried); 2], distance: (u64, u64)) -> (Matte, Doubts) {
    let [(before, one), (after, other)] = sides;
    let span = (distance.0 + distance.1) as f32;
    let shares = (distance.1 as f32 / span, distance.0 as f32 / span);
    let tracks = [(before, shares.0), (after, shares.1)].map(|(record, share)| {
        let track = hybrid::Track::new(&record.matte, one.grid());
        (track, share * if record.present { record.confidence.max(LEAST_CONFIDENCE) } else { 0.0 })
    });
    let mut doubts = Doubts::new(one.grid());
    let both = one.pixels().zip(other.pixels()).enumerate();
    let fused: Vec<f32> = both
        .map(|(i, (one, other))| {
            let [track, back] = &tracks;
            let answers =
                [(one, shares.0), (other, shares.1), (track.0.at(i), track.1), (back.0.at(i), back.1)];
            let distance = hybrid::fused(&answers);
            doubts.add(i, distance, &answers);
            distance
        })
        .collect();
    let size = (before.matte.width(), before.matte.height());
    let whole = tracks.iter().map(|(_, share)| *share).sum::<f32>().max(f32::MIN_POSITIVE);
    let softness =
        |i: usize| tracks.iter().map(|(track, share)| share * track.softness(i)).sum::<f32>() / whole;
    (hybrid::drawn(size, one.grid(), &fused, softness), doubts)
}

/// Makes the mattes of several objects add up to no more than 1, by the rule `overlap`. What a mask
/// prompt gives is not touched.
///
/// `fixed` says which objects are given by a mask in this frame.
pub fn resolve_overlaps(objects: &mut [ObjectMatte], fixed: &[bool], overlap: Overlap) {
    let Some((first, rest)) = objects.split_first() else { return };
    if rest.is_empty() {
        return;
    }
    // Where only one of them is there is nothing to resolve.
    let mut seen = first.matte.support();
    let mut shared = RectI::default();
    for object in rest {
        let part = object.matte.support();
        shared = shared.join(&seen.intersect(&part));
        seen = seen.join(&part);
    }
    if shared.is_empty() {
        return;
    }
    let (columns, mut values) = (shared.width() as usize, vec![0.0; objects.len()]);
    let mut parts: Vec<Vec<f32>> = objects.iter().map(|object| object.matte.cut(shared)).collect();
    let mut changed = vec![false; objects.len()];
    for i in 0..columns * shared.height() as usize {
        for (value, part) in values.iter_mut().zip(&parts) {
            *value = part[i];
        }
        let total: f32 = values.iter().sum();
        if total <= 1.0 {
            continue;
        }
        match overlap {
            Overlap::Highest => highest(&mut values, fixed, total),
            Overlap::Layered => layered(&mut values, fixed),
        }
        for ((value, part), changed) in values.iter().zip(&mut parts).zip(&mut changed) {
            *changed |= part[i] != *value;
            part[i] = *value;
        }
    }
    for ((object, part), _) in objects.iter_mut().zip(&parts).zip(&changed).filter(|v| *v.1) {
        for (row, values) in object.matte.rows_mut(shared).zip(part.chunks_exact(columns)) {
            row.copy_from_slice(values);
        }
    }
}

/// What the mask prompts of one pixel leave.
fn room(values: &[f32], fixed: &[bool]) -> (f32, f32) {
    let taken: f32 = values.iter().zip(fixed).filter(|v| *v.1).map(|v| v.0).sum();
    (taken, (1.0 - taken).max(0.0))
}

/// The highest stays as it is (the first listed of equals) and the others share what it leaves.
fn highest(values: &mut [f32], fixed: &[bool], total: f32) {
    let (taken, room) = room(values, fixed);
    // `max_by` takes the last of equals, so it is asked from the end.
    let order = |a: &usize, b: &usize| values[*a].total_cmp(&values[*b]);
    let Some(winner) = (0..values.len()).filter(|&n| !fixed[n]).rev().max_by(order) else { return };
    let kept = values[winner].min(room);
    let others = total - taken - values[winner];
    let scale = if others > 0.0 { ((room - kept) / others).min(1.0) } else { 0.0 };
    for (n, v) in values.iter_mut().enumerate().filter(|(n, _)| !fixed[*n]) {
        *v = if n == winner { kept } else { *v * scale };
    }
}

/// Each has what those above it leave. Where two soft edges meet they fill the pixel, without a seam.
fn layered(values: &mut [f32], fixed: &[bool]) {
    let (_, mut room) = room(values, fixed);
    for (v, _) in values.iter_mut().zip(fixed).filter(|v| !*v.1) {
        *v = v.min(room);
        room -= *v;
    }
}

/// An object that is not in the frame.
pub fn absent(width: u32, height: u32) -> Record {
    Record::given(Matte::filled(width, height, 0.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::{Happening, Noticed};

    fn record(value: f32, confidence: f32) -> Record {
        Record {
            matte: Matte::filled(1, 1, value),
            confidence,
            confidence_map: None,
            present: value > 0.5,
            carried: None,
            noticed: None,
        }
    }

    fn objects(values: &[f32]) -> Vec<ObjectMatte> {
        let object = |(i, v): (usize, &f32)| ObjectMatte {
            name: i.to_string(),
            matte: Matte::filled(1, 1, *v),
            confidence: 1.0,
            confidence_map: None,
            pinned: false,
            present: true,
            trimap: None,
            blur: None,
        };
        values.iter().enumerate().map(object).collect()
    }

    fn resolved(values: &[f32], fixed: &[bool]) -> Vec<f32> {
        by(Overlap::Highest, values, fixed)
    }

    fn by(overlap: Overlap, values: &[f32], fixed: &[bool]) -> Vec<f32> {
        let mut objects = objects(values);
        resolve_overlaps(&mut objects, fixed, overlap);
        objects.iter().map(|o| o.matte.value(0, 0)).collect()
    }

    #[test]
    fn the_nearer_and_the_surer_lead() {
        let (one, zero) = (record(1.0, 0.9), record(0.0, 0.9));
        assert!(blend(&one, &zero, (1, 9)).matte.value(0, 0) > 0.99);
        assert!(blend(&one, &zero, (9, 1)).matte.value(0, 0) < 0.01);
        assert!((blend(&one, &zero, (5, 5)).matte.value(0, 0) - 0.5).abs() < 1e-6);
        assert!(blend(&one, &record(0.0, 0.2), (5, 5)).matte.value(0, 0) > 0.9);
        assert_eq!(blend(&record(0.3, 0.1), &record(0.3, 0.7), (2, 5)).matte.value(0, 0), 0.3);
    }

    #[test]
    fn beyond_a_cut_the_keyframe_of_the_same_shot_tells() {
        let cut = |time| Record { noticed: Some(Noticed { what: Happening::Cut, time }), ..record(0.0, 0.0) };
        let (one, other) = (record(0.75, 0.9), carried(6, 0));
        // However near the other one is.
        assert_eq!(blend(&one, &cut(9), (9, 1)), one);
        assert_eq!(blend(&cut(9), &other, (1, 9)), Record { carried: None, ..other });
        let [told, last] = [&one, &cut(9)].map(Record::summary);
        assert_eq!((confidence(&told, &last, (9, 1)), confidence(&last, &told, (9, 1))), (0.9, 0.9));
        let between = blend(&cut(5), &cut(9), (6, 6));
        assert!(!between.present && between.matte.is_empty() && between.summary().is_beyond_cut());
    }

    /// A drawing of the columns up to `edge` of eight, carried to the frame, trusted by so many halvings in twelve.
    fn carried(edge: i8, halvings: u8) -> Record {
        let part = RectI::of_size(8, 1);
        let distances: Vec<i8> = (0..8).map(|x| 6 * (edge - x) - 3).collect();
        let carried = Carried::from_parts((8, 1), part, &distances, &[halvings; 9]).map(Arc::new);
        Record {
            matte: Matte::filled(8, 1, 0.0),
            confidence: 0.5,
            confidence_map: None,
            present: true,
            carried,
            noticed: None,
        }
    }

    #[test]
    fn drawings_from_both_sides_meet_by_nearness_and_trust() {
        let edge = |before: &Record, after: &Record, distance| blend(before, after, distance).matte.area();
        let (narrow, wide) = (carried(2, 24), carried(6, 24));
        assert_eq!(edge(&narrow, &wide, (1, 1)), 4, "the outline lies between");
        assert_eq!(edge(&narrow, &wide, (1, 3)), 3, "nearer to the nearer");
        assert_eq!(edge(&narrow, &carried(6, 0), (3, 3)), 5, "and to the one that is trusted more");
        // The map says where they differ.
        let cells = |one: &Record, other: &Record| {
            let between = blend(one, other, (1, 1));
            let sure = (255.0 * between.confidence).round() as u8;
            (between.confidence_map.expect("a map").cells().to_vec(), sure)
        };
        let ((differ, unsure), (alike, sure)) = (cells(&narrow, &wide), cells(&narrow, &narrow));
        assert!(differ.iter().any(|cell| *cell <= unsure + 1), "{differ:?} {unsure}");
        assert!(alike.iter().all(|cell| *cell + 1 >= sure) && sure > unsure, "{alike:?} {sure}");
        // Without a drawing from either side the mattes are blended.
        let lost = Record { carried: None, ..carried(6, 0) };
        assert!(blend(&narrow, &lost, (1, 1)).matte.is_empty());
    }

    #[test]
    fn where_little_is_left_of_the_drawings_the_tracks_tell() {
        let on = |record: Record| Record { matte: Matte::filled(8, 1, 1.0), ..record };
        // Of drawings that are trusted a millionth, and of some that are trusted.
        let (faint, near) = (|| carried(2, 240), || carried(2, 12));
        let area = |before: Record, after: Record| blend(&before, &after, (4, 5)).matte.area();
        assert_eq!(area(on(faint()), on(faint())), 8, "both tracks");
        assert_eq!(area(on(near()), on(near())), 2, "the drawings");
        // The track that lost the object says nothing.
        let lost = Record { present: false, ..faint() };
        assert_eq!(area(on(faint()), lost.clone()), 8);
        assert_eq!(area(lost.clone(), lost), 2);
    }

    #[test]
    fn where_drawings_meet_the_edge_is_as_soft_as_that_of_the_tracks() {
        let ramp = |width: f32| {
            let value = |i: u32| ((20.0 - (i % 40) as f32 - 0.5) / width + 0.5).clamp(0.0, 1.0);
            Matte::new(40, 9, (0..40 * 9).map(value).collect()).expect("of this size")
        };
        let drawing = || {
            let distances: Vec<i8> =
                (0..40 * 9).map(|i| (6 * (20 - i % 40) - 3).clamp(-120, 120) as i8).collect();
            Carried::from_parts((40, 9), RectI::of_size(40, 9), &distances, &[12; 361]).map(Arc::new)
        };
        let met = |width: f32| {
            let side = || Record { matte: ramp(width), carried: drawing(), ..record(1.0, 0.9) };
            blend(&side(), &side(), (1, 2)).matte
        };
        let soft = |matte: &Matte| {
            matte.rows(RectI::new(0, 4, 40, 5)).flatten().filter(|v| **v > 0.0 && **v < 1.0).count()
        };
        assert!(soft(&met(1.0)) <= 2, "{}", soft(&met(1.0)));
        assert!((8..=12).contains(&soft(&met(12.0))), "{}", soft(&met(12.0)));
    }

    #[test]
    fn the_confidence_is_that_of_the_matte_without_making_it() {
        let (sure, unsure) = (record(1.0, 0.9), record(0.5, 0.2));
        let all = [sure, unsure, carried(2, 24), carried(3, 2), carried(6, 0)];
        let mut found = Vec::new();
        for (before, after) in all.iter().flat_map(|a| all.iter().map(move |b| (a, b))) {
            let confidence = confidence(&before.summary(), &after.summary(), (2, 5));
            assert_eq!(confidence, blend(before, after, (2, 5)).confidence);
            found.push(confidence);
        }
        assert!(found.iter().any(|c| *c > 0.9) && found.iter().any(|c| *c < 0.3), "{found:?}");
    }

    #[test]
    fn objects_never_add_up_to_more_than_one() {
        let free = [false; 3];
        assert_eq!(resolved(&[0.6, 0.4, 0.0], &free), [0.6, 0.4, 0.0]);
        assert_eq!(resolved(&[0.75, 1.0, 0.5], &free), [0.0, 1.0, 0.0]);
        assert_eq!(resolved(&[1.0, 1.0, 0.0], &free), [1.0, 0.0, 0.0]);
        let soft = resolved(&[0.5, 0.75, 0.25], &free);
        assert!((soft.iter().sum::<f32>() - 1.0).abs() < 1e-6 && soft[1] == 0.75, "{soft:?}");
        assert!((soft[0] - 2.0 * soft[2]).abs() < 1e-6);
    }

    #[test]
    fn in_layers_the_first_listed_cuts_the_others() {
        let layered = |values: &[f32]| by(Overlap::Layered, values, &[false; 3]);
        assert_eq!(layered(&[0.25, 1.0, 0.5]), [0.25, 0.75, 0.0]);
        assert_eq!(layered(&[1.0, 1.0, 1.0]), [1.0, 0.0, 0.0]);
        assert_eq!(layered(&[0.5, 0.25, 0.25]), [0.5, 0.25, 0.25]);
        // What an artist drew is not cut, whatever lies above it.
        assert_eq!(by(Overlap::Layered, &[1.0, 0.75, 1.0], &[false, true, false]), [0.25, 0.75, 0.0]);
    }

    #[test]
    fn a_mask_prompt_stays_as_it_is() {
        assert_eq!(resolved(&[0.25, 1.0, 0.0], &[true, false, false]), [0.25, 0.75, 0.0]);
        assert_eq!(resolved(&[1.0, 1.0], &[true, true]), [1.0, 1.0]);
    }
}
