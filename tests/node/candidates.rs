//! What a search by words found, drawn over the viewer and chosen there.

use airoto::host::{Drawing, HostProfile, Instance, Key, Overlay, Shape, Value};

use super::stage::*;

const ALT: i32 = 0xFFE9;

/// Two boxes on frame 2, the second within the first.
const FOUND: &str = "frame 2\n1  0.91  10.0 20.0 60.0 60.0  a square\n2  0.40  30.0 30.0 50.0 50.0  a square";

fn found(binary: &airoto::host::Binary) -> Instance {
    let instance = empty(binary);
    instance.set_param("textFound", FOUND).expect("a parameter");
    let _ = instance.steps();
    instance
}

/// The boxes that are drawn, in pixels of the picture from the left and top, with their line; the dark ones that lie
/// under them are left out.
fn boxes(drawings: &[Drawing]) -> Vec<([f64; 4], f32)> {
    let lines =
        drawings.iter().filter(|d| d.shape == Shape::LineLoop && d.points.len() == 4 && d.colour[0] > 0.0);
    let up = |y: f64| f64::from(HEIGHT) - y;
    lines
        .map(|d| ([d.points[0].0, up(d.points[0].1), d.points[2].0, up(d.points[2].1)], d.line_width))
        .collect()
}

fn words(drawings: &[Drawing]) -> Vec<(String, (f64, f64))> {
    let text = |d: &Drawing| match &d.shape {
        Shape::Text(text) => Some((text.clone(), d.points[0])),
        _ => None,
    };
    drawings.iter().filter_map(text).collect()
}

fn drawn(overlay: &Overlay, time: i64) -> Vec<Drawing> {
    overlay.draw(time as f64).expect("drawn")
}

#[test]
fn candidates_are_drawn_on_their_frame_until_one_is_used() {
    let binary = binary(HostProfile::airoto());
    let instance = found(&binary);
    let overlay = instance.overlay().expect("described").expect("an overlay");
    let there = drawn(&overlay, 2);
    let (first, second) = ([10.0, 20.0, 60.0, 60.0], [30.0, 30.0, 50.0, 50.0]);
    assert_eq!(boxes(&there), [(second, 1.0), (first, 2.5)], "the chosen one in front");
    // The words stand on the box, from its low left corner on.
    let up = |y: f64| f64::from(HEIGHT) - y;
    let said = [("2  0.40".to_owned(), (33.0, up(27.0))), ("1  0.91".to_owned(), (13.0, up(17.0)))];
    assert_eq!(words(&there), said);
    let tags: Vec<&Drawing> = there.iter().filter(|d| d.shape == Shape::Rectangle).collect();
    assert!(tags.len() == 2 && tags[1].points[0] == (10.0, up(20.0)) && tags[0].colour != tags[1].colour);
    // At half the size the tags are as large on the screen, the boxes where they were.
    let half = instance.overlay_at([2.0, 2.0]).expect("described").expect("an overlay");
    let far = drawn(&half, 2);
    assert_eq!(boxes(&far), boxes(&there));
    let size = |d: &Drawing| (d.points[1].0 - d.points[0].0, d.points[1].1 - d.points[0].1);
    let far: Vec<&Drawing> = far.iter().filter(|d| d.shape == Shape::Rectangle).collect();
    assert_eq!(size(far[1]), (2.0 * size(tags[1]).0, 2.0 * size(tags[1]).1));
    // Another frame, an overlay that is switched off, and an empty list.
    assert!(drawn(&overlay, 3).is_empty());
    instance.set_param("overlay", "nothing").expect("a parameter");
    assert!(drawn(&overlay, 2).is_empty());
    instance.set_param("overlay", "prompts").expect("a parameter");
    // Used they go, for the object that has the box, and come again with undo.
    instance.push_button("textApply", 2.0).expect("pressed");
    let after = drawn(&overlay, 2);
    assert_eq!((boxes(&after), words(&after).len()), (vec![(first, 1.5)], 1), "the prompt, with its name");
    instance.set_param("activeObject", 2).expect("a parameter");
    assert_eq!(boxes(&drawn(&overlay, 2)).len(), 3, "the next object has none yet");
    instance.set_param("activeObject", 1).expect("a parameter");
    assert_eq!(instance.undo().expect("undone").as_deref(), Some("Use candidate"));
    assert_eq!(boxes(&drawn(&overlay, 2)).len(), 2);
    instance.set_param("textFound", "").expect("a parameter");
    assert!(drawn(&overlay, 2).is_empty());
}

#[test]
fn a_click_in_a_candidate_chooses_it() {
    for (word, profile) in HostProfile::all().into_iter().filter(|(_, profile)| profile.overlays) {
        let binary = binary(profile);
        let instance = found(&binary);
        let overlay = instance.overlay().expect("described").expect("an overlay");
        let choice = || instance.param("textChoice").expect("there");
        // In both, the smaller one.
        stroke(&overlay, 2, &[(40.0, 40.0)]);
        assert_eq!(
            (choice(), instance.steps()),
            (Value::Int(2), vec!["Choose candidate".to_owned()]),
            "{word}"
        );
        stroke(&overlay, 2, &[(40.0, 40.0)]);
        assert!(instance.steps().is_empty(), "{word}: it is chosen already");
        stroke(&overlay, 2, &[(15.0, 55.0)]);
        assert_eq!(choice(), Value::Int(1), "{word}");
        // By its edge and by its tag.
        stroke(&overlay, 2, &[(28.0, 40.0)]);
        assert_eq!(choice(), Value::Int(2), "{word}");
        stroke(&overlay, 2, &[(14.0, 14.0)]);
        assert_eq!((choice(), text(&instance, "prompts")), (Value::Int(1), String::new()), "{word}");
        assert_eq!(instance.undo().expect("undone").as_deref(), Some("Choose candidate"), "{word}");
        assert_eq!(choice(), Value::Int(2), "{word}");
        // What is drawn, what is a negative click, and what is beside them is as it always is.
        let _ = instance.steps();
        stroke(&overlay, 2, &[(32.0, 32.0), (40.0, 40.0), (48.0, 48.0)]);
        overlay.key(Key::Down, 2.0, ALT, "").expect("told");
        stroke(&overlay, 2, &[(40.0, 40.0)]);
        overlay.key(Key::Up, 2.0, ALT, "").expect("told");
        stroke(&overlay, 2, &[(80.0, 10.0)]);
        stroke(&overlay, 3, &[(40.0, 40.0)]);
        let steps = ["Draw box", "Add negative point", "Add point", "Add point"];
        assert_eq!(
            (instance.steps(), choice()),
            (steps.map(str::to_owned).to_vec(), Value::Int(2)),
            "{word}"
        );
        // Points are taken before candidates.
        stroke(&overlay, 2, &[(40.0, 40.0), (45.0, 45.0), (52.0, 55.0)]);
        assert_eq!(instance.steps(), ["Move point"], "{word}");
        assert!(instance.faults().is_empty(), "{word}: {:?}", instance.faults());
    }
}
