//! `airoto eval --artist`: corrections until every frame is right.

use serde_json::Value;

use crate::common::{Clip, success};

fn corrections(clip: &Clip, artist: &str) -> Value {
    let json = clip.path(&format!("{artist}.json"));
    let (folder, json) = (clip.path("."), json.to_string_lossy().into_owned());
    let folder = folder.to_string_lossy();
    let arguments = ["eval", "--clips", &folder, "--artist", artist, "--tracker", "flow", "--json", &json];
    success(&clip.airoto(&arguments));
    let text = std::fs::read_to_string(&json).expect("written");
    serde_json::from_str::<Value>(&text).expect("JSON")["clips"][0][1].clone()
}

/// A disc that goes on evenly is right everywhere with its first and its last drawing.
#[test]
fn interpolation_needs_the_ends_of_an_even_motion() {
    let clip = Clip::new(12);
    let done = corrections(&clip, "interpolated");
    let rounds = done["rounds"].as_array().expect("rounds");
    let counts: Vec<_> = rounds.iter().map(|r| r["corrections"].as_u64()).collect();
    assert_eq!(counts, [Some(1), Some(2)], "{done}");
    assert!(rounds[0]["worst"] == 11 && rounds[1]["right"][0] == 1.0, "{done}");
    assert!(rounds[0]["right"][0].as_f64() < Some(0.5), "{done}");
}

#[test]
fn drawings_and_clicks_are_counted() {
    let clip = Clip::new(6);
    let drawn = corrections(&clip, "drawn");
    assert!(drawn["rounds"][0]["corrections"] == 1 && drawn["frames"] == 6, "{drawn}");
    assert!(drawn["first_frame"].is_null(), "{drawn}");
    let clicked = corrections(&clip, "clicks");
    let first = clicked["first_frame"].as_u64();
    assert!(first.is_some_and(|clicks| (1..=20).contains(&clicks)), "{clicked}");
    assert_eq!(clicked["rounds"][0]["corrections"].as_u64(), first);
    let refused = clip.airoto(&["eval", "--clips", ".", "--artist", "painted"]);
    let error = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(error.contains("expected drawn, clicks or interpolated"), "{error}");
}
