//! A parameter is declared once: the identifiers of the table stand nowhere else, and the panel is what the rows say.

use std::path::{Path, PathBuf};

use airoto::host::{Binary, Context, Descriptor, HostProfile, ParamDescriptor, ParamKind, Value};
use airoto::params::{Group, Kind, Param, table};

/// Every source file of the crate.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder").flatten().map(|e| e.path());
    let (folders, files): (Vec<_>, Vec<_>) = entries.partition(|p| p.is_dir());
    folders
        .iter()
        .flat_map(|f| sources(f))
        .chain(files)
        .filter(|p| p.extension().is_some_and(|e| e == "rs"))
        .collect()
}

#[test]
fn identifiers_are_written_in_the_table_alone() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    // Words without a capital are also those of other things, such as the prompts' JSON.
    let ids = table().iter().map(|p| p.id).filter(|id| id.contains(char::is_uppercase));
    let ids: Vec<String> = ids.map(|id| format!("\"{id}\"")).collect();
    assert!(ids.len() > 70, "the table was read");
    let mut found = Vec::new();
    for path in sources(&source).iter().filter(|p| !p.starts_with(source.join("params"))) {
        let text = std::fs::read_to_string(path).expect("text");
        found
            .extend(ids.iter().filter(|id| text.contains(*id)).map(|id| format!("{}: {id}", path.display())));
    }
    assert_eq!(found, Vec::<String>::new(), "use the constants of `params`");
}

fn described() -> Descriptor {
    // Cargo builds the library beside the tests.
    let own = std::env::current_exe().expect("a path");
    let folder = own.parent().and_then(Path::parent).expect("a folder").to_owned();
    let name = format!("{}airoto{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    let found = [folder.join(&name), folder.join("deps").join(&name)].into_iter().filter(|p| p.is_file());
    let newest = found.max_by_key(|p| p.metadata().and_then(|m| m.modified()).ok()).expect("the library");
    let binary = Binary::open(HostProfile::airoto(), &newest).expect("it loads");
    binary.plugin("org.airoto.AIRoto").expect("ours").describe(Context::General).expect("described")
}

/// Kind, default and hard limits that the host is told of a row.
fn expected(param: &Param) -> (ParamKind, Option<Value>, Option<(f64, f64)>) {
    match param.kind {
        Kind::Line { default } | Kind::Text { default } => (ParamKind::String, Some(default.into()), None),
        Kind::SaveFile | Kind::Folder | Kind::Status => (ParamKind::String, Some("".into()), None),
        Kind::Choice { default, .. } => (ParamKind::Choice, Some(Value::Int(default as i32)), None),
        Kind::Int { default, range: (low, high), .. } => {
            (ParamKind::Integer, Some(default.into()), Some((low.into(), high.into())))
        }
        Kind::Double { default, range, .. } => (ParamKind::Double, Some(default.into()), Some(range)),
        Kind::Bool { default } => (ParamKind::Boolean, Some(default.into()), None),
        Kind::Colour { default } => (ParamKind::Rgb, Some(Value::Doubles(default.to_vec())), None),
        Kind::Keys { meanings } => {
            (ParamKind::Integer, Some(0.into()), Some((0.0, meanings.len() as f64 - 1.0)))
        }
        Kind::Button => (ParamKind::PushButton, None, None),
    }
}

fn limits(declared: &ParamDescriptor) -> Option<(f64, f64)> {
    let number = |v: &Option<Value>| v.as_ref()?.doubles()?.first().copied();
    let (low, high) = declared.range.as_ref()?;
    Some((number(low)?, number(high)?))
}

#[test]
fn the_panel_is_what_the_rows_say_in_their_order() {
    let described = described();
    let declared: Vec<&ParamDescriptor> = described
        .parameters
        .iter()
        .filter(|p| !matches!(p.kind, ParamKind::Group | ParamKind::Page))
        .collect();
    let ids: Vec<&str> = declared.iter().map(|p| p.name.as_str()).collect();
    assert_eq!(ids, table().iter().map(|p| p.id).collect::<Vec<_>>());
    for (param, declared) in table().iter().zip(declared) {
        let id = param.id;
        assert_eq!((declared.label.as_str(), declared.hint.as_str()), (param.label, param.hint), "{id}");
        assert_eq!(declared.parent, param.group.id(), "{id}");
        let (kind, default, range) = expected(param);
        assert_eq!(declared.kind, kind, "{id}");
        if let Some(default) = default {
            assert_eq!(declared.default, Some(default), "{id}");
        }
        if range.is_some() {
            assert_eq!(limits(declared), range, "{id}");
        }
        if let Kind::Choice { options, .. } = param.kind {
            let found: Vec<(&str, &str)> =
                declared.options.iter().map(|o| (o.name.as_str(), o.label.as_str())).collect();
            assert_eq!(found, options, "{id}");
        }
    }
    let groups: Vec<&str> =
        described.parameters.iter().filter(|p| p.kind == ParamKind::Group).map(|p| p.name.as_str()).collect();
    assert_eq!(groups, Group::ALL.map(Group::id));
}
