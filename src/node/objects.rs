//! The buttons of the Objects group.
//!
//! Each edits the prompts, which are the one source of truth, as one step of the host's undo.

use serde_json::Value;

use super::Settings;
use super::edit::{EditFailure, PromptEditor, index, log_refusal};
use crate::job::prompts::PromptText;
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
    let editor = &PromptEditor { instance, params, time };
    let (params, active) = (&editor.params, editor.active());
    let outcome = match param {
        params::OBJECT_ADD => editor.change("Add object", document::add),
        params::OBJECT_DUPLICATE => editor.change("Duplicate object", |d| document::duplicate(d, active)),
        params::OBJECT_DELETE => editor.change("Delete object", |d| {
            document::delete(d, active)?;
            Ok(active.min(document::count(d).saturating_sub(1)))
        }),
        params::OBJECT_SOLO => {
            editor.change_active("Solo object", |d| document::toggle(d, active, Switch::Solo))
        }
        params::OBJECT_HIDE => {
            editor.change_active("Hide object", |d| document::toggle(d, active, Switch::Hidden))
        }
        params::OBJECT_UP => editor.change("Move object up", |d| document::shift(d, active, -1)),
        params::OBJECT_DOWN => editor.change("Move object down", |d| document::shift(d, active, 1)),
        params::OBJECT_MERGE => {
            let into = index(params, params::MERGE_INTO);
            editor.change("Merge objects", |d| document::merge(d, active, into))
        }
        params::OBJECT_CLEAR_FRAME => match time {
            Some(time) => editor.clear("Clear prompts on frame", Span::On(time.round() as i64)),
            None => Err(OfxError::Broken("the host gives the button no time".to_owned()).into()),
        },
        params::OBJECT_CLEAR => editor.clear("Clear prompts of object", Span::All),
        params::OBJECT_KEEP_EDGE => {
            let own = edge(params);
            editor.change_active("Keep edge for object", |d| document::keep(d, active, "edge", Some(own)))
        }
        params::OBJECT_PANEL_EDGE => {
            editor.change_active("Use panel's edge", |d| document::keep(d, active, "edge", None))
        }
        params::OBJECT_KEEP_TRACKER => {
            let own = Value::from(Settings::read(params).tracker);
            editor
                .change_active("Keep tracker for object", |d| document::keep(d, active, "tracker", Some(own)))
        }
        params::OBJECT_PANEL_TRACKER => {
            editor.change_active("Use panel's tracker", |d| document::keep(d, active, "tracker", None))
        }
        OBJECT_NAME => rename(editor),
        _ => return None,
    };
    match outcome {
        Ok(()) => instance.clear(MessageKind::Error),
        Err(reason) => instance.show(MessageKind::Error, &reason.to_string()),
    }
    Some(Reply::Ok)
}

/// Takes the name that was typed; one that cannot be taken is taken back.
fn rename(editor: &PromptEditor) -> Result<(), EditFailure> {
    let params = &editor.params;
    let name = params.text(OBJECT_NAME).unwrap_or_default();
    let active = editor.active();
    let renamed = editor.change_active("Rename object", |d| document::rename(d, active, &name));
    if renamed.is_err() {
        show_name(params);
    }
    renamed
}

/// Shows the name of the active object; none where there is no such object.
fn show_name(params: &ParamSet) {
    let prompts = PromptText::read(&params.text(PROMPTS).unwrap_or_default());
    let name = prompts
        .document()
        .ok()
        .and_then(|d| document::name(d, index(params, ACTIVE_OBJECT)))
        .unwrap_or_default();
    if params.text(OBJECT_NAME).as_deref() != Some(name) {
        log_refusal(params.set_text(OBJECT_NAME, name));
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
    use crate::job::MaskKeys;
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
        parsed.check(&limits, &MaskKeys::Nowhere).err().map(|e| e.to_string())
    }

    #[test]
    fn an_object_may_have_of_its_own_what_the_panel_allows() {
        let own: Vec<_> = table().iter().filter(|p| !p.object_key.is_empty()).collect();
        assert!(own.len() >= 10, "the edge of an object");
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
