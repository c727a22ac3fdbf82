//! Opening the graphs of a pack on a device.

use rayon::prelude::*;

use super::graph::{Graph, Place};
use super::library::{Loaded, loaded};
use crate::job::Device;
use crate::models::ModelError;
use crate::models::pack::Pack;

/// Where the graphs of a model run, and why not elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placement {
    /// Where they run; never [`Device::Auto`].
    pub device: Device,
    /// The reason for a fallback.
    pub note: Option<String>,
}

/// The graphs of `pack` called `names`, in that order, all on one device.
///
/// `threads` is the number of threads of one session; results are reproducible for a fixed number.
pub fn open_graphs(
    pack: &Pack,
    names: &[&str],
    device: Device,
    threads: usize,
) -> Result<(Vec<Graph>, Placement), ModelError> {
    let runtime = loaded()?;
    let files = ReadGraphs::new(pack, names)?;
    let mut note = None;
    for on in devices_to_try(device, Device::is_built_in) {
        match files.load(&runtime, on, threads) {
            Ok(graphs) => {
                let built_in = device.is_built_in();
                let missing = || format!("{} is built without {}", runtime.path.display(), device.label());
                let note = note.or_else(|| (!built_in).then(missing));
                let note = note.map(|reason| format!("{reason}: running on {}", on.label()));
                return Ok((graphs, Placement { device: on, note }));
            }
            Err(reason) if on == Device::Cpu => return Err(reason),
            // The first reason is that of the device that was wanted most.
            Err(reason) => {
                note = note.or_else(|| Some(format!("{} cannot be used: {reason}", on.label())));
            }
        }
    }
    Err(ModelError::Internal("no device was tried"))
}

/// What opens further graphs of a pack where others of it run, once they are needed.
pub struct LaterGraphs {
    pack: Pack,
    device: Device,
    threads: usize,
}

impl LaterGraphs {
    /// Of `pack`, on the device of `placement`, with so many threads.
    pub fn new(pack: &Pack, placement: &Placement, threads: usize) -> Self {
        Self { pack: pack.clone(), device: placement.device, threads }
    }

    /// The graphs called `names`, in that order.
    ///
    /// # Errors
    /// [`ModelError`] when they are damaged, or the device has too little memory for them.
    pub fn open(&self, names: &[&str]) -> Result<Vec<Graph>, ModelError> {
        ReadGraphs::new(&self.pack, names)?.load(&loaded()?, self.device, self.threads)
    }
}

/// Graphs of a pack that are read and checked, and nowhere loaded.
struct ReadGraphs<'a> {
    pack: &'a Pack,
    names: &'a [&'a str],
    bytes: Vec<Vec<u8>>,
}

impl<'a> ReadGraphs<'a> {
    fn new(pack: &'a Pack, names: &'a [&'a str]) -> Result<Self, ModelError> {
        let read: Vec<_> = names.par_iter().map(|name| pack.graph(name)).collect();
        let bytes = read.into_iter().map(|read| read.map(|(bytes, _)| bytes)).collect::<Result<_, _>>()?;
        Ok(Self { pack, names, bytes })
    }

    /// All of them on one device. On the processor that takes the time of the largest.
    fn load(&self, runtime: &Loaded, device: Device, threads: usize) -> Result<Vec<Graph>, ModelError> {
        let place = Place { device, threads, asked_by: std::thread::current().id() };
        let load = |(name, bytes): (&&str, &Vec<u8>)| {
            let of_pack = format!("{name} of {}", self.pack.manifest().name);
            Graph::new(runtime, of_pack, bytes, place)
        };
        if device != Device::Cpu {
            return self.names.iter().zip(&self.bytes).map(load).collect();
        }
        let graphs: Vec<_> = self.names.par_iter().zip(&self.bytes).map(load).collect();
        // The first that fails, whichever failed first.
        graphs.into_iter().collect::<Result<_, _>>().map_err(|reason| match reason {
            ModelError::Inference { graph, reason } | ModelError::OutOfMemory { graph, reason, .. } => {
                self.pack.refuse(format!("graph {graph}: {reason}"))
            }
            other => other,
        })
    }
}

/// What is tried when `device` is wanted, in order: the processor at last.
fn devices_to_try(device: Device, built_in: impl Fn(Device) -> bool) -> Vec<Device> {
    let wanted = |on: &Device| device == Device::Auto || device == *on;
    let order = Device::BY_PREFERENCE.into_iter();
    order.filter(|on| *on == Device::Cpu || wanted(on) && built_in(*on)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_tried_in_order_and_the_processor_at_last() {
        let with_cuda = |d: Device| matches!(d, Device::Cuda | Device::TensorRt | Device::Cpu);
        assert_eq!(devices_to_try(Device::Auto, with_cuda), [Device::Cuda, Device::TensorRt, Device::Cpu]);
        assert_eq!(devices_to_try(Device::Auto, |_| false), [Device::Cpu]);
        assert_eq!(devices_to_try(Device::CoreMl, with_cuda), [Device::Cpu]);
        assert_eq!(devices_to_try(Device::TensorRt, with_cuda), [Device::TensorRt, Device::Cpu]);
        assert_eq!(devices_to_try(Device::Cpu, with_cuda), [Device::Cpu]);
    }
}
