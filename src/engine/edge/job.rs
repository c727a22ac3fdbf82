//! The edges of one frame.

use std::sync::Arc;

use super::cache::{Edge, EdgeCache, KnownFrame};
use super::networks::{MattingNetworks, MattingRequest};
use crate::engine::compose;
use crate::engine::digest::{Digest, Recipe};
use crate::engine::open_model::ModelKey;
use crate::engine::shared::SharedParts;
use crate::engine::track::{Caller, FrameRequest, tracked};
use crate::job::{EdgeSettings, JobError, MotionBlur, Quality, STEADIED_BY, SourceError, TrackedFrame};
use crate::matte::blur::{self, Blur};
use crate::matte::fast::{self, Fast};
use crate::matte::islands::{self, Sizes};
use crate::matte::levels;
use crate::matte::motion;
use crate::matte::temporal::{self, Neighbour};
use crate::matte::trimap::{self, Trimap, Widths};
use crate::models;
use crate::raster::{Flow, Frame, Matte};

/// The edges of one frame being made.
pub struct EdgeJob<'a> {
    /// With what frames are tracked.
    pub shared: &'a SharedParts,
    /// What other edges left.
    pub cache: &'a EdgeCache,
    /// The matting networks that are open.
    pub networks: &'a MattingNetworks,
    /// The frame.
    pub asked: FrameRequest<'a>,
    /// How the edge of each object is made.
    pub edges: &'a [EdgeSettings],
    /// Gives frames, of which it keeps those about the one that is asked for.
    pub caller: Caller<'a>,
}

impl EdgeJob<'_> {
    /// Puts edges on the mattes of `tracked`, the frame that is asked for.
    ///
    /// # Errors
    /// [`JobError`] by who must act.
    pub fn run(mut self, mut tracked: TrackedFrame) -> Result<TrackedFrame, JobError> {
        let edges = self.edges;
        for ((number, object), settings) in tracked.objects.iter_mut().enumerate().zip(edges) {
            if !object.present || settings.is_off() {
                continue;
            }
            if !settings.finds_nothing() {
                let edge = self.edge(settings, self.asked.time, &object.matte)?;
                object.matte = match settings.stability > 0.0 {
                    true => self.steadied(settings, number, &edge)?,
                    false => edge.alpha.clone(),
                };
                object.trimap = settings.show_trimap.then(|| edge.trimap.to_matte());
                object.blur.clone_from(&edge.vectors);
            }
            if settings.cleans() {
                let sizes = Sizes { islands: settings.clean_black, holes: settings.clean_white };
                let cleaner = islands::clean(object.matte.clone(), &sizes);
                object.matte = levels::stretch(cleaner, settings.clip_black, settings.clip_white);
            }
            self.caller.check_aborted()?;
        }
        let free = vec![false; tracked.objects.len()];
        compose::resolve_overlaps(&mut tracked.objects, &free, self.asked.request.overlap);
        Ok(tracked)
    }

    /// The alpha of an object whose tracked matte in the frame at `time` is `soft`.
    fn edge(&mut self, settings: &EdgeSettings, time: i64, soft: &Matte) -> Result<Arc<Edge>, JobError> {
        let frame = self.known_frame(time)?;
        let beside = match settings.motion_blur {
            MotionBlur::Ignore => [None, None],
            MotionBlur::Soften | MotionBlur::Vectors => [self.beside(time - 1)?, self.beside(time + 1)?],
        };
        let painted = if settings.painted { Some(self.painted(time)?) } else { None };
        // What nobody asks for again is not worth a digest.
        let digest = frame.digest.map(|frame| {
            let recipe = Recipe::new("edged").digest(&digest_of(settings)).digest(&frame);
            let recipe = recipe.digest(&Digest::of_matte(soft));
            let recipe = painted.iter().fold(recipe, |r, trimap| r.bytes(&trimap.to_bytes()));
            // Which of the two is missing counts.
            let none = Recipe::new("none").done();
            let digests = beside.iter().map(|other| other.as_ref().and_then(|o| o.digest).unwrap_or(none));
            digests.fold(recipe, |r, d| r.digest(&d)).done()
        });
        if let Some(known) = digest.and_then(|digest| self.cache.get(&digest)) {
            return Ok(known);
        }
        let motion = self.through(&frame, &beside);
        let edge = Arc::new(self.make(settings, &frame.pixels, soft, (painted, motion))?);
        if let Some(digest) = digest {
            self.cache.put(digest, &edge);
        }
        Ok(edge)
    }

    /// Makes an edge from the trimap that is painted, where one is, and the motion through the frame.
    fn make(
        &mut self,
        settings: &EdgeSettings,
        frame: &Frame,
        soft: &Matte,
        (painted, through): (Option<Trimap>, Option<Flow>),
    ) -> Result<Edge, JobError> {
        let found = match settings.motion_blur {
            MotionBlur::Ignore => None,
            MotionBlur::Soften | MotionBlur::Vectors => {
                let motion = through.map(|flow| motion::of_object(&flow, soft));
                Some(blur::measure(frame, soft, motion.as_ref(), &blur::Settings::default()).map_err(ours)?)
            }
        };
        // On a sharp plate nothing is other than without any measuring.
        let spread = found.as_ref().filter(|found| found.length() > 0.0).map(Blur::spread);
        let trimap = match painted {
            Some(trimap) => trimap,
            None => trimap::make(frame, soft, spread.as_ref(), &widths_of(settings)).map_err(ours)?,
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
        Ok(Edge { alpha, trimap, vectors })
    }

    /// The alpha of an object, filtered along its motion with those before and after it.
    fn steadied(
        &mut self,
        settings: &EdgeSettings,
        number: usize,
        now: &Arc<Edge>,
    ) -> Result<Matte, JobError> {
        let frame = self.known_frame(self.asked.time)?;
        let mut beside = Vec::with_capacity(2 * STEADIED_BY as usize);
        for distance in 1..=STEADIED_BY {
            for time in [self.asked.time - i64::from(distance), self.asked.time + i64::from(distance)] {
                let Some(other) = self.beside(time)? else { continue };
                let asked = FrameRequest { time, ..self.asked };
                let tracked = tracked(self.shared, asked, self.caller.reborrow())?;
                let Some(object) = tracked.objects.get(number).filter(|o| o.present) else { continue };
                let edge = self.edge(settings, time, &object.matte)?;
                let flow = motion::of_object(&self.cache.flow(&frame, &other), &now.alpha);
                beside.push((edge, flow, distance));
            }
        }
        let beside: Vec<Neighbour> = beside
            .iter()
            .map(|(edge, flow, distance)| Neighbour { alpha: &edge.alpha, flow, distance: *distance })
            .collect();
        let settings = temporal::Settings { strength: settings.stability, ..temporal::Settings::default() };
        temporal::steady(&now.alpha, &now.trimap, &beside, &settings).map_err(ours)
    }

    /// The motion through a frame, from those before and after it.
    fn through(&self, frame: &KnownFrame, beside: &[Option<KnownFrame>; 2]) -> Option<Flow> {
        let flow = |other: &Option<KnownFrame>| other.as_ref().map(|o| self.cache.flow(frame, o));
        let [back, forth] = beside.each_ref().map(flow);
        motion::through(forth.as_deref(), back.as_deref())
    }

    /// The frame at `time`.
    fn known_frame(&mut self, time: i64) -> Result<KnownFrame, JobError> {
        let frame = self.caller.source.frame(time)?;
        Ok(self.known(frame))
    }

    fn known(&self, frame: Arc<Frame>) -> KnownFrame {
        // Frames and alphas come again only where those beside them take part.
        let digest = self.edges.iter().any(|e| e.stability > 0.0).then(|| Digest::of_frame(&frame));
        KnownFrame { pixels: frame, digest }
    }

    /// The frame at `time`; none beyond the footage, or where the host gives one frame alone.
    fn beside(&mut self, time: i64) -> Result<Option<KnownFrame>, JobError> {
        if !(self.asked.request.first..=self.asked.request.last).contains(&time) {
            return Ok(None);
        }
        match self.caller.source.frame(time) {
            Ok(frame) => Ok(Some(self.known(frame))),
            Err(SourceError::OnlyCurrent) => {
                let text = "the host gives only the frame that it renders: Stability and Motion blur have \
                            no effect";
                self.caller.warn(text);
                Ok(None)
            }
            Err(other) => Err(other.into()),
        }
    }

    /// The trimap of the Mask input.
    fn painted(&mut self, time: i64) -> Result<Trimap, JobError> {
        let Some(painted) = self.caller.source.mask(time)? else {
            return Err(JobError::User(format!(
                "the Mask input, used as a trimap, has no picture on frame {time}"
            )));
        };
        let (found, expected) =
            ((painted.width(), painted.height()), (self.asked.request.width, self.asked.request.height));
        if found != expected {
            return Err(JobError::Host(format!(
                "the Mask input has {}x{} pixels on frame {time}, the footage has {}x{}",
                found.0, found.1, expected.0, expected.1
            )));
        }
        Ok(Trimap::from_matte(&painted))
    }

    /// Alpha by the matting network, or without one where none was named and none is installed.
    fn fine(&mut self, frame: &Frame, trimap: &Trimap, soft: &Matte) -> Result<Matte, JobError> {
        let named = self.asked.request.edge.matter.trim();
        let name = match named.is_empty() {
            false => named.to_owned(),
            true => match models::first_matting_network() {
                Some(name) => name,
                None => {
                    let text = "no matting network is installed: Fast makes the edges";
                    self.caller.warn(text);
                    return quick(frame, trimap, soft);
                }
            },
        };
        let network = ModelKey { name, device: self.asked.request.device.clone() };
        self.networks.refine(MattingRequest { network, frame, trimap }, self.caller.reborrow())
    }
}

/// Sizes are checked before anything comes here.
fn ours(error: crate::matte::Error) -> JobError {
    JobError::Internal(error.to_string())
}

/// Alpha without a model.
fn quick(frame: &Frame, trimap: &Trimap, soft: &Matte) -> Result<Matte, JobError> {
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

/// How wide the unknown band is.
fn widths_of(settings: &EdgeSettings) -> Widths {
    Widths { inside: settings.inside, outside: settings.outside, hair: settings.hair, ..Widths::default() }
}

/// Of all that an alpha without its neighbours' depends on.
fn digest_of(settings: &EdgeSettings) -> Digest {
    let text = serde_json::to_string(&settings.only_found()).unwrap_or_default();
    Recipe::new("edge").text(&text).done()
}
