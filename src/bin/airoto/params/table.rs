//! The page of every parameter.

use std::fmt::Write;

use airoto::host::{Descriptor, ParamDescriptor, ParamKind, Value};

/// The page, as Markdown.
pub fn page(descriptor: &Descriptor) -> String {
    let mut out = String::from(
        "# Parameters\n\n\
         Every parameter of the node, in the panel's order. `cargo xtask docs` writes this page from what the plugin \
         declares. The identifier is what scripts, presets and saved projects name; [views.md](views.md) shows the \
         panel and the views.\n",
    );
    for (group, params) in super::groups(descriptor) {
        let _ = write!(
            out,
            "\n## {}\n\n| label | identifier | what it does | unit | range | default |\n|---|---|---|---|---|---|\n",
            group.label
        );
        for p in &params {
            let hint = cell(&p.hint);
            let (unit, range, default) = (unit(p), range(p), default(p));
            let _ = writeln!(out, "| {} | `{}` | {hint} | {unit} | {range} | {default} |", p.label, p.name);
        }
        for p in params.iter().filter(|p| !p.options.is_empty()) {
            let options = p.options.iter().map(|o| format!("{} (`{}`)", o.label, o.name));
            let _ = write!(out, "\n**{}**: {}.\n", p.label, options.collect::<Vec<_>>().join(", "));
        }
    }
    out
}

/// Text in a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

/// What a number counts, which the hint says in words.
fn unit(p: &ParamDescriptor) -> &'static str {
    let number = matches!(p.kind, ParamKind::Integer | ParamKind::Double);
    let says = |words: &[&str]| words.iter().any(|w| p.hint.contains(w));
    match p.kind {
        ParamKind::Rgb => "plate's numbers",
        _ if !number => "",
        _ if says(&["pixels"]) => "pixels",
        _ if says(&["times its", "Multiplies"]) => "factor",
        _ if says(&["control points", "points"]) => "points",
        ParamKind::Integer if says(&["frame", "Frame"]) => "frame",
        _ => "",
    }
}

fn range(p: &ParamDescriptor) -> String {
    match (p.kind, &p.range) {
        (ParamKind::Integer | ParamKind::Double, Some((Some(low), Some(high)))) => format!("{low} to {high}"),
        (ParamKind::Boolean, _) => "on, off".to_owned(),
        (ParamKind::PushButton, _) => "button".to_owned(),
        _ if !p.options.is_empty() => "see below".to_owned(),
        _ => String::new(),
    }
}

/// The default as people read it.
pub fn default(p: &ParamDescriptor) -> String {
    match &p.default {
        Some(Value::Int(i)) if !p.options.is_empty() => {
            let option = usize::try_from(*i).ok().and_then(|i| p.options.get(i));
            option.map(|o| o.label.clone()).unwrap_or_default()
        }
        Some(Value::Bool(on)) => if *on { "on" } else { "off" }.to_owned(),
        Some(Value::Doubles(all)) => all.iter().map(f64::to_string).collect::<Vec<_>>().join(", "),
        Some(Value::Text(text)) => cell(text),
        Some(value) => cell(&value.to_string()),
        None => String::new(),
    }
}
