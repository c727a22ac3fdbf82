//! Prompts: the parameter of the node, and the file of `airoto render -p`.

use std::hint::black_box;

use airoto::job::prompts::edit::{self, drawings, objects, points};
use airoto::job::prompts::{Limits, parse};
use airoto::job::{EdgeSettings, MaskKeys};
use airoto::raster::{PixelBox, PixelPoint};

use super::Target;
use super::mutate::json;

pub const TARGET: Target =
    Target { name: "prompts", seeds, mutate: json::change, run, inputs: 12_000, accepted: 0.3 };

fn seeds() -> Vec<Vec<u8>> {
    [
        r#"{"objects":[{"name":"dog","prompts":[{"frame":0,"point":[420,260],"label":"positive"},
           {"frame":0,"point":[42.5,26],"label":"negative"},{"frame":3,"point":[1,2]}]}]}"#,
        r#"{"objects":[{"name":"dog","prompts":[{"frame":0,"box":[300,120,560,420]},
           {"frame":7,"box":[56.25,42,30,12]}]},{"name":"犬","prompts":[{"frame":2,"mask":"masks/00000.png"}]}]}"#,
        r#"{"objects":[{"name":"a","prompts":[{"frame":24,"shapes":"roto.fxs"},
           {"frame":25,"shapes":"roto.nk","layer":"dog"},{"frame":-3,"shapes":"a.json"}]}]}"#,
        r#"{"objects":[{"name":"car","hidden":true,"solo":true,"colour":[0.9,0.2,0.1],"tracker":"flow",
           "edge":{"quality":"fast","inside":4,"outside":0,"hair":2,"motion_blur":"soften","stability":0.5,
           "clean_black":40,"clean_white":9,"clip_black":0.1,"clip_white":0.9},
           "prompts":[{"frame":10,"box":[1,2,9,8]}]},
           {"name":"sky","edge":{"quality":"fine","motion_blur":"vectors"},"prompts":[]},
           {"name":"sea","edge":{"quality":"tracked","motion_blur":"ignore"},"solo":false,"hidden":false,
            "tracker":"swift","prompts":[{"frame":1,"point":[3,4]}]}]}"#,
        r#"{"objects":[{"name":"arm","prompts":[{"frame":4,"drawing":[{"add":[[10,10],[90,12.5],[60,80]]},
           {"subtract":[[20,20],[40,44]],"radius":6.5},{"add":[[-5,300]],"radius":90}]},{"frame":5,"point":[3,4]}]}]}"#,
        r#"{"objects":[]}"#,
        r#"{"objects":[{"name":"one","prompts":[]},{"name":"two","prompts":[]},{"name":"three","prompts":[]},
           {"name":"four","colour":[0,1,0.5],"prompts":[{"frame":5,"point":[640,359.75],"label":"positive"}]}]}"#,
    ]
    .map(|text| text.as_bytes().to_vec())
    .to_vec()
}

fn run(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let edge = EdgeSettings::default();
    let parsed = parse(text);
    if let Ok(prompts) = &parsed {
        let limits = Limits { width: 640, height: 360, first: -10, last: 40 };
        for mask in
            [MaskKeys::Nowhere, MaskKeys::On(i64::MIN), MaskKeys::Listed(vec![1, 12]), MaskKeys::NotEmpty]
        {
            let _ = prompts.check(&limits, &mask).map_err(|e| e.to_string());
        }
        black_box(prompts.reach(&edge));
        for frame in prompts.frames() {
            black_box(prompts.only_clicks(frame));
        }
        for i in 0..=prompts.objects.len() {
            black_box(prompts.colour(i));
            black_box(prompts.edge(i, &edge));
        }
    }
    edit(text);
    parsed.map_err(|e| e.to_string()).is_ok()
}

/// What the panel's buttons and the overlay do with it.
fn edit(text: &str) {
    let Ok(mut document) = edit::open(text) else { return };
    black_box(objects::without_edges(&document));
    for seen in points::seen(&document).into_iter().take(8) {
        let _ = format!("{seen:?}");
    }
    for seen in drawings::seen(&document, 4).into_iter().take(8) {
        let _ = drawings::add(&mut document, seen.object, 5, &seen.stroke);
        drawings::take_last(
            &mut document,
            points::Handle { object: seen.object, prompt: seen.prompt, corner: None },
        );
    }
    let there = objects::count(&document);
    let _ = objects::at_or_new(&mut document, there);
    let _ = objects::duplicate(&mut document, 0);
    let _ = objects::merge(&mut document, 0, 1);
    let _ = objects::rename(&mut document, 0, "new");
    let _ = objects::shift(&mut document, 0, isize::MAX);
    let _ = objects::shift(&mut document, 1, isize::MIN);
    let _ = objects::toggle(&mut document, 0, objects::Switch::Solo);
    let _ = objects::clear(&mut document, 0, objects::Span::After(i64::MIN));
    let _ =
        points::set_box(&mut document, 0, i64::MAX, PixelBox { x0: 1.0, y0: 2.0, x1: f64::NAN, y1: 1e300 });
    let added = points::add_point(&mut document, 0, 3, PixelPoint { x: 4.0, y: 5.0 }, false);
    if let Ok(handle) = added {
        black_box(points::place(&document, handle));
        points::move_to(&mut document, handle, PixelPoint { x: f64::INFINITY, y: -1e300 });
        points::delete(&mut document, handle);
    }
    let _ = objects::delete(&mut document, 0);
    black_box(edit::text(&document));
}
