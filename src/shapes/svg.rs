//! One frame as a picture of curves, for looking.

use std::fmt::Write as _;
use std::io::Write;

use super::text::{decimal, label};
use super::{Animation, ShapeError};

/// Fill of solid shapes, layer by layer.
const FILLS: [&str; 6] = ["#e4572e", "#17a398", "#4c6ef5", "#f2b134", "#b5179e", "#76b041"];

/// Writes what lives at `frame`: shapes filled, holes dark, control points and handles drawn.
///
/// # Errors
/// [`ShapeError::Input`] when the animation cannot be written, [`ShapeError::Io`] when `out` fails.
pub fn write(animation: &Animation, frame: i64, out: &mut dyn Write) -> Result<(), ShapeError> {
    animation.check()?;
    let (w, h) = (animation.width, animation.height);
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {w} {h}\">\n\
         <rect width=\"{w}\" height=\"{h}\" fill=\"#202020\"/>\n"
    );
    let number = |v: f64| decimal(v, 3);
    for (layer, fill) in animation.layers.iter().zip(FILLS.iter().cycle()) {
        let _ =
            writeln!(text, "<g><title>{}</title>", quick_xml::escape::escape(label(&layer.name, "object")));
        for shape in layer.shapes.iter().filter(|s| s.opacity_at(frame) > 0.0) {
            let points = shape.points_at(frame);
            let mut path = String::new();
            for (i, a) in points.iter().enumerate() {
                let b = &points[(i + 1) % points.len()];
                if i == 0 {
                    let _ = write!(path, "M{} {}", number(a.at.x), number(a.at.y));
                }
                let _ = write!(path, "C");
                for p in [a.out, b.into, b.at] {
                    let _ = write!(path, "{} {} ", number(p.x), number(p.y));
                }
            }
            let colour = if shape.hole { "#202020" } else { fill };
            let _ = writeln!(
                text,
                "<path d=\"{path}Z\" fill=\"{colour}\" fill-opacity=\"{}\" stroke=\"#ffffff\" stroke-width=\"0.5\"/>",
                decimal(0.75 * shape.opacity_at(frame), 3)
            );
            for p in &points {
                for handle in [p.into, p.out] {
                    let _ = writeln!(
                        text,
                        "<path d=\"M{} {}L{} {}\" stroke=\"#ffd166\" stroke-width=\"0.5\"/>",
                        number(p.at.x),
                        number(p.at.y),
                        number(handle.x),
                        number(handle.y)
                    );
                }
                let _ = writeln!(
                    text,
                    "<circle cx=\"{}\" cy=\"{}\" r=\"1.5\" fill=\"#ffffff\"/>",
                    number(p.at.x),
                    number(p.at.y)
                );
            }
        }
        text.push_str("</g>\n");
    }
    text.push_str("</svg>\n");
    out.write_all(text.as_bytes())?;
    Ok(())
}
