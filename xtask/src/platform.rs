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

    /// The folder in `Contents` where this architecture's binary lies; the names are the OpenFX
    /// specification's, which has none for others.
    pub fn architecture(self, processor: &str) -> Option<&'static str> {
        match (self, processor) {
            (Self::Linux, "x86_64") => Some("Linux-x86-64"),
            (Self::Linux, "x86") => Some("Linux-x86"),
            (Self::Windows, "x86_64") => Some("Win64"),
            (Self::Windows, "x86") => Some("Win32"),
            // One folder for every processor of Apple's.
            (Self::MacOs, _) => Some("MacOS"),
            _ => None,
        }
    }

    /// The plugin as cargo names it.
    pub fn library(self) -> &'static str {
        match self {
            Self::Linux => "libairoto.so",
            Self::MacOs => "libairoto.dylib",
            Self::Windows => "airoto.dll",
        }
    }

    /// The command line as cargo names it.
    pub fn executable(self) -> &'static str {
        match self {
            Self::Linux | Self::MacOs => "airoto",
            Self::Windows => "airoto.exe",
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folders_are_those_of_the_specification() {
        assert_eq!(Platform::Linux.architecture("x86_64"), Some("Linux-x86-64"));
        assert_eq!(Platform::Windows.architecture("x86_64"), Some("Win64"));
        assert_eq!(Platform::MacOs.architecture("aarch64"), Some("MacOS"));
        assert_eq!(Platform::Linux.architecture("riscv64"), None);
    }
}
