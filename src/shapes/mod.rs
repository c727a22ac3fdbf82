//! Mattes to animated Bezier shapes, and the files that hold them.
