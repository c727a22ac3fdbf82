//! The Edge group: a painted trimap, islands, holes and levels of the matte.

use crate::common::{Clip, matte, success};

/// A clip whose object on frame 0 is a disc with a hole of one pixel, a speck of nine beside it, and a rim
/// of a third around both.
fn clip() -> Clip {
    let clip = Clip::new(1);
    let mut mask = image::open(clip.path("masks/00000.png")).expect("a mask").to_luma8();
    for (x, y, pixel) in mask.enumerate_pixels_mut() {
        let speck = |r: u32| x.abs_diff(80) <= r && y.abs_diff(10) <= r;
        let near = (f64::from(x) + 0.5 - 34.0).hypot(f64::from(y) + 0.5 - 30.0);
        if speck(1) {
            pixel.0 = [255];
        } else if speck(2) || (14.0..16.0).contains(&near) {
            pixel.0 = [85];
        } else if (x, y) == (34, 30) {
            pixel.0 = [0];
        }
    }
    mask.save(clip.path("masks/00000.png")).expect("saved");
    clip
}

/// Alpha of frame 0: at the hole, in the speck, beside it, at the disc's rim.
fn values(clip: &Clip, more: &[&str]) -> [f32; 4] {
    success(&clip.render(&[&["-r", "0"], more].concat()));
    let found = matte(&clip.path("out/alpha.0000.exr"));
    [(34, 30), (80, 10), (82, 10), (49, 30)].map(|(x, y)| found.value(x, y))
}

const THIRD: f32 = 1.0 / 3.0;

fn near(found: [f32; 4], expected: [f32; 4]) {
    let apart = found.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(apart < 2e-3, "{found:?}, expected {expected:?}");
}

#[test]
fn islands_and_holes_go_below_a_size() {
    let clip = clip();
    near(values(&clip, &[]), [0.0, 1.0, THIRD, THIRD]);
    near(values(&clip, &["--clean-black", "9"]), [0.0, 1.0, THIRD, THIRD]);
    near(values(&clip, &["--clean-black", "10"]), [0.0, 0.0, 0.0, THIRD]);
    near(values(&clip, &["--clean-white", "1"]), [0.0, 1.0, THIRD, THIRD]);
    near(values(&clip, &["--clean-white", "2"]), [1.0, 1.0, THIRD, THIRD]);
}

#[test]
fn levels_come_after_islands() {
    let clip = clip();
    near(values(&clip, &["--clip-black", "0.2"]), [0.0, 1.0, 1.0 / 6.0, 1.0 / 6.0]);
    near(values(&clip, &["--clip-black", "0.4"]), [0.0, 1.0, 0.0, 0.0]);
    near(values(&clip, &["--clip-white", "0.5"]), [0.0, 1.0, 2.0 / 3.0, 2.0 / 3.0]);
    // The speck has nine pixels until levels make its rim as white as itself.
    near(values(&clip, &["--clean-black", "10", "--clip-white", "0.25"]), [0.0, 0.0, 0.0, 1.0]);
}

#[test]
fn an_object_may_have_its_own_and_off_is_exactly_off() {
    let clip = clip();
    let bytes = || std::fs::read(clip.path("out/alpha.0000.exr")).expect("read");
    near(values(&clip, &[]), [0.0, 1.0, THIRD, THIRD]);
    let plain = bytes();
    let off = ["--clean-black", "0", "--clean-white", "0", "--clip-black", "0", "--clip-white", "1"];
    near(values(&clip, &off), [0.0, 1.0, THIRD, THIRD]);
    assert!(bytes() == plain, "off changes something");
    clip.prompts(
        r#"{"objects":[{"name":"disc","edge":{"clean_black":10,"clean_white":2,"clip_black":0.4},
            "prompts":[{"frame":0,"mask":"masks/00000.png"}]}]}"#,
    );
    near(values(&clip, &[]), [1.0, 0.0, 0.0, 0.0]);
    let refused = clip.render(&["--clip-black", "1.5"]);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(refused.status.code() == Some(2) && said.contains("from 0 to 1"), "{said}");
}

#[test]
fn a_trimap_in_one_file_is_that_of_all_frames_and_grey_is_read_by_luminance() {
    let clip = Clip::new(3);
    // Left of the disc is outside, right of its middle is inside, between is unknown; all of it opaque.
    let grey = |x: u32| [0_u8, 128, 255][usize::from(x >= 12) + usize::from(x >= 80)];
    let paint = |name: &str| {
        let picture = image::RgbaImage::from_fn(96, 64, |x, _| image::Rgba([grey(x), grey(x), grey(x), 255]));
        picture.save(clip.path(name)).expect("saved");
    };
    paint("tri8.png");
    success(&clip.render(&["--edge", "fast", "--trimap", "CLIP/tri8.png"]));
    let found = |frame: u32| matte(&clip.path(&format!("out/alpha.{frame:04}.exr")));
    for frame in 0..3 {
        let found = found(frame);
        assert!((0..64).all(|y| found.value(4, y) == 0.0 && found.value(90, y) == 1.0), "frame {frame}");
    }
    let one = std::fs::read(clip.path("out/alpha.0001.exr")).expect("read");
    (0..3).for_each(|frame| paint(&format!("map{frame}.png")));
    success(&clip.render(&["--edge", "fast", "--trimap", "CLIP/map%d.png", "-r", "0-2"]));
    assert!(std::fs::read(clip.path("out/alpha.0001.exr")).expect("read") == one, "a pattern is a sequence");
}
