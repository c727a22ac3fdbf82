//! Files that import each other, directly or by way of others.

use crate::offences::Offence;
use crate::survey::Survey;
use std::collections::BTreeSet;

/// A folder of more files is too large to be read as one thing.
const MOST_FILES: usize = 4;

/// Every set of two and more files each of which needs all others; the largest first.
pub fn circles(arrows: &[BTreeSet<usize>]) -> Vec<Vec<usize>> {
    let mut search =
        Search { arrows, order: vec![None; arrows.len()], low: vec![0; arrows.len()], ..Search::default() };
    for file in 0..arrows.len() {
        if search.order[file].is_none() {
            search.visit(file);
        }
    }
    search.found.sort_by_key(|circle| std::cmp::Reverse(circle.len()));
    search.found
}

/// Tarjan's search for strongly connected components.
#[derive(Default)]
struct Search<'a> {
    arrows: &'a [BTreeSet<usize>],
    order: Vec<Option<usize>>,
    low: Vec<usize>,
    visited: usize,
    stack: Vec<usize>,
    found: Vec<Vec<usize>>,
}

impl Search<'_> {
    fn visit(&mut self, file: usize) {
        let order = self.visited;
        (self.order[file], self.low[file]) = (Some(order), order);
        self.visited += 1;
        self.stack.push(file);
        let arrows = self.arrows;
        for &next in &arrows[file] {
            match self.order[next] {
                None => {
                    self.visit(next);
                    self.low[file] = self.low[file].min(self.low[next]);
                }
                Some(order) if self.stack.contains(&next) => self.low[file] = self.low[file].min(order),
                Some(_) => {}
            }
        }
        if self.low[file] == order {
            let start = self.stack.iter().rposition(|at| *at == file).unwrap_or(0);
            let mut circle = self.stack.split_off(start);
            circle.sort_unstable();
            if circle.len() > 1 {
                self.found.push(circle);
            }
        }
    }
}

/// Files in circles, but for those within a folder that the architecture names.
pub fn offences(survey: &Survey, named: &BTreeSet<String>) -> Vec<Offence> {
    let mut found = Vec::new();
    for circle in circles(&survey.arrows()) {
        let paths: Vec<&str> = circle.iter().map(|file| survey.sources[*file].path.as_str()).collect();
        if named
            .iter()
            .any(|folder| is_small(survey, folder) && paths.iter().all(|path| path.starts_with(folder)))
        {
            continue;
        }
        for path in &paths {
            let why = format!("one of {} files in a circle: {}", paths.len(), paths.join(", "));
            found.push(Offence::new("circle", (*path).to_owned(), why));
        }
    }
    found
}

fn is_small(survey: &Survey, folder: &str) -> bool {
    let files = survey.sources.iter().filter(|source| !source.test && source.path.starts_with(folder));
    folder.ends_with('/') && files.count() <= MOST_FILES
}
