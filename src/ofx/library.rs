//! Where our own shared library lies.

use std::path::PathBuf;

/// The path of the shared library that this code is in; none where the platform does not tell.
#[cfg(unix)]
#[must_use]
pub fn library_path() -> Option<PathBuf> {
    use std::ffi::CStr;
    use std::os::unix::ffi::OsStrExt;

    let mut info = libc::Dl_info {
        dli_fname: std::ptr::null(),
        dli_fbase: std::ptr::null_mut(),
        dli_sname: std::ptr::null(),
        dli_saddr: std::ptr::null_mut(),
    };
    let own = library_path as *const () as *const libc::c_void;
    // SAFETY: an address of our own code, and a place for the answer that outlives the call.
    let found = unsafe { libc::dladdr(own, &raw mut info) };
    if found == 0 || info.dli_fname.is_null() {
        return None;
    }
    // SAFETY: dladdr gives a path that ends in a NUL and stays while the library is loaded.
    let name = unsafe { CStr::from_ptr(info.dli_fname) };
    std::fs::canonicalize(std::ffi::OsStr::from_bytes(name.to_bytes())).ok()
}

/// The path of the shared library that this code is in; none where the platform does not tell.
#[cfg(not(unix))]
#[must_use]
pub fn library_path() -> Option<PathBuf> {
    None
}

/// Whether `address` may be called: where the platform tells, it lies in memory that holds code.
pub(super) fn is_code(address: *const std::ffi::c_void) -> bool {
    if address.is_null() {
        return false;
    }
    let Ok(maps) = std::fs::read_to_string("/proc/self/maps") else { return true };
    let address = address as usize;
    maps.lines().any(|line| {
        let mut parts = line.split_ascii_whitespace();
        let (Some(range), Some(rights)) = (parts.next(), parts.next()) else { return false };
        let Some((from, to)) = range.split_once('-') else { return false };
        let hex = |text| usize::from_str_radix(text, 16).unwrap_or(0);
        rights.contains('x') && (hex(from)..hex(to)).contains(&address)
    })
}

#[cfg(all(test, unix))]
mod tests {
    use super::is_code;

    #[test]
    fn functions_are_code_and_data_is_not() {
        static DATA: [usize; 4] = [1; 4];
        assert!(is_code(super::library_path as *const () as *const _));
        assert!(!is_code(std::ptr::null()));
        if cfg!(target_os = "linux") {
            assert!(!is_code(DATA.as_ptr().cast()));
            assert!(!is_code(0x10 as *const _));
        }
    }

    #[test]
    fn the_library_of_a_test_is_the_test() {
        let here = std::env::current_exe().and_then(std::fs::canonicalize).ok();
        assert_eq!(super::library_path(), here);
    }
}
