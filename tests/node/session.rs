//! A whole session of an artist, scripted through the C ABI, in every host that is imitated.

use airoto::host::{Binary, Context, HostProfile, Instance, Pen, Value};

use super::stage::*;

fn fresh(binary: &Binary) -> Instance {
    let instance = instance(binary, Context::Filter);
    instance.connect("Source", Some(Scene::plain())).expect("connected");
    set_up(&instance);
    instance.set_param("prompts", "").expect("prompts");
    instance
}

fn prompts_of(instance: &Instance) -> String {
    match instance.param("prompts").expect("the parameter") {
        Value::Text(text) => text,
        other => panic!("prompts are {other}"),
    }
}

/// A pen goes down, over some places, and up; in pixels of the picture, top row first. A host without overlays has
/// what it makes typed in.
fn stroke(instance: &Instance, time: i64, places: &[(f64, f64)], typed: &str) {
    let Some(overlay) = instance.overlay().expect("described") else {
        instance.edit_param("prompts", typed, time as f64).expect("a parameter");
        return;
    };
    let up = |y: f64| f64::from(HEIGHT) - y;
    let now = time as f64;
    let (first, last) = (places[0], places[places.len() - 1]);
    assert!(overlay.pen(Pen::Down, now, first.0, up(first.1), 1.0).expect("taken"));
    for (x, y) in &places[1..] {
        assert!(overlay.pen(Pen::Motion, now, *x, up(*y), 1.0).expect("taken"));
    }
    assert!(overlay.pen(Pen::Up, now, last.0, up(last.1), 0.0).expect("taken"));
}

/// The mattes of all frames from the prompt on, in order: hosts that give one frame alone are tracked as they render.
fn mattes(instance: &Instance, from: i64) -> Vec<Vec<f32>> {
    (from..=LAST).map(|time| alpha(instance, time)).collect()
}

#[test]
fn from_the_first_click_to_the_reopened_project() {
    for (word, profile) in HostProfile::all() {
        let drawn = profile.overlays;
        let binary = binary(profile);
        let artist = fresh(&binary);
        let (left, top) = square(2);
        let (l, t) = (left as f64, top as f64);
        stroke(&artist, 2, &[(l, t), (l + 9.0, t + 9.0), (l + 24.0, t + 24.0)], &prompts(2));
        let first = prompts_of(&artist);
        // The shot is tracked by the button; the first time the artist thinks better of it.
        let status = |artist: &Instance| artist.param("trackStatus").expect("there").to_string();
        for (id, value) in [("trackRange", 1), ("trackFirst", 0), ("trackLast", LAST as i32)] {
            artist.set_param(id, value).expect("a parameter");
        }
        artist.cancel_progress_after(3);
        artist.push_button("trackForward", 2.0).expect("pressed");
        let cancelled = status(&artist);
        assert!(!cancelled.contains("2-9"), "{word}: {cancelled}");
        artist.cancel_progress_after(0);
        artist.push_button("trackForward", 2.0).expect("pressed");
        assert!(status(&artist).contains("Tracked 2-9, keys 2"), "{word}: {}", status(&artist));
        let tracked = mattes(&artist, 2);
        assert!(overlap(&tracked[5], 7) > 0.85, "{word}: {}", overlap(&tracked[5], 7));

        // Something else is said on frame 6, and taken back.
        let (left, top) = square(6);
        let half = [
            (left as f64, top as f64),
            (left as f64 + 5.0, top as f64 + 5.0),
            (left as f64 + 12.0, top as f64 + 24.0),
        ];
        let typed = format!(
            r#"{{"objects":[{{"name":"square","prompts":[{},{{"frame":6,"box":[{left},{top},{},{}]}}]}}]}}"#,
            r#"{"frame":2,"box":[18,20,42,44]}"#,
            left + 12,
            top + 24
        );
        stroke(&artist, 6, &half, &typed);
        assert_ne!(prompts_of(&artist), first, "{word}");
        artist.push_button("trackUpdate", 6.0).expect("pressed");
        assert!(status(&artist).contains("keys 2, 6"), "{word}: {}", status(&artist));
        let _ = artist.steps();
        let corrected = mattes(&artist, 2);
        assert!(corrected[0] == tracked[0], "{word}: the first prompt's own frame is pinned");
        assert!(overlap(&corrected[4], 6) < 0.75, "{word}: half of it");
        if drawn {
            // What tracking set is taken back first.
            while prompts_of(&artist) != first {
                assert!(artist.undo().expect("undone").is_some(), "{word}");
            }
        } else {
            artist.edit_param("prompts", first.as_str(), 6.0).expect("typed back");
        }
        assert_eq!(prompts_of(&artist), first, "{word}");
        assert!(mattes(&artist, 2) == tracked, "{word}: what was taken back leaves nothing");

        // The project is saved, closed and opened again.
        let saved = artist.saved_params();
        drop(artist);
        let again = instance(&binary, Context::Filter);
        again.connect("Source", Some(Scene::plain())).expect("connected");
        for (id, value) in saved {
            again.set_param(&id, value).expect("a parameter that was saved");
        }
        assert!(mattes(&again, 2) == tracked, "{word}: the reopened project has another matte");
        assert_eq!(again.faults(), Vec::<String>::new(), "{word}");
    }
}
