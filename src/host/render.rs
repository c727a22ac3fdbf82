//! Renders and the questions that come before them.

use super::action::{self, arguments};
use super::effect::{Effect, RenderJob};
use super::error::HostError;
use super::image::{HostImage, RowBytes};
use super::instance::Instance;
use super::kinds::{Field, RectD, ThreadSafety};
use super::memory::PixelMemory;
use super::property::Builder;
use super::status::Status;
use crate::ofx::sys;
use crate::raster::RectI;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Pixels on one side that an output may have; a plugin may define an infinite region.
const LONGEST_SIDE: f64 = 65536.0;

/// A frame to be rendered.
#[derive(Debug, Clone, PartialEq)]
pub struct RenderCall {
    /// Which frame.
    pub time: f64,
    /// Which pixels at `scale`, y up; the whole region of definition when there is none.
    pub window: Option<RectI>,
    /// Scale of the images, 1 is full size.
    pub scale: (f64, f64),
    /// Layout of the output; the profile's when there is none.
    pub rows: Option<RowBytes>,
    /// Somebody waits for it in front of the screen.
    pub interactive: bool,
    /// It may be less exact than it could be.
    pub draft: bool,
    /// Which field.
    pub field: Field,
    /// What is said of the order of frames.
    pub sequential: bool,
}

impl RenderCall {
    /// The whole frame at full size.
    #[must_use]
    pub fn new(time: f64) -> Self {
        Self {
            time,
            window: None,
            scale: (1.0, 1.0),
            rows: None,
            interactive: false,
            draft: false,
            field: Field::None,
            sequential: false,
        }
    }
}

/// Arguments that say that no graphics card is used.
pub(super) fn gpu_arguments(b: &mut Builder) {
    b.int(sys::kOfxImageEffectPropOpenGLEnabled, &[0])
        .int(sys::kOfxImageEffectPropCudaEnabled, &[0])
        .int(sys::kOfxImageEffectPropMetalEnabled, &[0])
        .int(sys::kOfxImageEffectPropOpenCLEnabled, &[0])
        .pointer(sys::kOfxImageEffectPropCudaStream, 0)
        .pointer(sys::kOfxImageEffectPropMetalCommandQueue, 0)
        .pointer(sys::kOfxImageEffectPropOpenCLCommandQueue, 0);
}

/// Nanoseconds since `began`.
pub(super) fn nanoseconds(began: Instant) -> u64 {
    u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX)
}

/// A render that is known to its effect while it goes on.
struct Running<'a> {
    effect: &'a Effect,
    job: &'a Arc<RenderJob>,
}

impl<'a> Running<'a> {
    fn new(effect: &'a Effect, job: &'a Arc<RenderJob>) -> Self {
        effect.jobs.lock().push(job.clone());
        Self { effect, job }
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.effect.jobs.lock().retain(|j| !Arc::ptr_eq(j, self.job));
    }
}

impl Instance {
    /// Where the output has pixels, in canonical coordinates.
    ///
    /// # Errors
    /// [`HostError::Action`] when the plugin answers with an error.
    pub fn region_of_definition(&self, time: f64, scale: (f64, f64)) -> Result<RectD, HostError> {
        let default = self.default_region(time);
        let input = arguments(&self.effect, |b| {
            b.double(sys::kOfxPropTime, &[time])
                .double(sys::kOfxImageEffectPropRenderScale, &[scale.0, scale.1]);
        });
        let output = arguments(&self.effect, |b| {
            b.double(
                sys::kOfxImageEffectPropRegionOfDefinition,
                &[default.x0, default.y0, default.x1, default.y1],
            );
        });
        let action = "OfxImageEffectActionGetRegionOfDefinition";
        let status = action::send(&self.effect, action, Some(&input), Some(&output), None);
        self.check("GetRegionOfDefinition", status)?;
        let said = output.all::<f64>("OfxImageEffectPropRegionOfDefinition");
        let region = match said.as_slice() {
            [x0, y0, x1, y1] if status == Status::OK => RectD::new(*x0, *y0, *x1, *y1),
            _ => default,
        };
        if let Some(clip) = self.effect.clip("Output") {
            *clip.region.lock() = Some(region);
        }
        Ok(region)
    }

    /// The union of the inputs that must be there, else of all inputs, else the project.
    fn default_region(&self, time: f64) -> RectD {
        let clips = self.effect.clips.read();
        let inputs: Vec<_> = clips
            .iter()
            .filter(|c| !c.is_output())
            .filter_map(|c| {
                let optional = c.props.first::<i32>("OfxImageClipPropOptional").unwrap_or(0) != 0;
                c.connection().map(|s| (optional, s.source.region_of_definition(time)))
            })
            .collect();
        let needed = inputs.iter().any(|(optional, _)| !optional);
        let chosen = inputs.into_iter().filter(|(optional, _)| !needed || !optional).map(|(_, r)| r);
        chosen
            .reduce(|a, b| RectD::new(a.x0.min(b.x0), a.y0.min(b.y0), a.x1.max(b.x1), a.y1.max(b.y1)))
            .unwrap_or_else(|| RectD::new(0.0, 0.0, self.project.width, self.project.height))
    }

    /// What of every input is needed for a part of the output, both in canonical coordinates.
    ///
    /// # Errors
    /// [`HostError::Action`] when the plugin answers with an error.
    pub fn regions_of_interest(
        &self,
        time: f64,
        scale: (f64, f64),
        wanted: RectD,
    ) -> Result<BTreeMap<String, RectD>, HostError> {
        let edges = [wanted.x0, wanted.y0, wanted.x1, wanted.y1];
        let input = arguments(&self.effect, |b| {
            b.double(sys::kOfxPropTime, &[time])
                .double(sys::kOfxImageEffectPropRenderScale, &[scale.0, scale.1])
                .double(sys::kOfxImageEffectPropRegionOfInterest, &edges);
        });
        let key = |name: &str| format!("OfxImageClipPropRoI_{name}");
        let names = self.inputs();
        let output = arguments(&self.effect, |b| {
            for name in &names {
                b.double_named(&key(name), &edges, 4);
            }
        });
        let action = "OfxImageEffectActionGetRegionsOfInterest";
        let status = action::send(&self.effect, action, Some(&input), Some(&output), None);
        self.check("GetRegionsOfInterest", status)?;
        let read = |name: String| {
            let region = match output.all::<f64>(&key(&name)).as_slice() {
                [x0, y0, x1, y1] => RectD::new(*x0, *y0, *x1, *y1),
                _ => wanted,
            };
            (name, region)
        };
        Ok(names.into_iter().map(read).collect())
    }

    /// Names of all clips but the output.
    fn inputs(&self) -> Vec<String> {
        self.effect.clips.read().iter().filter(|c| !c.is_output()).map(|c| c.name.clone()).collect()
    }

    /// Which frames of every input are needed for a frame of the output, as ranges.
    ///
    /// # Errors
    /// [`HostError::Action`] when the plugin answers with an error.
    pub fn frames_needed(&self, time: f64) -> Result<BTreeMap<String, Vec<(f64, f64)>>, HostError> {
        let input = arguments(&self.effect, |b| {
            b.double(sys::kOfxPropTime, &[time]);
        });
        let key = |name: &str| format!("OfxImageClipPropFrameRange_{name}");
        let names = self.inputs();
        let output = arguments(&self.effect, |b| {
            for name in &names {
                b.double_named(&key(name), &[time, time], 0);
            }
        });
        let action = "OfxImageEffectActionGetFramesNeeded";
        let status = action::send(&self.effect, action, Some(&input), Some(&output), None);
        self.check("GetFramesNeeded", status)?;
        let mut needed = BTreeMap::new();
        for name in names {
            let said = output.all::<f64>(&key(&name));
            let ranges: Vec<(f64, f64)> = said.chunks_exact(2).map(|p| (p[0], p[1])).collect();
            if said.len() % 2 != 0 || ranges.iter().any(|(a, b)| a > b) {
                self.effect.audit.fault(format!("needs frames {said:?} of clip {name}, which are no ranges"));
            }
            needed.insert(name, ranges);
        }
        Ok(needed)
    }

    /// The clip and time whose image the output is, when nothing is to be rendered.
    ///
    /// # Errors
    /// [`HostError::Action`] when the plugin answers with an error.
    pub fn is_identity(&self, call: &RenderCall) -> Result<Option<(String, f64)>, HostError> {
        self.clip_preferences()?;
        let region = self.pixel_region(call)?;
        let window = call.window.unwrap_or(region);
        let input = arguments(&self.effect, |b| {
            b.double(sys::kOfxPropTime, &[call.time])
                .string(sys::kOfxImageEffectPropFieldToRender, call.field.ofx())
                .int(sys::kOfxImageEffectPropRenderWindow, &[window.x0, window.y0, window.x1, window.y1])
                .double(sys::kOfxImageEffectPropRenderScale, &[call.scale.0, call.scale.1]);
        });
        let output = arguments(&self.effect, |b| {
            b.string(sys::kOfxPropName, "").double(sys::kOfxPropTime, &[call.time]);
        });
        let action = "OfxImageEffectActionIsIdentity";
        let status = action::send(&self.effect, action, Some(&input), Some(&output), None);
        self.check("IsIdentity", status)?;
        if status != Status::OK {
            return Ok(None);
        }
        let name = output.string("OfxPropName");
        if name.is_empty() {
            return Ok(None);
        }
        if self.effect.clip(&name).is_none() {
            self.effect.audit.fault(format!("is the identity of clip {name}, which is not defined"));
            return Ok(None);
        }
        Ok(Some((name, output.first("OfxPropTime").unwrap_or(call.time))))
    }

    /// The frames for which a General or Generator effect has pixels, when it says so.
    ///
    /// # Errors
    /// [`HostError::Action`] when the plugin answers with an error.
    pub fn time_domain(&self) -> Result<Option<(f64, f64)>, HostError> {
        let output = arguments(&self.effect, |b| {
            b.double(
                sys::kOfxImageEffectPropFrameRange,
                &[self.project.first as f64, self.project.last as f64],
            );
        });
        let action = "OfxImageEffectActionGetTimeDomain";
        let status = action::send(&self.effect, action, None, Some(&output), None);
        self.check("GetTimeDomain", status)?;
        match output.all::<f64>("OfxImageEffectPropFrameRange").as_slice() {
            [first, last] if status == Status::OK => Ok(Some((*first, *last))),
            _ => Ok(None),
        }
    }

    /// The region of definition in pixels of a scale.
    fn pixel_region(&self, call: &RenderCall) -> Result<RectI, HostError> {
        let region = self.region_of_definition(call.time, call.scale)?;
        let output = self.effect.clip("Output");
        let aspect = output.and_then(|c| c.props.first::<f64>("OfxImagePropPixelAspectRatio"));
        let aspect = aspect.filter(|a| *a > 0.0).unwrap_or(1.0);
        let edges = [
            region.x0 * call.scale.0 / aspect,
            region.y0 * call.scale.1,
            region.x1 * call.scale.0 / aspect,
            region.y1 * call.scale.1,
        ];
        let bounded = edges.iter().all(|v| v.abs() <= LONGEST_SIDE);
        if !bounded {
            // An infinite region is as large as the project.
            let (w, h) = (self.project.width * call.scale.0 / aspect, self.project.height * call.scale.1);
            return Ok(RectI::new(0, 0, w.round() as i32, h.round() as i32));
        }
        // A hundredth of a pixel is a rounding error of scale and aspect, not another pixel.
        let low = |v: f64| (v + 0.01).floor() as i32;
        let high = |v: f64| (v - 0.01).ceil() as i32;
        Ok(RectI::new(low(edges[0]), low(edges[1]), high(edges[2]), high(edges[3])))
    }

    /// Whether a part of an image may be rendered.
    fn tiles(&self) -> bool {
        let says = self.effect.props.first::<i32>("OfxImageEffectPropSupportsTiles").unwrap_or(1) != 0;
        let output = self.effect.clip("Output");
        let clip =
            output.and_then(|c| c.props.first::<i32>("OfxImageEffectPropSupportsTiles")).unwrap_or(1) != 0;
        says && clip && self.effect.profile().tiles
    }

    /// Renders a frame.
    ///
    /// # Errors
    /// [`HostError::Action`] when the plugin fails, [`HostError::Source`] when it failed because a
    /// clip's source did, [`HostError::Fault`] when it wrote beyond the output,
    /// [`HostError::Aborted`] when that was asked for.
    pub fn render(&self, call: &RenderCall) -> Result<HostImage, HostError> {
        let effect = &self.effect;
        let profile = effect.profile();
        self.clip_preferences()?;
        let region = self.pixel_region(call)?;
        let wanted = call.window.unwrap_or(region);
        let window = if self.tiles() { wanted } else { region };
        if window.is_empty() {
            return Err(self.plugin.request(format!(
                "cannot render the empty window {} {} to {} {}",
                window.x0, window.y0, window.x1, window.y1
            )));
        }
        let output =
            effect.clip("Output").ok_or_else(|| self.plugin.request("has no output clip".to_owned()))?;
        let (components, depth) = *output.format.lock();
        let layout = call.rows.unwrap_or(profile.rows);
        let spare = effect.spare.lock().take();
        let memory = PixelMemory::new(window, (components, depth), layout, spare)
            .map_err(|status| self.plugin.fails("Render", status, None))?;
        let job = Arc::new(RenderJob {
            time: call.time,
            scale: call.scale,
            field: call.field,
            output: memory,
            region,
            source_error: Mutex::default(),
        });
        let input = self.render_arguments(call, window);
        let send = || {
            let _running = Running::new(effect, &job);
            let began = Instant::now();
            let status =
                action::send(effect, "OfxImageEffectActionRender", Some(&input), None, Some(job.clone()));
            effect.rendering.fetch_add(nanoseconds(began), Ordering::Relaxed);
            status
        };
        let status = match self.safety {
            ThreadSafety::Unsafe => {
                let _all = effect.host.render_lock.lock();
                send()
            }
            ThreadSafety::InstanceSafe => {
                let _mine = effect.render_lock.lock();
                send()
            }
            ThreadSafety::FullySafe => send(),
        };
        // SAFETY: the action is over, and with it the plugin's right to write.
        if profile.watch_memory && unsafe { job.output.overrun() } {
            let what = "wrote beyond the rows of the output image".to_owned();
            effect.audit.fault(what.clone());
            return Err(HostError::Fault { plugin: self.plugin.identifier().to_owned(), what });
        }
        if !matches!(status, Status::OK | Status::DEFAULT) && !profile.ignores_failures {
            if effect.aborted() {
                return Err(HostError::Aborted);
            }
            if let Some((clip, time, what)) = job.source_error.lock().take() {
                return Err(HostError::Source { clip, time, what });
            }
            return Err(self.plugin.fails("Render", status, Some(effect)));
        }
        if effect.aborted() {
            return Err(HostError::Aborted);
        }
        // SAFETY: as above.
        let image = unsafe { job.output.to_image() }?;
        // A plugin that still holds the image keeps its memory.
        if let Some(job) = Arc::into_inner(job) {
            *effect.spare.lock() = Some(job.output.into_block());
        }
        Ok(if window == wanted { image } else { image.cropped(&wanted) })
    }

    /// How long the plugin has been rendering in this instance, without the time in which the host made images
    /// of its inputs.
    #[must_use]
    pub fn plugin_time(&self) -> Duration {
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let effect = &self.effect;
        Duration::from_nanos(of(&effect.rendering).saturating_sub(of(&effect.fetching)))
    }

    fn render_arguments(&self, call: &RenderCall, window: RectI) -> Arc<super::property::PropertySet> {
        arguments(&self.effect, |b| {
            b.double(sys::kOfxPropTime, &[call.time])
                .string(sys::kOfxImageEffectPropFieldToRender, call.field.ofx())
                .int(sys::kOfxImageEffectPropRenderWindow, &[window.x0, window.y0, window.x1, window.y1])
                .double(sys::kOfxImageEffectPropRenderScale, &[call.scale.0, call.scale.1])
                .int(sys::kOfxImageEffectPropSequentialRenderStatus, &[i32::from(call.sequential)])
                .int(sys::kOfxImageEffectPropInteractiveRenderStatus, &[i32::from(call.interactive)])
                .int(sys::kOfxImageEffectPropRenderQualityDraft, &[i32::from(call.draft)])
                .int(sys::kOfxImageEffectPropThumbnailRender, &[0])
                .int(sys::kOfxImageEffectPropNoSpatialAwareness, &[0]);
            gpu_arguments(b);
        })
    }

    /// Goes through what a host does for a frame: identity, regions of interest, frames needed,
    /// render.
    ///
    /// # Errors
    /// As [`Instance::render`], and when one of the other actions fails.
    pub fn process(&self, call: &RenderCall) -> Result<HostImage, HostError> {
        if let Some((clip, time)) = self.is_identity(call)? {
            let source = self.effect.clip(&clip).and_then(|c| c.connection());
            if let Some(source) = source {
                let fail = |what: String| HostError::Source { clip: clip.clone(), time, what };
                let image = source.source.image(time).map_err(fail)?;
                let image = image.ok_or_else(|| fail("there is no image at that time".to_owned()))?;
                let output = self.effect.clip("Output").map(|c| *c.format.lock());
                let (components, depth) = output.unwrap_or((image.components(), image.depth()));
                let image =
                    if call.scale == (1.0, 1.0) { image } else { image.scaled(call.scale.0, call.scale.1) };
                let image = image.converted(components, depth, RowBytes::Tight);
                return Ok(call.window.map_or(image.clone(), |w| image.cropped(&w)));
            }
        }
        let region = self.region_of_definition(call.time, call.scale)?;
        self.regions_of_interest(call.time, call.scale, region)?;
        if self.effect.profile().frames_needed {
            self.frames_needed(call.time)?;
        }
        self.render(call)
    }
}
