//! Clicks by a simulated artist: the middle of the largest error, one after another.

use std::path::Path;
use std::sync::Arc;

use rayon::prelude::*;

use super::clicks::{Click, Clicked, Effect};
use super::features::Features;
use super::plane::Plane;
use super::still;
use crate::io;
use crate::qc;
use crate::raster::{Frame, Matte, resize};

/// By how much of J one click more may make a photograph or a drawn scene worse.
const WORST: f64 = 0.12;
/// The same of the mean of many.
const WORST_MEAN: f64 = 0.005;

fn matte(labels: &Plane) -> Matte {
    Matte::new(labels.width as u32, labels.height as u32, labels.data.clone()).expect("the size")
}

fn plane(matte: &Matte) -> Plane {
    Plane { width: matte.width() as usize, height: matte.height() as usize, data: matte.data().to_vec() }
}

/// J after each of up to `most` clicks, and what each did.
fn click(frame: &Frame, truth: &Matte, most: usize) -> Vec<(f64, Effect)> {
    let features = Arc::new(Features::new(frame));
    let (w, h) = (features.width() as u32, features.height() as u32);
    let truth = resize::matte(truth, w, h);
    let error = |found: &Plane| {
        let error = qc::largest_error(&matte(found), &truth)?;
        Some(Click { at: (error.at.x as f32, error.at.y as f32), on: error.missing })
    };
    let first = error(&Plane::filled(w as usize, h as usize, 0.0)).expect("an object");
    let hints = still::Hints { positive: vec![first.at], negative: Vec::new(), bounds: None };
    let labels = still::segment(&features, &hints, None);
    let mut found = vec![(matte(&labels).iou(&truth), Effect::Changed)];
    let mut clicked = Clicked::new(Arc::clone(&features), None, &labels);
    clicked.answered(first);
    while found.len() < most {
        let Some(next) = error(clicked.known()) else { break };
        let before = clicked.known().clone();
        let effect = clicked.click(next, None);
        let now = clicked.known();
        assert_eq!(before != *now, effect == Effect::Changed, "{effect:?} of {next:?}");
        assert!(now.data.iter().any(|&v| v > 0.5), "emptied by {next:?}");
        let cell = next.at.1 as usize * now.width + next.at.0 as usize;
        assert!(effect == Effect::Last || (now.data[cell] > 0.5) == next.on, "{next:?} is not as it says");
        // A positive click takes nothing away, a negative one adds nothing.
        let wrong = before.data.iter().zip(&now.data).any(|(b, n)| b != n && (*n > 0.5) != next.on);
        assert!(!wrong, "{next:?} changed what it does not speak of");
        found.push((matte(now).iou(&truth), effect));
    }
    found
}

/// That one click more is no worse, on the whole and in the worst case; gives the means after each.
fn no_worse(all: &[Vec<f64>], most: usize) -> Vec<f64> {
    let after = |row: &Vec<f64>, n: usize| row[n.min(row.len() - 1)];
    let means: Vec<f64> =
        (0..most).map(|n| all.iter().map(|row| after(row, n)).sum::<f64>() / all.len() as f64).collect();
    for pair in means.windows(2) {
        assert!(pair[1] >= pair[0] - WORST_MEAN, "a click made the mean worse: {means:?}");
    }
    for (which, row) in all.iter().enumerate() {
        for pair in row.windows(2) {
            assert!(pair[1] >= pair[0] - WORST, "a click made picture {which} worse: {row:?}");
        }
    }
    means
}

/// A picture of 160x100 pixels by the colour of each pixel, and the mask of its object.
fn drawn(pixel: impl Fn(f32, f32) -> (bool, [f32; 3])) -> (Frame, Matte) {
    let (mut frame, mut truth) = (Frame::filled(160, 100, [0; 3]), Matte::filled(160, 100, 0.0));
    for i in 0..160 * 100_usize {
        let (on, colour) = pixel((i % 160) as f32, (i / 160) as f32);
        truth.data_mut()[i] = f32::from(u8::from(on));
        frame.data_mut()[3 * i..3 * i + 3].copy_from_slice(&colour.map(|v| v.clamp(0.0, 255.0) as u8));
    }
    (frame, truth)
}

fn wave(x: f32, y: f32) -> f32 {
    24.0 * ((x * 0.7).sin() + (y * 0.53).cos())
}

/// A box with sides of several colours on a ground of one of them.
fn soap_box() -> (Frame, Matte) {
    drawn(|x, y| {
        let on = (50.0..115.0).contains(&x) && (25.0..80.0).contains(&y);
        let n = wave(x, y);
        let colour = match on {
            true if y < 42.0 => [200.0 + n, 190.0 + n, 60.0],
            true if x < 80.0 => [40.0, 70.0 + n, 180.0 + n],
            true => [120.0 + n, 118.0 + n, 110.0 + n],
            false => [124.0 + n, 120.0 + n, 112.0 - n],
        };
        (on, colour)
    })
}

/// A rider: helmet, body and wheels of different colours before a crowd of the body's.
fn rider() -> (Frame, Matte) {
    drawn(|x, y| {
        let n = wave(x * 1.3, y);
        let wheel = |cx: f32| ((x - cx).hypot(y - 82.0) - 10.0).abs() < 3.0;
        if (x - 80.0).hypot(y - 20.0) < 9.0 {
            (true, [210.0 + n, 210.0 + n, 200.0])
        } else if (70.0..92.0).contains(&x) && (28.0..72.0).contains(&y) {
            (true, [60.0 + n, 70.0, 120.0 + n])
        } else if wheel(66.0) || wheel(98.0) {
            (true, [25.0, 25.0, 28.0])
        } else if y < 50.0 && (x as i32 / 12) % 3 == 0 {
            (false, [62.0 + n, 72.0, 110.0 - n])
        } else {
            (false, [120.0 - n, 130.0 + n, 90.0])
        }
    })
}

#[test]
fn one_click_more_is_no_worse_on_drawn_scenes() {
    let scenes = [soap_box(), rider()];
    let found: Vec<Vec<(f64, Effect)>> = scenes.iter().map(|(f, t)| click(f, t, 20)).collect();
    let rows: Vec<Vec<f64>> = found.iter().map(|r| r.iter().map(|v| v.0).collect()).collect();
    let means = no_worse(&rows, 20);
    assert!(means[19] > 0.9, "{means:?}");
    // Of the clicks on the box none is in vain without a word: `click` checks it of each.
    assert!(found[0].iter().filter(|(_, effect)| *effect == Effect::Changed).count() >= found[0].len() - 2);
}

#[test]
fn one_click_more_is_no_worse_on_photographs() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/train");
    if !folder.is_dir() {
        println!("skipped, {} is not there", folder.display());
        return;
    }
    let mut photographs = Vec::new();
    for (set, step) in [("coco_ccby", 97), ("masks_ccby", 20)] {
        let mut masks: Vec<_> = std::fs::read_dir(folder.join(set).join("masks"))
            .expect("a folder")
            .flatten()
            .map(|e| e.path())
            .collect();
        masks.sort();
        for mask in masks.iter().step_by(step) {
            let name = mask.with_extension("jpg");
            let photo = folder.join(set).join("images").join(name.file_name().expect("a name"));
            let (Ok(ids), Ok(photo)) = (io::read_matte(mask), io::read(&photo)) else { continue };
            let rgb = photo
                .rgba
                .chunks_exact(4)
                .flat_map(|p| [p[0], p[1], p[2]])
                .map(|v| (v * 255.0).round() as u8);
            let frame = Frame::new(photo.width, photo.height, rgb.collect()).expect("the size");
            // The largest object: masks have the number of one in each pixel.
            let mut areas = [0_usize; 256];
            ids.data().iter().for_each(|v| areas[(v * 255.0).round() as usize] += 1);
            let Some(id) = (1..255).max_by_key(|&id| areas[id]).filter(|&id| areas[id] > 2000) else {
                continue;
            };
            let of = |v: &f32| f32::from(u8::from((v * 255.0).round() as usize == id));
            let truth =
                Matte::new(ids.width(), ids.height(), ids.data().iter().map(of).collect()).expect("the size");
            if (frame.width(), frame.height()) == (truth.width(), truth.height()) {
                photographs.push((frame, truth));
            }
        }
    }
    assert!(photographs.len() > 3, "{} photographs", photographs.len());
    let row = |(frame, truth): &(Frame, Matte)| click(frame, truth, 5).into_iter().map(|v| v.0).collect();
    let rows: Vec<Vec<f64>> = photographs.par_iter().map(row).collect();
    let means = no_worse(&rows, 5);
    println!("{rows:.2?}\nJ after 1 to 5 clicks on {} photographs: {means:.3?}", rows.len());
    assert!(means[4] > means[0] + 0.05, "{means:?}");
}

#[test]
fn a_negative_click_leaves_the_other_parts_as_they_are() {
    let red = |x: f32, y: f32, x0: f32| (x0..x0 + 24.0).contains(&x) && (28.0..52.0).contains(&y);
    let (frame, both) = drawn(|x, y| {
        let on = red(x, y, 20.0) || red(x, y, 110.0);
        (on, if on { [190.0, 30.0, 30.0] } else { [110.0; 3] })
    });
    let features = Arc::new(Features::new(&frame));
    for positive in [None, Some((32.0, 40.0)), Some((122.0, 40.0))] {
        let mut clicked = Clicked::new(Arc::clone(&features), None, &plane(&both));
        positive.into_iter().for_each(|at| clicked.answered(Click { at, on: true }));
        // Twice on the right part, the second time on what is not there any more or is held by a click.
        assert_eq!(clicked.click(Click { at: (118.0, 36.0), on: false }, None), Effect::Changed);
        let labels = clicked.known();
        for (i, v) in labels.data.iter().enumerate().filter(|(i, _)| i % 160 < 80) {
            assert_eq!(*v, both.data()[i], "pixel {i} of the other part");
        }
        let right = labels.data.iter().enumerate().filter(|(i, v)| i % 160 > 80 && **v > 0.5).count();
        // Without a click on it the part goes; a part that a click holds stays.
        assert_eq!(right == 0, positive != Some((122.0, 40.0)), "{right} pixels left with {positive:?}");
    }
}

#[test]
fn clicks_that_say_what_is_known_change_nothing_and_say_so() {
    let (frame, truth) = soap_box();
    let features = Arc::new(Features::new(&frame));
    let mut clicked = Clicked::new(Arc::clone(&features), None, &plane(&truth));
    assert_eq!(clicked.click(Click { at: (80.0, 50.0), on: true }, None), Effect::Known);
    assert_eq!(clicked.click(Click { at: (10.0, 10.0), on: false }, None), Effect::Known);
    assert_eq!(clicked.known(), &plane(&truth));
    // At the edge of what is known a click reaches over it.
    assert_eq!(clicked.click(Click { at: (50.5, 50.5), on: true }, None), Effect::Changed);
    assert!(clicked.known().at(49, 50) > 0.5);
}

#[test]
fn no_sequence_of_clicks_empties_an_object() {
    let (frame, truth) = rider();
    let features = Arc::new(Features::new(&frame));
    for seed in 0..2 {
        let mut rng = fastrand::Rng::with_seed(seed);
        let mut clicked = Clicked::new(Arc::clone(&features), None, &plane(&truth));
        for _ in 0..12 {
            // Always on the object, wherever it still is.
            let on: Vec<usize> = (0..160 * 100).filter(|&i| clicked.known().data[i] > 0.5).collect();
            assert!(!on.is_empty());
            let i = on[rng.usize(..on.len())];
            let at = ((i % 160) as f32 + 0.5, (i / 160) as f32 + 0.5);
            clicked.click(Click { at, on: false }, None);
        }
        assert!(clicked.known().data.iter().any(|&v| v > 0.5));
    }
    // What is left of it at last is on a single click.
    let mut clicked = Clicked::new(
        Arc::clone(&features),
        None,
        &Plane::from_fn(160, 100, |x, y| f32::from(u8::from((x, y) == (9, 9)))),
    );
    assert_eq!(clicked.click(Click { at: (9.5, 9.5), on: false }, None), Effect::Last);
    assert_eq!(clicked.known().at(9, 9), 1.0);
}
