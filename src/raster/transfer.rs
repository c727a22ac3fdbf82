//! Transfer functions between scene-linear and display-referred sRGB (IEC 61966-2-1).

/// Linear light to an sRGB-encoded value; negative and non-finite input becomes 0, input above 1
/// becomes 1.
#[must_use]
pub fn linear_to_srgb(v: f32) -> f32 {
    if v.is_nan() {
        return 0.0;
    }
    let v = v.clamp(0.0, 1.0);
    if v <= 0.003_130_8 { v * 12.92 } else { 1.055 * v.powf(1.0 / 2.4) - 0.055 }
}

/// An sRGB-encoded value to linear light, for values in 0 to 1.
#[must_use]
pub fn srgb_to_linear(v: f32) -> f32 {
    if v <= 0.040_45 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
}

/// A value in 0 to 1 to 8 bits, rounded to nearest; what is not finite or out of range is clamped.
#[must_use]
pub fn to_u8(v: f32) -> u8 {
    // `as` saturates and sends NaN to 0.
    (v * 255.0 + 0.5) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn srgb_round_trip_in_8_bits() {
        for i in 0..=255_u8 {
            let linear = srgb_to_linear(f32::from(i) / 255.0);
            assert_eq!(to_u8(linear_to_srgb(linear)), i);
        }
    }

    #[test]
    fn bad_values_are_clamped() {
        assert_eq!(to_u8(linear_to_srgb(f32::NAN)), 0);
        assert_eq!(to_u8(linear_to_srgb(f32::INFINITY)), 255);
        assert_eq!(to_u8(linear_to_srgb(-3.0)), 0);
    }
}
