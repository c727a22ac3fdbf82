//! What differs from platform to platform, in one table.

/// An operating system that OpenFX hosts run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Platform {
    /// Linux.
    Linux,
    /// macOS.
    MacOs,
    /// Windows.
    Windows,
}

impl Platform {
    /// The platform that this program runs on.
    pub const HERE: Self = if cfg!(windows) {
        Self::Windows
    } else if cfg!(target_os = "macos") {
        Self::MacOs
    } else {
        Self::Linux
    };

    /// ONNX Runtime's library as set-up and the bundle name it.
    pub fn onnxruntime(self) -> &'static str {
        match self {
            Self::Linux => "libonnxruntime.so",
            Self::MacOs => "libonnxruntime.dylib",
            Self::Windows => "onnxruntime.dll",
        }
    }

    /// ONNX Runtime's library inside its wheel, as a pattern of `fnmatch`.
    pub fn onnxruntime_in_wheel(self) -> &'static str {
        match self {
            Self::Linux => "onnxruntime/capi/libonnxruntime.so.*",
            Self::MacOs => "onnxruntime/capi/libonnxruntime.*.dylib",
            Self::Windows => "onnxruntime/capi/onnxruntime.dll",
        }
    }

    /// libclang as `clang-sys` looks for it.
    pub fn libclang(self) -> &'static str {
        match self {
            Self::Linux => "libclang.so",
            Self::MacOs => "libclang.dylib",
            Self::Windows => "libclang.dll",
        }
    }
}
