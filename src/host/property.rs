//! Property sets.

use super::audit::Audit;
use super::handles::{self, Object};
use super::profile::Owner;
use super::status::Status;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::ffi::{CStr, CString};
use std::sync::Arc;

/// Strings that were replaced and may still be read by the plugin, which got their address.
const RETIRED_STRINGS: usize = 256;

/// A string that a plugin may hold the address of.
pub(super) type Text = Arc<CStr>;

/// A string for the C side; it ends at its first NUL.
pub(super) fn text(s: &str) -> Text {
    let bytes = s.as_bytes();
    let end = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
    CString::new(&bytes[..end]).unwrap_or_default().into()
}

/// A name of the C API as a Rust string.
pub(super) fn name(bytes: &'static [u8]) -> &'static str {
    let end = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
    std::str::from_utf8(&bytes[..end]).unwrap_or_default()
}

/// Values of one of the four types that properties have.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Values {
    Int(Vec<i32>),
    Double(Vec<f64>),
    Text(Vec<Text>),
    Pointer(Vec<usize>),
}

impl Values {
    fn len(&self) -> usize {
        match self {
            Self::Int(v) => v.len(),
            Self::Double(v) => v.len(),
            Self::Text(v) => v.len(),
            Self::Pointer(v) => v.len(),
        }
    }

    fn word(&self) -> &'static str {
        match self {
            Self::Int(_) => "int",
            Self::Double(_) => "double",
            Self::Text(_) => "string",
            Self::Pointer(_) => "pointer",
        }
    }
}

/// A Rust type that properties can hold.
pub(super) trait Kind: Sized + Clone {
    const WORD: &'static str;
    fn list(values: &Values) -> Option<&Vec<Self>>;
    fn list_mut(values: &mut Values) -> Option<&mut Vec<Self>>;
    fn blank() -> Self;
}

macro_rules! kind {
    ($type:ty, $variant:ident, $word:literal, $blank:expr) => {
        impl Kind for $type {
            const WORD: &'static str = $word;
            fn list(values: &Values) -> Option<&Vec<Self>> {
                match values {
                    Values::$variant(v) => Some(v),
                    _ => None,
                }
            }
            fn list_mut(values: &mut Values) -> Option<&mut Vec<Self>> {
                match values {
                    Values::$variant(v) => Some(v),
                    _ => None,
                }
            }
            fn blank() -> Self {
                $blank
            }
        }
    };
}

kind!(i32, Int, "int", 0);
kind!(f64, Double, "double", 0.0);
kind!(Text, Text, "string", text(""));
kind!(usize, Pointer, "pointer", 0);

/// A property.
#[derive(Debug, Clone)]
struct Property {
    values: Values,
    initial: Values,
    /// How many values there must be; 0 for any number.
    dimension: usize,
    read_only: bool,
}

/// A set of properties that a plugin has a handle of.
pub(super) struct PropertySet {
    id: usize,
    owner: Owner,
    /// Whose properties they are, for people.
    what: String,
    audit: Arc<Audit>,
    map: Mutex<BTreeMap<String, Property>>,
    retired: Mutex<Vec<Text>>,
}

impl Drop for PropertySet {
    fn drop(&mut self) {
        handles::release(self.id);
    }
}

impl PropertySet {
    /// Puts `builder`'s properties behind a handle.
    pub(super) fn new(builder: Builder, what: impl Into<String>, audit: &Arc<Audit>) -> Arc<Self> {
        let id = handles::reserve();
        let set = Arc::new(Self {
            id,
            owner: builder.owner,
            what: what.into(),
            audit: audit.clone(),
            map: Mutex::new(builder.map),
            retired: Mutex::default(),
        });
        handles::register(id, Object::Properties(Arc::downgrade(&set)));
        set
    }

    /// The number that a plugin knows it by.
    pub(super) fn id(&self) -> usize {
        self.id
    }

    /// The pointer that a plugin knows it by.
    pub(super) fn handle<T>(&self) -> *mut T {
        handles::pointer(self.id)
    }

    /// Whose properties they are.
    pub(super) fn owner(&self) -> Owner {
        self.owner
    }

    /// A copy of all properties, as another owner's.
    pub(super) fn copy(&self, owner: Owner) -> Builder {
        Builder { owner, map: self.map.lock().clone() }
    }

    /// Runs `f` on the property of that name and type, noting what is wrong.
    fn with<T: Kind, R>(
        &self,
        name: &str,
        verb: &str,
        f: impl FnOnce(&mut Property, &Self) -> Result<R, Status>,
    ) -> Result<R, Status> {
        let mut map = self.map.lock();
        let Some(property) = map.get_mut(name) else {
            self.audit.remark(format!("{verb} property {name}, which {} does not have", self.what));
            return Err(Status::UNKNOWN);
        };
        if T::list(&property.values).is_none() {
            self.audit.fault(format!(
                "{verb} property {name} of {} as {}, it is of type {}",
                self.what,
                T::WORD,
                property.values.word()
            ));
            return Err(Status::UNKNOWN);
        }
        f(property, self)
    }

    /// A plugin reads a value.
    pub(super) fn plugin_get<T: Kind>(&self, name: &str, index: i32) -> Result<T, Status> {
        self.with::<T, T>(name, "read", |property, set| {
            let list = T::list(&property.values).ok_or(Status::UNKNOWN)?;
            usize::try_from(index).ok().and_then(|i| list.get(i).cloned()).ok_or_else(|| {
                set.audit.remark(format!(
                    "read value {index} of property {name} of {}, which has {}",
                    set.what,
                    list.len()
                ));
                Status::BAD_INDEX
            })
        })
    }

    /// A plugin reads the first `count` values.
    pub(super) fn plugin_get_all<T: Kind>(&self, name: &str, count: i32) -> Result<Vec<T>, Status> {
        self.with::<T, _>(name, "read", |property, set| {
            let list = T::list(&property.values).ok_or(Status::UNKNOWN)?;
            usize::try_from(count).ok().and_then(|n| list.get(..n)).map(<[T]>::to_vec).ok_or_else(|| {
                set.audit.remark(format!(
                    "read {count} values of property {name} of {}, which has {}",
                    set.what,
                    list.len()
                ));
                Status::BAD_INDEX
            })
        })
    }

    fn writable(&self, property: &Property, name: &str) -> Result<(), Status> {
        if property.read_only {
            self.audit
                .fault(format!("wrote property {name} of {}, which only the host may write", self.what));
            return Err(Status::VALUE);
        }
        Ok(())
    }

    /// A plugin writes a value.
    pub(super) fn plugin_set<T: Kind>(&self, name: &str, index: i32, value: T) -> Result<(), Status> {
        self.with::<T, ()>(name, "wrote", |property, set| {
            set.writable(property, name)?;
            let dimension = property.dimension;
            set.retire(&property.values);
            let list = T::list_mut(&mut property.values).ok_or(Status::UNKNOWN)?;
            let index = usize::try_from(index).map_err(|_| Status::BAD_INDEX)?;
            let most = if dimension == 0 { list.len() + 1 } else { dimension };
            if index >= most {
                set.audit.fault(format!(
                    "wrote value {index} of property {name} of {}, which has {}",
                    set.what,
                    list.len()
                ));
                return Err(Status::BAD_INDEX);
            }
            if index >= list.len() {
                list.resize(index + 1, T::blank());
            }
            list[index] = value;
            Ok(())
        })
    }

    /// A plugin writes all values.
    pub(super) fn plugin_set_all<T: Kind>(&self, name: &str, values: Vec<T>) -> Result<(), Status> {
        self.with::<T, ()>(name, "wrote", |property, set| {
            set.writable(property, name)?;
            if property.dimension != 0 && values.len() > property.dimension {
                set.audit.fault(format!(
                    "wrote {} values of property {name} of {}, which has {}",
                    values.len(),
                    set.what,
                    property.dimension
                ));
                return Err(Status::BAD_INDEX);
            }
            set.retire(&property.values);
            let dimension = property.dimension;
            let list = T::list_mut(&mut property.values).ok_or(Status::UNKNOWN)?;
            if dimension == 0 {
                *list = values;
            } else {
                for (i, value) in values.into_iter().enumerate() {
                    if i < list.len() {
                        list[i] = value;
                    } else {
                        list.push(value);
                    }
                }
            }
            Ok(())
        })
    }

    /// A plugin asks for the initial values.
    pub(super) fn plugin_reset(&self, name: &str) -> Result<(), Status> {
        let mut map = self.map.lock();
        let property = map.get_mut(name).ok_or(Status::UNKNOWN)?;
        self.writable(property, name)?;
        self.retire(&property.values);
        property.values = property.initial.clone();
        Ok(())
    }

    /// A plugin asks how many values there are.
    pub(super) fn plugin_dimension(&self, name: &str) -> Result<i32, Status> {
        let map = self.map.lock();
        let Some(property) = map.get(name) else {
            self.audit.remark(format!("counted property {name}, which {} does not have", self.what));
            return Err(Status::UNKNOWN);
        };
        i32::try_from(property.values.len()).map_err(|_| Status::FAILED)
    }

    /// Keeps strings whose address the plugin may hold.
    fn retire(&self, values: &Values) {
        if let Values::Text(list) = values {
            let mut retired = self.retired.lock();
            retired.extend(list.iter().cloned());
            let surplus = retired.len().saturating_sub(RETIRED_STRINGS);
            retired.drain(..surplus);
        }
    }

    /// All values, for the host.
    pub(super) fn all<T: Kind>(&self, name: &str) -> Vec<T> {
        self.map.lock().get(name).and_then(|p| T::list(&p.values).cloned()).unwrap_or_default()
    }

    /// The first value, for the host.
    pub(super) fn first<T: Kind>(&self, name: &str) -> Option<T> {
        self.map.lock().get(name).and_then(|p| T::list(&p.values)?.first().cloned())
    }

    /// The first value as a Rust string, for the host; empty when there is none.
    pub(super) fn string(&self, name: &str) -> String {
        self.first::<Text>(name).map(|t| t.to_string_lossy().into_owned()).unwrap_or_default()
    }

    /// All values as Rust strings, for the host.
    pub(super) fn strings(&self, name: &str) -> Vec<String> {
        self.all::<Text>(name).iter().map(|t| t.to_string_lossy().into_owned()).collect()
    }

    /// The host's own change; nothing happens when this host lacks the property.
    pub(super) fn put<T: Kind>(&self, name: &str, values: Vec<T>) {
        if let Some(property) = self.map.lock().get_mut(name) {
            self.retire(&property.values);
            if let Some(list) = T::list_mut(&mut property.values) {
                *list = values;
            }
        }
    }

    /// The host's own change of a string.
    pub(super) fn put_string(&self, name: &str, value: &str) {
        self.put(name, vec![text(value)]);
    }
}

/// Properties that are about to be put behind a handle.
#[derive(Clone)]
pub(super) struct Builder {
    owner: Owner,
    map: BTreeMap<String, Property>,
}

impl Builder {
    /// No properties.
    pub(super) fn new(owner: Owner) -> Self {
        Self { owner, map: BTreeMap::new() }
    }

    fn add(&mut self, name: &str, values: Values, dimension: usize) -> &mut Self {
        let initial = values.clone();
        self.map.insert(name.to_owned(), Property { values, initial, dimension, read_only: false });
        self
    }

    /// Whole numbers, always as many as here.
    pub(super) fn int(&mut self, key: &'static [u8], values: &[i32]) -> &mut Self {
        self.add(name(key), Values::Int(values.to_vec()), values.len())
    }

    /// Numbers, always as many as here.
    pub(super) fn double(&mut self, key: &'static [u8], values: &[f64]) -> &mut Self {
        self.add(name(key), Values::Double(values.to_vec()), values.len())
    }

    /// One string.
    pub(super) fn string(&mut self, key: &'static [u8], value: &str) -> &mut Self {
        self.add(name(key), Values::Text(vec![text(value)]), 1)
    }

    /// One address.
    pub(super) fn pointer(&mut self, key: &'static [u8], value: usize) -> &mut Self {
        self.add(name(key), Values::Pointer(vec![value]), 1)
    }

    /// Any number of whole numbers.
    pub(super) fn ints(&mut self, key: &'static [u8], values: &[i32]) -> &mut Self {
        self.add(name(key), Values::Int(values.to_vec()), 0)
    }

    /// Any number of numbers.
    pub(super) fn doubles(&mut self, key: &'static [u8], values: &[f64]) -> &mut Self {
        self.add(name(key), Values::Double(values.to_vec()), 0)
    }

    /// Any number of strings.
    pub(super) fn strings<'a>(
        &mut self,
        key: &'static [u8],
        values: impl IntoIterator<Item = &'a str>,
    ) -> &mut Self {
        self.add(name(key), Values::Text(values.into_iter().map(text).collect()), 0)
    }

    /// Whole numbers under a name that is not known before.
    pub(super) fn int_named(&mut self, key: &str, values: &[i32]) -> &mut Self {
        self.add(key, Values::Int(values.to_vec()), values.len())
    }

    /// Numbers under a name that is not known before; `dimension` 0 for any number.
    pub(super) fn double_named(&mut self, key: &str, values: &[f64], dimension: usize) -> &mut Self {
        self.add(key, Values::Double(values.to_vec()), dimension)
    }

    /// One string under a name that is not known before.
    pub(super) fn string_named(&mut self, key: &str, value: &str) -> &mut Self {
        self.add(key, Values::Text(vec![text(value)]), 1)
    }

    /// The strings of a property; none where it is not there or holds other values.
    pub(super) fn texts(&self, key: &'static [u8]) -> Vec<String> {
        match self.map.get(name(key)).map(|property| &property.values) {
            Some(Values::Text(values)) => values.iter().map(|v| v.to_string_lossy().into_owned()).collect(),
            _ => Vec::new(),
        }
    }

    /// Only the host may write these.
    pub(super) fn read_only(&mut self, keys: &[&'static [u8]]) -> &mut Self {
        for key in keys {
            if let Some(property) = self.map.get_mut(name(key)) {
                property.read_only = true;
            }
        }
        self
    }

    /// Takes away what this host lacks.
    pub(super) fn without(mut self, profile: &super::HostProfile) -> Self {
        let owner = self.owner;
        self.map.retain(|name, _| profile.has_property(owner, name));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ofx::sys;

    fn set() -> (Arc<PropertySet>, Arc<Audit>) {
        let audit = Arc::new(Audit::default());
        let mut b = Builder::new(Owner::Clip);
        b.int(sys::kOfxPropAPIVersion, &[1, 2])
            .strings(sys::kOfxPropLabel, ["a"])
            .double(sys::kOfxPropTime, &[1.0])
            .read_only(&[sys::kOfxPropTime]);
        (PropertySet::new(b, "a clip", &audit), audit)
    }

    #[test]
    fn types_and_indices_are_checked() {
        let (set, audit) = set();
        assert_eq!(set.plugin_get::<i32>("OfxPropAPIVersion", 1), Ok(2));
        assert_eq!(set.plugin_get::<i32>("OfxPropAPIVersion", 2), Err(Status::BAD_INDEX));
        assert_eq!(set.plugin_get::<f64>("OfxPropAPIVersion", 0), Err(Status::UNKNOWN));
        assert_eq!(set.plugin_get::<i32>("Nothing", 0), Err(Status::UNKNOWN));
        assert_eq!(set.plugin_set::<i32>("OfxPropAPIVersion", 2, 0), Err(Status::BAD_INDEX));
        assert_eq!(set.plugin_set("OfxPropTime", 0, 2.0), Err(Status::VALUE));
        assert_eq!(audit.faults().len(), 3, "{:?}", audit.faults());
    }

    #[test]
    fn lists_grow_and_reset() {
        let (set, _) = set();
        assert_eq!(set.plugin_set("OfxPropLabel", 1, text("b")), Ok(()));
        assert_eq!(set.plugin_set("OfxPropLabel", 3, text("d")), Err(Status::BAD_INDEX));
        assert_eq!(set.strings("OfxPropLabel"), ["a", "b"]);
        assert_eq!(set.plugin_reset("OfxPropLabel"), Ok(()));
        assert_eq!(set.plugin_dimension("OfxPropLabel"), Ok(1));
    }

    #[test]
    fn a_string_outlives_its_replacement() {
        let (set, _) = set();
        let held = set.plugin_get::<Text>("OfxPropLabel", 0).map(|t| t.as_ptr()).unwrap();
        set.put_string("OfxPropLabel", "z");
        assert!(set.retired.lock().iter().any(|t| t.as_ptr() == held));
    }
}
