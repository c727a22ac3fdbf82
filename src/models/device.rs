//! What ONNX Runtime needs for a session on a device.

use ort::ep::{self, ExecutionProvider as _, ExecutionProviderDispatch};
use ort::session::builder::SessionBuilder;

use crate::job::Device;

impl Device {
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
