//! What the tests of the command line share: a tiny clip, and running the program.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A folder with a clip of `frames` frames of 96x64: frames/%05d.png, masks/%05d.png, prompts.json.
pub struct Clip {
    folder: tempfile::TempDir,
}

impl Clip {
    /// A bright textured disc of radius 14 that drifts over a dark textured background.
    pub fn new(frames: u32) -> Self {
        let clip = Self { folder: tempfile::tempdir().expect("a folder") };
        std::fs::create_dir(clip.path("frames")).expect("a folder");
        std::fs::create_dir(clip.path("masks")).expect("a folder");
        let texture = |x: f64, y: f64| ((x * 0.9).sin() * (y * 0.7).cos() * 30.0) as i32;
        for frame in 0..frames {
            let (cx, cy) = (34.0 + 1.5 * f64::from(frame), 30.0 + 0.5 * f64::from(frame));
            let mut picture = image::RgbImage::new(96, 64);
            let mut mask = image::GrayImage::new(96, 64);
            for (x, y, pixel) in picture.enumerate_pixels_mut() {
                let (px, py) = (f64::from(x) + 0.5, f64::from(y) + 0.5);
                let inside = (px - cx).hypot(py - cy) < 14.0;
                let byte = |v: i32| v.clamp(0, 255) as u8;
                pixel.0 = if inside {
                    let t = texture(px - cx, py - cy);
                    [byte(210 + t), byte(150 + t), byte(60 + t / 2)]
                } else {
                    let t = texture(px * 0.6, py * 0.8);
                    [byte(40 + t / 2), byte(60 + t), byte(100 + t)]
                };
                mask.get_pixel_mut(x, y).0 = [if inside { 255 } else { 0 }];
            }
            picture.save(clip.path(&format!("frames/{frame:05}.png"))).expect("saved");
            mask.save(clip.path(&format!("masks/{frame:05}.png"))).expect("saved");
        }
        clip.prompts(r#"{"objects":[{"name":"disc","prompts":[{"frame":0,"mask":"masks/00000.png"}]}]}"#);
        clip
    }

    /// Writes prompts.json.
    pub fn prompts(&self, json: &str) {
        std::fs::write(self.path("prompts.json"), json).expect("written");
    }

    /// A path in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// `airoto render` of the clip to out/alpha.%04d.exr with the flow tracker, and `more`.
    pub fn render(&self, more: &[&str]) -> Output {
        self.render_with(more, &[])
    }

    /// The same with variables of the environment.
    pub fn render_with(&self, more: &[&str], variables: &[(&str, &str)]) -> Output {
        let path = |name: &str| self.path(name).to_string_lossy().into_owned();
        let mut arguments = vec!["render".to_owned()];
        if !more.contains(&"--tracker") {
            arguments.extend(["--tracker".to_owned(), "flow".to_owned()]);
        }
        for (flag, name) in [("-i", "frames/%05d.png"), ("-p", "prompts.json"), ("-o", "out/alpha.%04d.exr")]
        {
            let masked = flag == "-p" && more.contains(&"--mask-sequence");
            if !more.contains(&flag) && !masked {
                arguments.extend([flag.to_owned(), path(name)]);
            }
        }
        arguments.extend(more.iter().map(|a| a.replace("CLIP", &path(""))));
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        self.run(&arguments, variables)
    }

    /// Runs `airoto` with its cache in the clip's folder.
    pub fn airoto(&self, arguments: &[&str]) -> Output {
        self.run(arguments, &[])
    }

    fn run(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_airoto"))
            .args(arguments)
            .envs(variables.iter().copied())
            .env("AIROTO_CACHE", self.path("cache"))
            .env_remove("AIROTO_BUNDLE")
            .output()
            .expect("airoto runs")
    }

    /// Names of the files in a folder of the clip, in order; none where it is not there.
    pub fn files(&self, folder: &str) -> Vec<String> {
        let Ok(list) = std::fs::read_dir(self.path(folder)) else { return Vec::new() };
        let mut names: Vec<String> =
            list.flatten().map(|e| e.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }
}

/// Standard output as text, after checking that the program succeeded.
pub fn success(output: &Output) -> String {
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {error}", output.status);
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The sentence on standard error, after checking that it is one and that the exit code is 2.
pub fn refusal(output: &Output) -> String {
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert!(!error.contains("panicked"), "{error}");
    assert_eq!(error.trim().lines().count(), 1, "not one sentence: {error}");
    let sentence = error.trim().strip_prefix("airoto: ").expect("it says who speaks");
    sentence.to_owned()
}

/// The matte in a file.
pub fn matte(path: &Path) -> airoto::raster::Matte {
    airoto::io::read_matte(path).expect("a matte")
}
