//! The paths that a file writes, outside of its tests.

use crate::scopes::{Use, uses};
use crate::source::{ModulePath, Source, attributes, for_tests};
use proc_macro2::{TokenStream, TokenTree};
use std::collections::BTreeSet;
use syn::visit::{self, Visit};

/// What a file says of others.
#[derive(Default)]
pub struct Written {
    /// Paths of two parts and more, each with the module that it is written in.
    pub paths: Vec<(ModulePath, Vec<String>)>,
    /// What is brought by `use`, the same way.
    pub uses: Vec<(ModulePath, Use)>,
    /// The words that its code is made of, `use` left out.
    pub words: BTreeSet<String>,
}

/// Reads a file.
pub fn written(source: &Source) -> Written {
    let mut reader = Reader { module: source.module.clone(), found: Written::default() };
    reader.visit_file(&source.ast);
    reader.found
}

struct Reader {
    module: ModulePath,
    found: Written,
}

impl Reader {
    fn path(&mut self, parts: Vec<String>) {
        self.found.words.extend(parts.first().cloned());
        if parts.len() > 1 {
            self.found.paths.push((self.module.clone(), parts));
        }
    }

    /// Paths among the tokens of a macro, which nobody parses.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Ident(word) if colons == 2 && !path.is_empty() => {
                    path.push(word.to_string());
                    colons = 0;
                }
                TokenTree::Ident(word) => {
                    self.path(std::mem::replace(&mut path, vec![word.to_string()]));
                    colons = 0;
                }
                TokenTree::Punct(mark) if mark.as_char() == ':' && colons < 2 => colons += 1,
                other => {
                    self.path(std::mem::take(&mut path));
                    colons = 0;
                    if let TokenTree::Group(group) = other {
                        self.tokens(group.stream());
                    }
                }
            }
        }
        self.path(path);
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        if !for_tests(attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        if !for_tests(&function.attrs) {
            visit::visit_impl_item_fn(self, function);
        }
    }

    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        self.module.push(module.ident.to_string());
        visit::visit_item_mod(self, module);
        self.module.pop();
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        let found = uses(item).into_iter().map(|item| (self.module.clone(), item));
        self.found.uses.extend(found);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_none() {
            self.path(path.segments.iter().map(|part| part.ident.to_string()).collect());
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.visit_path(&call.path);
        self.tokens(call.tokens.clone());
    }

    /// `pub(in crate::host)` imports nothing.
    fn visit_vis_restricted(&mut self, _: &'ast syn::VisRestricted) {}

    /// Neither does a link in documentation.
    fn visit_attribute(&mut self, _: &'ast syn::Attribute) {}
}
