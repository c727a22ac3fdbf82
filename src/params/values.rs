//! Values of parameters, read by the table.

use std::path::PathBuf;

use super::{Kind, Param, find, option};

/// The values of a node's parameters, as the host gives them.
pub trait Values {
    /// A text.
    fn text(&self, id: &str) -> String;
    /// The index of a choice, a whole number, or a switch as 0 or 1; none where the host has none.
    fn int(&self, id: &str) -> Option<i32>;
    /// A number; none where the host has none.
    fn double(&self, id: &str) -> Option<f64>;
    /// A colour; none where the host has none.
    fn colour(&self, id: &str) -> Option<[f64; 3]>;
}

/// Reads values as the table has them: numbers within their range, the default where the host has none.
#[derive(Clone, Copy)]
pub struct Reader<'a>(pub &'a dyn Values);

impl Reader<'_> {
    /// The identifier of the option that is chosen.
    #[must_use]
    pub fn option(self, id: &str) -> &'static str {
        // An index that no option has stands for the default.
        option(id, self.0.int(id).unwrap_or(-1))
    }

    /// A number within its range.
    #[must_use]
    pub fn number(self, id: &str) -> f64 {
        let Some(Kind::Double { default, range, .. }) = find(id).map(|p| p.kind) else { return 0.0 };
        self.0.double(id).filter(|v| v.is_finite()).unwrap_or(default).clamp(range.0, range.1)
    }

    /// A whole number within its range.
    #[must_use]
    pub fn whole(self, id: &str) -> i32 {
        let Some(Kind::Int { default, range, .. }) = find(id).map(|p| p.kind) else { return 0 };
        self.0.int(id).unwrap_or(default).clamp(range.0, range.1)
    }

    /// The number of a frame. It may be beyond the range, as frames of a time code are.
    #[must_use]
    pub fn frame(self, id: &str) -> i64 {
        let default = match find(id).map(|p| p.kind) {
            Some(Kind::Int { default, .. }) => default,
            _ => 0,
        };
        self.0.int(id).unwrap_or(default).into()
    }

    /// Whether a switch is on.
    #[must_use]
    pub fn is_on(self, id: &str) -> bool {
        let default = matches!(find(id).map(|p| p.kind), Some(Kind::Bool { default: true }));
        self.0.int(id).map_or(default, |value| value != 0)
    }

    /// A colour: red, green and blue.
    #[must_use]
    pub fn colour(self, id: &str) -> [f32; 3] {
        let default = match find(id).map(|p| p.kind) {
            Some(Kind::Colour { default }) => default,
            _ => [0.0; 3],
        };
        self.0.colour(id).unwrap_or(default).map(|v| v as f32)
    }

    /// A line without the blanks around it.
    #[must_use]
    pub fn line(self, id: &str) -> String {
        self.0.text(id).trim().to_owned()
    }

    /// A path; none where the text is blank.
    #[must_use]
    pub fn path(self, id: &str) -> Option<PathBuf> {
        Some(self.0.text(id)).filter(|t| !t.trim().is_empty()).map(PathBuf::from)
    }
}

/// The values on which the picture depends, at one time. Texts of many lines and the parameters that no render
/// reads (see [`Param::evaluates`]) are left out.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Snapshot {
    held: Vec<(&'static str, Held)>,
}

/// A value as the host gave it.
#[derive(Debug, Clone, PartialEq)]
enum Held {
    Text(String),
    Int(i32),
    Double(f64),
    Colour([f64; 3]),
}

impl Snapshot {
    /// The values of `rows`.
    #[must_use]
    pub fn of(rows: &[Param], values: &dyn Values) -> Self {
        let held = rows.iter().filter(|p| p.evaluates).filter_map(|p| {
            let held = match p.kind {
                Kind::Line { .. } | Kind::SaveFile | Kind::Folder => Some(Held::Text(values.text(p.id))),
                Kind::Choice { .. } | Kind::Int { .. } | Kind::Bool { .. } => values.int(p.id).map(Held::Int),
                Kind::Double { .. } => values.double(p.id).map(Held::Double),
                Kind::Colour { .. } => values.colour(p.id).map(Held::Colour),
                Kind::Text { .. } | Kind::Status | Kind::Keys { .. } | Kind::Button => None,
            };
            Some((p.id, held?))
        });
        Self { held: held.collect() }
    }

    fn get(&self, id: &str) -> Option<&Held> {
        self.held.iter().find(|h| h.0 == id).map(|h| &h.1)
    }
}

impl Values for Snapshot {
    fn text(&self, id: &str) -> String {
        match self.get(id) {
            Some(Held::Text(text)) => text.clone(),
            _ => String::new(),
        }
    }

    fn int(&self, id: &str) -> Option<i32> {
        match self.get(id) {
            Some(Held::Int(number)) => Some(*number),
            _ => None,
        }
    }

    fn double(&self, id: &str) -> Option<f64> {
        match self.get(id) {
            Some(Held::Double(number)) => Some(*number),
            _ => None,
        }
    }

    fn colour(&self, id: &str) -> Option<[f64; 3]> {
        match self.get(id) {
            Some(Held::Colour(colour)) => Some(*colour),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params::{EDGE_COLOURS, EDGE_HAIR, PROMPTS, SHAPES_POINTS, TRACKER, USE_STORE, VIEW, table};

    /// A host that has the same of every parameter.
    struct Same(Option<i32>, Option<f64>);

    impl Values for Same {
        fn text(&self, id: &str) -> String {
            format!(" {id} ")
        }

        fn int(&self, _: &str) -> Option<i32> {
            self.0
        }

        fn double(&self, _: &str) -> Option<f64> {
            self.1
        }

        fn colour(&self, _: &str) -> Option<[f64; 3]> {
            None
        }
    }

    #[test]
    fn numbers_are_within_their_range_and_the_default_where_the_host_has_none() {
        let read = |int, double| {
            let host = Same(int, double);
            (Reader(&host).whole(SHAPES_POINTS), Reader(&host).number(EDGE_HAIR), Reader(&host).option(VIEW))
        };
        assert_eq!(read(None, None), (40, 2.0, "alpha"));
        assert_eq!(read(None, Some(f64::NAN)), (40, 2.0, "alpha"));
        assert_eq!(read(Some(2), Some(1.5)), (4, 1.5, "premult"));
        assert_eq!(read(Some(999), Some(1e9)), (400, 20.0, "alpha"));
        let switch = |int, id| Reader(&Same(int, None)).is_on(id);
        assert_eq!((switch(None, EDGE_COLOURS), switch(None, USE_STORE)), (false, true));
        assert_eq!((switch(Some(1), EDGE_COLOURS), switch(Some(0), USE_STORE)), (true, false));
    }

    #[test]
    fn a_snapshot_holds_what_the_picture_depends_on() {
        let held = Snapshot::of(table(), &Same(Some(1), Some(0.25)));
        assert_eq!(Reader(&held).number(EDGE_HAIR), 0.25);
        assert_eq!((Reader(&held).option(VIEW), Reader(&held).line(TRACKER)), ("matte", TRACKER.to_owned()));
        assert_eq!((held.text(PROMPTS), held.int(SHAPES_POINTS)), (String::new(), None));
    }
}
