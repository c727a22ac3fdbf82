//! The state machine around a network that is none.

use std::sync::{Arc, Mutex};

use super::*;
use crate::job::prompts::{Label, PointPrompt};
use crate::models::runtime::{Output, Tensor};
use crate::raster::{PixelBox, PixelPoint};

const SIZES: Sizes = Sizes { side: 64, tokens: 2, channels: 3, pointer: 2 };
const NO_POINTER: f32 = 77.0;

/// What a decoder was told.
#[derive(Debug, Clone, PartialEq, Default)]
struct DecoderCall {
    image: &'static str,
    points: Vec<[f32; 2]>,
    labels: Vec<i64>,
    mask: Option<Vec<f32>>,
}

/// All that the network was asked, and what it is to answer.
#[derive(Default)]
struct Log {
    decoded: Vec<DecoderCall>,
    recalled: Vec<Recall>,
    /// The mask and the score of each frame that was remembered.
    memorised: Vec<(Vec<f32>, f32)>,
    score: f32,
    /// The logits of each of the four masks.
    logits: [f32; 4],
}

struct Fake(Arc<Mutex<Log>>);

impl Fake {
    fn log(&self) -> std::sync::MutexGuard<'_, Log> {
        self.0.lock().expect("no panic")
    }
}

fn plain(value: f32) -> Output {
    Output::Plain(Tensor { shape: vec![1], data: vec![value] })
}

impl Network for Fake {
    fn sizes(&self) -> Sizes {
        SIZES
    }

    fn encode(&mut self, image: &[f32]) -> Result<Features, ModelError> {
        assert_eq!(image.len(), 3 * 64 * 64);
        Ok(Features { fine: plain(0.0), middle: plain(0.0), pixel: plain(0.0), initial: plain(0.0) })
    }

    fn attend(&mut self, _: &Features, recall: &Recall) -> Result<Output, ModelError> {
        self.log().recalled.push(recall.clone());
        Ok(plain(1.0))
    }

    fn decode(&mut self, _: &Features, image: Image, hints: Hints) -> Result<Decoded, ModelError> {
        let image = match image {
            Image::Initial => "initial",
            Image::Raw => "raw",
            Image::Attended(_) => "attended",
        };
        let mut log = self.log();
        log.decoded.push(DecoderCall {
            image,
            points: hints.points.to_vec(),
            labels: hints.labels.to_vec(),
            mask: hints.mask.map(<[f32]>::to_vec),
        });
        Ok(Decoded {
            masks: log.logits.iter().flat_map(|v| [*v; 16 * 16]).collect(),
            iou: vec![0.6, 0.1, 0.5, 0.3],
            pointers: (0..4_u8).flat_map(|i| [f32::from(i); 2]).collect(),
            score: log.score,
        })
    }

    fn memorise(&mut self, _: &Features, mask: &[f32], score: f32) -> Result<Vec<f32>, ModelError> {
        let mut log = self.log();
        log.memorised.push((mask.to_vec(), score));
        Ok(vec![log.memorised.len() as f32; 6])
    }

    fn downsample(&mut self, mask: &[f32]) -> Result<Vec<f32>, ModelError> {
        assert_eq!(mask.len(), 64 * 64);
        Ok(vec![mask.iter().sum(); 16 * 16])
    }
}

/// A tracker, what its network is asked, and a frame of 128 x 32 pixels.
fn rig(score: f32, logits: [f32; 4]) -> (Sam2Tracker, Arc<Mutex<Log>>, Embedding) {
    let log = Arc::new(Mutex::new(Log { score, logits, ..Log::default() }));
    let info = ModelInfo { name: "fake".into(), version: "1".into(), device: "CPU".into(), note: None };
    let constants = Constants { no_object_pointer: vec![NO_POINTER; 2], ..Constants::of_pointer(2) };
    let input = Input { width: 64, height: 64, mean: [0.0; 3], deviation: [1.0; 3] };
    let mut tracker = Sam2Tracker::new(info, constants, &input, Box::new(Fake(log.clone())));
    let embedding = tracker.embed(&Arc::new(Frame::filled(128, 32, [1, 2, 3]))).expect("embedded");
    (tracker, log, embedding)
}

fn click(x: f64, y: f64, label: Label) -> PointPrompt {
    PointPrompt { at: PixelPoint { x, y }, label }
}

fn pointer(found: &Prediction) -> Vec<f32> {
    object_state(found).expect("of this family").pointer.to_vec()
}

#[test]
fn a_box_comes_before_clicks_and_all_are_in_pixels_of_the_input() {
    let (mut tracker, log, embedding) = rig(3.0, [2.0, 3.0, 4.0, 5.0]);
    let bounds = Some(PixelBox { x0: 10.0, y0: 4.0, x1: 100.0, y1: 30.0 });
    let points = vec![click(64.0, 16.0, Label::Positive), click(128.0, 0.0, Label::Negative)];
    let prompt = FramePrompt { points, bounds, mask: None };
    let found = tracker.segment(&embedding, &prompt, None).expect("segmented");
    let told = DecoderCall {
        image: "initial",
        points: vec![[5.0, 8.0], [50.0, 60.0], [32.0, 32.0], [64.0, 0.0]],
        labels: vec![2, 3, 1, 0],
        mask: None,
    };
    assert_eq!(log.lock().expect("no panic").decoded, [told]);
    // Four points: the single mask, which is stable.
    assert_eq!((found.present, logits(&found)), (true, Some(&[2.0; 256][..])));
    assert_eq!((found.matte.width(), found.matte.height(), pointer(&found)), (128, 32, vec![0.0; 2]));
    assert!((found.confidence - 0.6 / (1.0 + (-3.0_f32).exp())).abs() < 1e-6);
    let one = FramePrompt { points: vec![click(1.0, 1.0, Label::Positive)], ..FramePrompt::default() };
    let found = tracker.segment(&embedding, &one, None).expect("segmented");
    assert_eq!((logits(&found), pointer(&found)), (Some(&[4.0; 256][..]), vec![2.0; 2]));
    let nothing = tracker.segment(&embedding, &FramePrompt::default(), None);
    assert!(matches!(nothing, Err(ModelError::Prompt(_))));
}

#[test]
fn a_correction_starts_from_the_track() {
    let (mut tracker, log, embedding) = rig(3.0, [2.0; 4]);
    let prompt = FramePrompt { points: vec![click(9.0, 9.0, Label::Negative)], ..FramePrompt::default() };
    let mut earlier = Matte::filled(128, 32, 0.0);
    earlier.data_mut()[..128 * 16].fill(1.0);
    tracker.segment(&embedding, &prompt, Some(&earlier)).expect("segmented");
    let log = log.lock().expect("no panic");
    let mask = log.decoded[0].mask.as_ref().expect("a mask");
    assert_eq!((mask.len(), mask[0], mask[255]), (256, SURE, -SURE));
}

#[test]
fn an_object_that_is_not_seen_is_empty_and_is_remembered_as_such() {
    let (mut tracker, log, embedding) = rig(0.0, [5.0; 4]);
    let prompt = FramePrompt { points: vec![click(9.0, 9.0, Label::Positive)], ..FramePrompt::default() };
    let found = tracker.segment(&embedding, &prompt, None).expect("segmented");
    assert!(!found.present && found.matte.is_empty() && found.confidence == 0.0);
    assert_eq!((pointer(&found), logits(&found)), (vec![NO_POINTER; 2], Some(&[ABSENT; 256][..])));
    let mut memory = tracker.memory(None);
    tracker.remember(memory.as_mut(), 0, &embedding, &found, true).expect("remembered");
    assert_eq!(log.lock().expect("no panic").memorised, [(vec![-10.0; 64 * 64], 0.0)]);
}

#[test]
fn a_mask_is_taken_as_it_is_and_gets_a_pointer_from_the_raw_features() {
    let (mut tracker, log, embedding) = rig(5.0, [5.0; 4]);
    let mut mask = Matte::filled(128, 32, 0.0);
    mask.data_mut()[..128 * 16].fill(0.9);
    let prompt = FramePrompt { mask: Some(mask.clone()), ..FramePrompt::default() };
    let found = tracker.segment(&embedding, &prompt, None).expect("segmented");
    assert!(found.present && found.matte == mask && found.confidence == 1.0);
    assert_eq!(pointer(&found), [2.0; 2]);
    let low = logits(&found).expect("logits");
    assert_eq!((low[0], low[255]), (10.0, -10.0));
    let mut memory = tracker.memory(None);
    tracker.remember(memory.as_mut(), 3, &embedding, &found, true).expect("remembered");
    let log = log.lock().expect("no panic");
    let told = &log.decoded[0];
    assert_eq!((told.image, &told.labels[..]), ("raw", &[-1][..]));
    assert_eq!(told.mask, Some(vec![64.0 * 32.0; 256]));
    let (remembered, score) = &log.memorised[0];
    assert_eq!((remembered[0], remembered[64 * 64 - 1], *score), (10.0, -10.0, 10.0));
}

#[test]
fn a_mask_that_the_decoder_does_not_see_is_taken_without_a_pointer() {
    let (mut tracker, _, embedding) = rig(-5.0, [5.0; 4]);
    let prompt = FramePrompt { mask: Some(Matte::filled(128, 32, 1.0)), ..FramePrompt::default() };
    let found = tracker.segment(&embedding, &prompt, None).expect("segmented");
    assert_eq!((found.present, pointer(&found)), (true, vec![NO_POINTER; 2]));
}

#[test]
fn an_empty_mask_says_that_the_object_is_not_there() {
    let (mut tracker, log, embedding) = rig(5.0, [5.0; 4]);
    let prompt = FramePrompt { mask: Some(Matte::filled(128, 32, 0.0)), ..FramePrompt::default() };
    let found = tracker.segment(&embedding, &prompt, None).expect("segmented");
    assert!(!found.present && found.matte.is_empty());
    assert_eq!(pointer(&found), [NO_POINTER; 2]);
    let mut memory = tracker.memory(None);
    tracker.remember(memory.as_mut(), 0, &embedding, &found, true).expect("remembered");
    assert_eq!(log.lock().expect("no panic").memorised, [(vec![-10.0; 64 * 64], -10.0)]);
}

#[test]
fn propagation_attends_to_what_is_remembered() {
    let (mut tracker, log, embedding) = rig(2.0, [0.0; 4]);
    let prompt = FramePrompt { points: vec![click(9.0, 9.0, Label::Positive)], ..FramePrompt::default() };
    let first = tracker.segment(&embedding, &prompt, None).expect("segmented");
    let mut memory = tracker.memory(Some(9));
    assert!(tracker.propagate(memory.as_ref(), 1, &embedding).is_err(), "an empty memory");
    tracker.remember(memory.as_mut(), 0, &embedding, &first, true).expect("remembered");
    for time in 1..3 {
        let next = tracker.propagate(memory.as_ref(), time, &embedding).expect("propagated");
        tracker.remember(memory.as_mut(), time, &embedding, &next, false).expect("remembered");
    }
    let saved = memory.save().expect("saved");
    let restored = tracker.restore(&saved).expect("restored");
    assert_eq!((restored.bytes(), restored.save()), (memory.bytes(), Some(saved)));
    tracker.propagate(restored.as_ref(), 3, &embedding).expect("propagated");
    let log = log.lock().expect("no panic");
    let told = log.decoded.last().expect("decoded");
    assert_eq!((told.image, &told.points[..], &told.labels[..]), ("attended", &[[0.0; 2]][..], &[-1][..]));
    // Soft where it was propagated, cut where it was prompted: a logit of 0 is off the object.
    assert_eq!((log.memorised[0].0[0], log.memorised[1].0[0]), (-10.0, 0.0));
    let recalled = log.recalled.last().expect("recalled");
    assert_eq!(recalled.rows, [6, 1, 0]);
    assert_eq!(recalled.features, [[1.0; 6], [2.0; 6], [3.0; 6]].concat());
    assert_eq!(recalled.distances, [3.0 / 8.0, 1.0 / 8.0, 2.0 / 8.0]);
}

#[test]
fn things_of_another_tracker_are_errors() {
    let (mut tracker, _, embedding) = rig(2.0, [1.0; 4]);
    let mut memory = tracker.memory(None);
    let foreign: Embedding = Arc::new(5_u8);
    assert!(tracker.segment(&foreign, &FramePrompt::default(), None).is_err());
    let matte = Matte::filled(128, 32, 1.0);
    let found = Prediction::new(matte, 1.0);
    assert!(tracker.remember(memory.as_mut(), 0, &embedding, &found, true).is_err());
    assert!(logits(&found).is_none());
}
