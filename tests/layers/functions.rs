//! The functions of a file: how long they are, and what they take and give.

use crate::source::{attributes, for_tests};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{FnArg, GenericArgument, PathArguments, ReturnType, Signature, Type, Visibility};

/// What is counted of one function.
#[derive(Debug)]
pub struct Function {
    /// With its type before it: `Instance::render`.
    pub name: String,
    /// From `fn` to the closing brace.
    pub lines: usize,
    /// Parameters, `self` left out.
    pub arguments: usize,
    /// Parameters that are tuples of three and more, or hold such.
    pub wide_tuples: usize,
    /// Whether others can call it and get a `String` as its error.
    pub string_error: bool,
    /// Whether its parameters are given by the C API that it is a part of.
    pub foreign: bool,
    /// Whether it is compiled for tests only.
    pub test: bool,
}

/// All functions of a file.
pub fn functions(ast: &syn::File, test: bool) -> Vec<Function> {
    let mut reader = Reader { owner: Vec::new(), test, found: Vec::new() };
    reader.visit_file(ast);
    reader.found
}

struct Reader {
    /// The type, trait or function that the place lies in.
    owner: Vec<String>,
    test: bool,
    found: Vec<Function>,
}

impl Reader {
    fn add(&mut self, signature: &Signature, end: usize, public: bool, test: bool) {
        let owner = self.owner.iter().map(|owner| format!("{owner}::")).collect::<String>();
        let types = || {
            signature.inputs.iter().filter_map(|input| match input {
                FnArg::Typed(typed) => Some(&*typed.ty),
                FnArg::Receiver(_) => None,
            })
        };
        self.found.push(Function {
            name: format!("{owner}{}", signature.ident),
            lines: end - signature.fn_token.span.start().line + 1,
            arguments: types().count(),
            wide_tuples: types().filter(|kind| has_wide_tuple(kind)).count(),
            string_error: public && gives_string_error(&signature.output),
            foreign: signature.abi.is_some(),
            test: self.test || test,
        });
    }

    fn within(&mut self, owner: String, f: impl FnOnce(&mut Self)) {
        self.owner.push(owner);
        f(self);
        self.owner.pop();
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        let outer = self.test;
        self.test |= for_tests(attributes(item));
        visit::visit_item(self, item);
        self.test = outer;
    }

    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        let end = function.block.brace_token.span.close().end().line;
        self.add(&function.sig, end, is_public(&function.vis), false);
        self.within(function.sig.ident.to_string(), |reader| visit::visit_item_fn(reader, function));
    }

    fn visit_item_impl(&mut self, block: &'ast syn::ItemImpl) {
        let name = match &*block.self_ty {
            Type::Path(path) => path.path.segments.last().map(|part| part.ident.to_string()),
            _ => None,
        };
        self.within(name.unwrap_or_default(), |reader| visit::visit_item_impl(reader, block));
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        let end = function.block.brace_token.span.close().end().line;
        self.add(&function.sig, end, is_public(&function.vis), for_tests(&function.attrs));
        self.within(function.sig.ident.to_string(), |reader| visit::visit_impl_item_fn(reader, function));
    }

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        let public = is_public(&item.vis);
        self.within(item.ident.to_string(), |reader| {
            for function in &item.items {
                if let syn::TraitItem::Fn(function) = function {
                    reader.add(&function.sig, function.span().end().line, public, false);
                }
            }
            visit::visit_item_trait(reader, item);
        });
    }
}

fn is_public(visibility: &Visibility) -> bool {
    !matches!(visibility, Visibility::Inherited)
}

/// Whether a type is a tuple of three and more, a reference to one, or made of them: a slice, an option, a list.
fn has_wide_tuple(kind: &Type) -> bool {
    match kind {
        Type::Tuple(tuple) => tuple.elems.len() > 2 || tuple.elems.iter().any(has_wide_tuple),
        Type::Reference(of) => has_wide_tuple(&of.elem),
        Type::Slice(of) => has_wide_tuple(&of.elem),
        Type::Array(of) => has_wide_tuple(&of.elem),
        Type::Path(path) => arguments(path).any(has_wide_tuple),
        // A closure's parameters are no parameters of the function that takes it.
        _ => false,
    }
}

fn gives_string_error(output: &ReturnType) -> bool {
    let ReturnType::Type(_, kind) = output else { return false };
    let Type::Path(path) = &**kind else { return false };
    let is_result = path.path.segments.last().is_some_and(|part| part.ident == "Result");
    let error = arguments(path).nth(1);
    is_result
        && matches!(error, Some(Type::Path(error)) if error.path.segments.last().is_some_and(|part| part.ident == "String"))
}

/// The types between the angle brackets of a path.
fn arguments(path: &syn::TypePath) -> impl Iterator<Item = &Type> {
    let arguments = path.path.segments.last().map(|part| &part.arguments);
    let list = match arguments {
        Some(PathArguments::AngleBracketed(list)) => Some(&list.args),
        _ => None,
    };
    list.into_iter().flatten().filter_map(|argument| match argument {
        GenericArgument::Type(kind) => Some(kind),
        _ => None,
    })
}
