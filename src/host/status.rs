//! Status codes by name.

/// What an action or a suite function answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[must_use]
pub struct Status(pub i32);

impl Status {
    /// It worked.
    pub const OK: Self = Self(0);
    /// It did not work.
    pub const FAILED: Self = Self(1);
    /// It did not work, and the plugin or host cannot go on.
    pub const FATAL: Self = Self(2);
    /// The thing named is not known.
    pub const UNKNOWN: Self = Self(3);
    /// The host lacks something that the plugin needs.
    pub const MISSING_HOST_FEATURE: Self = Self(4);
    /// Not something that this host does.
    pub const UNSUPPORTED: Self = Self(5);
    /// There is one of that name already.
    pub const EXISTS: Self = Self(6);
    /// The format is wrong.
    pub const FORMAT: Self = Self(7);
    /// No memory.
    pub const MEMORY: Self = Self(8);
    /// The handle is not one, or of another kind, or no longer one.
    pub const BAD_HANDLE: Self = Self(9);
    /// The index is out of range.
    pub const BAD_INDEX: Self = Self(10);
    /// The value is not allowed.
    pub const VALUE: Self = Self(11);
    /// Yes.
    pub const YES: Self = Self(12);
    /// No.
    pub const NO: Self = Self(13);
    /// The default is to be done.
    pub const DEFAULT: Self = Self(14);
    /// The plugin has no licence.
    pub const UNLICENSED: Self = Self(15);
    /// The image cannot be had in the format asked for.
    pub const IMAGE_FORMAT: Self = Self(1000);

    /// Whether an action that answered this did what was asked, or left it to the default.
    #[must_use]
    pub const fn is_success(self) -> bool {
        matches!(self, Self::OK | Self::DEFAULT | Self::YES | Self::NO)
    }
}

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match *self {
            Self::OK => "kOfxStatOK",
            Self::FAILED => "kOfxStatFailed",
            Self::FATAL => "kOfxStatErrFatal",
            Self::UNKNOWN => "kOfxStatErrUnknown",
            Self::MISSING_HOST_FEATURE => "kOfxStatErrMissingHostFeature",
            Self::UNSUPPORTED => "kOfxStatErrUnsupported",
            Self::EXISTS => "kOfxStatErrExists",
            Self::FORMAT => "kOfxStatErrFormat",
            Self::MEMORY => "kOfxStatErrMemory",
            Self::BAD_HANDLE => "kOfxStatErrBadHandle",
            Self::BAD_INDEX => "kOfxStatErrBadIndex",
            Self::VALUE => "kOfxStatErrValue",
            Self::YES => "kOfxStatReplyYes",
            Self::NO => "kOfxStatReplyNo",
            Self::DEFAULT => "kOfxStatReplyDefault",
            Self::UNLICENSED => "kOfxStatUnlicensed",
            Self::IMAGE_FORMAT => "kOfxStatErrImageFormat",
            Self(other) => return write!(f, "status {other}"),
        })
    }
}
