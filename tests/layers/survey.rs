//! Which file imports which, as the arrows and the circles are judged by.

use crate::imports::{Written, written};
use crate::scopes::{Place, Scopes};
use crate::source::{ModulePath, Source};
use std::collections::BTreeSet;

/// One import: what is written and where it leads.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Import {
    /// The file that imports.
    pub from: usize,
    /// The path from the crate's root as it is written, such as `lib, worker, Settings`.
    pub written: Vec<String>,
    /// The path to where the thing is defined, such as `lib, engine, request, Settings`.
    pub defined: Vec<String>,
    /// The file that defines it; none when that is not known.
    pub file: Option<usize>,
    /// Whether the file only hands it on.
    pub handed_on: bool,
}

/// The files and their imports.
pub struct Survey {
    /// All files of `src/`.
    pub sources: Vec<Source>,
    /// All imports of files that are not for tests.
    pub imports: BTreeSet<Import>,
}

impl Survey {
    /// Reads the imports of these files.
    pub fn of(sources: Vec<Source>) -> Self {
        let scopes = Scopes::of(&sources);
        let mut imports = BTreeSet::new();
        for (from, source) in sources.iter().enumerate().filter(|(_, source)| !source.test) {
            let found = written(source);
            let collect = Collect { scopes: &scopes, from };
            imports.extend(collect.paths(&found));
            imports.extend(collect.uses(&found));
        }
        Self { sources, imports }
    }

    /// For each file the files that its own code needs. A file that only hands a name on does not need it.
    pub fn arrows(&self) -> Vec<BTreeSet<usize>> {
        let mut arrows = vec![BTreeSet::new(); self.sources.len()];
        for import in self.imports.iter().filter(|import| !import.handed_on) {
            if let Some(file) = import.file.filter(|file| *file != import.from) {
                arrows[import.from].insert(file);
            }
        }
        arrows
    }
}

struct Collect<'a> {
    scopes: &'a Scopes,
    from: usize,
}

impl Collect<'_> {
    fn paths(&self, found: &Written) -> Vec<Import> {
        found.paths.iter().filter_map(|(module, path)| self.import(module, path, false)).collect()
    }

    fn uses(&self, found: &Written) -> Vec<Import> {
        let mut imports = Vec::new();
        for (module, item) in &found.uses {
            match &item.name {
                Some(name) => {
                    let handed_on = item.handed_on && !found.words.contains(name);
                    imports.extend(self.import(module, &item.path, handed_on));
                }
                None => imports.extend(self.glob(module, &item.path, item.handed_on, found)),
            }
        }
        imports
    }

    /// A glob stands for those names of the module that the file's code has.
    fn glob(&self, module: &ModulePath, path: &[String], handed_on: bool, found: &Written) -> Vec<Import> {
        let Some(Place { module: of, item: None }) = self.scopes.resolve(module, path) else {
            return Vec::new();
        };
        let names = self.scopes.names(&of).into_iter();
        let names: Vec<String> = names.filter(|name| found.words.contains(name)).collect();
        if names.is_empty() {
            return self.import(module, path, handed_on).into_iter().collect();
        }
        let with = |name: String| path.iter().cloned().chain([name]).collect::<Vec<_>>();
        names.into_iter().filter_map(|name| self.import(module, &with(name), false)).collect()
    }

    fn import(&self, module: &ModulePath, path: &[String], handed_on: bool) -> Option<Import> {
        let place = self.scopes.resolve(module, path)?;
        let file = self.scopes.file(&place.module);
        let defined: Vec<String> = place.module.into_iter().chain(place.item).collect();
        let written = self.scopes.written(module, path).unwrap_or_else(|| defined.clone());
        Some(Import { from: self.from, written, defined, file, handed_on })
    }
}
