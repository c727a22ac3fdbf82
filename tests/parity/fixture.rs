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

fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(folder().join(name)).expect("the bytes")
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

fn inflated(packed: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    flate2::read::ZlibDecoder::new(packed).read_to_end(&mut out).expect("deflated bytes");
    out
}

/// A family's index, and all that its file of bytes holds.
fn read(family: &str) -> (Index, Vec<u8>) {
    let text = bytes(&format!("{family}.json"));
    let index: Index = serde_json::from_slice(&text).expect("an index");
    let packed = bytes(&format!("{family}.bin"));
    assert_eq!(digest(&packed), index.sha256, "{family}.bin is not that of {family}.json");
    let planes = inflated(&packed);
    assert_eq!(planes.len(), index.bytes);
    (index, groups(&planes))
}

/// Reads a family's fixture, and unpacks its model pack into `pack`.
pub fn open(family: &str, pack: &Path) -> (Index, Vec<Answer>) {
    let (index, bytes) = read(family);
    let mut rest = unpack(&index.files, &bytes, pack);
    let mut take = |count: usize| {
        let (taken, left) = rest.split_at(count);
        rest = left;
        taken
    };
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

/// `tests/fixtures/parity/vitmatte.json`.
#[derive(Deserialize)]
pub struct Matting {
    /// Pixels around the edge of a mask in which alpha is unknown.
    pub band: i64,
    /// Steps of the answers' integers in one.
    unit: f32,
    files: Vec<File>,
    answers: Vec<Alpha>,
    bytes: usize,
    sha256: String,
}

/// What the reference answers of one frame.
#[derive(Deserialize)]
pub struct Alpha {
    pub scene: String,
    pub time: u32,
    /// Pixels around the band that the network sees.
    pub margin: u32,
    /// Left, top, right and bottom of what the network sees.
    pub region: [i32; 4],
    unknown: usize,
    /// Alpha of the unknown pixels, row by row.
    #[serde(skip)]
    pub alpha: Vec<f32>,
}

/// Reads the fixture of ViTMatte, and unpacks its model pack into `pack`.
pub fn open_matting(pack: &Path) -> (Matting, Vec<Alpha>) {
    let mut index: Matting = serde_json::from_slice(&bytes("vitmatte.json")).expect("an index");
    let packed = bytes("vitmatte.bin");
    assert_eq!(digest(&packed), index.sha256, "vitmatte.bin is not that of vitmatte.json");
    let planes = inflated(&packed);
    assert_eq!(planes.len(), index.bytes);
    let all = groups(&planes);
    let mut rest = unpack(&index.files, &all, pack);
    let mut answers = std::mem::take(&mut index.answers);
    for answer in &mut answers {
        let (coded, left) = rest.split_at((2 * answer.unknown).next_multiple_of(4));
        rest = left;
        let values = coded.as_chunks::<2>().0[..answer.unknown].iter();
        answer.alpha = values.map(|b| f32::from(u16::from_le_bytes(*b)) / index.unit).collect();
    }
    assert!(rest.is_empty());
    (index, answers)
}

/// `tests/fixtures/parity/grounding-dino.json`.
#[derive(Deserialize)]
pub struct Detection {
    /// Boxes that the network gives.
    pub queries: usize,
    /// Candidates have a score above this.
    pub threshold: f32,
    /// A word belongs to a candidate that agrees with it above this.
    pub text_threshold: f32,
    files: Vec<File>,
    answers: Vec<Found>,
    bytes: usize,
    sha256: String,
}

/// What the reference answers of one frame and one text.
#[derive(Deserialize)]
pub struct Found {
    pub scene: String,
    pub time: u32,
    pub text: String,
    /// The numbers of its words.
    pub tokens: Vec<i64>,
    /// The best first.
    pub candidates: Vec<Reference>,
    /// Log odds of each box and word.
    #[serde(skip)]
    pub logits: Vec<f32>,
    /// Middle and size of each box.
    #[serde(skip)]
    pub boxes: Vec<f32>,
}

/// A candidate as the reference has it.
#[derive(Deserialize)]
pub struct Reference {
    /// Left, top, right and bottom in pixels; may be beyond the frame.
    #[serde(rename = "box")]
    pub bounds: [f64; 4],
    pub score: f32,
    pub text: String,
}

/// Reads the fixture of Grounding DINO, and unpacks its model pack into `pack`.
pub fn open_detection(pack: &Path) -> (Detection, Vec<Found>) {
    let mut index: Detection = serde_json::from_slice(&bytes("grounding-dino.json")).expect("an index");
    let packed = bytes("grounding-dino.bin");
    assert_eq!(digest(&packed), index.sha256, "grounding-dino.bin is not that of grounding-dino.json");
    let planes = inflated(&packed);
    assert_eq!(planes.len(), index.bytes);
    let all = groups(&planes);
    let mut rest = unpack(&index.files, &all, pack);
    let mut numbers = |count: usize| -> Vec<f32> {
        let (coded, left) = rest.split_at(4 * count);
        rest = left;
        coded.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect()
    };
    let mut answers = std::mem::take(&mut index.answers);
    for answer in &mut answers {
        answer.logits = numbers(index.queries * answer.tokens.len());
        answer.boxes = numbers(index.queries * 4);
    }
    assert!(rest.is_empty());
    (index, answers)
}

/// Texts and the numbers of their words.
pub fn phrases() -> Vec<(String, Vec<i64>)> {
    serde_json::from_slice(&bytes("phrases.json")).expect("phrases")
}

/// Writes the files at the start of `bytes` into `pack`; gives what follows them.
fn unpack<'a>(files: &[File], mut bytes: &'a [u8], pack: &Path) -> &'a [u8] {
    std::fs::create_dir_all(pack).expect("a folder");
    for File { file, bytes: size } in files {
        let (padded, left) = bytes.split_at(size.next_multiple_of(4));
        std::fs::write(pack.join(file), &padded[..*size]).expect("written");
        bytes = left;
    }
    bytes
}

/// `tests/fixtures/parity/foreign.json`.
#[derive(Deserialize)]
struct Foreign {
    /// SHA-256 of `sam2.bin`, whose pack's bytes come first.
    base: String,
    steps: usize,
    packs: std::collections::BTreeMap<String, Vec<Piece>>,
    sha256: String,
}

/// A file of a pack, in what the steps make.
#[derive(Deserialize)]
struct Piece {
    file: String,
    at: usize,
    bytes: usize,
}

/// Unpacks packs of other forms, with the weights of `sam2`, into folders of their names; see
/// `models/export/airoto_export/foreign_fixtures.py`.
pub fn open_foreign(folder: &Path) {
    let index: Foreign = serde_json::from_slice(&bytes("foreign.json")).expect("an index");
    let packed = bytes("foreign.bin");
    assert_eq!(digest(&packed), index.sha256, "foreign.bin is not that of foreign.json");
    let (base, mut made) = read("sam2");
    assert_eq!(base.sha256, index.base, "foreign.bin was made beside another sam2.bin");
    made.truncate(base.files.iter().map(|f| f.bytes.next_multiple_of(4)).sum());
    let known = made.len();
    let coded = inflated(&packed);
    let (steps, mut fresh) = coded.split_at(12 * index.steps);
    for step in steps.as_chunks::<12>().0 {
        let number = |i: usize| {
            let four = step[i..i + 4].try_into().expect("four bytes");
            u32::from_le_bytes(four) as usize
        };
        let (new, from, count) = (number(0), number(4), number(8));
        let (taken, left) = fresh.split_at(new);
        made.extend_from_slice(taken);
        fresh = left;
        made.extend_from_within(from..from + count);
    }
    for (name, pieces) in &index.packs {
        let pack = folder.join(name);
        std::fs::create_dir_all(&pack).expect("a folder");
        for Piece { file, at, bytes } in pieces {
            let start = known + at;
            std::fs::write(pack.join(file), &made[start..start + bytes]).expect("written");
        }
    }
}
