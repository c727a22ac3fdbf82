//! Turns `ofx-headers/` into Rust declarations, and compiles the C functions of the host that Rust
//! cannot define: those with an ellipsis.

use std::path::{Path, PathBuf};
use std::process::{Command, exit};

/// C sources of the host; Rust has no stable way to define a variadic function.
const HOST_SOURCES: &str = "src/host";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=ofx-headers");
    println!("cargo::rerun-if-changed={HOST_SOURCES}");
    println!("cargo::rerun-if-env-changed=LIBCLANG_PATH");
    if std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "linux") {
        // Threads of the pool that the plugin shares with its libraries outlive its unload action, and a host
        // that closes the library then must not take the code from under them.
        println!("cargo::rustc-link-arg-cdylib=-Wl,-z,nodelete");
    }
    if let Some(code) = without_missing_libclang_path() {
        exit(code);
    }
    if let Err(reason) = declare_openfx().and_then(|()| compile_host()) {
        println!("cargo::error={reason}");
        exit(1);
    }
}

/// Runs this program again without LIBCLANG_PATH when that names a folder which is not there, and
/// gives its exit code: `.cargo/config.toml` names the one that `cargo xtask setup` fills, and
/// bindgen would look nowhere else, though the system may have a libclang.
fn without_missing_libclang_path() -> Option<i32> {
    let named = std::env::var_os("LIBCLANG_PATH")?;
    if Path::new(&named).exists() {
        return None;
    }
    let status = Command::new(std::env::current_exe().ok()?).env_remove("LIBCLANG_PATH").status().ok()?;
    Some(status.code().unwrap_or(1))
}

/// Writes `ofx_sys.rs` into the folder of this build.
fn declare_openfx() -> Result<(), String> {
    let out = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("cargo sets no OUT_DIR")?);
    // bindgen panics when it cannot load libclang.
    std::panic::set_hook(Box::new(|_| {}));
    let generated = std::panic::catch_unwind(|| {
        bindgen::Builder::default()
            .header("ofx-headers/openfx.h")
            .clang_args(["-Iofx-headers", "-std=c11"])
            .allowlist_type("Ofx.*")
            .allowlist_var("kOfx.*")
            .prepend_enum_name(false)
            .default_macro_constant_type(bindgen::MacroTypeVariation::Signed)
            .generate()
    });
    let _ = std::panic::take_hook();
    match generated {
        Ok(Ok(bindings)) => bindings
            .write_to_file(out.join("ofx_sys.rs"))
            .map_err(|e| format!("the OpenFX declarations cannot be written: {e}")),
        Ok(Err(e)) => Err(format!("ofx-headers cannot be read: {e}")),
        Err(_) => Err("libclang cannot be loaded, which bindgen needs to read ofx-headers: run \
                       `cargo xtask setup`, or install libclang and set LIBCLANG_PATH to its folder"
            .to_owned()),
    }
}

/// Compiles the C sources of the host, where there are any.
fn compile_host() -> Result<(), String> {
    let mut sources: Vec<PathBuf> = std::fs::read_dir(Path::new(HOST_SOURCES))
        .map_err(|e| format!("{HOST_SOURCES} cannot be listed: {e}"))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|e| e == "c"))
        .collect();
    if sources.is_empty() {
        return Ok(());
    }
    sources.sort();
    cc::Build::new()
        .files(sources)
        .include("ofx-headers")
        .warnings(true)
        .try_compile("airoto_host")
        .map_err(|e| format!("the C part of the host does not compile (is a C compiler installed?): {e}"))
}
