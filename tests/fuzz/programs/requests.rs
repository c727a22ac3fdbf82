#![no_main]

airoto_fuzz::program!("requests");
