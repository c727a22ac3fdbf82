//! `ofx-headers/` against the facts of the OpenFX 1.5 ABI.
//!
//! The facts are a file beside the repository; where it is not, the checks of this file's own
//! short list still run.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::mem::{offset_of, size_of};
use std::path::{Path, PathBuf};
use std::process::Command;

use airoto::ofx::sys;
use serde_json::Value;

/// What bindgen made of the headers.
const GENERATED: &str = include_str!(concat!(env!("OUT_DIR"), "/ofx_sys.rs"));

fn facts() -> Option<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/facts/ofx-abi.json");
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("skipped: {} is not there", path.display());
        return None;
    };
    Some(serde_json::from_str(&text).expect("the facts are JSON"))
}

fn object<'a>(facts: &'a Value, key: &str) -> &'a serde_json::Map<String, Value> {
    facts[key].as_object().unwrap_or_else(|| panic!("{key} of the facts is an object"))
}

/// Every constant that Rust sees: its name and value, as written.
fn constants() -> BTreeMap<&'static str, &'static str> {
    GENERATED
        .split("pub const ")
        .skip(1)
        .filter_map(|item| {
            let (head, rest) = item.split_once(" = ").or_else(|| item.split_once(" =\n"))?;
            let (name, _) = head.split_once(':')?;
            Some((name, rest.split_once(';')?.0.trim()))
        })
        .collect()
}

/// The value of a C integer expression of the facts.
fn number(expression: &str) -> Option<i64> {
    let plain: String = expression.chars().filter(|c| !c.is_whitespace()).collect();
    let plain = plain.strip_prefix("((int)").and_then(|p| p.strip_suffix(')')).unwrap_or(&plain);
    match plain {
        "true" => Some(1),
        "false" => Some(0),
        "INT_MAX" => Some(i64::from(i32::MAX)),
        "INT_MIN" => Some(i64::from(i32::MIN)),
        _ => match plain.strip_prefix("0x") {
            Some(hex) => i64::from_str_radix(hex, 16).ok(),
            None => plain.parse().ok(),
        },
    }
}

#[test]
fn strings_are_those_of_the_specification() {
    let Some(facts) = facts() else { return };
    let found = constants();
    for (name, value) in object(&facts, "strings") {
        let expected = format!("b\"{}\\0\"", value.as_str().expect("a string"));
        assert_eq!(found.get(name.as_str()), Some(&expected.as_str()), "{name}");
    }
}

#[test]
fn numbers_are_those_of_the_specification() {
    let Some(facts) = facts() else { return };
    let (found, strings) = (constants(), object(&facts, "strings"));
    for (name, value) in object(&facts, "numbers") {
        let expression = value.as_str().expect("an expression");
        if name == "OfxExport" {
            let header = Path::new(env!("CARGO_MANIFEST_DIR")).join("ofx-headers/ofxCore.h");
            let text = std::fs::read_to_string(header).expect("the header is there");
            assert!(text.lines().any(|l| l == "#define OfxExport extern"), "{name}");
        } else if let Some(same) = strings.get(expression) {
            // One name for another.
            let expected = format!("b\"{}\\0\"", same.as_str().expect("a string"));
            assert_eq!(found.get(name.as_str()), Some(&expected.as_str()), "{name}");
        } else {
            let expected = number(expression).unwrap_or_else(|| panic!("{name}: {expression} is no number"));
            let value = found.get(name.as_str()).unwrap_or_else(|| panic!("{name} is missing"));
            assert_eq!(value.parse(), Ok(expected), "{name}");
        }
    }
    for (kind, values) in object(&facts, "enums") {
        for (name, value) in values.as_object().expect("names and values") {
            let found = found.get(name.as_str()).unwrap_or_else(|| panic!("{kind}: {name} is missing"));
            assert_eq!(found.parse().ok(), value.as_i64(), "{name}");
        }
    }
}

/// Sizes and offsets as Rust compiles them: bindgen writes each as a compile-time check, so that
/// the text of the check is the proof.
#[test]
fn layouts_are_those_of_the_specification() {
    let Some(facts) = facts() else { return };
    if size_of::<usize>() != 8 {
        println!("skipped: the facts are of 64-bit pointers");
        return;
    }
    let dense: String = GENERATED.chars().filter(|c| !c.is_whitespace()).collect();
    for (name, layout) in object(&facts, "structs") {
        let size = &layout["size"];
        let check = format!("[::std::mem::size_of::<{name}>()-{size}usize]");
        assert!(dense.contains(&check), "{name} is not of {size} bytes");
        for field in layout["fields"].as_array().expect("fields") {
            let (field, offset) = (field["name"].as_str().expect("a name"), &field["offset"]);
            let check = format!("[::std::mem::offset_of!({name},{field})-{offset}usize]");
            assert!(dense.contains(&check), "{name}::{field} is not at {offset}");
        }
    }
    for name in object(&facts, "typedefs").keys() {
        let found = [format!("pub type {name} ="), format!("pub struct {name} ")];
        assert!(found.iter().any(|f| GENERATED.contains(f)), "{name} is missing");
    }
}

/// Types of fields and typedefs, function pointers with all their arguments among them, as a C
/// compiler sees them.
#[test]
fn types_are_those_of_the_specification() {
    let Some(facts) = facts() else { return };
    let mut source = String::from("#include \"openfx.h\"\n#include <stddef.h>\n");
    let mut check = |what: &str, found: &str, expected: &str| {
        writeln!(source, "_Static_assert(__builtin_types_compatible_p({found}, {expected}), \"{what}\");")
            .expect("a string takes it");
    };
    for (name, layout) in object(&facts, "structs") {
        for field in layout["fields"].as_array().expect("fields") {
            let (field, kind) = (field["name"].as_str().expect("a name"), field["type"].as_str());
            let found = format!("__typeof__((({name} *)0)->{field})");
            check(&format!("{name}::{field}"), &found, &pointer(kind.expect("a type")));
        }
    }
    for (name, kind) in object(&facts, "typedefs") {
        check(name, name, kind.as_str().expect("a type"));
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("types.c");
    std::fs::write(&path, source).expect("the folder is ours");
    let headers = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("ofx-headers");
    let compiler =
        Command::new("cc").args(["-std=gnu11", "-fsyntax-only", "-I"]).args([&headers, &path]).output();
    let Ok(output) = compiler else {
        println!("skipped: there is no C compiler called cc");
        return;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// A function type as a field holds it: the facts write `R (A, B)` for a pointer to it.
fn pointer(kind: &str) -> String {
    match kind.split_once('(') {
        Some((result, arguments)) if !arguments.starts_with('*') => format!("{result}(*)({arguments}"),
        _ => kind.to_owned(),
    }
}

/// The few that every render touches; needs no facts.
#[test]
fn the_short_list_holds() {
    assert_eq!(sys::kOfxImageEffectPluginApi, b"OfxImageEffectPluginAPI\0");
    assert_eq!(sys::kOfxImageEffectActionRender, b"OfxImageEffectActionRender\0");
    // The specification spells these unlike their names.
    assert_eq!(sys::kOfxImagePreMultiplied, b"OfxImageAlphaPremultiplied\0");
    assert_eq!(sys::kOfxImageUnPreMultiplied, b"OfxImageAlphaUnPremultiplied\0");
    assert_eq!(sys::kOfxImageEffectPropSupportsMultipleClipDepths, b"OfxImageEffectPropMultipleClipDepths\0");
    assert_eq!(sys::kOfxImageFieldNone, b"OfxFieldNone\0");
    assert_eq!(sys::kOfxActionOpenGLContextDetached, b"kOfxActionOpenGLContextDetached\0");
    assert_eq!(
        [sys::kOfxStatOK, sys::kOfxStatFailed, sys::kOfxStatErrMissingHostFeature, sys::kOfxStatReplyDefault],
        [0, 1, 4, 14]
    );
    assert_eq!(sys::kOfxStatErrImageFormat, 1000);
    assert_eq!(size_of::<sys::OfxRectD>(), 32);
    assert_eq!(offset_of!(sys::OfxRectI, y2), 12);
    let word = size_of::<usize>();
    assert_eq!(size_of::<sys::OfxHost>(), 2 * word);
    assert_eq!(offset_of!(sys::OfxPropertySuiteV1, propGetDimension), 17 * word);
    assert_eq!(offset_of!(sys::OfxParameterSuiteV1, paramEditEnd), 17 * word);
    assert_eq!(offset_of!(sys::OfxImageEffectSuiteV1, abort), 8 * word);
    assert_eq!(offset_of!(sys::OfxMessageSuiteV2, clearPersistentMessage), 2 * word);
}
