//! What answers to clicks and to a box, as the manifest says.

use serde::Deserialize;

use crate::job::prompts::FramePrompt;

/// What answers to one kind of prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum How {
    /// The prompter graph.
    Graph,
    /// Colours and a cut, as in the flow tracker.
    Colour,
    /// Colours and a cut that begin with what the graph believes.
    Both,
}

/// The manifest's "prompts": one word for all, as older packs have it, or one for each kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(
    untagged,
    expecting = "prompts must be \"graph\", \"colour\", \"both\", or an object with one of them for \"clicks\" and one for \"box\""
)]
pub(super) enum Prompts {
    /// The same for all.
    All(How),
    /// For each kind.
    Kinds(Kinds),
}

/// One for each kind of prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Kinds {
    clicks: How,
    #[serde(rename = "box")]
    bounds: How,
}

impl Prompts {
    /// What answers to `prompt`.
    pub fn of(self, prompt: &FramePrompt) -> How {
        match self {
            Self::All(how) => how,
            Self::Kinds(kinds) if prompt.bounds.is_some() => kinds.bounds,
            Self::Kinds(kinds) => kinds.clicks,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raster::PixelBox;

    #[test]
    fn a_manifest_says_it_for_each_kind_or_for_all() {
        let clicks = FramePrompt::default();
        let bounds = Some(PixelBox { x0: 0.0, y0: 0.0, x1: 1.0, y1: 1.0 });
        let boxed = FramePrompt { bounds, ..FramePrompt::default() };
        let read = |text: &str| serde_json::from_str::<Prompts>(text);
        let kinds = read(r#"{"clicks": "both", "box": "colour"}"#).expect("two kinds");
        assert_eq!((kinds.of(&clicks), kinds.of(&boxed)), (How::Both, How::Colour));
        let old = read("\"graph\"").expect("a word");
        assert_eq!((old.of(&clicks), old.of(&boxed)), (How::Graph, How::Graph));
        for wrong in
            ["\"guess\"", r#"{"clicks": "both"}"#, r#"{"clicks": "both", "box": "graph", "mask": "graph"}"#]
        {
            let refused = read(wrong).expect_err(wrong).to_string();
            assert!(refused.contains("expected") || refused.contains("must be"), "{refused}");
        }
    }
}
