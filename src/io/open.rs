//! Opening what is to be read: files, and nothing that never ends or waits for somebody.

use std::fs::{File, FileType, OpenOptions};
use std::io::{Error, Read as _};
use std::path::Path;

/// Opens a file to be read. A folder, a pipe, a socket and a device are refused; none is waited for.
///
/// # Errors
/// What the system says, or what `path` is.
pub fn open(path: &Path) -> std::io::Result<File> {
    // Looked at before it is opened: some devices do something when they are.
    regular(std::fs::metadata(path)?.file_type())?;
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        // Should a pipe have taken its place meanwhile, nobody waits until somebody writes to it.
        use std::os::unix::fs::OpenOptionsExt as _;
        options.custom_flags(libc::O_NONBLOCK | libc::O_CLOEXEC);
    }
    let file = options.open(path)?;
    regular(file.metadata()?.file_type())?;
    Ok(file)
}

/// The text in a file of at most `most` bytes.
///
/// # Errors
/// As [`open`]; also when it is longer, or no UTF-8.
pub fn read_text(path: &Path, most: u64) -> std::io::Result<String> {
    let file = open(path)?;
    let long = || Error::other(format!("it is longer than {most} bytes"));
    // By its length first: one with holes would be gigabytes of zeros.
    if file.metadata()?.len() > most {
        return Err(long());
    }
    let mut text = String::new();
    file.take(most.saturating_add(1)).read_to_string(&mut text)?;
    if text.len() as u64 > most { Err(long()) } else { Ok(text) }
}

fn regular(kind: FileType) -> std::io::Result<()> {
    if kind.is_file() {
        return Ok(());
    }
    Err(Error::other(format!("it is {}, expected a file", what(kind))))
}

fn what(kind: FileType) -> &'static str {
    if kind.is_dir() {
        return "a folder";
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;
        if kind.is_fifo() {
            return "a pipe";
        }
        if kind.is_socket() {
            return "a socket";
        }
        if kind.is_block_device() || kind.is_char_device() {
            return "a device";
        }
    }
    "no file"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_and_a_folder_is_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.json");
        std::fs::write(&path, "{}").expect("written");
        assert_eq!(read_text(&path, 2).expect("two bytes"), "{}");
        assert_eq!(read_text(&path, 1).expect_err("longer").to_string(), "it is longer than 1 bytes");
        assert_eq!(open(folder.path()).expect_err("a folder").to_string(), "it is a folder, expected a file");
        assert_eq!(open(&folder.path().join("none")).expect_err("none").kind(), std::io::ErrorKind::NotFound);
    }

    #[cfg(unix)]
    #[test]
    fn pipes_sockets_and_devices_are_told_by_what_they_are() {
        let folder = tempfile::tempdir().expect("a folder");
        let pipe = folder.path().join("a.png");
        nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRWXU).expect("a pipe");
        assert_eq!(open(&pipe).expect_err("a pipe").to_string(), "it is a pipe, expected a file");
        let socket = folder.path().join("a.sock");
        let _listener = std::os::unix::net::UnixListener::bind(&socket).expect("a socket");
        assert_eq!(open(&socket).expect_err("a socket").to_string(), "it is a socket, expected a file");
        let device = open(Path::new("/dev/zero")).expect_err("a device").to_string();
        assert_eq!(device, "it is a device, expected a file");
    }
}
