#![no_main]

airoto_fuzz::program!("from_worker");
