//! Mattes by digest: in memory, in a scratch file, on disk.
//!
//! An entry is known by the digest of all that it depends on, so an entry that is found is right
//! whoever wrote it, and one that is damaged or another's is computed again. On disk an entry is a file
//! of its own, written under another name first; the folder is kept below its limit by removing what was
//! used longest ago. What is wrong with it is told once.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;

use parking_lot::Mutex;

use super::confidences::Confidences;
use super::disk::Disk;
use super::entry::EntryKind;
use super::entry_cache::EntryCache;
use super::memory_entry;
use super::path_entry::{self, NotedFrame};
use super::record::{self, Record, RecordSummary};
use super::scratch::Scratch;
use super::tracker_entry;
use super::trouble::StoreTrouble;
use super::writer::{Write, Writer};
use crate::engine::digest::Digest;
use crate::job::{EngineSettings, ModelInfo};

/// The folder of this layout in the cache folder; another layout gets another folder.
pub(super) const FOLDER: &str = "tracks-2";
/// Troubles of which it is remembered that they were told.
const MOST_TOLD: usize = 10_000;

/// Entries of all tracks.
#[derive(Debug)]
pub struct TrackStore {
    places: Arc<Places>,
    writer: Writer,
    told: Mutex<HashSet<Told>>,
    /// Confidences of frames that two entries give.
    pub confidences: Confidences,
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

impl TrackStore {
    /// A store within the limits of `settings`.
    pub fn new(settings: &EngineSettings) -> Self {
        let places = Places {
            memory: Mutex::new(EntryCache::new(settings.memory_limit)),
            scratch: Mutex::default(),
            disk: settings.cache.as_ref().map(|c| Disk::new(c.join(FOLDER), settings.disk_limit)),
        };
        Self {
            places: Arc::new(places),
            writer: Writer::default(),
            told: Mutex::default(),
            confidences: Confidences::default(),
        }
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

    fn give(&self, write: Write) -> Vec<StoreTrouble> {
        let mut troubles = self.writer.give(write);
        troubles.retain(|trouble| self.is_news(trouble));
        troubles
    }

    /// Whether there is an entry, as far as can be said without reading it.
    pub fn contains(&self, digest: &Digest, on_disk: bool) -> bool {
        let Places { memory, scratch, disk } = &*self.places;
        self.writer.waiting(digest).is_some()
            || memory.lock().contains(digest)
            || scratch.lock().contains(digest)
            || disk.as_ref().is_some_and(|d| on_disk && d.has(EntryKind::Matte, digest))
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
        let Some(bytes) = self.found(disk.get(EntryKind::Matte, digest))? else { return Ok(None) };
        match Record::decode(&bytes, size.0, size.1) {
            Ok(record) => {
                memory.lock().put(*digest, bytes.into());
                Ok(Some(Arc::new(record)))
            }
            Err(_) => {
                // If it cannot be removed it is written over when it is computed.
                disk.remove(EntryKind::Matte, digest);
                self.found(Err(StoreTrouble::Damaged(disk.path(EntryKind::Matte, digest))))
            }
        }
    }

    /// The confidence of the entry of a matte, of which not all is checked.
    pub fn confidence(&self, digest: &Digest, on_disk: bool) -> Option<f32> {
        match self.writer.waiting(digest) {
            Some(record) => Some(record.confidence),
            None => record::confidence(&self.bytes(digest, on_disk)?),
        }
    }

    /// What is known of a matte beside it, of which not all is checked.
    pub fn summary(&self, digest: &Digest, on_disk: bool) -> Option<RecordSummary> {
        match self.writer.waiting(digest) {
            Some(record) => Some(record.summary()),
            None => RecordSummary::of_bytes(&self.bytes(digest, on_disk)?),
        }
    }

    /// The entry of a matte as it is kept.
    fn bytes(&self, digest: &Digest, on_disk: bool) -> Option<Arc<[u8]>> {
        let Places { memory, scratch, disk } = &*self.places;
        let found = memory.lock().get(digest);
        if found.is_some() {
            return found;
        }
        let found = scratch.lock().read(digest);
        if let Some(bytes) = found {
            return Some(bytes.into());
        }
        let disk = disk.as_ref().filter(|_| on_disk)?;
        disk.get(EntryKind::Matte, digest).ok()?.map(Into::into)
    }

    /// Keeps `record`, which is found from now on and written soon. What the disk does not take is
    /// kept in the scratch file. Gives what went wrong with this or with earlier entries.
    pub fn put(&self, digest: Digest, record: &Arc<Record>, on_disk: bool) -> Vec<StoreTrouble> {
        let (places, kept) = (Arc::clone(&self.places), Arc::clone(record));
        let run = move || places.write(digest, &kept, on_disk);
        let bytes = record.matte.memory();
        self.give(Write { matte: Some((digest, Arc::clone(record))), bytes, run: Box::new(run) })
    }

    /// Waits until everything is written.
    #[cfg(test)]
    pub fn flush(&self) {
        self.writer.flush();
    }

    /// The memory that was saved after the result `digest`.
    pub fn memory(&self, digest: &Digest, on_disk: bool) -> Result<Option<Vec<u8>>, StoreTrouble> {
        let Some(disk) = self.places.disk.as_ref().filter(|_| on_disk) else { return Ok(None) };
        let Some(bytes) = self.found(disk.get(EntryKind::Memory, digest))? else { return Ok(None) };
        match memory_entry::unpack(&bytes) {
            Some(memory) => Ok(Some(memory)),
            None => {
                disk.remove(EntryKind::Memory, digest);
                self.found(Err(StoreTrouble::Damaged(disk.path(EntryKind::Memory, digest))))
            }
        }
    }

    /// Saves the memory after the result `digest` on disk.
    pub fn put_memory(&self, digest: Digest, memory: Vec<u8>) -> Vec<StoreTrouble> {
        self.put_file(memory.len(), move |disk| {
            disk.put(EntryKind::Memory, &digest, &memory_entry::pack(&memory))
        })
    }

    fn put_file(
        &self,
        bytes: usize,
        write: impl FnOnce(&Disk) -> Result<(), StoreTrouble> + Send + 'static,
    ) -> Vec<StoreTrouble> {
        let places = Arc::clone(&self.places);
        let run = move || places.disk.as_ref().map_or(Ok(()), write);
        self.give(Write { matte: None, bytes, run: Box::new(run) })
    }

    /// How the frames along a chain looked when they were seen last; empty when nothing is known.
    pub fn path_of(&self, chain: &Digest) -> Result<Vec<NotedFrame>, StoreTrouble> {
        let Some(disk) = &self.places.disk else { return Ok(Vec::new()) };
        let bytes = self.found(disk.get(EntryKind::Path, chain))?;
        Ok(bytes.map(|bytes| path_entry::read(&bytes)).unwrap_or_default())
    }

    /// Keeps how the frames along a chain look.
    pub fn put_path(&self, chain: Digest, frames: &[NotedFrame]) -> Vec<StoreTrouble> {
        let bytes = path_entry::write(frames);
        self.put_file(bytes.len(), move |disk| disk.put(EntryKind::Path, &chain, &bytes))
    }

    /// The last identity of the tracker known by `key`, for machines without its model.
    pub fn tracker(&self, key: &Digest) -> Option<ModelInfo> {
        tracker_entry::read(&self.tracker_bytes(key)?)
    }

    /// Keeps the identity of a tracker.
    pub fn put_tracker(&self, key: &Digest, info: &ModelInfo) {
        let bytes = tracker_entry::write(info);
        if self.tracker_bytes(key).as_ref() != Some(&bytes)
            && let Some(disk) = &self.places.disk
        {
            // A store that cannot be written to is reported by the first matte.
            let _ = disk.put(EntryKind::Tracker, key, &bytes);
        }
    }

    fn tracker_bytes(&self, key: &Digest) -> Option<Vec<u8>> {
        let disk = self.places.disk.as_ref()?;
        // What is wrong with it is mended by the next machine that has the model.
        disk.get(EntryKind::Tracker, key).ok()?
    }

    /// Removes from the disk what sessions have left that were ended while they wrote.
    pub fn tidy(&self) {
        if let Some(disk) = &self.places.disk {
            disk.tidy();
        }
    }

    /// Bytes of compressed mattes in memory.
    pub fn memory_bytes(&self) -> usize {
        self.places.memory.lock().bytes()
    }
}

impl Places {
    fn write(&self, digest: Digest, record: &Record, on_disk: bool) -> Result<(), StoreTrouble> {
        let bytes = record.encode();
        let mut result = Ok(());
        let mut kept = false;
        if let Some(disk) = self.disk.as_ref().filter(|_| on_disk) {
            result = disk.put(EntryKind::Matte, &digest, &bytes);
            kept = result.is_ok();
        }
        if !kept {
            self.scratch.lock().write(&digest, &bytes);
        }
        self.memory.lock().put(digest, bytes.into());
        result
    }
}
