#![no_main]

airoto_fuzz::program!("to_worker");
