#![no_main]

airoto_fuzz::program!("shapes_json");
