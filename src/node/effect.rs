//! The actions of the node.

use super::describe::{DESCRIPTION, INFO, SOURCE, in_context};
use super::shot::{self, Sequence, runs};
use super::{Settings, detect, objects, overlay, presets, render, shapes_out, tracking};
use crate::ofx::{
    ClipPreferences, Context, Descriptor, Effect, FramesNeeded, Identity, Instance, MessageKind, OfxError,
    ParamSet, RenderArgs, Reply, SequenceArgs,
};
use crate::params::{self, Values};

/// The node. It has no state of its own: what lasts belongs to the process, keyed by content.
struct Node;

static NODE: Node = Node;

crate::export_plugin!(super::NODE, super::INFO, crate::node::overlay::OVERLAY);

impl Values for ParamSet<'_> {
    fn text(&self, id: &str) -> String {
        ParamSet::text(self, id).unwrap_or_default()
    }

    fn int(&self, id: &str) -> Option<i32> {
        ParamSet::int(self, id)
    }

    fn double(&self, id: &str) -> Option<f64> {
        ParamSet::double(self, id)
    }

    fn colour(&self, id: &str) -> Option<[f64; 3]> {
        ParamSet::colour(self, id)
    }
}

fn settings(instance: &Instance) -> Settings {
    Settings::read(&instance.params())
}

impl Effect for Node {
    fn unload(&self) {
        shapes_out::flush();
        shot::release_clients();
        shot::release_frames();
        overlay::release_outlines();
    }

    fn describe(&self, descriptor: &Descriptor) -> Result<Reply, OfxError> {
        descriptor.declare(&DESCRIPTION)?;
        descriptor.overlay(exported::OVERLAY);
        Ok(Reply::Ok)
    }

    fn describe_in_context(&self, descriptor: &Descriptor, _: Context) -> Result<Reply, OfxError> {
        in_context(descriptor)?;
        Ok(Reply::Ok)
    }

    fn create(&self, _: &Instance) -> Result<Reply, OfxError> {
        Ok(Reply::Ok)
    }

    fn destroy(&self, instance: &Instance) -> Reply {
        tracking::forget(instance);
        runs::end(instance);
        Reply::Ok
    }

    fn render(&self, instance: &Instance, args: &RenderArgs) -> Result<Reply, OfxError> {
        render::render(instance, &settings(instance), args)?;
        Ok(Reply::Ok)
    }

    fn pressed(&self, instance: &Instance, param: &str, time: Option<f64>) -> Reply {
        let asked = objects::pressed(instance, param, time)
            .or_else(|| detect::pressed(instance, param, time))
            .or_else(|| tracking::pressed(instance, param, time))
            .or_else(|| presets::pressed(instance, param));
        if let Some(reply) = asked {
            return reply;
        }
        if param != params::SHAPES_WRITE {
            return Reply::Default;
        }
        match shapes_out::write_now(&settings(instance)) {
            Ok(text) => instance.show(MessageKind::Note, &text),
            Err(reason) => instance.show(MessageKind::Error, &reason.to_string()),
        }
        Reply::Ok
    }

    fn begin_sequence(&self, instance: &Instance, args: &SequenceArgs) -> Reply {
        let settings = settings(instance);
        let Some(sequence) = Sequence::announced(args) else { return Reply::Ok };
        runs::begin(instance, &sequence);
        if settings.wants_shapes() {
            tell(instance, shapes_out::news(&settings));
            shapes_out::begin(&settings, sequence);
        }
        Reply::Ok
    }

    fn end_sequence(&self, instance: &Instance, args: &SequenceArgs) -> Reply {
        let settings = settings(instance);
        runs::end(instance);
        if settings.wants_shapes() {
            let several = Sequence::announced(args).is_some();
            let written = shapes_out::end(&settings, several, instance.host().background, args.interactive);
            tell(instance, written.or_else(|| shapes_out::news(&settings)));
        }
        Reply::Ok
    }

    fn identity(&self, _: &Instance, _: &RenderArgs) -> Option<Identity> {
        // Without prompts the alpha is 0, which is not the plate's.
        None
    }

    fn frames_needed(&self, instance: &Instance, time: f64) -> Vec<FramesNeeded> {
        shot::frames_needed(instance, &settings(instance), time)
    }

    fn clip_preferences(&self, instance: &Instance, preferences: &ClipPreferences) -> Reply {
        // Natron gives the output the channels of the plate: of a plate without alpha the matte would be lost.
        let source = instance.clip(SOURCE).ok().and_then(|source| source.unmapped_components());
        if source == Some(crate::ofx::Components::Rgb) {
            preferences.output_components(crate::ofx::Components::Rgba);
        }
        preferences.premultiplied(settings(instance).view.is_premultiplied());
        preferences.varies();
        Reply::Ok
    }

    fn output_colourspace(&self, instance: &Instance) -> Option<&'static str> {
        // The plate goes through with its numbers as they came; all else is no colour.
        Some(if settings(instance).view.is_colour() { "OfxColourspace_Source" } else { "ofx_raw" })
    }

    fn purge(&self, _: &Instance) -> Reply {
        Reply::Default
    }
}

/// Shows what became of shapes, where there is anything to be told.
fn tell(instance: &Instance, written: Option<shapes_out::Written>) {
    match written {
        Some(Ok(notes)) if !notes.is_empty() => instance.show(MessageKind::Note, &notes.join("\n")),
        Some(Err(reason)) => instance.show(MessageKind::Error, &reason.to_string()),
        _ => {}
    }
}
