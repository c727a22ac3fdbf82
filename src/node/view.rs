//! What leaves the node, from a pixel of the plate and its alpha.

/// What the artist wants to see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// The plate, with the matte as straight alpha.
    Alpha,
    /// The matte in all channels.
    Matte,
    /// The plate multiplied by the matte, which is its alpha.
    Premultiplied,
    /// The plate, its surroundings darkened and the object tinted; alpha is the matte.
    Overlay,
    /// The unknown band in all channels: 0 outside, 1 inside, 0.5 where alpha is solved for; alpha is the matte.
    Trimap,
    /// The length of motion blur in pixels, to the right in red and up in green; alpha is the matte.
    BlurVectors,
}

/// Colour of the tint, in the plate's own numbers.
const TINT: [f32; 3] = [0.1, 0.9, 0.35];
/// How much of the tint is seen on the object.
const TINT_SHARE: f32 = 0.35;
/// What is left of the plate's light around the object.
const SURROUND: f32 = 0.45;

impl View {
    /// From the identifier of the `view` parameter; what is not known is alpha.
    #[must_use]
    pub fn from_id(id: &str) -> Self {
        match id {
            "matte" => Self::Matte,
            "premult" => Self::Premultiplied,
            "overlay" => Self::Overlay,
            "trimap" => Self::Trimap,
            "blur" => Self::BlurVectors,
            _ => Self::Alpha,
        }
    }

    /// Whether colour is multiplied by alpha in what leaves the node.
    #[must_use]
    pub fn is_premultiplied(self) -> bool {
        self == Self::Premultiplied
    }

    /// Whether it shows the plate's colours as they are where the object is.
    #[must_use]
    pub fn shows_colours(self) -> bool {
        matches!(self, Self::Alpha | Self::Premultiplied)
    }

    /// One pixel, whose last number is `alpha` in every view: `plate` is R G B as the host gave them, `alpha` 0 to 1.
    #[must_use]
    pub fn pixel(self, plate: [f32; 3], alpha: f32) -> [f32; 4] {
        match self {
            Self::Alpha => [plate[0], plate[1], plate[2], alpha],
            Self::Matte => [alpha; 4],
            Self::Premultiplied => [plate[0] * alpha, plate[1] * alpha, plate[2] * alpha, alpha],
            // Their colours come from elsewhere.
            Self::Trimap | Self::BlurVectors => [plate[0], plate[1], plate[2], alpha],
            Self::Overlay => {
                let mut out = [0.0, 0.0, 0.0, alpha];
                for c in 0..3 {
                    let on = plate[c] * (1.0 - TINT_SHARE) + TINT[c] * TINT_SHARE;
                    out[c] = plate[c] * SURROUND * (1.0 - alpha) + on * alpha;
                }
                out
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLATE: [f32; 3] = [0.5, 2.0, -0.25];

    #[test]
    fn straight_alpha_leaves_the_plate_alone() {
        assert_eq!(View::Alpha.pixel(PLATE, 0.25), [0.5, 2.0, -0.25, 0.25]);
    }

    #[test]
    fn premultiplied_is_black_where_there_is_no_object() {
        assert_eq!(View::Premultiplied.pixel(PLATE, 0.0), [0.0, 0.0, 0.0, 0.0]);
        assert_eq!(View::Premultiplied.pixel(PLATE, 0.5), [0.25, 1.0, -0.125, 0.5]);
    }

    #[test]
    fn the_matte_is_in_every_channel() {
        assert_eq!(View::Matte.pixel(PLATE, 0.75), [0.75; 4]);
    }

    #[test]
    fn an_overlay_shows_object_and_surroundings_apart() {
        let (on, off) = (View::Overlay.pixel([0.5; 3], 1.0), View::Overlay.pixel([0.5; 3], 0.0));
        assert!(on[1] > off[1] + 0.2);
    }
}
