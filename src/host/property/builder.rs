//! Properties that are about to be put behind a handle.

use super::value::{Values, name, text};
use crate::host::profile::{HostProfile, Owner};
use std::collections::BTreeMap;

/// A property.
#[derive(Debug, Clone)]
pub(super) struct Property {
    pub(in crate::host) values: Values,
    pub(in crate::host) initial: Values,
    /// How many values there must be; 0 for any number.
    pub(in crate::host) dimension: usize,
    pub(in crate::host) read_only: bool,
}

/// Properties that are about to be put behind a handle.
#[derive(Clone)]
pub(in crate::host) struct Builder {
    pub(super) owner: Owner,
    pub(super) map: BTreeMap<String, Property>,
}

impl Builder {
    /// No properties.
    pub(in crate::host) fn new(owner: Owner) -> Self {
        Self { owner, map: BTreeMap::new() }
    }

    fn add(&mut self, name: &str, values: Values, dimension: usize) -> &mut Self {
        let initial = values.clone();
        self.map.insert(name.to_owned(), Property { values, initial, dimension, read_only: false });
        self
    }

    /// Whole numbers, always as many as here.
    pub(in crate::host) fn int(&mut self, key: &'static [u8], values: &[i32]) -> &mut Self {
        self.add(name(key), Values::Int(values.to_vec()), values.len())
    }

    /// Numbers, always as many as here.
    pub(in crate::host) fn double(&mut self, key: &'static [u8], values: &[f64]) -> &mut Self {
        self.add(name(key), Values::Double(values.to_vec()), values.len())
    }

    /// One string.
    pub(in crate::host) fn string(&mut self, key: &'static [u8], value: &str) -> &mut Self {
        self.add(name(key), Values::Text(vec![text(value)]), 1)
    }

    /// One address.
    pub(in crate::host) fn pointer(&mut self, key: &'static [u8], value: usize) -> &mut Self {
        self.add(name(key), Values::Pointer(vec![value]), 1)
    }

    /// Any number of whole numbers.
    pub(in crate::host) fn ints(&mut self, key: &'static [u8], values: &[i32]) -> &mut Self {
        self.add(name(key), Values::Int(values.to_vec()), 0)
    }

    /// Any number of numbers.
    pub(in crate::host) fn doubles(&mut self, key: &'static [u8], values: &[f64]) -> &mut Self {
        self.add(name(key), Values::Double(values.to_vec()), 0)
    }

    /// Any number of strings.
    pub(in crate::host) fn strings<'a>(
        &mut self,
        key: &'static [u8],
        values: impl IntoIterator<Item = &'a str>,
    ) -> &mut Self {
        self.add(name(key), Values::Text(values.into_iter().map(text).collect()), 0)
    }

    /// Whole numbers under a name that is not known before.
    pub(in crate::host) fn int_named(&mut self, key: &str, values: &[i32]) -> &mut Self {
        self.add(key, Values::Int(values.to_vec()), values.len())
    }

    /// Numbers under a name that is not known before; `dimension` 0 for any number.
    pub(in crate::host) fn double_named(&mut self, key: &str, values: &[f64], dimension: usize) -> &mut Self {
        self.add(key, Values::Double(values.to_vec()), dimension)
    }

    /// One string under a name that is not known before.
    pub(in crate::host) fn string_named(&mut self, key: &str, value: &str) -> &mut Self {
        self.add(key, Values::Text(vec![text(value)]), 1)
    }

    /// The strings of a property; none where it is not there or holds other values.
    pub(in crate::host) fn texts(&self, key: &'static [u8]) -> Vec<String> {
        match self.map.get(name(key)).map(|property| &property.values) {
            Some(Values::Text(values)) => values.iter().map(|v| v.to_string_lossy().into_owned()).collect(),
            _ => Vec::new(),
        }
    }

    /// Only the host may write these.
    pub(in crate::host) fn read_only(&mut self, keys: &[&'static [u8]]) -> &mut Self {
        for key in keys {
            if let Some(property) = self.map.get_mut(name(key)) {
                property.read_only = true;
            }
        }
        self
    }

    /// Takes away what this host lacks.
    pub(in crate::host) fn without(mut self, profile: &HostProfile) -> Self {
        let owner = self.owner;
        self.map.retain(|name, _| profile.has_property(owner, name));
        self
    }
}
