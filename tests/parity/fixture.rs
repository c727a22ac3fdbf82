//! Small packs and the reference's answers, as `python -m airoto_export.fixtures` writes them.

use std::io::Read;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use sha2::{Digest, Sha256};

/// `tests/fixtures/parity/FAMILY.json`.
#[derive(Deserialize)]
pub struct Index {
    /// Frames of every scene.
    pub frames: u32,
    /// Side of the answers' logits.
    pub side: usize,
    /// Steps of the answers' integers in one.
    unit: f32,
    /// Frames with a card over them in the script `occluded`.
    pub covered: Vec<u32>,
    files: Vec<File>,
    answers: Vec<Listed>,
    /// SHA-256 of each scene's frames and first mask.
    pub scenes: std::collections::BTreeMap<String, String>,
    bytes: usize,
    sha256: String,
}

#[derive(Deserialize)]
struct File {
    file: String,
    bytes: usize,
}

#[derive(Deserialize)]
struct Listed {
    scene: String,
    script: String,
    prompts: serde_json::Value,
    hidden: Vec<u32>,
}

/// What the reference answers in one scene.
pub struct Answer {
    pub scene: String,
    pub script: String,
    /// The prompts as a user writes them.
    pub prompts: serde_json::Value,
    /// Frames in which the object is hidden.
    pub hidden: Vec<u32>,
    /// Logits of every frame, rows of `side`.
    pub logits: Vec<Vec<f32>>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/parity")
}

/// Four planes of bytes back to groups of four.
fn groups(planes: &[u8]) -> Vec<u8> {
    let count = planes.len() / 4;
    (0..4 * count).map(|i| planes[(i % 4) * count + i / 4]).collect()
}

/// Reads a family's fixture, and unpacks its model pack into `pack`.
pub fn open(family: &str, pack: &Path) -> (Index, Vec<Answer>) {
    let text = std::fs::read_to_string(folder().join(format!("{family}.json"))).expect("the index");
    let index: Index = serde_json::from_str(&text).expect("an index");
    let packed = std::fs::read(folder().join(format!("{family}.bin"))).expect("the bytes");
    let digest: String = Sha256::digest(&packed).iter().map(|b| format!("{b:02x}")).collect();
    assert_eq!(digest, index.sha256, "{family}.bin is not that of {family}.json");
    let mut planes = Vec::with_capacity(index.bytes);
    flate2::read::ZlibDecoder::new(&packed[..]).read_to_end(&mut planes).expect("deflated bytes");
    assert_eq!(planes.len(), index.bytes);
    let bytes = groups(&planes);
    let mut rest = &bytes[..];
    let mut take = |count: usize| {
        let (taken, left) = rest.split_at(count);
        rest = left;
        taken
    };
    std::fs::create_dir_all(pack).expect("a folder");
    for File { file, bytes } in &index.files {
        let padded = take(bytes.next_multiple_of(4));
        std::fs::write(pack.join(file), &padded[..*bytes]).expect("written");
    }
    let area = index.side * index.side;
    let mut frame = || -> Vec<f32> {
        let coded = take(2 * area).as_chunks::<2>().0;
        coded.iter().map(|b| f32::from(i16::from_le_bytes(*b)) / index.unit).collect()
    };
    let answers = index.answers.iter().map(|listed| Answer {
        scene: listed.scene.clone(),
        script: listed.script.clone(),
        prompts: listed.prompts.clone(),
        hidden: listed.hidden.clone(),
        logits: (0..index.frames).map(|_| frame()).collect(),
    });
    let answers = answers.collect();
    (index, answers)
}
