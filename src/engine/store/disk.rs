//! The folder of the track store: one file for each entry, the least used of which go when it is full.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Once;
use std::time::{Duration, SystemTime};

use parking_lot::Mutex;

use super::entry::{self, BadEntry, EntryKind};
use super::trouble::StoreTrouble;
use crate::engine::digest::Digest;
use crate::io::PARTS;

/// An entry of this size is refused unread: it is none of ours.
pub const MOST_BYTES: u64 = 1 << 30;

/// The folder.
#[derive(Debug)]
pub struct Disk {
    folder: PathBuf,
    limit: u64,
    /// Bytes in the folder as last counted, plus what was written since; none before the first count.
    used: Mutex<Option<u64>>,
    tidied: Once,
}

impl Disk {
    /// The entries in `folder`, which are kept below `limit` bytes.
    pub fn new(folder: PathBuf, limit: u64) -> Self {
        Self { folder, limit, used: Mutex::new(None), tidied: Once::new() }
    }

    /// The file of an entry.
    pub fn path(&self, kind: EntryKind, key: &Digest) -> PathBuf {
        let name = key.hex();
        self.folder.join(&name[..2]).join(format!("{}.{}", &name[2..], kind.extension()))
    }

    /// Whether there is a file for an entry.
    pub fn has(&self, kind: EntryKind, key: &Digest) -> bool {
        self.path(kind, key).is_file()
    }

    /// What is kept under `key`; what is there and is not that entry is taken away and told.
    pub fn get(&self, kind: EntryKind, key: &Digest) -> Result<Option<Vec<u8>>, StoreTrouble> {
        let path = self.path(kind, key);
        let mut bytes = match read(&path) {
            Ok(bytes) => bytes,
            Err(Unread::Missing) => return Ok(None),
            Err(Unread::NoFile(what)) => {
                remove(&path);
                return Err(StoreTrouble::NoFile(path, what));
            }
        };
        let wrong = match entry::open(kind, key, &bytes) {
            Ok(kept) => {
                let header = bytes.len() - kept.len();
                bytes.drain(..header);
                return Ok(Some(bytes));
            }
            Err(wrong) => wrong,
        };
        remove(&path);
        Err(match wrong {
            BadEntry::Damaged => StoreTrouble::Damaged(path),
            BadEntry::Swapped => StoreTrouble::Swapped(path),
        })
    }

    /// Takes an entry away that turned out to be of no use.
    pub fn remove(&self, kind: EntryKind, key: &Digest) {
        remove(&self.path(kind, key));
    }

    /// Keeps an entry.
    pub fn put(&self, kind: EntryKind, key: &Digest, kept: &[u8]) -> Result<(), StoreTrouble> {
        let path = self.path(kind, key);
        // The kind of an error without the name of a temporary file in it: the same thing is told once.
        let unwritable = |e: &io::Error| StoreTrouble::Unwritable(self.folder.clone(), e.kind().to_string());
        let folder = path.parent().unwrap_or(&self.folder);
        fs::create_dir_all(folder).map_err(|e| unwritable(&e))?;
        self.tidy();
        let mut file = tempfile::Builder::new()
            .prefix(&PARTS.prefix())
            .suffix(PARTS.end)
            .tempfile_in(folder)
            .map_err(|e| unwritable(&e))?;
        let bytes = entry::seal(kind, key, kept);
        file.write_all(&bytes).map_err(|e| unwritable(&e))?;
        if let Err(refused) = file.persist(&path) {
            // A folder cannot be written over as all else can; an empty one goes.
            if !path.is_dir() {
                return Err(unwritable(&refused.error));
            }
            remove(&path);
            refused.file.persist(&path).map_err(|_| StoreTrouble::NoFile(path, "a folder"))?;
        }
        self.keep_below_limit(bytes.len() as u64);
        Ok(())
    }

    /// Removes what writers have left that are no more, at the first call.
    pub fn tidy(&self) {
        self.tidied.call_once(|| {
            for inner in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
                PARTS.remove_dead(&inner.path());
            }
        });
    }

    fn keep_below_limit(&self, written: u64) {
        let mut used = self.used.lock();
        let total = match *used {
            Some(before) => before + written,
            None => files(&self.folder).iter().map(|f| f.bytes).sum(),
        };
        *used = Some(total);
        if total <= self.limit {
            return;
        }
        let mut all = files(&self.folder);
        all.sort_by_key(|f| f.used);
        let mut left: u64 = all.iter().map(|f| f.bytes).sum();
        // A tenth more than needed, so that this is not done again at once.
        for file in all {
            if left <= self.limit / 10 * 9 {
                break;
            }
            if fs::remove_file(&file.path).is_ok() {
                left -= file.bytes;
            }
        }
        *used = Some(left);
    }
}

/// Why there are no bytes.
enum Unread {
    /// There is nothing that can be read.
    Missing,
    /// There is something that is no file.
    NoFile(&'static str),
}

impl From<io::Error> for Unread {
    fn from(_: io::Error) -> Self {
        Self::Missing
    }
}

/// The bytes of a file; none of one that is too long to be ours.
fn read(path: &Path) -> Result<Vec<u8>, Unread> {
    let file = open(path)?;
    let about = file.metadata()?;
    if about.len() > MOST_BYTES {
        return Ok(Vec::new());
    }
    // The time of change is the time of last use; an hour's precision spares most writes.
    let now = SystemTime::now();
    let aged = about.modified().ok().and_then(|t| now.duration_since(t).ok());
    if aged.is_some_and(|age| age > Duration::from_secs(3600)) {
        touch(&file, path, now);
    }
    let mut bytes = Vec::with_capacity(usize::try_from(about.len()).unwrap_or(0));
    (&file).take(MOST_BYTES).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Opens what is a file. What is none is not opened: a named pipe is waited for until somebody writes, and a device
/// may do anything. One that comes to the file's place after it was looked at is opened without waiting, and found.
fn open(path: &Path) -> Result<File, Unread> {
    no_file(&fs::metadata(path)?)?;
    let mut options = File::options();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY);
    }
    let file = options.open(path)?;
    no_file(&file.metadata()?)?;
    Ok(file)
}

/// What something is that is no file.
fn no_file(about: &fs::Metadata) -> Result<(), Unread> {
    if about.is_file() {
        return Ok(());
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;
        let kind = about.file_type();
        for (is, what) in [
            (kind.is_fifo(), "a named pipe"),
            (kind.is_socket(), "a socket"),
            (kind.is_block_device() || kind.is_char_device(), "a device"),
        ] {
            if is {
                return Err(Unread::NoFile(what));
            }
        }
    }
    Err(Unread::NoFile("a folder"))
}

/// Sets the time of last use.
fn touch(file: &File, path: &Path, now: SystemTime) {
    // A handle that is open for reading may set times, but for Windows.
    let handle = if cfg!(windows) { File::options().append(true).open(path) } else { file.try_clone() };
    let _ = handle.and_then(|handle| handle.set_modified(now));
}

/// Takes away what is there, unless it is a folder with something in it; what cannot be removed is written over.
fn remove(path: &Path) {
    let folder = fs::symlink_metadata(path).is_ok_and(|about| about.is_dir());
    let _ = if folder { fs::remove_dir(path) } else { fs::remove_file(path) };
}

struct StoredFile {
    path: PathBuf,
    bytes: u64,
    used: SystemTime,
}

/// All files in the folders of `folder`; what cannot be listed is left out.
fn files(folder: &Path) -> Vec<StoredFile> {
    let list = |path: &Path| fs::read_dir(path).into_iter().flatten().flatten();
    list(folder)
        .flat_map(|inner| list(&inner.path()).collect::<Vec<_>>())
        .filter_map(|entry| {
            let about = entry.metadata().ok().filter(fs::Metadata::is_file)?;
            let used = about.modified().unwrap_or(SystemTime::UNIX_EPOCH);
            Some(StoredFile { path: entry.path(), bytes: about.len(), used })
        })
        .collect()
}
