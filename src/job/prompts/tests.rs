//! Prompts that are read, and those that are refused.

use super::*;
use crate::job::MaskKeys;
use crate::raster::PixelPoint;

const LIMITS: Limits = Limits { width: 100, height: 80, first: 10, last: 20 };

fn one(prompts: &str) -> String {
    format!(r#"{{"objects":[{{"name":"dog","prompts":[{prompts}]}}]}}"#)
}

/// An object with a box and something else said of it.
fn with(more: &str) -> String {
    format!(r#"{{"objects":[{{"name":"dog",{more},"prompts":[{{"frame":10,"box":[1,2,9,8]}}]}}]}}"#)
}

/// A drawing of these strokes.
fn drawn(strokes: &str) -> String {
    one(&format!(r#"{{"frame":10,"drawing":[{strokes}]}}"#))
}

/// A stroke of a wide brush.
fn line(points: usize) -> String {
    format!(r#"{{"add":[{}],"radius":500}}"#, vec!["[5,6]"; points].join(","))
}

fn message(json: &str) -> String {
    match parse(json).and_then(|p| p.check(&LIMITS, &MaskKeys::Nowhere)) {
        Ok(()) => "fine".into(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn every_kind_is_read_and_boxes_are_put_in_order() {
    let json = one(r#"{"frame":10,"point":[42,26.5],"label":"negative"},{"frame":11,"point":[1,2]},
           {"frame":12,"box":[56,42,30,12]},{"frame":13,"mask":"masks/00000.png"},
           {"frame":14,"shapes":"a.fxs","layer":"dog"},
           {"frame":15,"drawing":[{"add":[[1,2],[3,4],[-5,60]]},{"subtract":[[7,8.5]],"radius":2}]}"#);
    let prompts = parse(&json).expect("good prompts");
    prompts.check(&LIMITS, &MaskKeys::Nowhere).expect("inside");
    let kinds: Vec<_> = prompts.objects[0].prompts.iter().map(|p| p.kind.clone()).collect();
    let point = |x, y, label| PromptKind::Point(PointPrompt { at: PixelPoint { x, y }, label });
    assert_eq!(kinds[0], point(42.0, 26.5, Label::Negative));
    assert_eq!(kinds[1], point(1.0, 2.0, Label::Positive));
    assert_eq!(kinds[2], PromptKind::Box(PixelBox { x0: 30.0, y0: 12.0, x1: 56.0, y1: 42.0 }));
    assert_eq!(kinds[3], PromptKind::Mask("masks/00000.png".into()));
    assert_eq!(kinds[4], PromptKind::Shapes { path: "a.fxs".into(), layer: Some("dog".into()) });
    let at = |(x, y): (f64, f64)| PixelPoint { x, y };
    let area = StrokePath::Area([(1.0, 2.0), (3.0, 4.0), (-5.0, 60.0)].map(at).to_vec());
    let brush = StrokePath::Brush { points: vec![at((7.0, 8.5))], radius: 2.0 };
    let strokes = vec![Stroke { adds: true, path: area }, Stroke { adds: false, path: brush }];
    assert_eq!(kinds[5], PromptKind::Drawing(strokes));
    assert_eq!(prompts.frames(), [10, 11, 12, 13, 14, 15]);
}

#[test]
fn bad_prompts_are_named() {
    let two = r#"{"objects":[{"name":"a","prompts":[]},{"name":"a","prompts":[]}]}"#;
    let many: Vec<_> = (0..17).map(|i| format!(r#"{{"name":"{i}","prompts":[]}}"#)).collect();
    let many = format!(r#"{{"objects":[{}]}}"#, many.join(","));
    let table = [
        (one(r#"{"frame":10,"pont":[1,2]}"#), "unknown field `pont`"),
        (r#"{"objects":[],"version":2}"#.into(), "unknown field `version`"),
        ("{".into(), "the prompts cannot be read: EOF"),
        ("[]".into(), "the prompts cannot be read"),
        (r#"{"objects":[]}"#.into(), "there are no prompts"),
        (String::new(), "there are no prompts"),
        (two.into(), r#"two objects have the name "a""#),
        (many, "the prompts have 17 objects, expected at most 16"),
        (r#"{"objects":[{"name":" ","prompts":[]}]}"#.into(), r#"object 1 has the name " ""#),
        (one(""), "there are no prompts"),
        (with(r#""colour":[1,2,0]"#), r#"object "dog": colour is [1.0, 2.0, 0.0], expected red, green"#),
        (with(r#""colour":[1,0]"#), "the prompts cannot be read"),
        (with(r#""hidden":1"#), "the prompts cannot be read"),
        (with(r#""edge":{"inside":-1}"#), "inside is -1, expected 0 to 500 pixels"),
        (with(r#""edge":{"quality":"best"}"#), "unknown variant `best`"),
        (with(r#""edge":{"sharp":1}"#), "unknown field `sharp`"),
        (with(r#""edge":{"stability":1.5}"#), "stability is 1.5, expected 0 to 1"),
        (with(r#""edge":{"clip_white":1.5}"#), "clip_white is 1.5, expected 0 to 1"),
        (with(r#""edge":{"clean_black":-1}"#), "clean_black is -1, expected 0 to 1000000 pixels"),
        (with(r#""tracker":" ""#), r#"tracker is " ", expected the name of a tracker"#),
        (one(r#"{"frame":10}"#), "found none"),
        (one(r#"{"frame":10,"point":[1,2],"box":[1,2,3,4]}"#), "found several"),
        (one(r#"{"frame":10,"box":[1,2,3,4],"label":"positive"}"#), "only a point has a label"),
        (one(r#"{"frame":10,"point":[1,2],"label":"maybe"}"#), "unknown variant `maybe`"),
        (one(r#"{"frame":10,"mask":"a.png","layer":"a"}"#), "only shapes have a layer"),
        (one(r#"{"frame":10,"mask":"a.png","shapes":"a.nk"}"#), "found several"),
        (
            one(r#"{"frame":10,"mask":"a.png"},{"frame":10,"shapes":"a.nk"}"#),
            "frame 10: a mask is given twice",
        ),
        (one(r#"{"frame":10,"point":[1,2,3]}"#), "the prompts cannot be read"),
        (one(r#"{"frame":1e400,"point":[1,2]}"#), "the prompts cannot be read"),
        (
            one(r#"{"frame":10,"box":[1,2,3,4]},{"frame":10,"box":[1,2,3,4]}"#),
            "frame 10: a box is given twice",
        ),
        (
            one(r#"{"frame":9,"point":[1,2]}"#),
            r#"object "dog": a prompt is on frame 9, the footage has frames 10 to 20"#,
        ),
        (
            one(r#"{"frame":10,"point":[101,2]}"#),
            r#"object "dog", frame 10: the point at (101, 2) is outside the picture of 100x80 pixels"#,
        ),
        (one(r#"{"frame":10,"box":[1,2,3,-4]}"#), "a corner of the box at (1, -4) is outside"),
        (one(r#"{"frame":10,"box":[1,2,1,4]}"#), "the box has no area"),
        (one(r#"{"frame":10,"point":[1,2],"label":"negative"}"#), "only negative points"),
        (drawn(r#"{"subtract":[[1,2],[3,4],[5,9]]}"#), "strokes that subtract: mark the object"),
        (drawn(""), r#"object "dog", frame 10, drawing: it has no strokes"#),
        (drawn(r#"{"radius":3}"#), "stroke 1 is one of add or subtract, found none"),
        (drawn(r#"{"add":[[1,2]],"subtract":[[1,2]],"radius":3}"#), "found both"),
        (drawn(r#"{"add":[[1,2],[3,4]]}"#), "stroke 1 has 2 points, expected 3 to 10000"),
        (drawn(r#"{"add":[],"radius":3}"#), "stroke 1 has 0 points, expected 1 to 10000"),
        (
            drawn(r#"{"add":[[1,2]],"radius":0}"#),
            "has the radius 0, expected more than 0 and at most 2000 pixels",
        ),
        (drawn(r#"{"add":[[1,2]],"radius":2001}"#), "has the radius 2001"),
        (
            drawn(r#"{"add":[[1,2],[3,4],[1e7,5]]}"#),
            "a point at (10000000, 5), expected at most 1000000 pixels",
        ),
        (drawn(r#"{"add":[[1,2]],"width":3}"#), "unknown field `width`"),
        (
            drawn(&vec![r#"{"add":[[1,2]],"radius":3}"#; 501].join(",")),
            "it has 501 strokes, expected at most 500",
        ),
        (
            one(
                r#"{"frame":10,"drawing":[{"add":[[1,2]],"radius":3}]},{"frame":10,"drawing":[{"add":[[1,2]],"radius":3}]}"#,
            ),
            "frame 10: a drawing is given twice",
        ),
        (drawn(&line(10_001)), "stroke 1 has 10001 points"),
        (
            drawn(&vec![line(10_000); 21].join(",")),
            "the drawings have 210000 points in all, expected at most 200000",
        ),
        (drawn(&vec![line(10_000); 20].join(",")), "its strokes cover 1600000000 pixels in all"),
    ];
    for (json, expected) in table {
        let found = message(&json);
        assert!(found.contains(expected), "{json}\n found: {found}\n expected: {expected}");
    }
}

#[test]
fn as_many_prompts_as_may_be_are_read_and_one_more_is_not() {
    let points = |frames: std::ops::Range<usize>, each: usize| {
        let point = |frame| format!(r#"{{"frame":{frame},"point":[1,2]}}"#);
        frames.flat_map(|f| std::iter::repeat_n(f, each)).map(point).collect::<Vec<_>>().join(",")
    };
    let read = |prompts: String| parse(&one(&prompts)).map(|p| p.objects[0].prompts.len());
    let frames = MAX_PROMPTS / MAX_POINTS;
    assert_eq!(read(points(0..frames, MAX_POINTS)), Ok(MAX_PROMPTS));
    let found = MAX_PROMPTS + MAX_POINTS;
    assert_eq!(read(points(0..frames + 1, MAX_POINTS)), Err(PromptError::TooManyPrompts(found)));
    let error = read(points(0..1, MAX_POINTS + 1)).expect_err("one too many").to_string();
    assert!(error.contains("frame 0: there are 501 points, expected at most 500"), "{error}");
    // What is beyond is counted, not looked at.
    let strange = [points(0..frames, MAX_POINTS + 1), r#"{"pont":1}"#.into()].join(",");
    assert!(matches!(read(strange), Err(PromptError::TooManyPrompts(_))));
    let half = points(0..frames, MAX_POINTS / 2 + 1);
    let two =
        format!(r#"{{"objects":[{{"name":"a","prompts":[{half}]}},{{"name":"b","prompts":[{half}]}}]}}"#);
    assert!(matches!(parse(&two), Err(PromptError::TooManyPrompts(_))), "of all objects");
}

#[test]
fn hidden_objects_are_not_shown_and_solo_ones_alone_are() {
    let shown = |flags: [&str; 3]| {
        let object = |(i, f): (usize, &&str)| format!(r#"{{"name":"{i}","prompts":[]{f}}}"#);
        let all: Vec<_> = flags.iter().enumerate().map(object).collect();
        let prompts = parse(&format!(r#"{{"objects":[{}]}}"#, all.join(","))).expect("good");
        [0, 1, 2].map(|i| prompts.shows(i))
    };
    let (hidden, solo, both) = (r#","hidden":true"#, r#","solo":true"#, r#","hidden":true,"solo":true"#);
    assert_eq!(shown(["", "", ""]), [true; 3]);
    assert_eq!(shown(["", hidden, ""]), [true, false, true]);
    assert_eq!(shown(["", solo, ""]), [false, true, false]);
    assert_eq!(shown([solo, solo, hidden]), [true, true, false]);
    assert_eq!(shown([both, "", ""]), [false, true, true], "what is hidden hides no other");
    assert!(!Prompts::default().shows(0));
}

#[test]
fn an_object_has_the_edge_that_is_said_of_it_and_else_the_panels() {
    let json = with(r#""edge":{"quality":"fine","inside":0,"motion_blur":"ignore"},"tracker":"flow""#);
    let prompts = parse(&json).expect("good");
    assert_eq!(prompts.objects[0].tracker.as_deref(), Some("flow"));
    let panel = EdgeSettings {
        inside: Some(3.0),
        outside: Some(4.0),
        motion_blur: MotionBlur::Soften,
        ..EdgeSettings::default()
    };
    let edge = prompts.edge(0, &panel);
    assert_eq!((edge.quality, edge.inside, edge.outside), (Quality::Fine, None, Some(4.0)));
    assert_eq!((edge.motion_blur, prompts.reach(&panel)), (MotionBlur::Ignore, 0));
    let seen = EdgeSettings { show_blur: true, ..panel.clone() };
    assert_eq!(prompts.edge(0, &seen).motion_blur, MotionBlur::Vectors);
    assert_eq!(*prompts.edge(1, &panel), panel);
}

#[test]
fn sixteen_objects_have_sixteen_colours() {
    let colours: Vec<[f32; 3]> = (0..MAX_OBJECTS).map(colour_of_place).collect();
    for (i, a) in colours.iter().enumerate() {
        assert!(a.iter().all(|v| (0.0..=1.0).contains(v)));
        for b in &colours[..i] {
            let apart: f32 = a.iter().zip(b).map(|(a, b)| (a - b).abs()).sum();
            assert!(apart > 0.1, "{a:?} and {b:?}");
        }
    }
}

#[test]
fn a_mask_clip_is_a_prompt_of_the_first_object() {
    assert_eq!(parse("").and_then(|p| p.check(&LIMITS, &MaskKeys::On(12))), Ok(()));
    let outside = parse("").and_then(|p| p.check(&LIMITS, &MaskKeys::On(30)));
    assert!(matches!(outside, Err(PromptError::FrameOutside { frame: 30, .. })));
    let json = one(r#"{"frame":12,"mask":"a.png"}"#);
    let twice = parse(&json).and_then(|p| p.check(&LIMITS, &MaskKeys::On(12)));
    assert!(matches!(twice, Err(PromptError::Twice { frame: 12, .. })));
    assert_eq!(parse(&json).and_then(|p| p.check(&LIMITS, &MaskKeys::On(13))), Ok(()));
    let listed =
        |frames: &[i64]| parse(&json).and_then(|p| p.check(&LIMITS, &MaskKeys::Listed(frames.to_vec())));
    assert_eq!(listed(&[11, 13]), Ok(()));
    assert!(matches!(listed(&[11, 12]), Err(PromptError::Twice { frame: 12, .. })));
    assert!(matches!(listed(&[11, 21]), Err(PromptError::FrameOutside { frame: 21, .. })));
    let long = Limits { last: 20_009, ..LIMITS };
    let anywhere = |limits| parse("").and_then(|p| p.check(limits, &MaskKeys::NotEmpty));
    assert_eq!((anywhere(&LIMITS), anywhere(&long)), (Ok(()), Ok(())));
    let longer = Limits { last: 20_010, ..LIMITS };
    assert_eq!(anywhere(&longer), Err(PromptError::MaskRange { first: 10, last: 20_010 }));
}
