//! Files are built here bit by bit, apart from the reader.

use super::super::read;
use super::*;

struct Build {
    big: bool,
    descriptor: u8,
    transfer: u8,
    bits: u8,
    packing: u16,
    /// The pixels of a 3 x 2 picture, both rows.
    pixels: Vec<u8>,
}

impl Build {
    fn save(&self, path: &Path) {
        let mut file = vec![0_u8; HEADER];
        let u16s = |v: u16| if self.big { v.to_be_bytes() } else { v.to_le_bytes() };
        let u32s = |v: u32| if self.big { v.to_be_bytes() } else { v.to_le_bytes() };
        file[..4].copy_from_slice(if self.big { b"SDPX" } else { b"XPDS" });
        file[4..8].copy_from_slice(&u32s(HEADER as u32));
        file[770..772].copy_from_slice(&u16s(1));
        file[772..776].copy_from_slice(&u32s(3));
        file[776..780].copy_from_slice(&u32s(2));
        file[800] = self.descriptor;
        file[801] = self.transfer;
        file[803] = self.bits;
        file[804..806].copy_from_slice(&u16s(self.packing));
        file[1628..1632].copy_from_slice(&u32s(2));
        file[1632..1636].copy_from_slice(&u32s(1));
        file.extend(&self.pixels);
        std::fs::write(path, file).expect("written");
    }
}

/// Codes of a row of 3 RGB pixels: nine different ones, with the ends of the range.
fn codes(bits: u32) -> [u32; 9] {
    let most = (1 << bits) - 1;
    [0, 1, 2, most, most - 1, most / 2, most / 3, 5, 7]
}

fn words(words: &[u32], big: bool) -> Vec<u8> {
    words.iter().flat_map(|w| if big { w.to_be_bytes() } else { w.to_le_bytes() }).collect()
}

/// Samples of `bits` bits from the low end of each word of 32 bits on.
fn stream(codes: &[u32], bits: u32) -> Vec<u32> {
    let mut words = vec![0_u32; (codes.len() as u32 * bits).div_ceil(32) as usize];
    for (i, &code) in codes.iter().enumerate() {
        for bit in 0..bits {
            let at = i as u32 * bits + bit;
            words[(at / 32) as usize] |= (code >> bit & 1) << (at % 32);
        }
    }
    words
}

#[test]
fn every_packing_in_both_byte_orders() {
    let folder = tempfile::tempdir().expect("a folder");
    for big in [true, false] {
        let shorts = |v: Vec<u16>| -> Vec<u8> {
            let mut bytes: Vec<u8> =
                v.iter().flat_map(|v| if big { v.to_be_bytes() } else { v.to_le_bytes() }).collect();
            bytes.resize(bytes.len().next_multiple_of(4), 0);
            bytes
        };
        let ten = codes(10);
        let twelve = codes(12);
        let ten_filled = |low: u32| {
            let three = |c: &[u32]| (c[0] << 20 | c[1] << 10 | c[2]) << low;
            words(&[three(&ten[..3]), three(&ten[3..6]), three(&ten[6..])], big)
        };
        let mut eight: Vec<u8> = codes(8).iter().map(|&c| c as u8).collect();
        eight.resize(12, 0);
        let cases = [
            (8, 0, eight),
            (10, 1, ten_filled(2)),
            (10, 2, ten_filled(0)),
            (10, 0, words(&stream(&ten, 10), big)),
            (12, 1, shorts(twelve.iter().map(|&c| (c << 4) as u16).collect())),
            (12, 2, shorts(twelve.iter().map(|&c| c as u16).collect())),
            (12, 0, words(&stream(&twelve, 12), big)),
            (16, 0, shorts(codes(16).iter().map(|&c| c as u16).collect())),
        ];
        for (bits, packing, row) in cases {
            let path = folder.path().join(format!("{bits}-{packing}-{big}.dpx"));
            let pixels = [row.clone(), row].concat();
            Build { big, descriptor: 50, transfer: 6, bits, packing, pixels }.save(&path);
            let back = read(&path).expect("read");
            assert_eq!((back.width, back.height, back.pixel_aspect), (3, 2, 2.0));
            assert!(back.encoding == Encoding::Srgb && !back.has_alpha);
            assert_eq!(size(&path), Ok((3, 2)));
            let most = ((1_u32 << bits) - 1) as f32;
            for row in back.rgba.chunks_exact(12) {
                let found: Vec<u32> = row
                    .chunks_exact(4)
                    .flat_map(|p| [p[0], p[1], p[2]])
                    .map(|v| (v * most).round() as u32)
                    .collect();
                assert_eq!(found, codes(u32::from(bits)), "{bits} bits, packing {packing}, big {big}");
            }
        }
    }
}

#[test]
fn alpha_may_come_first() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.dpx");
    let pixels = [10_u8, 20, 30, 40].repeat(6);
    Build { big: true, descriptor: 52, transfer: 6, bits: 8, packing: 0, pixels }.save(&path);
    let back = read(&path).expect("read");
    let first: Vec<u8> = back.rgba[..4].iter().map(|v| (v * 255.0).round() as u8).collect();
    assert_eq!(first, [40, 30, 20, 10]);
    assert!(back.has_alpha);
}

#[test]
fn film_scans_are_said_to_be_cineon() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("log.dpx");
    // Black, white, and 90 codes above white: 0.3 density.
    let word = 95 << 22 | 685 << 12 | 775 << 2;
    let pixels = words(&[word; 6], true);
    Build { big: true, descriptor: 50, transfer: 3, bits: 10, packing: 1, pixels }.save(&path);
    let back = read(&path).expect("read");
    assert_eq!(back.encoding, Encoding::Cineon);
    let light: Vec<f32> = back.rgba[..3].iter().map(|&v| back.encoding.to_linear(v)).collect();
    assert!(light[0].abs() < 1e-5 && (light[1] - 1.0).abs() < 1e-5, "{light:?}");
    // 10^(0.3) = 1.9953 above a black of 10^(-1.96667) = 0.010798.
    let expected = (1.995_262 - 0.010_798) / (1.0 - 0.010_798);
    assert!((light[2] - expected).abs() < 1e-3, "{light:?} against {expected}");
}

#[test]
fn what_is_cut_is_damaged() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("cut.dpx");
    let pixels = vec![0; 23];
    Build { big: true, descriptor: 50, transfer: 6, bits: 10, packing: 1, pixels }.save(&path);
    let error = read(&path).expect_err("a byte is missing").to_string();
    assert!(error.contains("cut.dpx is damaged or incomplete: it ends too early"), "{error}");
    std::fs::write(&path, b"SDPX").expect("written");
    assert!(read(&path).is_err() && size(&path).is_err());
}

#[test]
fn what_is_written_is_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("own.dpx");
    for (channels, bits) in [(3, 10_u8), (3, 16), (4, 16), (4, 10)] {
        let samples: Vec<f32> = (0..5 * 2 * channels).map(|i| i as f32 / 39.0).collect();
        super::super::write_atomically(&path, |w| Ok(write(w, (5, 2), channels, &samples, bits)?))
            .expect("written");
        let back = read(&path).expect("read");
        let step = 0.51 / ((1_u32 << bits) - 1) as f32;
        let kept: Vec<f32> = back.rgba.chunks_exact(4).flat_map(|p| p[..channels].to_vec()).collect();
        assert!(kept.iter().zip(&samples).all(|(a, b)| (a - b).abs() <= step), "{channels} {bits}");
    }
}
