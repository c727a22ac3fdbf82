//! What the program prints: the one place that writes to standard output and standard error.
//!
//! `println!` panics when nobody reads any more, as after `airoto shapes info a.fxs | head`. Taking
//! the usual end by SIGPIPE back instead would end the program also where a worker goes away.

use std::fmt::Arguments;
use std::io::{ErrorKind, Write as _, stderr, stdout};
use std::process::exit;

/// Prints a line on standard output. Where nobody reads it the program ends, and that is no failure.
macro_rules! say {
    ($($text:tt)*) => { $crate::say::print(format_args!("{}\n", format_args!($($text)*))) };
}

/// Prints a line for the person at the keyboard on standard error, if it can be read.
macro_rules! complain {
    ($($text:tt)*) => { $crate::say::complain(format_args!($($text)*)) };
}

/// Writes `text` to standard output at once.
pub fn print(text: Arguments) {
    let mut out = stdout().lock();
    if let Err(error) = out.write_fmt(text).and_then(|()| out.flush()) {
        if error.kind() == ErrorKind::BrokenPipe {
            exit(0);
        }
        complain(format_args!("airoto: standard output cannot be written: {error}"));
        exit(2);
    }
}

/// Writes `text` to standard error as a line; nobody is left to be told where that fails.
pub fn complain(text: Arguments) {
    let _ = writeln!(stderr(), "{text}");
}
