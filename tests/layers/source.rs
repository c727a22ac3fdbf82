//! The Rust files of the project, parsed, each with its place in the tree of modules.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use syn::{Attribute, Item};

/// A module's path from the root of its crate, which is its first part: "lib" or "bin".
pub type ModulePath = Vec<String>;

/// A file of the library or of the command line.
pub struct Source {
    /// From the project's folder, such as "src/host/clip.rs".
    pub path: String,
    /// The module that the file is.
    pub module: ModulePath,
    /// Whether it is compiled for tests only.
    pub test: bool,
    /// What is in it.
    pub text: String,
    /// The same, parsed.
    pub ast: syn::File,
}

impl Source {
    /// The room that the file lies in; none for `lib.rs`, which names the rooms.
    pub fn room(&self) -> Option<&str> {
        room(&self.module)
    }
}

/// The room of a module: a folder in `src/`.
pub fn room(module: &[String]) -> Option<&str> {
    match module {
        [root, ..] if root == "bin" => Some("bin"),
        [_, room, ..] => Some(room),
        _ => None,
    }
}

/// Parses files of `src/`, given by path and text.
pub fn parse(files: Vec<(String, String)>) -> Vec<Source> {
    let mut sources: Vec<Source> = files
        .into_iter()
        .map(|(path, text)| {
            let ast = syn::parse_file(&text).unwrap_or_else(|error| panic!("{path}: {error}"));
            Source { module: module_of(&path), path, test: false, text, ast }
        })
        .collect();
    let tests: BTreeSet<String> = sources.iter().flat_map(test_files).collect();
    for source in &mut sources {
        let below = |test: &String| source.path.starts_with(&format!("{}/", test.trim_end_matches(".rs")));
        source.test = tests.contains(&source.path)
            || tests.iter().any(below)
            || tests.iter().any(|test| Some(test.as_str()) == source.path.strip_suffix("/mod.rs"));
    }
    sources
}

fn module_of(path: &str) -> ModulePath {
    let inside = path.strip_prefix("src/").unwrap_or(path).trim_end_matches(".rs");
    let (root, inside) = match inside.strip_prefix("bin/airoto/") {
        Some(rest) => ("bin", rest),
        None => ("lib", inside),
    };
    let parts = inside.split('/').filter(|part| !matches!(*part, "mod" | "lib" | "main"));
    std::iter::once(root).chain(parts).map(str::to_owned).collect()
}

/// The files that a file declares as modules of tests, and the folders that go with them.
fn test_files(source: &Source) -> Vec<String> {
    let beside = Path::new(&source.path).parent().unwrap_or(Path::new(""));
    let is_root = ["mod.rs", "lib.rs", "main.rs"].iter().any(|name| source.path.ends_with(name));
    let folder = if is_root { beside.to_owned() } else { PathBuf::from(source.path.trim_end_matches(".rs")) };
    let mut found = Vec::new();
    for item in &source.ast.items {
        let Item::Mod(module) = item else { continue };
        if module.content.is_some() || !for_tests(&module.attrs) {
            continue;
        }
        let name = path_attribute(&module.attrs);
        let file = match name {
            Some(name) => vec![beside.join(name)],
            None => {
                let name = module.ident.to_string();
                vec![folder.join(format!("{name}.rs")), folder.join(name)]
            }
        };
        found.extend(file.iter().map(|path| path.to_string_lossy().replace('\\', "/")));
    }
    found
}

fn path_attribute(attributes: &[Attribute]) -> Option<String> {
    attributes.iter().find_map(|attribute| match &attribute.meta {
        syn::Meta::NameValue(pair) if pair.path.is_ident("path") => match &pair.value {
            syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    })
}

/// Whether these attributes keep what they stand before to builds for tests.
pub fn for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let Ok(list) = attribute.meta.require_list() else { return attribute.path().is_ident("test") };
        let condition = list.tokens.to_string();
        let mut words = condition.split(|c: char| !c.is_alphanumeric() && c != '_');
        list.path.is_ident("cfg")
            && words.clone().any(|word| word == "test")
            && words.all(|word| word != "not")
    })
}

/// The attributes of an item.
pub fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::ExternCrate(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::ForeignMod(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// Files under the folder whose name ends so, in order, without what is built or fetched.
pub fn files(folder: &Path, ends: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for entry in entries {
        let path = entry.expect("the folder can be listed").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            if !matches!(name.as_str(), "target" | ".git" | "__pycache__") {
                found.extend(files(&path, ends));
            }
        } else if name.ends_with(ends) {
            found.push(path);
        }
    }
    found.sort();
    found
}
