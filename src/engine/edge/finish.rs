//! The edges of one frame.

use std::sync::Arc;

use super::kept::{Edged, Seen};
use super::nearby::Nearby;
use crate::engine::digest::{Digest, Recipe};
use crate::engine::{Engine, compose};
use crate::job::JobError;
use crate::job::prompts::Prompts;
use crate::job::{
    EdgeSettings, FrameSource, MotionBlur, Note, Quality, Request, STEADIED_BY, SourceError, TrackedFrame,
};
use crate::matte::blur::{self, Blur};
use crate::matte::fast::{self, Fast};
use crate::matte::motion;
use crate::matte::temporal::{self, Neighbour};
use crate::matte::trimap::{self, Trimap, Widths};
use crate::models;
use crate::raster::{Flow, Frame, Matte};

/// The edges of one frame being made.
pub struct Finish<'a, 'b> {
    /// Whose store and lanes are used.
    pub engine: &'a Engine,
    /// What is wanted.
    pub request: &'a Request,
    /// Its prompts.
    pub prompts: &'a Prompts,
    /// How the edge of each object is made.
    pub edges: &'a [EdgeSettings],
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
    /// [`JobError`] by who must act.
    pub fn run(mut self, mut tracked: TrackedFrame) -> Result<TrackedFrame, JobError> {
        let edges = self.edges;
        for ((number, object), settings) in tracked.objects.iter_mut().enumerate().zip(edges) {
            if !object.present || settings.is_off() {
                continue;
            }
            let edged = self.edged(settings, self.time, &object.matte)?;
            object.matte = match settings.stability > 0.0 {
                true => self.steadied(settings, number, &edged)?,
                false => edged.alpha.clone(),
            };
            object.trimap = settings.show_trimap.then(|| edged.trimap.to_matte());
            object.blur.clone_from(&edged.vectors);
            if self.source.aborted() {
                return Err(JobError::Aborted);
            }
        }
        let free = vec![false; tracked.objects.len()];
        compose::resolve_overlaps(&mut tracked.objects, &free, self.request.overlap);
        Ok(tracked)
    }

    /// The alpha of an object whose tracked matte in the frame at `time` is `soft`.
    fn edged(&mut self, settings: &EdgeSettings, time: i64, soft: &Matte) -> Result<Arc<Edged>, JobError> {
        let seen = self.seen(time)?;
        let beside = match settings.motion_blur {
            MotionBlur::Ignore => [None, None],
            MotionBlur::Soften | MotionBlur::Vectors => [self.beside(time - 1)?, self.beside(time + 1)?],
        };
        let painted = if settings.painted { Some(self.painted(time)?) } else { None };
        // What nobody asks for again is not worth a digest.
        let digest = seen.digest.map(|frame| {
            let recipe = Recipe::new("edged").digest(&digest_of(settings)).digest(&frame);
            let recipe = recipe.digest(&Digest::of_matte(soft));
            let recipe = painted.iter().fold(recipe, |r, trimap| r.bytes(&trimap.to_bytes()));
            // Which of the two is missing counts.
            let none = Recipe::new("none").done();
            let digests = beside.iter().map(|other| other.as_ref().and_then(|o| o.digest).unwrap_or(none));
            digests.fold(recipe, |r, d| r.digest(&d)).done()
        });
        if let Some(known) = digest.and_then(|digest| self.engine.edges.get(&digest)) {
            return Ok(known);
        }
        let through = self.through(&seen, &beside);
        let edged = Arc::new(self.make(settings, &seen.frame, soft, painted, through)?);
        if let Some(digest) = digest {
            self.engine.edges.put(digest, &edged);
        }
        Ok(edged)
    }

    fn make(
        &mut self,
        settings: &EdgeSettings,
        frame: &Frame,
        soft: &Matte,
        painted: Option<Trimap>,
        through: Option<Flow>,
    ) -> Result<Edged, JobError> {
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
        Ok(Edged { alpha, trimap, vectors })
    }

    /// The alpha of an object, filtered along its motion with those before and after it.
    fn steadied(
        &mut self,
        settings: &EdgeSettings,
        number: usize,
        now: &Arc<Edged>,
    ) -> Result<Matte, JobError> {
        let seen = self.seen(self.time)?;
        let mut beside = Vec::with_capacity(2 * STEADIED_BY as usize);
        for distance in 1..=STEADIED_BY {
            for time in [self.time - i64::from(distance), self.time + i64::from(distance)] {
                let Some(other) = self.beside(time)? else { continue };
                let tracked =
                    self.engine.tracked(self.request, self.prompts, time, self.source, self.notes)?;
                let Some(object) = tracked.objects.get(number).filter(|o| o.present) else { continue };
                let edged = self.edged(settings, time, &object.matte)?;
                let flow = motion::of_object(&self.engine.edges.flow(&seen, &other), &now.alpha);
                beside.push((edged, flow, distance));
            }
        }
        let beside: Vec<Neighbour> = beside
            .iter()
            .map(|(edged, flow, distance)| Neighbour { alpha: &edged.alpha, flow, distance: *distance })
            .collect();
        let settings = temporal::Settings { strength: settings.stability, ..temporal::Settings::default() };
        temporal::steady(&now.alpha, &now.trimap, &beside, &settings).map_err(ours)
    }

    /// The motion through a frame, from those before and after it.
    fn through(&self, seen: &Seen, beside: &[Option<Seen>; 2]) -> Option<Flow> {
        let flow = |other: &Option<Seen>| other.as_ref().map(|o| self.engine.edges.flow(seen, o));
        let [back, forth] = beside.each_ref().map(flow);
        motion::through(forth.as_deref(), back.as_deref())
    }

    fn seen(&mut self, time: i64) -> Result<Seen, JobError> {
        let frame = self.source.frame(time)?;
        Ok(self.known(frame))
    }

    fn known(&self, frame: Arc<Frame>) -> Seen {
        // Frames and alphas come again only where those beside them take part.
        let digest = self.edges.iter().any(|e| e.stability > 0.0).then(|| Digest::of_frame(&frame));
        Seen { frame, digest }
    }

    /// The frame at `time`; none beyond the footage, or where the host gives one frame alone.
    fn beside(&mut self, time: i64) -> Result<Option<Seen>, JobError> {
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
    fn painted(&mut self, time: i64) -> Result<Trimap, JobError> {
        let Some(painted) = self.source.mask(time)? else {
            return Err(JobError::User(format!(
                "the Mask input is to be a trimap, but gives no picture on frame {time}"
            )));
        };
        let (found, expected) =
            ((painted.width(), painted.height()), (self.request.width, self.request.height));
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
        let named = self.request.edge.matter.trim();
        let name = match named.is_empty() {
            false => named.to_owned(),
            true => match models::first_matting_network() {
                Some(name) => name,
                None => {
                    let text = "no matting network is installed: edges are made by Fast";
                    (self.notes)(Note::Warning(text.into()));
                    return quick(frame, trimap, soft);
                }
            },
        };
        let asked = (name.as_str(), self.request.device.as_str(), self.engine.threads());
        let notes = &mut *self.notes;
        let mut said = |note: &str| notes(Note::Warning(note.to_owned()));
        let source = &mut *self.source;
        self.engine.edges.matters.refine(asked, (frame, trimap), &mut said, &mut || source.aborted())
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
    let text =
        serde_json::to_string(&EdgeSettings { stability: 0.0, ..settings.clone() }).unwrap_or_default();
    Recipe::new("edge").text(&text).done()
}
