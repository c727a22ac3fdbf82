//! Names of sequences, and ranges of frames: a first line with a pattern, a second with a range, and further lines
//! with the names of files in the folder.

use airoto::io::{Pattern, Sequence, parse_range};

use fastrand::Rng;

use super::mutate::{any, atoms, bytes, once_in};
use super::{Target, scratch};

pub const TARGET: Target = Target { name: "patterns", seeds, mutate, run, inputs: 1_500, accepted: 0.3 };

/// The most files that are made.
const MOST: usize = 6;

fn seeds() -> Vec<Vec<u8>> {
    [
        "a.%04d.png\n0-9\na.0000.png\na.0001.png\na.0009.png",
        "shot_####.exr\n-3--1\nshot_0007.exr\nshot_0008.exr\nshot_9.exr",
        "%d.jpg\n1001\n1.jpg\n12.jpg\n0003.jpg\n+4.jpg",
        "\n0-2147483647\nb.9.png\nb.10.png\nb.11.png",
        "frame-12.tif\n-2147483648-2147483647\nframe-12.tif",
        "犬%03dé.dpx\n5-5\n犬005é.dpx\n犬-05é.dpx\n犬9223372036854775808é.dpx",
    ]
    .map(|text| text.as_bytes().to_vec())
    .to_vec()
}

fn mutate(rng: &mut Rng, input: &[u8], seeds: &[Vec<u8>]) -> Vec<u8> {
    let text = String::from_utf8_lossy(input);
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let line = rng.usize(..lines.len().max(1));
    match (lines.get_mut(line), rng.u32(..4)) {
        (Some(line), 0) => {
            let mut changed = std::mem::take(line).into_bytes();
            bytes::change(rng, &mut changed, &[b"%0d#".to_vec(), b"%999d".to_vec(), b"####".to_vec()]);
            *line = String::from_utf8_lossy(&changed).replace('\n', "");
        }
        (Some(line), 1) => {
            let seed = any(rng, seeds).map(|seed| String::from_utf8_lossy(seed).into_owned());
            *line = seed
                .and_then(|seed| Some(any(rng, &seed.lines().collect::<Vec<_>>())?.to_string()))
                .unwrap_or_default();
        }
        (Some(line), _) => *line = atoms::change(rng, line, &["%d".to_owned(), "####".to_owned()]),
        (None, _) => return seeds[0].clone(),
    }
    if once_in(rng, 6) {
        lines.push(lines.last().cloned().unwrap_or_default());
    }
    lines.join("\n").into_bytes()
}

fn run(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let mut lines = text.lines();
    let (pattern, range) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    let asked = parse_range(range);
    let named = Pattern::parse(pattern);
    let again = Pattern::parse(&named.to_string());
    for frame in [i64::MIN, -1, 0, 1001, i64::MAX] {
        assert_eq!(named.path(frame), again.path(frame), "{named} names other files than it says");
    }
    // The name of a file alone: a path would lead elsewhere.
    let Some(pattern) = pattern.rsplit(['/', '\\']).next() else { return false };
    let folder = scratch().join("sequence");
    let _ = std::fs::remove_dir_all(&folder);
    if std::fs::create_dir_all(&folder).is_err() {
        return false;
    }
    for name in lines.filter(|name| !name.contains(['/', '\\', '\0'])).take(MOST) {
        // Names that the system does not take are none of a folder's.
        let _ = std::fs::write(folder.join(name), b"");
    }
    let Ok(sequence) = Sequence::find(&folder.join(pattern).to_string_lossy()) else { return false };
    let (first, last) = sequence.range();
    assert!(first <= last && sequence.path(first).is_ok() && sequence.path(last).is_ok(), "{sequence:?}");
    let (from, to) = asked.unwrap_or((first, last));
    // The files are empty, so that they are refused in the end.
    assert!(sequence.check(from..=to).is_err(), "an empty file is no picture");
    true
}
