//! The buttons of the Objects group.
//!
//! Each edits the prompts, which are the one source of truth, as one step of the host's undo.

use serde_json::Value;

use super::Settings;
use super::tracking;
use crate::job::prompts::PromptText;
use crate::job::prompts::edit::EditError;
use crate::job::prompts::edit::objects::{self as document, Span, Switch};
use crate::ofx::{Instance, MessageKind, OfxError, ParamSet, Reply};
use crate::params::{self, ACTIVE_OBJECT, Kind, OBJECT_NAME, PROMPTS, Reader, table};

/// What a button of this group or an edit of its parameters does; none where `param` is none of them.
pub fn pressed(instance: &Instance, param: &str, time: Option<f64>) -> Option<Reply> {
    let params = instance.params();
    if param == ACTIVE_OBJECT {
        show_name(&params);
        return Some(Reply::Ok);
    }
    let active = active(&params);
    let edit = &Editing { instance, params, time };
    let done = match param {
        params::OBJECT_ADD => change(edit, "Add object", document::add),
        params::OBJECT_DUPLICATE => change(edit, "Duplicate object", |d| document::duplicate(d, active)),
        params::OBJECT_DELETE => change(edit, "Delete object", |d| {
            document::delete(d, active)?;
            Ok(active.min(document::count(d).saturating_sub(1)))
        }),
        params::OBJECT_SOLO => at(edit, "Solo object", |d| document::toggle(d, active, Switch::Solo)),
        params::OBJECT_HIDE => at(edit, "Hide object", |d| document::toggle(d, active, Switch::Hidden)),
        params::OBJECT_UP => change(edit, "Move object up", |d| document::shift(d, active, -1)),
        params::OBJECT_DOWN => change(edit, "Move object down", |d| document::shift(d, active, 1)),
        params::OBJECT_MERGE => {
            let into = number(&params, params::MERGE_INTO);
            change(edit, "Merge objects", |d| document::merge(d, active, into))
        }
        params::OBJECT_CLEAR_FRAME => match time {
            Some(time) => clear(edit, "Clear prompts on frame", Span::On(time.round() as i64)),
            None => Err(OfxError::Broken("no time with a button".to_owned()).to_string()),
        },
        params::OBJECT_CLEAR => clear(edit, "Clear prompts of object", Span::All),
        params::OBJECT_KEEP_EDGE => {
            let own = edge(&params);
            at(edit, "Keep edge for object", |d| document::keep(d, active, "edge", Some(own)))
        }
        params::OBJECT_PANEL_EDGE => {
            at(edit, "Use panel's edge", |d| document::keep(d, active, "edge", None))
        }
        params::OBJECT_KEEP_TRACKER => {
            let own = Value::from(Settings::read(&params).tracker);
            at(edit, "Keep tracker for object", |d| document::keep(d, active, "tracker", Some(own)))
        }
        params::OBJECT_PANEL_TRACKER => {
            at(edit, "Use panel's tracker", |d| document::keep(d, active, "tracker", None))
        }
        OBJECT_NAME => rename(edit),
        _ => return None,
    };
    match done {
        Ok(()) => instance.clear(MessageKind::Error),
        Err(reason) => instance.show(MessageKind::Error, &reason),
    }
    Some(Reply::Ok)
}

/// Who edits, and where the playhead is.
pub struct Editing<'a> {
    /// Whose prompts.
    pub instance: &'a Instance<'a>,
    /// Its parameters.
    pub params: ParamSet<'a>,
    /// None where the host does not say.
    pub time: Option<f64>,
}

impl Editing<'_> {
    /// Shows what is stale now.
    fn refresh(&self) {
        if let Some(time) = self.time {
            tracking::refresh(self.instance, &self.params, time);
        }
    }
}

/// Takes prompts of the active object away.
///
/// # Errors
/// A sentence when there is no such object.
pub fn clear(edit: &Editing, label: &str, span: Span) -> Result<(), String> {
    let active = active(&edit.params);
    at(edit, label, |d| document::clear(d, active, span))
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
    edit: &Editing,
    label: &str,
    how: impl FnOnce(&mut Value) -> Result<R, EditError>,
) -> Result<(), String> {
    let active = active(&edit.params);
    change(edit, label, |document| how(document).map(|_| active))
}

/// Edits the prompts as one step named `label`; `how` gives the place of the object that is active then. What
/// changes nothing is no step.
fn change(
    edit: &Editing,
    label: &str,
    how: impl FnOnce(&mut Value) -> Result<usize, EditError>,
) -> Result<(), String> {
    let params = &edit.params;
    let before = params.text(PROMPTS).unwrap_or_default();
    let before = PromptText::read(&before);
    let untouched = before.document().map_err(|e| e.to_string())?;
    let mut edited = untouched.clone();
    let active = how(&mut edited).map_err(|e| e.to_string())?;
    let name = document::name(&edited, active).unwrap_or_default().to_owned();
    let number = i32::try_from(active + 1).unwrap_or(1);
    if edited == *untouched && params.int(ACTIVE_OBJECT) == Some(number) {
        return Ok(());
    }
    let edited = PromptText::write(edited);
    let set = |params: &ParamSet| {
        params.set_text(PROMPTS, edited.text())?;
        // A host in which these cannot be set has lost nothing but what it shows.
        if params.int(ACTIVE_OBJECT) != Some(number) {
            note(params.set_int(ACTIVE_OBJECT, number));
        }
        if params.text(OBJECT_NAME).as_deref() != Some(&name) {
            note(params.set_text(OBJECT_NAME, &name));
        }
        edit.refresh();
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
fn rename(edit: &Editing) -> Result<(), String> {
    let params = &edit.params;
    let name = params.text(OBJECT_NAME).unwrap_or_default();
    let active = active(params);
    let renamed = at(edit, "Rename object", |d| document::rename(d, active, &name));
    if renamed.is_err() {
        show_name(params);
    }
    renamed
}

/// Shows the name of the active object; none where there is no such object.
fn show_name(params: &ParamSet) {
    let prompts = PromptText::read(&params.text(PROMPTS).unwrap_or_default());
    let name = prompts.document().ok().and_then(|d| document::name(d, active(params))).unwrap_or_default();
    if params.text(OBJECT_NAME).as_deref() != Some(name) {
        note(params.set_text(OBJECT_NAME, name));
    }
}

/// The panel's settings of the edge as the prompts have them.
fn edge(params: &ParamSet) -> Value {
    let read = Reader(params);
    let own = table().iter().filter(|p| !p.object_key.is_empty()).filter_map(|p| {
        let value = match p.kind {
            Kind::Choice { .. } => Value::from(read.option(p.id)),
            Kind::Double { .. } => Value::from(read.number(p.id)),
            _ => return None,
        };
        Some((p.object_key.to_owned(), value))
    });
    Value::Object(own.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::prompts::{self, Limits};
    use serde_json::json;

    /// What the engine says to an object with this setting of its edge; none where it takes it.
    fn refusal(key: &str, value: Value) -> Option<String> {
        let edge = Value::Object([(key.to_owned(), value)].into_iter().collect());
        let prompts = json!([{"frame": 0, "point": [1, 1], "label": "positive"}]);
        let document = json!({"objects": [{"name": "a", "edge": edge, "prompts": prompts}]}).to_string();
        let parsed = match prompts::parse(&document) {
            Ok(parsed) => parsed,
            Err(reason) => return Some(reason.to_string()),
        };
        let limits = Limits { width: 8, height: 8, first: 0, last: 1 };
        parsed.check(&limits, None).err().map(|e| e.to_string())
    }

    #[test]
    fn an_object_may_have_of_its_own_what_the_panel_allows() {
        let own: Vec<_> = table().iter().filter(|p| !p.object_key.is_empty()).collect();
        assert!(own.len() >= 6, "the edge of an object");
        for p in own {
            match p.kind {
                Kind::Choice { .. } => {
                    for id in p.kind.options() {
                        assert_eq!(refusal(p.object_key, json!(id)), None, "{} {id}", p.id);
                    }
                }
                Kind::Double { range: (low, high), .. } => {
                    for value in [low, high] {
                        assert_eq!(refusal(p.object_key, json!(value)), None, "{} {value}", p.id);
                    }
                    for value in [low - 1.0, high + 1.0] {
                        assert!(refusal(p.object_key, json!(value)).is_some(), "{} {value}", p.id);
                    }
                }
                _ => panic!("{} is no setting of an edge", p.id),
            }
        }
    }
}
