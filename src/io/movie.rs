//! Movies, decoded by the system's ffmpeg as a child process.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;

use super::sink::{About, Sink, begin, widen};
use super::{Budget, Depth, IoError, open};
use crate::raster::Encoding;
use crate::raster::room::zeros;

/// Frames kept, so that a request for a slightly earlier frame does not start from the beginning.
const KEPT: usize = 32;
/// The same in bytes, of which the latest frame may take more: 32 of 1080p, 8 of 4K, 8 bits a channel.
const KEPT_BYTES: usize = 1 << 28;

/// A movie file. Its first frame is frame 0.
pub struct Movie {
    path: PathBuf,
    width: u32,
    height: u32,
    frames: i64,
    frame_rate: f64,
    pixel_aspect: f64,
    deep: bool,
    decoder: Option<Decoder>,
    /// As ffmpeg gives them.
    kept: BTreeMap<i64, Arc<Vec<u8>>>,
}

/// A running ffmpeg, and the frame that it will give next.
struct Decoder {
    child: Child,
    out: ChildStdout,
    next: i64,
}

impl Drop for Decoder {
    fn drop(&mut self) {
        // It may have ended already; it has nothing to lose.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whether `path` is a movie, by its extension.
#[must_use]
pub fn is_movie(path: &Path) -> bool {
    let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase();
    ["mov", "mp4", "m4v", "mkv", "avi", "mxf", "webm", "mpg", "mpeg", "ogv"].contains(&extension.as_str())
}

impl Movie {
    /// Asks ffprobe what `path` holds.
    ///
    /// # Errors
    /// [`IoError`] when the file is not there or no movie, or when ffmpeg is not installed.
    pub fn open(path: &Path) -> Result<Self, IoError> {
        open(path).map_err(|e| IoError::read(path, &e))?;
        let fields = "stream=width,height,nb_read_packets,avg_frame_rate,sample_aspect_ratio,pix_fmt";
        let output = Command::new("ffprobe")
            .args(["-v", "error", "-select_streams", "v:0", "-count_packets", "-of", "default=nw=1"])
            .args(["-show_entries", fields])
            .arg(path)
            .stdin(Stdio::null())
            .output()
            .map_err(|e| not_installed(path, &e))?;
        let text = String::from_utf8_lossy(&output.stdout);
        let field = |name: &str| {
            text.lines().find_map(|l| l.trim().strip_prefix(name)?.strip_prefix('=')).unwrap_or_default()
        };
        let (Ok(width), Ok(height)) = (field("width").parse(), field("height").parse()) else {
            return Err(IoError::damaged(
                path,
                last_line(&output.stderr, "ffprobe finds no video stream in it"),
            ));
        };
        Budget::of_process().picture(path, width, height)?;
        let frames: i64 = field("nb_read_packets").parse().unwrap_or(0);
        if frames == 0 {
            return Err(IoError::damaged(path, "it has no frames"));
        }
        let pixels = field("pix_fmt");
        Ok(Self {
            path: path.to_owned(),
            width,
            height,
            frames,
            frame_rate: ratio(field("avg_frame_rate"), '/').unwrap_or(24.0),
            pixel_aspect: ratio(field("sample_aspect_ratio"), ':').unwrap_or(1.0),
            // yuv422p10le, gbrp12le, rgb48le: more than 8 bits a channel.
            deep: ["10", "12", "14", "16", "48", "64"].iter().any(|bits| pixels.contains(bits)),
            decoder: None,
            kept: BTreeMap::new(),
        })
    }

    /// Width and height in pixels.
    #[must_use]
    pub fn size(&self) -> (u32, u32) {
        (self.width, self.height)
    }

    /// How many frames there are.
    #[must_use]
    pub fn frames(&self) -> i64 {
        self.frames
    }

    /// Frames a second.
    #[must_use]
    pub fn frame_rate(&self) -> f64 {
        self.frame_rate
    }

    /// What there is to say of each frame.
    #[must_use]
    pub fn about(&self) -> About {
        About {
            width: self.width,
            height: self.height,
            has_alpha: false,
            depth: if self.deep { Depth::Short } else { Depth::Byte },
            encoding: Encoding::Srgb,
            pixel_aspect: self.pixel_aspect,
        }
    }

    /// Decodes frame `frame` into `sink`; going back starts again from the beginning unless the frame is kept.
    ///
    /// # Errors
    /// [`IoError`] when the movie has no such frame, ffmpeg fails, or a frame exceeds the budget of the process.
    pub fn frame(&mut self, frame: i64, sink: &mut dyn Sink) -> Result<About, IoError> {
        let about = self.about();
        let bytes = self.bytes(frame)?;
        let budget = Budget::of_process();
        begin((&self.path, &budget), &about, [0.0; 4], bytes.len() as u64, sink)?;
        let samples = about.width as usize * 4;
        let mut line = Vec::with_capacity(about.width as usize);
        if self.deep {
            for (y, row) in (0..about.height).zip(bytes.as_chunks::<2>().0.chunks_exact(samples)) {
                widen(row, 4, |b| f32::from(u16::from_le_bytes(b)) / 65535.0, &mut line);
                sink.row(0, y, &line);
            }
        } else {
            for (y, row) in (0..about.height).zip(bytes.chunks_exact(samples)) {
                widen(row, 4, |v| f32::from(v) / 255.0, &mut line);
                sink.row(0, y, &line);
            }
        }
        Ok(about)
    }

    /// The bytes of frame `frame`.
    fn bytes(&mut self, frame: i64) -> Result<Arc<Vec<u8>>, IoError> {
        if let Some(bytes) = self.kept.get(&frame) {
            return Ok(bytes.clone());
        }
        if frame < 0 || frame >= self.frames {
            return Err(IoError::unsupported(
                &self.path,
                format!("frame {frame} is missing: it has frames 0 to {}", self.frames - 1),
            ));
        }
        let mut decoder = match self.decoder.take() {
            Some(decoder) if decoder.next <= frame => decoder,
            _ => self.start()?,
        };
        loop {
            let time = decoder.next;
            let bytes = Arc::new(self.next(&mut decoder)?);
            let most = (KEPT_BYTES / bytes.len().max(1)).clamp(1, KEPT);
            self.kept.insert(time, bytes.clone());
            while self.kept.len() > most {
                // What is farthest from where the decoder stands goes first.
                let farthest = self.kept.keys().copied().max_by_key(|&t| t.abs_diff(time));
                farthest.map(|t| self.kept.remove(&t));
            }
            if time == frame {
                self.decoder = Some(decoder);
                return Ok(bytes);
            }
        }
    }

    fn start(&self) -> Result<Decoder, IoError> {
        let format = if self.deep { "rgba64le" } else { "rgba" };
        let mut child = Command::new("ffmpeg")
            .args(["-v", "error", "-nostdin", "-noautorotate", "-i"])
            .arg(&self.path)
            .args(["-map", "0:v:0", "-vsync", "passthrough", "-f", "rawvideo", "-pix_fmt", format, "-"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|e| not_installed(&self.path, &e))?;
        match child.stdout.take() {
            Some(out) => Ok(Decoder { child, out, next: 0 }),
            None => Err(IoError::damaged(&self.path, "ffmpeg gives no pixels")),
        }
    }

    fn next(&self, decoder: &mut Decoder) -> Result<Vec<u8>, IoError> {
        let samples = self.width as usize * self.height as usize * 4;
        let mut bytes = zeros::<u8>(samples * if self.deep { 2 } else { 1 })
            .map_err(|room| IoError::no_room(&self.path, room))?;
        decoder.out.read_exact(&mut bytes).map_err(|_| {
            IoError::damaged(&self.path, format!("ffmpeg cannot decode frame {}", decoder.next))
        })?;
        decoder.next += 1;
        Ok(bytes)
    }
}

fn not_installed(path: &Path, error: &std::io::Error) -> IoError {
    match error.kind() {
        ErrorKind::NotFound => IoError::unsupported(
            path,
            "movies are read by ffmpeg and ffprobe, which are not installed; install ffmpeg or give a sequence of pictures",
        ),
        _ => IoError::unsupported(path, format!("ffmpeg cannot be started: {error}")),
    }
}

/// The last line that a program wrote to its standard error.
fn last_line(stderr: &[u8], otherwise: &str) -> String {
    let text = String::from_utf8_lossy(stderr);
    text.lines().rev().find(|l| !l.trim().is_empty()).unwrap_or(otherwise).trim().to_owned()
}

/// `24000/1001` or `16:15`, where it is a positive number.
fn ratio(text: &str, separator: char) -> Option<f64> {
    let (a, b) = text.split_once(separator)?;
    let value = a.parse::<f64>().ok()? / b.parse::<f64>().ok()?;
    (value.is_finite() && value > 0.0).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::super::sink::Pixels;
    use super::*;

    fn first(movie: &mut Movie, frame: i64) -> Result<f32, IoError> {
        let mut pixels = Pixels::default();
        let about = movie.frame(frame, &mut pixels)?;
        Ok(pixels.picture(about).rgba[0])
    }

    #[test]
    fn frames_come_in_any_order() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.mkv");
        // Frame i is grey of 4 i, coded without loss.
        let made = Command::new("ffmpeg")
            .args(["-v", "error", "-f", "lavfi", "-i"])
            .arg("color=black:size=32x16:rate=25:duration=2,format=gray,geq=lum='4*N'")
            .args(["-c:v", "ffv1"])
            .arg(&path)
            .status();
        if !made.is_ok_and(|s| s.success()) {
            eprintln!("skipped: ffmpeg is not installed");
            return;
        }
        let mut movie = Movie::open(&path).expect("opened");
        assert_eq!((movie.size(), movie.frames(), movie.frame_rate()), ((32, 16), 50, 25.0));
        for frame in [0, 3, 45, 44, 2, 49] {
            let value = (first(&mut movie, frame).expect("decoded") * 255.0).round();
            assert_eq!(value, 4.0 * frame as f32, "frame {frame}");
        }
        let error = first(&mut movie, 50).expect_err("there are 50").to_string();
        assert!(error.contains("a.mkv") && error.contains("frames 0 to 49"), "{error}");
        std::fs::write(&path, b"no movie").expect("written");
        assert!(Movie::open(&path).is_err());
    }
}
