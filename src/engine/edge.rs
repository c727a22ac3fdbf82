//! From tracked mattes to their edges: the unknown band, alpha in it, motion blur and stability.
//!
//! An edge is a function of the frame, of its tracked matte and, where motion counts, of the frames
//! and mattes beside it: it is the same in whatever order frames are asked for.

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use super::digest::{Digest, Recipe};
use super::request::{FrameSource, Note, Request, SourceError, TrackedFrame};
use super::{Engine, EngineError, compose};
use crate::matte::blur::{self, Blur};
use crate::matte::fast::{self, Fast};
use crate::matte::motion;
use crate::matte::temporal::{self, Neighbour};
use crate::matte::trimap::{self, Trimap, Widths};
use crate::models::{self, Matter, flow};
use crate::raster::{Flow, Frame, Matte};

/// Bytes of alphas that are kept for the frames beside them.
const KEPT_BYTES: usize = 192 << 20;

/// Frames on either side with which alpha is filtered.
const STEADIED_BY: u32 = 2;

/// How the edges of mattes are made.
///
/// Built with `..EdgeSettings::default()`, so that a setting that is added later has its default.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EdgeSettings {
    /// What finds alpha in the unknown band.
    pub quality: Quality,
    /// The matting network of [`Quality::Fine`]: a model pack by its name or its folder; empty for the
    /// first that is installed.
    pub matter: String,
    /// Pixels of the band inside the edge of the mask; none to go by the object's size.
    pub inside: Option<f32>,
    /// Pixels of the band outside the edge of the mask; none to go by the object's size.
    pub outside: Option<f32>,
    /// How much wider the band gets where the edge looks like hair; 0 is off.
    pub hair: f32,
    /// Whether [`FrameSource::mask`] is a painted trimap: 0 outside, 1 inside, what is between unknown.
    pub painted: bool,
    /// What becomes of motion blur.
    pub motion_blur: MotionBlur,
    /// How far chatter of the edge is filtered out, 0 (not at all) to 1.
    pub stability: f32,
    /// Whether the trimaps are wanted with the mattes.
    pub show_trimap: bool,
    /// Whether the lengths of motion blur are wanted with the mattes, where blur is looked for.
    pub show_blur: bool,
}

/// What finds alpha in the unknown band.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Quality {
    /// The tracker's own edge, along the edges of the frame.
    #[default]
    Tracked,
    /// Closed-form matting, without a model.
    Fast,
    /// A matting network.
    Fine,
}

/// What becomes of motion blur.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum MotionBlur {
    /// It is not looked for.
    #[default]
    Ignore,
    /// The edge gets the ramp that the plate has.
    Soften,
    /// The edge stays as it is, for a blur by vectors later on.
    Vectors,
}

impl Default for EdgeSettings {
    fn default() -> Self {
        Self {
            quality: Quality::default(),
            matter: String::new(),
            inside: None,
            outside: None,
            hair: Widths::default().hair,
            painted: false,
            motion_blur: MotionBlur::default(),
            stability: 0.0,
            show_trimap: false,
            show_blur: false,
        }
    }
}

impl EdgeSettings {
    /// Whether the tracked mattes are all that is wanted.
    #[must_use]
    pub fn is_off(&self) -> bool {
        self.quality == Quality::Tracked
            && self.motion_blur == MotionBlur::Ignore
            && self.stability <= 0.0
            && !self.show_trimap
    }

    /// How many frames before and after one its edge depends on.
    #[must_use]
    pub fn reach(&self) -> i64 {
        let steadied = if self.stability > 0.0 { i64::from(STEADIED_BY) } else { 0 };
        steadied + i64::from(self.motion_blur != MotionBlur::Ignore)
    }

    fn widths(&self) -> Widths {
        Widths { inside: self.inside, outside: self.outside, hair: self.hair, ..Widths::default() }
    }

    /// Of all that an alpha without its neighbours' depends on.
    fn digest(&self) -> Digest {
        let text = serde_json::to_string(&Self { stability: 0.0, ..self.clone() }).unwrap_or_default();
        Recipe::new("edge").text(&text).done()
    }
}

/// What lasts from frame to frame: alphas without their neighbours', flows, and matting networks.
#[derive(Default)]
pub struct Edges {
    kept: Mutex<VecDeque<(Digest, Arc<Edged>)>>,
    flows: Mutex<VecDeque<(Pair, Arc<Flow>)>>,
    matters: Mutex<Vec<(MatterName, Arc<Mutex<Opened>>)>>,
}

/// A frame and one beside it.
type Pair = (Digest, Digest);

/// Name and device by which a matting network was asked for.
type MatterName = (String, String);

/// A matting network, and why it is another than was asked for.
struct Opened {
    matter: Box<dyn Matter>,
    note: Option<String>,
    /// Whether it runs on the processor, after which there is nothing to step down to.
    last: bool,
}

/// Flows that are kept: those of five frames to the ones about them.
const FLOWS: usize = 24;

impl Edges {
    fn get(&self, digest: &Digest) -> Option<Arc<Edged>> {
        self.kept.lock().iter().find(|(d, _)| d == digest).map(|(_, e)| Arc::clone(e))
    }

    fn put(&self, digest: Digest, edged: &Arc<Edged>) {
        let mut kept = self.kept.lock();
        kept.retain(|(d, _)| *d != digest);
        kept.push_back((digest, Arc::clone(edged)));
        let mut total: usize = kept.iter().map(|(_, e)| e.bytes()).sum();
        while kept.len() > 1 && total > KEPT_BYTES {
            total -= kept.pop_front().map_or(0, |(_, e)| e.bytes());
        }
    }

    /// Bytes that are held.
    pub fn memory_bytes(&self) -> usize {
        self.kept.lock().iter().map(|(_, e)| e.bytes()).sum()
    }

    fn flow(&self, from: &Seen, to: &Seen) -> Arc<Flow> {
        let (Some(a), Some(b)) = (from.digest, to.digest) else {
            return Arc::new(flow::between(&from.frame, &to.frame));
        };
        let pair = (a, b);
        let known = self.flows.lock().iter().find(|(p, _)| *p == pair).map(|(_, f)| Arc::clone(f));
        known.unwrap_or_else(|| {
            let flow = Arc::new(flow::between(&from.frame, &to.frame));
            let mut flows = self.flows.lock();
            flows.push_back((pair, Arc::clone(&flow)));
            if flows.len() > FLOWS {
                flows.pop_front();
            }
            flow
        })
    }
}

/// An alpha without regard to those of the frames beside it.
#[derive(Debug)]
struct Edged {
    alpha: Matte,
    trimap: Trimap,
    /// Blur in pixels, right and down.
    vectors: Option<[Matte; 2]>,
}

impl Edged {
    fn bytes(&self) -> usize {
        let vectors = self.vectors.iter().flatten().map(Matte::memory).sum::<usize>();
        self.alpha.memory() + vectors + self.trimap.data().len()
    }
}

/// A frame and, where anything made of it is kept, what it is known by.
#[derive(Clone)]
struct Seen {
    frame: Arc<Frame>,
    digest: Option<Digest>,
}

/// Frames about the one that is rendered, fetched once.
pub struct Nearby<'a> {
    inner: &'a mut dyn FrameSource,
    /// The frame that is rendered and how far from it frames are kept.
    about: (i64, i64),
    kept: Vec<(i64, Arc<Frame>)>,
}

impl<'a> Nearby<'a> {
    /// Keeps what is fetched of the frames up to `reach` from `time`.
    pub fn new(inner: &'a mut dyn FrameSource, time: i64, reach: i64) -> Self {
        Self { inner, about: (time, reach), kept: Vec::new() }
    }
}

impl FrameSource for Nearby<'_> {
    fn frame(&mut self, time: i64) -> Result<Arc<Frame>, SourceError> {
        if let Some((_, frame)) = self.kept.iter().find(|(t, _)| *t == time) {
            return Ok(Arc::clone(frame));
        }
        let frame = self.inner.frame(time)?;
        if self.about.0.abs_diff(time) <= self.about.1.unsigned_abs() {
            self.kept.push((time, Arc::clone(&frame)));
        }
        Ok(frame)
    }

    fn mask(&mut self, time: i64) -> Result<Option<Matte>, SourceError> {
        self.inner.mask(time)
    }

    fn aborted(&mut self) -> bool {
        self.inner.aborted()
    }
}

/// The edges of one frame being made.
pub struct Finish<'a, 'b> {
    /// Whose store and lanes are used.
    pub engine: &'a Engine,
    /// What is wanted.
    pub request: &'a Request,
    /// Where frames come from; those about `time` are kept.
    pub source: &'a mut Nearby<'b>,
    /// Who is told.
    pub notes: &'a mut dyn FnMut(Note),
    /// The frame.
    pub time: i64,
}

impl Finish<'_, '_> {
    /// Puts edges on the mattes of `tracked`, the frame at its time.
    ///
    /// # Errors
    /// [`EngineError`] by who must act.
    pub fn run(mut self, mut tracked: TrackedFrame) -> Result<TrackedFrame, EngineError> {
        let settings = &self.request.edge;
        for (number, object) in tracked.objects.iter_mut().enumerate() {
            if !object.present {
                continue;
            }
            let edged = self.edged(self.time, &object.matte)?;
            object.matte = match settings.stability > 0.0 {
                true => self.steadied(number, &edged)?,
                false => edged.alpha.clone(),
            };
            object.trimap = settings.show_trimap.then(|| edged.trimap.to_matte());
            object.blur.clone_from(&edged.vectors);
            if self.source.aborted() {
                return Err(EngineError::Aborted);
            }
        }
        let free = vec![false; tracked.objects.len()];
        compose::resolve_overlaps(&mut tracked.objects, &free, self.request.overlap);
        Ok(tracked)
    }

    /// The alpha of an object whose tracked matte in the frame at `time` is `soft`.
    fn edged(&mut self, time: i64, soft: &Matte) -> Result<Arc<Edged>, EngineError> {
        let settings = &self.request.edge;
        let seen = self.seen(time)?;
        let through = match settings.motion_blur {
            MotionBlur::Ignore => None,
            MotionBlur::Soften | MotionBlur::Vectors => self.through(time, &seen)?,
        };
        let painted = if settings.painted { Some(self.painted(time)?) } else { None };
        // What nobody asks for again is not worth a digest.
        let Some(frame) = seen.digest else {
            return Ok(Arc::new(self.make(&seen.frame, soft, painted, through.map(|t| t.0))?));
        };
        let mut recipe = Recipe::new("edged").digest(&settings.digest()).digest(&frame);
        recipe = recipe.digest(&Digest::of_matte(soft));
        if let Some(trimap) = &painted {
            recipe = recipe.bytes(&trimap.to_bytes());
        }
        if let Some((_, beside)) = &through {
            recipe = beside.iter().fold(recipe, |r, d| r.digest(d));
        }
        let digest = recipe.done();
        if let Some(known) = self.engine.edges.get(&digest) {
            return Ok(known);
        }
        let edged = Arc::new(self.make(&seen.frame, soft, painted, through.map(|t| t.0))?);
        self.engine.edges.put(digest, &edged);
        Ok(edged)
    }

    fn make(
        &mut self,
        frame: &Frame,
        soft: &Matte,
        painted: Option<Trimap>,
        through: Option<Flow>,
    ) -> Result<Edged, EngineError> {
        let settings = &self.request.edge;
        let found = match settings.motion_blur {
            MotionBlur::Ignore => None,
            MotionBlur::Soften | MotionBlur::Vectors => {
                let motion = through.map(|flow| motion::of_object(&flow, soft));
                Some(blur::measure(frame, soft, motion.as_ref(), &blur::Settings::default()).map_err(ours)?)
            }
        };
        let spread = found.as_ref().map(Blur::spread);
        let trimap = match painted {
            Some(trimap) => trimap,
            None => trimap::make(frame, soft, spread.as_ref(), &settings.widths()).map_err(ours)?,
        };
        // A ramp where the plate has one is what alpha starts from.
        let soft = match (settings.motion_blur, &found) {
            (MotionBlur::Soften, Some(found)) => &blur::soften(soft, found).map_err(ours)?,
            _ => soft,
        };
        let alpha = match settings.quality {
            Quality::Tracked => soft.clone(),
            Quality::Fast => quick(frame, &trimap, soft)?,
            Quality::Fine => self.fine(frame, &trimap, soft)?,
        };
        let vectors = found.filter(|_| settings.show_blur).map(|found| vectors(&found, &alpha));
        Ok(Edged { alpha, trimap, vectors })
    }

    /// The alpha of an object, filtered along its motion with those before and after it.
    fn steadied(&mut self, number: usize, now: &Arc<Edged>) -> Result<Matte, EngineError> {
        let seen = self.seen(self.time)?;
        let mut beside = Vec::with_capacity(2 * STEADIED_BY as usize);
        for distance in 1..=STEADIED_BY {
            for time in [self.time - i64::from(distance), self.time + i64::from(distance)] {
                let Some(other) = self.beside(time)? else { continue };
                let tracked = self.engine.tracked(self.request, time, self.source, self.notes)?;
                let Some(object) = tracked.objects.get(number).filter(|o| o.present) else { continue };
                let edged = self.edged(time, &object.matte)?;
                let flow = motion::of_object(&self.engine.edges.flow(&seen, &other), &now.alpha);
                beside.push((edged, flow, distance));
            }
        }
        let beside: Vec<Neighbour> = beside
            .iter()
            .map(|(edged, flow, distance)| Neighbour { alpha: &edged.alpha, flow, distance: *distance })
            .collect();
        let settings =
            temporal::Settings { strength: self.request.edge.stability, ..temporal::Settings::default() };
        temporal::steady(&now.alpha, &now.trimap, &beside, &settings).map_err(ours)
    }

    /// The motion through the frame at `time`, and by what the frames beside it are known.
    fn through(&mut self, time: i64, seen: &Seen) -> Result<Option<(Flow, Vec<Digest>)>, EngineError> {
        let (before, after) = (self.beside(time - 1)?, self.beside(time + 1)?);
        let flow = |other: &Option<Seen>| other.as_ref().map(|o| self.engine.edges.flow(seen, o));
        let (back, forth) = (flow(&before), flow(&after));
        let digests = before.iter().chain(&after).filter_map(|s| s.digest).collect();
        Ok(motion::through(forth.as_deref(), back.as_deref()).map(|flow| (flow, digests)))
    }

    fn seen(&mut self, time: i64) -> Result<Seen, EngineError> {
        let frame = self.source.frame(time)?;
        Ok(self.known(frame))
    }

    fn known(&self, frame: Arc<Frame>) -> Seen {
        // Frames and alphas come again only where those beside them take part.
        let digest = (self.request.edge.stability > 0.0).then(|| Digest::of_frame(&frame));
        Seen { frame, digest }
    }

    /// The frame at `time`; none beyond the footage, or where the host gives one frame alone.
    fn beside(&mut self, time: i64) -> Result<Option<Seen>, EngineError> {
        if !(self.request.first..=self.request.last).contains(&time) {
            return Ok(None);
        }
        match self.source.frame(time) {
            Ok(frame) => Ok(Some(self.known(frame))),
            Err(SourceError::OnlyCurrent) => {
                let text = "the host gives only the frame that it renders: edges are neither steadied nor matched to motion blur";
                (self.notes)(Note::Warning(text.into()));
                Ok(None)
            }
            Err(other) => Err(other.into()),
        }
    }

    /// The trimap of the Mask input.
    fn painted(&mut self, time: i64) -> Result<Trimap, EngineError> {
        let Some(painted) = self.source.mask(time)? else {
            return Err(EngineError::User(format!(
                "the Mask input is to be a trimap, but gives no picture on frame {time}"
            )));
        };
        let (found, expected) =
            ((painted.width(), painted.height()), (self.request.width, self.request.height));
        if found != expected {
            return Err(EngineError::Host(format!(
                "the Mask input has {}x{} pixels on frame {time}, the footage has {}x{}",
                found.0, found.1, expected.0, expected.1
            )));
        }
        Ok(Trimap::from_matte(&painted))
    }

    /// Alpha by the matting network, or without one where none was named and none is installed.
    fn fine(&mut self, frame: &Frame, trimap: &Trimap, soft: &Matte) -> Result<Matte, EngineError> {
        let named = self.request.edge.matter.trim();
        let name = match named.is_empty() {
            false => named.to_owned(),
            true => match models::first_matter() {
                Some(name) => name,
                None => {
                    let text = "no matting network is installed: edges are made by Fast";
                    (self.notes)(Note::Warning(text.into()));
                    return quick(frame, trimap, soft);
                }
            },
        };
        let opened = self.engine.matter(&name, &self.request.device)?;
        let mut opened = opened.lock();
        loop {
            if let Some(note) = &opened.note {
                (self.notes)(Note::Warning(note.clone()));
            }
            match opened.matter.refine(frame, trimap) {
                Err(models::ModelError::OutOfMemory { .. }) if !opened.last => {
                    self.engine.step_down(&mut opened, &name, &self.request.device)?;
                }
                other => return Ok(other?),
            }
        }
    }
}

/// Sizes are checked before anything comes here.
fn ours(error: crate::matte::Error) -> EngineError {
    EngineError::Internal(error.to_string())
}

/// Alpha without a model.
fn quick(frame: &Frame, trimap: &Trimap, soft: &Matte) -> Result<Matte, EngineError> {
    fast::refine(frame, trimap, Some(soft), &Fast::default()).map_err(ours)
}

/// The length of the blur of each pixel where there is anything of the object.
fn vectors(found: &Blur, alpha: &Matte) -> [Matte; 2] {
    let mut out = [(); 2].map(|()| Matte::filled(alpha.width(), alpha.height(), 0.0));
    let part = alpha.tight();
    let [across, down] = &mut out;
    let rows = alpha.rows(part).zip(across.rows_mut(part).zip(down.rows_mut(part)));
    for (y, (alphas, (across, down))) in (part.y0..).zip(rows) {
        for (x, _) in (part.x0..).zip(alphas).filter(|(_, v)| **v > 0.0) {
            let at = (x - part.x0) as usize;
            [across[at], down[at]] = found.vector(x as f32 + 0.5, y as f32 + 0.5);
        }
    }
    out
}

impl Engine {
    /// The matting network of a name on a device, opened when it is first asked for.
    fn matter(&self, name: &str, device: &str) -> Result<Arc<Mutex<Opened>>, EngineError> {
        let asked = (name.to_owned(), device.to_owned());
        let mut matters = self.edges.matters.lock();
        if let Some((_, opened)) = matters.iter().find(|(a, _)| *a == asked) {
            return Ok(Arc::clone(opened));
        }
        let matter =
            models::open_matter(name, device.parse().map_err(models::ModelError::from)?, self.threads())?;
        let note = matter.info().note;
        let opened = Arc::new(Mutex::new(Opened { matter, note, last: device == super::CPU }));
        matters.push((asked, Arc::clone(&opened)));
        Ok(opened)
    }

    /// Goes on with a smaller input where the pack names one, else on the processor.
    fn step_down(&self, opened: &mut Opened, name: &str, device: &str) -> Result<(), EngineError> {
        let asked = device.parse().map_err(models::ModelError::from)?;
        let from = opened.matter.info().device;
        let smaller =
            opened.matter.smaller().and_then(|n| models::open_matter(&n, asked, self.threads()).ok());
        let (matter, last) = match smaller {
            Some(matter) => (matter, false),
            None => (models::open_matter(name, models::Device::Cpu, self.threads())?, true),
        };
        let info = matter.info();
        opened.note = Some(format!(
            "the {from} has too little memory for {name}: edges are made by {} on the {} from here on",
            info.name, info.device
        ));
        (opened.matter, opened.last) = (matter, last);
        Ok(())
    }
}
