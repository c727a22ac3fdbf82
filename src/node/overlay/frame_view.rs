//! What a viewer shows of a frame: its prompts, its outlines and what can be chosen.

use std::sync::Arc;

use serde_json::Value;

use super::candidates::Candidates;
use super::place::Place;
use super::tool::Tool;
use crate::job::prompts::Prompts;
use crate::job::prompts::edit::points::{self, Handle, Mark, corners};
use crate::node::Settings;
use crate::node::describe::SOURCE;
use crate::node::shot::SourceClip;
use crate::ofx::Instance;
use crate::params;
use crate::raster::PixelPoint;

/// How near to a point a pen has to be, in pixels of the screen.
pub const NEAR: f64 = 8.0;

/// What a viewer shows of a frame, read once for each action.
pub struct FrameView {
    /// The settings of the instance.
    pub settings: Settings,
    /// As the engine reads them.
    pub prompts: Arc<Prompts>,
    /// Where the frame lies in the viewer.
    pub place: Place,
    /// The frame that is shown.
    pub frame: i64,
    /// Index of the object that is edited.
    pub active: usize,
    /// What is drawn.
    pub shown: Shown,
    /// What the pen draws with.
    pub tool: Tool,
    /// What can be chosen.
    pub candidates: Candidates,
}

/// What is drawn over the viewer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown {
    /// Points, boxes and candidates.
    pub prompts: bool,
    /// Lines about the objects.
    pub outline: bool,
    /// What lies within the lines.
    pub fill: bool,
}

impl Shown {
    fn from_id(id: &str) -> Self {
        Self { prompts: id != "nothing", outline: matches!(id, "outline" | "fill"), fill: id == "fill" }
    }
}

impl FrameView {
    /// None where there is nothing to draw on, or the prompts are not ours to change.
    pub fn read(instance: &Instance, time: f64) -> Option<Self> {
        let params = instance.params();
        let settings = Settings::read(&params);
        let prompts = Arc::clone(settings.prompts.prompts().ok()?);
        let source = instance.clip(SOURCE).ok()?;
        let geometry = SourceClip { instance, clip: &source, settings: &settings }.full_frame(time).ok()?;
        let place = Place { window: geometry.window, aspect: geometry.pixel_aspect };
        let active = params.int(params::ACTIVE_OBJECT).unwrap_or(1).max(1) as usize - 1;
        let shown = params::option(params::OVERLAY, params.int(params::OVERLAY).unwrap_or(-1));
        let frame = time.round() as i64;
        let candidates = Candidates::read(&params, settings.prompts.document().ok()?, active, frame);
        let shown = Shown::from_id(shown);
        let tool = Tool::read(&params);
        Some(Self { settings, prompts, place, frame, active, shown, tool, candidates })
    }

    /// The prompts as they are edited.
    pub fn document(&self) -> &Value {
        // Where it cannot be edited there is no view.
        self.settings.prompts.document().unwrap_or(&Value::Null)
    }

    /// How far apart two places are on the screen, in its pixels.
    pub fn apart(&self, a: PixelPoint, b: PixelPoint, pixel: (f64, f64)) -> f64 {
        let (a, b) = (self.place.to_canonical(a), self.place.to_canonical(b));
        ((a.x - b.x) / pixel.0).hypot((a.y - b.y) / pixel.1)
    }

    /// The point of this frame that is nearest to a place and near enough; those of the active object first.
    pub fn hit(&self, at: PixelPoint, pixel: (f64, f64)) -> Option<Handle> {
        let mut nearest: Option<(bool, f64, Handle)> = None;
        for seen in points::seen(self.document()).into_iter().filter(|s| s.frame == self.frame) {
            let handle = |corner| Handle { object: seen.object, prompt: seen.prompt, corner };
            let places: Vec<(Handle, PixelPoint)> = match seen.mark {
                Mark::Point(place, _) => vec![(handle(None), place)],
                Mark::Box(b) => {
                    corners(&b).into_iter().enumerate().map(|(i, p)| (handle(Some(i)), p)).collect()
                }
            };
            for (handle, place) in places {
                let far = self.apart(at, place, pixel);
                let other = handle.object != self.active;
                let better = nearest.is_none_or(|(o, f, _)| (other, far) < (o, f));
                if far <= NEAR && better {
                    nearest = Some((other, far, handle));
                }
            }
        }
        nearest.map(|(_, _, handle)| handle)
    }
}
