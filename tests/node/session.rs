//! A whole session of an artist, scripted through the C ABI, in every host that is imitated.

use airoto::host::{Context, HostProfile, Instance};

use super::stage::*;

/// A stroke of the pen; a host without overlays has what it makes typed in.
fn draw(instance: &Instance, time: i64, places: &[(f64, f64)], typed: &str) {
    let Some(overlay) = instance.overlay().expect("described") else {
        instance.edit_param("prompts", typed, time as f64).expect("a parameter");
        return;
    };
    stroke(&overlay, time, places);
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
        let artist = empty(&binary);
        let (left, top) = square(2);
        let (l, t) = (left as f64, top as f64);
        draw(&artist, 2, &[(l, t), (l + 9.0, t + 9.0), (l + 24.0, t + 24.0)], &prompts(2));
        let first = text(&artist, "prompts");
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
        draw(&artist, 6, &half, &typed);
        assert_ne!(text(&artist, "prompts"), first, "{word}");
        artist.push_button("trackUpdate", 6.0).expect("pressed");
        assert!(status(&artist).contains("keys 2, 6"), "{word}: {}", status(&artist));
        let _ = artist.steps();
        let corrected = mattes(&artist, 2);
        assert!(corrected[0] == tracked[0], "{word}: the first prompt's own frame is pinned");
        assert!(overlap(&corrected[4], 6) < 0.75, "{word}: half of it");
        if drawn {
            // What tracking set is taken back first.
            while text(&artist, "prompts") != first {
                assert!(artist.undo().expect("undone").is_some(), "{word}");
            }
        } else {
            artist.edit_param("prompts", first.as_str(), 6.0).expect("typed back");
        }
        assert_eq!(text(&artist, "prompts"), first, "{word}");
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
