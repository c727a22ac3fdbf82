//! Files that claim too much, files that never end, and what is no file: one sentence each, within two seconds and
//! 500 MB.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::common::{Clip, refusal};
use crate::made::{Exr, jpeg, png, tiff, zeros};

/// What a refusal may take. The programs of tests are not optimised and share the machine with other tests, which is
/// what the seconds above two are for; what is not bounded takes a minute, or does not end.
const PATIENCE: Duration = Duration::from_secs(20);
/// Bytes of memory that the program may have, by a limit of the system: with more it is ended.
const MEMORY: u64 = 500_000_000;

/// Runs `airoto` with at most `memory` bytes of memory that can be written to, where the system has such a limit.
fn limited(arguments: &[&str], variables: &[(&str, &str)], memory: u64) -> Output {
    let program = env!("CARGO_BIN_EXE_airoto");
    let mut command = if cfg!(target_os = "linux") {
        let mut shell = Command::new("sh");
        let limit = format!("ulimit -d {} && exec \"$@\"", memory / 1024);
        shell.args(["-c", &limit, "sh", program]);
        shell
    } else {
        Command::new(program)
    };
    let began = Instant::now();
    let mut child = command
        .args(arguments)
        .envs(variables.iter().copied())
        .env_remove("AIROTO_BUNDLE")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("airoto runs");
    let status = loop {
        if let Some(status) = child.try_wait().expect("it is ours") {
            break status;
        }
        if began.elapsed() > PATIENCE {
            child.kill().and_then(|()| child.wait().map(drop)).expect("ended");
            panic!("{arguments:?} did not end within {PATIENCE:?}");
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    child.stdout.take().expect("a pipe").read_to_end(&mut stdout).expect("read");
    child.stderr.take().expect("a pipe").read_to_end(&mut stderr).expect("read");
    Output { status, stdout, stderr }
}

/// `airoto shapes trace` of the file.
fn trace(path: &Path, more: &[&str]) -> Output {
    let (file, out) = (path.to_string_lossy(), path.with_extension("json"));
    let out = out.to_string_lossy();
    limited(&[&["shapes", "trace", &file, &out], more].concat(), &[], MEMORY)
}

/// The sentence with which tracing a file is refused, which holds each of `words`.
fn refused(path: &Path, words: &[&str]) -> String {
    let sentence = refusal(&trace(path, &[]));
    for word in words {
        assert!(sentence.contains(word), "{word:?} is not in {sentence:?}");
    }
    sentence
}

fn taken(path: &Path) {
    let output = trace(path, &[]);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {}: {error}", path.display(), output.status);
}

fn folder() -> (tempfile::TempDir, impl Fn(&str, Vec<u8>) -> PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().to_owned();
    let write = move |name: &str, bytes: Vec<u8>| {
        let path = root.join(name);
        std::fs::write(&path, bytes).expect("written");
        path
    };
    (folder, write)
}

const LIMIT: [&str; 3] =
    ["is too large: it is 16384x16384 pixels", "the limit of 160 million", "--max-pixels"];

#[test]
fn a_claim_of_too_many_pixels_is_refused_in_every_format() {
    let (_folder, file) = folder();
    let side = 16_384_u32;
    let mut dpx = vec![0; 4096];
    dpx[..4].copy_from_slice(b"SDPX");
    dpx[770..772].copy_from_slice(&1_u16.to_be_bytes());
    dpx[772..776].copy_from_slice(&side.to_be_bytes());
    dpx[776..780].copy_from_slice(&side.to_be_bytes());
    dpx[800..804].copy_from_slice(&[50, 6, 6, 16]);
    let window = Exr::new((16, 16), &["A"]).display(side, side);
    for (name, bytes) in [
        ("a.png", png((side, side), 16, 6, &[], &zeros(1000))),
        ("a.jpg", jpeg((16_384, 16_384))),
        ("a.tif", tiff((side, side), 5, &zeros(1000))),
        ("a.dpx", dpx),
        ("display.exr", window.bytes()),
        ("data.exr", Exr::new((side, side), &["A"]).empty().bytes()),
    ] {
        refused(&file(name, bytes), &LIMIT);
    }
    // Twenty parts, all of them as large.
    refused(&file("parts.exr", Exr::new((side, side), &["Y"]).parts(20).empty().bytes()), &LIMIT);
}

#[test]
fn what_a_file_cannot_hold_is_not_decoded() {
    let (_folder, file) = folder();
    let size = (12_000, 12_000);
    refused(&file("a.jpg", jpeg((12_000, 12_000))), &["cannot hold 12000x12000 pixels"]);
    refused(&file("a.png", png(size, 16, 6, &[], &zeros(1000))), &["cannot hold 12000x12000 pixels"]);
    refused(&file("packed.tif", tiff(size, 8, &zeros(1000))), &["cannot hold 12000x12000 pixels"]);
    refused(&file("plain.tif", tiff(size, 1, &[0; 4000])), &["cannot hold 12000x12000 pixels"]);
    // A strip that is a JPEG file of another size.
    let strip = tiff((64, 64), 7, &jpeg((16_000, 16_000)));
    refused(&file("strip.tif", strip), &["a strip or tile of 64x64 pixels declares 16000x16000"]);
    let mut dpx = vec![0; 1 << 16];
    dpx[..4].copy_from_slice(b"SDPX");
    dpx[770..772].copy_from_slice(&1_u16.to_be_bytes());
    dpx[772..776].copy_from_slice(&12_000_u32.to_be_bytes());
    dpx[776..780].copy_from_slice(&12_000_u32.to_be_bytes());
    dpx[800..804].copy_from_slice(&[50, 6, 6, 16]);
    refused(&file("a.dpx", dpx), &["ends too early"]);
}

#[test]
fn of_an_exr_file_only_what_is_used_is_unpacked() {
    let (_folder, file) = folder();
    let aovs: Vec<String> =
        ["Y".to_owned()].into_iter().chain((0..100).map(|i| format!("aov{i:02}.X"))).collect();
    let aovs: Vec<&str> = aovs.iter().map(String::as_str).collect();
    // A hundred and one channels of halves: 600 MB, packed to 600 kB.
    taken(&file("channels.exr", Exr::new((1200, 2400), &aovs).bytes()));
    // Twenty parts: 670 MB, of which one has 34.
    taken(&file("parts.exr", Exr::new((4096, 4096), &["Y"]).parts(20).bytes()));
    // All blocks in one place: 3 GB in 18 kB.
    let shared = Exr::new((4096, 4096), &aovs).shared().bytes();
    assert!(shared.len() < 20_000, "{} bytes", shared.len());
    refused(&file("shared.exr", shared), &["is damaged", "two of its blocks overlap"]);
    // A tile that is larger than all memory, and a table that is longer than the file.
    let tile = Exr::new((60_000, 2), &aovs).tiles(1 << 29, 1 << 29).shared().bytes();
    taken(&file("tile.exr", tile));
    let long = Exr::new((12_000, 12_000), &["Y"]).tiles(1, 1).empty().bytes();
    refused(&file("long.exr", long), &["ends too early", "144000000 blocks do not fit"]);
}

#[test]
fn what_is_packed_besides_the_pixels_of_a_png_file_is_passed_over() {
    let (_folder, file) = folder();
    // A colour profile and a text of 600 MB each.
    let packed = zeros(600_000_000);
    let named = |name: &[u8; 4]| (*name, [b"name\0\0", packed.as_slice()].concat());
    let rows = zeros(16 * 17);
    let bytes = png((16, 16), 8, 0, &[named(b"iCCP"), named(b"zTXt")], &rows);
    assert!(bytes.len() < 2_000_000, "{} bytes", bytes.len());
    taken(&file("a.png", bytes));
}

#[test]
fn the_limits_can_be_set() {
    let (_folder, file) = folder();
    let path = file("a.png", png((1100, 1000), 8, 0, &[], &zeros(1101 * 1000)));
    taken(&path);
    let sentence = refusal(&trace(&path, &["--max-pixels", "1"]));
    assert!(sentence.ends_with(
        "a.png is too large: it is 1100x1000 pixels, more than the limit of 1 million, which --max-pixels or \
         AIROTO_MAX_PIXELS sets"
    ), "{sentence}");
    let sentence = refusal(&trace(&path, &["--max-memory", "4"]));
    assert!(
        sentence.ends_with(
            "a.png is too large: reading it takes 5 MB, more than the limit of 4 MB, which --max-memory or \
         AIROTO_MAX_MEMORY sets"
        ),
        "{sentence}"
    );
    let (name, out) = (path.to_string_lossy(), path.with_extension("json"));
    let out = out.to_string_lossy();
    let with = |variables: &[(&str, &str)], more: &[&str]| {
        limited(&[&["shapes", "trace", &name, &out], more].concat(), variables, MEMORY)
    };
    assert!(refusal(&with(&[("AIROTO_MAX_PIXELS", "1")], &[])).contains("the limit of 1 million"));
    assert!(with(&[("AIROTO_MAX_PIXELS", "1")], &["--max-pixels", "2"]).status.success());
    assert!(refusal(&with(&[("AIROTO_MAX_MEMORY", "4")], &[])).contains("the limit of 4 MB"));
    let wrong = refusal(&with(&[("AIROTO_MAX_PIXELS", "all")], &[]));
    assert_eq!(wrong, "AIROTO_MAX_PIXELS is \"all\", expected a whole number of millions above 0");
    assert!(!with(&[], &["--max-pixels", "0"]).status.success());
}

#[test]
fn a_picture_that_memory_does_not_suffice_for_has_a_sentence() {
    if !cfg!(target_os = "linux") {
        eprintln!("skipped: this system has no limit of memory for a process");
        return;
    }
    let (_folder, file) = folder();
    // Whole, and within the budget: 576 MB as a matte.
    let path = file("a.png", png((12_000, 12_000), 1, 0, &[], &zeros(1501 * 12_000)));
    refused(&path, &["there is not enough memory to read", "a.png", "it takes 576 MB"]);
}

#[test]
fn a_mask_of_another_size_is_not_decoded() {
    let clip = Clip::new(2);
    // Whole, and within the budget: what is wrong with it is that it is no mask of this clip.
    let mask = png((12_000, 12_000), 1, 0, &[], &zeros(1501 * 12_000));
    std::fs::write(clip.path("masks/large.png"), mask).expect("written");
    clip.prompts(r#"{"objects":[{"name":"disc","prompts":[{"frame":0,"mask":"masks/large.png"}]}]}"#);
    let path = |name: &str| clip.path(name).to_string_lossy().into_owned();
    let (frames, prompts, out) = (path("frames/%05d.png"), path("prompts.json"), path("out/a.%04d.png"));
    let render = ["render", "--tracker", "flow", "--no-store", "-i", &frames, "-p", &prompts, "-o", &out];
    let began = Instant::now();
    for mode in [&[][..], &["--in-process"]] {
        let sentence = refusal(&limited(&[&render, mode].concat(), &[], 2 * MEMORY));
        assert!(sentence.contains("large.png") && sentence.contains("12000x12000"), "{sentence}");
        assert!(sentence.contains("96x64"), "{sentence}");
    }
    // Trimaps are told by their headers as well, and need not be whole.
    let cut = png((12_000, 12_000), 1, 0, &[], &zeros(100_000));
    std::fs::write(clip.path("masks/cut.png"), cut).expect("written");
    clip.prompts(r#"{"objects":[{"name":"disc","prompts":[{"frame":0,"mask":"masks/00000.png"}]}]}"#);
    let sentence =
        refusal(&limited(&[&render[..], &["--trimap", &path("masks/cut.png")]].concat(), &[], 2 * MEMORY));
    assert!(sentence.contains("12000x12000 pixels, the footage is 96x64"), "{sentence}");
    assert!(began.elapsed() < PATIENCE, "{:?}", began.elapsed());
}

#[test]
fn the_file_of_a_fuzzer_that_hung() {
    let hostile = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/hostile");
    let Ok(list) = std::fs::read_dir(&hostile) else {
        eprintln!("skipped: there is no {}", hostile.display());
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let mut count = 0;
    for entry in list.flatten().filter(|e| e.path().extension().is_some_and(|e| e == "exr")) {
        let path = folder.path().join(entry.file_name());
        std::fs::copy(entry.path(), &path).expect("copied");
        refused(&path, &["is too large: it is 8146x32769 pixels"]);
        count += 1;
    }
    println!("{count} files");
}

#[cfg(unix)]
mod special {
    use super::*;
    use nix::sys::stat::Mode;

    fn pipe(path: &Path) {
        nix::unistd::mkfifo(path, Mode::S_IRWXU).expect("a pipe");
    }

    /// A file of a terabyte with nothing in it but its start; none where the file system has no holes.
    fn sparse(path: &Path, start: &[u8]) -> bool {
        let mut file = std::fs::File::create(path).expect("made");
        file.write_all(start).expect("written");
        let made = file.set_len(1 << 40).is_ok();
        if !made {
            eprintln!("skipped in part: there are no files with holes here");
        }
        made
    }

    /// The refusal of a render with these in the place of the clip's.
    fn render(clip: &Clip, frames: &str, prompts: &str) -> String {
        render_with(clip, frames, prompts, &[])
    }

    fn render_with(clip: &Clip, frames: &str, prompts: &str, more: &[&str]) -> String {
        let path = |name: &str| match Path::new(name).is_absolute() {
            true => name.to_owned(),
            false => clip.path(name).to_string_lossy().into_owned(),
        };
        let (frames, prompts, out) = (path(frames), path(prompts), path("out/a.%04d.png"));
        let render = ["render", "--tracker", "flow", "--no-store", "-i", &frames, "-p", &prompts, "-o", &out];
        refusal(&limited(&[&render[..], more].concat(), &[], 2 * MEMORY))
    }

    #[test]
    fn footage_that_is_no_file() {
        let clip = Clip::new(2);
        std::fs::create_dir(clip.path("bad")).expect("a folder");
        pipe(&clip.path("bad/00001.jpg"));
        let sentence = render(&clip, "bad/%05d.jpg", "prompts.json");
        assert!(sentence.ends_with("00001.jpg: it is a pipe, expected a file"), "{sentence}");
        pipe(&clip.path("bad/one.png"));
        let sentence = render(&clip, "bad/one.png", "prompts.json");
        assert!(sentence.ends_with("one.png: it is a pipe, expected a file"), "{sentence}");
        pipe(&clip.path("bad/a.mov"));
        let sentence = render(&clip, "bad/a.mov", "prompts.json");
        assert!(sentence.ends_with("a.mov: it is a pipe, expected a file"), "{sentence}");
        let socket = clip.path("bad/00002.png");
        let _listener = std::os::unix::net::UnixListener::bind(&socket).expect("a socket");
        let sentence = render(&clip, "bad/%05d.png", "prompts.json");
        assert!(sentence.ends_with("00002.png: it is a socket, expected a file"), "{sentence}");
        std::fs::create_dir(clip.path("bad/00003.tif")).expect("a folder");
        let sentence = render(&clip, "bad/%05d.tif", "prompts.json");
        assert!(sentence.ends_with("00003.tif: it is a folder, expected a file"), "{sentence}");
        std::os::unix::fs::symlink("/dev/zero", clip.path("bad/00004.exr")).expect("linked");
        let sentence = render(&clip, "bad/%05d.exr", "prompts.json");
        assert!(sentence.ends_with("00004.exr: it is a device, expected a file"), "{sentence}");
    }

    #[test]
    fn files_with_holes() {
        let (folder, _) = folder();
        let jpeg = jpeg((16, 16));
        let starts: [(&str, &[u8]); 5] = [
            ("a.png", b""),
            ("a.jpg", &jpeg),
            ("a.tif", b"II*\0"),
            ("a.exr", b"v/1\x01\x02\0\0\0"),
            ("a.dpx", b"SDPX"),
        ];
        for (name, start) in starts {
            let path = folder.path().join(name);
            if sparse(&path, start) {
                refused(&path, &[name]);
            }
        }
        // This one would be read as a whole.
        if sparse(&folder.path().join("a.jpg"), &jpeg) {
            refused(&folder.path().join("a.jpg"), &["reading it takes", "--max-memory"]);
        }
    }

    #[test]
    fn prompts_and_presets_that_are_no_file_or_too_long() {
        let clip = Clip::new(1);
        pipe(&clip.path("pipe.json"));
        let sentence = render(&clip, "frames/%05d.png", "pipe.json");
        assert!(sentence.ends_with("pipe.json: it is a pipe, expected a file"), "{sentence}");
        let sentence = render(&clip, "frames/%05d.png", "/dev/zero");
        assert!(sentence.ends_with("/dev/zero: it is a device, expected a file"), "{sentence}");
        let preset = clip.path("pipe.json").to_string_lossy().into_owned();
        let sentence = render_with(&clip, "frames/%05d.png", "prompts.json", &["--preset", &preset]);
        assert!(sentence.contains("pipe.json: it is a pipe, expected a file"), "{sentence}");
        if sparse(&clip.path("long.json"), b"{\"objects\":[") {
            let sentence = render(&clip, "frames/%05d.png", "long.json");
            assert!(sentence.ends_with("long.json: it is longer than 64000000 bytes"), "{sentence}");
        }
    }

    #[test]
    fn masks_that_are_no_file() {
        let clip = Clip::new(1);
        pipe(&clip.path("masks/pipe.png"));
        clip.prompts(r#"{"objects":[{"name":"disc","prompts":[{"frame":0,"mask":"masks/pipe.png"}]}]}"#);
        let sentence = render(&clip, "frames/%05d.png", "prompts.json");
        assert!(sentence.contains("pipe.png: it is a pipe, expected a file"), "{sentence}");
        pipe(&clip.path("masks/pipe.fxs"));
        clip.prompts(r#"{"objects":[{"name":"disc","prompts":[{"frame":0,"shapes":"masks/pipe.fxs"}]}]}"#);
        let sentence = render(&clip, "frames/%05d.png", "prompts.json");
        assert!(sentence.contains("pipe.fxs") && sentence.contains("it is a pipe"), "{sentence}");
    }
}
