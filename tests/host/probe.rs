//! Drives the headless host with a plugin in C that checks the host in return, and that breaks
//! rules on purpose (`tests/data/probe.c`).

use airoto::host::{
    Binary, ClipInfo, ClipSource, Components, Context, Depth, HostError, HostImage, HostProfile, ImageError,
    Instance, MessageKind, MessageV2, ParamKind, Pen, Project, RenderCall, RowBytes, Shape, Status, Value,
};
use airoto::raster::RectI;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, OnceLock};

const WIDTH: u32 = 8;
const HEIGHT: u32 = 6;

/// The bundle of the probe, compiled once for all tests of this file.
fn bundle() -> &'static Path {
    static BUNDLE: OnceLock<PathBuf> = OnceLock::new();
    BUNDLE.get_or_init(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let bundle = Path::new(env!("CARGO_TARGET_TMPDIR")).join("Probe.ofx.bundle");
        let folder = bundle.join("Contents").join(airoto::host::architectures()[0]);
        std::fs::create_dir_all(&folder).unwrap();
        let compiler = std::env::var_os("CC").unwrap_or_else(|| "cc".into());
        let status = Command::new(compiler)
            .args(["-std=c11", "-Wall", "-Wextra", "-Werror", "-O1", "-shared", "-fPIC", "-I"])
            .arg(root.join("ofx-headers"))
            .arg(root.join("tests/data/probe.c"))
            .arg("-o")
            .arg(folder.join("Probe.ofx"))
            .status()
            .expect("a C compiler is needed to build the probe");
        assert!(status.success(), "the probe does not compile");
        bundle
    })
}

/// The probe in a host of that profile, with variables of its own.
fn open(profile: HostProfile) -> Binary {
    Binary::open_copy(profile, bundle()).unwrap()
}

/// Footage whose every pixel is known: value `(x + 10 y + 60 time + channel) / 1000`.
struct Ramp {
    components: Components,
    depth: Depth,
    rows: RowBytes,
}

fn ramp_value(x: u32, y: u32, time: f64, channel: usize) -> f32 {
    (f64::from(x + 10 * y) + 60.0 * time + channel as f64) as f32 / 1000.0
}

fn ramp(time: f64) -> Vec<f32> {
    let mut rgba = Vec::new();
    for y in 0..HEIGHT {
        for x in 0..WIDTH {
            rgba.extend((0..4).map(|c| ramp_value(x, y, time, c)));
        }
    }
    rgba
}

impl ClipSource for Ramp {
    fn info(&self) -> ClipInfo {
        ClipInfo::new(WIDTH, HEIGHT, 0, 9, self.components, self.depth)
    }

    fn image(&self, time: f64) -> Result<Option<HostImage>, ImageError> {
        if time == 7.0 {
            return Err(ImageError("frame 7 is broken".to_owned()));
        }
        if !(0.0..=9.0).contains(&time) {
            return Ok(None);
        }
        HostImage::from_rgba(WIDTH, HEIGHT, &ramp(time), self.components, self.depth, self.rows)
            .map(Some)
            .map_err(|e| ImageError(e.to_string()))
    }
}

fn source(components: Components, depth: Depth, rows: RowBytes) -> Arc<dyn ClipSource> {
    Arc::new(Ramp { components, depth, rows })
}

fn instance(binary: &Binary, identifier: &str) -> Instance {
    let plugin = binary.plugin(identifier).unwrap();
    let project = Project::new(WIDTH, HEIGHT, 24.0, 0, 9);
    let instance = Instance::create(&plugin, Context::Filter, &project).unwrap();
    instance.connect("Source", Some(source(Components::Rgba, Depth::Float, RowBytes::Tight))).unwrap();
    instance
}

/// What the probe found wrong with the host.
fn complaints(instance: &Instance) -> Vec<String> {
    let bad = |m: &airoto::host::HostMessage| m.kind == MessageKind::Error && m.id == "probe";
    instance.messages().into_iter().filter(bad).map(|m| m.text).collect()
}

const FULLY: &str = "org.airoto.test.FullySafe";

#[test]
fn the_probe_finds_nothing_wrong() {
    let binary = open(HostProfile::airoto());
    let probe = instance(&binary, FULLY);
    let note = probe.persistent_message().unwrap();
    assert_eq!((note.kind, note.text.as_str()), (MessageKind::Warning, "note 3 1.50"));
    probe.render(&RenderCall::new(0.0)).unwrap();
    assert_eq!(complaints(&probe), [""; 0]);
    assert_eq!(probe.faults(), [""; 0]);
    probe.purge_caches().unwrap();
    assert_eq!(probe.persistent_message(), None);
    drop(probe);
    assert_eq!(binary.faults(), [""; 0]);
}

#[test]
fn the_probe_runs_in_every_profile() {
    for (word, profile) in HostProfile::all() {
        // The probe itself calls what Resolve would crash on.
        let profile = HostProfile {
            message_v2: match profile.message_v2 {
                MessageV2::BadPointers => MessageV2::Missing,
                other => other,
            },
            ..profile
        };
        let binary = open(profile);
        let plugin = binary.plugin(FULLY).unwrap();
        let project = Project::new(WIDTH, HEIGHT, 24.0, 0, 9);
        let probe = Instance::create(&plugin, Context::Filter, &project).unwrap();
        probe.connect("Source", Some(source(Components::Rgba, Depth::Float, RowBytes::Tight))).unwrap();
        let image = probe.render(&RenderCall::new(2.0)).unwrap();
        for (a, b) in ramp(2.0).iter().zip(image.to_rgba()) {
            assert!((1.0 - a - b).abs() < 2e-5, "{word}: {a} {b}");
        }
    }
}

#[test]
fn describes_clips_and_params() {
    let binary = open(HostProfile::airoto());
    let identifiers: Vec<String> = binary.plugins().iter().map(|p| p.identifier().to_owned()).collect();
    assert_eq!(identifiers, [FULLY, "org.airoto.test.InstanceSafe", "org.airoto.test.Unsafe"]);
    let plugin = binary.plugin(FULLY).unwrap();
    assert_eq!(plugin.contexts().unwrap(), [Context::Filter, Context::General]);
    assert_eq!(plugin.best_context().unwrap(), Context::General);
    let general = plugin.describe(Context::General).unwrap();
    assert_eq!(
        general.clips.iter().map(|c| c.name.as_str()).collect::<Vec<_>>(),
        ["Source", "Output", "Mask"]
    );
    assert!(general.clip("Mask").unwrap().optional);
    let int = general.parameter("int").unwrap();
    assert_eq!(
        (int.kind, &int.default, &int.range),
        (ParamKind::Integer, &Some(Value::Int(7)), &Some((Some(Value::Int(0)), Some(Value::Int(100)))))
    );
    assert_eq!(
        (int.parent.as_str(), int.hint.as_str(), int.label.as_str()),
        ("group", "a whole number", "Int")
    );
    assert_eq!(general.parameter("double").unwrap().range, None, "the range was left open");
    assert_eq!(general.parameter("text").unwrap().string_mode, "MultiLine");
    assert_eq!(general.parameter("strChoice").unwrap().options[1].name, "second");
    let json = serde_json::to_value(&general).unwrap();
    assert_eq!(json["parameters"][2]["type"], "Integer");
    assert_eq!(json["parameters"][2]["range"], serde_json::json!([0, 100]));
    assert_eq!(json["components"], serde_json::json!(["RGBA", "RGB", "Alpha"]));
    assert_eq!(json["clips"][0]["components"][2], "Alpha");
    assert_eq!(json["depths"], serde_json::json!(["byte", "short", "half", "float"]));
    let refused = plugin.describe(Context::Paint).unwrap_err().to_string();
    assert!(refused.contains("has no context Paint, only Filter, General"), "{refused}");
}

#[test]
fn every_format_and_layout_comes_out_inverted() {
    let binary = open(HostProfile::airoto());
    let probe = instance(&binary, FULLY);
    let layouts = [RowBytes::Tight, RowBytes::Padded(12), RowBytes::Negative, RowBytes::NegativePadded(4)];
    for &components in Components::ALL {
        for &depth in Depth::ALL {
            for rows in layouts {
                probe.connect("Source", Some(source(components, depth, rows))).unwrap();
                let call = RenderCall { rows: Some(rows), ..RenderCall::new(3.0) };
                let image = probe.render(&call).unwrap();
                assert_eq!((image.components(), image.depth()), (components, depth));
                let from = HostImage::from_rgba(WIDTH, HEIGHT, &ramp(3.0), components, depth, rows).unwrap();
                let alpha = components == Components::Rgb;
                for (i, (a, b)) in from.to_rgba().iter().zip(image.to_rgba()).enumerate() {
                    let added = alpha && i % 4 == 3;
                    let expected = if depth == Depth::Half || added { *a } else { 1.0 - a };
                    assert!((expected - b).abs() < 1e-6, "{components} {depth} {rows:?}: {expected} {b}");
                }
            }
        }
    }
    assert_eq!((complaints(&probe), probe.faults()), (vec![], vec![]));
}

#[test]
fn the_output_takes_the_format_that_is_asked_for() {
    let binary = open(HostProfile::airoto());
    let probe = instance(&binary, FULLY);
    probe.set_output(Components::Rgba, Depth::Byte).unwrap();
    let image = probe.render(&RenderCall::new(0.0)).unwrap();
    assert_eq!((image.components(), image.depth()), (Components::Rgba, Depth::Byte));
    assert_eq!(image.to_rgba()[0], 1.0);

    let limited = HostProfile { depths: vec![Depth::Float], ..HostProfile::airoto() };
    let binary = open(limited);
    let refused = instance(&binary, FULLY).set_output(Components::Rgb, Depth::Byte).unwrap_err().to_string();
    assert!(refused.ends_with("its output cannot be byte, only float"), "{refused}");
}

#[test]
fn windows_and_scales_are_honoured() {
    let binary = open(HostProfile::airoto());
    let probe = instance(&binary, FULLY);
    let window = RectI::new(2, 1, 5, 4);
    let part = probe.render(&RenderCall { window: Some(window), ..RenderCall::new(1.0) }).unwrap();
    let whole = probe.render(&RenderCall::new(1.0)).unwrap();
    assert_eq!(part.bounds(), window);
    assert_eq!(part.to_rgba(), whole.cropped(&window).to_rgba());

    let half = probe.render(&RenderCall { scale: (0.5, 0.5), ..RenderCall::new(0.0) }).unwrap();
    assert_eq!((half.width(), half.height()), (WIDTH / 2, HEIGHT / 2));
    let mean =
        [(0, 0), (1, 0), (0, 1), (1, 1)].map(|(x, y)| ramp_value(x, y, 0.0, 0)).iter().sum::<f32>() / 4.0;
    assert!((half.to_rgba()[0] - (1.0 - mean)).abs() < 1e-6);
}

#[test]
fn other_frames_are_given_or_not_as_the_host_is() {
    let binary = open(HostProfile::airoto());
    let probe = instance(&binary, FULLY);
    probe.set_param("offset", -2).unwrap();
    let image = probe.render(&RenderCall::new(5.0)).unwrap();
    assert!((image.to_rgba()[0] - (1.0 - ramp_value(0, 0, 3.0, 0))).abs() < 1e-6);
    assert_eq!(probe.frames_needed(4.0).unwrap()["Source"], [(0.0, 0.0), (2.0, 5.0)]);

    let binary = open(HostProfile { same_frame_only: true, ..HostProfile::airoto() });
    let probe = instance(&binary, FULLY);
    probe.set_param("offset", -2).unwrap();
    let image = probe.render(&RenderCall::new(5.0)).unwrap();
    assert!((image.to_rgba()[0] - (1.0 - ramp_value(0, 0, 5.0, 0))).abs() < 1e-6);
}

#[test]
fn a_broken_source_is_named() {
    let binary = open(HostProfile::airoto());
    let probe = instance(&binary, FULLY);
    match probe.render(&RenderCall::new(7.0)) {
        Err(HostError::Source { clip, time, what }) => {
            assert_eq!((clip.as_str(), time, what.as_str()), ("Source", 7.0, "frame 7 is broken"));
        }
        other => panic!("{other:?}"),
    }
    assert!(matches!(
        probe.render(&RenderCall::new(12.0)),
        Err(HostError::Action { status: Status::FAILED, .. })
    ));
}

#[test]
fn faults_are_noticed() {
    let expected = [
        ("leakImage", "left images unreleased after OfxImageEffectActionRender: Source"),
        ("overrun", "wrote beyond the rows of the output image"),
        ("writeInput", "wrote into the input image of clip Source"),
        ("wrongType", "read property OfxPropType of an image of clip Source as int, it is of type string"),
        ("badHandle", "propGetInt was given a handle that is none, or of another kind, or stale"),
        ("setInRender", "set param int in action OfxImageEffectActionRender, which does not allow it"),
        ("staleHandle", "clipReleaseImage was given a handle that is none, or of another kind, or stale"),
    ];
    for (fault, sentence) in expected {
        let binary = open(HostProfile::airoto());
        let probe = instance(&binary, FULLY);
        // The window leaves a gap that rows of the image do not fill, on which overruns show.
        let call = RenderCall { rows: Some(RowBytes::Padded(16)), ..RenderCall::new(0.0) };
        probe.render(&call).unwrap();
        assert_eq!(probe.faults(), [""; 0], "before {fault}");
        probe.set_param("fault", fault).unwrap();
        let result = probe.render(&call);
        assert_eq!(result.is_err(), fault == "overrun", "{fault}");
        assert_eq!(probe.faults(), [sentence], "{fault}");
        assert_eq!(complaints(&probe), [""; 0], "{fault}");
        assert_eq!(binary.faults(), [sentence], "{fault}");
    }
    let binary = open(HostProfile::airoto());
    let probe = instance(&binary, FULLY);
    probe.set_param("fault", "leakMemory").unwrap();
    probe.render(&RenderCall::new(0.0)).unwrap();
    drop(probe);
    assert_eq!(binary.faults(), ["left 1 blocks of 123 bytes of memory unfreed"]);
}

#[test]
fn a_failure_brings_its_message() {
    let binary = open(HostProfile::airoto());
    let probe = instance(&binary, FULLY);
    probe.set_param("fault", "fail").unwrap();
    let error = probe.render(&RenderCall::new(3.0)).unwrap_err().to_string();
    assert_eq!(error, format!("{FULLY}: action Render answered kOfxStatFailed: failed as told at 3"));

    let careless = open(HostProfile { ignores_failures: true, ..HostProfile::airoto() });
    let probe = instance(&careless, FULLY);
    probe.set_param("fault", "fail").unwrap();
    assert!(probe.render(&RenderCall::new(3.0)).unwrap().to_rgba().iter().all(|v| *v == 0.0));
}

#[test]
fn an_abort_ends_a_render() {
    let binary = open(HostProfile::airoto());
    let probe = instance(&binary, FULLY);
    probe.set_abort(true);
    assert!(matches!(probe.render(&RenderCall::new(0.0)), Err(HostError::Aborted)));
    probe.set_abort(false);
    assert!(probe.render(&RenderCall::new(0.0)).is_ok());
}

/// How many renders the probe saw at once.
fn most_at_once(identifier: &str, instances: usize) -> i32 {
    let binary = open(HostProfile::airoto());
    let probes: Vec<Instance> = (0..instances).map(|_| instance(&binary, identifier)).collect();
    std::thread::scope(|scope| {
        for i in 0..6_u32 {
            let probe = &probes[i as usize % probes.len()];
            scope.spawn(move || {
                let image = probe.render(&RenderCall::new(f64::from(i))).unwrap();
                let expected = 1.0 - ramp_value(0, 0, f64::from(i), 0);
                assert!((image.to_rgba()[0] - expected).abs() < 1e-6, "frame {i}");
            });
        }
    });
    probes[0].end_sequence(0, 5, 1.0, false).unwrap();
    let messages = probes[0].messages();
    assert!(probes.iter().all(|p| p.faults().is_empty()));
    messages.iter().find(|m| m.id == "most").unwrap().text.parse().unwrap()
}

#[test]
fn renders_wait_as_the_plugin_asks() {
    assert!(most_at_once(FULLY, 1) > 1);
    assert_eq!(most_at_once("org.airoto.test.InstanceSafe", 1), 1);
    assert!(most_at_once("org.airoto.test.InstanceSafe", 3) > 1);
    assert_eq!(most_at_once("org.airoto.test.Unsafe", 3), 1);
}

#[test]
fn params_are_set_by_name_within_their_range() {
    let binary = open(HostProfile::airoto());
    let probe = instance(&binary, FULLY);
    probe.set_param("strChoice", "Second").unwrap();
    assert_eq!(probe.param("strChoice").unwrap(), Value::from("second"));
    let refuse = |name: &str, value: Value| probe.set_param(name, value).unwrap_err().to_string();
    assert!(refuse("int", Value::Int(101)).ends_with("param int takes 0 to 100, found 101"));
    assert!(refuse("int", "x".into()).ends_with("param int of type Integer cannot take \"x\""));
    assert!(refuse("fault", "no".into()).contains("param fault has no option \"no\", only none, leakImage"));
    assert!(refuse("nothing", 1.into()).contains("has no param nothing, only int, double"));
    let _ = probe.messages();
    probe.edit_param("int", 5, 2.0).unwrap();
    probe.push_button("button", 2.0).unwrap();
    assert_eq!(probe.param("double").unwrap(), Value::Double(0.75));
    let said: Vec<String> = probe.messages().into_iter().map(|m| m.text).collect();
    let expected = ["int OfxChangeUserEdited", "button OfxChangeUserEdited", "double OfxChangePluginEdited"];
    assert_eq!(said, expected);
    probe.set_key("double", 0.0, 1.0).unwrap();
    probe.set_key("double", 4.0, 3.0).unwrap();
    assert_eq!(probe.param_at("double", 1.0).unwrap(), Value::Double(1.5));
    assert!(probe.saved_params().iter().any(|(name, value)| name == "int" && *value == Value::Int(5)));
}

#[test]
fn overlays_draw_and_take_the_pen() {
    let binary = open(HostProfile::airoto());
    let probe = instance(&binary, FULLY);
    let overlay = probe.overlay().unwrap().unwrap();
    let drawn = overlay.draw(0.0).unwrap();
    assert_eq!((&drawn[0].shape, &drawn[0].points[1]), (&Shape::Lines, &(3.0, 4.0)));
    assert_eq!(drawn[1].shape, Shape::Text("probe".to_owned()));
    assert!(overlay.pen(Pen::Down, 0.0, 6.0, 5.5, 1.0).unwrap());
    assert!(!overlay.pen(Pen::Up, 0.0, 6.0, 5.5, 1.0).unwrap());
    assert_eq!(overlay.redraws(), 1);
    assert_eq!(probe.param("point").unwrap(), Value::from([6.0, 5.5]));
    drop(overlay);
    assert_eq!(probe.faults(), [""; 0]);
}

#[test]
fn quirks_reach_the_plugin() {
    let binary = open(HostProfile::mlt());
    let plugin = binary.plugin(FULLY).unwrap();
    let project = Project::new(WIDTH, HEIGHT, 24.0, 0, 9);
    let probe = Instance::create(&plugin, Context::Filter, &project).unwrap();
    let said = complaints(&probe);
    assert!(said.iter().any(|s| s.contains("kOfxImageEffectPropProjectSize")), "{said:?}");
    assert!(plugin.describe(Context::General).is_err(), "MLT knows the Filter context only");
    let resolve = open(HostProfile { message_v2: MessageV2::Missing, ..HostProfile::resolve() });
    let plugin = resolve.plugin(FULLY).unwrap();
    let described = plugin.describe(Context::Filter).unwrap();
    assert!(described.parameter("int2").is_none(), "Integer2D is not for Resolve");
    let range = Some((Some(Value::Double(-1.0)), Some(Value::Double(1.0))));
    assert_eq!(described.parameter("double").unwrap().range, range);
}

#[test]
fn what_is_no_plugin_is_refused_in_a_sentence() {
    let text = |path: &Path| match Binary::open(HostProfile::airoto(), path) {
        Ok(_) => panic!("{} was loaded", path.display()),
        Err(e) => e.to_string(),
    };
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    assert!(text(Path::new("/nowhere/X.ofx.bundle")).ends_with("there is no such bundle or library"));
    assert!(text(&root.join("Cargo.toml")).contains("cannot be loaded"));
    assert!(text(&root.join("src")).contains("holds no bundle"));
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("A.ofx.bundle/Contents/Elsewhere")).unwrap();
    assert!(text(&folder.path().join("A.ofx.bundle")).contains("has no library for this platform"));
}

#[test]
fn the_command_line_describes_it() {
    let airoto = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_airoto"));
        command.args(["host", "describe"]).arg(bundle()).args(args).output().unwrap()
    };
    let json = airoto(&["--json", "--context", "filter"]);
    assert!(json.status.success(), "{}", String::from_utf8_lossy(&json.stderr));
    let lines: Vec<serde_json::Value> =
        json.stdout.split(|b| *b == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect();
    assert_eq!(lines.len(), 3, "one object a plugin");
    assert_eq!((&lines[0]["identifier"], &lines[0]["context"]), (&FULLY.into(), &"Filter".into()));
    assert_eq!(lines[0]["faults"], serde_json::json!([]));
    let people = airoto(&["--plugin", FULLY, "--host", "resolve"]);
    let people = String::from_utf8(people.stdout).unwrap();
    assert!(
        people.contains("  int                      Integer      \"Int\", default 7, 0 to 100, in group"),
        "{people}"
    );
    let refused = airoto(&["--plugin", "nobody"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(
        String::from_utf8_lossy(&refused.stderr).contains("holds no plugin nobody, only org.airoto.test")
    );
}
