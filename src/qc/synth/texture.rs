//! Smooth noise, and the surfaces made of it.

/// Smooth noise, 0 to 1, of `octaves` octaves, in which things are about one unit large.
#[must_use]
pub fn noise(seed: u64, x: f64, y: f64, octaves: u32) -> f64 {
    let (mut sum, mut weight, mut total, mut scale) = (0.0, 1.0, 0.0, 1.0);
    for octave in 0..octaves {
        sum += weight * lattice(seed.wrapping_add(u64::from(octave) * 7919), x * scale, y * scale);
        total += weight;
        weight *= 0.55;
        scale *= 2.03;
    }
    // Sums of octaves crowd around one half; spread them.
    ((sum / total - 0.5) * 1.7 + 0.5).clamp(0.0, 1.0)
}

/// Linear RGB of an object's surface, patches of about one unit.
#[must_use]
pub fn object(seed: u64, s: f64, t: f64) -> [f64; 3] {
    let patches = noise(seed ^ 11, s, t, 3);
    let grain = noise(seed ^ 12, s * 3.1, t * 3.1, 2);
    let warm = 0.25 + 0.6 * patches;
    [warm, 0.10 + 0.45 * patches * grain, 0.05 + 0.25 * grain]
}

/// Linear RGB of what is behind an object, clouds of about one unit.
#[must_use]
pub fn background(seed: u64, u: f64, v: f64) -> [f64; 3] {
    let clouds = noise(seed ^ 21, u, v, 4);
    let leaves = noise(seed ^ 22, u * 3.7, v * 3.7, 2);
    [0.04 + 0.22 * clouds * leaves, 0.08 + 0.40 * clouds, 0.12 + 0.42 * leaves]
}

/// Values at whole coordinates, blended by a smooth step.
fn lattice(seed: u64, x: f64, y: f64) -> f64 {
    let (fx, fy) = (x.floor(), y.floor());
    let ease = |t: f64| t * t * (3.0 - 2.0 * t);
    let (u, v) = (ease(x - fx), ease(y - fy));
    let (ix, iy) = (fx as i64, fy as i64);
    let at = |dx: i64, dy: i64| hash(seed, ix.wrapping_add(dx), iy.wrapping_add(dy));
    let top = at(0, 0) * (1.0 - u) + at(1, 0) * u;
    let bottom = at(0, 1) * (1.0 - u) + at(1, 1) * u;
    top * (1.0 - v) + bottom * v
}

/// A number from 0 to 1 for each pair of integers (the finalizer of splitmix64).
fn hash(seed: u64, x: i64, y: i64) -> f64 {
    let mut z = seed
        .wrapping_add((x as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15))
        .wrapping_add((y as u64).wrapping_mul(0xc2b2_ae3d_27d4_eb4f));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}
