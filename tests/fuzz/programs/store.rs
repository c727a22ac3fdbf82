#![no_main]

airoto_fuzz::program!("store");
