//! Files of shapes: read, drawn, and written in each format.

use airoto::raster::Matte;
use airoto::shapes::{Animation, FORMATS, Format, draw, fxs, json, nuke};

use super::Target;
use super::mutate::json as mutate_json;
use super::mutate::tree::{self, Nesting};

pub const FXS: Target = Target {
    name: "shapes_fxs",
    seeds: fxs_seeds,
    mutate: |rng, input, seeds| tree::change(rng, Nesting::Elements, input, seeds),
    run: |bytes| run(&fxs::FORMAT, bytes),
    inputs: 2_500,
    accepted: 0.3,
};

pub const NK: Target = Target {
    name: "shapes_nk",
    seeds: nk_seeds,
    mutate: |rng, input, seeds| tree::change(rng, Nesting::Braces, input, seeds),
    run: |bytes| run(&nuke::FORMAT, bytes),
    inputs: 2_500,
    accepted: 0.3,
};

pub const JSON: Target = Target {
    name: "shapes_json",
    seeds: json_seeds,
    mutate: mutate_json::change,
    run: |bytes| run(&json::FORMAT, bytes),
    inputs: 2_500,
    accepted: 0.3,
};

/// Everything that the format knows.
const WHOLE: &str = r#"{"kind":"airoto shapes","width":64,"height":48,"pixel_aspect":1.5,"first":1001,"last":1024,
 "fps":23.976,"layers":[
 {"name":"dog","shapes":[
  {"name":"body","hole":false,"opacity":[[1001,0],[1004,1],[1020,0.5]],"feather":[[1001,0],[1010,3.5]],"keys":[
   {"frame":1001,"points":[[10,10,8,12,12,8],[40,10,38,8,42,12],[30,40,33,40,27,40]]},
   {"frame":1010,"points":[[12,11,10,13,14,9],[42,11,40,9,44,13],[32,41,35,41,29,41]]},
   {"frame":1024,"points":[[14,12,12,14,16,10],[44,12,42,10,46,14],[34,42,37,42,31,42]]}]},
  {"name":"eye","hole":true,"keys":[{"frame":1001,"points":[[20,20,19,21,21,19],[26,20,25,19,27,21],[23,26,24,26,22,26]]}]}]},
 {"name":"ball","shapes":[{"name":"ball","hole":false,"feather":[[1001,2]],"keys":[
   {"frame":1001,"points":[[50,30,50,30,50,30],[60,30,60,30,60,30]]}]}]}]}"#;

const PLAIN: &str = r#"{"kind":"airoto shapes","width":32,"height":32,"pixel_aspect":1,"first":0,"last":9,"fps":24,
 "layers":[{"name":"a","shapes":[{"name":"s","hole":false,"opacity":[[0,0.25]],"keys":[
   {"frame":0,"points":[[4,4,4,4,4,4],[28,4,28,4,28,4],[28,28,28,28,28,28],[4,28,4,28,4,28]]}]}]},
  {"name":"empty","shapes":[]}]}"#;

/// As other programs write it: layers in layers, curves of opacity, constant values.
const FOREIGN_FXS: &str = r#"<!-- Silhouette Shape File -->
<Silhouette width="64" height="48" pixelAspect="1" workRangeStart="0" workRangeEnd="30" sessionStartFrame="0">
<Layer type="Layer" id="1" label="outer" expanded="True" uuid="A"><Properties>
<Property id="color" constant="True"><Value>(1.0,1.0,1.0)</Value></Property>
<Property id="objects" constant="True" expanded="True">
<Layer type="Layer" id="2" label="inner &amp; more"><Properties><Property id="objects" constant="True">
<Object type="Shape" id="3" label="one" uuid="B" shape_type="Bezier" hidden="False" locked="False"><Properties>
<Property id="opacity"><Key frame="0" interp="linear">0</Key><Key frame="4" interp="hold">100</Key><Key frame="20" interp="linear">50</Key></Property>
<Property id="feather"><Key frame="0" interp="hold">1.5</Key><Key frame="9" interp="linear">4</Key></Property>
<Property id="mode" constant="True"><Value>Max</Value></Property>
<Property id="invert" constant="True"><Value>false</Value></Property>
<Property id="path"><Key frame="0" interp="linear"><Path closed="True" type="Bezier">
<Point>(-0.25,-0.25),(-0.3,-0.2),(-0.2,-0.3)</Point>
<Point>(0.25,-0.25),(0.2,-0.3),(0.3,-0.2)</Point>
<Point>(0,0.3),(0.1,0.3),(-0.1,0.3)</Point></Path></Key>
<Key frame="12.5" interp="smooth"><Path closed="True" type="Bezier">
<Point>(-0.2,-0.25),(-0.3,-0.2),(-0.2,-0.3)</Point>
<Point>(0.3,-0.25),(0.2,-0.3),(0.3,-0.2)</Point>
<Point>(0.05,0.3),(0.1,0.3),(-0.1,0.3)</Point></Path></Key></Property></Properties></Object>
</Property></Properties></Layer>
<Object type="Shape" id="4" label="cut" shape_type="Bezier"><Properties>
<Property id="opacity" constant="True"><Value>80</Value></Property>
<Property id="feather" constant="True"><Value>2</Value></Property>
<Property id="mode" constant="True"><Value>Subtract</Value></Property>
<Property id="path"><Key frame="0" interp="linear"><Path closed="True" type="Bezier">
<Point>(-0.1,-0.1),(-0.1,-0.1),(-0.1,-0.1)</Point><Point>(0.1,-0.1),(0.1,-0.1),(0.1,-0.1)</Point>
<Point>(0,0.1),(0,0.1),(0,0.1)</Point></Path></Key></Property></Properties></Object>
</Property></Properties></Layer></Silhouette>"#;

/// As Nuke writes it: curves with slopes, attributes of points, decimal and hexadecimal numbers.
const FOREIGN_NK: &str = r#"#! /usr/bin/nuke
version 13.2 v8
Root {
 inputs 0
 first_frame 1
 last_frame 40
 fps 25
 format "64 48 0 0 64 48 1 small"
}
RotoPaint {
 inputs 0
 curves {{{v x3f99999a}
  {f 0}
  {n
   {layer Root
    {f 2097152}
    {t x42000000 x41c00000}
    {a}
    {layer outer
     {f 512}
     {t 32 24 0 0 0 0 0 0 0 1 1 1}
     {a}
     {curvegroup Bezier1 512 bezier
      {{cc
        {f 8192}
        {px {1 10 25}
         {{{0 0 1 0 1} {x3f800000 0.5 1 0.5 1} {2 0 1 0 1}} {{1 -} {2 -} {1 -}}}
         {{{10 2 1 2 1} {20 3 1 0 1} {x41f00000 0 1 0 1}} {{10 -} {x 2 {12 -}}}}
         {0 0}
         {{a osbe 0} 0 0}
         {{{40 -} {41 -} {42 -}} {{10 -} {11 -} {12 -}}}
         {0 x3f800000}
         {1 0}
         {{{30 -} {30 -} {30 -}} 40}
         {-1 0}}}     idem}
      {tx 1 x41c80000 x41a00000}
      {a vis 1 opc {{{1 0 -} {5 1 -} {20 0.5 -}}} osw x41200000 osf 0 str 1 fo 1 sb 1 tt x40800000}}
     {curvegroup Bezier2 512 bezier
      {{cc
        {f 8192}
        {px 1
         {0 0}
         {20 20}
         {0 0}
         {0 0}
         {26 20}
         {0 0}
         {0 0}
         {23 26}
         {0 0}}}
       {cc
        {f 8192}
        {px 1
         {0 0}
         {-1 -1}
         {0 0}
         {0 0}
         {1 -1}
         {0 0}
         {0 0}
         {0 1}
         {0 0}}}}
      {tx 1 20 20}
      {a r 0 g 0 b 0 a 0 opc 0.75 str 1}}}}}}}
 format "64 48 0 0 64 48 1 small"
 name RotoPaint1
}
"#;

fn json_seeds() -> Vec<Vec<u8>> {
    vec![WHOLE.into(), PLAIN.into()]
}

/// What is written of both files in a format.
fn written(format: &Format) -> Vec<Vec<u8>> {
    let write = |text: &str| {
        let animation = json::read(text).ok()?;
        let mut out = Vec::new();
        format.write(&animation, &mut out).ok()?;
        Some(out)
    };
    [WHOLE, PLAIN].into_iter().filter_map(write).collect()
}

fn fxs_seeds() -> Vec<Vec<u8>> {
    [written(&fxs::FORMAT), vec![FOREIGN_FXS.into()]].concat()
}

fn nk_seeds() -> Vec<Vec<u8>> {
    [written(&nuke::FORMAT), vec![FOREIGN_NK.into()]].concat()
}

fn run(format: &Format, bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    match format.read(text).map_err(|e| e.to_string()) {
        Ok(animation) => {
            used(&animation);
            true
        }
        Err(_) => false,
    }
}

/// Control points of all keys up to which shapes are written and read back. A reader gives up to five million.
const MOST_WRITTEN: usize = 20_000;
/// Pixels of all drawings of an input, at most: eight frames of HD. A drawing takes as long as it is large.
const MOST_DRAWN: u64 = 8 * 1920 * 1080;

/// What the program does with shapes.
fn used(animation: &Animation) {
    animation.check().expect("what was read can be written");
    let Animation { first, last, layers, .. } = animation;
    let middle = first.midpoint(*last);
    let pixels = u64::from(animation.width) * u64::from(animation.height);
    let drawings =
        layers.iter().take(3).flat_map(|layer| [*first, middle, *last].map(|frame| (layer, frame)));
    for (layer, frame) in drawings.take((MOST_DRAWN / pixels.max(1)).min(9) as usize) {
        checked(&draw(animation, &layer.name, frame));
    }
    let _ = animation.choose(None, "dog").map(str::to_owned);
    let _ = animation.choose(Some("d.o g"), "dog").map_err(|e| e.to_string());
    // What is written is as large as what was read, and takes as long: a short text may say a motion of many frames.
    let placed = layers.iter().flat_map(|l| &l.shapes).flat_map(|s| &s.keys).map(|k| k.points.len());
    if placed.sum::<usize>() > MOST_WRITTEN {
        return;
    }
    for format in FORMATS {
        let mut out = Vec::new();
        if format.write(animation, &mut out).is_ok() {
            let text = String::from_utf8_lossy(&out);
            // What we write of another's file we may refuse, in a sentence: 32-bit numbers round, and frames
            // may be more than a format spells out.
            let _ = format.read(&text).map_err(|e| e.to_string());
        }
    }
}

/// A matte holds shares of pixels, but for rounding.
fn checked(matte: &Matte) {
    let wrong = matte.data().iter().find(|v| !(-1e-4..=1.0001).contains(*v));
    assert_eq!(wrong, None, "a share of a pixel");
}
