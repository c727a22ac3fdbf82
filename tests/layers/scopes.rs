//! Which names each module has, and where a path leads once every `use` on the way is followed.

use crate::source::{ModulePath, Source, attributes, for_tests};
use std::collections::{BTreeMap, BTreeSet};
use syn::{Item, UseTree};

/// One name that a `use` brings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// What it is called from here on; none for a glob.
    pub name: Option<String>,
    /// The path as it is written, without a last `self`.
    pub path: Vec<String>,
    /// Whether it is handed on: `pub`, or `pub` within bounds.
    pub handed_on: bool,
}

/// Where a path leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The module that defines it.
    pub module: ModulePath,
    /// The item; none when the module is meant.
    pub item: Option<String>,
}

/// A module's names.
#[derive(Default)]
struct Scope {
    /// The file that it is written in.
    file: usize,
    items: BTreeSet<String>,
    uses: Vec<Use>,
}

/// The names of all modules.
#[derive(Default)]
pub struct Scopes {
    scopes: BTreeMap<ModulePath, Scope>,
    /// Macros that are exported lie in the crate's root, but belong where they are written.
    exported: BTreeMap<String, ModulePath>,
}

impl Scopes {
    /// Reads the names of every file that is not for tests.
    pub fn of(sources: &[Source]) -> Self {
        let mut all = Self::default();
        for (file, source) in sources.iter().enumerate().filter(|(_, source)| !source.test) {
            all.read(file, &source.module, &source.ast.items);
        }
        all
    }

    fn read(&mut self, file: usize, module: &ModulePath, items: &[Item]) {
        let mut scope = Scope { file, ..Scope::default() };
        for item in items.iter().filter(|item| !for_tests(attributes(item))) {
            match item {
                Item::Use(item) => scope.uses.extend(uses(item)),
                Item::Mod(inner) => {
                    if let Some((_, items)) = &inner.content {
                        self.read(file, &child(module, &inner.ident.to_string()), items);
                    }
                }
                Item::Macro(item) => {
                    if let Some(name) = &item.ident {
                        scope.items.insert(name.to_string());
                        if item.attrs.iter().any(|attribute| attribute.path().is_ident("macro_export")) {
                            self.exported.insert(name.to_string(), module.clone());
                        }
                    }
                }
                Item::ForeignMod(block) => {
                    let functions = block.items.iter().filter_map(|item| match item {
                        syn::ForeignItem::Fn(function) => Some(function.sig.ident.to_string()),
                        _ => None,
                    });
                    scope.items.extend(functions);
                }
                item => scope.items.extend(name_of(item)),
            }
        }
        self.scopes.insert(module.clone(), scope);
    }

    /// The file that a module is written in.
    pub fn file(&self, module: &[String]) -> Option<usize> {
        self.scopes.get(module).map(|scope| scope.file)
    }

    /// The place that a path leads to that is written in `module`; none when it leads out of the project.
    pub fn resolve(&self, module: &[String], path: &[String]) -> Option<Place> {
        self.follow(module, path, &mut BTreeSet::new())
    }

    /// The place as it is written, with no `use` followed; none for a path that begins with a name.
    pub fn written(&self, module: &[String], path: &[String]) -> Option<Vec<String>> {
        let (start, rest) = self.start(module, path)?;
        Some(start.into_iter().chain(rest.iter().cloned()).collect())
    }

    /// The names that a module declares or hands on.
    pub fn names(&self, module: &[String]) -> Vec<String> {
        let Some(scope) = self.scopes.get(module) else { return Vec::new() };
        let used = scope.uses.iter().filter_map(|item| item.name.clone());
        scope.items.iter().cloned().chain(used).collect()
    }

    /// Where `crate`, `self` and `super` lead, and what is left of the path.
    fn start<'p>(&self, module: &[String], path: &'p [String]) -> Option<(ModulePath, &'p [String])> {
        let (first, mut rest) = path.split_first()?;
        let mut at = match first.as_str() {
            "crate" => module[..1].to_vec(),
            "airoto" => vec!["lib".to_owned()],
            "self" => module.to_vec(),
            "super" => parent(module)?,
            _ => return None,
        };
        while let Some(("super", more)) = rest.split_first().map(|(word, more)| (word.as_str(), more)) {
            (at, rest) = (parent(&at)?, more);
        }
        Some((at, rest))
    }

    fn follow(
        &self,
        module: &[String],
        path: &[String],
        seen: &mut BTreeSet<(ModulePath, String)>,
    ) -> Option<Place> {
        let (mut at, mut rest) = match self.start(module, path) {
            Some(start) => start,
            // A name: of this module, or of a crate that is not ours.
            None if self.has(module, path.first()?) => (module.to_vec(), path),
            None => return self.through_globs(module, path, seen),
        };
        while let Some((name, more)) = rest.split_first() {
            let inner = child(&at, name);
            if self.scopes.contains_key(&inner) {
                (at, rest) = (inner, more);
                continue;
            }
            return self.item(&at, name, more, seen);
        }
        Some(Place { module: at, item: None })
    }

    /// The place of a name in a module, when it is no module itself.
    fn item(
        &self,
        module: &ModulePath,
        name: &String,
        more: &[String],
        seen: &mut BTreeSet<(ModulePath, String)>,
    ) -> Option<Place> {
        let here = Some(Place { module: module.clone(), item: Some(name.clone()) });
        let scope = self.scopes.get(module)?;
        if scope.items.contains(name) || !seen.insert((module.clone(), name.clone())) {
            return here;
        }
        if let Some(item) = scope.uses.iter().find(|item| item.name.as_ref() == Some(name)) {
            let path: Vec<String> = item.path.iter().chain(more).cloned().collect();
            return self.follow(module, &path, seen);
        }
        if module.len() == 1
            && let Some(home) = self.exported.get(name)
        {
            return Some(Place { module: home.clone(), item: Some(name.clone()) });
        }
        let path: Vec<String> = std::iter::once(name).chain(more).cloned().collect();
        // What no `use` brings was declared by a macro.
        self.through_globs(module, &path, seen).or(here)
    }

    fn through_globs(
        &self,
        module: &[String],
        path: &[String],
        seen: &mut BTreeSet<(ModulePath, String)>,
    ) -> Option<Place> {
        let name = path.first()?;
        // A glob's own path may begin with a name that only a glob brings.
        if !seen.insert((module.to_vec(), format!("*{name}"))) {
            return None;
        }
        let globs = self.scopes.get(module)?.uses.iter().filter(|item| item.name.is_none());
        for glob in globs {
            let Some(Place { module: of, item: None }) = self.follow(module, &glob.path, seen) else {
                continue;
            };
            if self.has(&of, name) {
                return self.follow(&of, path, seen);
            }
        }
        None
    }

    fn has(&self, module: &[String], name: &String) -> bool {
        self.scopes.contains_key(&child(module, name))
            || self.scopes.get(module).is_some_and(|scope| {
                scope.items.contains(name) || scope.uses.iter().any(|item| item.name.as_ref() == Some(name))
            })
    }
}

fn child(module: &[String], name: &str) -> ModulePath {
    module.iter().cloned().chain([name.to_owned()]).collect()
}

fn parent(module: &[String]) -> Option<ModulePath> {
    let (_, outer) = module.split_last()?;
    (!outer.is_empty()).then(|| outer.to_vec())
}

fn name_of(item: &Item) -> Option<String> {
    match item {
        Item::Const(item) => Some(item.ident.to_string()),
        Item::Enum(item) => Some(item.ident.to_string()),
        Item::Fn(item) => Some(item.sig.ident.to_string()),
        Item::Static(item) => Some(item.ident.to_string()),
        Item::Struct(item) => Some(item.ident.to_string()),
        Item::Trait(item) => Some(item.ident.to_string()),
        Item::Type(item) => Some(item.ident.to_string()),
        Item::Union(item) => Some(item.ident.to_string()),
        _ => None,
    }
}

/// The names that a `use` brings, one by one.
pub fn uses(item: &syn::ItemUse) -> Vec<Use> {
    let mut found = Vec::new();
    if item.leading_colon.is_none() {
        let handed_on = !matches!(item.vis, syn::Visibility::Inherited);
        leaves(&item.tree, &[], handed_on, &mut found);
    }
    found
}

fn leaves(tree: &UseTree, before: &[String], handed_on: bool, found: &mut Vec<Use>) {
    let mut add = |name: Option<String>, last: &str| {
        let mut path = before.to_vec();
        if last != "self" {
            path.push(last.to_owned());
        }
        found.push(Use { name, path, handed_on });
    };
    match tree {
        UseTree::Path(path) => {
            let before: Vec<String> = before.iter().cloned().chain([path.ident.to_string()]).collect();
            leaves(&path.tree, &before, handed_on, found);
        }
        UseTree::Name(name) if name.ident == "self" => add(before.last().cloned(), "self"),
        UseTree::Name(name) => add(Some(name.ident.to_string()), &name.ident.to_string()),
        UseTree::Rename(name) => add(Some(name.rename.to_string()), &name.ident.to_string()),
        UseTree::Glob(_) => add(None, "self"),
        UseTree::Group(group) => {
            for tree in &group.items {
                leaves(tree, before, handed_on, found);
            }
        }
    }
}
