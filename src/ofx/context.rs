//! What an instance is for.

/// What an instance is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Context {
    /// One picture in, one out.
    Filter,
    /// Any inputs, one output.
    General,
}

impl Context {
    /// The name in the API.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Filter => "OfxImageEffectContextFilter",
            Self::General => "OfxImageEffectContextGeneral",
        }
    }

    /// From the name in the API; none for others.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Filter, Self::General].into_iter().find(|c| c.name() == name)
    }
}
