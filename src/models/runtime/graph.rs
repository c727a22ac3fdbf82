//! A graph in a session.

use std::fmt;
use std::sync::Arc;
use std::thread::ThreadId;

use ort::memory::{AllocationDevice, AllocatorType, MemoryInfo, MemoryType};
use ort::session::builder::GraphOptimizationLevel;
use ort::session::{NoSelectedOutputs, RunOptions, Session, SessionInputValue};
use ort::value::{DynValue, TensorRef};

use super::failure::{failed, first_line};
use super::library::Loaded;
use super::tensor::{Feed, Keep, Output, Port, Tensor};
use super::time::Timer;
use crate::job::Device;
use crate::models::ModelError;
use crate::models::deadline::{Deadline, Work};

/// A graph of a pack, ready to run.
pub struct Graph {
    name: String,
    session: Session,
    device: Device,
    options: Arc<RunOptions<NoSelectedOutputs>>,
}

/// Where a graph is loaded, and for whom.
#[derive(Clone, Copy)]
pub struct Place {
    /// Where it runs.
    pub device: Device,
    /// Threads of its session.
    pub threads: usize,
    /// The thread that waits for it, which may be another than the one that loads it.
    pub asked_by: ThreadId,
}

impl Graph {
    /// The graph in `bytes`, at `place`.
    pub fn new(runtime: &Loaded, name: String, bytes: &[u8], place: Place) -> Result<Self, ModelError> {
        let Place { device, threads, asked_by } = place;
        let build = || -> ort::Result<Session> {
            let builder = Session::builder(&runtime.environment)?
                .with_optimization_level(GraphOptimizationLevel::Level3)?
                .with_deterministic_compute(true)?
                .with_intra_threads(threads.max(1))?
                // A host has other uses for its cores between two graphs.
                .with_intra_op_spinning(false)?;
            device.prepare(builder)?.commit_from_memory(bytes)
        };
        let graph_failed = |e: ort::Error| failed(&name, device, &e);
        let options = Arc::new(RunOptions::new().map_err(graph_failed)?);
        let deadline = Deadline::new(Work::Load(asked_by), &name, device, None);
        let session = build().map_err(graph_failed)?;
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
    pub fn failed(&self, reason: impl fmt::Display) -> ModelError {
        ModelError::Inference { graph: self.name.clone(), reason: reason.to_string() }
    }

    /// Runs the graph on inputs by name; gives copies of the outputs called `wanted`, in that order.
    ///
    /// Values that are not finite are an error: they would spoil every later frame through the
    /// memory.
    pub fn run(&mut self, inputs: &[(&str, Feed)], wanted: &[&str]) -> Result<Vec<Tensor>, ModelError> {
        let outputs = self.run_for(inputs, wanted, Keep::Host)?;
        let unreadable = |e: ort::Error| self.failed(first_line(&e));
        let copy = |output: Output| match output {
            Output::Plain(tensor) => Ok(tensor),
            Output::Held(value) => {
                let (shape, data) = value.try_extract_tensor::<f32>().map_err(unreadable)?;
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
            let value = value.ok_or_else(|| self.failed(format!("there is no output {name}")))?;
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
        let _timer = Timer::start();
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

/// Whether no value is infinite or not a number, at the speed of memory.
fn all_finite(values: &[f32]) -> bool {
    const EXPONENT: u32 = 0x7F80_0000;
    let odd = |v: &f32| u32::from(v.to_bits() & EXPONENT == EXPONENT);
    values.chunks(1024).all(|chunk| chunk.iter().fold(0, |any, v| any | odd(v)) == 0)
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
}
