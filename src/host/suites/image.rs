//! How a source's picture becomes the image that a plugin was promised.

use crate::host::clip::{Clip, Connection};
use crate::host::effect::held::{Held, Pixels};
use crate::host::effect::job::{RenderJob, SourceError, nanoseconds};
use crate::host::effect::{Effect, scope};
use crate::host::image::{HostImage, RowBytes};
use crate::host::kinds::{Components, Depth, Field, Premultiplication};
use crate::host::memory::pixels::PixelMemory;
use crate::host::profile::{ImageIds, Owner};
use crate::host::property::{Builder, PropertySet};
use crate::host::source::{FrameStamp, ImageError};
use crate::host::status::Status;
use crate::ofx::sys;
use crate::raster::RectI;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Instant;

/// What an image says of itself.
struct Attributes<'a> {
    components: Components,
    depth: Depth,
    premultiplication: Premultiplication,
    scale: (f64, f64),
    aspect: f64,
    bounds: RectI,
    region: RectI,
    row_bytes: isize,
    field: Field,
    identifier: String,
    data: usize,
    effect: &'a Effect,
}

fn properties(a: &Attributes<'_>, clip: &str) -> Arc<PropertySet> {
    let edges = |r: &RectI| [r.x0, r.y0, r.x1, r.y1];
    let mut b = Builder::new(Owner::Image);
    b.string(sys::kOfxPropType, "OfxTypeImage")
        .string(sys::kOfxImageEffectPropPixelDepth, a.depth.ofx())
        .string(sys::kOfxImageEffectPropComponents, a.components.ofx())
        .string(sys::kOfxImageEffectPropPreMultiplication, a.premultiplication.ofx())
        .double(sys::kOfxImageEffectPropRenderScale, &[a.scale.0, a.scale.1])
        .double(sys::kOfxImagePropPixelAspectRatio, &[a.aspect])
        .int(sys::kOfxImagePropBounds, &edges(&a.bounds))
        .int(sys::kOfxImagePropRegionOfDefinition, &edges(&a.region))
        .int(sys::kOfxImagePropRowBytes, &[i32::try_from(a.row_bytes).unwrap_or(0)])
        .string(sys::kOfxImagePropField, a.field.ofx())
        .string(sys::kOfxImagePropUniqueIdentifier, &a.identifier)
        .pointer(sys::kOfxImagePropData, a.data)
        .read_only(&[
            sys::kOfxPropType,
            sys::kOfxImageEffectPropPixelDepth,
            sys::kOfxImageEffectPropComponents,
            sys::kOfxImageEffectPropPreMultiplication,
            sys::kOfxImageEffectPropRenderScale,
            sys::kOfxImagePropPixelAspectRatio,
            sys::kOfxImagePropBounds,
            sys::kOfxImagePropRegionOfDefinition,
            sys::kOfxImagePropRowBytes,
            sys::kOfxImagePropField,
            sys::kOfxImagePropUniqueIdentifier,
            sys::kOfxImagePropData,
        ]);
    PropertySet::new(b.without(a.effect.profile()), format!("an image of clip {clip}"), &a.effect.audit)
}

fn premultiplication(effect: &Effect, clip: &Clip) -> Premultiplication {
    let said = clip.props.string("OfxImageEffectPropPreMultiplication");
    let said = Premultiplication::from_ofx(&said).unwrap_or(Premultiplication::Unpremultiplied);
    if clip.is_output() { said } else { effect.profile().premultiplication.unwrap_or(said) }
}

fn identifier(effect: &Effect, stable: impl FnOnce() -> String) -> String {
    static FETCHES: AtomicU64 = AtomicU64::new(1);
    match effect.profile().image_ids {
        ImageIds::Stable => stable(),
        ImageIds::Random => {
            // Spread out, so that two ids in a row look unlike.
            let n = FETCHES.fetch_add(1, Ordering::Relaxed);
            format!("{:016x}", n.wrapping_mul(0x9E37_79B9_7F4A_7C15))
        }
        ImageIds::Empty => String::new(),
    }
}

/// The image that a render writes.
pub(super) fn output(effect: &Arc<Effect>, clip: &Clip, job: Arc<RenderJob>) -> Held {
    let memory = &job.output;
    let props = properties(
        &Attributes {
            components: memory.components,
            depth: memory.depth,
            premultiplication: premultiplication(effect, clip),
            scale: job.scale,
            aspect: aspect(clip),
            bounds: memory.bounds,
            region: job.region,
            row_bytes: memory.row_bytes,
            field: job.field,
            identifier: identifier(effect, || format!("output/{}/{:x}", job.time, memory.data().addr())),
            data: memory.data().expose_provenance(),
            effect,
        },
        &clip.name,
    );
    Held {
        effect: Arc::downgrade(effect),
        clip: clip.name.clone(),
        props,
        pixels: Pixels::Output { _job: job },
        count: 1,
    }
}

fn aspect(clip: &Clip) -> f64 {
    clip.props.first::<f64>("OfxImagePropPixelAspectRatio").filter(|a| *a > 0.0).unwrap_or(1.0)
}

/// The image that a source has at a time.
pub(super) fn input(
    effect: &Arc<Effect>,
    clip: &Clip,
    connection: &Connection,
    time: f64,
    scale: (f64, f64),
) -> Result<Held, Status> {
    let began = Instant::now();
    let held = fetched(effect, clip, connection, time, scale);
    effect.fetching.fetch_add(nanoseconds(began), Ordering::Relaxed);
    held
}

fn fetched(
    effect: &Arc<Effect>,
    clip: &Clip,
    connection: &Connection,
    time: f64,
    scale: (f64, f64),
) -> Result<Held, Status> {
    let picture = match connection.source.image(time) {
        Ok(Some(picture)) => picture,
        Ok(None) => return Err(Status::FAILED),
        Err(ImageError(what)) => {
            effect.audit.remark(format!("the source of clip {} failed: {what}", clip.name));
            if let Some(job) = scope::job(effect, time) {
                job.source_error.lock().get_or_insert(SourceError { clip: clip.name.clone(), time, what });
            }
            return Err(Status::FAILED);
        }
    };
    let profile = effect.profile();
    let (components, depth) = *clip.format.lock();
    let picture = if scale == (1.0, 1.0) { picture } else { picture.scaled(scale.0, scale.1) };
    let picture = if profile.clamps_float && depth == Depth::Float {
        picture.converted(picture.components(), Depth::Short, profile.rows)
    } else {
        picture
    };
    let (_, top_first) = profile.rows.stride(0);
    let fits = picture.components() == components
        && picture.depth() == depth
        && (picture.row_bytes() < 0) == top_first
        && matches!(profile.rows, RowBytes::Tight | RowBytes::Negative);
    let picture = if fits { picture } else { picture.converted(components, depth, profile.rows) };
    hold_picture(effect, clip, connection, picture, time, scale)
}

fn hold_picture(
    effect: &Arc<Effect>,
    clip: &Clip,
    connection: &Connection,
    picture: HostImage,
    time: f64,
    scale: (f64, f64),
) -> Result<Held, Status> {
    let stable = || {
        let mut name =
            connection.source.identity().unwrap_or_else(|| format!("source {}", connection.generation));
        if let FrameStamp::Is(stamp) = connection.source.stamp(time) {
            name.extend(stamp.iter().take(8).map(|byte| format!("{byte:02x}")));
        }
        format!("{name}/{time}/{}/{}/{}x{}", picture.components(), picture.depth(), scale.0, scale.1)
    };
    let identifier = identifier(effect, stable);
    let memory = if effect.profile().watch_memory { Some(PixelMemory::copy_of(&picture)?) } else { None };
    let data = match &memory {
        Some(memory) => memory.data().expose_provenance(),
        // The bytes are shared and never written: a plugin may only read its inputs.
        None => picture.data().as_ptr().wrapping_add(picture.origin()).expose_provenance(),
    };
    let props = properties(
        &Attributes {
            components: picture.components(),
            depth: picture.depth(),
            premultiplication: premultiplication(effect, clip),
            scale,
            aspect: aspect(clip),
            bounds: picture.bounds(),
            region: picture.bounds(),
            row_bytes: picture.row_bytes(),
            field: connection.source.info().field,
            identifier,
            data,
            effect,
        },
        &clip.name,
    );
    let pixels = match memory {
        Some(memory) => Pixels::Watched { memory, image: picture },
        None => Pixels::Shared { _image: picture },
    };
    let effect: Weak<Effect> = Arc::downgrade(effect);
    Ok(Held { effect, clip: clip.name.clone(), props, pixels, count: 1 })
}
