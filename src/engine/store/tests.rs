//! The store with and without a disk, and what is wrong with what lies there.

use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::disk::Disk;
use super::entry::{self, EntryKind};
use super::track_store::{FOLDER, TrackStore};
use super::*;
use crate::engine::digest::{Digest, Recipe};
use crate::job::{EngineSettings, Stamp};
use crate::raster::Matte;

fn settings(cache: Option<&Path>, memory_limit: usize, disk_limit: u64) -> EngineSettings {
    EngineSettings { cache: cache.map(Path::to_owned), memory_limit, disk_limit, threads: 1 }
}

fn record(seed: u64) -> Arc<Record> {
    let mut random = fastrand::Rng::with_seed(seed);
    let data = (0..256).map(|_| random.f32()).collect();
    Arc::new(Record {
        matte: Matte::new(16, 16, data).expect("256 values"),
        confidence: 0.5,
        confidence_map: None,
        present: true,
        carried: None,
        noticed: None,
    })
}

fn digest(i: i64) -> Digest {
    Recipe::new("test").number(i).done()
}

#[test]
fn memory_is_bounded_and_spills() {
    let store = TrackStore::new(&settings(None, 4096, 0));
    for i in 0..100 {
        assert!(store.put(digest(i), &record(i as u64), false).is_empty(), "no disk, no trouble");
        store.flush();
        assert!(store.memory_bytes() <= 4096);
    }
    for i in [0, 50, 99] {
        assert_eq!(store.get(&digest(i), (16, 16), false), Ok(Some(record(i as u64))));
    }
    assert!(!store.contains(&digest(100), false));
}

#[test]
fn the_disk_keeps_entries_for_another_session() {
    let folder = tempfile::tempdir().expect("a folder");
    let settings = settings(Some(folder.path()), 1 << 20, 1 << 20);
    assert!(TrackStore::new(&settings).put(digest(1), &record(1), true).is_empty());
    let other = TrackStore::new(&settings);
    assert!(other.contains(&digest(1), true) && !other.contains(&digest(1), false));
    assert_eq!(other.get(&digest(1), (16, 16), true), Ok(Some(record(1))));
    assert!(other.put_memory(digest(5), vec![7; 1000]).is_empty());
    other.flush();
    assert_eq!(other.memory(&digest(5), true), Ok(Some(vec![7; 1000])));
    let path = Disk::new(folder.path().join(FOLDER), 0).path(EntryKind::Memory, &digest(5));
    let mut bytes = fs::read(&path).expect("there");
    *bytes.last_mut().expect("not empty") ^= 1;
    fs::write(&path, bytes).expect("written");
    assert_eq!(other.memory(&digest(5), true), Err(StoreTrouble::Damaged(path)));
    assert_eq!(other.memory(&digest(5), true), Ok(None));
    let noted =
        |i: i64, stamp: Option<u8>| NotedFrame { digest: digest(i), stamp: stamp.map(|v| Stamp([v; 32])) };
    let path = [noted(3, Some(1)), noted(4, None)];
    assert!(other.put_path(digest(2), &path).is_empty());
    other.flush();
    assert_eq!(other.path_of(&digest(2)), Ok(path.to_vec()));
    assert_eq!(other.path_of(&digest(3)), Ok(Vec::new()));
}

#[test]
fn a_damaged_entry_is_dropped_and_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let settings = settings(Some(folder.path()), 1 << 20, 1 << 20);
    let store = TrackStore::new(&settings);
    assert!(store.put(digest(1), &record(1), true).is_empty());
    store.flush();
    let path = Disk::new(folder.path().join(FOLDER), 0).path(EntryKind::Matte, &digest(1));
    fs::write(&path, b"AIRM and then rubbish").expect("written");
    let other = TrackStore::new(&settings);
    assert_eq!(other.get(&digest(1), (16, 16), true), Err(StoreTrouble::Damaged(path.clone())));
    assert_eq!(other.get(&digest(1), (16, 16), true), Ok(None));
    assert!(!path.exists());
}

#[test]
fn what_was_used_longest_ago_goes_first() {
    let folder = tempfile::tempdir().expect("a folder");
    let one = entry::seal(EntryKind::Matte, &digest(0), &record(0).encode()).len() as u64;
    let store = TrackStore::new(&settings(Some(folder.path()), 0, one * 10));
    let old = SystemTime::now() - Duration::from_secs(86_400);
    for i in 0..30 {
        assert!(store.put(digest(i), &record(i as u64), true).is_empty());
        store.flush();
        let path = Disk::new(folder.path().join(FOLDER), 0).path(EntryKind::Matte, &digest(i));
        let file = File::options().append(true).open(path).expect("there");
        file.set_modified(old + Duration::from_secs(i as u64)).expect("a time");
    }
    let left: Vec<i64> = (0..30).filter(|&i| store.contains(&digest(i), true)).collect();
    assert!(left.len() <= 10 && left.len() >= 8, "{left:?}");
    assert_eq!(left.last(), Some(&29));
    assert_eq!(left.first().copied(), Some(30 - left.len() as i64));
}

#[test]
fn an_entry_that_came_to_anothers_place_is_found() {
    let folder = tempfile::tempdir().expect("a folder");
    let settings = settings(Some(folder.path()), 1 << 20, 1 << 20);
    let store = TrackStore::new(&settings);
    for i in 0..2 {
        assert!(store.put(digest(i), &record(i as u64), true).is_empty());
    }
    store.flush();
    let path = |i| Disk::new(folder.path().join(FOLDER), 0).path(EntryKind::Matte, &digest(i));
    fs::copy(path(0), path(1)).expect("copied");
    let other = TrackStore::new(&settings);
    assert_eq!(other.get(&digest(1), (16, 16), true), Err(StoreTrouble::Swapped(path(1))));
    assert_eq!(other.get(&digest(1), (16, 16), true), Ok(None));
    assert_eq!(other.get(&digest(0), (16, 16), true), Ok(Some(record(0))));
    assert!(other.put(digest(1), &record(1), true).is_empty());
    other.flush();
    assert_eq!(TrackStore::new(&settings).get(&digest(1), (16, 16), true), Ok(Some(record(1))));
}

/// What is no file, in the place of the entry 1, and is told once.
#[cfg(unix)]
fn no_file(make: impl Fn(&Path), what: &'static str) {
    let folder = tempfile::tempdir().expect("a folder");
    let settings = settings(Some(folder.path()), 1 << 20, 1 << 20);
    let store = TrackStore::new(&settings);
    let path = Disk::new(folder.path().join(FOLDER), 0).path(EntryKind::Matte, &digest(1));
    fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    make(&path);
    assert!(!store.contains(&digest(1), true), "{what}");
    assert_eq!(store.get(&digest(1), (16, 16), true), Err(StoreTrouble::NoFile(path.clone(), what)));
    if !path.exists() {
        make(&path);
    }
    assert_eq!(store.get(&digest(1), (16, 16), true), Ok(None), "{what} is told once");
    assert!(store.put(digest(1), &record(1), true).is_empty(), "{what}");
    store.flush();
    // From the disk where it could be mended, else from the scratch file.
    assert_eq!(store.get(&digest(1), (16, 16), true), Ok(Some(record(1))), "{what}");
}

#[test]
#[cfg(unix)]
fn what_is_no_file_is_not_opened() {
    let pipe = |path: &Path| {
        nix::unistd::mkfifo(path, nix::sys::stat::Mode::S_IRWXU).expect("a pipe");
    };
    no_file(pipe, "a named pipe");
    no_file(|path| fs::create_dir_all(path).expect("a folder"), "a folder");
    no_file(|path| fs::create_dir_all(path.join("full")).expect("a folder"), "a folder");
    let socket = |path: &Path| drop(std::os::unix::net::UnixListener::bind(path).expect("a socket"));
    // A socket's path may be too long on some systems.
    if std::env::temp_dir().as_os_str().len() < 20 {
        no_file(socket, "a socket");
    }
    let link = |path: &Path| {
        let _ = fs::remove_file(path);
        std::os::unix::fs::symlink("/dev/zero", path).expect("a link");
    };
    no_file(link, "a device");
}

#[test]
#[cfg(unix)]
fn a_full_disk_is_told_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("file");
    fs::write(&file, b"").expect("written");
    let store = TrackStore::new(&settings(Some(&file), 0, 1 << 20));
    let mut told = 0;
    for i in 0..20 {
        told += store.put(digest(i), &record(1), true).len() + store.put_memory(digest(i), vec![1]).len();
    }
    assert_eq!(told, 1);
}

#[test]
#[cfg(unix)]
fn a_folder_that_cannot_be_written_is_told_and_worked_around() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("file");
    fs::write(&file, b"").expect("written");
    let store = TrackStore::new(&settings(Some(&file), 0, 1 << 20));
    let trouble = store.put(digest(1), &record(1), true);
    assert!(matches!(&trouble[..], [StoreTrouble::Unwritable(..)]), "{trouble:?}");
    assert_eq!(store.get(&digest(1), (16, 16), true), Ok(Some(record(1))));
}
