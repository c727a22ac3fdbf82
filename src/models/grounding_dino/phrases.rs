//! From a person's text to the phrases that the network knows: where each begins and ends, and which
//! words may see each other.

use crate::models::ModelError;

/// The longest text in characters; the network reads 256 words at the most.
const MOST_CHARACTERS: usize = 4096;

/// The text as the network was trained on it: in lower case, with a full stop at its end. Without
/// one the last phrase would be words that do not know each other.
pub(super) fn caption(text: &str) -> Result<String, ModelError> {
    let count = text.chars().count();
    if count > MOST_CHARACTERS {
        return Err(ModelError::Prompt(format!(
            "the text has {count} characters, expected at most {MOST_CHARACTERS}"
        )));
    }
    let mut caption = text.trim().to_lowercase();
    if !caption.chars().any(char::is_alphanumeric) {
        return Err(ModelError::Prompt(format!("the text {:?} names nothing", text.trim())));
    }
    if !caption.ends_with(['.', '?']) {
        caption.push('.');
    }
    Ok(caption)
}

/// What the network is told about words beside their numbers.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Phrases {
    /// The place of each word in its phrase.
    pub positions: Vec<i64>,
    /// For each pair of words, row by row, whether they are of one phrase; a word is with itself.
    pub together: Vec<bool>,
}

impl Phrases {
    /// Of the words' numbers, as the reference does it. A phrase ends with one of `ends`, which is part
    /// of it. The marks at the beginning and the end are of none, nor are the words before the latter
    /// that no full stop ends.
    pub fn of(tokens: &[i64], ends: &[i64]) -> Self {
        let count = tokens.len();
        let is_end = |i: &usize| tokens.get(*i).is_some_and(|token| ends.contains(token));
        let mut end_of = vec![count; count];
        for i in (0..count).rev() {
            end_of[i] = if is_end(&i) { i } else { end_of.get(i + 1).copied().unwrap_or(count) };
        }
        // Neither the first word, which is a mark, nor what ends with the last.
        let inside = |i: usize| end_of[i] != 0 && end_of[i] + 1 < count;
        let mut begin = 0;
        let mut positions = Vec::with_capacity(count);
        for i in 0..count {
            positions.push(if inside(i) { (i - begin) as i64 } else { 0 });
            if is_end(&i) {
                begin = i + 1;
            }
        }
        let pairs = (0..count).flat_map(|i| (0..count).map(move |j| (i, j)));
        let together = pairs.map(|(i, j)| i == j || end_of[i] == end_of[j] && inside(j)).collect();
        Self { positions, together }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn captions_end_with_a_full_stop() {
        for (text, expected) in [
            ("The person in red", "the person in red."),
            (" a cat. a Dog. ", "a cat. a dog."),
            ("is there a dog?", "is there a dog?"),
            ("ÄPFEL", "äpfel."),
        ] {
            assert_eq!(caption(text).expect("a caption"), expected);
        }
        for text in ["", "  ", ".", "?!"] {
            let refused = caption(text).expect_err("refused").to_string();
            assert_eq!(refused, format!("the text {text:?} names nothing").replace("\"  \"", "\"\""));
        }
        let long = caption(&"a".repeat(5000)).expect_err("refused").to_string();
        assert_eq!(long, "the text has 5000 characters, expected at most 4096");
    }

    #[test]
    fn words_of_one_phrase_see_each_other() {
        // By hand: [CLS] a red car . a dog . [SEP]
        let found = Phrases::of(&[101, 5, 6, 7, 1012, 5, 8, 1012, 102], &[101, 102, 1012, 1029]);
        assert_eq!(found.positions, [0, 0, 1, 2, 3, 0, 1, 2, 0]);
        let phrase = [0, 1, 1, 1, 1, 2, 2, 2, 3];
        for i in 0..9 {
            for j in 0..9 {
                assert_eq!(found.together[9 * i + j], i == j || phrase[i] == phrase[j], "{i} {j}");
            }
        }
        // Without its full stop a phrase is none.
        let open = Phrases::of(&[101, 5, 6, 102], &[101, 102, 1012, 1029]);
        assert_eq!(open.positions, [0; 4]);
        assert_eq!(open.together.iter().filter(|v| **v).count(), 4);
        assert_eq!(Phrases::of(&[], &[1]), Phrases { positions: vec![], together: vec![] });
    }
}
