#![no_main]

airoto_fuzz::program!("memories");
