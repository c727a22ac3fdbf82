//! EXR files as compositors expect them: layers, data windows, depths, compression, notes.

use std::path::Path;

use airoto::io;
use exr::meta::MetaData;
use exr::meta::attribute::{AttributeValue, SampleType, Text};
use exr::meta::header::Header;

use crate::common::{Clip, matte, refusal, success};

fn two_objects(frames: u32) -> Clip {
    let clip = Clip::new(frames);
    let right = image::GrayImage::from_fn(96, 64, |x, y| {
        image::Luma([if (62..90).contains(&x) && (10..50).contains(&y) { 255 } else { 0 }])
    });
    right.save(clip.path("masks/right.png")).expect("saved");
    clip.prompts(
        r#"{"objects":[{"name":"disc","prompts":[{"frame":0,"box":[20,16,48,44]}]},
            {"name":"sky/right","prompts":[{"frame":0,"mask":"masks/right.png"}]}]}"#,
    );
    clip
}

fn header(path: &Path) -> Header {
    MetaData::read_from_file(path, true).expect("an EXR file").headers.remove(0)
}

fn note(header: &Header, key: &str) -> String {
    match header.own_attributes.other.get(&Text::from(format!("airoto/{key}").as_str())) {
        Some(AttributeValue::Text(text)) => text.to_string(),
        other => panic!("airoto/{key} is {other:?}"),
    }
}

fn channels(header: &Header) -> Vec<String> {
    header.channels.list.iter().map(|c| c.name.to_string()).collect()
}

#[test]
fn each_object_is_a_layer_of_one_file() {
    let clip = two_objects(3);
    success(&clip.render(&[
        "-o",
        "CLIP/one/{object}.%02d.exr",
        "--objects",
        "separate",
        "--overlap",
        "layered",
    ]));
    success(&clip.render(&["--objects", "layers", "--overlap", "layered"]));
    assert_eq!(clip.files("out").len(), 3);
    for frame in 0..3 {
        let path = clip.path(&format!("out/alpha.{frame:04}.exr"));
        let found = header(&path);
        assert_eq!(channels(&found), ["A", "disc.alpha", "sky_right.alpha"]);
        assert_eq!(note(&found, "frame"), frame.to_string());
        assert_eq!(note(&found, "object/sky_right"), "sky/right");
        let all = matte(&path);
        assert_eq!(all.data(), matte(&clip.path(&format!("one/all.{frame:02}.exr"))).data());
        for (layer, file) in [("disc", "disc"), ("sky_right", "sky_right")] {
            let layer = io::read_layer(&path, Some(layer)).expect("the layer");
            let alone = matte(&clip.path(&format!("one/{file}.{frame:02}.exr")));
            assert!(layer.rgba.chunks_exact(4).map(|p| p[3]).eq(alone.data().iter().copied()), "{file}");
            assert!(alone.data().iter().any(|v| *v > 0.9), "{file} is empty");
        }
    }
}

#[test]
fn the_data_window_is_where_something_is() {
    let clip = Clip::new(2);
    success(&clip.render(&[]));
    success(&clip.render(&["-o", "CLIP/whole/alpha.%04d.exr", "--data-window", "whole"]));
    for name in clip.files("out") {
        let (cut, whole) = (clip.path("out").join(&name), clip.path("whole").join(&name));
        assert_eq!(matte(&cut).data(), matte(&whole).data());
        let (cut, whole) = (header(&cut), header(&whole));
        assert_eq!(cut.shared_attributes.display_window, whole.shared_attributes.display_window);
        assert_eq!((whole.layer_size.0, whole.layer_size.1), (96, 64));
        // The disc has a diameter of 28.
        let (width, height) = (cut.layer_size.0, cut.layer_size.1);
        assert!((26..44).contains(&width) && (26..44).contains(&height), "{width}x{height}");
    }
}

#[test]
fn depth_and_compression_are_as_asked_for() {
    let clip = Clip::new(1);
    use exr::prelude::Compression as C;
    let cases =
        [("none", C::Uncompressed), ("rle", C::RLE), ("zips", C::ZIP1), ("zip", C::ZIP16), ("piz", C::PIZ)];
    success(&clip.render(&["--depth", "float"]));
    let path = clip.path("out/alpha.0000.exr");
    let plain = matte(&path);
    for (word, compression) in cases {
        for (depth, kind) in [("half", SampleType::F16), ("float", SampleType::F32)] {
            success(&clip.render(&["--compression", word, "--depth", depth]));
            let found = header(&path);
            assert_eq!((found.compression, found.channels.list[0].sample_type), (compression, kind));
            let back = matte(&path);
            let worst = back.data().iter().zip(plain.data()).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(worst <= if depth == "half" { 5e-4 } else { 0.0 }, "{word} {depth}: {worst}");
        }
    }
}

#[test]
fn files_say_what_their_colour_has_to_do_with_alpha() {
    let clip = Clip::new(1);
    let cases = [
        ("", "none: alpha without colour", "A"),
        ("alpha", "straight", "A B G R"),
        ("matte", "none: the matte as a picture", "B G R"),
        ("straight", "straight", "A B G R"),
        ("premult", "premultiplied", "A B G R"),
        ("overlay", "none: a picture without alpha", "B G R"),
    ];
    for (view, expected, names) in cases {
        let options = if view.is_empty() { vec![] } else { vec!["--view", view] };
        success(&clip.render(&options));
        let view = if view.is_empty() { "alpha" } else { view };
        let found = header(&clip.path("out/alpha.0000.exr"));
        assert_eq!(note(&found, "premultiplication"), expected);
        assert_eq!(channels(&found).join(" "), names);
        assert_eq!((note(&found, "tracker"), note(&found, "view")), ("flow".to_owned(), view.to_owned()));
        assert_eq!(note(&found, "version"), env!("CARGO_PKG_VERSION"));
        // Nothing tells of the machine.
        let folder = clip.path("").to_string_lossy().into_owned();
        let bytes = std::fs::read(clip.path("out/alpha.0000.exr")).expect("read");
        assert!(!bytes.windows(folder.len()).any(|w| w == folder.as_bytes()));
    }
}

#[test]
fn the_length_of_blur_stands_beside_the_matte() {
    let clip = two_objects(3);
    success(&clip.render(&["--motion-blur", "vectors", "--objects", "layers"]));
    success(&clip.render(&["--motion-blur", "vectors", "--view", "blur", "-o", "CLIP/blur/a.%d.exr"]));
    let path = clip.path("out/alpha.0001.exr");
    assert_eq!(
        channels(&header(&path)).join(" "),
        "A blur.x blur.y disc.alpha disc.blur.x disc.blur.y sky_right.alpha sky_right.blur.x sky_right.blur.y"
    );
    let flat = |layer: &str, name: &str| -> Vec<f32> {
        let file = exr::prelude::read_first_flat_layer_from_file(clip.path(layer)).expect("an EXR file");
        let list = &file.layer_data.channel_data.list;
        let channel = list.iter().find(|c| c.name.to_string() == name).expect("the channel");
        channel.sample_data.values_as_f32().collect()
    };
    // The data window is larger where the matte is written too: what there is of blur is the same.
    let sum = |values: Vec<f32>| values.iter().map(|v| v.abs()).sum::<f32>();
    let (beside, view) = (sum(flat("out/alpha.0001.exr", "blur.x")), sum(flat("blur/a.1.exr", "R")));
    assert!((beside - view).abs() <= 1e-3 * view.max(1.0), "{beside} {view}");
    success(&clip.render(&["--motion-blur", "soften", "-o", "CLIP/soft/a.%d.exr"]));
    assert_eq!(channels(&header(&clip.path("soft/a.1.exr"))), ["A"]);
}

#[test]
fn what_does_not_go_together_is_refused() {
    let clip = Clip::new(1);
    let cases: [(&[&str], &str); 9] = [
        (
            &["-o", "CLIP/out/a.%d.png", "--objects", "layers"],
            "a.%d.png cannot hold layers of objects, expected exr",
        ),
        (&["-o", "CLIP/out/a.%d.png", "--compression", "piz"], "a compression, expected exr"),
        (&["-o", "CLIP/out/a.%d.tif", "--data-window", "crop"], "a data window, expected exr"),
        (&["--depth", "16"], "cannot hold whole numbers, expected --depth half or float"),
        (&["-o", "CLIP/out/a.%d.png", "--depth", "half"], "cannot hold floats, expected --depth 8 or 16"),
        (&["-o", "CLIP/out/a.%d.dpx", "--depth", "float"], "cannot hold floats"),
        (&["-o", "CLIP/out/a.%d.tif", "--depth", "half"], "half floats, expected --depth 8, 16 or float"),
        (&["-o", "CLIP/out/a.%d.jpg", "--depth", "16"], "more than 8 bits, expected --depth 8"),
        (
            &["-o", "CLIP/out/a.%d.jpg", "--view", "straight"],
            "cannot hold alpha, expected exr, png, tif or dpx",
        ),
    ];
    for (more, expected) in cases {
        let said = refusal(&clip.render(more));
        assert!(said.contains(expected), "{expected:?} is not in {said:?}");
        assert_eq!(clip.files("out"), Vec::<String>::new(), "{said}");
    }
    clip.prompts(
        r#"{"objects":[{"name":"a b","prompts":[{"frame":0,"box":[20,16,48,44]}]},
        {"name":"a-b","prompts":[{"frame":0,"box":[2,2,18,60]}]}]}"#,
    );
    let said = refusal(&clip.render(&["--objects", "layers"]));
    assert!(said.contains("would be the same layer, named a_b: rename the object"), "{said}");
    assert_eq!(clip.files("out"), Vec::<String>::new());
}
