//! Presets on the command line, the pages that are made from the parameter table, and the scripts of the bundle.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::common::{Clip, matte, refusal, success};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_pages_are_those_that_would_be_written() {
    let clip = Clip::new(0);
    for (page, file) in
        [("table", "parameters.md"), ("pictures", "views.md"), ("panel", "pictures/panel.svg")]
    {
        let written = success(&clip.airoto(&["params", "--page", page]));
        let kept = std::fs::read_to_string(root().join("docs").join(file)).expect(file);
        assert!(written == kept, "docs/{file} is older than the table: run `cargo xtask docs`");
    }
    let page = success(&clip.airoto(&["params", "--page", "pictures"]));
    let pictures = page.split("](pictures/").skip(1).map(|rest| rest.split(')').next().unwrap_or_default());
    let mut bytes = 0;
    for name in pictures {
        let path = root().join("docs/pictures").join(name);
        bytes += path.metadata().unwrap_or_else(|_| panic!("{} is there", path.display())).len();
    }
    assert!((10_000..1_000_000).contains(&bytes), "{bytes} bytes of pictures");
}

#[test]
fn a_preset_is_applied_before_other_options() {
    let clip = Clip::new(3);
    let list = success(&clip.airoto(&["presets"]));
    for name in ["person", "hair", "car", "fastMotion", "lowMemory"] {
        assert!(list.contains(name), "{name} in {list}");
    }
    let frame = |more: &[&str], out: &str| {
        let out_file = format!("CLIP{out}.exr");
        let all = [more, &["-r", "2-2", "--no-store", "-o", &out_file]].concat();
        let all: Vec<String> =
            all.iter().map(|a| a.replace("CLIP", &clip.path("").to_string_lossy())).collect();
        success(&clip.render(&all.iter().map(String::as_str).collect::<Vec<_>>()));
        matte(&clip.path(&format!("{out}.exr"))).data().to_vec()
    };
    let plain = frame(&[], "plain");
    let hair = frame(&["--preset", "Hair"], "hair");
    assert!(plain != hair, "the edge is another one");
    let by_hand = ["--edge", "fast", "--hair", "3", "--stability", "0.5", "--clean-colours"];
    assert!(frame(&by_hand, "hand") == hair, "the same by options");
    let over = ["--preset", "Hair", "--edge", "tracked", "--stability", "0"];
    assert!(frame(&over, "over") == plain, "options are heard before it");
    let file = r#"{"airotoPreset":1,"name":"x","parameters":{"edgeSoftness":4.0,"nothing":1}}"#;
    std::fs::write(clip.path("mine.json"), file).expect("written");
    let soft = frame(&["--preset", "CLIPmine.json"], "soft");
    assert!(frame(&["--softness", "4"], "softness") == soft);
    assert!(refusal(&clip.render(&["--preset", "none such"])).contains("expected person, hair, car"));
    std::fs::write(clip.path("bad.json"), "[1]").expect("written");
    assert!(refusal(&clip.render(&["--preset", "CLIPbad.json"])).contains("not a JSON object"));
}

#[test]
fn a_comparison_needs_something_to_compare_with() {
    let clip = Clip::new(2);
    let said = refusal(&clip.render(&["--view", "wipe"]));
    assert!(said.contains("--compare"), "{said}");
    success(&clip.render(&["--view", "difference", "--compare", "flow", "-r", "1-1", "-o", "CLIPd.exr"]));
    assert!(clip.path("d.exr").is_file());
    success(&clip.render(&["--view", "idmatte", "-r", "1-1", "-o", "CLIPi.exr"]));
    assert!(clip.path("i.exr").is_file());
}

#[test]
fn the_scripts_of_the_bundle_are_python() {
    if Command::new("python3").arg("--version").output().is_err() {
        println!("skipped: there is no python3 to compile the scripts of the bundle");
        return;
    }
    let place = tempfile::tempdir().expect("a folder");
    for file in ["nuke/init.py", "nuke/menu.py", "natron/initGui.py"] {
        let path: PathBuf = root().join("bundle").join(file);
        // As `python3 -m py_compile`, which would leave its result beside the file.
        let script =
            "import py_compile, sys; py_compile.compile(sys.argv[1], cfile=sys.argv[2], doraise=True)";
        let to = place.path().join("out.pyc");
        let output = Command::new("python3").args(["-c", script]).args([&path, &to]).output().expect("runs");
        assert!(output.status.success(), "{file}: {}", String::from_utf8_lossy(&output.stderr));
    }
    nukes_init_adds_the_bundles_folder_once(place.path());
}

/// Nuke's init.py in a bundle, and anywhere else.
fn nukes_init_adds_the_bundles_folder_once(place: &Path) {
    let folder = place.join("AIRoto.ofx.bundle/Contents/Resources/nuke");
    std::fs::create_dir_all(&folder).expect("a folder");
    let script = "import os, runpy, sys\nfor i in range(2): runpy.run_path(sys.argv[1])\nprint(os.environ.get('OFX_PLUGIN_PATH'))";
    let run = |file: &Path| {
        let mut command = Command::new("python3");
        command.args(["-B", "-c", script]).arg(file).env("OFX_PLUGIN_PATH", "/a");
        String::from_utf8_lossy(&command.output().expect("runs").stdout).trim().to_owned()
    };
    let init = folder.join("init.py");
    std::fs::copy(root().join("bundle/nuke/init.py"), &init).expect("copied");
    assert_eq!(run(&init), format!("{}:/a", place.canonicalize().expect("a folder").display()));
    assert_eq!(run(&root().join("bundle/nuke/init.py")), "/a", "outside a bundle it does nothing");
}
