//! Mattes by digest: in memory, in a scratch file, on disk.
//!
//! An entry is known by the digest of all that it depends on, so an entry that is found is right
//! whoever wrote it, and one that is damaged or another's is computed again. On disk an entry is a file
//! of its own, written under another name first; the folder is kept below its limit by removing what was
//! used longest ago. What is wrong with it is told once.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;

use parking_lot::Mutex;

use super::digest::Digest;
pub use super::disk::StoreTrouble;
use super::disk::{Disk, MOST_BYTES};
use super::entry::Kind;
use super::record::Record;
use super::scratch::Scratch;
use super::writer::{Work, Writer};
use crate::job::{EngineSettings, Stamp};

/// The folder of this layout in the cache folder; another layout gets another folder.
const FOLDER: &str = "tracks-2";
/// Entries in memory at most, so that those of tiny frames are bounded too: what is asked for again
/// is a neighbour. 16 objects between two keyframes, four times.
const MOST_IN_MEMORY: usize = 128;
/// Troubles of which it is remembered that they were told.
const MOST_TOLD: usize = 10_000;
/// zstd's fastest: numbers of a network hardly shrink at any level.
const MEMORY_LEVEL: i32 = 1;

/// Entries of all tracks.
#[derive(Debug)]
pub struct Store {
    places: Arc<Places>,
    writer: Writer,
    told: Mutex<HashSet<Told>>,
}

/// What was told.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Told {
    /// That an entry is of no use.
    Of(PathBuf),
    /// That the folder cannot be written to, whatever the reason.
    Unwritable,
}

/// Where entries are.
#[derive(Debug)]
struct Places {
    memory: Mutex<EntryCache>,
    scratch: Mutex<Scratch>,
    disk: Option<Disk>,
}

/// How a frame on a chain looked when it was seen last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Noted {
    /// Of its pixels.
    pub digest: Digest,
    /// What its source said of it, where that lasts.
    pub stamp: Option<Stamp>,
}

impl Store {
    /// A store within the limits of `settings`.
    pub fn new(settings: &EngineSettings) -> Self {
        let places = Places {
            memory: Mutex::new(EntryCache::new(settings.memory_limit)),
            scratch: Mutex::default(),
            disk: settings.cache.as_ref().map(|c| Disk::new(c.join(FOLDER), settings.disk_limit)),
        };
        Self { places: Arc::new(places), writer: Writer::default(), told: Mutex::default() }
    }

    /// Whether nobody was told of this yet. A full disk has the same to say at every frame.
    fn is_news(&self, trouble: &StoreTrouble) -> bool {
        let about = match trouble {
            StoreTrouble::Damaged(path) | StoreTrouble::Swapped(path) | StoreTrouble::NoFile(path, _) => {
                Told::Of(path.clone())
            }
            StoreTrouble::Unwritable(..) => Told::Unwritable,
        };
        let mut told = self.told.lock();
        told.len() < MOST_TOLD && told.insert(about)
    }

    /// What was found, or what is to be told of it.
    fn found<T>(&self, found: Result<Option<T>, StoreTrouble>) -> Result<Option<T>, StoreTrouble> {
        match found {
            Err(trouble) if !self.is_news(&trouble) => Ok(None),
            other => other,
        }
    }

    fn give(&self, work: Work) -> Vec<StoreTrouble> {
        let mut troubles = self.writer.give(work);
        troubles.retain(|trouble| self.is_news(trouble));
        troubles
    }

    /// Whether there is an entry, as far as can be said without reading it.
    pub fn contains(&self, digest: &Digest, on_disk: bool) -> bool {
        let Places { memory, scratch, disk } = &*self.places;
        self.writer.waiting(digest).is_some()
            || memory.lock().entries.contains_key(digest)
            || scratch.lock().contains(digest)
            || disk.as_ref().is_some_and(|d| on_disk && d.has(Kind::Matte, digest))
    }

    /// The entry of a matte of `size`.
    pub fn get(
        &self,
        digest: &Digest,
        size: (u32, u32),
        on_disk: bool,
    ) -> Result<Option<Arc<Record>>, StoreTrouble> {
        if let Some(record) = self.writer.waiting(digest) {
            return Ok(Some(record));
        }
        let Places { memory, scratch, disk } = &*self.places;
        let found = memory.lock().get(digest);
        if let Some(bytes) = found
            && let Ok(record) = Record::decode(&bytes, size.0, size.1)
        {
            return Ok(Some(Arc::new(record)));
        }
        let found = scratch.lock().read(digest);
        if let Some(bytes) = found
            && let Ok(record) = Record::decode(&bytes, size.0, size.1)
        {
            memory.lock().put(*digest, bytes.into());
            return Ok(Some(Arc::new(record)));
        }
        let Some(disk) = disk.as_ref().filter(|_| on_disk) else { return Ok(None) };
        let Some(bytes) = self.found(disk.get(Kind::Matte, digest))? else { return Ok(None) };
        match Record::decode(&bytes, size.0, size.1) {
            Ok(record) => {
                memory.lock().put(*digest, bytes.into());
                Ok(Some(Arc::new(record)))
            }
            Err(_) => {
                // If it cannot be removed it is written over when it is computed.
                disk.remove(Kind::Matte, digest);
                self.found(Err(StoreTrouble::Damaged(disk.path(Kind::Matte, digest))))
            }
        }
    }

    /// Keeps `record`, which is found from now on and written soon. What the disk does not take is
    /// kept in the scratch file. Gives what went wrong with this or with earlier entries.
    pub fn put(&self, digest: Digest, record: &Arc<Record>, on_disk: bool) -> Vec<StoreTrouble> {
        let (places, kept) = (Arc::clone(&self.places), Arc::clone(record));
        let write = move || places.write(digest, &kept, on_disk);
        let bytes = record.matte.memory();
        self.give(Work { matte: Some((digest, Arc::clone(record))), bytes, write: Box::new(write) })
    }

    /// Waits until everything is written.
    #[cfg(test)]
    pub fn flush(&self) {
        self.writer.flush();
    }

    /// The memory that was saved after the result `digest`.
    pub fn memory(&self, digest: &Digest, on_disk: bool) -> Result<Option<Vec<u8>>, StoreTrouble> {
        let Some(disk) = self.places.disk.as_ref().filter(|_| on_disk) else { return Ok(None) };
        let Some(bytes) = self.found(disk.get(Kind::Memory, digest))? else { return Ok(None) };
        match unpack(&bytes) {
            Some(memory) => Ok(Some(memory)),
            None => {
                disk.remove(Kind::Memory, digest);
                self.found(Err(StoreTrouble::Damaged(disk.path(Kind::Memory, digest))))
            }
        }
    }

    /// Saves the memory after the result `digest` on disk.
    pub fn put_memory(&self, digest: Digest, memory: Vec<u8>) -> Vec<StoreTrouble> {
        self.put_file(memory.len(), move |disk| disk.put(Kind::Memory, &digest, &pack(&memory)))
    }

    fn put_file(
        &self,
        bytes: usize,
        write: impl FnOnce(&Disk) -> Result<(), StoreTrouble> + Send + 'static,
    ) -> Vec<StoreTrouble> {
        let places = Arc::clone(&self.places);
        let write = move || places.disk.as_ref().map_or(Ok(()), write);
        self.give(Work { matte: None, bytes, write: Box::new(write) })
    }

    /// How the frames along a chain looked when they were seen last; empty when nothing is known.
    pub fn path_of(&self, chain: &Digest) -> Result<Vec<Noted>, StoreTrouble> {
        let Some(disk) = &self.places.disk else { return Ok(Vec::new()) };
        let bytes = self.found(disk.get(Kind::Path, chain))?;
        Ok(bytes.map(|bytes| read_path(&bytes)).unwrap_or_default())
    }

    /// Keeps how the frames along a chain look.
    pub fn put_path(&self, chain: Digest, frames: &[Noted]) -> Vec<StoreTrouble> {
        let bytes = written_path(frames);
        self.put_file(bytes.len(), move |disk| disk.put(Kind::Path, &chain, &bytes))
    }

    /// The last identity of the tracker asked for as `name`, for machines without its model.
    pub fn tracker_identity(&self, name: &Digest) -> Option<Vec<u8>> {
        let disk = self.places.disk.as_ref()?;
        // What is wrong with it is mended by the next machine that has the model.
        disk.get(Kind::Tracker, name).ok()?
    }

    /// Keeps the identity of a tracker.
    pub fn put_tracker_identity(&self, name: &Digest, identity: &[u8]) {
        if self.tracker_identity(name).as_deref() != Some(identity)
            && let Some(disk) = &self.places.disk
        {
            // A store that cannot be written to is reported by the first matte.
            let _ = disk.put(Kind::Tracker, name, identity);
        }
    }

    /// Removes from the disk what sessions have left that were ended while they wrote.
    pub fn tidy(&self) {
        if let Some(disk) = &self.places.disk {
            disk.tidy();
        }
    }

    /// Bytes of compressed mattes in memory.
    pub fn memory_bytes(&self) -> usize {
        self.places.memory.lock().bytes
    }
}

impl Places {
    fn write(&self, digest: Digest, record: &Record, on_disk: bool) -> Result<(), StoreTrouble> {
        let bytes = record.encode();
        let mut result = Ok(());
        let mut kept = false;
        if let Some(disk) = self.disk.as_ref().filter(|_| on_disk) {
            result = disk.put(Kind::Matte, &digest, &bytes);
            kept = result.is_ok();
        }
        if !kept {
            self.scratch.lock().write(&digest, &bytes);
        }
        self.memory.lock().put(digest, bytes.into());
        result
    }
}

/// A memory as it is kept: its length as a u64, and the memory compressed.
pub(super) fn pack(memory: &[u8]) -> Vec<u8> {
    let mut packed = (memory.len() as u64).to_le_bytes().to_vec();
    // An empty payload would be found damaged and the memory made again.
    packed.extend(zstd::bulk::compress(memory, MEMORY_LEVEL).unwrap_or_default());
    packed
}

pub(super) fn unpack(packed: &[u8]) -> Option<Vec<u8>> {
    let (length, payload) = packed.split_first_chunk::<8>()?;
    let length = usize::try_from(u64::from_le_bytes(*length)).ok().filter(|&l| l as u64 <= MOST_BYTES)?;
    zstd::bulk::decompress(payload, length).ok().filter(|memory| memory.len() == length)
}

/// A frame in a path: its digest, and its stamp or zeros.
const FRAME: usize = 64;

pub(super) fn written_path(frames: &[Noted]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(frames.len() * FRAME);
    for frame in frames {
        bytes.extend(frame.digest.0);
        bytes.extend(frame.stamp.map_or([0; 32], |stamp| stamp.0));
    }
    bytes
}

pub(super) fn read_path(bytes: &[u8]) -> Vec<Noted> {
    let frame = |frame: &[u8; FRAME]| {
        let (mut digest, mut stamp) = ([0; 32], [0; 32]);
        digest.copy_from_slice(&frame[..32]);
        stamp.copy_from_slice(&frame[32..]);
        Noted { digest: Digest(digest), stamp: Some(Stamp(stamp)).filter(|s| s.0 != [0; 32]) }
    };
    bytes.as_chunks::<FRAME>().0.iter().map(frame).collect()
}

/// Least recently used entries go first.
#[derive(Debug)]
struct EntryCache {
    entries: HashMap<Digest, (Arc<[u8]>, u64)>,
    order: BTreeMap<u64, Digest>,
    clock: u64,
    bytes: usize,
    limit: usize,
}

impl EntryCache {
    fn new(limit: usize) -> Self {
        Self { entries: HashMap::new(), order: BTreeMap::new(), clock: 0, bytes: 0, limit }
    }

    fn get(&mut self, digest: &Digest) -> Option<Arc<[u8]>> {
        let (bytes, used) = self.entries.get_mut(digest)?;
        self.order.remove(used);
        self.clock += 1;
        *used = self.clock;
        self.order.insert(self.clock, *digest);
        Some(Arc::clone(bytes))
    }

    fn put(&mut self, digest: Digest, bytes: Arc<[u8]>) {
        self.remove(&digest);
        self.clock += 1;
        self.bytes += bytes.len();
        self.order.insert(self.clock, digest);
        self.entries.insert(digest, (bytes, self.clock));
        // The latest stays, however large it is.
        while self.entries.len() > 1 && (self.bytes > self.limit || self.entries.len() > MOST_IN_MEMORY) {
            let Some((_, oldest)) = self.order.pop_first() else { break };
            self.remove(&oldest);
        }
    }

    fn remove(&mut self, digest: &Digest) {
        if let Some((bytes, used)) = self.entries.remove(digest) {
            self.bytes -= bytes.len();
            self.order.remove(&used);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::path::Path;
    use std::time::{Duration, SystemTime};

    use super::*;
    use crate::engine::digest::Recipe;
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
            present: true,
        })
    }

    fn digest(i: i64) -> Digest {
        Recipe::new("test").number(i).done()
    }

    #[test]
    fn memory_is_bounded_and_spills() {
        let store = Store::new(&settings(None, 4096, 0));
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
        assert!(Store::new(&settings).put(digest(1), &record(1), true).is_empty());
        let other = Store::new(&settings);
        assert!(other.contains(&digest(1), true) && !other.contains(&digest(1), false));
        assert_eq!(other.get(&digest(1), (16, 16), true), Ok(Some(record(1))));
        assert!(other.put_memory(digest(5), vec![7; 1000]).is_empty());
        other.flush();
        assert_eq!(other.memory(&digest(5), true), Ok(Some(vec![7; 1000])));
        let path = Disk::new(folder.path().join(FOLDER), 0).path(Kind::Memory, &digest(5));
        let mut bytes = fs::read(&path).expect("there");
        *bytes.last_mut().expect("not empty") ^= 1;
        fs::write(&path, bytes).expect("written");
        assert_eq!(other.memory(&digest(5), true), Err(StoreTrouble::Damaged(path)));
        assert_eq!(other.memory(&digest(5), true), Ok(None));
        let noted =
            |i: i64, stamp: Option<u8>| Noted { digest: digest(i), stamp: stamp.map(|v| Stamp([v; 32])) };
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
        let store = Store::new(&settings);
        assert!(store.put(digest(1), &record(1), true).is_empty());
        store.flush();
        let path = Disk::new(folder.path().join(FOLDER), 0).path(Kind::Matte, &digest(1));
        fs::write(&path, b"AIRM and then rubbish").expect("written");
        let other = Store::new(&settings);
        assert_eq!(other.get(&digest(1), (16, 16), true), Err(StoreTrouble::Damaged(path.clone())));
        assert_eq!(other.get(&digest(1), (16, 16), true), Ok(None));
        assert!(!path.exists());
    }

    #[test]
    fn what_was_used_longest_ago_goes_first() {
        let folder = tempfile::tempdir().expect("a folder");
        let one = crate::engine::entry::seal(Kind::Matte, &digest(0), &record(0).encode()).len() as u64;
        let store = Store::new(&settings(Some(folder.path()), 0, one * 10));
        let old = SystemTime::now() - Duration::from_secs(86_400);
        for i in 0..30 {
            assert!(store.put(digest(i), &record(i as u64), true).is_empty());
            store.flush();
            let path = Disk::new(folder.path().join(FOLDER), 0).path(Kind::Matte, &digest(i));
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
        let store = Store::new(&settings);
        for i in 0..2 {
            assert!(store.put(digest(i), &record(i as u64), true).is_empty());
        }
        store.flush();
        let path = |i| Disk::new(folder.path().join(FOLDER), 0).path(Kind::Matte, &digest(i));
        fs::copy(path(0), path(1)).expect("copied");
        let other = Store::new(&settings);
        assert_eq!(other.get(&digest(1), (16, 16), true), Err(StoreTrouble::Swapped(path(1))));
        assert_eq!(other.get(&digest(1), (16, 16), true), Ok(None));
        assert_eq!(other.get(&digest(0), (16, 16), true), Ok(Some(record(0))));
        assert!(other.put(digest(1), &record(1), true).is_empty());
        other.flush();
        assert_eq!(Store::new(&settings).get(&digest(1), (16, 16), true), Ok(Some(record(1))));
    }

    /// What is no file, in the place of the entry 1, and is told once.
    #[cfg(unix)]
    fn no_file(make: impl Fn(&Path), what: &'static str) {
        let folder = tempfile::tempdir().expect("a folder");
        let settings = settings(Some(folder.path()), 1 << 20, 1 << 20);
        let store = Store::new(&settings);
        let path = Disk::new(folder.path().join(FOLDER), 0).path(Kind::Matte, &digest(1));
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
        let store = Store::new(&settings(Some(&file), 0, 1 << 20));
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
        let store = Store::new(&settings(Some(&file), 0, 1 << 20));
        let trouble = store.put(digest(1), &record(1), true);
        assert!(matches!(&trouble[..], [StoreTrouble::Unwritable(..)]), "{trouble:?}");
        assert_eq!(store.get(&digest(1), (16, 16), true), Ok(Some(record(1))));
    }
}
