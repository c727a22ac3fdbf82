//! The size at which the network sees a frame.

/// Width and height in pixels of a frame of `width` x `height` whose shorter side becomes `shortest`,
/// or whose longer one becomes `longest` where it would be more: in the steps, and with the rounding,
/// of the reference's processor.
pub(super) fn resized(width: u32, height: u32, shortest: u32, longest: u32) -> (u32, u32) {
    let (w, h) = (f64::from(width), f64::from(height));
    let (small, large) = (w.min(h), w.max(h));
    if small < 1.0 {
        return (0, 0);
    }
    let bound = f64::from(longest);
    let mut side = f64::from(shortest);
    let mut exact = side;
    if large / small * side > bound {
        exact = bound * small / large;
        side = exact.round_ties_even();
    }
    if small == side {
        return (width, height);
    }
    // `as` cuts, as the reference does.
    if width < height { (side as u32, (exact * h / w) as u32) } else { ((exact * w / h) as u32, side as u32) }
}

/// Tokens of a picture of `width` x `height` pixels on the levels that the network has: squares of 8,
/// 16, 32 and 64 pixels, where each level halves the one before, rounded up.
pub(super) fn tokens(width: u32, height: u32) -> usize {
    let halves = |side: u32| {
        let first = side.div_ceil(4);
        (0..4).scan(first, |side, _| {
            *side = side.div_ceil(2);
            Some(*side as usize)
        })
    };
    halves(width).zip(halves(height)).map(|(w, h)| w * h).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_those_of_the_reference() {
        // From `get_size_with_aspect_ratio` of transformers 5.23.
        for ((width, height), expected) in [
            ((1920, 1080), (1333, 750)),
            ((3840, 2160), (1333, 750)),
            ((1280, 720), (1333, 750)),
            ((640, 480), (1066, 800)),
            ((854, 480), (1333, 749)),
            ((800, 800), (800, 800)),
            ((1333, 800), (1333, 800)),
            ((1080, 1920), (750, 1333)),
            ((2048, 858), (1333, 558)),
            ((4096, 17), (1333, 6)),
            ((17, 4096), (6, 1333)),
            ((1, 1), (800, 800)),
            ((5000, 1), (1333, 0)),
        ] {
            assert_eq!(resized(width, height, 800, 1333), expected, "{width}x{height}");
        }
        assert_eq!(resized(192, 108, 96, 160), (160, 90));
        assert_eq!(resized(0, 5, 800, 1333), (0, 0));
    }

    #[test]
    fn tokens_of_all_levels_are_counted() {
        // By hand: 12x12, 6x6, 3x3 and 2x2; 20x12, 10x6, 5x3 and 3x2.
        assert_eq!((tokens(96, 96), tokens(160, 90)), (193, 321));
    }
}
