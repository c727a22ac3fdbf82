//! A drawing of the panel as a host lays it out, and the page of pictures.

use super::rows;
use std::fmt::Write;

use airoto::params::{self, Kind, Param};

/// Width of the drawing, and of the column of labels, in pixels.
const WIDTH: i32 = 560;
const LABELS: i32 = 190;
/// Height of a row, and of a field of several lines.
const ROW: i32 = 26;
const TALL: i32 = 58;
/// What each view shows, under its picture.
const VIEWS: [(&str, &str); 13] = [
    ("alpha", "the plate with the matte as its alpha, which is shown here"),
    ("matte", "the matte in all channels"),
    ("premult", "the plate multiplied by the matte"),
    ("overlay", "the object tinted, its surroundings darkened"),
    ("trimap", "the unknown band, grey, in which alpha is solved for"),
    ("blur", "the length of motion blur in pixels: numbers, not a picture"),
    ("colour", "the object over one colour"),
    ("checker", "the object over a checkerboard"),
    ("source", "the plate, unchanged"),
    (
        "confidence",
        "the plate darkened, with the edge and what is in doubt beside it, green where the matte is sure, over yellow to red where it is probably wrong; alpha is the matte",
    ),
    ("difference", "pixels of this tracker only in green, of the other only in red"),
    ("wipe", "this tracker left of the line, the other right of it"),
    ("idmatte", "each object in its own colour"),
];

/// The drawing, as SVG.
pub fn drawing(rows: &[Param]) -> String {
    let (mut y, mut body) = (0, String::new());
    let text = |body: &mut String, x: i32, y: i32, class: &str, words: &str| {
        let _ = writeln!(body, r#"<text x="{x}" y="{y}" class="{class}">{}</text>"#, escaped(words));
    };
    text(&mut body, 12, 24, "title", "AI Roto");
    y += 38;
    for (group, params) in rows::groups(rows) {
        let _ = writeln!(body, r#"<rect x="0" y="{y}" width="{WIDTH}" height="{ROW}" class="group"/>"#);
        // Only the first opens with the node; here all are open, so that all can be seen.
        let words = if group.opens() { "\u{25be} open" } else { "\u{25b8} closed" };
        text(&mut body, 12, y + 18, "head", group.label());
        text(&mut body, WIDTH - 70, y + 18, "note", words);
        y += ROW + 4;
        for p in params {
            let height = if matches!(p.kind, Kind::Text { .. }) { TALL } else { ROW - 6 };
            if !matches!(p.kind, Kind::Button | Kind::Bool { .. }) {
                let _ = writeln!(
                    body,
                    r#"<text x="{LABELS}" y="{}" class="label">{}</text>"#,
                    y + 15,
                    escaped(p.label)
                );
            }
            control(&mut body, p, y, height);
            y += height + 6;
        }
        y += 4;
    }
    format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y}" viewBox="0 0 {WIDTH} {y}" font-family="sans-serif" font-size="12">
<style>.back{{fill:#2b2b2b}}.group{{fill:#3a3a3a}}.field{{fill:#1e1e1e;stroke:#555}}.button{{fill:#4a4a4a;stroke:#666}}.bar{{stroke:#777;stroke-width:2}}.knob{{fill:#bbb}}text{{fill:#ddd}}.title{{font-size:15px;font-weight:bold}}.head{{font-weight:bold}}.note{{fill:#999}}.label{{text-anchor:end}}.middle{{text-anchor:middle}}</style>
<rect width="{WIDTH}" height="{y}" class="back"/>
{body}</svg>
"##
    )
}

/// What stands right of a label.
fn control(body: &mut String, p: &Param, y: i32, height: i32) {
    let x = LABELS + 10;
    let wide = WIDTH - x - 14;
    let value = escaped(&rows::default(p));
    let field = |body: &mut String, x: i32, wide: i32, words: &str| {
        let _ = writeln!(
            body,
            r#"<rect x="{x}" y="{y}" width="{wide}" height="{height}" rx="3" class="field"/><text x="{}" y="{}">{words}</text>"#,
            x + 6,
            y + 15
        );
    };
    match p.kind {
        Kind::Button => {
            let middle = x + 80;
            let _ = writeln!(
                body,
                r#"<rect x="{x}" y="{y}" width="160" height="{height}" rx="3" class="button"/><text x="{middle}" y="{}" class="middle">{}</text>"#,
                y + 15,
                escaped(p.label)
            );
        }
        Kind::Bool { default } => {
            let tick = if default { "\u{2713}" } else { "" };
            let _ = writeln!(
                body,
                r#"<rect x="{x}" y="{}" width="14" height="14" rx="2" class="field"/><text x="{}" y="{}">{tick}</text><text x="{}" y="{}">{}</text>"#,
                y + 3,
                x + 2,
                y + 14,
                x + 22,
                y + 15,
                escaped(p.label)
            );
        }
        Kind::Choice { .. } => field(body, x, 180, &format!("{value} \u{25be}")),
        Kind::Int { .. } | Kind::Keys { .. } | Kind::Double { .. } => {
            field(body, x, 70, &value);
            let (from, to) = (x + 84, x + wide);
            let share = position(p).unwrap_or(0.0);
            let at = from + (f64::from(to - from) * share).round() as i32;
            let line = y + height / 2;
            let _ = writeln!(
                body,
                r#"<line x1="{from}" y1="{line}" x2="{to}" y2="{line}" class="bar"/><circle cx="{at}" cy="{line}" r="5" class="knob"/>"#
            );
        }
        Kind::Colour { default } => {
            let [r, g, b] = default.map(|v| (v.clamp(0.0, 1.0) * 255.0).round() as u8);
            let _ = writeln!(
                body,
                r##"<rect x="{x}" y="{y}" width="34" height="{height}" rx="3" fill="rgb({r},{g},{b})" stroke="#555"/>"##
            );
            field(body, x + 42, 140, &value);
        }
        Kind::SaveFile | Kind::Folder => {
            field(body, x, wide - 36, &value);
            field(body, x + wide - 30, 30, "\u{2026}");
        }
        Kind::Line { .. } | Kind::Text { .. } | Kind::Status => field(body, x, wide, &value),
    }
}

/// Where the default lies on the slider, 0 to 1.
fn position(p: &Param) -> Option<f64> {
    let (value, low, high) = match p.kind {
        Kind::Int { default, display: (low, high), .. } => (default.into(), low.into(), high.into()),
        Kind::Double { default, display: (low, high), .. } => (default, low, high),
        Kind::Keys { meanings } => (0.0, 0.0, meanings.len() as f64 - 1.0),
        _ => return None,
    };
    let (value, low, high): (f64, f64, f64) = (value, low, high);
    (high > low).then(|| ((value - low) / (high - low)).clamp(0.0, 1.0))
}

/// Text in XML.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The page of pictures, as Markdown.
pub fn page(rows: &[Param]) -> String {
    let mut out = String::from(
        "# The panel\n\n\
         The groups in their order. Prompts is open when the node is made, the others are closed; here all are open. \
         `cargo xtask docs` draws this page and makes its pictures with our own headless host, from the clip that \
         ships; [parameters.md](parameters.md) says what each parameter does.\n\n\
         ![The panel, all groups open](pictures/panel.svg)\n\n\
         ## What View shows\n\n\
         The same frame in each view; the edge is Fast, and the flow tracker is compared with the default one.\n",
    );
    let views = rows.iter().find(|p| p.id == params::VIEW).map(|p| p.kind);
    let Some(Kind::Choice { options, .. }) = views else { return out };
    for (id, label) in options {
        let about = VIEWS.iter().find(|v| v.0 == *id).map_or("", |v| v.1);
        let _ = write!(out, "\n**{label}** (`{id}`): {about}.\n");
        // Numbers are no picture.
        if *id != "blur" {
            let _ = write!(out, "\n![{label}](pictures/view-{id}.png)\n");
        }
    }
    out
}
