//! What pens and keys do over the viewer, and what is drawn there.

use airoto::host::{Drawing, HostProfile, Instance, Key, Pen, Shape};

use super::stage::*;

const ALT: i32 = 0xFFE9;
const DELETE: i32 = 0xFFFF;
const ESCAPE: i32 = 0xFF1B;

fn prompts_of(instance: &Instance) -> serde_json::Value {
    let text = text(instance, "prompts");
    if text.is_empty() { serde_json::Value::Null } else { serde_json::from_str(&text).expect("JSON") }
}

fn drawn(drawings: &[Drawing], wanted: fn(&Drawing) -> bool) -> usize {
    drawings.iter().filter(|d| wanted(d)).count()
}

#[test]
fn clicks_and_drags_become_prompts_that_are_tracked() {
    let binary = binary(HostProfile::airoto());
    let instance = empty(&binary);
    let overlay = instance.overlay().expect("described").expect("an overlay");
    let (left, top) = square(2);
    let (left, top) = (left as f64, top as f64);
    stroke(&overlay, 2, &[(left, top), (left + 3.0, top + 9.0), (left + 24.0, top + 24.0)]);
    let found = prompts_of(&instance);
    assert_eq!(
        found["objects"][0]["prompts"][0]["box"],
        serde_json::json!([left, top, left + 24.0, top + 24.0])
    );
    assert!(overlap(&alpha(&instance, 5), 5) > 0.9);
    assert!(overlay.redraws() > 0, "the viewer is drawn again");
    // A click on the object, and one off it while Alt is held.
    stroke(&overlay, 4, &[(40.0, 40.0)]);
    overlay.key(Key::Down, 4.0, ALT, "").expect("told");
    stroke(&overlay, 4, &[(5.0, 60.0)]);
    overlay.key(Key::Up, 4.0, ALT, "").expect("told");
    stroke(&overlay, 5, &[(45.0, 40.0)]);
    let found = prompts_of(&instance);
    let labels: Vec<_> = found["objects"][0]["prompts"].as_array().expect("a list")[1..].iter().collect();
    assert_eq!(*labels[0], serde_json::json!({ "frame": 4, "point": [40.0, 40.0], "label": "positive" }));
    assert_eq!((&labels[1]["label"], &labels[2]["label"]), (&"negative".into(), &"positive".into()));
    // The second object, by the number of the active one.
    instance.set_param("activeObject", 2).expect("a parameter");
    stroke(&overlay, 2, &[(80.0, 8.0)]);
    assert_eq!(prompts_of(&instance)["objects"].as_array().map(Vec::len), Some(2));
    assert_eq!(prompts_of(&instance)["objects"][1]["name"], "Object 2");
}

#[test]
fn points_and_corners_are_moved_and_deleted() {
    let binary = binary(HostProfile::airoto());
    let instance = empty(&binary);
    let overlay = instance.overlay().expect("described").expect("an overlay");
    stroke(&overlay, 1, &[(30.0, 30.0)]);
    stroke(&overlay, 1, &[(50.0, 10.0), (70.0, 20.0), (90.0, 60.0)]);
    let before = prompts_of(&instance);
    // A click on a point selects it and changes nothing.
    stroke(&overlay, 1, &[(31.0, 29.0)]);
    assert_eq!(prompts_of(&instance), before);
    stroke(&overlay, 1, &[(31.0, 29.0), (36.0, 33.0), (44.0, 41.5)]);
    let point = |found: &serde_json::Value| {
        let all = found["objects"][0]["prompts"].as_array().expect("a list").clone();
        all.into_iter().find_map(|p| p.get("point").cloned())
    };
    assert_eq!(point(&prompts_of(&instance)), Some(serde_json::json!([44.0, 41.5])));
    stroke(&overlay, 1, &[(90.0, 60.0), (80.0, 50.0)]);
    assert_eq!(
        prompts_of(&instance)["objects"][0]["prompts"][0]["box"],
        serde_json::json!([50.0, 10.0, 80.0, 50.0])
    );
    // Escape leaves everything as it was.
    let before = prompts_of(&instance);
    overlay.pen(Pen::Down, 1.0, 80.0, 14.0, 1.0).expect("taken");
    overlay.pen(Pen::Motion, 1.0, 60.0, 40.0, 1.0).expect("taken");
    assert!(overlay.key(Key::Down, 1.0, ESCAPE, "").expect("taken"));
    assert!(!overlay.pen(Pen::Up, 1.0, 60.0, 40.0, 0.0).expect("nothing to do"));
    assert_eq!(prompts_of(&instance), before);
    // On another frame there is nothing to take.
    stroke(&overlay, 1, &[(44.0, 41.0)]);
    assert!(overlay.key(Key::Down, 1.0, DELETE, "").expect("taken"));
    assert_eq!(point(&prompts_of(&instance)), None);
    assert!(!overlay.key(Key::Down, 1.0, DELETE, "").expect("nothing selected"));
    overlay.focus(false, 1.0).expect("told");
}

#[test]
fn hit_targets_have_one_size_on_the_screen() {
    let binary = binary(HostProfile::airoto());
    let instance = empty(&binary);
    let near = instance.overlay_at([0.25, 0.25]).expect("described").expect("an overlay");
    stroke(&near, 1, &[(30.0, 30.0)]);
    // Four pixels of the picture are sixteen of the screen: another click.
    stroke(&near, 1, &[(34.0, 30.0)]);
    assert_eq!(prompts_of(&instance)["objects"][0]["prompts"].as_array().map(Vec::len), Some(2));
    let far = instance.overlay_at([2.0, 2.0]).expect("described").expect("an overlay");
    // Two of the screen: the point itself.
    stroke(&far, 1, &[(38.0, 30.0)]);
    assert_eq!(prompts_of(&instance)["objects"][0]["prompts"].as_array().map(Vec::len), Some(2));
}

#[test]
fn what_was_rendered_and_prompts_are_drawn() {
    // Somebody sits before it.
    let binary = binary(HostProfile { background: false, ..HostProfile::airoto() });
    let instance = ready(&binary, Scene::plain());
    let overlay = instance.overlay().expect("described").expect("an overlay");
    let lines = |d: &Drawing| d.shape == Shape::LineLoop && d.points.len() > 4;
    assert_eq!(drawn(&overlay.draw(4.0).expect("drawn"), lines), 0, "nothing was rendered yet");
    assert!(overlap(&alpha(&instance, 4), 4) > 0.9);
    let drawings = overlay.draw(4.0).expect("drawn");
    assert_eq!(drawn(&drawings, lines), 2, "a dark and a bright outline");
    let outline = drawings.iter().find(|d| lines(d)).expect("an outline");
    let (left, top) = square(4);
    for (x, y) in &outline.points {
        let (x, y) = (*x, f64::from(HEIGHT) - y);
        let inside = |v: f64, low: i64| v > low as f64 - 3.0 && v < low as f64 + 27.0;
        assert!(inside(x, left) && inside(y, top), "{x}, {y} is no edge of the square");
    }
    // The box of frame 2 is faint and dashed on frame 4, and has corners to take on its own.
    let boxes: Vec<_> =
        drawings.iter().filter(|d| d.shape == Shape::LineLoop && d.points.len() == 4).collect();
    assert!(!boxes.is_empty() && boxes.iter().all(|d| d.stipple != 0 && d.colour[3] < 0.3), "{boxes:?}");
    let corners = |d: &Drawing| d.shape == Shape::Rectangle;
    assert_eq!(drawn(&drawings, corners), 0);
    assert_eq!(drawn(&overlay.draw(2.0).expect("drawn"), corners), 4);
    instance.set_param("overlay", "fill").expect("a parameter");
    let filled = overlay.draw(4.0).expect("drawn");
    let area: f64 = filled
        .iter()
        .filter(|d| corners(d))
        .map(|d| ((d.points[0].0 - d.points[1].0) * (d.points[0].1 - d.points[1].1)).abs())
        .sum();
    assert!((450.0..700.0).contains(&area), "{area} pixels of 576");
    instance.set_param("overlay", "nothing").expect("a parameter");
    assert!(overlay.draw(4.0).expect("nothing").is_empty());
    assert!(!overlay.pen(Pen::Down, 4.0, 30.0, 30.0, 1.0).expect("the host's own"));
}

#[test]
fn a_host_without_a_draw_suite_has_an_overlay_too() {
    for profile in [HostProfile::nuke(), HostProfile::natron(), HostProfile::resolve()] {
        let binary = binary(profile);
        let instance = empty(&binary);
        let overlay = instance.overlay().expect("described").expect("an overlay");
        stroke(&overlay, 2, &[(30.0, 40.0)]);
        assert_eq!(prompts_of(&instance)["objects"][0]["prompts"].as_array().map(Vec::len), Some(1));
    }
}

#[test]
fn prompts_that_are_no_prompts_are_not_written_over() {
    let binary = binary(HostProfile::airoto());
    let instance = empty(&binary);
    instance.set_param("prompts", "half a thou").expect("a parameter");
    let overlay = instance.overlay().expect("described").expect("an overlay");
    assert!(!overlay.pen(Pen::Down, 1.0, 30.0, 30.0, 1.0).expect("left alone"));
    assert!(overlay.draw(1.0).expect("drawn").is_empty());
    assert_eq!(text(&instance, "prompts"), "half a thou");
}

#[test]
fn what_a_correction_makes_stale_is_shown_in_its_step() {
    for (word, profile) in HostProfile::all().into_iter().filter(|(_, profile)| profile.overlays) {
        let binary = binary(profile);
        let instance = ready(&binary, Scene::plain());
        let overlay = instance.overlay().expect("described").expect("an overlay");
        let state = |instance: &Instance| (text(instance, "prompts"), shown(instance));
        // What was never tracked cannot be stale.
        stroke(&overlay, 5, &[(60.0, 40.0)]);
        assert_eq!(shown(&instance).1, [], "{word}");
        assert!(overlay.key(Key::Down, 5.0, DELETE, "").expect("taken"));
        for (id, value) in [("trackRange", 1), ("trackFirst", 0), ("trackLast", LAST as i32)] {
            instance.set_param(id, value).expect("a parameter");
        }
        instance.push_button("trackForward", 2.0).expect("pressed");
        let tracked = state(&instance);
        assert_eq!(tracked.1.0, "Tracked 2-9, keys 2", "{word}: {}", said(&instance));
        let _ = instance.steps();
        let (left, top) = square(6);
        let (left, top) = (left as f64, top as f64);
        stroke(&overlay, 6, &[(left, top), (left + 5.0, top + 5.0), (left + 12.0, top + 24.0)]);
        assert_eq!(instance.steps(), ["Draw box"], "{word}");
        let corrected = state(&instance);
        assert_eq!(corrected.1.0, "Tracked 2, stale 3-9, keys 2, 6", "{word}");
        assert_eq!(corrected.1.1.iter().map(|k| k.1).collect::<Vec<_>>(), [2, 0, 0, 0, 0, 0, 0, 0], "{word}");
        // A corner is moved, and the box is taken away: what was tracked without it is there still.
        stroke(&overlay, 6, &[(left + 12.0, top + 24.0), (left + 24.0, top + 24.0)]);
        assert_eq!(shown(&instance), corrected.1, "{word}");
        assert!(overlay.key(Key::Down, 6.0, DELETE, "").expect("taken"), "{word}");
        assert_eq!(state(&instance), tracked, "{word}");
        for step in ["Delete prompt", "Move box"] {
            assert_eq!(instance.undo().expect("undone").as_deref(), Some(step), "{word}");
        }
        assert_eq!(state(&instance), corrected, "{word}: undo brings prompts, line and keys back");
        assert_eq!(instance.undo().expect("undone").as_deref(), Some("Draw box"), "{word}");
        assert_eq!(state(&instance), tracked, "{word}");
        assert!(instance.faults().is_empty(), "{word}: {:?}", instance.faults());
    }
}

#[test]
fn the_viewer_is_drawn_again_with_what_it_draws_from() {
    for (word, profile) in HostProfile::all().into_iter().filter(|(_, profile)| profile.overlays) {
        let binary = binary(profile);
        let instance = empty(&binary);
        let overlay = instance.overlay().expect("described").expect("an overlay");
        let follows = [
            "prompts",
            "activeObject",
            "overlay",
            "showTimeline",
            "trackState",
            "trackRange",
            "trackFirst",
            "trackLast",
            "textFound",
            "textChoice",
        ];
        assert_eq!(overlay.follows(), follows, "{word}");
        for id in follows {
            instance.param(id).unwrap_or_else(|_| panic!("{word}: {id} is a parameter"));
        }
        assert!(instance.faults().is_empty(), "{word}: {:?}", instance.faults());
    }
}

/// The filled rectangles that are as wide as the picture's cells: their colour and how many frames each covers.
fn cells(overlay: &airoto::host::Overlay, time: i64) -> Vec<([f32; 4], f64)> {
    let side = f64::from(WIDTH) / (LAST + 1) as f64;
    let drawings = overlay.draw(time as f64).expect("drawn");
    // Prompts have squares at their corners, which are no rows of cells.
    let low =
        |d: &&Drawing| d.shape == Shape::Rectangle && d.points.iter().all(|p| (1.0..=18.0).contains(&p.1));
    drawings.iter().filter(low).map(|d| (d.colour, (d.points[1].0 - d.points[0].0) / side)).collect()
}

#[test]
fn a_strip_shows_how_the_tracked_frames_stand() {
    let binary = binary(HostProfile::airoto());
    let scene = Scene::plain();
    let instance = ready(&binary, std::sync::Arc::clone(&scene));
    let overlay = instance.overlay().expect("described").expect("an overlay");
    assert!(overlay.follows().iter().any(|param| param == "showTimeline"));
    assert!(cells(&overlay, 4).is_empty(), "nothing was tracked yet");
    instance.push_button("trackForward", 2.0).expect("pressed");
    let fetched = scene.fetched.load(std::sync::atomic::Ordering::SeqCst);
    let strip = cells(&overlay, 4);
    assert_eq!(strip[0].1, 10.0, "the ground, of all frames");
    // The prompt on frame 2, and the frames 3 to 9 that follow.
    let of = |strip: &[([f32; 4], f64)], frames: f64, wanted: fn([f32; 4]) -> bool| {
        strip.iter().any(|(colour, count)| (count - frames).abs() < 1e-6 && wanted(*colour))
    };
    let green = |[r, g, b, _]: [f32; 4]| g > 0.7 && r < 0.3 && b < 0.3;
    let red = |[r, g, b, _]: [f32; 4]| r > 0.9 && g < 0.3 && b < 0.3;
    let blue = |[r, _, b, _]: [f32; 4]| b > 0.9 && r < 0.5;
    assert!(of(&strip, 1.0, blue) && of(&strip, 7.0, green), "{strip:?}");
    assert!(!strip.iter().any(|cell| red(cell.0)), "{strip:?}");
    let needle =
        |time: i64| cells(&overlay, time).iter().any(|(colour, frames)| *colour == [1.0; 4] && *frames < 0.3);
    assert!(needle(4) && needle(9));
    // What another session, an undo or a person made of the keys is read.
    instance.set_key("trackState", 5.0, 4).expect("a key");
    let strip = cells(&overlay, 4);
    assert!(of(&strip, 1.0, red) && of(&strip, 2.0, green) && of(&strip, 4.0, green), "{strip:?}");
    // It follows the range of the buttons.
    for (id, value) in [("trackRange", 1), ("trackFirst", 4), ("trackLast", 8)] {
        instance.set_param(id, value).expect("a parameter");
    }
    let strip = cells(&overlay, 4);
    assert!(
        of(&strip, 2.0, red) && of(&strip, 2.0, green) && !strip.iter().any(|cell| blue(cell.0)),
        "{strip:?}"
    );
    assert_eq!(scene.fetched.load(std::sync::atomic::Ordering::SeqCst), fetched, "drawing asks for nothing");
    instance.set_param("showTimeline", false).expect("a parameter");
    assert!(cells(&overlay, 4).is_empty());
    for (id, value) in [("showTimeline", 1), ("overlay", 3)] {
        instance.set_param(id, value).expect("a parameter");
    }
    assert!(cells(&overlay, 4).is_empty(), "nothing is to be shown");
}
