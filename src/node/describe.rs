//! What the node is: labels, clips, and parameters out of their table.

use crate::ofx::{
    Components, Context, Depth, Description, Descriptor, OfxError, ParamDescriptor, ParamSet, ParamType,
    PluginInfo, TextMode,
};
use crate::params::{self, Group, Kind, Param, table};

/// What identifies the plugin. The identifier never changes: saved projects name it.
pub const INFO: PluginInfo = PluginInfo { identifier: c"org.airoto.AIRoto", major: 0, minor: 1 };

/// What the effect says of itself.
pub const DESCRIPTION: Description = Description {
    label: "AI Roto",
    grouping: "Keyer",
    description: "Cuts an object out of a shot: say where it is on one frame, and it is followed through all frames. \
                  Writes alpha, and editable shapes for Silhouette and Nuke.",
    contexts: &[Context::Filter, Context::General],
    depths: &[Depth::Float, Depth::Half, Depth::Short, Depth::Byte],
};

/// The input.
pub const SOURCE: &str = "Source";
/// The optional prompt or garbage matte.
pub const MASK: &str = "Mask";
/// The output.
pub const OUTPUT: &str = "Output";

const PICTURES: &[Components] = &[Components::Rgba, Components::Rgb, Components::Alpha];
const MASKS: &[Components] = &[Components::Alpha, Components::Rgba, Components::Rgb];

/// Clips and parameters. They are the same in every context.
///
/// # Errors
/// [`OfxError`] when the host refuses one.
pub fn in_context(descriptor: &Descriptor) -> Result<(), OfxError> {
    descriptor.clip(SOURCE, PICTURES, true, false, false)?;
    descriptor.clip(MASK, MASKS, true, true, true)?;
    descriptor.clip(OUTPUT, PICTURES, false, false, false)?;
    let host = descriptor.params();
    parameters(&host, table())?;
    // Premultiplication, and whether the output is a colour.
    descriptor.preferences_follow(&[params::VIEW])?;
    Ok(())
}

/// Declares groups, parameters and the page of all of them.
fn parameters(host: &ParamSet, rows: &[Param]) -> Result<(), OfxError> {
    for group in Group::ALL {
        let declared = host.define(ParamType::Group, group.id())?;
        declared.about(group.label(), "", None)?.open(group.opens());
        for param in rows.iter().filter(|p| p.group == group) {
            let declared = host.define(param_type(param.kind), param.id)?;
            declared.about(param.label, param.hint, Some(group.id()))?;
            kind(&declared, param.kind)?;
            if !param.evaluates && param.kind != Kind::Button {
                declared.evaluates(false);
            }
        }
    }
    let page = host.define(ParamType::Page, "controls")?;
    page.about("Controls", "", None)?.children(rows.iter().map(|p| p.id));
    Ok(())
}

/// Declares default, range and looks of a parameter.
fn kind(declared: &ParamDescriptor, kind: Kind) -> Result<(), OfxError> {
    match kind {
        Kind::Line { default } => declared.text(default, TextMode::Line),
        Kind::Text { default } => declared.text(default, TextMode::Lines),
        Kind::SaveFile => declared.text("", TextMode::File),
        Kind::Folder => declared.text("", TextMode::Folder),
        Kind::Choice { options, default } => declared.choice(options, default)?,
        Kind::Int { default, range, display } => declared.int(default, range, display),
        Kind::Double { default, range, display } => declared.double(default, range, display),
        Kind::Bool { default } => declared.bool(default),
        Kind::Colour { default } => declared.colour(default),
        Kind::Status => {
            declared.text("", TextMode::Line);
            declared.shows();
        }
        Kind::Keys { meanings } => {
            let most = i32::try_from(meanings.len()).unwrap_or(i32::MAX) - 1;
            declared.int(0, (0, most), (0, most));
            declared.animates();
        }
        Kind::Button => {}
    }
    Ok(())
}

fn param_type(kind: Kind) -> ParamType {
    match kind {
        Kind::Line { .. } | Kind::Text { .. } | Kind::Status | Kind::SaveFile | Kind::Folder => {
            ParamType::Text
        }
        Kind::Choice { .. } => ParamType::Choice,
        Kind::Int { .. } | Kind::Keys { .. } => ParamType::Int,
        Kind::Double { .. } => ParamType::Double,
        Kind::Bool { .. } => ParamType::Bool,
        Kind::Colour { .. } => ParamType::Colour,
        Kind::Button => ParamType::Push,
    }
}
