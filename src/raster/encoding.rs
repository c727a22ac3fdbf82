//! How the numbers of footage are encoded, and the way from there to scene-linear light and to what a
//! model sees.
//!
//! Only the curve is undone. **Primaries are left alone**: a camera's wide gamut is looked at as if it were
//! that of sRGB, which makes colours paler than they are meant and moves no edge. What the model sees is
//! scene-linear light through the curve of sRGB, cut at 0 and 1, as a viewer without a look shows it.

use std::sync::OnceLock;

use half::f16;

use super::transfer::{linear_to_srgb, srgb_to_linear, to_u8};

/// How numbers stand for light.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// Display-referred: sRGB, and near enough Rec. 1886, gamma 2.2 and the like.
    Srgb,
    /// Scene linear, with 1 for a diffuse white.
    Linear,
    /// Printing density of a film scan, 10 bits: black at code 95, white at 685.
    Cineon,
    /// ARRI LogC3 at an exposure index of 800.
    LogC3,
    /// ARRI LogC4.
    LogC4,
    /// Sony S-Log3.
    SLog3,
    /// ACEScct.
    AcesCct,
    /// ACEScc.
    AcesCc,
    /// RED Log3G10.
    Log3G10,
    /// Panasonic V-Log.
    VLog,
    /// Canon Log 2.
    CanonLog2,
    /// Canon Log 3.
    CanonLog3,
    /// DaVinci Intermediate.
    DavinciIntermediate,
    /// Blackmagic Film Gen 5.
    BlackmagicFilm5,
    /// SMPTE ST 2084 (PQ), with 1 for 203 cd/m².
    Pq,
    /// Hybrid log-gamma of Rec. 2100, scene-referred, with 1 for a signal of 75 %.
    Hlg,
}

/// Light of HDR's diffuse white, in cd/m² (ITU-R BT.2408).
const HDR_WHITE: f32 = 203.0;

impl Encoding {
    /// All of them. Hosts save an encoding as its place in this list: new ones are only ever appended.
    pub const ALL: [Self; 16] = [
        Self::Srgb,
        Self::Linear,
        Self::Cineon,
        Self::LogC3,
        Self::LogC4,
        Self::SLog3,
        Self::AcesCct,
        Self::Log3G10,
        Self::AcesCc,
        Self::VLog,
        Self::CanonLog2,
        Self::CanonLog3,
        Self::DavinciIntermediate,
        Self::BlackmagicFilm5,
        Self::Pq,
        Self::Hlg,
    ];

    /// The word for it on the command line.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Srgb => "srgb",
            Self::Linear => "linear",
            Self::Cineon => "cineon",
            Self::LogC3 => "logc3",
            Self::LogC4 => "logc4",
            Self::SLog3 => "slog3",
            Self::AcesCct => "acescct",
            Self::Log3G10 => "log3g10",
            Self::AcesCc => "acescc",
            Self::VLog => "vlog",
            Self::CanonLog2 => "canonlog2",
            Self::CanonLog3 => "canonlog3",
            Self::DavinciIntermediate => "davinci",
            Self::BlackmagicFilm5 => "bmdfilm5",
            Self::Pq => "pq",
            Self::Hlg => "hlg",
        }
    }

    /// What an artist reads.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Srgb => "sRGB",
            Self::Linear => "Scene linear",
            Self::Cineon => "Cineon, film log",
            Self::LogC3 => "ARRI LogC3 (EI 800)",
            Self::LogC4 => "ARRI LogC4",
            Self::SLog3 => "Sony S-Log3",
            Self::AcesCct => "ACEScct",
            Self::Log3G10 => "RED Log3G10",
            Self::AcesCc => "ACEScc",
            Self::VLog => "Panasonic V-Log",
            Self::CanonLog2 => "Canon Log 2",
            Self::CanonLog3 => "Canon Log 3",
            Self::DavinciIntermediate => "DaVinci Intermediate",
            Self::BlackmagicFilm5 => "Blackmagic Film Gen 5",
            Self::Pq => "Rec. 2100 PQ",
            Self::Hlg => "Rec. 2100 HLG",
        }
    }

    /// The encoding of this [`Encoding::id`].
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|e| e.id() == id)
    }

    /// The encoding of the numbers of an OpenFX 1.5 colour space
    /// (`ofx-native-v1.5_aces-v1.3_ocio-v2.3`), or of the same space by its label in the ACES
    /// configurations of OpenColorIO; none for a name that tells nothing.
    ///
    /// A generic logarithmic space is taken for ACEScct, which those configurations composite in; data
    /// that is no colour is read as it is.
    #[must_use]
    pub fn of_colourspace(name: &str) -> Option<Self> {
        let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
        let plain = plain.to_ascii_lowercase();
        // The first word that is found counts: the curve stands before what it is applied to.
        let words: &[(&str, Self)] = &[
            ("logc4", Self::LogC4),
            ("logc", Self::LogC3),
            ("slog3", Self::SLog3),
            ("log3g10", Self::Log3G10),
            ("acescct", Self::AcesCct),
            ("acescc", Self::AcesCc),
            // Densities of a negative too, in 10 or 16 bits; its black is at code 95 as well.
            ("adx", Self::Cineon),
            ("cineon", Self::Cineon),
            ("vlog", Self::VLog),
            ("canonlog2", Self::CanonLog2),
            ("canonlog3", Self::CanonLog3),
            ("davinciintermediate", Self::DavinciIntermediate),
            ("bmdfilm", Self::BlackmagicFilm5),
            ("hlg", Self::Hlg),
            ("st2084", Self::Pq),
            ("rec2100pq", Self::Pq),
            ("displayhdr", Self::Pq),
            ("scenelog", Self::AcesCct),
            ("compositinglog", Self::AcesCct),
            ("colortiming", Self::AcesCct),
            ("linear", Self::Linear),
            ("acescg", Self::Linear),
            ("aces2065", Self::Linear),
            ("acesinterchange", Self::Linear),
            ("ciexyzd65", Self::Linear),
            ("srgb", Self::Srgb),
            ("display", Self::Srgb),
            ("colorpicking", Self::Srgb),
            ("rec709", Self::Srgb),
            ("gamma", Self::Srgb),
        ];
        if plain.starts_with("lin") {
            return Some(Self::Linear);
        }
        if plain.ends_with("raw") || matches!(plain.as_str(), "data" | "g22ap1tx") {
            return Some(Self::Srgb);
        }
        words.iter().find(|(word, _)| plain.contains(word)).map(|(_, encoding)| *encoding)
    }

    /// Scene-linear light, 1 for a diffuse white. Finite for every number that a half float holds but
    /// where the curve itself leads beyond the range of a float; nothing is cut.
    ///
    /// Sources, in the order of the arms: IEC 61966-2-1; Kodak, Grayscale Transformations of Cineon
    /// Digital Film Data (0.002 density a code, negative gamma 0.6); ARRI, ALEXA Log C Curve, Usage in
    /// VFX (2017); ARRI LogC4 Specification (2022); Sony, Technical Summary for S-Gamut3.Cine/S-Log3
    /// and S-Gamut3/S-Log3; Academy S-2016-001; RED, White Paper on REDWideGamutRGB and Log3G10
    /// (revision C); Academy S-2014-003; Panasonic, V-Log/V-Gamut Reference Manual (2014); Canon, Canon
    /// Log Gamma Curves (2018); Blackmagic Design, DaVinci Resolve 17 Wide Gamut Intermediate (2021);
    /// Blackmagic Design, Blackmagic Generation 5 Color Science (2021); SMPTE ST 2084; ITU-R BT.2100.
    #[must_use]
    pub fn to_linear(self, v: f32) -> f32 {
        let ten = |exponent: f32| 10_f32.powf(exponent);
        match self {
            Self::Srgb => srgb_to_linear(v),
            Self::Linear => v,
            Self::Cineon => {
                let density = |code: f32| ten((code - 685.0) * 0.002 / 0.6);
                let black = density(95.0);
                (density(v * 1023.0) - black) / (1.0 - black)
            }
            Self::LogC3 => {
                if v > 5.367_655 * 0.010_591 + 0.092_809 {
                    (ten((v - 0.385_537) / 0.247_190) - 0.052_272) / 5.555_556
                } else {
                    (v - 0.092_809) / 5.367_655
                }
            }
            Self::LogC4 => {
                let (a, b, c) = ((262_144.0 - 16.0) / 117.45, 928.0 / 1023.0, 95.0 / 1023.0);
                let light = |v: f32| ((14.0 * (v - c) / b + 6.0).exp2() - 64.0) / a;
                if v >= 0.0 {
                    light(v)
                } else {
                    // The slope of the curve at 0, which goes on below it.
                    let slope = 7.0 * std::f32::consts::LN_2 * (7.0 - 14.0 * c / b).exp2() / (a * b);
                    v * slope + light(0.0)
                }
            }
            Self::SLog3 => {
                let code = v * 1023.0;
                if code >= 171.210_3 {
                    ten((code - 420.0) / 261.5) * 0.19 - 0.01
                } else {
                    (code - 95.0) * 0.011_25 / (171.210_3 - 95.0)
                }
            }
            Self::AcesCct => {
                if v > 0.155_251_14 {
                    (v * 17.52 - 9.72).exp2()
                } else {
                    (v - 0.072_905_53) / 10.540_238
                }
            }
            Self::Log3G10 => {
                if v < 0.0 {
                    v / 15.1927 - 0.01
                } else {
                    (ten(v / 0.224_282) - 1.0) / 155.975_33 - 0.01
                }
            }
            Self::AcesCc => {
                let light = (v * 17.52 - 9.72).exp2();
                if v < (9.72 - 15.0) / 17.52 { (light - (-16_f32).exp2()) * 2.0 } else { light }
            }
            Self::VLog => {
                if v < 0.181 {
                    (v - 0.125) / 5.6
                } else {
                    ten((v - 0.598_206) / 0.241_514) - 0.00873
                }
            }
            // 1 is a signal of 90 % reflectance in Canon's own numbers.
            Self::CanonLog2 => {
                let light = |v: f32| (ten(v / 0.241_360_77) - 1.0) / 87.099_37;
                let v = v - 0.092_864_125;
                0.9 * if v < 0.0 { -light(-v) } else { light(v) }
            }
            Self::CanonLog3 => {
                let light = |v: f32| (ten(v / 0.367_268_45) - 1.0) / 14.983_25;
                0.9 * if v < 0.097_465_47 {
                    -light(0.127_839_01 - v)
                } else if v <= 0.152_778_91 {
                    (v - 0.125_122_19) / 1.975_479_8
                } else {
                    light(v - 0.122_405_37)
                }
            }
            Self::DavinciIntermediate => {
                if v <= 0.027_406_68 {
                    v / 10.444_269
                } else {
                    (v / 0.073_292_48 - 7.0).exp2() - 0.0075
                }
            }
            Self::BlackmagicFilm5 => {
                if v < 8.283_606 * 0.005 + 0.092_465_75 {
                    (v - 0.092_465_75) / 8.283_606
                } else {
                    ((v - 0.530_013_3) / 0.086_928_76).exp() - 0.005_494_072_4
                }
            }
            Self::Pq => pq_to_linear(v),
            Self::Hlg => hlg_to_linear(v),
        }
    }

    /// What a model sees of a number: 8 bits of sRGB. Light below 0 and NaN are black, light above 1 is
    /// white.
    #[must_use]
    pub fn to_display(self, v: f32) -> u8 {
        match self {
            Self::Srgb => to_u8(v),
            other => other.table()[usize::from(f16::from_f32(v).to_bits())],
        }
    }

    /// [`Encoding::to_display`] of every half float by its bits: finer than 8 bits can show, and far
    /// faster than a power.
    #[must_use]
    pub fn table(self) -> &'static [u8] {
        static TABLES: [OnceLock<Vec<u8>>; Encoding::ALL.len()] =
            [const { OnceLock::new() }; Encoding::ALL.len()];
        TABLES[self as usize].get_or_init(|| {
            let display = |v: f32| match self {
                Self::Srgb => to_u8(v),
                other => to_u8(linear_to_srgb(other.to_linear(v))),
            };
            (0..=u16::MAX).map(|bits| display(f16::from_bits(bits).to_f32())).collect()
        })
    }
}

/// SMPTE ST 2084, with diffuse white as [`HDR_WHITE`] says.
fn pq_to_linear(v: f32) -> f32 {
    let v = v.clamp(0.0, 1.0).powf(1.0 / 78.843_75);
    let light = (v - 0.835_937_5).max(0.0) / (18.851_563 - 18.6875 * v);
    10_000.0 / HDR_WHITE * light.powf(1.0 / 0.159_301_76)
}

/// ITU-R BT.2100, hybrid log-gamma: 1 is a signal of 75 %.
fn hlg_to_linear(v: f32) -> f32 {
    let light = |v: f32| {
        if v <= 0.5 { v * v / 3.0 } else { (((v - 0.559_910_7) / 0.178_832_77).exp() + 0.284_668_92) / 12.0 }
    };
    light(v.max(0.0)) / light(0.75)
}

#[cfg(test)]
#[path = "encoding_tests.rs"]
mod tests;
