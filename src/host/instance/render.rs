//! Renders.

use super::{Instance, RenderCall};
use crate::host::action::{self, arguments};
use crate::host::effect::Effect;
use crate::host::effect::job::{FramesNeeded, RenderJob, SourceError, nanoseconds};
use crate::host::error::HostError;
use crate::host::image::{HostImage, RowBytes};
use crate::host::kinds::ThreadSafety;
use crate::host::memory::pixels::PixelMemory;
use crate::host::property::PropertySet;
use crate::host::status::Status;
use crate::ofx::sys;
use crate::raster::RectI;
use parking_lot::Mutex;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

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
        self.render_needing(call, None)
    }

    /// Renders a frame, for which the plugin said that it needs certain frames.
    fn render_needing(
        &self,
        call: &RenderCall,
        needed: Option<FramesNeeded>,
    ) -> Result<HostImage, HostError> {
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
        let memory = PixelMemory::new(window, (components, depth), layout, spare).map_err(|status| {
            HostError::Action {
                plugin: self.plugin.identifier().to_owned(),
                action: "Render".to_owned(),
                status,
                message: None,
            }
        })?;
        let job = Arc::new(RenderJob {
            time: call.time,
            scale: call.scale,
            field: call.field,
            output: memory,
            region,
            needed,
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
            if let Some(SourceError { clip, time, what }) = job.source_error.lock().take() {
                return Err(HostError::Source { clip, time, what });
            }
            return Err(effect.fails("Render", status));
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

    fn render_arguments(&self, call: &RenderCall, window: RectI) -> Arc<PropertySet> {
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
            action::gpu_arguments(b);
        })
    }

    /// Goes through what a host does for a frame: identity, regions of interest, frames needed,
    /// render. A frame that the plugin fetches and did not say that it needs is a fault.
    ///
    /// # Errors
    /// As [`Instance::render`], and when one of the other actions fails.
    pub fn process(&self, call: &RenderCall) -> Result<HostImage, HostError> {
        if let Some((clip, time)) = self.is_identity(call)? {
            let source = self.effect.clip(&clip).and_then(|c| c.connection());
            if let Some(source) = source {
                let fail = |what: String| HostError::Source { clip: clip.clone(), time, what };
                let image = source.source.image(time).map_err(|error| fail(error.to_string()))?;
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
        let asked = self.effect.profile().frames_needed.then(|| self.frames_needed(call.time)).transpose()?;
        self.render_needing(call, asked)
    }
}
