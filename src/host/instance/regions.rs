//! The questions that come before a render: regions, frames, identity.

use super::{Instance, RenderCall};
use crate::host::action::{self, arguments};
use crate::host::error::HostError;
use crate::host::kinds::RectD;
use crate::host::status::Status;
use crate::ofx::sys;
use crate::raster::RectI;
use std::collections::BTreeMap;

/// Pixels on one side that an output may have; a plugin may define an infinite region.
const LONGEST_SIDE: f64 = 65536.0;

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
    pub(in crate::host) fn pixel_region(&self, call: &RenderCall) -> Result<RectI, HostError> {
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
}
