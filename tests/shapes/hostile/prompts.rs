//! Files of shapes as prompts of an engine in this process.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use airoto::job::{EngineSettings, FrameSource, Request, SourceError};
use airoto::raster::{Frame, Matte};
use airoto::worker::{Client, Mode};

use super::files::{curved, ours, script, square_json, square_nk, written};

/// Grey footage of 64x48 pixels.
struct Footage;

impl FrameSource for Footage {
    fn frame(&mut self, _: i64) -> Result<Arc<Frame>, SourceError> {
        Ok(Arc::new(Frame::filled(64, 48, [90; 3])))
    }

    fn mask(&mut self, _: i64) -> Result<Option<Matte>, SourceError> {
        Ok(None)
    }

    fn aborted(&mut self) -> bool {
        false
    }
}

#[test]
fn as_prompts_they_do_no_harm_to_the_process_that_reads_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let client = Client::with_settings(
        Mode::InProcess,
        EngineSettings { cache: None, threads: 1, ..EngineSettings::default() },
    );
    let prompted = |name: &str| {
        let request = Request {
            prompts: airoto::job::prompts::PromptText::read(&format!(
                r#"{{"objects":[{{"name":"obj","prompts":[{{"frame":0,"shapes":"{name}"}}]}}]}}"#
            ))
            .prompts_or_none(),
            tracker: "flow".into(),
            base: Some(folder.path().to_owned()),
            width: 64,
            height: 48,
            last: 10,
            store: false,
            ..Request::default()
        };
        let begun = Instant::now();
        let tracked = client.track(&request, 0, &mut Footage, &mut |_| {});
        assert!(begun.elapsed() < Duration::from_secs(20), "{name}: {:?}", begun.elapsed());
        tracked.map(|mut found| found.objects.remove(0).matte).map_err(|e| e.to_string())
    };
    let refused = |name: &str, text: &str, words: &[&str]| {
        written(folder.path(), name, text);
        let reason = prompted(name).expect_err(name);
        for word in words {
            assert!(reason.contains(word), "{word:?} is not in {reason}");
        }
    };
    refused("a.nk", &script("", &square_nk("s", "{5 1e30}", "0")), &["a.nk", "shape \"s\" of layer \"obj\""]);
    let (bad, good) = (square_json("bad", "", "1e300,5", "0"), square_json("good", "", "5,5", "0"));
    // The rest could be drawn, but would be another mask.
    refused(
        "b.json",
        &ours(&format!("{bad},{good}")),
        &["b.json", "shape \"bad\" of layer \"obj\" is left out"],
    );
    let huge = ours(&good).replace("\"width\":64,\"height\":48", "\"width\":16384,\"height\":8192");
    refused("c.json", &huge, &["c.json", "16384x8192 pixels, the footage has 64x48"]);
    // What another layer lacks is nothing to this one.
    let layers =
        ours(&good).replace("\"layers\":[", &format!("\"layers\":[{{\"name\":\"x\",\"shapes\":[{bad}]}},"));
    written(folder.path(), "d.json", &layers);
    assert!(prompted("d.json").expect("drawn").area() > 500);
    written(folder.path(), "e.nk", &script("", &curved(1000, 99_999, 50.0)));
    assert!(prompted("e.nk").expect("drawn").area() > 500);
    let hostile = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/hostile");
    if !hostile.is_dir() {
        println!("skipped in part: {} is not there", hostile.display());
        return;
    }
    for entry in std::fs::read_dir(&hostile).expect("a folder").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if [".fxs", ".nk", ".json"].iter().any(|e| name.ends_with(e)) {
            std::fs::copy(entry.path(), folder.path().join(&name)).expect("copied");
            // Whether it is drawn or refused: the process goes on.
            let _ = prompted(&name);
        }
    }
}
