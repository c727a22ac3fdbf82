//! Nothing is sent anywhere, and nothing is written but where we say: the program under `strace`, in a name
//! space without network.
//!
//! Skipped, with a word, where there is no `strace` or no such name space.

#![cfg(target_os = "linux")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A machine of its own: a home, a temporary folder, a folder for what is made.
struct Machine {
    folder: tempfile::TempDir,
}

impl Machine {
    fn new() -> Self {
        let machine = Self { folder: tempfile::tempdir().expect("a folder") };
        for name in ["home", "tmp", "out"] {
            std::fs::create_dir(machine.path(name)).expect("made");
        }
        machine
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().canonicalize().expect("there").join(name)
    }

    /// Runs `airoto` there; gives what it was seen to ask of the system. None where it cannot be watched.
    fn watched(&self, arguments: &[&str]) -> Option<Vec<String>> {
        let trace = self.path("trace");
        let mut command = Command::new("unshare");
        command.args(["-rn", "strace", "-f", "-qq", "-y", "-s", "4096", "-e"]);
        command.arg(format!("trace=%network,{}", WRITING.join(",")));
        command.arg("-o").arg(&trace);
        let environment = [("HOME", self.path("home")), ("TMPDIR", self.path("tmp"))];
        command.env_clear().envs(environment).env("PATH", std::env::var_os("PATH").unwrap_or_default());
        // A person may have said the opposite.
        command.env("ORT_DISABLE_TELEMETRY", "0").current_dir(self.path("home"));
        let mut can = Command::new("unshare");
        can.args(["-rn", "strace", "-f", "-o", "/dev/null", "true"]).stderr(Stdio::null());
        if !can.status().is_ok_and(|status| status.success()) {
            println!("skipped: there is no strace here, or no name space without network");
            return None;
        }
        let run = command.arg(env!("CARGO_BIN_EXE_airoto")).args(arguments).output().expect("it runs");
        let told =
            format!("{}{}", String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
        assert!(run.status.success(), "{arguments:?}: {told}");
        if told.contains("ONNX Runtime cannot be used") {
            println!("ONNX Runtime was not there: {told}");
        }
        let trace = std::fs::read_to_string(trace).expect("strace writes it");
        assert!(trace.lines().count() > 20, "nothing was seen: {trace}");
        Some(trace.lines().map(str::to_owned).collect())
    }

    /// Looks through what was seen, and at what is left.
    fn check(&self, seen: &[String]) {
        let faults: Vec<&String> = seen.iter().filter(|line| !self.may(line)).collect();
        assert!(faults.is_empty(), "{} of {} calls: {faults:#?}", faults.len(), seen.len());
        let names = |folder: &Path| {
            let list = std::fs::read_dir(folder).into_iter().flatten().flatten();
            list.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect::<Vec<_>>()
        };
        assert_eq!(names(&self.path("home")), [".cache"]);
        assert_eq!(names(&self.path("home/.cache")), ["airoto"]);
        assert_eq!(names(&self.path("tmp")), Vec::<String>::new());
    }

    /// Whether a call is one that may be.
    fn may(&self, line: &str) -> bool {
        let call = line.split_once(' ').map_or(line, |(_process, call)| call.trim_start());
        let Some((name, arguments)) = call.split_once('(') else { return true };
        if name == "connect" || name == "bind" || name == "sendto" || name == "sendmsg" {
            return !arguments.contains("sa_family=")
                || arguments.contains("sa_family=AF_UNIX, sun_path=\"/proc/self/fd/");
        }
        if name == "socket" || name == "socketpair" {
            return arguments.starts_with("AF_UNIX");
        }
        let opens = name.starts_with("open");
        if opens && !["O_WRONLY", "O_RDWR", "O_CREAT"].iter().any(|flag| arguments.contains(flag)) {
            return true;
        }
        if !WRITING.contains(&name) {
            return true;
        }
        paths(arguments).iter().all(|path| self.is_ours(path))
    }

    /// Whether something may be written at `path`.
    fn is_ours(&self, path: &str) -> bool {
        let folders = [self.path("home/.cache/airoto"), self.path("out")];
        let temporary = self.path("tmp");
        let within = |folder: &PathBuf| Path::new(path).starts_with(folder);
        let name = Path::new(path).strip_prefix(&temporary).ok().and_then(|p| p.components().next());
        folders.iter().any(within)
            // Folders above them are made where they are missing.
            || folders.iter().any(|folder| folder.starts_with(path))
            // Files without a name, and folders of ours.
            || Path::new(path) == temporary
            || name.is_some_and(|name| name.as_os_str().to_string_lossy().starts_with("airoto-"))
            // The folder in which plugin and worker meet, by what they have opened.
            || path.starts_with("/proc/self/fd/")
            || ["/dev/null", "/proc/self/oom_score_adj", "/proc/self/clear_refs"].contains(&path)
    }
}

/// Calls by which something on disk becomes another.
const WRITING: [&str; 21] = [
    "open",
    "openat",
    "openat2",
    "creat",
    "mkdir",
    "mkdirat",
    "mknod",
    "mknodat",
    "rename",
    "renameat",
    "renameat2",
    "unlink",
    "unlinkat",
    "rmdir",
    "link",
    "linkat",
    "symlink",
    "symlinkat",
    "truncate",
    "chmod",
    "fchmodat",
];

/// The paths among the arguments of a call. One that is relative begins where strace says that its folder is.
fn paths(arguments: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut folder = String::new();
    let mut rest = arguments;
    while let Some(at) = rest.find(['"', '<']) {
        let (close, quoted) = if rest.as_bytes()[at] == b'"' { ('"', true) } else { ('>', false) };
        let Some(length) = rest[at + 1..].find(close) else { break };
        let text = &rest[at + 1..at + 1 + length];
        match quoted {
            true if text.starts_with('/') => found.push(text.to_owned()),
            true => found.push(format!("{folder}/{text}")),
            false => folder = text.to_owned(),
        }
        rest = &rest[at + length + 2..];
        // What comes back is no argument.
        if rest.starts_with(") =") {
            break;
        }
    }
    found
}

fn demo(name: &str) -> String {
    format!("{}/tests/data/demo/{name}", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_doctor_speaks_to_nobody_and_leaves_nothing_elsewhere() {
    let machine = Machine::new();
    let Some(seen) = machine.watched(&["doctor"]) else { return };
    machine.check(&seen);
}

#[test]
fn the_demo_speaks_to_nobody_and_leaves_nothing_elsewhere() {
    let machine = Machine::new();
    let out = machine.path("out/a.%04d.png").to_string_lossy().into_owned();
    let render = ["render", "-i", &demo("frames/%05d.jpg"), "-p", &demo("prompts.json"), "-o", &out];
    let Some(seen) = machine.watched(&render) else { return };
    machine.check(&seen);
    // Without a worker, the models in the program itself.
    let out = machine.path("out/b.%04d.png").to_string_lossy().into_owned();
    let mut render = render;
    render[6] = &out;
    let render = [&render[..], &["--in-process", "--range", "0-1"]].concat();
    let seen = machine.watched(&render).expect("as before");
    machine.check(&seen);
    assert_eq!(std::fs::read_dir(machine.path("out")).expect("listed").count(), 24 + 2);
}

/// Not a test by itself: a host that has threads and did not say that nothing is to be sent.
#[test]
#[ignore = "started by a test"]
fn a_host_with_the_models_in_it() {
    if std::env::var_os("AIROTO_TEST_HOST").is_some() {
        println!("{:?}", airoto::models::runtime::library());
    }
}

#[test]
fn a_library_that_would_send_something_is_not_loaded_into_a_host() {
    let run = |switch: Option<&str>| {
        let machine = Machine::new();
        let mut host = Command::new(std::env::current_exe().expect("a path"));
        host.args(["--exact", "a_host_with_the_models_in_it", "--ignored", "--nocapture"]);
        host.env("AIROTO_TEST_HOST", "1").env_remove("ORT_DISABLE_TELEMETRY");
        host.env("HOME", machine.path("home"))
            .env("TMPDIR", machine.path("tmp"))
            .env_remove("XDG_CACHE_HOME");
        host.envs(switch.map(|value| ("ORT_DISABLE_TELEMETRY", value)));
        let run = host.output().expect("it runs");
        let left = !machine.path("home/.cache/Microsoft").exists() && !machine.path("tmp/.ses").exists();
        assert!(left, "it has begun to collect");
        String::from_utf8_lossy(&run.stdout).into_owned()
    };
    let with = run(Some("1"));
    if with.contains("no library was found") || !with.contains("Ok(") {
        println!("skipped: ONNX Runtime is not here: {with}");
        return;
    }
    for switch in [None, Some("0")] {
        let told = run(switch);
        let refused = "sends usage data unless ORT_DISABLE_TELEMETRY is 1 in the environment";
        // A build that collects nothing does not know the variable.
        assert!(told.contains(refused) || told.contains("Ok("), "{told}");
    }
}

#[test]
fn paths_of_calls_are_found() {
    let of = |arguments: &str| paths(arguments);
    assert_eq!(of(r#"AT_FDCWD</h>, "a/b", O_RDWR|O_CREAT, 0666) = 3</h/a/b>"#), ["/h/a/b"]);
    assert_eq!(of(r#"AT_FDCWD</h>, "/a", AT_FDCWD</x>, "b" <unfinished ...>"#), ["/a", "/x/b"]);
    assert_eq!(of(r#"6</t/q>, "c.tmp", O_WRONLY, 0600) = 7</t/q/c.tmp>"#), ["/t/q/c.tmp"]);
    assert_eq!(of(r#""/a/b") = 0"#), ["/a/b"]);
}
