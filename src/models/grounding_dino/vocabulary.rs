//! The pack's own vocabulary: from a text to the numbers of its words, and back.
//!
//! A tokenizer comes from anywhere, and the format has parts that may run for ever (patterns) or ask
//! for all memory (padding). Those that BERT has are taken, by name, and no others.

use std::panic::{AssertUnwindSafe, catch_unwind};

use serde_json::Value;
use tokenizers::Tokenizer;

use crate::models::ModelError;
use crate::models::pack::Pack;

/// The file's name in the manifest.
const FILE: &str = "tokenizer";
/// Words that stand for themselves, such as `[CLS]`; BERT has five.
const MOST_ADDED: usize = 1024;
/// Parts of a tokenizer, and what they may be.
const PARTS: [(&str, &[&str]); 5] = [
    ("/normalizer/type", &["BertNormalizer"]),
    ("/pre_tokenizer/type", &["BertPreTokenizer"]),
    ("/model/type", &["WordPiece"]),
    ("/post_processor/type", &["TemplateProcessing", "BertProcessing"]),
    ("/decoder/type", &["WordPiece"]),
];

/// A vocabulary that cannot be used, or a text that it cannot read. A sentence without a subject.
#[derive(Debug, thiserror::Error)]
pub enum VocabularyError {
    /// It is no JSON.
    #[error("is not JSON: {0}")]
    Json(serde_json::Error),
    /// A part is another than BERT's.
    #[error("has {part} {found:?}, expected {expected}")]
    Part {
        /// Which.
        part: String,
        /// The beginning of what it is.
        found: String,
        /// What BERT has.
        expected: String,
    },
    /// It has a part that BERT has not: which.
    #[error("has {0}, expected none")]
    Needless(&'static str),
    /// It has too many words that stand for themselves: how many.
    #[error("has {0} added tokens, expected at most {MOST_ADDED}")]
    Added(usize),
    /// It is empty.
    #[error("has no words")]
    Empty,
    /// A word has a number that the network does not know.
    #[error("has a word of number {number}, expected numbers below {vocabulary}")]
    Number {
        /// The word's.
        number: u32,
        /// How many words the network knows.
        vocabulary: usize,
    },
    /// It contradicts itself.
    #[error("cannot be read")]
    Contradiction,
    /// What the tokenizer says.
    #[error("{0}")]
    Tokenizer(tokenizers::Error),
}

/// A vocabulary.
pub struct Vocabulary(Tokenizer);

impl Vocabulary {
    /// That of `pack`, whose numbers are all below `vocabulary`.
    ///
    /// # Errors
    /// [`ModelError::Pack`] when it is missing, damaged or of another kind than BERT's.
    pub fn open(pack: &Pack, vocabulary: usize) -> Result<Self, ModelError> {
        let bytes = pack.file(FILE)?;
        Self::read(&bytes, vocabulary).map_err(|reason| pack.refuse(format!("file {FILE}: {reason}")))
    }

    fn read(bytes: &[u8], vocabulary: usize) -> Result<Self, VocabularyError> {
        let tokenizer: Value = serde_json::from_slice(bytes).map_err(VocabularyError::Json)?;
        check(&tokenizer)?;
        drop(tokenizer);
        let tokenizer = guarded(|| Tokenizer::from_bytes(bytes))?;
        let most = tokenizer.get_vocab(true).into_values().max();
        match most {
            None => Err(VocabularyError::Empty),
            Some(number) if number as usize >= vocabulary => {
                Err(VocabularyError::Number { number, vocabulary })
            }
            Some(_) => {
                // A word that no vocabulary has: three of a letter that stands in one manuscript.
                guarded(|| tokenizer.encode("\u{a66e}\u{a66e}\u{a66e}", true))?;
                Ok(Self(tokenizer))
            }
        }
    }

    /// The numbers of the words of `text`, between those of the marks of its beginning and end.
    ///
    /// # Errors
    /// [`VocabularyError`] when the tokenizer cannot read it.
    pub fn encode(&self, text: &str) -> Result<Vec<i64>, VocabularyError> {
        let found = guarded(|| self.0.encode(text, true))?;
        Ok(found.get_ids().iter().map(|id| i64::from(*id)).collect())
    }

    /// The text of some words; marks have none.
    ///
    /// # Errors
    /// [`VocabularyError`] when there is no such word.
    pub fn decode(&self, tokens: &[i64]) -> Result<String, VocabularyError> {
        let ids: Vec<u32> = tokens.iter().filter_map(|id| u32::try_from(*id).ok()).collect();
        guarded(|| self.0.decode(&ids, true))
    }
}

/// What the `tokenizers` crate gives. It panics at some contradictions in a file, such as a mark of a template that is
/// none of the file's.
fn guarded<T>(work: impl FnOnce() -> tokenizers::Result<T>) -> Result<T, VocabularyError> {
    let done = catch_unwind(AssertUnwindSafe(work)).map_err(|_| VocabularyError::Contradiction)?;
    done.map_err(VocabularyError::Tokenizer)
}

/// That a tokenizer is made of what BERT's is made of.
fn check(tokenizer: &Value) -> Result<(), VocabularyError> {
    for (place, known) in PARTS {
        let found = tokenizer.pointer(place).and_then(Value::as_str).unwrap_or("none");
        if !known.contains(&found) {
            let found: String = found.chars().take(40).collect();
            let (part, expected) = (place.trim_start_matches('/').replace('/', " "), known.join(" or "));
            return Err(VocabularyError::Part { part, found, expected });
        }
    }
    for part in ["truncation", "padding"] {
        if tokenizer.get(part).is_some_and(|value| !value.is_null()) {
            return Err(VocabularyError::Needless(part));
        }
    }
    let added = tokenizer.get("added_tokens").and_then(Value::as_array).map_or(0, Vec::len);
    if added > MOST_ADDED {
        return Err(VocabularyError::Added(added));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn small() -> Value {
        let mark = |id: u32, content: &str| {
            json!({"id": id, "content": content, "single_word": false, "lstrip": false, "rstrip": false,
                   "normalized": false, "special": true})
        };
        json!({
            "version": "1.0", "truncation": null, "padding": null,
            "added_tokens": [mark(0, "[UNK]"), mark(1, "[CLS]"), mark(2, "[SEP]")],
            "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
                           "strip_accents": null, "lowercase": true},
            "pre_tokenizer": {"type": "BertPreTokenizer"},
            "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 2], "cls": ["[CLS]", 1]},
            "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true},
            "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                      "max_input_chars_per_word": 100,
                      "vocab": {"[UNK]": 0, "[CLS]": 1, "[SEP]": 2, "dog": 3, "##s": 4, ".": 5}},
        })
    }

    fn read(change: impl FnOnce(&mut Value), vocabulary: usize) -> Result<Vocabulary, VocabularyError> {
        let mut tokenizer = small();
        change(&mut tokenizer);
        Vocabulary::read(tokenizer.to_string().as_bytes(), vocabulary)
    }

    #[test]
    fn words_have_numbers_and_numbers_words() {
        let words = read(|_| (), 6).expect("sound");
        assert_eq!(words.encode("Dogs. cat").expect("read"), [1, 3, 4, 5, 0, 2]);
        assert_eq!(words.decode(&[1, 3, 4, 5, 2]).expect("told"), "dogs.");
        assert_eq!(words.decode(&[]).expect("told"), "");
    }

    #[test]
    fn what_is_no_tokenizer_of_berts_is_refused() {
        let refused = |change: &dyn Fn(&mut Value)| {
            read(|tokenizer| change(tokenizer), 6).err().expect("refused").to_string()
        };
        let pattern = json!({"type": "Replace", "pattern": {"Regex": "(a*)*b"}, "content": ""});
        let reason = refused(&|tokenizer| tokenizer["normalizer"] = pattern.clone());
        assert_eq!(reason, "has normalizer type \"Replace\", expected BertNormalizer");
        let reason = refused(&|tokenizer| tokenizer["padding"] = json!({"strategy": {"Fixed": 1_u64 << 60}}));
        assert_eq!(reason, "has padding, expected none");
        let reason = refused(&|tokenizer| tokenizer["model"]["type"] = "BPE".into());
        assert_eq!(reason, "has model type \"BPE\", expected WordPiece");
        let reason = refused(&|tokenizer| tokenizer["model"]["vocab"]["cat"] = 6.into());
        assert_eq!(reason, "has a word of number 6, expected numbers below 6");
        let reason = refused(&|tokenizer| {
            tokenizer["added_tokens"] = vec![tokenizer["added_tokens"][0].clone(); 2000].into()
        });
        assert_eq!(reason, "has 2000 added tokens, expected at most 1024");
        let reason = refused(&|tokenizer| tokenizer["model"]["unk_token"] = "[WHAT]".into());
        assert!(reason.contains("Missing [UNK] token"), "{reason}");
        refused(&|tokenizer| tokenizer["model"]["vocab"] = json!([1, 2]));
        refused(&|tokenizer| tokenizer["post_processor"]["sep"] = Value::Null);
        let stray = json!({"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "[X]", "type_id": 0}}],
                           "pair": [], "special_tokens": {}});
        assert_eq!(refused(&|tokenizer| tokenizer["post_processor"] = stray.clone()), "cannot be read");
        assert!(
            Vocabulary::read(b"\x80\x04pickle", 6)
                .err()
                .expect("refused")
                .to_string()
                .starts_with("is not JSON")
        );
        assert!(Vocabulary::read(&b"[".repeat(1 << 16), 6).is_err());
    }
}
