//! ONNX Runtime, loaded when the first model is opened, and its sessions.
//!
//! The library is no part of this program: it is looked for at run time (see [`super::search_path`]) and
//! everything but neural models works without it. A failed search is repeated at the next request.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use ort::memory::{AllocationDevice, AllocatorType, MemoryInfo, MemoryType};
use ort::session::builder::GraphOptimizationLevel;
use ort::session::{NoSelectedOutputs, RunOptions, Session, SessionInputValue};
use ort::value::{DynValue, TensorElementType, TensorRef, ValueType};
use parking_lot::Mutex;

use super::deadline::{Deadline, Work};
use super::pack::Pack;
use super::{ModelError, search_path, telemetry};
use crate::job::Device;

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
    for path in search_path::runtime_libraries() {
        if let Err(reason) = telemetry::refuse_to_send(&path) {
            reasons.push(reason);
            continue;
        }
        // A library of that name that is something else makes `ort` panic.
        let attempt = catch_unwind(AssertUnwindSafe(|| {
            let builder = ort::init_from(&path).map_err(|e| e.to_string())?;
            builder.with_name("airoto").with_telemetry(false).build().map_err(|e| e.to_string())
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
    /// Labels and switches as other exporters declare them.
    I32(&'a [usize], &'a [i32]),
    /// Switches, one for each of many.
    Bool(&'a [usize], &'a [bool]),
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
    options: Arc<RunOptions<NoSelectedOutputs>>,
}

/// Where the graphs of a model run, and why not elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Placement {
    /// Where they run; never [`Device::Auto`].
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
    let mut note = None;
    for on in tried(device, Device::is_built_in) {
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
fn tried(device: Device, built_in: impl Fn(Device) -> bool) -> Vec<Device> {
    let wanted = |on: &Device| device == Device::Auto || device == *on;
    let order = Device::BY_PREFERENCE.into_iter();
    order.filter(|on| *on == Device::Cpu || wanted(on) && built_in(*on)).collect()
}

/// What there is to say of the library in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// Where it lies.
    pub path: PathBuf,
    /// Its version; none where its file does not say.
    pub version: Option<String>,
    /// The devices that it was built for, best first.
    pub devices: Vec<Device>,
}

/// The library in use.
///
/// # Errors
/// [`ModelError::Runtime`] when none can be loaded.
pub fn about() -> Result<About, ModelError> {
    let path = library()?;
    let devices = Device::BY_PREFERENCE.into_iter().filter(|d| d.is_built_in()).collect();
    Ok(About { version: version(&path), devices, path })
}

/// The version in a library's name, or that of its symbols, which are called "VERS_1.31.1" where
/// symbols have versions.
fn version(path: &Path) -> Option<String> {
    let real = path.canonicalize().ok()?;
    let name = real.file_name()?.to_string_lossy().into_owned();
    let numbers = |text: &str| {
        let text: String = text.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
        let text = text.trim_matches('.');
        (text.split('.').count() == 3).then(|| text.to_owned())
    };
    let named =
        name.char_indices().filter(|(_, c)| c.is_ascii_digit()).find_map(|(i, _)| numbers(&name[i..]));
    named.or_else(|| {
        const MARK: &[u8] = b"VERS_";
        let bytes = std::fs::read(&real).ok()?;
        let at = bytes.windows(MARK.len()).position(|w| w == MARK)? + MARK.len();
        numbers(&String::from_utf8_lossy(bytes.get(at..at + 20)?))
    })
}

impl Graph {
    fn new(
        runtime: &Loaded,
        name: String,
        bytes: &[u8],
        device: Device,
        threads: usize,
    ) -> Result<Self, ModelError> {
        let build = || -> ort::Result<Session> {
            let builder = Session::builder(&runtime.environment)?
                .with_optimization_level(GraphOptimizationLevel::Level3)?
                .with_deterministic_compute(true)?
                .with_intra_threads(threads.max(1))?
                // A host has other uses for its cores between two graphs.
                .with_intra_op_spinning(false)?;
            device.prepare(builder)?.commit_from_memory(bytes)
        };
        let told = |e: ort::Error| failed(&name, device, &e);
        let options = Arc::new(RunOptions::new().map_err(told)?);
        let deadline = Deadline::new(Work::Load, &name, device, None);
        let session = build().map_err(told)?;
        drop(deadline);
        Ok(Self { name, session, device, options })
    }

    /// Gives the processor's memory back after each run, if it runs there: for graphs that take much of
    /// it, one after another, so that not all of them hold at a time what each of them needed most.
    pub fn let_go_of_memory(&mut self) -> Result<(), ModelError> {
        if self.device != Device::Cpu {
            return Ok(());
        }
        let Some(options) = Arc::get_mut(&mut self.options) else {
            return Err(ModelError::Internal("a graph that runs"));
        };
        let set = options.set("memory.enable_memory_arena_shrinkage", "cpu:0");
        set.map_err(|e| failed(&self.name, self.device, &e))
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
        let deadline = Deadline::new(Work::Run, &self.name, self.device, Some(&self.options));
        let found = self.run_session(inputs, wanted, keep);
        if let Some(reason) = deadline.and_then(Deadline::reason) {
            // The next run may take as long again.
            self.options.unterminate().map_err(|e| failed(&self.name, self.device, &e))?;
            if found.is_err() {
                return Err(self.failed(reason));
            }
        }
        let found = found.map_err(|e| failed(&self.name, self.device, &e))?;
        let mut outputs = Vec::with_capacity(wanted.len());
        for (value, name) in found.into_iter().zip(wanted) {
            let value = value.ok_or_else(|| self.failed(format!("no output is called {name}")))?;
            let output = Output::Held(value);
            if keep == Keep::Host || !self.device.keeps_outputs() {
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
                Feed::I32(shape, data) => TensorRef::from_array_view((shape, data))?.into(),
                Feed::Bool(shape, data) => TensorRef::from_array_view((shape, data))?.into(),
                Feed::Output(output) => output.input()?,
            };
            values.push((input, value));
        }
        let _timer = Timer(Instant::now());
        if keep == Keep::Host || !self.device.keeps_outputs() {
            let mut outputs = self.session.run_with_options(values, &self.options)?;
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
        let mut outputs = self.session.run_binding_with_options(&binding, &self.options)?;
        Ok(wanted.iter().map(|name| outputs.remove(name)).collect())
    }
}

thread_local! {
    /// How long graphs have run for this thread.
    static SPENT: Cell<Duration> = const { Cell::new(Duration::ZERO) };
}

/// The time that graphs have run for this thread, which waited for them: what is left of a frame's time
/// is ours.
#[must_use]
pub fn graph_time() -> Duration {
    SPENT.get()
}

/// Adds its life to the time that graphs have run.
struct Timer(Instant);

impl Drop for Timer {
    fn drop(&mut self) {
        SPENT.set(SPENT.get() + self.0.elapsed());
    }
}

/// Whether no value is infinite or not a number, at the speed of memory.
fn all_finite(values: &[f32]) -> bool {
    const EXPONENT: u32 = 0x7F80_0000;
    let odd = |v: &f32| u32::from(v.to_bits() & EXPONENT == EXPONENT);
    values.chunks(1024).all(|chunk| chunk.iter().fold(0, |any, v| any | odd(v)) == 0)
}

/// The error of a graph that failed on `device`.
fn failed(graph: &str, device: Device, error: &ort::Error) -> ModelError {
    let (graph, reason) = (graph.to_owned(), first_line(error));
    if is_out_of_memory(&reason) {
        return ModelError::OutOfMemory { graph, device: device.label().to_owned(), reason };
    }
    ModelError::Inference { graph, reason }
}

/// Whether this is how ONNX Runtime or one of its providers says that memory was too little. There
/// is no code for it.
fn is_out_of_memory(reason: &str) -> bool {
    let reason = reason.to_ascii_lowercase();
    let words = ["out of memory", "bad_alloc", "failed to allocate memory", "smaller than requested bytes"];
    words.iter().any(|w| reason.contains(w))
}

/// What an error says. ONNX Runtime adds a stack of its own to some messages, and to others the
/// place in its source, which ends with the arguments of a function.
fn first_line(error: &ort::Error) -> String {
    without_source(error.to_string().lines().next().unwrap_or_default())
}

fn without_source(line: &str) -> String {
    const SOURCE: &str = "/onnxruntime_src/";
    let Some(start) = line.find(SOURCE) else { return line.to_owned() };
    match line[start..].find(") ") {
        Some(end) => format!("{}{}", &line[..start], &line[start + end + 2..]),
        None => line.to_owned(),
    }
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
    fn devices_are_tried_in_order_and_the_processor_at_last() {
        let with_cuda = |d: Device| matches!(d, Device::Cuda | Device::TensorRt | Device::Cpu);
        assert_eq!(tried(Device::Auto, with_cuda), [Device::Cuda, Device::TensorRt, Device::Cpu]);
        assert_eq!(tried(Device::Auto, |_| false), [Device::Cpu]);
        assert_eq!(tried(Device::CoreMl, with_cuda), [Device::Cpu]);
        assert_eq!(tried(Device::TensorRt, with_cuda), [Device::TensorRt, Device::Cpu]);
        assert_eq!(tried(Device::Cpu, with_cuda), [Device::Cpu]);
    }

    #[test]
    fn words_for_too_little_memory_are_known() {
        for said in [
            "BFCArena::AllocateRawInternal Available memory of 12 is smaller than requested bytes of 99",
            "CUDA failure 2: out of memory ; GPU=0",
            "Failed to allocate memory for requested buffer of size 1048576",
            "std::bad_alloc",
        ] {
            assert!(is_out_of_memory(said), "{said}");
        }
        assert!(!is_out_of_memory("Got invalid dimensions for input: image"));
    }

    #[test]
    fn the_place_in_the_runtimes_source_is_left_out() {
        let told = "Status Message: /onnxruntime_src/onnxruntime/core/a.cc:360 \
                    void* BFCArena::AllocateRawInternal(size_t, bool, Stream*) Failed to allocate memory";
        assert_eq!(without_source(told), "Status Message: Failed to allocate memory");
        assert_eq!(without_source("Load model failed (really) now"), "Load model failed (really) now");
    }

    #[test]
    fn a_version_is_found_in_the_name_or_in_the_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, content: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, content).expect("written");
            version(&path)
        };
        assert_eq!(write("libonnxruntime.so.1.31.1", b"").as_deref(), Some("1.31.1"));
        assert_eq!(write("libonnxruntime.1.22.0.dylib", b"").as_deref(), Some("1.22.0"));
        let symbols = b"\0OrtGetApiBase\0VERS_1.31.1\0.symtab\0 and more";
        assert_eq!(write("libonnxruntime.so", symbols).as_deref(), Some("1.31.1"));
        assert_eq!(write("onnxruntime.dll", b"no words of it"), None);
    }
}
