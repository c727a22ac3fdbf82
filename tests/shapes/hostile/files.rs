//! The files, in the three formats: 64x48 pixels, a layer of squares.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

pub fn written(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).expect("written");
    path
}

/// A Silhouette file of 64x48 pixels and frames 0 to 10 with these objects.
pub fn silhouette(objects: &str) -> String {
    format!(
        "<Silhouette width=\"64\" height=\"48\" sessionStartFrame=\"0\" workRangeEnd=\"10\">{objects}</Silhouette>"
    )
}

/// A square shape with these properties; `corner` takes the place of its first one.
pub fn square_fxs(name: &str, more: &str, corner: &str, frame: &str) -> String {
    let point = |p: &str| format!("<Point>({p},{p},{p})</Point>");
    let points: String = [corner, "(0.3,-0.3)", "(0.3,0.3)", "(-0.3,0.3)"].iter().map(|p| point(p)).collect();
    format!(
        "<Object type=\"Shape\" label=\"{name}\" shape_type=\"Bezier\"><Properties>{more}<Property id=\"path\">\
         <Key frame=\"{frame}\"><Path closed=\"True\">{points}</Path></Key></Property></Properties></Object>"
    )
}

/// A Nuke script of 64x48 pixels with these elements of a layer `obj`.
pub fn script(root: &str, elements: &str) -> String {
    format!(
        "Root {{\n {root}\n format \"64 48 0 0 64 48 1 x\"\n}}\nRoto {{\n curves {{{{{{v x3f99999a}}\n {{f 0}}\n \
         {{n {{layer Root {{f 0}} {{t 32 24}} {{a}} {{layer obj {{f 0}} {{t 32 24}} {{a}}\n{elements}}}}}}}}}}}\n}}\n"
    )
}

/// A square shape; `corner` takes the place of its first one, `frame` of the time of its key.
pub fn square_nk(name: &str, corner: &str, frame: &str) -> String {
    let points: String =
        [corner, "{50 5}", "{50 40}", "{5 40}"].iter().map(|p| format!("{{0 0}} {p} {{0 0}}\n")).collect();
    format!(
        "{{curvegroup {name} 512 bezier {{{{cc {{f 8192}} {{px {frame}\n{points}}}}} idem}} {{tx 0 0 0}} {{a}}}}\n"
    )
}

/// A file of ours of 64x48 pixels with these shapes of a layer `obj`.
pub fn ours(shapes: &str) -> String {
    format!(
        "{{\"kind\":\"airoto shapes\",\"width\":64,\"height\":48,\"pixel_aspect\":1.0,\"first\":0,\"last\":10,\
         \"fps\":24.0,\"layers\":[{{\"name\":\"obj\",\"shapes\":[{shapes}]}}]}}"
    )
}

/// A square shape; `corner` takes the place of its first one.
pub fn square_json(name: &str, more: &str, corner: &str, frame: &str) -> String {
    let points: Vec<String> =
        [corner, "50,5", "50,40", "5,40"].iter().map(|p| format!("[{p},{p},{p}]")).collect();
    format!(
        "{{\"name\":\"{name}\",\"hole\":false,{more}\"keys\":[{{\"frame\":{frame},\"points\":[{}]}}]}}",
        points.join(",")
    )
}

/// A shape of `points` points that move along curves from frame 0 to `last`.
pub fn curved(points: usize, last: i64, slope: f64) -> String {
    let mut text = String::from("{curvegroup s 512 bezier {{cc {f 8192} {p\n");
    for i in 0..points {
        let a = i as f64 * std::f64::consts::TAU / points as f64;
        let mut entry = |x: f64, y: f64, slope: f64| {
            let axis = |v: f64| {
                let end = v + 4.0 * slope.signum() * f64::from(u8::from(slope != 0.0));
                format!("{{{{0 {v} {slope} 1 {slope} 1}} {{{last} {end} -{slope} 1 -{slope} 1}}}}")
            };
            writeln!(text, "{{{} {}}}", axis(x), axis(y)).expect("written");
        };
        entry(-a.sin() / 20.0, a.cos() / 20.0, 0.0);
        entry(32.0 + 15.0 * a.cos(), 24.0 + 15.0 * a.sin(), slope);
        entry(a.sin() / 20.0, -a.cos() / 20.0, 0.0);
    }
    text + "}} idem} {tx 0 0 0} {a}}\n"
}
