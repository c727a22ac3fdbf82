//! What tells that a file is as it was, without its being read.

use std::fs::Metadata;
use std::path::Path;
use std::time::{Duration, SystemTime};

use airoto::host::FrameStamp;

/// How long a file has to be unchanged before its times tell anything: file systems count time in steps of up to two
/// seconds, and within one a file could be written twice.
const SETTLED: Duration = Duration::from_secs(2);

/// The stamp of the file at `path`, of which frame `frame` is read in the way that `form` says.
pub fn of_file(path: &Path, frame: i64, form: &str) -> FrameStamp {
    let Some((path, about)) =
        std::path::absolute(path).ok().and_then(|path| Some((path.clone(), std::fs::metadata(path).ok()?)))
    else {
        return FrameStamp::NotNow;
    };
    let Some((changed, identity)) = identity(&about) else { return FrameStamp::NotNow };
    let settled = SystemTime::now().duration_since(changed).is_ok_and(|age| age > SETTLED);
    if !settled {
        return FrameStamp::NotNow;
    }
    let mut hasher = blake3::Hasher::new();
    // Another version may read another picture from the same file.
    for text in ["airoto frame stamp", env!("CARGO_PKG_VERSION"), form] {
        hasher.update(&(text.len() as u64).to_le_bytes()).update(text.as_bytes());
    }
    let path = path.as_os_str().as_encoded_bytes();
    hasher.update(&(path.len() as u64).to_le_bytes()).update(path).update(&frame.to_le_bytes());
    identity.iter().for_each(|number| {
        hasher.update(&number.to_le_bytes());
    });
    FrameStamp::Is(*hasher.finalize().as_bytes())
}

/// When a file was last changed, whatever was made of its times since; and its size, times and number.
#[cfg(unix)]
fn identity(about: &Metadata) -> Option<(SystemTime, [i64; 6])> {
    use std::os::unix::fs::MetadataExt as _;
    let seconds = u64::try_from(about.ctime()).ok()?;
    let nanos = u32::try_from(about.ctime_nsec()).ok()?;
    let changed = SystemTime::UNIX_EPOCH + Duration::new(seconds, nanos);
    let number = about.ino().cast_signed();
    let size = about.size().cast_signed();
    Some((changed, [size, number, about.mtime(), about.mtime_nsec(), about.ctime(), about.ctime_nsec()]))
}

/// The same where a file has no number.
#[cfg(not(unix))]
fn identity(about: &Metadata) -> Option<(SystemTime, [i64; 6])> {
    let changed = about.modified().ok()?;
    let parts = |time: SystemTime| {
        let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        (since.as_secs().cast_signed(), i64::from(since.subsec_nanos()))
    };
    let (modified, created) = (parts(changed), about.created().map(parts).unwrap_or_default());
    let size = about.len().cast_signed();
    Some((changed, [size, 0, modified.0, modified.1, created.0, created.1]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn age(path: &Path) {
        // Nothing sets the time of the last change but the clock.
        while of_file(path, 0, "") == FrameStamp::NotNow {
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    #[test]
    fn a_stamp_is_of_a_file_that_has_settled_and_of_a_way_to_read_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.png");
        assert_eq!(of_file(&path, 0, ""), FrameStamp::NotNow, "it is not there");
        std::fs::write(&path, b"one").expect("written");
        assert_eq!(of_file(&path, 0, ""), FrameStamp::NotNow, "it may be written again at once");
        age(&path);
        let first = of_file(&path, 0, "");
        assert_eq!(first, of_file(&path, 0, ""));
        for other in [of_file(&path, 1, ""), of_file(&path, 0, "layer")] {
            assert!(matches!(other, FrameStamp::Is(_)) && other != first);
        }
        // As many bytes, and the time set back, as some tools do.
        let modified = path.metadata().and_then(|m| m.modified()).expect("a time");
        std::fs::write(&path, b"two").expect("written");
        let file = std::fs::File::options().append(true).open(&path).expect("there");
        file.set_modified(modified).expect("set");
        age(&path);
        assert_ne!(of_file(&path, 0, ""), first);
    }
}
