//! The words that OpenFX has for contexts, components, depths and the like, as types.

use serde::Serialize;

/// Declares an enum whose variants stand for strings of the OpenFX API.
macro_rules! ofx_words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal, $short:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$vdoc])* $variant,)+ }

        impl $name {
            /// Every value, in the order of preference that the host has.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The string that crosses the C API.
            #[must_use]
            pub const fn ofx(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }

            /// A short word for people.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $short,)+ }
            }

            /// The value that an OpenFX string stands for.
            #[must_use]
            pub fn from_ofx(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$variant),)+ _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.word())
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.word())
            }
        }
    };
}

ofx_words! {
    /// What an effect is used for, which decides the clips that it must have.
    Context {
        /// Any clips, any params.
        General = "OfxImageEffectContextGeneral", "General";
        /// One clip in, one out.
        Filter = "OfxImageEffectContextFilter", "Filter";
        /// Nothing in, one clip out.
        Generator = "OfxImageEffectContextGenerator", "Generator";
        /// Two clips in, one out, a `Transition` param.
        Transition = "OfxImageEffectContextTransition", "Transition";
        /// A source and a brush.
        Paint = "OfxImageEffectContextPaint", "Paint";
        /// A source shown at the time of a `SourceTime` param.
        Retimer = "OfxImageEffectContextRetimer", "Retimer";
    }
}

ofx_words! {
    /// The channels of an image.
    Components {
        /// Red, green, blue, alpha.
        Rgba = "OfxImageComponentRGBA", "RGBA";
        /// Red, green, blue.
        Rgb = "OfxImageComponentRGB", "RGB";
        /// One channel of coverage.
        Alpha = "OfxImageComponentAlpha", "Alpha";
    }
}

impl Components {
    /// Values in a pixel.
    #[must_use]
    pub const fn count(self) -> usize {
        match self {
            Self::Rgba => 4,
            Self::Rgb => 3,
            Self::Alpha => 1,
        }
    }
}

ofx_words! {
    /// How a channel is stored.
    Depth {
        /// 32-bit floating point, 1.0 is white.
        Float = "OfxBitDepthFloat", "float";
        /// 16-bit floating point, 1.0 is white.
        Half = "OfxBitDepthHalf", "half";
        /// 16-bit unsigned, 65535 is white.
        Short = "OfxBitDepthShort", "short";
        /// 8-bit unsigned, 255 is white.
        Byte = "OfxBitDepthByte", "byte";
    }
}

impl Depth {
    /// Bytes in a channel.
    #[must_use]
    pub const fn bytes(self) -> usize {
        match self {
            Self::Float => 4,
            Self::Half | Self::Short => 2,
            Self::Byte => 1,
        }
    }
}

ofx_words! {
    /// What alpha means in an image.
    Premultiplication {
        /// There is no alpha, or it is 1 everywhere.
        Opaque = "OfxImageOpaque", "opaque";
        /// Colour has been multiplied by alpha.
        Premultiplied = "OfxImageAlphaPremultiplied", "premultiplied";
        /// Colour and alpha are independent.
        Unpremultiplied = "OfxImageAlphaUnPremultiplied", "unpremultiplied";
    }
}

ofx_words! {
    /// Which field of an interlaced frame is meant.
    Field {
        /// The footage is progressive.
        None = "OfxFieldNone", "none";
        /// The rows 0, 2, 4 ...
        Lower = "OfxFieldLower", "lower";
        /// The rows 1, 3, 5 ...
        Upper = "OfxFieldUpper", "upper";
        /// Both fields.
        Both = "OfxFieldBoth", "both";
    }
}

ofx_words! {
    /// How many threads may render at once.
    ThreadSafety {
        /// One render at a time in all instances of the plugin.
        Unsafe = "OfxImageEffectRenderUnsafe", "unsafe";
        /// One render at a time in each instance.
        InstanceSafe = "OfxImageEffectRenderInstanceSafe", "instance safe";
        /// Any number of renders at once.
        FullySafe = "OfxImageEffectRenderFullySafe", "fully safe";
    }
}

ofx_words! {
    /// The type of a param.
    ParamKind {
        /// A whole number.
        Integer = "OfxParamTypeInteger", "Integer";
        /// Two whole numbers.
        Integer2D = "OfxParamTypeInteger2D", "Integer2D";
        /// Three whole numbers.
        Integer3D = "OfxParamTypeInteger3D", "Integer3D";
        /// A number.
        Double = "OfxParamTypeDouble", "Double";
        /// Two numbers.
        Double2D = "OfxParamTypeDouble2D", "Double2D";
        /// Three numbers.
        Double3D = "OfxParamTypeDouble3D", "Double3D";
        /// A colour.
        Rgb = "OfxParamTypeRGB", "RGB";
        /// A colour with alpha.
        Rgba = "OfxParamTypeRGBA", "RGBA";
        /// On or off.
        Boolean = "OfxParamTypeBoolean", "Boolean";
        /// One of a list, stored as its index.
        Choice = "OfxParamTypeChoice", "Choice";
        /// One of a list, stored as its string.
        StrChoice = "OfxParamTypeStrChoice", "StrChoice";
        /// Text, a path, or a label.
        String = "OfxParamTypeString", "String";
        /// Text that only the plugin reads.
        Custom = "OfxParamTypeCustom", "Custom";
        /// Bytes that only the plugin reads.
        Bytes = "OfxParamTypeBytes", "Bytes";
        /// A heading over other params.
        Group = "OfxParamTypeGroup", "Group";
        /// A page of params on a control surface.
        Page = "OfxParamTypePage", "Page";
        /// Something to press.
        PushButton = "OfxParamTypePushButton", "PushButton";
        /// Curves.
        Parametric = "OfxParamTypeParametric", "Parametric";
    }
}

impl ParamKind {
    /// How many numbers a value has; 0 for what is no number.
    #[must_use]
    pub const fn dimension(self) -> usize {
        match self {
            Self::Integer | Self::Double | Self::Boolean | Self::Choice => 1,
            Self::Integer2D | Self::Double2D => 2,
            Self::Integer3D | Self::Double3D | Self::Rgb => 3,
            Self::Rgba => 4,
            _ => 0,
        }
    }

    /// Whether values are stored as whole numbers.
    #[must_use]
    pub const fn is_integer(self) -> bool {
        matches!(self, Self::Integer | Self::Integer2D | Self::Integer3D | Self::Boolean | Self::Choice)
    }

    /// Whether values are stored as floating point numbers.
    #[must_use]
    pub const fn is_double(self) -> bool {
        matches!(self, Self::Double | Self::Double2D | Self::Double3D | Self::Rgb | Self::Rgba)
    }

    /// Whether values are stored as text.
    #[must_use]
    pub const fn is_text(self) -> bool {
        matches!(self, Self::String | Self::Custom | Self::StrChoice)
    }

    /// Whether there is a value at all.
    #[must_use]
    pub const fn has_value(self) -> bool {
        !matches!(self, Self::Group | Self::Page | Self::PushButton | Self::Parametric)
    }
}

ofx_words! {
    /// What a message of a plugin is.
    MessageKind {
        /// The plugin cannot go on.
        Fatal = "OfxMessageFatal", "fatal";
        /// Something failed.
        Error = "OfxMessageError", "error";
        /// Something to know.
        Warning = "OfxMessageWarning", "warning";
        /// Something to read.
        Message = "OfxMessageMessage", "message";
        /// Something to keep in a log.
        Log = "OfxMessageLog", "log";
        /// Something to be answered with yes or no.
        Question = "OfxMessageQuestion", "question";
    }
}

/// A rectangle of canonical coordinates, y up.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct RectD {
    /// Left edge.
    pub x0: f64,
    /// Bottom edge.
    pub y0: f64,
    /// Right edge.
    pub x1: f64,
    /// Top edge.
    pub y1: f64,
}

impl RectD {
    /// A rectangle from its edges.
    #[must_use]
    pub const fn new(x0: f64, y0: f64, x1: f64, y1: f64) -> Self {
        Self { x0, y0, x1, y1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_come_back() {
        for &kind in ParamKind::ALL {
            assert_eq!(ParamKind::from_ofx(kind.ofx()), Some(kind));
        }
        assert_eq!(Context::from_ofx("OfxImageEffectContextNone"), None);
        assert_eq!(Depth::Half.to_string(), "half");
    }
}
