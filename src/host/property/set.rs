//! Property sets.

use super::builder::{Builder, Property};
use super::value::{Kind, Text, Values, text};
use crate::host::audit::Audit;
use crate::host::memory::handles;
use crate::host::profile::Owner;
use crate::host::status::Status;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Strings that were replaced and may still be read by the plugin, which got their address.
const RETIRED_STRINGS: usize = 256;

/// A set of properties that a plugin has a handle of.
pub(in crate::host) struct PropertySet {
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
    pub(in crate::host) fn new(builder: Builder, what: impl Into<String>, audit: &Arc<Audit>) -> Arc<Self> {
        let id = handles::reserve();
        let set = Arc::new(Self {
            id,
            owner: builder.owner,
            what: what.into(),
            audit: audit.clone(),
            map: Mutex::new(builder.map),
            retired: Mutex::default(),
        });
        handles::register(id, &set);
        set
    }

    /// The number that a plugin knows it by.
    pub(in crate::host) fn id(&self) -> usize {
        self.id
    }

    /// The pointer that a plugin knows it by.
    pub(in crate::host) fn handle<T>(&self) -> *mut T {
        handles::pointer(self.id)
    }

    /// Whose properties they are.
    pub(in crate::host) fn owner(&self) -> Owner {
        self.owner
    }

    /// A copy of all properties, as another owner's.
    pub(in crate::host) fn copy(&self, owner: Owner) -> Builder {
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
    pub(in crate::host) fn plugin_get<T: Kind>(&self, name: &str, index: i32) -> Result<T, Status> {
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
    pub(in crate::host) fn plugin_get_all<T: Kind>(&self, name: &str, count: i32) -> Result<Vec<T>, Status> {
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
    pub(in crate::host) fn plugin_set<T: Kind>(
        &self,
        name: &str,
        index: i32,
        value: T,
    ) -> Result<(), Status> {
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
    pub(in crate::host) fn plugin_set_all<T: Kind>(&self, name: &str, values: Vec<T>) -> Result<(), Status> {
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
    pub(in crate::host) fn plugin_reset(&self, name: &str) -> Result<(), Status> {
        let mut map = self.map.lock();
        let property = map.get_mut(name).ok_or(Status::UNKNOWN)?;
        self.writable(property, name)?;
        self.retire(&property.values);
        property.values = property.initial.clone();
        Ok(())
    }

    /// A plugin asks how many values there are.
    pub(in crate::host) fn plugin_dimension(&self, name: &str) -> Result<i32, Status> {
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
    pub(in crate::host) fn all<T: Kind>(&self, name: &str) -> Vec<T> {
        self.map.lock().get(name).and_then(|p| T::list(&p.values).cloned()).unwrap_or_default()
    }

    /// The first value, for the host.
    pub(in crate::host) fn first<T: Kind>(&self, name: &str) -> Option<T> {
        self.map.lock().get(name).and_then(|p| T::list(&p.values)?.first().cloned())
    }

    /// The first value as a Rust string, for the host; empty when there is none.
    pub(in crate::host) fn string(&self, name: &str) -> String {
        self.first::<Text>(name).map(|t| t.to_string_lossy().into_owned()).unwrap_or_default()
    }

    /// All values as Rust strings, for the host.
    pub(in crate::host) fn strings(&self, name: &str) -> Vec<String> {
        self.all::<Text>(name).iter().map(|t| t.to_string_lossy().into_owned()).collect()
    }

    /// The host's own change; nothing happens when this host lacks the property.
    pub(in crate::host) fn put<T: Kind>(&self, name: &str, values: Vec<T>) {
        if let Some(property) = self.map.lock().get_mut(name) {
            self.retire(&property.values);
            if let Some(list) = T::list_mut(&mut property.values) {
                *list = values;
            }
        }
    }

    /// The host's own change of a string.
    pub(in crate::host) fn put_string(&self, name: &str, value: &str) {
        self.put(name, vec![text(value)]);
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
