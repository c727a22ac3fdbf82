//! The engine with a tracker whose every result depends on all that it saw before: any other path,
//! order or memory gives other bytes.

mod caches;
mod devices;
mod drawings;
mod going_on;
mod mask_keys;
mod order;
mod prompting;
mod rig;
mod shots;
mod steps;
mod trusting;
