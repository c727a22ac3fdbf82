//! Params: values, keys, curves.

mod error;
mod keys;

use crate::host::audit::Audit;
use crate::host::kinds::ParamKind;
use crate::host::memory::handles;
use crate::host::property::{Builder, PropertySet, Text, text};
use crate::host::status::Status;
use crate::host::value::Value;
use error::ValueError;
use keys::at;
use parking_lot::Mutex;
use std::sync::Arc;

pub(in crate::host) use keys::{Curve, curve_value};

/// Strings that were replaced and may still be read by the plugin.
const RETIRED_STRINGS: usize = 256;

/// What a param knows of the effect that it belongs to.
pub(in crate::host) struct ParamOwner {
    /// The effect's handle.
    pub(in crate::host) effect: usize,
    pub(in crate::host) audit: Arc<Audit>,
    /// Where the playhead of the effect is.
    pub(in crate::host) time: Arc<Mutex<f64>>,
}

/// A param that a plugin has a handle of.
pub(in crate::host) struct Param {
    id: usize,
    pub(in crate::host) name: String,
    pub(in crate::host) kind: ParamKind,
    /// The handle of the effect that it belongs to.
    pub(in crate::host) effect: usize,
    pub(in crate::host) props: Arc<PropertySet>,
    time: Arc<Mutex<f64>>,
    state: Mutex<State>,
    pub(in crate::host) curves: Mutex<Vec<Curve>>,
}

/// A value, and keys in the order of their times.
pub(in crate::host) type Held = (Value, Vec<(f64, Value)>);

struct State {
    value: Value,
    /// Keys in the order of their times.
    keys: Vec<(f64, Value)>,
    /// Strings and bytes whose address the plugin has.
    lent: Vec<Text>,
    lent_bytes: Vec<Arc<Vec<u8>>>,
}

impl Drop for Param {
    fn drop(&mut self) {
        handles::release(self.id);
    }
}

impl Param {
    /// Puts a param behind a handle.
    pub(in crate::host) fn new(owner: ParamOwner, name: &str, kind: ParamKind, props: Builder) -> Arc<Self> {
        let id = handles::reserve();
        let param = Arc::new(Self {
            id,
            name: name.to_owned(),
            kind,
            effect: owner.effect,
            props: PropertySet::new(props, format!("param {name}"), &owner.audit),
            time: owner.time,
            state: Mutex::new(State {
                value: Value::empty(kind),
                keys: Vec::new(),
                lent: Vec::new(),
                lent_bytes: Vec::new(),
            }),
            curves: Mutex::default(),
        });
        handles::register(id, &param);
        param
    }

    pub(in crate::host) fn handle<T>(&self) -> *mut T {
        handles::pointer(self.id)
    }

    /// The default as the plugin declared it.
    pub(in crate::host) fn default_value(&self) -> Value {
        let key = "OfxParamPropDefault";
        if self.kind.is_integer() {
            Value::from_ints(self.kind, &self.props.all::<i32>(key))
        } else if self.kind.is_double() {
            Value::from_doubles(&self.props.all::<f64>(key))
        } else if self.kind.is_text() {
            Value::Text(self.props.string(key))
        } else {
            Value::empty(self.kind)
        }
    }

    /// Takes the default, and identity curves.
    pub(in crate::host) fn reset(&self) {
        {
            let mut state = self.state.lock();
            state.value = self.default_value();
            state.keys.clear();
        }
        if self.kind == ParamKind::Parametric {
            let n = self.props.first::<i32>("OfxParamPropParametricDimension").unwrap_or(1);
            let range = self.props.all::<f64>("OfxParamPropParametricRange");
            let (low, high) = match range.as_slice() {
                [low, high] => (*low, *high),
                _ => (0.0, 1.0),
            };
            let n = usize::try_from(n).unwrap_or(1).clamp(1, 64);
            *self.curves.lock() = vec![vec![(low, low), (high, high)]; n];
        }
    }

    /// Takes the curves of what was described.
    pub(in crate::host) fn take_curves(&self, described: &Self) {
        let curves = described.curves.lock().clone();
        if !curves.is_empty() {
            *self.curves.lock() = curves;
        }
    }

    /// The options of a choice: what it is called in files, and its label.
    pub(in crate::host) fn options(&self) -> Vec<(String, String)> {
        let labels = self.props.strings("OfxParamPropChoiceOption");
        let names = self.props.strings("OfxParamPropChoiceEnum");
        labels
            .into_iter()
            .enumerate()
            .map(|(i, l)| (names.get(i).cloned().unwrap_or_else(|| l.clone()), l))
            .collect()
    }

    /// `value` as this param stores it, or why not.
    pub(in crate::host) fn accept(&self, value: &Value) -> Result<Value, ValueError> {
        let option = |wanted: &str| {
            let options = self.options();
            let found = options.iter().position(|(name, label)| name == wanted || label == wanted);
            found.map(|index| (index, options[index].0.clone())).ok_or_else(|| ValueError::Option {
                param: self.name.clone(),
                wanted: wanted.to_owned(),
                options: options.into_iter().map(|(name, _)| name).collect(),
            })
        };
        let named = match (self.kind, value) {
            (ParamKind::Choice, Value::Text(wanted)) => {
                Value::Int(i32::try_from(option(wanted)?.0).unwrap_or(i32::MAX))
            }
            (ParamKind::StrChoice, Value::Text(wanted)) => Value::Text(option(wanted)?.1),
            (_, value) => value.clone(),
        };
        let value = named.fit(self.kind).ok_or_else(|| ValueError::Kind {
            param: self.name.clone(),
            kind: self.kind,
            value: value.clone(),
        })?;
        match self.outside(&value) {
            Some((low, high)) => Err(ValueError::Range { param: self.name.clone(), low, high, value }),
            None => Ok(value),
        }
    }

    /// The range, when `value` is outside of it.
    pub(in crate::host) fn outside(&self, value: &Value) -> Option<(f64, f64)> {
        let number = |name: &str| -> Vec<f64> {
            if self.kind.is_double() {
                self.props.all::<f64>(name)
            } else {
                self.props.all::<i32>(name).into_iter().map(f64::from).collect()
            }
        };
        let (mut low, mut high) = (number("OfxParamPropMin"), number("OfxParamPropMax"));
        if self.kind == ParamKind::Choice {
            let options = i32::try_from(self.options().len()).unwrap_or(i32::MAX);
            (low, high) = (vec![0.0], vec![f64::from(options - 1)]);
        }
        let values = value.doubles()?;
        values
            .iter()
            .zip(low)
            .zip(high)
            .find(|((v, low), high)| **v < *low || **v > *high)
            .map(|((_, l), h)| (l, h))
    }

    /// The value at a time, or when nobody says one, at the first key.
    pub(in crate::host) fn value(&self, time: Option<f64>) -> Value {
        let state = self.state.lock();
        match time {
            _ if state.keys.is_empty() => state.value.clone(),
            Some(time) => at(&state.keys, time, self.kind),
            None => {
                let now = *self.time.lock();
                at(&state.keys, now, self.kind)
            }
        }
    }

    /// Takes a value for all times, or when there are keys, for this one.
    pub(in crate::host) fn set(&self, value: Value) {
        let mut state = self.state.lock();
        state.value = value;
        state.keys.clear();
        drop(state);
        self.tell_keys();
    }

    /// Sets a key, or the value when this param has no keys in this host.
    pub(in crate::host) fn set_at(&self, time: f64, value: Value) {
        if self.props.first::<i32>("OfxParamPropAnimates").unwrap_or(0) == 0 {
            return self.set(value);
        }
        let mut state = self.state.lock();
        let place = state.keys.partition_point(|(t, _)| *t < time);
        match state.keys.get_mut(place) {
            Some((t, v)) if *t == time => *v = value,
            _ => state.keys.insert(place, (time, value)),
        }
        drop(state);
        self.tell_keys();
    }

    /// Its value and keys, to be [restored](Self::restore).
    pub(in crate::host) fn held(&self) -> Held {
        let state = self.state.lock();
        (state.value.clone(), state.keys.clone())
    }

    /// Takes back what it held.
    pub(in crate::host) fn restore(&self, (value, keys): Held) {
        {
            let mut state = self.state.lock();
            (state.value, state.keys) = (value, keys);
        }
        self.tell_keys();
    }

    fn tell_keys(&self) {
        let animated = i32::from(!self.state.lock().keys.is_empty());
        self.props.put("OfxParamPropIsAnimating", vec![animated]);
    }

    /// Times of all keys.
    pub(in crate::host) fn key_times(&self) -> Vec<f64> {
        self.state.lock().keys.iter().map(|(t, _)| *t).collect()
    }

    /// Takes away the key of a time.
    pub(in crate::host) fn delete_key(&self, time: f64) -> Result<(), Status> {
        let mut state = self.state.lock();
        let place = state.keys.iter().position(|(t, _)| *t == time).ok_or(Status::BAD_INDEX)?;
        let (_, value) = state.keys.remove(place);
        state.value = value;
        drop(state);
        self.tell_keys();
        Ok(())
    }

    /// Takes away all keys.
    pub(in crate::host) fn delete_keys(&self) {
        let now = self.value(None);
        self.set(now);
    }

    /// Takes the value and keys of another param of its kind, later by `offset`.
    pub(in crate::host) fn copy_from(&self, other: &Self, offset: f64, range: Option<(f64, f64)>) {
        let (value, keys) = {
            let from = other.state.lock();
            (from.value.clone(), from.keys.clone())
        };
        let mut state = self.state.lock();
        state.value = value;
        let wanted = |t: f64| range.is_none_or(|(low, high)| t >= low && t <= high);
        state.keys = keys.into_iter().filter(|(t, _)| wanted(*t)).map(|(t, v)| (t + offset, v)).collect();
        drop(state);
        *self.curves.lock() = other.curves.lock().clone();
        self.tell_keys();
    }

    /// A string that lives while the plugin may read it.
    pub(in crate::host) fn lend(&self, value: &str) -> *mut std::ffi::c_char {
        let mut state = self.state.lock();
        let value = text(value);
        // The same string keeps its address: a plugin may ask for every pixel.
        let known = state.lent.iter().find(|t| **t == value).cloned();
        let held = known.unwrap_or_else(|| {
            if state.lent.len() >= RETIRED_STRINGS {
                state.lent.remove(0);
            }
            state.lent.push(value.clone());
            value
        });
        held.as_ptr().cast_mut()
    }

    /// Bytes that live while the plugin may read them.
    pub(in crate::host) fn lend_bytes(&self, value: Vec<u8>) -> (*const u8, usize) {
        let mut state = self.state.lock();
        let known = state.lent_bytes.iter().find(|b| ***b == value).cloned();
        let held = known.unwrap_or_else(|| {
            if state.lent_bytes.len() >= RETIRED_STRINGS {
                state.lent_bytes.remove(0);
            }
            let held = Arc::new(value);
            state.lent_bytes.push(held.clone());
            held
        });
        (held.as_ptr(), held.len())
    }

    /// Slope of a numeric param in every dimension, per frame.
    pub(in crate::host) fn derivative(&self, time: f64) -> Result<Vec<f64>, Status> {
        const STEP: f64 = 1e-3;
        let before = self.value(Some(time - STEP)).doubles().ok_or(Status::UNSUPPORTED)?;
        let after = self.value(Some(time + STEP)).doubles().ok_or(Status::UNSUPPORTED)?;
        Ok(before.iter().zip(&after).map(|(a, b)| (b - a) / (2.0 * STEP)).collect())
    }

    /// Area under a numeric param in every dimension.
    pub(in crate::host) fn integral(&self, from: f64, to: f64) -> Result<Vec<f64>, Status> {
        // Straight lines between keys: the trapezoids between them are exact.
        let (low, high) = (from.min(to), from.max(to));
        let mut times = vec![low];
        times.extend(self.key_times().into_iter().filter(|t| *t > low && *t < high));
        times.push(high);
        let mut sum = vec![0.0; self.kind.dimension()];
        for pair in times.windows(2) {
            let a = self.value(Some(pair[0])).doubles().ok_or(Status::UNSUPPORTED)?;
            let b = self.value(Some(pair[1])).doubles().ok_or(Status::UNSUPPORTED)?;
            for (s, (a, b)) in sum.iter_mut().zip(a.iter().zip(&b)) {
                *s += (a + b) / 2.0 * (pair[1] - pair[0]);
            }
        }
        let sign = if to < from { -1.0 } else { 1.0 };
        Ok(sum.into_iter().map(|s| s * sign).collect())
    }
}
