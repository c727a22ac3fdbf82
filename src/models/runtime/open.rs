//! Opening the graphs of a pack on a device.

use super::graph::Graph;
use super::library::loaded;
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
    let bytes = names.iter().map(|name| pack.graph(name)).collect::<Result<Vec<_>, _>>()?;
    let load = |on: Device| {
        let graphs = names.iter().zip(&bytes);
        let of_pack = |name: &str| format!("{name} of {}", pack.manifest().name);
        graphs
            .map(|(name, (bytes, _))| Graph::new(&runtime, of_pack(name), bytes, on, threads))
            .collect::<Result<_, _>>()
    };
    let mut note = None;
    for on in devices_to_try(device, Device::is_built_in) {
        match load(on) {
            Ok(graphs) => {
                let built_in = device.is_built_in();
                let missing = || format!("{} is built without {}", runtime.path.display(), device.label());
                let note = note.or_else(|| (!built_in).then(missing));
                let note = note.map(|reason| format!("{reason}: running on {}", on.label()));
                return Ok((graphs, Placement { device: on, note }));
            }
            Err(ModelError::Inference { graph, reason } | ModelError::OutOfMemory { graph, reason, .. })
                if on == Device::Cpu =>
            {
                return Err(pack.refuse(format!("graph {graph}: {reason}")));
            }
            Err(other) if on == Device::Cpu => return Err(other),
            // The first reason is that of the device that was wanted most.
            Err(reason) => {
                note = note.or_else(|| Some(format!("{} cannot be used: {reason}", on.label())));
            }
        }
    }
    Err(ModelError::Internal("no device was tried"))
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
