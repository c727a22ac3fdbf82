//! Which frame is to be prompted next.

use serde_json::Value;

use crate::common::{Clip, success};

#[test]
fn a_summary_says_how_sure_each_frame_is_and_names_the_next_one_to_prompt() {
    let clip = Clip::new(8);
    // From frame 5 on the object is behind noise.
    for frame in 5..8 {
        let mut random = fastrand::Rng::with_seed(frame);
        let noise = image::RgbImage::from_fn(96, 64, |_, _| image::Rgb([0; 3].map(|_: u8| random.u8(..))));
        noise.save(clip.path(&format!("frames/{frame:05}.png"))).expect("saved");
    }
    // A file that was written less than two seconds ago may be written again, and is not known by its stamp.
    std::thread::sleep(std::time::Duration::from_millis(2200));
    let mask = r#"{"objects":[{"name":"object","prompts":[{"frame":0,"mask":"masks/00000.png"}]}]}"#;
    clip.prompts(mask);
    let summary = || -> Value {
        let text = success(&clip.render(&["--tracker", "flow", "--json"]));
        serde_json::from_str(&text).expect("JSON")
    };
    let first = summary();
    let states = first["states"].as_array().expect("a list");
    assert_eq!(states.len(), 8, "{first}");
    assert_eq!(states[0]["state"], "prompted");
    assert_eq!(states[7]["state"], "unsure");
    let next = first["next_frame"].as_i64().expect("a frame");
    assert!((5..8).contains(&next), "{next}");
    // The frame that is prompted is not asked for again.
    let here = format!(r#"{{"frame":{next},"mask":"masks/{next:05}.png"}}"#);
    clip.prompts(&mask.replace("]}]}", &format!(",{here}]}}]}}")));
    let then = summary();
    assert_eq!(then["states"][next as usize]["state"], "prompted");
    assert_ne!(then["next_frame"].as_i64(), Some(next));
}
