//! What the frames along chains look like, noted in the track store for the next session.

use std::cell::RefCell;
use std::collections::HashMap;

use crate::engine::chain::{Chain, Resolver};
use crate::engine::digest::{Digest, Recipe};
use crate::engine::footage::Footage;
use crate::engine::store::{NotedFrame, StoreTrouble, TrackStore};

/// Frames in one note of how a chain's frames look, so that a note of a long chain is a small file.
const STRETCH: usize = 64;
/// Stretches of chains of which it is remembered that they are on disk.
const MOST_NOTED: usize = 4096;

/// Notes for the next session what the frames along the chains to `time` look like.
pub fn note_paths(
    store: &TrackStore,
    resolvers: &[Resolver],
    (time, footage): (i64, &Footage),
    troubles: &RefCell<Vec<StoreTrouble>>,
) {
    for resolver in resolvers {
        for key in resolver.plan.around(time).keys() {
            let Ok(chain) = resolver.chain(key, time) else { continue };
            for stretch in 0.. {
                let id = stretch_id(&chain, stretch);
                let known = footage.noted.lock().get(&id).copied().unwrap_or(0);
                if known == STRETCH {
                    continue;
                }
                let places = stretch * STRETCH + 1..=(stretch + 1) * STRETCH;
                let frames: Vec<NotedFrame> = places.map_while(|d| footage.noted(chain.time(d))).collect();
                if frames.len() > known {
                    let mut noted = footage.noted.lock();
                    if noted.len() >= MOST_NOTED {
                        noted.clear();
                    }
                    noted.insert(id, frames.len());
                    drop(noted);
                    troubles.borrow_mut().extend(store.put_path(id, &frames));
                }
                if frames.len() < STRETCH {
                    break;
                }
            }
        }
    }
}

/// By what the note of a stretch of a chain is known.
fn stretch_id(chain: &Chain, stretch: usize) -> Digest {
    Recipe::new("stretch").digest(&chain.id).number(stretch as i64).done()
}

/// What an earlier session noted of the frames along a chain, by time.
pub fn noted_frames(
    store: &TrackStore,
    chain: &Chain,
    troubles: &mut Vec<StoreTrouble>,
) -> HashMap<i64, NotedFrame> {
    let mut frames = HashMap::new();
    for stretch in 0.. {
        let noted = store.path_of(&stretch_id(chain, stretch)).unwrap_or_else(|trouble| {
            troubles.push(trouble);
            Vec::new()
        });
        let first = stretch * STRETCH + 1;
        frames.extend(noted.iter().take(STRETCH).enumerate().map(|(i, n)| (chain.time(first + i), *n)));
        if noted.len() < STRETCH {
            break;
        }
    }
    frames
}
