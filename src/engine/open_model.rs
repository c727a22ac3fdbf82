//! A model that is open, and what is gone on with where its device has too little memory.

use crate::job::{Device, JobError};
use crate::models::{Model, ModelError};

/// The device that has the memory of the machine.
pub const CPU: &str = "cpu";

/// Opens a model by its name on a device, with so many threads.
pub type ModelOpener<M> = fn(&str, Device, usize) -> Result<Box<M>, ModelError>;

/// By what a model is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelKey {
    /// A model pack by its name or its folder.
    pub name: String,
    /// As in [`Request::device`](crate::job::Request::device).
    pub device: String,
}

impl ModelKey {
    fn device(&self) -> Result<Device, JobError> {
        Ok(self.device.parse().map_err(ModelError::from)?)
    }
}

/// A model, and why it is another than was asked for.
pub struct OpenModel<M: ?Sized> {
    key: ModelKey,
    threads: usize,
    open: ModelOpener<M>,
    model: Box<M>,
    note: Option<String>,
    /// Whether it runs on the processor, after which there is nothing to go on with.
    last: bool,
}

impl<M: Model + ?Sized> OpenModel<M> {
    /// The model that is asked for, opened by `open`.
    ///
    /// # Errors
    /// [`JobError`] by who must act: a device that is none, a pack that is missing or damaged.
    pub fn new(key: ModelKey, threads: usize, open: ModelOpener<M>) -> Result<Self, JobError> {
        let model = open(&key.name, key.device()?, threads)?;
        let (note, last) = (model.info().note, key.device == CPU);
        Ok(Self { key, threads, open, model, note, last })
    }

    /// The model.
    pub fn model(&self) -> &M {
        &self.model
    }

    /// Lets the model do `work`, and another one where its device has too little memory: "from here on `how` by"
    /// that one. `tell` is given what a user has to know.
    ///
    /// # Errors
    /// [`JobError`] by who must act, when the work fails for another reason or the last model fails.
    pub fn run<T>(
        &mut self,
        how: &str,
        tell: &mut dyn FnMut(&str),
        mut work: impl FnMut(&mut M) -> Result<T, ModelError>,
    ) -> Result<T, JobError> {
        loop {
            self.note.iter().for_each(|note| tell(note));
            match work(&mut self.model) {
                Err(ModelError::OutOfMemory { .. }) if !self.last => self.fall_back(how)?,
                done => return Ok(done?),
            }
        }
    }

    fn fall_back(&mut self, how: &str) -> Result<(), JobError> {
        let (from, smaller) = (self.model.info().device, self.model.smaller());
        let (name, device) = (&self.key.name, self.key.device()?);
        let open = |name: &str, device| (self.open)(name, device, self.threads);
        let less = with_less_memory(smaller.as_deref(), |n| open(n, device), || open(name, Device::Cpu))?;
        (self.model, self.last) = less;
        let info = self.model.info();
        self.note = Some(format!(
            "the {from} has too little memory for {name}: {how} with {} on the {} from here on",
            info.name, info.device
        ));
        Ok(())
    }
}

/// What is gone on with where a device has too little memory: a smaller input where the pack names one that can be
/// opened, else the processor, after which there is nothing; whether it is that.
pub fn with_less_memory<M>(
    smaller: Option<&str>,
    open_smaller: impl FnOnce(&str) -> Result<M, ModelError>,
    on_processor: impl FnOnce() -> Result<M, ModelError>,
) -> Result<(M, bool), ModelError> {
    match smaller.and_then(|name| open_smaller(name).ok()) {
        Some(model) => Ok((model, false)),
        None => Ok((on_processor()?, true)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::ModelInfo;

    /// A model of a size, on a device that has memory for size 1 at most.
    struct Sized(u32, Device);

    impl Model for Sized {
        fn info(&self) -> ModelInfo {
            let device = if self.1 == Device::Cpu { "CPU" } else { "CUDA" };
            let name = format!("size {}", self.0);
            ModelInfo { name, version: String::new(), device: device.to_owned(), note: None }
        }

        fn smaller(&self) -> Option<String> {
            (self.0 > 2).then(|| (self.0 - 1).to_string())
        }
    }

    fn open(name: &str, device: Device, _: usize) -> Result<Box<Sized>, ModelError> {
        Ok(Box::new(Sized(name.parse().map_err(|_| ModelError::Internal("no size"))?, device)))
    }

    fn full(device: &str) -> ModelError {
        let (graph, reason) = ("graph".to_owned(), "full".to_owned());
        ModelError::OutOfMemory { graph, device: device.to_owned(), reason }
    }

    #[test]
    fn a_smaller_input_and_then_the_processor_go_on() {
        let key = ModelKey { name: "3".to_owned(), device: "cuda".to_owned() };
        let mut opened = OpenModel::new(key, 1, open).expect("opened");
        let work = |model: &mut Sized| match model.1 {
            Device::Cpu => Ok(model.0),
            _ => Err(full("CUDA")),
        };
        let mut told = Vec::new();
        let found = opened.run("sizes are told", &mut |s| told.push(s.to_owned()), work).expect("done");
        assert_eq!(found, 3, "the one that was asked for, on the processor");
        let tells = |name: &str, device: &str| {
            format!("too little memory for 3: sizes are told with {name} on the {device}")
        };
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told[0].contains(&tells("size 2", "CUDA")), "{told:?}");
        assert!(told[1].contains(&tells("size 3", "CPU")), "{told:?}");
        let nothing_left = opened.run("sizes are told", &mut |_| {}, |_| Err::<(), _>(full("CPU")));
        assert!(matches!(nothing_left, Err(JobError::Model(_))));
    }
}
