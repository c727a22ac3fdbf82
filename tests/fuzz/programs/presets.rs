#![no_main]

airoto_fuzz::program!("presets");
