//! Mattes by digest: in memory, in a scratch file, on disk.
//!
//! An entry is known by the digest of all that it depends on, so an entry that is found is right
//! whoever wrote it, and one that is damaged is computed again. On disk an entry is a file of its
//! own, written under another name first; the folder is kept below its limit by removing what was
//! used longest ago.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use parking_lot::Mutex;

use super::digest::{Digest, Recipe};
use super::record::Record;
use super::scratch::Scratch;
use super::writer::{Work, Writer};
use crate::job::EngineSettings;

/// The folder of this layout in the cache folder; another layout gets another folder.
const FOLDER: &str = "tracks-1";
/// Entries in memory at most, so that those of tiny frames are bounded too: what is asked for again
/// is a neighbour. 16 objects between two keyframes, four times.
const MOST_IN_MEMORY: usize = 128;
/// An entry of this size is refused unread: it is none of ours.
const MOST_BYTES: u64 = 1 << 30;
/// zstd's fastest: numbers of a network hardly shrink at any level.
const MEMORY_LEVEL: i32 = 1;

/// Entries of all tracks.
#[derive(Debug)]
pub struct Store {
    places: Arc<Places>,
    writer: Writer,
}

/// Where entries are.
#[derive(Debug)]
struct Places {
    memory: Mutex<Memory>,
    scratch: Mutex<Scratch>,
    disk: Option<Disk>,
}

/// What became of a look-up or a write.
#[derive(Debug, Clone, PartialEq)]
pub enum StoreTrouble {
    /// An entry was damaged or foreign; it is gone.
    Damaged(PathBuf),
    /// The folder cannot be written to.
    Unwritable(PathBuf, String),
}

impl std::fmt::Display for StoreTrouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Damaged(path) => {
                write!(
                    f,
                    "an entry of the track store was damaged and is computed again ({})",
                    path.display()
                )
            }
            Self::Unwritable(path, reason) => write!(
                f,
                "the track store {} cannot be written to, tracks are not kept for the next session: {reason}",
                path.display()
            ),
        }
    }
}

impl Store {
    /// A store within the limits of `settings`.
    pub fn new(settings: &EngineSettings) -> Self {
        let places = Places {
            memory: Mutex::new(Memory::new(settings.memory_limit)),
            scratch: Mutex::default(),
            disk: settings.cache.as_ref().map(|c| Disk::new(c.join(FOLDER), settings.disk_limit)),
        };
        Self { places: Arc::new(places), writer: Writer::default() }
    }

    /// Whether there is an entry, as far as can be said without reading it.
    pub fn contains(&self, digest: &Digest, on_disk: bool) -> bool {
        let Places { memory, scratch, disk } = &*self.places;
        self.writer.waiting(digest).is_some()
            || memory.lock().entries.contains_key(digest)
            || scratch.lock().contains(digest)
            || disk.as_ref().is_some_and(|d| on_disk && d.path(digest, "matte").is_file())
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
        let path = disk.path(digest, "matte");
        let Some(bytes) = disk.read(&path) else { return Ok(None) };
        match Record::decode(&bytes, size.0, size.1) {
            Ok(record) => {
                memory.lock().put(*digest, bytes.into());
                Ok(Some(Arc::new(record)))
            }
            Err(_) => {
                // If it cannot be removed it is written over when it is computed.
                let _ = fs::remove_file(&path);
                Err(StoreTrouble::Damaged(path))
            }
        }
    }

    /// Keeps `record`, which is found from now on and written soon. What the disk does not take is
    /// kept in the scratch file. Gives what went wrong with this or with earlier entries.
    pub fn put(&self, digest: Digest, record: &Arc<Record>, on_disk: bool) -> Vec<StoreTrouble> {
        let (places, kept) = (Arc::clone(&self.places), Arc::clone(record));
        let write = move || places.write(digest, &kept, on_disk);
        let bytes = record.matte.memory();
        self.writer.give(Work { matte: Some((digest, Arc::clone(record))), bytes, write: Box::new(write) })
    }

    /// Waits until everything is written.
    #[cfg(test)]
    pub fn flush(&self) {
        self.writer.flush();
    }

    /// The memory that was saved after the result `digest`.
    pub fn memory(&self, digest: &Digest, on_disk: bool) -> Result<Option<Vec<u8>>, StoreTrouble> {
        let Some(disk) = self.places.disk.as_ref().filter(|_| on_disk) else { return Ok(None) };
        let path = disk.path(digest, "memory");
        let Some(bytes) = disk.read(&path) else { return Ok(None) };
        match unpack(&bytes) {
            Some(memory) => Ok(Some(memory)),
            None => {
                let _ = fs::remove_file(&path);
                Err(StoreTrouble::Damaged(path))
            }
        }
    }

    /// Saves the memory after the result `digest` on disk.
    pub fn put_memory(&self, digest: Digest, memory: Vec<u8>) -> Vec<StoreTrouble> {
        self.put_file(memory.len(), move |disk| disk.write(&disk.path(&digest, "memory"), &pack(&memory)))
    }

    fn put_file(
        &self,
        bytes: usize,
        write: impl FnOnce(&Disk) -> Result<(), StoreTrouble> + Send + 'static,
    ) -> Vec<StoreTrouble> {
        let places = Arc::clone(&self.places);
        let write = move || places.disk.as_ref().map_or(Ok(()), write);
        self.writer.give(Work { matte: None, bytes, write: Box::new(write) })
    }

    /// The digests of frames along a chain, as they were last seen; empty when nothing is known.
    pub fn path_of(&self, chain: &Digest) -> Vec<Digest> {
        let read = |disk: &Disk| read_path(&disk.read(&disk.path(chain, "path"))?);
        self.places.disk.as_ref().and_then(read).unwrap_or_default()
    }

    /// Keeps the digests of frames along a chain.
    pub fn put_path(&self, chain: Digest, frames: &[Digest]) -> Vec<StoreTrouble> {
        let mut bytes: Vec<u8> = frames.iter().flat_map(|d| d.0).collect();
        bytes.extend(path_sum(&bytes).0);
        self.put_file(bytes.len(), move |disk| disk.write(&disk.path(&chain, "path"), &bytes))
    }

    /// The last identity of the tracker asked for as `name`, for machines without its model.
    pub fn tracker_identity(&self, name: &Digest) -> Option<Vec<u8>> {
        let disk = self.places.disk.as_ref()?;
        disk.read(&disk.path(name, "tracker"))
    }

    /// Keeps the identity of a tracker.
    pub fn put_tracker_identity(&self, name: &Digest, identity: &[u8]) {
        if let Some(disk) = &self.places.disk {
            let path = disk.path(name, "tracker");
            if disk.read(&path).as_deref() != Some(identity) {
                // A store that cannot be written to is reported by the first matte.
                let _ = disk.write(&path, identity);
            }
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
            result = disk.write(&disk.path(&digest, "matte"), &bytes);
            kept = result.is_ok();
        }
        if !kept {
            self.scratch.lock().write(&digest, &bytes);
        }
        self.memory.lock().put(digest, bytes.into());
        result
    }
}

/// A memory as a file: 32 bytes of digest, the length as a u64, and the memory compressed.
fn pack(memory: &[u8]) -> Vec<u8> {
    let mut body = (memory.len() as u64).to_le_bytes().to_vec();
    // An empty payload would be found damaged and the memory made again.
    body.extend(zstd::bulk::compress(memory, MEMORY_LEVEL).unwrap_or_default());
    let mut file = memory_sum(&body).0.to_vec();
    file.extend(body);
    file
}

fn unpack(file: &[u8]) -> Option<Vec<u8>> {
    let (sum, body) = file.split_at_checked(32)?;
    if memory_sum(body).0 != sum {
        return None;
    }
    let (length, payload) = body.split_first_chunk::<8>()?;
    let length = usize::try_from(u64::from_le_bytes(*length)).ok().filter(|&l| l as u64 <= MOST_BYTES)?;
    zstd::bulk::decompress(payload, length).ok().filter(|memory| memory.len() == length)
}

fn memory_sum(body: &[u8]) -> Digest {
    Recipe::new("memory file").bytes(body).done()
}

fn path_sum(bytes: &[u8]) -> Digest {
    Recipe::new("path").bytes(bytes).done()
}

fn read_path(bytes: &[u8]) -> Option<Vec<Digest>> {
    let (frames, sum) = bytes.split_at_checked(bytes.len().checked_sub(32)?)?;
    let (frames, rest) = frames.as_chunks::<32>();
    let whole = rest.is_empty() && path_sum(frames.as_flattened()).0 == sum;
    whole.then(|| frames.iter().map(|f| Digest(*f)).collect())
}

/// Least recently used entries go first.
#[derive(Debug)]
struct Memory {
    entries: HashMap<Digest, (Arc<[u8]>, u64)>,
    order: BTreeMap<u64, Digest>,
    clock: u64,
    bytes: usize,
    limit: usize,
}

impl Memory {
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

/// The folder.
#[derive(Debug)]
struct Disk {
    folder: PathBuf,
    limit: u64,
    /// Bytes in the folder as last counted, plus what was written since; none before the first count.
    used: Mutex<Option<u64>>,
}

impl Disk {
    fn new(folder: PathBuf, limit: u64) -> Self {
        Self { folder, limit, used: Mutex::new(None) }
    }

    fn path(&self, digest: &Digest, extension: &str) -> PathBuf {
        let name = digest.hex();
        self.folder.join(&name[..2]).join(format!("{}.{extension}", &name[2..]))
    }

    fn read(&self, path: &Path) -> Option<Vec<u8>> {
        let file = File::open(path).ok()?;
        let about = file.metadata().ok()?;
        if about.len() > MOST_BYTES {
            return Some(Vec::new());
        }
        // The time of change is the time of last use; an hour's precision spares most writes.
        let now = SystemTime::now();
        let aged = about.modified().ok().and_then(|t| now.duration_since(t).ok());
        if aged.is_some_and(|age| age > Duration::from_secs(3600)) {
            let _ = File::options().append(true).open(path).and_then(|f| f.set_modified(now));
        }
        let mut bytes = Vec::with_capacity(usize::try_from(about.len()).ok()?);
        (&file).take(MOST_BYTES).read_to_end(&mut bytes).ok()?;
        Some(bytes)
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), StoreTrouble> {
        let unwritable = |e: &dyn std::fmt::Display| {
            let reason = e.to_string();
            StoreTrouble::Unwritable(self.folder.clone(), reason)
        };
        let folder = path.parent().unwrap_or(&self.folder);
        fs::create_dir_all(folder).map_err(|e| unwritable(&e))?;
        let mut file = tempfile::Builder::new()
            .prefix(".part")
            .tempfile_in(folder)
            .map_err(|e| unwritable(&e.kind()))?;
        file.write_all(bytes).map_err(|e| unwritable(&e))?;
        file.persist(path).map_err(|e| unwritable(&e.error))?;
        self.keep_below_limit(bytes.len() as u64);
        Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;
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
        let path = Disk::new(folder.path().join(FOLDER), 0).path(&digest(5), "memory");
        let mut bytes = fs::read(&path).expect("there");
        *bytes.last_mut().expect("not empty") ^= 1;
        fs::write(&path, bytes).expect("written");
        assert_eq!(other.memory(&digest(5), true), Err(StoreTrouble::Damaged(path)));
        assert_eq!(other.memory(&digest(5), true), Ok(None));
        assert!(other.put_path(digest(2), &[digest(3), digest(4)]).is_empty());
        other.flush();
        assert_eq!(other.path_of(&digest(2)), [digest(3), digest(4)]);
        assert!(other.path_of(&digest(3)).is_empty());
    }

    #[test]
    fn a_damaged_entry_is_dropped_and_told() {
        let folder = tempfile::tempdir().expect("a folder");
        let settings = settings(Some(folder.path()), 1 << 20, 1 << 20);
        let store = Store::new(&settings);
        assert!(store.put(digest(1), &record(1), true).is_empty());
        store.flush();
        let path = Disk::new(folder.path().join(FOLDER), 0).path(&digest(1), "matte");
        fs::write(&path, b"AIRM and then rubbish").expect("written");
        let other = Store::new(&settings);
        assert_eq!(other.get(&digest(1), (16, 16), true), Err(StoreTrouble::Damaged(path.clone())));
        assert_eq!(other.get(&digest(1), (16, 16), true), Ok(None));
        assert!(!path.exists());
    }

    #[test]
    fn what_was_used_longest_ago_goes_first() {
        let folder = tempfile::tempdir().expect("a folder");
        let one = record(0).encode().len() as u64;
        let store = Store::new(&settings(Some(folder.path()), 0, one * 10));
        let old = SystemTime::now() - Duration::from_secs(86_400);
        for i in 0..30 {
            assert!(store.put(digest(i), &record(i as u64), true).is_empty());
            store.flush();
            let path = Disk::new(folder.path().join(FOLDER), 0).path(&digest(i), "matte");
            let file = File::options().append(true).open(path).expect("there");
            file.set_modified(old + Duration::from_secs(i as u64)).expect("a time");
        }
        let left: Vec<i64> = (0..30).filter(|&i| store.contains(&digest(i), true)).collect();
        assert!(left.len() <= 10 && left.len() >= 8, "{left:?}");
        assert_eq!(left.last(), Some(&29));
        assert_eq!(left.first().copied(), Some(30 - left.len() as i64));
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
