//! The lasso and the brush over the viewer.

use airoto::host::{Drawing, HostProfile, Instance, Key, Pen, Shape};

use super::stage::*;

const ALT: i32 = 0xFFE9;
const DELETE: i32 = 0xFFFF;
const ESCAPE: i32 = 0xFF1B;

/// The prompts of the first object.
fn prompts_of(instance: &Instance) -> Vec<serde_json::Value> {
    let text = text(instance, "prompts");
    if text.is_empty() {
        return Vec::new();
    }
    let document: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    document["objects"][0]["prompts"].as_array().expect("a list").clone()
}

/// The corners of a rectangle of the picture.
fn corners(left: f64, top: f64, width: f64, height: f64) -> Vec<(f64, f64)> {
    let at = |(x, y): (f64, f64)| (left + x * width, top + y * height);
    [(0.0, 0.0), (0.5, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0), (0.0, 0.0)].map(at).to_vec()
}

fn lasso(instance: &Instance) {
    instance.set_param("viewerTool", "lasso").expect("a tool");
}

#[test]
fn a_lasso_about_the_object_is_its_mask_and_is_tracked() {
    for (word, profile) in HostProfile::all().into_iter().filter(|(_, profile)| profile.overlays) {
        let binary = binary(profile);
        let instance = empty(&binary);
        let overlay = instance.overlay().expect("described").expect("an overlay");
        lasso(&instance);
        let _ = instance.steps();
        let (left, top) = square(2);
        stroke(&overlay, 2, &corners(left as f64, top as f64, 24.0, 24.0));
        assert_eq!(instance.steps(), ["Lasso"], "{word}");
        let found = alpha(&instance, 2);
        let on = |i: usize| on_square(2, (i as u32 % WIDTH).into(), (i as u32 / WIDTH).into());
        assert!(found.iter().enumerate().all(|(i, a)| *a == f32::from(u8::from(on(i)))), "{word}");
        assert!(overlap(&alpha(&instance, 5), 5) > 0.85, "{word}");
        assert_eq!(instance.undo().expect("undone").as_deref(), Some("Lasso"), "{word}");
        assert!(prompts_of(&instance).is_empty(), "{word}");
        assert!(instance.faults().is_empty(), "{word}: {:?}", instance.faults());
    }
}

#[test]
fn strokes_correct_the_tracked_matte_and_survive_the_project() {
    let binary = binary(HostProfile::airoto());
    let instance = ready(&binary, Scene::plain());
    let overlay = instance.overlay().expect("described").expect("an overlay");
    let before = alpha(&instance, 6);
    // An arm that the track lacks, by a brush, and a corner that it has too much of, by a lasso with Alt held.
    instance.set_param("viewerTool", "brush").expect("a tool");
    instance.set_param("brushRadius", 3.0).expect("a radius");
    stroke(&overlay, 6, &[(70.0, 10.0), (80.0, 10.0), (90.0, 10.0)]);
    lasso(&instance);
    overlay.key(Key::Down, 6.0, ALT, "").expect("told");
    let (left, top) = square(6);
    stroke(&overlay, 6, &corners(left as f64 - 4.0, top as f64 - 4.0, 14.0, 14.0));
    overlay.key(Key::Up, 6.0, ALT, "").expect("told");
    assert_eq!(instance.steps(), ["Brush", "Cut with lasso"]);
    let prompts = prompts_of(&instance);
    assert_eq!((prompts.len(), prompts[1]["frame"].as_i64()), (2, Some(6)), "one drawing for both strokes");
    let corrected = alpha(&instance, 6);
    for (i, (was, is)) in before.iter().zip(&corrected).enumerate() {
        let (x, y) = ((i as u32 % WIDTH) as i64, (i as u32 / WIDTH) as i64);
        let cut = (left - 4..left + 10).contains(&x) && (top - 4..top + 10).contains(&y);
        let painted = (70..90).contains(&x) && (8..12).contains(&y);
        let near = (66..94).contains(&x) && (6..14).contains(&y);
        let expected = if cut {
            0.0
        } else if painted {
            1.0
        } else {
            *was
        };
        assert!(near && !painted || *is == expected, "{x}, {y}: {is}, it was {was}");
    }
    // The drawing is in the prompts: another instance with the same text gives the same.
    let again = ready(&binary, Scene::plain());
    again.set_param("prompts", text(&instance, "prompts")).expect("prompts");
    assert!(alpha(&again, 6) == corrected);
}

#[test]
fn delete_takes_stroke_after_stroke_and_escape_the_one_in_hand() {
    let binary = binary(HostProfile::airoto());
    let instance = ready(&binary, Scene::plain());
    let overlay = instance.overlay().expect("described").expect("an overlay");
    lasso(&instance);
    let before = text(&instance, "prompts");
    stroke(&overlay, 4, &corners(10.0, 10.0, 9.0, 9.0));
    stroke(&overlay, 4, &corners(30.0, 10.0, 9.0, 9.0));
    let both = text(&instance, "prompts");
    overlay.pen(Pen::Down, 4.0, 20.0, 20.0, 1.0).expect("taken");
    overlay.pen(Pen::Motion, 4.0, 40.0, 40.0, 1.0).expect("taken");
    assert!(overlay.key(Key::Down, 4.0, ESCAPE, "").expect("taken"));
    assert!(!overlay.pen(Pen::Up, 4.0, 40.0, 20.0, 0.0).expect("nothing to do"));
    assert_eq!(text(&instance, "prompts"), both);
    // A line without an area is none; what was selected before is not taken by mistake.
    stroke(&overlay, 4, &[(20.0, 20.0), (40.0, 20.0)]);
    assert_eq!(text(&instance, "prompts"), both);
    stroke(&overlay, 4, &corners(50.0, 10.0, 9.0, 9.0));
    for left in [2, 1, 0] {
        assert!(overlay.key(Key::Down, 4.0, DELETE, "").expect("taken"));
        let drawn = prompts_of(&instance).get(1).and_then(|p| p["drawing"].as_array().map(Vec::len));
        assert_eq!(drawn.unwrap_or(0), left);
    }
    assert_eq!(text(&instance, "prompts"), before);
    assert!(!overlay.key(Key::Down, 4.0, DELETE, "").expect("nothing is left"));
}

#[test]
fn a_stroke_is_seen_while_it_is_drawn() {
    let binary = binary(HostProfile::airoto());
    let instance = empty(&binary);
    let overlay = instance.overlay().expect("described").expect("an overlay");
    let up = |y: f64| f64::from(HEIGHT) - y;
    let count =
        |wanted: fn(&Drawing) -> bool| overlay.draw(3.0).expect("drawn").iter().filter(|d| wanted(d)).count();
    let line = |d: &Drawing| d.shape == Shape::LineStrip && d.stipple == 0;
    let dashed = |d: &Drawing| d.shape == Shape::LineStrip && d.stipple != 0;
    let edge = |d: &Drawing| d.shape == Shape::LineLoop;
    lasso(&instance);
    let redraws = overlay.redraws();
    overlay.pen(Pen::Down, 3.0, 20.0, up(20.0), 1.0).expect("taken");
    for (x, y) in [(40.0, 20.0), (40.0, 40.0)] {
        overlay.pen(Pen::Motion, 3.0, x, up(y), 1.0).expect("taken");
    }
    assert_eq!((count(line), count(dashed), count(edge)), (2, 2, 0), "the line, and how it will be closed");
    assert!(overlay.redraws() > redraws, "the viewer is drawn again");
    overlay.pen(Pen::Up, 3.0, 40.0, up(40.0), 0.0).expect("taken");
    assert_eq!((count(line), count(edge)), (0, 2), "what was drawn");
    assert_eq!(overlay.draw(5.0).expect("drawn"), [], "on its frame alone");
    // What a brush covers, and the brush itself.
    instance.set_param("viewerTool", "brush").expect("a tool");
    instance.set_param("brushRadius", 8.0).expect("a radius");
    overlay.pen(Pen::Down, 3.0, 50.0, up(20.0), 1.0).expect("taken");
    overlay.pen(Pen::Motion, 3.0, 80.0, up(20.0), 1.0).expect("taken");
    let drawings = overlay.draw(3.0).expect("drawn");
    let edges: Vec<&Drawing> = drawings.iter().filter(|d| edge(d) && d.colour[3] == 1.0).collect();
    assert_eq!(edges.len(), 2, "the edge of the stroke and the circle of the brush");
    let wide = |d: &Drawing| {
        let x = d.points.iter().map(|p| p.0);
        x.clone().fold(f64::MIN, f64::max) - x.fold(f64::MAX, f64::min)
    };
    assert!((wide(edges[0]) - 46.0).abs() < 1.0 && (wide(edges[1]) - 16.0).abs() < 0.1);
    overlay.pen(Pen::Up, 3.0, 80.0, up(20.0), 0.0).expect("taken");
}

#[test]
fn points_are_not_taken_while_something_is_drawn() {
    let binary = binary(HostProfile::airoto());
    let instance = empty(&binary);
    let overlay = instance.overlay().expect("described").expect("an overlay");
    stroke(&overlay, 1, &[(30.0, 30.0)]);
    let point = prompts_of(&instance);
    instance.set_param("viewerTool", "brush").expect("a tool");
    stroke(&overlay, 1, &[(30.0, 30.0), (36.0, 33.0)]);
    let found = prompts_of(&instance);
    assert_eq!((found.len(), &found[0]), (2, &point[0]));
    assert_eq!(found[1]["drawing"][0]["radius"], 12.0);
}

#[test]
fn a_stroke_that_could_not_be_read_again_is_not_written() {
    let binary = binary(HostProfile::airoto());
    let instance = empty(&binary);
    let dab = r#"{"add":[[30,30]],"radius":3}"#;
    let strokes = vec![dab; 500].join(",");
    let full = format!(r#"{{"objects":[{{"name":"a","prompts":[{{"frame":1,"drawing":[{strokes}]}}]}}]}}"#);
    instance.set_param("prompts", full.as_str()).expect("prompts");
    let overlay = instance.overlay().expect("described").expect("an overlay");
    lasso(&instance);
    stroke(&overlay, 1, &corners(10.0, 10.0, 9.0, 9.0));
    assert_eq!(text(&instance, "prompts"), full);
    assert!(said(&instance).contains("it has 501 strokes, expected at most 500"), "{}", said(&instance));
}
