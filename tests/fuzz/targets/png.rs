//! PNG files by hand: every kind of sample, and chunks whose checksums are right whatever is in them.

use std::io::Write as _;

use fastrand::Rng;

use super::mutate::{any, bytes, once_in, repeats};

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// A chunk: its name and what is in it.
type Chunk = (Vec<u8>, Vec<u8>);

/// CRC-32 as PNG has it.
fn crc(data: &[u8]) -> u32 {
    let step = |sum: u32, byte: &u8| {
        (0..8).fold(sum ^ u32::from(*byte), |v, _| if v & 1 == 1 { v >> 1 ^ 0xEDB8_8320 } else { v >> 1 })
    };
    !data.iter().fold(!0, step)
}

fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).unwrap_or_default()
}

fn written(chunks: &[Chunk]) -> Vec<u8> {
    let mut out = SIGNATURE.to_vec();
    for (name, content) in chunks {
        out.extend((content.len() as u32).to_be_bytes());
        let named = [&name[..], content].concat();
        out.extend(&named);
        out.extend(crc(&named).to_be_bytes());
    }
    out
}

fn chunk(name: &str, content: &[u8]) -> Chunk {
    (name.as_bytes().to_vec(), content.to_vec())
}

/// A picture of `bits` a sample and a colour type, as PNG numbers them, with more chunks before its samples.
fn picture(width: u32, height: u32, bits: u8, colour: u8, more: &[Chunk]) -> Vec<u8> {
    let samples = [1, 0, 3, 1, 2, 0, 4][usize::from(colour)];
    let row = (width as usize * samples * usize::from(bits)).div_ceil(8);
    let filters = [0_u8, 1, 2, 3, 4];
    let line = |y: usize| {
        let bytes = (0..row).map(move |x| (x * 37 + y * 11) as u8);
        std::iter::once(filters[y % filters.len()]).chain(bytes)
    };
    let rows: Vec<u8> = (0..height as usize).flat_map(line).collect();
    let head = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[bits, colour, 0, 0, 0]].concat();
    let mut chunks = vec![chunk("IHDR", &head)];
    if colour == 3 {
        let colours: Vec<u8> = (0..3 << bits).map(|i| (i * 5) as u8).collect();
        chunks.push(chunk("PLTE", &colours));
    }
    chunks.extend(more.iter().cloned());
    chunks.extend([chunk("IDAT", &deflate(&rows)), chunk("IEND", b"")]);
    written(&chunks)
}

/// One of each kind.
pub fn seeds() -> Vec<Vec<u8>> {
    let profile = [&b"p\0\0"[..], &deflate(&[0; 300])].concat();
    let text = [&b"note\0\0"[..], &deflate(b"a compressed text")].concat();
    let kinds = [
        (1, 0),
        (2, 0),
        (4, 0),
        (8, 0),
        (16, 0),
        (8, 2),
        (16, 2),
        (1, 3),
        (4, 3),
        (8, 3),
        (8, 4),
        (16, 4),
        (8, 6),
        (16, 6),
    ];
    let mut all: Vec<Vec<u8>> = kinds.map(|(bits, colour)| picture(9, 6, bits, colour, &[])).to_vec();
    all.push(picture(5, 5, 4, 3, &[chunk("tRNS", &[0, 128, 255])]));
    all.push(picture(
        5,
        5,
        8,
        2,
        &[chunk("tRNS", &[0, 1, 0, 2, 0, 3]), chunk("gAMA", &45455_u32.to_be_bytes())],
    ));
    all.push(picture(
        5,
        5,
        8,
        0,
        &[chunk("iCCP", &profile), chunk("zTXt", &text), chunk("tEXt", b"key\0value")],
    ));
    all.push(picture(
        5,
        5,
        8,
        6,
        &[chunk("pHYs", &[0, 0, 1, 0, 0, 0, 2, 0, 1]), chunk("cHRM", &[1; 32]), chunk("sRGB", &[0])],
    ));
    all
}

fn parse(bytes: &[u8]) -> Option<Vec<Chunk>> {
    let mut rest = bytes.strip_prefix(SIGNATURE)?;
    let mut chunks = Vec::new();
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let length = u32::from_be_bytes(*length) as usize;
        let (name, after) = after.split_at_checked(4)?;
        let (content, after) = after.split_at_checked(length)?;
        chunks.push((name.to_vec(), content.to_vec()));
        rest = after.get(4..)?;
    }
    Some(chunks)
}

/// A chunk changed, copied, taken away or put elsewhere.
pub fn change(rng: &mut Rng, input: &[u8], seeds: &[Vec<u8>]) -> Vec<u8> {
    let Some(mut chunks) = parse(input).filter(|chunks| !chunks.is_empty() && !once_in(rng, 16)) else {
        let mut out = input.to_vec();
        bytes::change(rng, &mut out, seeds);
        return out;
    };
    for _ in 0..rng.usize(1..3) {
        let at = rng.usize(..chunks.len());
        match rng.u32(..12) {
            0 if chunks.len() > 1 => drop(chunks.remove(at)),
            1 => {
                let copies = vec![chunks[at].clone(); repeats(rng)];
                chunks.splice(at..at, copies);
            }
            2 => {
                let other = any(rng, seeds).and_then(|seed| parse(seed)).unwrap_or_default();
                if let Some(other) = any(rng, &other) {
                    chunks.insert(at.max(1).min(chunks.len()), other.clone());
                }
            }
            3 => samples(rng, &mut chunks, true),
            4..=8 => samples(rng, &mut chunks, false),
            _ => {
                let end = chunks[at].1.len();
                bytes::number(rng, &mut chunks[at].1, 0..end);
            }
        }
    }
    written(&chunks)
}

/// The samples below their compression: changed, or made many or few.
fn samples(rng: &mut Rng, chunks: &mut [Chunk], resize: bool) {
    let Some((_, content)) = chunks.iter_mut().find(|chunk| chunk.0 == b"IDAT") else { return };
    let mut rows = Vec::new();
    let mut decoder = flate2::write::ZlibDecoder::new(&mut rows);
    if decoder.write_all(content).and_then(|()| decoder.finish().map(drop)).is_err() || rows.len() > 1 << 16 {
        return;
    }
    if resize {
        bytes::change(rng, &mut rows, &[]);
    } else {
        let end = rows.len();
        bytes::number(rng, &mut rows, 0..end);
    }
    *content = deflate(&rows);
}
