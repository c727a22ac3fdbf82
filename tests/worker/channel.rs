//! Who may speak to a worker and to its plugin, and where they find a place to meet.

use std::io::Read;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use airoto::job::EngineSettings;
use airoto::worker::{Client, Mode};

use super::stage::*;

/// A user and a group that are nobody's here.
const USER: &str = "61234";
const GROUP: &str = "61235";

/// Not a test by itself: a host, started by the tests below. It tracks by two workers at once.
#[test]
#[ignore = "started by a test"]
fn a_host_somewhere() {
    let Some(executable) = std::env::var_os("AIROTO_TEST_WORKER") else { return };
    let client = || {
        let settings = EngineSettings { cache: None, ..EngineSettings::default() };
        Client::with_settings(Mode::Process { executable: executable.clone().into() }, settings)
    };
    let (one, other) = (client(), client());
    for client in [&one, &other] {
        match client.track(&request(), 1, &mut Footage::new(), &mut |_| {}) {
            Ok(_) => println!("tracked"),
            Err(e) => println!("refused: {e}"),
        }
    }
}

/// Not a test by itself: somebody who tries to connect to all sockets in a folder, started by a test.
#[test]
#[ignore = "started by a test"]
fn a_stranger() {
    let Some(place) = std::env::var_os("AIROTO_TEST_PLACE") else { return };
    for socket in sockets(Path::new(&place)) {
        println!("sees {}", socket.display());
        if UnixStream::connect(&socket).is_ok() {
            println!("reaches {}", socket.display());
        }
    }
    println!("done");
}

/// All sockets in the folders of a folder.
fn sockets(place: &Path) -> Vec<PathBuf> {
    let list = |path: &Path| std::fs::read_dir(path).into_iter().flatten().flatten();
    list(place)
        .flat_map(|inner| list(&inner.path()).collect::<Vec<_>>())
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_socket()))
        .map(|entry| entry.path())
        .collect()
}

/// One of the above, as the program of `before`, which is a program and its arguments.
fn role(name: &str, before: &[&str]) -> Command {
    let me = std::env::current_exe().expect("a path");
    let mut command = match before {
        [] => Command::new(&me),
        [program, arguments @ ..] => {
            let mut command = Command::new(program);
            command.args(arguments).arg(&me);
            command
        }
    };
    command.args(["--exact", &format!("channel::{name}"), "--ignored", "--nocapture"]);
    command.env_remove("XDG_RUNTIME_DIR").env("AIROTO_TEST_WORKER", airoto());
    command
}

fn said(command: &mut Command) -> String {
    let run = command.output().expect("it runs");
    String::from_utf8_lossy(&run.stdout).into_owned()
}

/// Whether this process may be other users; says so where not.
fn may_be_others() -> bool {
    let tried = Command::new("setpriv")
        .args(["--reuid", USER, "--regid", GROUP, "--clear-groups"])
        .arg(std::env::current_exe().expect("a path"))
        .arg("--help")
        .stdout(Stdio::null())
        .status();
    let may = tried.is_ok_and(|status| status.success());
    if !may {
        println!("skipped: this process may not be another user, or another user may not run it");
    }
    may
}

/// A folder that all may enter and write to.
fn open_to_all() -> tempfile::TempDir {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o777)).expect("its owner");
    folder
}

/// Ends with the test, however that ends.
struct Ending(Child);

impl Drop for Ending {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_channel_is_its_users_alone_whatever_the_umask() {
    let place = open_to_all();
    let scripts = tempfile::tempdir().expect("a folder");
    // A worker that does not speak, so that the plugin listens.
    let silent = program(scripts.path(), "exec sleep 60");
    // A group in common, and all that the owner may the group may, too.
    let others = may_be_others();
    let group: &[&str] = &["setpriv", "--regid", GROUP, "--clear-groups"];
    let mask = ["sh", "-c", "umask 002; exec \"$0\" \"$@\""];
    let before: Vec<&str> = if others { [group, &mask].concat() } else { mask.to_vec() };
    let mut host = role("a_host_somewhere", &before);
    host.env("TMPDIR", place.path()).env("AIROTO_TEST_WORKER", silent).stdout(Stdio::null());
    let _host = Ending(host.spawn().expect("it runs"));
    eventually("the host listens", || !sockets(place.path()).is_empty());

    for entry in std::fs::read_dir(place.path()).expect("listed").flatten() {
        let about = entry.metadata().expect("there");
        assert_eq!(about.mode() & 0o077, 0, "{}: {:o}", entry.path().display(), about.mode());
    }
    if others {
        let mut stranger =
            role("a_stranger", &["setpriv", "--reuid", USER, "--regid", GROUP, "--clear-groups"]);
        let told = said(stranger.env("AIROTO_TEST_PLACE", place.path()));
        assert!(told.contains("done") && !told.contains("reaches"), "{told}");
    }
}

#[test]
fn another_user_who_comes_to_the_channel_all_the_same_is_not_heard() {
    if !may_be_others() {
        return;
    }
    let place = open_to_all();
    let scripts = open_to_all();
    // The worker comes when the other user, who is root and may enter, has tried.
    let go = scripts.path().join("go");
    let script = format!(
        "while [ ! -e '{}' ]; do sleep 0.05; done; exec '{}' \"$@\"",
        go.display(),
        airoto().display()
    );
    let late = program(scripts.path(), &script);
    let mut host =
        role("a_host_somewhere", &["setpriv", "--reuid", USER, "--regid", GROUP, "--clear-groups"]);
    host.env("TMPDIR", place.path()).env("AIROTO_TEST_WORKER", late).stdout(Stdio::piped());
    let mut host = Ending(host.spawn().expect("it runs"));
    eventually("the host listens", || !sockets(place.path()).is_empty());

    let mut stream = UnixStream::connect(&sockets(place.path())[0]).expect("root may");
    stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a socket");
    assert_eq!(stream.read(&mut [0]).expect("it hangs up"), 0, "not a word is said to another user");
    std::fs::write(&go, b"").expect("written");
    let mut told = String::new();
    host.0.stdout.take().expect("piped").read_to_string(&mut told).expect("text");
    assert_eq!(told.matches("tracked").count(), 2, "its own worker is heard: {told}");
    assert_eq!(std::fs::read_dir(place.path()).expect("listed").count(), 0, "nothing is left");
}

#[test]
fn a_worker_does_not_speak_to_the_plugin_of_another_user() {
    if !may_be_others() {
        return;
    }
    let place = open_to_all();
    let listener = std::os::unix::net::UnixListener::bind(place.path().join("plugin")).expect("a socket");
    let mut worker = Command::new("setpriv");
    worker.args(["--reuid", USER, "--regid", GROUP, "--clear-groups"]).arg(airoto()).arg("worker");
    {
        use std::os::unix::fs::PermissionsExt;
        let all = std::fs::Permissions::from_mode(0o777);
        std::fs::set_permissions(place.path().join("plugin"), all).expect("its owner");
    }
    let run = worker.arg(place.path()).output().expect("it runs");
    let told = String::from_utf8_lossy(&run.stderr);
    assert_eq!(run.status.code(), Some(2), "{told}");
    assert!(told.contains("started this worker: it belongs to another user"), "{told}");
    let (mut stream, _) = listener.accept().expect("it came");
    let mut words = Vec::new();
    stream.read_to_end(&mut words).expect("it hung up");
    assert!(words.is_empty(), "{words:?}");
}

#[test]
fn a_temporary_folder_that_cannot_be_used_is_no_reason_not_to_work() {
    let place = tempfile::tempdir().expect("a folder");
    let long = place.path().join("l".repeat(150));
    std::fs::create_dir(&long).expect("made");
    let file = place.path().join("file");
    std::fs::write(&file, b"").expect("written");
    let missing = place.path().join("nowhere");
    let runtime = place.path().join("runtime");
    std::fs::create_dir(&runtime).expect("made");
    // Nobody may write to the last one, not even root.
    for (what, tmp) in
        [("long", &long), ("missing", &missing), ("a file", &file), ("read-only", &"/proc".into())]
    {
        for runtime in [Some(&runtime), None] {
            let mut host = role("a_host_somewhere", &[]);
            host.env("TMPDIR", tmp);
            if let Some(runtime) = runtime {
                host.env("XDG_RUNTIME_DIR", runtime);
            }
            let told = said(&mut host);
            assert_eq!(told.matches("tracked").count(), 2, "{what}, {runtime:?}: {told}");
        }
    }
    for folder in [&long, &runtime] {
        assert_eq!(std::fs::read_dir(folder).expect("listed").count(), 0, "{}", folder.display());
    }
}

#[test]
fn where_no_folder_can_be_used_each_is_named_with_what_is_wrong_with_it() {
    // A name space of its own, in which nobody may write where all may.
    let closed = "mount -t tmpfs -o ro none /tmp && mount -t tmpfs -o ro none /var/tmp && exec \"$0\" \"$@\"";
    let before = ["unshare", "-rm", "sh", "-c", closed];
    let can =
        Command::new("unshare").args(["-rm", "sh", "-c", closed, "true"]).stderr(Stdio::null()).status();
    if !can.is_ok_and(|status| status.success()) {
        println!("skipped: there can be no name space of its own here");
        return;
    }
    let mut host = role("a_host_somewhere", &before);
    let told = said(host.env("TMPDIR", "/nowhere").env("XDG_RUNTIME_DIR", "/proc"));
    let expected = "cannot be started: no folder can be used for the channel to it: TMPDIR, /nowhere, does not exist; \
                    XDG_RUNTIME_DIR, /proc, ";
    assert!(told.contains(expected), "{told}");
    assert!(told.contains("/tmp, cannot be written to; ") && told.contains("/var/tmp, cannot be"), "{told}");
}
