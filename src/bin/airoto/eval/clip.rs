//! One clip with its true masks.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use airoto::host::{HostImage, Instance, Plugin, RenderCall};
use airoto::io::{self, Sequence};
use airoto::params;
use airoto::qc;
use airoto::raster::Matte;
use serde_json::Value;

use super::prompting::{self, Prompting};
use crate::input::InputSequence;
use crate::plugin::{self, PluginArgs};
use crate::states::{self, State};
use crate::usage::{self, Peak};
use crate::{Failure, track};

/// A folder with frames/ and masks/.
pub struct TestSequence {
    name: String,
    folder: PathBuf,
}

/// What came of tracking a clip.
pub struct Run {
    /// The first frame.
    pub first: i64,
    /// J and F of each frame.
    pub frames: Vec<(f64, f64)>,
    /// How each frame that was tracked stands.
    pub states: Vec<State>,
    /// How long it took, prompts included, scoring not.
    pub seconds: f64,
    /// Memory at the most.
    pub peak: Peak,
    /// What the plugin said.
    pub notes: Vec<String>,
}

/// A clip that is open in the node.
pub struct EvalJob {
    name: String,
    instance: Instance,
    footage: Arc<InputSequence>,
    masks: Sequence,
    /// Masks may be numbered otherwise than frames: the first goes with the first.
    shift: i64,
    /// The first and the last frame that count.
    pub range: (i64, i64),
}

impl TestSequence {
    /// The clips in `folder`, by name; only those of `only` where it names any.
    pub fn find(folder: &Path, only: &[String]) -> Result<Vec<Self>, Failure> {
        let list = std::fs::read_dir(folder)
            .map_err(|e| Failure::new(format!("cannot list the clips in {}: {e}", folder.display())))?;
        let mut folders: Vec<PathBuf> = list.flatten().map(|entry| entry.path()).collect();
        folders.push(folder.to_owned());
        let mut clips: Vec<Self> = folders
            .into_iter()
            .filter(|f| f.join("frames").is_dir() && f.join("masks").is_dir())
            .map(|folder| {
                let whole = folder.canonicalize().unwrap_or_else(|_| folder.clone());
                let name = whole.file_name().unwrap_or_default().to_string_lossy().into_owned();
                Self { name, folder: whole }
            })
            .collect();
        clips.sort_by(|a, b| a.name.cmp(&b.name));
        if let Some(missing) = only.iter().find(|name| clips.iter().all(|c| c.name != **name)) {
            return Err(Failure::new(format!("there is no clip {missing} in {}", folder.display())));
        }
        clips.retain(|clip| only.is_empty() || only.contains(&clip.name));
        if clips.is_empty() {
            return Err(Failure::new(format!("no folder in {} holds frames/ and masks/", folder.display())));
        }
        Ok(clips)
    }

    /// Its folder's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Opens its first `most` frames in the node.
    pub fn open(&self, plugin: &Plugin, args: &PluginArgs, most: Option<u32>) -> Result<EvalJob, Failure> {
        let folder = |name: &str| self.folder.join(name).to_string_lossy().into_owned();
        let footage = Arc::new(InputSequence::open(&folder("frames"), None, None)?);
        let masks = Sequence::find(&folder("masks"))?;
        let (first, last) = footage.range();
        let last = most.map_or(last, |n| last.min(first + i64::from(n) - 1));
        let shift = masks.range().0 - first;
        masks.check(first + shift..=last + shift)?;

        usage::reset();
        let instance = plugin::instance(plugin, args, &footage, footage.encoding())?;
        // A track out of the store would be measured as if it cost nothing.
        instance.set_param(params::USE_STORE, false)?;
        instance.set_param(params::VIEW, "alpha")?;
        plugin::output(&instance, true)?;
        Ok(EvalJob { name: self.name.clone(), instance, footage, masks, shift, range: (first, last) })
    }

    /// Tracks it and compares every frame with the truth.
    pub fn track(
        &self,
        plugin: &Plugin,
        args: &PluginArgs,
        prompting: Prompting,
        keys: Option<u32>,
        most: Option<u32>,
    ) -> Result<Run, Failure> {
        let job = self.open(plugin, args, most)?;
        let began = Instant::now();
        let step = keys.map_or(usize::MAX, |n| n as usize);
        job.prompt(prompting, (job.range.0..=job.range.1).step_by(step))?;
        let found = job.mattes()?;
        let seconds = began.elapsed().as_secs_f64();
        let (peak, notes) = (Peak::now(), track::notes(&job.instance));
        let score = |(frame, matte): &(i64, Matte)| -> Result<(f64, f64), Failure> {
            let truth = job.truth(*frame)?;
            Ok((qc::region(matte, &truth), qc::boundary(matte, &truth)))
        };
        let frames = found.iter().map(score).collect::<Result<_, _>>()?;
        let (states, _) = states::of(&job.instance, job.range.0, job.range.1);
        Ok(Run { first: job.range.0, frames, states, seconds, peak, notes })
    }
}

impl EvalJob {
    /// The mattes of all frames, by frame.
    pub fn mattes(&self) -> Result<Vec<(i64, Matte)>, Failure> {
        let (first, last) = self.range;
        let bar = track::bar((last - first + 1) as usize, false);
        bar.set_prefix(format!("{} ", self.name));
        let found: Mutex<Vec<(i64, Matte)>> = Mutex::new(Vec::new());
        let frames: Vec<i64> = (first..=last).collect();
        let explain = |e| plugin::explain(e, &self.footage);
        self.instance.begin_sequence(first, last, 1.0, false).map_err(explain)?;
        let tracked = track::frames(&self.instance, &self.footage, &frames, 1, &bar, &|frame, image| {
            let matte = matte(&image)?;
            if let Ok(mut found) = found.lock() {
                found.push((frame, matte));
            }
            Ok(())
        });
        let ended = self.instance.end_sequence(first, last, 1.0, false);
        bar.finish_and_clear();
        tracked?;
        ended.map_err(explain)?;
        let mut found = found.into_inner().unwrap_or_default();
        found.sort_by_key(|v| v.0);
        Ok(found)
    }

    /// The true mask of a frame.
    pub fn truth(&self, frame: i64) -> Result<Matte, Failure> {
        let path = self.masks.path(frame + self.shift)?;
        let found = io::size(&path)?;
        if found != self.footage.size() {
            let (width, height) = self.footage.size();
            return Err(Failure::new(format!(
                "{} is {}x{} pixels, the frames are {width}x{height}",
                path.display(),
                found.0,
                found.1
            )));
        }
        Ok(io::read_matte(&path)?)
    }

    /// Gives prompts on the frames `keys`.
    fn prompt(&self, prompting: Prompting, keys: impl Iterator<Item = i64>) -> Result<(), Failure> {
        let mut prompts: Vec<Value> = Vec::new();
        for frame in keys {
            let truth = self.truth(frame)?;
            match prompting {
                Prompting::Mask => {
                    prompts.push(self.drawing(frame)?);
                }
                // Where the object is not seen, a person says so by an empty mask, not by a box.
                _ if truth.is_empty() => {
                    prompts.push(self.drawing(frame)?);
                }
                Prompting::Box => prompts.extend(prompting::bounds(frame, &truth)),
                Prompting::Points(count) => {
                    let mut found = Matte::filled(truth.width(), truth.height(), 0.0);
                    for _ in 0..count {
                        let Some(click) = prompting::click(frame, &found, &truth) else { break };
                        prompts.push(click);
                        self.say(&prompts)?;
                        found = self.look(frame)?;
                    }
                }
            }
        }
        self.say(&prompts)
    }

    /// The true mask of a frame as a prompt.
    pub fn drawing(&self, frame: i64) -> Result<Value, Failure> {
        Ok(prompting::mask(frame, &self.masks.path(frame + self.shift)?))
    }

    /// Gives the prompts.
    pub fn say(&self, prompts: &[Value]) -> Result<(), Failure> {
        Ok(self.instance.set_param(params::PROMPTS, prompting::document(prompts).as_str())?)
    }

    /// The matte of a frame.
    pub fn look(&self, frame: i64) -> Result<Matte, Failure> {
        let image = self.instance.render(&RenderCall::new(frame as f64));
        matte(&image.map_err(|e| plugin::explain(e, &self.footage))?)
    }
}

fn matte(image: &HostImage) -> Result<Matte, Failure> {
    Ok(Matte::new(image.width(), image.height(), image.to_alpha())?)
}
