//! The buttons of the Objects group.
//!
//! Each edits the prompts, which are the one source of truth, as one step of the host's undo.

use serde_json::{Value, json};

use super::Settings;
use super::editing::objects::{self as edit, Span, Switch};
use super::editing::{self, EditError};
use super::params::{self, ACTIVE_OBJECT, OBJECT_NAME, PROMPTS};
use crate::ofx::{Instance, MessageKind, OfxError, ParamSet, Reply};

/// What a button of this group or an edit of its parameters does; none where `param` is none of them.
pub fn pressed(instance: &Instance, param: &str, time: Option<f64>) -> Option<Reply> {
    let params = instance.params();
    if param == ACTIVE_OBJECT {
        show_name(&params);
        return Some(Reply::Ok);
    }
    let active = active(&params);
    let frame = time.map(|t| t.round() as i64);
    let done = match param {
        params::OBJECT_ADD => change(&params, "Add object", edit::add),
        params::OBJECT_DUPLICATE => change(&params, "Duplicate object", |d| edit::duplicate(d, active)),
        params::OBJECT_DELETE => change(&params, "Delete object", |d| {
            edit::delete(d, active)?;
            Ok(active.min(edit::count(d).saturating_sub(1)))
        }),
        params::OBJECT_SOLO => at(&params, "Solo object", |d| edit::toggle(d, active, Switch::Solo)),
        params::OBJECT_HIDE => at(&params, "Hide object", |d| edit::toggle(d, active, Switch::Hidden)),
        params::OBJECT_UP => change(&params, "Move object up", |d| edit::shift(d, active, -1)),
        params::OBJECT_DOWN => change(&params, "Move object down", |d| edit::shift(d, active, 1)),
        params::OBJECT_MERGE => {
            let into = number(&params, params::MERGE_INTO);
            change(&params, "Merge objects", |d| edit::merge(d, active, into))
        }
        params::OBJECT_CLEAR_FRAME => match frame {
            Some(frame) => clear(&params, "Clear prompts on frame", Span::On(frame)),
            None => Err(OfxError::Broken("no time with a button".to_owned()).to_string()),
        },
        params::OBJECT_CLEAR => clear(&params, "Clear prompts of object", Span::All),
        params::OBJECT_KEEP_EDGE => {
            let own = edge(&params);
            at(&params, "Keep edge for object", |d| edit::keep(d, active, "edge", Some(own)))
        }
        params::OBJECT_PANEL_EDGE => at(&params, "Use panel's edge", |d| edit::keep(d, active, "edge", None)),
        params::OBJECT_KEEP_TRACKER => {
            let own = Value::from(Settings::read(&params).tracker);
            at(&params, "Keep tracker for object", |d| edit::keep(d, active, "tracker", Some(own)))
        }
        params::OBJECT_PANEL_TRACKER => {
            at(&params, "Use panel's tracker", |d| edit::keep(d, active, "tracker", None))
        }
        OBJECT_NAME => rename(&params),
        _ => return None,
    };
    match done {
        Ok(()) => instance.clear(MessageKind::Error),
        Err(reason) => instance.show(MessageKind::Error, &reason),
    }
    Some(Reply::Ok)
}

/// Takes prompts of the active object away.
pub(super) fn clear(params: &ParamSet, label: &str, span: Span) -> Result<(), String> {
    let active = active(params);
    at(params, label, |d| edit::clear(d, active, span))
}

/// The place of the active object, from 0.
fn active(params: &ParamSet) -> usize {
    number(params, ACTIVE_OBJECT)
}

fn number(params: &ParamSet, id: &str) -> usize {
    params.int(id).and_then(|n| usize::try_from(n).ok()).unwrap_or(1).saturating_sub(1)
}

/// Edits the prompts where the same object stays active.
fn at<R>(
    params: &ParamSet,
    label: &str,
    edit: impl FnOnce(&mut Value) -> Result<R, EditError>,
) -> Result<(), String> {
    let active = active(params);
    change(params, label, |document| edit(document).map(|_| active))
}

/// Edits the prompts as one step named `label`; `edit` gives the place of the object that is active then. What
/// changes nothing is no step.
fn change(
    params: &ParamSet,
    label: &str,
    edit: impl FnOnce(&mut Value) -> Result<usize, EditError>,
) -> Result<(), String> {
    let before = params.text(PROMPTS).unwrap_or_default();
    let mut document = editing::open(&before).map_err(|e| e.to_string())?;
    let untouched = document.clone();
    let active = edit(&mut document).map_err(|e| e.to_string())?;
    let name = edit::name(&document, active).unwrap_or_default();
    let number = i32::try_from(active + 1).unwrap_or(1);
    if document == untouched && params.int(ACTIVE_OBJECT) == Some(number) {
        return Ok(());
    }
    let set = |params: &ParamSet| {
        params.set_text(PROMPTS, &editing::text(&document))?;
        // A host in which these cannot be set has lost nothing but what it shows.
        if params.int(ACTIVE_OBJECT) != Some(number) {
            note(params.set_int(ACTIVE_OBJECT, number));
        }
        if params.text(OBJECT_NAME).as_deref() != Some(name) {
            note(params.set_text(OBJECT_NAME, name));
        }
        Ok(())
    };
    params.edit(label, set).map_err(|e: OfxError| e.to_string())
}

fn note(done: Result<(), OfxError>) {
    if let Err(reason) = done {
        log::warn!("{reason}");
    }
}

/// Takes the name that was typed; one that cannot be taken is taken back.
fn rename(params: &ParamSet) -> Result<(), String> {
    let name = params.text(OBJECT_NAME).unwrap_or_default();
    let active = active(params);
    let renamed = at(params, "Rename object", |d| edit::rename(d, active, &name));
    if renamed.is_err() {
        show_name(params);
    }
    renamed
}

/// Shows the name of the active object; none where there is no such object.
fn show_name(params: &ParamSet) {
    let document = editing::open(&params.text(PROMPTS).unwrap_or_default());
    let name = document.as_ref().ok().and_then(|d| edit::name(d, active(params))).unwrap_or_default();
    if params.text(OBJECT_NAME).as_deref() != Some(name) {
        note(params.set_text(OBJECT_NAME, name));
    }
}

/// The panel's settings of the edge as the prompts have them.
fn edge(params: &ParamSet) -> Value {
    let option = |id| params::option(id, params.int(id).unwrap_or(-1));
    let number = |id| {
        let (value, range) = match params::find(id).map(|p| p.kind) {
            Some(params::Kind::Double { default, range, .. }) => {
                (params.double(id).unwrap_or(default), range)
            }
            _ => (0.0, (0.0, 0.0)),
        };
        value.clamp(range.0, range.1)
    };
    json!({
        "quality": option(params::EDGE_QUALITY),
        "inside": number(params::EDGE_INSIDE),
        "outside": number(params::EDGE_OUTSIDE),
        "hair": number(params::EDGE_HAIR),
        "motion_blur": option(params::EDGE_BLUR),
        "stability": number(params::EDGE_STABILITY),
    })
}
