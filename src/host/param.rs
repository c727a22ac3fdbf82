//! Params: values, keys, curves.

use super::effect::{Effect, Role};
use super::handles::{self, Object};
use super::kinds::ParamKind;
use super::property::{Builder, PropertySet, Text, text};
use super::status::Status;
use super::value::Value;
use parking_lot::Mutex;
use std::sync::{Arc, Weak};

/// Strings that were replaced and may still be read by the plugin.
const RETIRED_STRINGS: usize = 256;

/// A param that a plugin has a handle of.
pub(super) struct Param {
    id: usize,
    pub(super) name: String,
    pub(super) kind: ParamKind,
    pub(super) effect: Weak<Effect>,
    pub(super) props: Arc<PropertySet>,
    state: Mutex<State>,
    pub(super) curves: Mutex<Vec<Curve>>,
}

/// A value, and keys in the order of their times.
pub(super) type Held = (Value, Vec<(f64, Value)>);

/// A parametric curve: control points in the order of their positions.
pub(super) type Curve = Vec<(f64, f64)>;

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
    pub(super) fn new(effect: &Arc<Effect>, name: &str, kind: ParamKind, props: Builder) -> Arc<Self> {
        let id = handles::reserve();
        let param = Arc::new(Self {
            id,
            name: name.to_owned(),
            kind,
            effect: Arc::downgrade(effect),
            props: PropertySet::new(props, format!("param {name}"), &effect.audit),
            state: Mutex::new(State {
                value: Value::empty(kind),
                keys: Vec::new(),
                lent: Vec::new(),
                lent_bytes: Vec::new(),
            }),
            curves: Mutex::default(),
        });
        handles::register(id, Object::Param(Arc::downgrade(&param)));
        param
    }

    pub(super) fn handle<T>(&self) -> *mut T {
        handles::pointer(self.id)
    }

    /// The instance that it belongs to.
    pub(super) fn instance(&self) -> Result<Arc<Effect>, Status> {
        self.effect.upgrade().filter(|e| e.role == Role::Instance).ok_or(Status::BAD_HANDLE)
    }

    /// The default as the plugin declared it.
    pub(super) fn default_value(&self) -> Value {
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
    pub(super) fn reset(&self) {
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
    pub(super) fn take_curves(&self, described: &Self) {
        let curves = described.curves.lock().clone();
        if !curves.is_empty() {
            *self.curves.lock() = curves;
        }
    }

    /// The options of a choice: what it is called in files, and its label.
    pub(super) fn options(&self) -> Vec<(String, String)> {
        let labels = self.props.strings("OfxParamPropChoiceOption");
        let names = self.props.strings("OfxParamPropChoiceEnum");
        labels
            .into_iter()
            .enumerate()
            .map(|(i, l)| (names.get(i).cloned().unwrap_or_else(|| l.clone()), l))
            .collect()
    }

    /// `value` as this param stores it, or why not.
    pub(super) fn accept(&self, value: &Value) -> Result<Value, String> {
        let named = match (self.kind, value) {
            (ParamKind::Choice, Value::Text(wanted)) => {
                let options = self.options();
                let found = options.iter().position(|(name, label)| name == wanted || label == wanted);
                let index = found.and_then(|i| i32::try_from(i).ok()).ok_or_else(|| {
                    let words: Vec<String> = options.into_iter().map(|(name, _)| name).collect();
                    format!("param {} has no option {wanted:?}, only {}", self.name, words.join(", "))
                })?;
                Value::Int(index)
            }
            (ParamKind::StrChoice, Value::Text(wanted)) => {
                let options = self.options();
                let found = options.iter().find(|(name, label)| name == wanted || label == wanted);
                let words = || options.iter().map(|(n, _)| n.clone()).collect::<Vec<_>>().join(", ");
                let name = found.map(|(name, _)| name.clone()).ok_or_else(|| {
                    format!("param {} has no option {wanted:?}, only {}", self.name, words())
                })?;
                Value::Text(name)
            }
            (_, value) => value.clone(),
        };
        let value = named
            .fit(self.kind)
            .ok_or_else(|| format!("param {} of type {} cannot take {value}", self.name, self.kind))?;
        if let Some((low, high)) = self.outside(&value) {
            return Err(format!("param {} takes {low} to {high}, found {value}", self.name));
        }
        Ok(value)
    }

    /// The range, when `value` is outside of it.
    pub(super) fn outside(&self, value: &Value) -> Option<(f64, f64)> {
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
    pub(super) fn value(&self, time: Option<f64>) -> Value {
        let state = self.state.lock();
        match time {
            _ if state.keys.is_empty() => state.value.clone(),
            Some(time) => at(&state.keys, time, self.kind),
            None => {
                let now = self.effect.upgrade().map_or(0.0, |e| *e.time.lock());
                at(&state.keys, now, self.kind)
            }
        }
    }

    /// Takes a value for all times, or when there are keys, for this one.
    pub(super) fn set(&self, value: Value) {
        let mut state = self.state.lock();
        state.value = value;
        state.keys.clear();
        drop(state);
        self.tell_keys();
    }

    /// Sets a key, or the value when this param has no keys in this host.
    pub(super) fn set_at(&self, time: f64, value: Value) {
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
    pub(super) fn held(&self) -> Held {
        let state = self.state.lock();
        (state.value.clone(), state.keys.clone())
    }

    /// Takes back what it held.
    pub(super) fn restore(&self, (value, keys): Held) {
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
    pub(super) fn key_times(&self) -> Vec<f64> {
        self.state.lock().keys.iter().map(|(t, _)| *t).collect()
    }

    /// Takes away the key of a time.
    pub(super) fn delete_key(&self, time: f64) -> Result<(), Status> {
        let mut state = self.state.lock();
        let place = state.keys.iter().position(|(t, _)| *t == time).ok_or(Status::BAD_INDEX)?;
        let (_, value) = state.keys.remove(place);
        state.value = value;
        drop(state);
        self.tell_keys();
        Ok(())
    }

    /// Takes away all keys.
    pub(super) fn delete_keys(&self) {
        let now = self.value(None);
        self.set(now);
    }

    /// Takes the value and keys of another param of its kind, later by `offset`.
    pub(super) fn copy_from(&self, other: &Self, offset: f64, range: Option<(f64, f64)>) {
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
    pub(super) fn lend(&self, value: &str) -> *mut std::ffi::c_char {
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
    pub(super) fn lend_bytes(&self, value: Vec<u8>) -> (*const u8, usize) {
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
    pub(super) fn derivative(&self, time: f64) -> Result<Vec<f64>, Status> {
        const STEP: f64 = 1e-3;
        let before = self.value(Some(time - STEP)).doubles().ok_or(Status::UNSUPPORTED)?;
        let after = self.value(Some(time + STEP)).doubles().ok_or(Status::UNSUPPORTED)?;
        Ok(before.iter().zip(&after).map(|(a, b)| (b - a) / (2.0 * STEP)).collect())
    }

    /// Area under a numeric param in every dimension.
    pub(super) fn integral(&self, from: f64, to: f64) -> Result<Vec<f64>, Status> {
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

/// The value between keys: straight lines for numbers, the key before for all else.
fn at(keys: &[(f64, Value)], time: f64, kind: ParamKind) -> Value {
    let next = keys.partition_point(|(t, _)| *t <= time);
    let Some(before) = next.checked_sub(1).and_then(|i| keys.get(i)) else {
        return keys.first().map(|(_, v)| v.clone()).unwrap_or_else(|| Value::empty(kind));
    };
    let Some(after) = keys.get(next) else {
        return before.1.clone();
    };
    let smooth =
        kind.is_double() || matches!(kind, ParamKind::Integer | ParamKind::Integer2D | ParamKind::Integer3D);
    match (before.1.doubles(), after.1.doubles()) {
        (Some(a), Some(b)) if smooth => {
            let f = (time - before.0) / (after.0 - before.0);
            let mixed: Vec<f64> = a.iter().zip(&b).map(|(a, b)| a + (b - a) * f).collect();
            if kind.is_double() {
                Value::from_doubles(&mixed)
            } else {
                let whole: Vec<i32> = mixed.iter().map(|v| v.round() as i32).collect();
                Value::from_ints(kind, &whole)
            }
        }
        _ => before.1.clone(),
    }
}

/// The value of a curve at a position: straight lines between control points, level outside.
pub(super) fn curve_value(curve: &Curve, position: f64) -> f64 {
    let next = curve.partition_point(|(p, _)| *p <= position);
    match (next.checked_sub(1).and_then(|i| curve.get(i)), curve.get(next)) {
        (Some(a), Some(b)) => a.1 + (b.1 - a.1) * (position - a.0) / (b.0 - a.0),
        (Some(a), None) => a.1,
        (None, Some(b)) => b.1,
        (None, None) => position,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_go_straight_and_choices_jump() {
        let keys = [(0.0, Value::Int(0)), (10.0, Value::Int(4))];
        assert_eq!(at(&keys, 5.0, ParamKind::Integer), Value::Int(2));
        assert_eq!(at(&keys, 9.0, ParamKind::Choice), Value::Int(0));
        assert_eq!(at(&keys, 99.0, ParamKind::Choice), Value::Int(4));
        assert_eq!(at(&keys, -1.0, ParamKind::Integer), Value::Int(0));
    }

    #[test]
    fn curves_are_level_outside() {
        let curve = vec![(0.0, 1.0), (2.0, 3.0)];
        assert_eq!([-1.0, 1.0, 5.0].map(|p| curve_value(&curve, p)), [1.0, 2.0, 3.0]);
    }
}
