//! What the artist wants to see.

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
    /// The object over one colour; alpha is the matte.
    OverColour,
    /// The object over a checkerboard; alpha is the matte.
    OverChecker,
    /// The plate as it came, with its own alpha.
    Source,
    /// The plate darkened, more so around the object, with the edge of each object and what is in doubt beside it from red
    /// over yellow to green, by how far the matte is to be trusted there; alpha is the matte.
    Confidence,
    /// Where the mattes of two trackers differ: this one's alone green, the other's alone red, both grey; alpha
    /// is this one's.
    Difference,
    /// An overlay of this tracker's matte left of a line, of the other's right of it; alpha is the one shown.
    Wipe,
    /// Each object in its own colour; alpha is the matte.
    IdMatte,
}

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
            "colour" => Self::OverColour,
            "checker" => Self::OverChecker,
            "source" => Self::Source,
            "confidence" => Self::Confidence,
            "difference" => Self::Difference,
            "wipe" => Self::Wipe,
            "idmatte" => Self::IdMatte,
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
        matches!(self, Self::Alpha | Self::Premultiplied | Self::OverColour | Self::OverChecker)
    }

    /// Whether what leaves the node is a colour of the plate's kind; all else are numbers.
    #[must_use]
    pub fn is_colour(self) -> bool {
        !matches!(self, Self::Matte | Self::Trimap | Self::BlurVectors | Self::Difference | Self::IdMatte)
    }

    /// Whether it needs the matte of another tracker.
    #[must_use]
    pub fn compares(self) -> bool {
        matches!(self, Self::Difference | Self::Wipe)
    }
}
