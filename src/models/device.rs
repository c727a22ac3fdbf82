//! The devices on which graphs run. Their names are those of the parameter table.

use std::fmt;
use std::str::FromStr;

use ort::ep::{self, ExecutionProvider as _, ExecutionProviderDispatch};
use ort::session::builder::SessionBuilder;

use crate::params::DEVICES;

/// Where graphs are to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Device {
    /// The first of [`Device::BY_PREFERENCE`] that works.
    #[default]
    Auto,
    /// An NVIDIA GPU.
    Cuda,
    /// An NVIDIA GPU with graphs compiled for it, which takes minutes when a model is opened.
    TensorRt,
    /// The GPU and the neural engine of a Mac.
    CoreMl,
    /// Any GPU under Windows.
    DirectMl,
    /// The processor.
    Cpu,
}

impl Device {
    /// What [`Device::Auto`] tries, best first.
    pub const BY_PREFERENCE: [Self; 5] =
        [Self::Cuda, Self::TensorRt, Self::CoreMl, Self::DirectMl, Self::Cpu];

    /// Its identifier and its label.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Auto => DEVICES[0],
            Self::Cpu => DEVICES[1],
            Self::Cuda => DEVICES[2],
            Self::TensorRt => DEVICES[3],
            Self::CoreMl => DEVICES[4],
            Self::DirectMl => DEVICES[5],
        }
    }

    /// What a person reads.
    #[must_use]
    pub fn label(self) -> &'static str {
        self.words().1
    }

    /// Whether the library in use was built with it. It may not work for all that: a driver or a card
    /// may be missing. To be asked only when the library is loaded.
    pub(super) fn is_built_in(self) -> bool {
        let found = match self {
            Self::Auto | Self::Cpu => return true,
            Self::Cuda => ep::CUDA::is_available(),
            Self::TensorRt => ep::TensorRT::is_available(),
            Self::CoreMl => ep::CoreML::is_available(),
            Self::DirectMl => ep::DirectML::is_available(),
        };
        found.unwrap_or(false)
    }

    /// Whether what a graph gives can stay in CUDA's memory for the next one.
    pub(super) fn keeps_outputs(self) -> bool {
        matches!(self, Self::Cuda | Self::TensorRt)
    }

    /// A session that runs here, or an error where it cannot; what a provider has no kernel for runs
    /// on the next one that is named, and at last on the processor.
    pub(super) fn prepare(self, builder: SessionBuilder) -> ort::Result<SessionBuilder> {
        // The arena grows by what is needed: doubling it is what a card of 8 GB has no room for.
        // TF32 would cost three digits.
        let cuda = || {
            let ep = ep::CUDA::default().with_tf32(false);
            ep.with_arena_extend_strategy(ep::ArenaExtendStrategy::SameAsRequested).build()
        };
        let providers: Vec<ExecutionProviderDispatch> = match self {
            Self::Auto | Self::Cpu => return Ok(builder),
            Self::Cuda => vec![cuda()],
            Self::TensorRt => vec![ep::TensorRT::default().build(), cuda()],
            Self::CoreMl => vec![ep::CoreML::default().build()],
            Self::DirectMl => vec![ep::DirectML::default().build()],
        };
        let builder = if self == Self::DirectMl {
            // It plans its memory itself, and asks for this.
            builder.with_memory_pattern(false)?.with_parallel_execution(false)?
        } else {
            builder
        };
        let strict: Vec<_> = providers.into_iter().map(ExecutionProviderDispatch::error_on_failure).collect();
        Ok(builder.with_execution_providers(strict)?)
    }
}

/// The name of a device that there is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownDevice(String);

impl fmt::Display for UnknownDevice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known: Vec<&str> = DEVICES.iter().map(|(id, _)| *id).collect();
        write!(f, "device {:?}, expected one of {}", self.0, known.join(", "))
    }
}

impl std::error::Error for UnknownDevice {}

impl FromStr for Device {
    type Err = UnknownDevice;

    fn from_str(name: &str) -> Result<Self, UnknownDevice> {
        let all = [Self::Auto].into_iter().chain(Self::BY_PREFERENCE);
        all.into_iter().find(|d| d.words().0 == name).ok_or_else(|| UnknownDevice(name.to_owned()))
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words().0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_go_by_their_names() {
        for (id, label) in DEVICES {
            let device: Device = id.parse().expect("listed");
            assert_eq!((device.to_string().as_str(), device.label()), (*id, *label));
        }
        let unknown = "tpu".parse::<Device>().expect_err("no such device").to_string();
        assert_eq!(unknown, "device \"tpu\", expected one of auto, cpu, cuda, tensorrt, coreml, directml");
    }
}
