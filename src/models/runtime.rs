//! ONNX Runtime, loaded when the first model is opened, and its sessions.
//!
//! The library is no part of this program: it is looked for at run time (see [`super::place`]) and
//! everything but neural models works without it. A failed search is repeated at the next request.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use ort::ep::ExecutionProvider as _;
use ort::memory::{AllocationDevice, AllocatorType, MemoryInfo, MemoryType};
use ort::session::builder::GraphOptimizationLevel;
use ort::session::{Session, SessionInputValue};
use ort::value::{DynValue, TensorElementType, TensorRef, ValueType};
use parking_lot::Mutex;

use super::pack::Pack;
use super::{ModelError, place};

/// Where graphs are to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Device {
    /// A GPU where there is one that works, else the CPU.
    #[default]
    Auto,
    /// The CPU.
    Cpu,
    /// An NVIDIA GPU; the CPU, with the reason, when there is none that works.
    Cuda,
}

impl FromStr for Device {
    type Err = ModelError;

    fn from_str(name: &str) -> Result<Self, ModelError> {
        match name {
            "auto" => Ok(Self::Auto),
            "cpu" => Ok(Self::Cpu),
            "cuda" => Ok(Self::Cuda),
            _ => Err(ModelError::Runtime(format!("device {name:?}, expected auto, cpu or cuda"))),
        }
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Auto => "auto",
            Self::Cpu => "cpu",
            Self::Cuda => "cuda",
        })
    }
}

/// The library in use.
#[derive(Clone)]
struct Loaded {
    environment: ort::environment::Environment,
    path: PathBuf,
}

static LOADED: Mutex<Option<Loaded>> = Mutex::new(None);

/// The library, loaded at the first call that finds one.
fn loaded() -> Result<Loaded, ModelError> {
    let mut slot = LOADED.lock();
    if let Some(loaded) = &*slot {
        return Ok(loaded.clone());
    }
    let mut reasons = Vec::new();
    for path in place::runtime_libraries() {
        // A library of that name that is something else makes `ort` panic.
        let attempt = catch_unwind(AssertUnwindSafe(|| {
            let builder = ort::init_from(&path).map_err(|e| e.to_string())?;
            builder.with_name("airoto").build().map_err(|e| e.to_string())
        }));
        match attempt {
            Ok(Ok(environment)) => {
                let loaded = Loaded { environment, path };
                *slot = Some(loaded.clone());
                return Ok(loaded);
            }
            Ok(Err(reason)) => reasons.push(reason),
            Err(_) => reasons.push(format!("{} is not ONNX Runtime 1.22 or newer", path.display())),
        }
    }
    if reasons.is_empty() {
        reasons.push("no library was found; `airoto doctor` says where one is expected".to_owned());
    }
    Err(ModelError::Runtime(reasons.join("; ")))
}

/// The path of the library in use.
///
/// # Errors
/// [`ModelError::Runtime`] when none can be loaded.
pub fn library() -> Result<PathBuf, ModelError> {
    loaded().map(|l| l.path)
}

/// What a graph is fed.
pub(super) enum Feed<'a> {
    /// Numbers of 32 bits.
    F32(&'a [usize], &'a [f32]),
    /// Indices and labels.
    I64(&'a [usize], &'a [i64]),
    /// What another graph gave, fed without a copy.
    Output(&'a Output),
}

/// What a graph gives.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tensor {
    /// Sizes of its axes.
    pub shape: Vec<usize>,
    /// Its values, last axis fastest.
    pub data: Vec<f32>,
}

impl Tensor {
    /// Itself as an input.
    pub fn feed(&self) -> Feed<'_> {
        Feed::F32(&self.shape, &self.data)
    }
}

/// What a graph gave, left where the runtime put it, or numbers of ours in its place: to be fed to
/// the next graph.
pub(super) enum Output {
    /// Of a graph.
    Held(DynValue),
    /// Ours.
    #[allow(dead_code, reason = "exports that leave a sum out have it done here")]
    Plain(Tensor),
}

impl Output {
    /// Its values, last axis fastest; an error where they lie on a device.
    pub fn numbers(&self) -> Result<&[f32], String> {
        match self {
            Self::Held(value) => value.try_extract_tensor().map(|(_, data)| data).map_err(|e| first_line(&e)),
            Self::Plain(tensor) => Ok(&tensor.data),
        }
    }

    fn input(&self) -> ort::Result<SessionInputValue<'_>> {
        Ok(match self {
            Self::Held(value) => value.into(),
            Self::Plain(Tensor { shape, data }) => {
                TensorRef::from_array_view((shape.as_slice(), data.as_slice()))?.into()
            }
        })
    }
}

/// Where a graph leaves its outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keep {
    /// Where our code can read them.
    Host,
    /// On the graph's device, for the next graph.
    Device,
}

/// An input or an output as a graph declares it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Port {
    /// Its name.
    pub name: String,
    /// Its element type, "float32" and "int64" among them.
    pub kind: String,
    /// Its axes; -1 for one that varies.
    pub shape: Vec<i64>,
}

impl Port {
    fn new(outlet: &ort::value::Outlet) -> Self {
        let (kind, shape) = match outlet.dtype() {
            ValueType::Tensor { ty: TensorElementType::Float32, shape, .. } => {
                ("float32".to_owned(), shape.to_vec())
            }
            ValueType::Tensor { ty: TensorElementType::Int64, shape, .. } => {
                ("int64".to_owned(), shape.to_vec())
            }
            ValueType::Tensor { ty, shape, .. } => (ty.to_string(), shape.to_vec()),
            _ => ("no tensor".to_owned(), Vec::new()),
        };
        Self { name: outlet.name().to_owned(), kind, shape }
    }
}

/// A graph of a pack, ready to run.
pub(super) struct Graph {
    name: String,
    session: Session,
    device: Device,
}

/// Where the graphs of a model run, and why not elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Placement {
    /// [`Device::Cpu`] or [`Device::Cuda`].
    pub device: Device,
    /// The reason for a fallback.
    pub note: Option<String>,
}

/// The graphs of `pack` called `names`, in that order, all on one device.
///
/// `threads` is the number of threads of one session; results are reproducible for a fixed number.
pub(super) fn open_graphs(
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
    let note = match device {
        Device::Cpu => None,
        Device::Auto if !has_cuda() => None,
        Device::Cuda if !has_cuda() => {
            Some(format!("{} is built without CUDA: running on the CPU", runtime.path.display()))
        }
        Device::Auto | Device::Cuda => match load(Device::Cuda) {
            Ok(graphs) => return Ok((graphs, Placement { device: Device::Cuda, note: None })),
            Err(reason) => Some(format!("no CUDA device can be used: {reason}: running on the CPU")),
        },
    };
    let graphs = load(Device::Cpu).map_err(|e| match e {
        ModelError::Inference { graph, reason } => pack.refuse(format!("graph {graph}: {reason}")),
        other => other,
    })?;
    Ok((graphs, Placement { device: Device::Cpu, note }))
}

fn has_cuda() -> bool {
    ort::ep::CUDA::is_available().unwrap_or(false)
}

impl Graph {
    fn new(
        runtime: &Loaded,
        name: String,
        bytes: &[u8],
        device: Device,
        threads: usize,
    ) -> Result<Self, ModelError> {
        let failed = |e: ort::Error| ModelError::Inference { graph: name.clone(), reason: first_line(&e) };
        let build = || -> ort::Result<Session> {
            let mut builder = Session::builder(&runtime.environment)?
                .with_optimization_level(GraphOptimizationLevel::Level3)?
                .with_deterministic_compute(true)?
                .with_intra_threads(threads.max(1))?
                // A host has other uses for its cores between two graphs.
                .with_intra_op_spinning(false)?;
            if device == Device::Cuda {
                let cuda = ort::ep::CUDA::default().with_tf32(false).build().error_on_failure();
                builder = builder.with_execution_providers([cuda])?;
            }
            builder.commit_from_memory(bytes)
        };
        let session = build().map_err(failed)?;
        Ok(Self { name, session, device })
    }

    /// Its name in the pack, and the pack's.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it declares to take.
    pub fn inputs(&self) -> Vec<Port> {
        self.session.inputs().iter().map(Port::new).collect()
    }

    /// What it declares to give.
    pub fn outputs(&self) -> Vec<Port> {
        self.session.outputs().iter().map(Port::new).collect()
    }

    /// An error of this graph.
    pub fn failed(&self, reason: String) -> ModelError {
        ModelError::Inference { graph: self.name.clone(), reason }
    }

    /// Runs the graph on inputs by name; gives copies of the outputs called `wanted`, in that order.
    ///
    /// Values that are not finite are an error: they would spoil every later frame through the
    /// memory.
    pub fn run(&mut self, inputs: &[(&str, Feed)], wanted: &[&str]) -> Result<Vec<Tensor>, ModelError> {
        let outputs = self.run_for(inputs, wanted, Keep::Host)?;
        let told = |e: ort::Error| self.failed(first_line(&e));
        let copy = |output: Output| match output {
            Output::Plain(tensor) => Ok(tensor),
            Output::Held(value) => {
                let (shape, data) = value.try_extract_tensor::<f32>().map_err(told)?;
                let shape = shape.iter().map(|&side| usize::try_from(side).unwrap_or(0)).collect();
                Ok(Tensor { shape, data: data.to_vec() })
            }
        };
        outputs.into_iter().map(copy).collect()
    }

    /// Runs the graph as [`Self::run`] does and leaves the outputs where they are, or at least on
    /// its device where `keep` says so.
    ///
    /// Outputs left on a device are not looked at: what follows from values that are not finite is
    /// not finite either, and found out when it comes back.
    pub fn run_for(
        &mut self,
        inputs: &[(&str, Feed)],
        wanted: &[&str],
        keep: Keep,
    ) -> Result<Vec<Output>, ModelError> {
        let found = self.run_session(inputs, wanted, keep).map_err(|e| self.failed(first_line(&e)))?;
        let mut outputs = Vec::with_capacity(wanted.len());
        for (value, name) in found.into_iter().zip(wanted) {
            let value = value.ok_or_else(|| self.failed(format!("no output is called {name}")))?;
            let output = Output::Held(value);
            if keep == Keep::Host || self.device == Device::Cpu {
                let numbers = output.numbers().map_err(|e| self.failed(format!("output {name}: {e}")))?;
                if !all_finite(numbers) {
                    return Err(self.failed(format!("output {name} holds values that are not finite")));
                }
            }
            outputs.push(output);
        }
        Ok(outputs)
    }

    fn run_session(
        &mut self,
        inputs: &[(&str, Feed)],
        wanted: &[&str],
        keep: Keep,
    ) -> ort::Result<Vec<Option<DynValue>>> {
        let mut values: Vec<(&str, SessionInputValue)> = Vec::with_capacity(inputs.len());
        for (input, feed) in inputs {
            let value: SessionInputValue = match *feed {
                Feed::F32(shape, data) => TensorRef::from_array_view((shape, data))?.into(),
                Feed::I64(shape, data) => TensorRef::from_array_view((shape, data))?.into(),
                Feed::Output(output) => output.input()?,
            };
            values.push((input, value));
        }
        let _timer = Timer(Instant::now());
        if keep == Keep::Host || self.device == Device::Cpu {
            let mut outputs = self.session.run(values)?;
            return Ok(wanted.iter().map(|name| outputs.remove(name)).collect());
        }
        let device = MemoryInfo::new(AllocationDevice::CUDA, 0, AllocatorType::Device, MemoryType::Default)?;
        let mut binding = self.session.create_binding()?;
        for (input, value) in &values {
            binding.bind_input(*input, value)?;
        }
        for name in wanted {
            binding.bind_output_to_device(*name, &device)?;
        }
        let mut outputs = self.session.run_binding(&binding)?;
        Ok(wanted.iter().map(|name| outputs.remove(name)).collect())
    }
}

/// Nanoseconds that graphs have run.
static SPENT: AtomicU64 = AtomicU64::new(0);

/// The time that graphs have run in this process: what is left of a frame's time is ours.
#[must_use]
pub fn graph_time() -> Duration {
    Duration::from_nanos(SPENT.load(Ordering::Relaxed))
}

/// Adds its life to the time that graphs have run.
struct Timer(Instant);

impl Drop for Timer {
    fn drop(&mut self) {
        let nanos = u64::try_from(self.0.elapsed().as_nanos()).unwrap_or(u64::MAX);
        SPENT.fetch_add(nanos, Ordering::Relaxed);
    }
}

/// Whether no value is infinite or not a number, at the speed of memory.
fn all_finite(values: &[f32]) -> bool {
    const EXPONENT: u32 = 0x7F80_0000;
    let odd = |v: &f32| u32::from(v.to_bits() & EXPONENT == EXPONENT);
    values.chunks(1024).all(|chunk| chunk.iter().fold(0, |any, v| any | odd(v)) == 0)
}

/// ONNX Runtime adds a stack of its own to some messages.
fn first_line(error: &ort::Error) -> String {
    error.to_string().lines().next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_value_that_is_not_finite_is_found() {
        let mut values = vec![f32::MAX; 5000];
        assert!(all_finite(&values) && all_finite(&[]));
        for bad in [f32::NAN, -f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            values[4999] = bad;
            assert!(!all_finite(&values), "{bad}");
        }
    }

    #[test]
    fn devices_go_by_their_names() {
        for device in [Device::Auto, Device::Cpu, Device::Cuda] {
            assert_eq!(device.to_string().parse::<Device>().ok(), Some(device));
        }
        let unknown = "tpu".parse::<Device>().expect_err("no such device").to_string();
        assert!(unknown.contains("\"tpu\", expected auto, cpu or cuda"), "{unknown}");
    }
}
