//! Footage as the host's Source clip: a sequence or a movie, read on demand by any thread.

use std::collections::{HashMap, HashSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex};
use std::time::{Duration, Instant};

use airoto::host::{
    ClipInfo, ClipSource, Components, Depth, FrameStamp, HostImage, ImageBuilder, ImageError,
};
use airoto::io::{self, About, Budget, Movie, Sequence, Sink};
use airoto::raster::room::{NoRoom, zeros};
use airoto::raster::{Encoding, Frame};

use crate::{Failure, stamp};

/// Decoded frames that are kept, as the plugin may ask for a frame more than once: the one that is
/// rendered, its neighbours and prompted frames, for a few threads.
const KEPT_FRAMES: usize = 12;
/// The same in bytes; five of 4K in half floats.
const KEPT_BYTES: usize = 256 << 20;
/// Bytes of a frame as the clip says it is, up to which it is widened when it is read, which nobody
/// waits for, and not each time that it is asked for. Six of them are kept; 1080p has 33 MB.
const WIDENED_BYTES: usize = KEPT_BYTES / 6;

/// Frames in files.
pub struct InputSequence {
    input: PathBuf,
    files: Files,
    layer: Option<String>,
    info: ClipInfo,
    encoding: Encoding,
    size: (u32, u32),
    /// The frame that is given at any time, where only one is meant.
    only: Option<i64>,
    kept: Mutex<Kept>,
    /// Told when a frame was read.
    was_read: Condvar,
    /// Nanoseconds that the plugin waited for frames.
    reading: AtomicU64,
    /// What went wrong first; hosts and plugins wrap it into sentences of their own.
    failed: Mutex<Option<String>>,
}

/// Frames that were read.
#[derive(Default)]
struct Kept {
    images: VecDeque<(i64, HostImage)>,
    /// What tells that their files are as they were when they were read.
    stamps: HashMap<i64, FrameStamp>,
    /// Those that a thread reads now.
    busy: HashSet<i64>,
}

impl Kept {
    fn keep(&mut self, frame: i64, image: HostImage, stamp: FrameStamp) {
        self.images.push_back((frame, image));
        self.stamps.insert(frame, stamp);
        let bytes = |images: &VecDeque<(i64, HostImage)>| -> usize {
            images.iter().map(|(_, image)| image.data().len()).sum()
        };
        while self.images.len() > 1 && (self.images.len() > KEPT_FRAMES || bytes(&self.images) > KEPT_BYTES) {
            if let Some((gone, _)) = self.images.pop_front() {
                self.stamps.remove(&gone);
            }
        }
    }
}

/// A frame that is being read; not any more when this goes, also by a panic of a decoder.
struct Busy<'a> {
    footage: &'a InputSequence,
    frame: i64,
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        if let Ok(mut kept) = self.footage.kept.lock() {
            kept.busy.remove(&self.frame);
        }
        self.footage.was_read.notify_all();
    }
}

enum Files {
    Sequence(Sequence),
    Movie(Mutex<Movie>),
}

impl InputSequence {
    /// Opens what `input` names and checks the frames from `needed.0` to `needed.1`, or all, by their
    /// headers.
    pub fn open(input: &str, layer: Option<&str>, needed: Option<(i64, i64)>) -> Result<Self, Failure> {
        Self::open_fitting(input, layer, needed, |_| Ok(()))
    }

    /// As [`Self::open`], if the size that the headers say `fits`.
    pub fn open_fitting(
        input: &str,
        layer: Option<&str>,
        needed: Option<(i64, i64)>,
        fits: impl FnOnce((u32, u32)) -> Result<(), Failure>,
    ) -> Result<Self, Failure> {
        let path = Path::new(input);
        let (files, size, range, rate) = if io::is_movie(path) {
            let movie = Movie::open(path)?;
            let (size, last, rate) = (movie.size(), movie.frames() - 1, movie.frame_rate());
            if let Some((a, b)) = needed.filter(|&(a, b)| a < 0 || b > last) {
                return Err(Failure::new(format!(
                    "{input} has frames 0 to {last}, expected frames {a} to {b}"
                )));
            }
            (Files::Movie(Mutex::new(movie)), size, (0, last), rate)
        } else {
            let sequence = Sequence::find(input)?;
            let range = sequence.range();
            let (first, last) = needed.unwrap_or(range);
            let size = sequence.check(first..=last)?;
            (Files::Sequence(sequence), size, range, 24.0)
        };
        fits(size)?;
        let mut footage = Self {
            input: path.to_owned(),
            files,
            layer: layer.map(str::to_owned),
            info: ClipInfo::new(size.0, size.1, range.0, range.1, Components::Rgba, Depth::Float),
            encoding: Encoding::Srgb,
            size,
            only: None,
            kept: Mutex::default(),
            was_read: Condvar::new(),
            reading: AtomicU64::new(0),
            failed: Mutex::new(None),
        };
        footage.info.frame_rate = rate;
        let first = needed.map_or(range.0, |n| n.0);
        let before = footage.stamp_of_file(first);
        let (about, image) = footage.decode(first).map_err(Failure::new)?;
        // A file that is written while it is read is not what its stamp says.
        let stamp = if footage.stamp_of_file(first) == before { before } else { FrameStamp::NotNow };
        footage.encoding = about.encoding;
        footage.info.pixel_aspect = about.pixel_aspect;
        if let Ok(kept) = footage.kept.get_mut() {
            kept.keep(first, image, stamp);
        }
        Ok(footage)
    }

    /// The same, and where `input` named one picture and no pattern, this picture on all frames of `range`,
    /// whatever number is in its name.
    pub fn held(mut self, range: (i64, i64)) -> Self {
        if let Files::Sequence(sequence) = &self.files
            && !sequence.pattern().is_numbered()
        {
            self.only = Some(self.info.first);
            (self.info.first, self.info.last) = range;
        }
        self
    }

    /// The frame that is given at `time`; none outside of the range.
    fn frame_at(&self, time: f64) -> Option<i64> {
        let frame = time.round() as i64;
        (self.info.first..=self.info.last).contains(&frame).then(|| self.only.unwrap_or(frame))
    }

    /// First and last frame.
    pub fn range(&self) -> (i64, i64) {
        (self.info.first, self.info.last)
    }

    /// Width and height in pixels.
    pub fn size(&self) -> (u32, u32) {
        self.size
    }

    /// How the files are encoded, by what the first of them says.
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Width of a pixel over its height.
    pub fn pixel_aspect(&self) -> f64 {
        self.info.pixel_aspect
    }

    /// Frames a second.
    pub fn frame_rate(&self) -> f64 {
        self.info.frame_rate
    }

    /// The file of `frame`; the movie itself for movies.
    pub fn path(&self, frame: i64) -> Option<PathBuf> {
        match &self.files {
            Files::Sequence(sequence) => sequence.path(frame).ok(),
            Files::Movie(_) => None,
        }
    }

    /// How long the plugin waited for frames so far, on all threads.
    pub fn read_time(&self) -> Duration {
        Duration::from_nanos(self.reading.load(Ordering::Relaxed))
    }

    /// A frame as every network sees it, read as `encoding` says.
    pub fn displayed(&self, frame: i64, encoding: Encoding) -> Result<Frame, Failure> {
        let mut display = Display { encoding: Some(encoding), ..Display::default() };
        let about = self.read_into(frame, &mut display).map_err(Failure::new)?;
        display.frame(&about)
    }

    /// What went wrong first while frames were read.
    pub fn failure(&self) -> Option<Failure> {
        self.failed.lock().ok()?.clone().map(Failure::new)
    }

    /// Gives the pixels of a frame to `sink`.
    fn read_into(&self, frame: i64, sink: &mut dyn Sink) -> Result<About, String> {
        match &self.files {
            Files::Sequence(sequence) => {
                let path = sequence.path(frame).map_err(|e| e.to_string())?;
                let budget = Budget::of_process();
                let about =
                    io::read_into(&path, self.layer.as_deref(), &budget, sink).map_err(|e| e.to_string())?;
                if (about.width, about.height) != self.size {
                    return Err(format!(
                        "{} is {}x{} pixels, the first frame is {}x{}: all frames must have one size",
                        path.display(),
                        about.width,
                        about.height,
                        self.size.0,
                        self.size.1
                    ));
                }
                Ok(about)
            }
            Files::Movie(movie) => {
                let mut movie = movie.lock().map_err(|_| "the movie reader failed".to_owned())?;
                movie.frame(frame, sink).map_err(|e| e.to_string())
            }
        }
    }

    /// Reads a frame that will be asked for, if it is not there. What is wrong with it is found when it
    /// is asked for.
    pub fn read_ahead(&self, frame: i64) {
        let _ = self.read(frame);
    }

    fn read(&self, frame: i64) -> Result<HostImage, String> {
        let failed = |_| "a thread that reads footage failed".to_owned();
        let mut kept = self.kept.lock().map_err(|_| failed(()))?;
        loop {
            if let Some((_, image)) = kept.images.iter().find(|(time, _)| *time == frame) {
                return Ok(image.clone());
            }
            if kept.busy.insert(frame) {
                break;
            }
            kept = self.was_read.wait(kept).map_err(|_| failed(()))?;
        }
        drop(kept);
        let _busy = Busy { footage: self, frame };
        let before = self.stamp_of_file(frame);
        let (_, image) = self.decode(frame)?;
        // A file that is written while it is read is not what its stamp says.
        let stamp = if self.stamp_of_file(frame) == before { before } else { FrameStamp::NotNow };
        self.kept.lock().map_err(|_| failed(()))?.keep(frame, image.clone(), stamp);
        Ok(image)
    }

    /// What tells that the file of a frame is as it was.
    fn stamp_of_file(&self, frame: i64) -> FrameStamp {
        let layer = self.layer.as_deref().unwrap_or_default();
        match &self.files {
            Files::Sequence(sequence) => match sequence.path(frame) {
                Ok(path) => stamp::of_file(&path, frame, layer),
                Err(_) => FrameStamp::NotNow,
            },
            Files::Movie(_) => stamp::of_file(&self.input, frame, layer),
        }
    }

    fn decode(&self, frame: i64) -> Result<(About, HostImage), String> {
        let mut image = Decoding { clip: (self.info.components, self.info.depth), image: None };
        let about = self.read_into(frame, &mut image)?;
        let image = image.image.ok_or_else(|| format!("frame {frame} has no pixels"))?;
        Ok((about, image.finish().map_err(|e| e.to_string())?))
    }
}

/// An image of the host that is being decoded.
struct Decoding {
    /// What the clip says that it gives.
    clip: (Components, Depth),
    image: Option<ImageBuilder>,
}

impl Decoding {
    /// How the image is kept.
    fn format(&self, about: &About) -> (Components, Depth) {
        let (components, depth) = self.clip;
        if ImageBuilder::bytes(about.width, about.height, components, depth) <= WIDENED_BYTES as u64 {
            return (components, depth);
        }
        // At the depth of the file; the host widens it to what the clip says.
        let depth = match about.depth {
            io::Depth::Byte => Depth::Byte,
            io::Depth::Short => Depth::Short,
            io::Depth::Half => Depth::Half,
            io::Depth::Float => Depth::Float,
        };
        (if about.has_alpha { Components::Rgba } else { Components::Rgb }, depth)
    }
}

impl Sink for Decoding {
    fn bytes(&self, about: &About) -> u64 {
        let (components, depth) = self.format(about);
        ImageBuilder::bytes(about.width, about.height, components, depth)
    }

    fn begin(&mut self, about: &About, ground: [f32; 4]) -> Result<(), NoRoom> {
        let (components, depth) = self.format(about);
        self.image = Some(ImageBuilder::new(about.width, about.height, components, depth, ground)?);
        Ok(())
    }

    fn row(&mut self, x: u32, y: u32, pixels: &[[f32; 4]]) {
        if let Some(image) = &mut self.image {
            image.row(x, y, pixels);
        }
    }
}

/// The picture in a file as every network sees it: 8 bits of sRGB, read as the file says.
pub fn displayed(path: &Path) -> Result<Frame, Failure> {
    let mut display = Display::default();
    let about = io::read_into(path, None, &Budget::of_process(), &mut display)?;
    display.frame(&about)
}

/// A frame that is being decoded.
#[derive(Default)]
struct Display {
    /// How it is read, where that is not what its file says.
    encoding: Option<Encoding>,
    width: usize,
    data: Vec<u8>,
}

impl Display {
    fn frame(self, about: &About) -> Result<Frame, Failure> {
        Ok(Frame::new(about.width, about.height, self.data)?)
    }
}

impl Sink for Display {
    fn bytes(&self, about: &About) -> u64 {
        u64::from(about.width) * u64::from(about.height) * 3
    }

    fn begin(&mut self, about: &About, ground: [f32; 4]) -> Result<(), NoRoom> {
        let encoding = *self.encoding.get_or_insert(about.encoding);
        self.width = about.width as usize;
        self.data = zeros(self.width * about.height as usize * 3)?;
        let black = encoding.to_display(ground[0]);
        if black != 0 {
            self.data.fill(black);
        }
        Ok(())
    }

    fn row(&mut self, x: u32, y: u32, pixels: &[[f32; 4]]) {
        let Some(encoding) = self.encoding else { return };
        let start = (y as usize * self.width + x as usize) * 3;
        let Some(row) = self.data.get_mut(start..start + pixels.len() * 3) else { return };
        for (out, p) in row.as_chunks_mut::<3>().0.iter_mut().zip(pixels) {
            *out = [p[0], p[1], p[2]].map(|v| encoding.to_display(v));
        }
    }
}

impl ClipSource for InputSequence {
    fn info(&self) -> ClipInfo {
        self.info.clone()
    }

    fn image(&self, time: f64) -> Result<Option<HostImage>, ImageError> {
        let Some(frame) = self.frame_at(time) else { return Ok(None) };
        let began = Instant::now();
        let read = self.read(frame);
        let nanos = u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.reading.fetch_add(nanos, Ordering::Relaxed);
        read.map(Some).map_err(|reason| {
            if let Ok(mut failed) = self.failed.lock() {
                failed.get_or_insert_with(|| reason.clone());
            }
            ImageError(reason)
        })
    }

    fn stamp(&self, time: f64) -> FrameStamp {
        let Some(frame) = self.frame_at(time) else { return FrameStamp::NotNow };
        // The picture that is kept is the one that would be given.
        let kept = self.kept.lock().ok().and_then(|kept| kept.stamps.get(&frame).copied());
        kept.unwrap_or_else(|| self.stamp_of_file(frame))
    }
}
