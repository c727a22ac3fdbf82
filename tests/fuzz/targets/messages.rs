//! What comes through the channel between plugin and worker: the bytes of a message, with as many channels and
//! pieces of shared memory as a message has at most. They go through the real transport.

use std::hint::black_box;
use std::sync::Arc;

use airoto::job::prompts::PromptText;
use airoto::job::{
    Candidate, ConfidenceMap, FrameState, MaskKeys, ModelInfo, Note, ObjectMatte, TrackedFrame,
};
use airoto::job::{
    DetectRequest, Detections, EngineSettings, JobError, Provenance, Request, Run, SourceError, Stamp,
};
use airoto::raster::{Frame, Matte};
use airoto::worker::Stats;
use airoto::worker::messages::{
    FrameJob, FromWorker, Need, NoNeed, PackedFrame, Pixels, SentFrame, ToWorker,
};

use fastrand::Rng;
use ipc_channel::ipc::{self, IpcReceiver, IpcSender, IpcSharedMemory};
use serde::de::Error as _;
use serde::ser::{Error as _, SerializeTuple as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::mutate::{bytes, once_in};
use super::{Target, catch_expected};

pub const TO_WORKER: Target = Target {
    name: "to_worker",
    seeds: orders,
    mutate,
    run: |bytes| {
        // The transport keeps a channel open that nobody takes out of its message. So one comes only with a message
        // that names it, which is the one that makes the transport panic without it.
        let order = match receive::<ToWorker>(bytes, false) {
            Err(NamesChannel) => receive(bytes, true).unwrap_or_default(),
            Ok(order) => order,
        };
        order.is_some_and(ordered)
    },
    inputs: 2_500,
    accepted: 0.3,
};

pub const FROM_WORKER: Target = Target {
    name: "from_worker",
    seeds: answers,
    mutate,
    run: |bytes| {
        let tracked = answer::<Need, PackedFrame>(bytes).is_some_and(answered);
        // The same bytes as the answers to the other questions.
        let known = answer::<Need, Vec<FrameState>>(bytes).is_some();
        let detected = answer::<NoNeed, Detections>(bytes).is_some();
        tracked || known || detected
    },
    inputs: 2_500,
    accepted: 0.3,
};

/// The frame of the seeds, and the part of a matte that is not 0, have as many bytes as each piece of memory.
const SIZE: (u32, u32) = (4, 2);
const MEMORY: usize = 24;
/// Pieces of memory that come with a message.
const PIECES: usize = 5;

/// The bytes of a message as they are, with what goes beside them.
struct Raw {
    bytes: Vec<u8>,
    reply: Option<IpcSender<Stats>>,
    memory: Vec<IpcSharedMemory>,
}

impl Serialize for Raw {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // The transport takes note of channels and memory as they are written, wherever that is.
        postcard::to_stdvec(&(&self.reply, &self.memory)).map_err(S::Error::custom)?;
        let mut all = serializer.serialize_tuple(self.bytes.len())?;
        self.bytes.iter().try_for_each(|byte| all.serialize_element(byte))?;
        all.end()
    }
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Err(D::Error::custom("it is only sent"))
    }
}

/// A message names a channel that did not come with it.
struct NamesChannel;

/// Sends `bytes`, with a channel for the answer or without, and receives them as the other side does; none where they
/// are no message. The transport panics where a message names a channel that did not come with it.
fn receive<T>(bytes: &[u8], replies: bool) -> Result<Option<T>, NamesChannel>
where
    T: for<'de> Deserialize<'de> + Serialize,
{
    let (sender, receiver) = ipc::channel::<Raw>().expect("a channel");
    let (reply, _answers) = ipc::channel().expect("a channel");
    let reply = replies.then_some(reply);
    let memory = vec![IpcSharedMemory::from_byte(0x3f, MEMORY); PIECES];
    sender.send(Raw { bytes: bytes.to_vec(), reply, memory }).expect("sent");
    let receiver: IpcReceiver<T> = receiver.to_opaque().to();
    catch_expected(|| receiver.recv()).map(Result::ok).ok_or(NamesChannel)
}

/// An answer of a worker, which names no channel.
fn answer<N, A>(bytes: &[u8]) -> Option<FromWorker<N, A>>
where
    FromWorker<N, A>: for<'de> Deserialize<'de> + Serialize,
{
    receive(bytes, false).unwrap_or_default()
}

/// The bytes of a message; what goes beside it is what [`receive`] sends along. Written on a thread of its own,
/// since the transport counts channels and memory by thread.
fn written<T: Serialize + Send + 'static>(message: T) -> Vec<u8> {
    let write = move || postcard::to_stdvec(&message).expect("a message has bytes");
    std::thread::spawn(write).join().expect("it is written")
}

fn frame() -> Frame {
    Frame::filled(SIZE.0, SIZE.1, [10, 20, 30])
}

/// A matte of which six pixels are not 0.
fn matte() -> Matte {
    Matte::new(SIZE.0, SIZE.1, vec![0.5, 1.0, 1.0, 0.0, 0.5, 0.25, 1.0, 0.0]).expect("the size")
}

/// Where an answer goes.
fn reply<T: Serialize + for<'de> Deserialize<'de>>() -> IpcSender<T> {
    ipc::channel().expect("a channel").0
}

fn orders() -> Vec<Vec<u8>> {
    let request = || {
        Box::new(Request {
            prompts: PromptText::read(r#"{"objects":[{"name":"a","prompts":[{"frame":0,"point":[1,1]}]}]}"#)
                .prompts_or_none(),
            base: Some("/somewhere".into()),
            tracker: "flow".to_owned(),
            width: SIZE.0,
            height: SIZE.1,
            first: -2,
            last: 9,
            mask: MaskKeys::Listed(vec![3, 7]),
            ..Request::default()
        })
    };
    let pixels = || Pixels::of_frame(&frame()).expect("memory");
    let provenance = || Provenance { stamp: Some(Stamp([1; 32])), name: Some(Stamp([2; 32])) };
    let sent = || SentFrame { pixels: Ok(pixels()), provenance: provenance() };
    let unsent = |error| SentFrame { pixels: Err(error), provenance: provenance() };
    let none = SentFrame {
        pixels: Err(SourceError::Failed("there is none".to_owned())),
        provenance: Provenance::default(),
    };
    let job = |id: u64, run: Run, frame: SentFrame| FrameJob { id, request: request(), time: 4, run, frame };
    let text = || Box::new(DetectRequest { text: "dog. cat".to_owned(), ..DetectRequest::default() });
    vec![
        written(ToWorker::Configure(EngineSettings {
            cache: Some("/cache".into()),
            memory_limit: 1 << 20,
            disk_limit: 1 << 30,
            threads: 2,
        })),
        written(ToWorker::Track { job: job(1, Run { id: 6, frames: Some((0, 9)) }, sent()), reply: reply() }),
        written(ToWorker::Known { job: job(2, Run::default(), none), frames: (-2, 9), reply: reply() }),
        written(ToWorker::Detect { request: text(), frame: pixels(), reply: reply() }),
        written(ToWorker::Frame { id: 3, frame: sent() }),
        written(ToWorker::Frame { id: 3, frame: unsent(SourceError::OnlyCurrent) }),
        written(ToWorker::Mask { id: 4, mask: Ok(Some(Pixels::of_matte(&matte()).expect("memory"))) }),
        written(ToWorker::Mask { id: 4, mask: Ok(None) }),
        written(ToWorker::Stamps { id: 4, stamps: Ok(vec![Some(Stamp([3; 32])), None]) }),
        written(ToWorker::End),
        written(ToWorker::Cancel { id: 5 }),
        written(ToWorker::Stats { reply: reply() }),
    ]
}

fn answers() -> Vec<Vec<u8>> {
    let object = |name: &str, whole: bool| ObjectMatte {
        name: name.to_owned(),
        matte: matte(),
        confidence: 0.5,
        confidence_map: ConfidenceMap::new(2, 1, &[3, 250]).ok().filter(|_| whole),
        pinned: true,
        present: whole,
        trimap: whole.then(matte),
        blur: whole.then(|| [matte(), matte()]),
    };
    let tracker = ModelInfo {
        name: "flow".to_owned(),
        version: "1".to_owned(),
        device: "CPU".to_owned(),
        note: Some("a note".to_owned()),
    };
    let tracked = TrackedFrame { objects: vec![object("a", true), object("b", false)], tracker };
    let found = Detections {
        candidates: vec![Candidate { bounds: [1.0, 2.0, 3.0, 4.0], score: 0.5, phrase: "dog".to_owned() }],
        model: "grounding-dino".to_owned(),
        device: "CPU".to_owned(),
    };
    let tracking = |message: FromWorker<Need, PackedFrame>| written(message);
    vec![
        tracking(FromWorker::Need(Need::Frame(-3))),
        tracking(FromWorker::Need(Need::Mask(7))),
        tracking(FromWorker::Need(Need::Stamps((-2, 9)))),
        tracking(FromWorker::Need(Need::MaskStamps((-2, 9)))),
        tracking(FromWorker::Note(Note::Progress { done: 3, total: 9 })),
        tracking(FromWorker::Note(Note::Warning("a warning".to_owned()))),
        tracking(FromWorker::Done(PackedFrame::pack(&tracked).expect("memory"))),
        written(FromWorker::<Need, _>::Done(vec![
            FrameState {
                tracked: true,
                pinned: false,
                confidence: Some(0.5)
            };
            5
        ])),
        written(FromWorker::<NoNeed, _>::Done(found)),
        tracking(FromWorker::Failed(JobError::Model("it is damaged".to_owned()))),
    ]
}

/// Numbers, mostly: what follows a length that is another is read as something else.
fn mutate(rng: &mut Rng, input: &[u8], seeds: &[Vec<u8>]) -> Vec<u8> {
    let mut out = input.to_vec();
    for _ in 0..rng.usize(1..3) {
        let end = out.len();
        match rng.u32(..8) {
            0 => bytes::change(rng, &mut out, seeds),
            1 => bytes::number(rng, &mut out, 0..end),
            // One byte, most often by little: numbers of this form have seven bits a byte.
            _ if end > 1 => {
                let at = rng.usize(1..end);
                out[at] = if once_in(rng, 4) { rng.u8(..128) } else { out[at] ^ (1 << rng.u32(..7)) };
            }
            _ => {}
        }
    }
    out
}

/// What the worker does with an order, short of computing.
fn ordered(order: ToWorker) -> bool {
    let frame = |pixels: Pixels| {
        let _ = pixels.frame().map(|frame| frame.data().len()).map_err(|e| e.to_string());
    };
    match order {
        ToWorker::Track { job: FrameJob { frame: sent, .. }, .. }
        | ToWorker::Known { job: FrameJob { frame: sent, .. }, .. }
        | ToWorker::Frame { frame: sent, .. } => sent.pixels.into_iter().for_each(frame),
        ToWorker::Detect { frame: pixels, .. } => frame(pixels),
        ToWorker::Mask { mask, .. } => {
            let matte = mask.ok().flatten().map(|pixels| pixels.matte().map_err(|e| e.to_string()));
            drop(matte.map(|matte| matte.map(|matte| Arc::new(matte.data().len()))));
        }
        ToWorker::Configure(_)
        | ToWorker::Cancel { .. }
        | ToWorker::Stamps { .. }
        | ToWorker::End
        | ToWorker::Stats { .. } => {}
    }
    true
}

/// What the plugin does with an answer.
fn answered(answer: FromWorker<Need, PackedFrame>) -> bool {
    match answer {
        FromWorker::Done(answer) => {
            let unpacked = answer.unpack().map_err(|e| e.to_string());
            unpacked.map(|frame| black_box(frame.into_combined())).is_ok()
        }
        _ => true,
    }
}
