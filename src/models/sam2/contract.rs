//! What the graphs of a pack must take and give; read off their sessions before they run.

use super::network::Sizes;
use crate::models::declared::Axis::{Is, Varies};
use crate::models::declared::{Declared, FLOAT, INTEGER};
use crate::models::port_error::PortError;
use crate::models::runtime::Graph;

/// Masks that the decoder gives.
pub(super) const MASKS: usize = 4;
/// A memory of SAM 2 at 1024 pixels has 4096 tokens of 64 channels.
const MOST_NUMBERS: usize = 1 << 24;

/// Checks the five graphs for an input of `side` pixels and pointers of `pointer` numbers: encoder,
/// attention, decoder, memory encoder, mask down-sampling.
///
/// # Errors
/// [`PortError`] with the first port that is not as it must be.
pub(super) fn check(graphs: [&Graph; 5], side: usize, pointer: usize) -> Result<Sizes, PortError> {
    let [encoder, attention, decoder, memory, downsample] = graphs.map(Declared::new);
    let (grid, quarter, eighth) = (side / 16, side / 4, side / 8);
    let fine = encoder.channels("high_res_feats_0")?;
    let middle = encoder.channels("high_res_feats_1")?;
    let wide = encoder.channels("pix_feat")?;
    let (tokens, channels) = memory.tokens("mem_feat", MOST_NUMBERS)?;
    let features = [Is(1), Is(wide), Is(grid), Is(grid)];
    let (fine, middle) =
        ([Is(1), Is(fine), Is(quarter), Is(quarter)], [Is(1), Is(middle), Is(eighth), Is(eighth)]);
    let (mask, small) = ([Is(1), Is(1), Is(side), Is(side)], [Is(1), Is(1), Is(quarter), Is(quarter)]);
    encoder.expect(
        &[("image", FLOAT, &[Is(1), Is(3), Is(side), Is(side)])],
        &[
            ("high_res_feats_0", FLOAT, &fine),
            ("high_res_feats_1", FLOAT, &middle),
            ("pix_feat", FLOAT, &features),
            ("image_embed_init", FLOAT, &features),
        ],
    )?;
    attention.expect(
        &[
            ("pix_feat", FLOAT, &features),
            ("mem_feats", FLOAT, &[Varies, Is(tokens), Is(channels)]),
            ("mem_tpos", INTEGER, &[Varies]),
            ("obj_ptrs", FLOAT, &[Varies, Is(pointer)]),
            ("obj_ptr_tdiff", FLOAT, &[Varies]),
        ],
        &[("image_embed", FLOAT, &features)],
    )?;
    decoder.expect(
        &[
            ("image_embed", FLOAT, &features),
            ("high_res_feats_0", FLOAT, &fine),
            ("high_res_feats_1", FLOAT, &middle),
            ("point_coords", FLOAT, &[Is(1), Varies, Is(2)]),
            ("point_labels", INTEGER, &[Is(1), Varies]),
            ("mask_input", FLOAT, &small),
            ("has_mask_input", FLOAT, &[Is(1)]),
        ],
        &[
            ("masks", FLOAT, &[Is(1), Is(MASKS), Is(quarter), Is(quarter)]),
            ("iou", FLOAT, &[Is(1), Is(MASKS)]),
            ("obj_ptr", FLOAT, &[Is(1), Is(MASKS), Is(pointer)]),
            ("object_score", FLOAT, &[Is(1), Is(1)]),
        ],
    )?;
    memory.expect(
        &[
            ("pix_feat", FLOAT, &features),
            ("mask_for_mem", FLOAT, &mask),
            ("object_score", FLOAT, &[Is(1), Is(1)]),
        ],
        &[("mem_feat", FLOAT, &[Is(1), Is(tokens), Is(channels)])],
    )?;
    downsample.expect(&[("mask", FLOAT, &mask)], &[("mask_input", FLOAT, &small)])?;
    Ok(Sizes { side, tokens, channels, pointer })
}
