//! Names that tell which process makes a file or a folder that is not to stay, so that what a process
//! left that was ended in the middle of it can be removed.
//!
//! A name is `LEAD`, eight hexadecimal digits of the system that numbers processes, the process, the time
//! at which it began, something random, and `END`: `.airoto-5c1f00aa.4711.88231.xK2p9Q.part`. A number of
//! a process is given again after its end, so the time belongs to it; and another machine, or another
//! container, that writes into the same folder has numbers of its own, so that nothing can be said of its
//! processes: what they leave goes when it is old.

use std::fs::{self, DirEntry};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use tempfile::TempDir;

/// Age from which an untouched file counts as abandoned: a file is written in seconds.
const OLD: Duration = Duration::from_secs(24 * 3600);

/// One kind of names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unfinished {
    /// What such names begin with.
    pub lead: &'static str,
    /// What they end with.
    pub end: &'static str,
    /// Whether they are of folders, which go with all that is in them.
    pub folders: bool,
}

/// Files that take another name once they are whole.
pub const PARTS: Unfinished = Unfinished { lead: ".airoto-", end: ".part", folders: false };

/// Folders for as long as a process needs them.
pub const FOLDERS: Unfinished = Unfinished { lead: "airoto-", end: "", folders: true };

/// Who makes something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Maker {
    /// Tells the systems apart that number processes; 0 where nothing tells them.
    system: u32,
    process: u32,
    /// When the process began, in the system's own unit.
    began: u64,
}

impl Unfinished {
    /// What a name begins with that this process makes; something random comes after it.
    #[must_use]
    pub fn prefix(&self) -> String {
        let Maker { system, process, began } = Maker::this();
        format!("{}{system:08x}.{process}.{began}.", self.lead)
    }

    /// Makes a folder in `folder` that only this user may enter, whatever the umask, and that is deleted when
    /// it is dropped; removes the folders that ended processes left there.
    ///
    /// # Errors
    /// What the system says.
    pub fn folder_in(&self, folder: &Path) -> io::Result<TempDir> {
        self.remove_dead(folder);
        let prefix = self.prefix();
        let mut builder = tempfile::Builder::new();
        builder.prefix(&prefix).suffix(self.end);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let own = fs::Permissions::from_mode(0o700);
            builder.permissions(own.clone());
            let made = builder.tempdir_in(folder)?;
            // A umask may have taken rights from its owner.
            fs::set_permissions(made.path(), own)?;
            Ok(made)
        }
        #[cfg(not(unix))]
        builder.tempdir_in(folder)
    }

    /// Removes what processes have left in `folder` that are no more. What cannot be removed stays.
    pub fn remove_dead(&self, folder: &Path) {
        for (path, _) in self.dead(folder) {
            // Another process may be at it too.
            let _ = if self.folders { fs::remove_dir_all(path) } else { fs::remove_file(path) };
        }
    }

    /// What processes have left in `folder` that are no more, each with what its name ends with.
    pub fn dead(&self, folder: &Path) -> Vec<(PathBuf, String)> {
        let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
        let left = |entry: DirEntry| {
            let name = entry.file_name();
            let inner = name.to_str()?.strip_prefix(self.lead)?.strip_suffix(self.end)?;
            let end = inner.splitn(4, '.').nth(3).unwrap_or_default().to_owned();
            self.is_dead(&entry, Maker::read(inner)).then(|| (entry.path(), end))
        };
        entries.flatten().filter_map(left).collect()
    }

    fn is_dead(&self, entry: &DirEntry, maker: Option<Maker>) -> bool {
        // Of a link, its own: what it leads to is none of ours.
        let Ok(about) = entry.metadata() else { return false };
        if about.is_dir() != self.folders || !(about.is_dir() || about.is_file()) {
            return false;
        }
        if let Some(lives) = maker.and_then(|maker| maker.lives()) {
            return !lives;
        }
        let age = about.modified().ok().and_then(|t| SystemTime::now().duration_since(t).ok());
        age.is_some_and(|age| age > OLD)
    }
}

impl Maker {
    /// This process.
    fn this() -> Self {
        static THIS: OnceLock<Maker> = OnceLock::new();
        let process = std::process::id();
        let new = || Self {
            system: system().unwrap_or(0),
            process,
            began: began(process).map_or(0, |(began, _)| began),
        };
        let this = *THIS.get_or_init(new);
        // A fork has another number.
        if this.process == process { this } else { new() }
    }

    /// What a name says between its lead and its end; none where it is not of this form.
    fn read(inner: &str) -> Option<Self> {
        let mut parts = inner.split('.');
        let system = u32::from_str_radix(parts.next()?, 16).ok()?;
        Some(Self { system, process: parts.next()?.parse().ok()?, began: parts.next()?.parse().ok()? })
    }

    /// Whether it still runs; none where that cannot be told from here.
    fn lives(&self) -> Option<bool> {
        if self.system == 0 || Some(self.system) != system() {
            return None;
        }
        match began(self.process) {
            Some((began, ended)) => Some(began == self.began && !ended),
            None => Some(exists(self.process)),
        }
    }
}

/// Tells this boot of this machine, and this container in it, from others; none where nothing tells.
fn system() -> Option<u32> {
    static SYSTEM: OnceLock<Option<u32>> = OnceLock::new();
    *SYSTEM.get_or_init(|| {
        let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
        let numbers = fs::read_link("/proc/self/ns/pid").ok()?;
        let text = format!("{} {}", boot.trim(), numbers.display());
        let hash = blake3::hash(text.as_bytes());
        let (four, _) = hash.as_bytes().split_first_chunk::<4>()?;
        // 0 stands for none.
        Some(u32::from_le_bytes(*four).max(1))
    })
}

/// When a process began, in ticks since the system's start, and whether it has ended and only waits for
/// its parent to notice; none where the system does not tell, or there is none.
fn began(process: u32) -> Option<(u64, bool)> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name of the program may hold anything, and is in parentheses.
    let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace();
    let ended = matches!(fields.next()?, "Z" | "X");
    Some((fields.nth(18)?.parse().ok()?, ended))
}

/// Whether there is a process of that number, where /proc does not show it: it may be another user's.
fn exists(process: u32) -> bool {
    #[cfg(unix)]
    {
        use nix::errno::Errno;
        let Some(pid) = i32::try_from(process).ok().filter(|pid| *pid > 0) else { return false };
        nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), None) != Err(Errno::ESRCH)
    }
    #[cfg(not(unix))]
    {
        let _ = process;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;

    /// A file of that name, `age` old.
    fn file(folder: &Path, name: &str, age: Duration) {
        let file = File::create(folder.join(name)).expect("made");
        file.set_modified(SystemTime::now() - age).expect("its owner");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn what_dead_processes_left_goes_and_all_else_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let Maker { system, process, began } = Maker::this();
        assert!(system != 0 && began != 0, "Linux tells");
        // Ended and waited for: its number is nobody's.
        let mut ended = std::process::Command::new("true").spawn().expect("it runs");
        ended.wait().expect("it ends");
        let dead = ended.id();
        let (now, old) = (Duration::ZERO, OLD * 2);
        let gone = [
            (format!(".airoto-{system:08x}.{dead}.1.a.part"), now),
            (format!(".airoto-{system:08x}.{process}.{}.a.part", began + 1), now),
            (format!(".airoto-{:08x}.{process}.{began}.a.part", system ^ 1), old),
            (".airoto-oldForm.part".to_owned(), old),
        ];
        let stays = [
            (format!("{}a.part", PARTS.prefix()), old),
            (format!(".airoto-{:08x}.{dead}.1.a.part", system ^ 1), now),
            (".airoto-oldForm.part".replace("old", "new"), now),
            (format!(".airoto-{system:08x}.{dead}.1.a"), old),
            ("a.part".to_owned(), old),
            ("00001.png".to_owned(), old),
        ];
        for (name, age) in gone.iter().chain(&stays) {
            file(folder.path(), name, *age);
        }
        let inner = folder.path().join(format!(".airoto-{system:08x}.{dead}.1.b.part"));
        fs::create_dir(&inner).expect("made");
        PARTS.remove_dead(folder.path());
        for (name, _) in &gone {
            assert!(!folder.path().join(name).exists(), "{name}");
        }
        for (name, _) in &stays {
            assert!(folder.path().join(name).exists(), "{name}");
        }
        assert!(inner.exists(), "a folder is no file");
        Unfinished { folders: true, ..PARTS }.remove_dead(folder.path());
        assert!(!inner.exists());
        PARTS.remove_dead(&folder.path().join("nowhere"));
    }
}
