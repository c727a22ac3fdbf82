//! Files of shapes that were made to do harm: each is read and drawn, or refused by a sentence, within two seconds of
//! processor time and 500 MB. Where one shape is bad the others are read.

mod files;
mod prompts;
mod run;

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use airoto::shapes::{Animation, Shape, draw, fxs, json, nuke};

use files::{curved, ours, script, silhouette, square_fxs, square_json, square_nk, written};
use run::{SECONDS, refused, shapes, told, within};

fn only(animation: &Animation) -> &Shape {
    &animation.layers[0].shapes[0]
}

/// Does with a file what can be done: what comes of it is for the limits to say.
fn tried(folder: &Path, file: &str) {
    for arguments in [&["info", file][..], &["draw", file, "-o", "m.%04d.png"], &["convert", file, "out.nk"]]
    {
        let ran = shapes(folder, arguments);
        if ran.code == Some(2) {
            refused(&ran, &["airoto: "]);
        }
    }
}

#[test]
fn files_that_a_fuzzer_made() {
    let hostile = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/hostile");
    if !hostile.is_dir() {
        println!("skipped: {} is not there", hostile.display());
        return;
    }
    let mut count = 0;
    for entry in std::fs::read_dir(&hostile).expect("a folder").flatten() {
        let extension = entry.path().extension().and_then(|e| e.to_str()).unwrap_or_default().to_owned();
        if !["fxs", "nk", "json"].contains(&extension.as_str()) {
            continue;
        }
        let folder = tempfile::tempdir().expect("a folder");
        let file = format!("a.{extension}");
        std::fs::copy(entry.path(), folder.path().join(&file)).expect("copied");
        println!("{}", entry.path().display());
        tried(folder.path(), &file);
        shapes(folder.path(), &["draw", &file, "-r", "0-2", "-o", "look.%04d.svg"]);
        shapes(folder.path(), &["diff", &file, &file, "--json"]);
        shapes(folder.path(), &["convert", &file, "out.json"]);
        shapes(folder.path(), &["convert", &file, "out.fxs"]);
        count += 1;
    }
    assert!(count > 0, "no file of shapes is in {}", hostile.display());
}

#[test]
fn an_opacity_of_900_keys_over_900_million_frames_is_read_and_drawn() {
    let folder = tempfile::tempdir().expect("a folder");
    let key = |i: i64| format!("<Key frame=\"{}\" interp=\"linear\">{}</Key>", i * 1_000_000, i % 2 * 100);
    let keys: String = (0..900).map(key).collect();
    let opacity = format!("<Property id=\"opacity\">{keys}</Property>");
    let text = silhouette(&square_fxs("s", &opacity, "(-0.3,-0.3)", "0"));
    written(folder.path(), "a.fxs", &text);
    assert_eq!(shapes(folder.path(), &["info", "a.fxs"]).code, Some(0));
    assert_eq!(shapes(folder.path(), &["draw", "a.fxs", "-r", "0-3", "-o", "m.%04d.png"]).code, Some(0));
    tried(folder.path(), "a.fxs");
    // It changes evenly, and goes through every format so.
    let read = fxs::read(&text).expect("readable");
    let (mut script, mut own) = (Vec::new(), Vec::new());
    nuke::write(&read, &mut script).expect("written");
    json::write(&read, &mut own).expect("written");
    let script = nuke::read(&String::from_utf8(script).expect("UTF-8")).expect("readable");
    let own = json::read(&String::from_utf8(own).expect("UTF-8")).expect("readable");
    for animation in [&read, &script, &own] {
        let shape = only(animation);
        assert_eq!(shape.opacity.len(), 900);
        for (frame, value) in [(-5, 0.0), (0, 0.0), (250_000, 0.25), (1_000_000, 1.0), (1_500_000, 0.5)] {
            let found = shape.opacity_at(frame);
            assert!((found - value).abs() < 1e-6, "{found} at frame {frame}, expected {value}");
        }
        assert_eq!(shape.life(0, 10), Some((1, 10)));
        let found = f64::from(draw(animation, &animation.layers[0].name, 750_000).value(32, 24));
        assert!((found - 0.75).abs() < 1e-6, "{found}");
    }
}

#[test]
fn a_thousand_points_that_move_along_curves_are_read_and_drawn() {
    let folder = tempfile::tempdir().expect("a folder");
    for slope in [50.0, 0.01] {
        written(folder.path(), "a.nk", &script("", &curved(1000, 99_999, slope)));
        let info = shapes(folder.path(), &["info", "a.nk"]);
        assert_eq!(info.code, Some(0), "{}", info.err);
        assert!(info.out.contains("1000 points"), "{}", info.out);
        told(&info, &["shape \"s\" of layer \"obj\" moves on 100000 frames", "with straight lines between"]);
        for range in ["0-0", "50000-50001"] {
            let ran = shapes(folder.path(), &["draw", "a.nk", "-r", range, "-o", "m.%06d.png"]);
            assert_eq!(ran.code, Some(0), "{}", ran.err);
        }
        assert_eq!(shapes(folder.path(), &["convert", "a.nk", "b.nk"]).code, Some(0));
    }
    refused(&shapes(folder.path(), &["draw", "a.nk", "-o", "m.%06d.png"]), &["frames 0 to 99999", "--range"]);
    let matte = airoto::io::read_matte(&folder.path().join("m.000000.png")).expect("drawn");
    let area = std::f64::consts::PI * 15.0 * 15.0;
    assert!((matte.area() as f64 - area).abs() < 20.0, "{} pixels, expected {area}", matte.area());
}

#[test]
fn what_an_artist_draws_is_read_on_every_frame() {
    // 300 points that ease over 1500 frames: the keys are the curve's, one a frame.
    let text = script("", &curved(300, 1499, 0.02));
    let (animation, left_out) = nuke::read_noting(&text).expect("readable");
    assert!(left_out.sentences().is_empty(), "{:?}", left_out.sentences());
    assert_eq!((only(&animation).point_count(), only(&animation).keys.len()), (300, 1500));
    let middle = only(&animation).points_at(750)[0].at.x;
    // Both slopes are the same and the ends 4 pixels apart.
    let t: f64 = 750.0 / 1499.0;
    let (t2, t3) = (t * t, t * t * t);
    let bend = 0.02 * 1499.0 * ((t3 - 2.0 * t2 + t) - (t3 - t2));
    let expected = 47.0 + 4.0 * (3.0 * t2 - 2.0 * t3) + bend;
    assert!((middle - expected).abs() < 1e-9, "{middle}, expected {expected}");

    // 300 points with 2000 keys that are written.
    let times: String = (0..2000).map(|i| format!("{i} ")).collect();
    let mut text = format!("{{curvegroup s 512 bezier {{{{cc {{f 8192}} {{px {{{times}}}\n");
    for i in 0..300 {
        let keys = |v: i64| (0..2000).map(|k| format!("{{{} -}}", v + k % 2)).collect::<String>();
        writeln!(text, "{{0 0}} {{{{{}}} {i}}} {{0 0}}", keys(i)).expect("written");
    }
    let (animation, left_out) =
        nuke::read_noting(&script("", &(text + "}} idem} {tx 0 0 0} {a}}\n"))).expect("readable");
    assert!(left_out.sentences().is_empty(), "{:?}", left_out.sentences());
    assert_eq!((only(&animation).point_count(), only(&animation).keys.len()), (300, 2000));
}

#[test]
fn coordinates_and_keys_without_measure_leave_out_their_shape_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    for far in ["1e15", "-1e300"] {
        let files = [
            ("a.fxs", silhouette(&square_fxs("bad", "", &format!("({far},0)"), "0"))),
            ("a.nk", script("", &square_nk("bad", &format!("{{5 {far}}}"), "0"))),
            ("a.json", ours(&square_json("bad", "", &format!("{far},4"), "0"))),
        ];
        for (name, text) in files {
            written(folder.path(), name, &text);
            refused(&shapes(folder.path(), &["info", name]), &[name, "shape \"bad\" of layer", "is at ("]);
            tried(folder.path(), name);
        }
    }
    let frame = "1e300";
    let (fxs_good, nk_good) = (square_fxs("good", "", "(-0.3,-0.3)", "0"), square_nk("good", "{5 5}", "0"));
    let json_good = square_json("good", "", "5,5", "0");
    let opacity =
        "<Property id=\"opacity\"><Key frame=\"0\">0</Key><Key frame=\"1e300\">100</Key></Property>";
    let files = [
        ("a.fxs", silhouette(&(square_fxs("bad", "", "(-0.3,-0.3)", frame) + &fxs_good))),
        ("b.fxs", silhouette(&(square_fxs("bad", opacity, "(-0.3,-0.3)", "0") + &fxs_good))),
        ("a.nk", script("", &(square_nk("bad", "{5 5}", frame) + &nk_good))),
        ("a.json", ours(&(square_json("bad", "", "5,5", frame) + "," + &json_good))),
        (
            "b.json",
            ours(&(square_json("bad", "\"feather\":[[0,3],[1e300,4]],", "5,5", "0") + "," + &json_good)),
        ),
    ];
    for (name, text) in files {
        written(folder.path(), name, &text);
        let info = shapes(folder.path(), &["info", name]);
        assert_eq!(info.code, Some(0), "{}", info.err);
        told(
            &info,
            &[name, "shape \"bad\" of layer", "left out", "a key at frame 1e300, expected -2147483648"],
        );
        assert!(info.out.contains("good") && !info.out.contains("bad "), "{}", info.out);
        tried(folder.path(), name);
        let drawn = airoto::io::read_matte(&folder.path().join("m.0000.png")).expect("drawn");
        assert!(drawn.area() > 500, "the good one: {} pixels", drawn.area());
    }
}

#[test]
fn a_frame_size_and_a_range_are_bounded() {
    let folder = tempfile::tempdir().expect("a folder");
    let good = square_fxs("s", "", "(-0.3,-0.3)", "0");
    let sized = |w: &str, h: &str| {
        silhouette(&good).replace("width=\"64\" height=\"48\"", &format!("width=\"{w}\" height=\"{h}\""))
    };
    written(folder.path(), "a.fxs", &sized("131072", "131072"));
    refused(&shapes(folder.path(), &["draw", "a.fxs", "-o", "m.%04d.png"]), &["a.fxs", "131072x131072"]);
    written(folder.path(), "a.fxs", &sized("1e300", "48"));
    refused(
        &shapes(folder.path(), &["info", "a.fxs"]),
        &["width of the frame is 1e300, expected 1 to 131072"],
    );
    written(folder.path(), "a.json", &ours("").replace("\"width\":64", "\"width\":131073"));
    refused(&shapes(folder.path(), &["info", "a.json"]), &["131073"]);
    written(
        folder.path(),
        "a.nk",
        &script("", &square_nk("s", "{5 5}", "0")).replace("64 48", "131072 131072"),
    );
    refused(&shapes(folder.path(), &["draw", "a.nk", "-o", "m.%04d.png"]), &["131072x131072"]);

    let ranged =
        |last: &str| script(&format!("first_frame 0\n last_frame {last}"), &square_nk("s", "{5 5}", "0"));
    written(folder.path(), "b.nk", &ranged("1e300"));
    refused(&shapes(folder.path(), &["draw", "b.nk", "-o", "m.%04d.png"]), &["ends at frame 1e300"]);
    tried(folder.path(), "b.nk");
    written(folder.path(), "c.nk", &ranged("2000000000"));
    let ran = shapes(folder.path(), &["draw", "c.nk", "-o", "n.%04d.png"]);
    refused(&ran, &["c.nk has frames 0 to 2000000000, expected at most 10000", "--range"]);
    assert!(!folder.path().join("n.0000.png").exists());
    assert_eq!(shapes(folder.path(), &["draw", "c.nk", "-r", "7-8", "-o", "n.%04d.png"]).code, Some(0));
    assert!(folder.path().join("n.0008.png").exists());
    tried(folder.path(), "c.nk");
    assert_eq!(shapes(folder.path(), &["diff", "c.nk", "c.nk", "-r", "3-5"]).code, Some(0));
}

#[test]
fn what_is_small_does_not_become_large() {
    let folder = tempfile::tempdir().expect("a folder");
    let nested = |open: &str, count: usize| open.repeat(count);
    // One name before ten thousand others.
    let long = "x".repeat(1 << 20);
    let layer = |name: &str, inside: &str| {
        format!(
            "<Object type=\"Layer\" label=\"{name}\"><Properties><Property id=\"objects\">{inside}</Property>\
             </Properties></Object>"
        )
    };
    let (good, many) = (square_fxs("s", "", "(-0.3,-0.3)", "0"), layer("y", "").repeat(10_000));
    // As many keys as there are words for, of a thousand points that rest.
    let times: String = (0..100_000).map(|i| format!("{i} ")).collect();
    let rest = "{0 0} {5 5} {0 0}\n".repeat(1000);
    let resting =
        format!("{{curvegroup s 512 bezier {{{{cc {{f 8192}} {{px {{{times}}}\n{rest}}}}} idem}} {{a}}}}");
    let again = "{{{x 100000 {1 0}}} 5}\n".repeat(300);
    let repeated =
        format!("{{curvegroup s 512 bezier {{{{cc {{f 8192}} {{px {{{times}}}\n{again}}}}} idem}} {{a}}}}");
    // Each point has keys of its own.
    let own: String = (0..1500)
        .map(|i| {
            let keys: String = (0..10).map(|k| format!("{{{} 5}}", i + k * 1500)).collect();
            format!("{{0 0}} {{{{{keys}}} 5}} {{0 0}}\n")
        })
        .collect();
    let own = format!("{{curvegroup s 512 bezier {{{{cc {{f 8192}} {{p\n{own}}}}} idem}} {{a}}}}");
    // A feather with keys of its own, for a format that gives it the path's points.
    let feather: Vec<String> = (0..200_000).map(|i| format!("[{i},{}]", 2 + i % 2)).collect();
    let points = vec!["[5,5,5,5,5,5]"; 5000].join(",");
    let soft = format!(
        "{{\"name\":\"s\",\"hole\":false,\"feather\":[{}],\"keys\":[{{\"frame\":0,\"points\":[{points}]}}]}}",
        feather.join(",")
    );
    let attributes: String = (0..60_000).map(|i| format!(" a{i}=\"\"")).collect();
    let twins: Vec<String> = (0..10_000).map(|_| square_json("twin", "", "5,5", "0")).collect();
    let lone = |i: usize| format!("{{\"name\":\"{i}\",\"shapes\":[{}]}}", square_json("s", "", "5,5", "0"));
    let layers: Vec<String> = (0..9000).map(lone).collect();
    let layers = ours("").replace("{\"name\":\"obj\",\"shapes\":[]}", &layers.join(","));
    let layers = layers.replace("\"last\":10", "\"last\":0");
    let files = [
        ("deep.fxs", nested("<Object>", 100_000)),
        ("deep.nk", nested("{", 1_000_000)),
        ("deep.json", nested("[", 1_000_000)),
        ("deeper.nk", script("", &(nested("{layer a ", 150) + &nested("}", 150)))),
        ("names.fxs", silhouette(&layer(&long, &(many + &good)))),
        ("resting.nk", script("", &resting)),
        ("repeated.nk", script("", &repeated)),
        ("own.nk", script("", &own)),
        ("soft.json", ours(&soft)),
        ("attributes.fxs", silhouette(&format!("<Object{attributes}/>"))),
        ("twins.json", ours(&twins.join(",")).replace("\"last\":10", "\"last\":0")),
        ("layers.json", layers),
        ("empty.fxs", silhouette(&"<a/>".repeat(1_600_000))),
        ("words.nk", script("", &"a ".repeat(1_000_000))),
    ];
    for (name, text) in files {
        written(folder.path(), name, &text);
        tried(folder.path(), name);
    }
}

#[test]
fn what_is_far_or_soft_is_drawn_in_time() {
    let folder = tempfile::tempdir().expect("a folder");
    let spiral = |count: usize, size: f64, handles: f64| {
        let point = |i: usize| {
            let a = i as f64 * 2.4;
            let (x, y, u, v) = (size * a.cos(), size * a.sin(), handles * a.sin(), handles * a.cos());
            format!("[{:.1},{:.1},{:.1},{:.1},{:.1},{:.1}]", 900.0 + x, 500.0 + y, x - u, y + v, x + u, y - v)
        };
        (0..count).map(point).collect::<Vec<_>>().join(",")
    };
    let shape = |points: &str, more: &str| {
        let text = format!(
            "{{\"name\":\"s\",\"hole\":false,{more}\"keys\":[{{\"frame\":0,\"points\":[{points}]}}]}}"
        );
        ours(&text).replace("\"width\":64,\"height\":48", "\"width\":1920,\"height\":1080")
    };
    let feather = "\"feather\":[[0,1000]],";
    for (name, text) in [
        ("far.json", shape(&spiral(1000, 8e6, 8e6), "")),
        ("near.json", shape(&spiral(1000, 400.0, 40.0), "")),
        ("soft.json", shape(&spiral(300, 400.0, 3.0), feather)),
        ("farsoft.json", shape(&spiral(1000, 8e6, 8e6), feather)),
        ("spot.json", shape(&vec!["[900,500,900,500,900,500]"; 100_000].join(","), feather)),
    ] {
        written(folder.path(), name, &text);
        // The soft ones are the most that a frame of this size can cost.
        let ran = within(5.0 * SECONDS, folder.path(), &["draw", name, "-r", "0-0", "-o", "m.%04d.png"]);
        if ran.code == Some(2) {
            refused(&ran, &[name, "frame 0 has more to draw than 4300000000 pixels, up to shape \"s\""]);
        }
    }
    // A thousand shapes all over the frame are drawn, a hundred thousand are not.
    let whole = "[-9,-9,-9,-9,-9,-9],[3000,-9,3000,-9,3000,-9],[-9,3000,-9,3000,-9,3000]";
    let many =
        vec![
            format!("{{\"name\":\"s\",\"hole\":false,\"keys\":[{{\"frame\":0,\"points\":[{whole}]}}]}}");
            10_000
        ];
    let text = ours(&many.join(",")).replace("\"width\":64,\"height\":48", "\"width\":1920,\"height\":1080");
    written(folder.path(), "many.json", &text);
    let ran = shapes(folder.path(), &["draw", "many.json", "-r", "0-0", "-o", "m.%04d.png"]);
    refused(&ran, &["many.json", "more to draw", "of layer \"obj\""]);
}

#[test]
#[cfg(unix)]
fn pipes_and_files_of_zeros_are_no_shapes() {
    let folder = tempfile::tempdir().expect("a folder");
    let zeros = std::fs::File::create(folder.path().join("zeros.fxs")).expect("made");
    zeros.set_len(400 << 20).expect("sparse");
    refused(&shapes(folder.path(), &["info", "zeros.fxs"]), &["zeros.fxs", "a byte of value 0"]);
    zeros.set_len(1 << 40).expect("sparse");
    refused(&shapes(folder.path(), &["info", "zeros.fxs"]), &["zeros.fxs", "has 1099511627776 bytes"]);
    if Command::new("mkfifo").arg(folder.path().join("pipe.nk")).status().is_ok_and(|s| s.success()) {
        refused(&shapes(folder.path(), &["info", "pipe.nk"]), &["pipe.nk", "it is a pipe, expected a file"]);
    } else {
        println!("skipped in part: pipes cannot be made here");
    }
}
