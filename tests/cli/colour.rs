//! Footage of one light in several encodings.

use airoto::io::{self, Depth, WriteOptions};
use airoto::raster::{Encoding, transfer};

use crate::common::{Clip, matte, refusal, success};

/// The number that stands for `light` in an encoding, found by halving.
fn signal(encoding: Encoding, light: f32) -> f32 {
    let (mut low, mut high) = (-0.2_f32, 1.2_f32);
    for _ in 0..60 {
        let middle = f32::midpoint(low, high);
        if encoding.to_linear(middle) < light { low = middle } else { high = middle }
    }
    high
}

/// Writes the clip's frames as `folder`/%05d.`extension`, each number as `value` makes it of light.
fn convert(clip: &Clip, folder: &str, extension: &str, depth: Depth, value: impl Fn(f32) -> f32) {
    std::fs::create_dir(clip.path(folder)).expect("a folder");
    for name in clip.files("frames") {
        let picture = io::read(&clip.path("frames").join(&name)).expect("read");
        let table: Vec<f32> =
            (0..=255).map(|code| value(transfer::srgb_to_linear(code as f32 / 255.0))).collect();
        let number = |v: &f32| table[usize::from(transfer::to_u8(*v))];
        let rgb: Vec<f32> = picture
            .rgba
            .chunks_exact(4)
            .flat_map(|p| [number(&p[0]), number(&p[1]), number(&p[2])])
            .collect();
        let path = clip.path(folder).join(&name).with_extension(extension);
        let options = WriteOptions { depth: Some(depth), ..WriteOptions::default() };
        io::write(&path, (picture.width, picture.height), 3, &rgb, &options).expect("written");
    }
}

/// The least overlap of the mattes in two folders.
fn overlap(clip: &Clip, a: &str, b: &str) -> f64 {
    let names = clip.files(a);
    assert_eq!((names.len(), &names), (4, &clip.files(b)));
    let both = |name: &String| matte(&clip.path(a).join(name)).iou(&matte(&clip.path(b).join(name)));
    names.iter().map(both).fold(1.0, f64::min)
}

#[test]
fn linear_exr_and_logarithmic_dpx_give_the_mattes_of_png() {
    let clip = Clip::new(4);
    success(&clip.render(&[]));
    convert(&clip, "linear", "exr", Depth::Half, |light| light);
    success(&clip.render(&["-i", "CLIP/linear/%05d.exr", "-o", "CLIP/of_linear/alpha.%04d.exr"]));
    let found = overlap(&clip, "of_linear", "out");
    assert!(found >= 0.995, "EXR: {found}");
    for encoding in [Encoding::Cineon, Encoding::LogC4] {
        let folder = encoding.id();
        convert(&clip, folder, "dpx", Depth::Byte, |light| signal(encoding, light));
        for name in clip.files(folder) {
            let path = clip.path(folder).join(name);
            let mut file = std::fs::read(&path).expect("read");
            // Printing density, as scanners and cameras alike say of their logarithmic files.
            (file[801], file[802]) = (1, 1);
            std::fs::write(&path, file).expect("written");
        }
        let (input, output) = (format!("CLIP/{folder}/%05d.dpx"), format!("CLIP/of_{folder}/alpha.%04d.exr"));
        // What a scanner writes is found out, what a camera writes is said.
        let said = if encoding == Encoding::Cineon { "auto" } else { folder };
        success(&clip.render(&["-i", &input, "-o", &output, "--input-colour", said]));
        let found = overlap(&clip, &format!("of_{folder}"), "out");
        assert!(found >= 0.985, "DPX of 10 bits, {encoding:?}: {found}");
    }
}

#[test]
fn colour_of_logarithmic_footage_is_written_linear_to_exr_and_shown_in_png() {
    let clip = Clip::new(1);
    convert(&clip, "log", "dpx", Depth::Short, |light| signal(Encoding::LogC3, light));
    let common = ["-i", "CLIP/log/%05d.dpx", "--input-colour", "logc3", "--view", "straight"];
    success(&clip.render(&[&common[..], &["-o", "CLIP/a/a.%d.exr"]].concat()));
    success(&clip.render(&[&common[..], &["-o", "CLIP/a/a.%d.png"]].concat()));
    let (exr, png) = (io::read(&clip.path("a/a.0.exr")), io::read(&clip.path("a/a.0.png")));
    let (exr, png) = (exr.expect("read"), png.expect("read"));
    let plate = io::read(&clip.path("frames/00000.png")).expect("read");
    assert!(exr.has_alpha && png.has_alpha);
    for (i, pixel) in plate.rgba.chunks_exact(4).enumerate() {
        for (c, wanted) in pixel[..3].iter().enumerate() {
            let shown = transfer::linear_to_srgb(exr.rgba[4 * i + c]);
            assert!((shown - wanted).abs() < 3e-3 && (png.rgba[4 * i + c] - wanted).abs() < 3e-3, "{i}");
        }
    }
}

#[test]
fn an_encoding_that_is_not_known_is_refused() {
    let clip = Clip::new(1);
    let output = clip.render(&["--input-colour", "logd"]);
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("logd") && said.contains("logc3"), "{said}");
    assert!(refusal(&clip.render(&["--layer", "none", "-i", "CLIP/no.exr"])).contains("no.exr"));
}
