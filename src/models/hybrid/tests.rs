//! The hybrid with a tracker that finds nothing, and one that finds the wrong thing.

use std::any::Any;
use std::sync::atomic::{AtomicU32, Ordering};

use super::*;

/// A tracker whose answer in each frame is given, and which counts the frames that it is shown.
pub(super) struct Fixed {
    answer: Box<dyn Fn(i64) -> Option<Matte> + Send>,
    /// How many frames it was shown.
    pub asked: Arc<AtomicU32>,
}

impl Fixed {
    /// One whose answer is always the same.
    pub fn always(answer: Option<Matte>) -> Self {
        Self { answer: Box::new(move |_| answer.clone()), asked: Arc::default() }
    }

    /// One whose answers are those of frames 0, 1 and so on.
    pub fn given(answers: Vec<Matte>) -> Self {
        Self { answer: Box::new(move |time| Some(answers[time as usize].clone())), asked: Arc::default() }
    }
}

struct Nothing;

impl Memory for Nothing {
    fn boxed_clone(&self) -> Box<dyn Memory> {
        Box::new(Self)
    }
    fn bytes(&self) -> usize {
        0
    }
    fn save(&self) -> Option<Vec<u8>> {
        Some(b"nothing".to_vec())
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }
}

impl Model for Fixed {
    fn info(&self) -> ModelInfo {
        ModelInfo { name: "fixed".into(), version: "1".into(), device: "CPU".into(), note: None }
    }
}

impl Tracker for Fixed {
    fn embed(&mut self, frame: &Arc<Frame>) -> Result<Embedding, ModelError> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        Ok(Arc::new((frame.width(), frame.height())))
    }
    fn segment(
        &mut self,
        _: &Embedding,
        prompt: &FramePrompt,
        _: Option<&Matte>,
    ) -> Result<Prediction, ModelError> {
        let matte = prompt.mask.clone().expect("a mask");
        Ok(Prediction { present: true, ..Prediction::new(matte, 1.0) })
    }
    fn memory(&self, _: Option<usize>) -> Box<dyn Memory> {
        Box::new(Nothing)
    }
    fn restore(&self, saved: &[u8]) -> Option<Box<dyn Memory>> {
        (saved == b"nothing").then(|| Box::new(Nothing) as Box<dyn Memory>)
    }
    fn remember(
        &mut self,
        _: &mut dyn Memory,
        _: i64,
        _: &Embedding,
        _: &Prediction,
        _: bool,
    ) -> Result<(), ModelError> {
        Ok(())
    }
    fn propagate(
        &mut self,
        _: &dyn Memory,
        time: i64,
        embedding: &Embedding,
    ) -> Result<Prediction, ModelError> {
        let size: &(u32, u32) = embedding.downcast_ref().expect("our own");
        let matte = (self.answer)(time).unwrap_or_else(|| Matte::filled(size.0, size.1, 0.0));
        Ok(Prediction::new(matte, 0.5))
    }
}

/// A textured square, 40 pixels wide, on a ground with another texture; and its mask.
fn frame(left: f32, covered: bool) -> (Arc<Frame>, Matte) {
    let (width, height) = (200, 120);
    let (mut frame, mut mask) = (Frame::filled(width, height, [0; 3]), Matte::filled(width, height, 0.0));
    for i in 0..(width * height) as usize {
        let (x, y) = ((i % 200) as f32, (i / 200) as f32);
        let inside = (left..left + 40.0).contains(&x) && (40.0..80.0).contains(&y);
        let (u, v) = if inside { (x - left + 300.0, y) } else { (x, y) };
        let level = 120.0 + 50.0 * (0.31 * u + 0.11 * v).sin() + 50.0 * (0.17 * u - 0.29 * v).cos();
        let red = if inside { 60.0 } else { -20.0 };
        let colour =
            if covered && x > 60.0 { [10, 10, 10] } else { [(level + red) as u8, level as u8, level as u8] };
        frame.data_mut()[3 * i..3 * i + 3].copy_from_slice(&colour);
        mask.data_mut()[i] = f32::from(u8::from(inside));
    }
    (Arc::new(frame), mask)
}

/// The memory after a drawing in the frame where the square is at 30.
fn drawn(tracker: &mut dyn Tracker, frames: Option<usize>) -> Box<dyn Memory> {
    let (first, mask) = frame(30.0, false);
    let seen = tracker.embed(&first).expect("embedded");
    let mut memory = tracker.memory(frames);
    let prompt = FramePrompt { mask: Some(mask), ..FramePrompt::default() };
    let found = tracker.segment(&seen, &prompt, None).expect("segmented");
    tracker.remember(memory.as_mut(), 0, &seen, &found, true).expect("remembered");
    memory
}

/// Goes on to the frame where the square is at `left`.
fn follow(tracker: &mut dyn Tracker, memory: &mut Box<dyn Memory>, (time, left): (i64, f32)) -> Prediction {
    let seen = tracker.embed(&frame(left, false).0).expect("embedded");
    let found = tracker.propagate(memory.as_ref(), time, &seen).expect("propagated");
    tracker.remember(memory.as_mut(), time, &seen, &found, false).expect("remembered");
    found
}

#[test]
fn a_drawing_is_kept_where_the_tracker_finds_nothing_or_something_else() {
    let elsewhere = frame(140.0, false).1;
    for answer in [None, Some(elsewhere)] {
        let mut tracker = HybridTracker::around(Box::new(Fixed::always(answer)));
        let mut memory = drawn(tracker.as_mut(), None);
        for step in 1..=5 {
            let left = 30.0 + 2.0 * step as f32;
            let found = follow(tracker.as_mut(), &mut memory, (step, left));
            let found_iou = found.matte.iou(&frame(left, false).1);
            assert!(found.present && found_iou > 0.85, "frame {step}: {found_iou}");
        }
    }
}

#[test]
fn of_two_trackers_the_one_that_covers_the_drawing_is_followed() {
    let elsewhere = || Box::new(Fixed::always(Some(frame(140.0, false).1)));
    let right = || Box::new(Fixed::always(Some(frame(32.0, false).1)));
    let mut pairs = [
        HybridTracker::with_second(elsewhere(), right()),
        HybridTracker::with_second(right(), elsewhere()),
        HybridTracker::around(right()),
    ];
    let found = pairs.each_mut().map(|tracker| {
        let mut memory = drawn(tracker.as_mut(), None);
        follow(tracker.as_mut(), &mut memory, (1, 32.0)).matte
    });
    assert_eq!(pairs[0].info().name, "fixed+fixed");
    for matte in &found[..2] {
        assert!(matte.iou(&found[2]) > 0.999, "{}", matte.iou(&found[2]));
    }
}

#[test]
fn the_memory_of_two_trackers_is_not_that_of_one() {
    let nothing = || Box::new(Fixed::always(None));
    let mut pair = HybridTracker::with_second(nothing(), nothing());
    let mut one = HybridTracker::around(nothing());
    let [of_pair, of_one] = [&mut pair, &mut one].map(|tracker| {
        let memory = drawn(tracker.as_mut(), None);
        memory.save().expect("it can be saved")
    });
    assert!(pair.restore(&of_pair).is_some() && one.restore(&of_one).is_some());
    assert!(pair.restore(&of_one).is_none() && one.restore(&of_pair).is_none());
    // The reference's has one memory.
    let reference = drawn(pair.as_mut(), Some(3)).save().expect("it can be saved");
    assert!(pair.restore(&reference).is_some());
}

#[test]
fn the_trust_falls_where_the_drawing_is_covered() {
    let mut tracker = HybridTracker::around(Box::new(Fixed::always(None)));
    let memory = drawn(tracker.as_mut(), None);
    let trust = |covered: bool, tracker: &mut Box<dyn Tracker>| {
        let seen = tracker.embed(&frame(38.0, covered).0).expect("embedded");
        let found = tracker.propagate(memory.as_ref(), 1, &seen).expect("propagated");
        found.carried.expect("it is carried").at(70, 60).trust
    };
    let (seen, covered) = (trust(false, &mut tracker), trust(true, &mut tracker));
    assert!(seen > 10.0 * covered, "{seen} {covered}");
}

#[test]
fn the_reference_is_the_tracker_alone() {
    let mut tracker = HybridTracker::around(Box::new(Fixed::always(None)));
    let mut memory = drawn(tracker.as_mut(), Some(9));
    let found = follow(tracker.as_mut(), &mut memory, (1, 34.0));
    assert!(!found.present && found.carried.is_none() && found.matte.is_empty());
}

#[test]
fn a_memory_that_was_saved_goes_on_to_the_same_bytes() {
    let mut tracker = HybridTracker::around(Box::new(Fixed::always(None)));
    let mut memory = drawn(tracker.as_mut(), None);
    follow(tracker.as_mut(), &mut memory, (1, 33.0));
    let saved = memory.save().expect("it can be saved");
    let mut restored = tracker.restore(&saved).expect("it was saved by the same");
    let (one, other) = (
        follow(tracker.as_mut(), &mut memory, (2, 36.0)),
        follow(tracker.as_mut(), &mut restored, (2, 36.0)),
    );
    assert_eq!((one.matte, one.carried), (other.matte, other.carried));
    for at in [0, 4, 5, 9, saved.len() / 2, saved.len() - 1] {
        let mut bad = saved.clone();
        bad[at] ^= 1;
        assert!(tracker.restore(&bad).is_none(), "byte {at}");
        assert!(tracker.restore(&saved[..at]).is_none());
    }
}

#[test]
fn an_outline_between_pixels_of_a_coarse_grid_is_one_pixel_wide() {
    // Distances to a vertical line through the middle of a grid of 8x4.
    let distances: Vec<f32> = (0..32).map(|i| 4.0 - ((i % 8) as f32 + 0.5)).collect();
    let matte = super::drawn((64, 32), (8, 4), &distances, |_| 0.0);
    let row: Vec<f32> = (0..64).map(|x| matte.value(x, 16)).collect();
    assert!(row[..31].iter().all(|v| *v == 1.0) && row[33..].iter().all(|v| *v == 0.0), "{row:?}");
}

#[test]
fn the_map_says_where_the_tracker_and_the_drawing_differ() {
    // The tracker's answer lacks the lower half of the square.
    let (_, mut half) = frame(31.0, false);
    half.rows_mut(crate::raster::RectI::new(0, 60, 200, 120)).for_each(|row| row.fill(0.0));
    let found = |frames, answer: &Matte| {
        let mut tracker = HybridTracker::around(Box::new(Fixed::always(Some(answer.clone()))));
        let mut memory = drawn(tracker.as_mut(), frames);
        follow(tracker.as_mut(), &mut memory, (1, 31.0))
    };
    let one = found(None, &half);
    let map = one.confidence_map.expect("a map");
    assert_eq!(map.size(), (50, 30));
    let pixels = map.pixels((200, 120));
    let least = |rows: std::ops::Range<usize>| {
        rows.flat_map(|y| (20..90).map(move |x| (x, y))).map(|(x, y)| pixels[y * 200 + x]).fold(1.0, f32::min)
    };
    let (upper, lower) = (least(36..48), least(68..84));
    assert!(lower < upper - 0.2 && lower < one.confidence + 0.1, "{upper} {lower} {}", one.confidence);
    assert!(pixels[10 * 200 + 150] > 0.99, "far from the object nothing is in doubt");
    // Nothing is carried in a reference propagation: there is no map.
    assert_eq!(found(Some(4), &half).confidence_map, None);
}
