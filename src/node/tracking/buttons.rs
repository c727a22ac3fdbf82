//! What a button of the Tracking group does.

use std::sync::atomic::Ordering;

use super::error::TrackError;
use super::refresh::go_to_next;
use super::run::run;
use super::state::state;
use super::walk::TrackMode;
use crate::job::prompts::edit::objects::Span;
use crate::node::edit::PromptEditor;
use crate::ofx::{Instance, MessageKind, Reply};
use crate::params;

/// What a button of this group does; none where `param` is none of them.
pub fn pressed(instance: &Instance, param: &str, time: Option<f64>) -> Option<Reply> {
    let mode = match param {
        params::TRACK_BACK => TrackMode::Backward,
        params::TRACK_STEP_BACK => TrackMode::Step(-1),
        params::TRACK_STEP_ON => TrackMode::Step(1),
        params::TRACK_ON => TrackMode::Forward,
        params::TRACK_BOTH => TrackMode::Both,
        params::TRACK_UPDATE => TrackMode::Update,
        params::TRACK_STOP => {
            state(instance).stop.store(true, Ordering::Relaxed);
            return Some(Reply::Ok);
        }
        params::TRACK_NEXT => {
            let outcome = time.ok_or(TrackError::NoTime).and_then(|time| go_to_next(instance, time));
            match outcome {
                Ok(text) => instance.show(MessageKind::Note, &text),
                Err(reason) => instance.show(MessageKind::Error, &reason.to_string()),
            }
            return Some(Reply::Ok);
        }
        params::TRACK_CLEAR => {
            let outcome = match time {
                Some(at) => {
                    let editor = PromptEditor { instance, params: instance.params(), time };
                    let span = Span::After(at.round() as i64);
                    editor.clear("Clear prompts from here", span).map_err(|e| e.to_string())
                }
                None => Err(TrackError::NoTime.to_string()),
            };
            match outcome {
                Ok(()) => instance.clear(MessageKind::Error),
                Err(reason) => instance.show(MessageKind::Error, &reason),
            }
            return Some(Reply::Ok);
        }
        _ => return None,
    };
    let state = state(instance);
    if state.running.swap(true, Ordering::SeqCst) {
        return Some(Reply::Ok);
    }
    state.stop.store(false, Ordering::Relaxed);
    let outcome = match time {
        Some(time) => run(instance, &state, mode, time),
        None => Err(TrackError::NoTime),
    };
    state.running.store(false, Ordering::SeqCst);
    match outcome {
        Ok((kind, text)) => instance.show(kind, &text),
        Err(reason) => instance.show(MessageKind::Error, &reason.to_string()),
    }
    Some(Reply::Ok)
}
