//! The one list of devices: the node's choice, the command line and what the runtime tries are all taken
//! from it.

use std::fmt;
use std::str::FromStr;

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

/// Identifier and label of each choice. Hosts save the index, so that new ones are appended.
pub const DEVICES: &[(&str, &str)] = &[
    ("auto", "Auto"),
    ("cpu", "CPU"),
    ("cuda", "CUDA"),
    ("tensorrt", "TensorRT"),
    ("coreml", "CoreML"),
    ("directml", "DirectML"),
];

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
}

/// The name of a device that there is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownDevice(String);

impl fmt::Display for UnknownDevice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known: Vec<&str> = DEVICES.iter().map(|(id, _)| *id).collect();
        write!(f, "the device is {:?}, expected one of {}", self.0, known.join(", "))
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
        assert_eq!(
            unknown,
            "the device is \"tpu\", expected one of auto, cpu, cuda, tensorrt, coreml, directml"
        );
    }
}
