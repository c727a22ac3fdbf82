//! The groups of the panel.

/// The part of the panel that a parameter lies in, in the panel's order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Points, boxes and masks that show the object. The only group that is open in a new node.
    Prompts,
    /// The list of objects and the active one.
    Objects,
    /// Detection of objects by words.
    Detect,
    /// The tracker, its device and the tracking buttons.
    Tracking,
    /// Alpha at the edge of the matte.
    Edge,
    /// The picture that the node outputs.
    Output,
    /// Editable shapes as files.
    Shapes,
    /// Settings that are kept for other shots.
    Presets,
    /// Settings for render farms and for trouble.
    Advanced,
}

impl Group {
    /// All groups, in the panel's order.
    pub const ALL: [Self; 9] = [
        Self::Prompts,
        Self::Objects,
        Self::Detect,
        Self::Tracking,
        Self::Edge,
        Self::Output,
        Self::Shapes,
        Self::Presets,
        Self::Advanced,
    ];

    /// The name by which hosts know it.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Prompts => "promptsGroup",
            Self::Objects => "objectsGroup",
            Self::Detect => "textGroup",
            Self::Tracking => "trackingGroup",
            Self::Edge => "edgeGroup",
            Self::Output => "outputGroup",
            Self::Shapes => "shapesGroup",
            Self::Presets => "presetsGroup",
            Self::Advanced => "advancedGroup",
        }
    }

    /// The name that the artist reads.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Prompts => "Prompts",
            Self::Objects => "Objects",
            Self::Detect => "Find by text",
            Self::Tracking => "Tracking",
            Self::Edge => "Edge",
            Self::Output => "Output",
            Self::Shapes => "Export shapes",
            Self::Presets => "Presets",
            Self::Advanced => "Advanced",
        }
    }

    /// Whether the group is open when the node is made.
    #[must_use]
    pub const fn opens(self) -> bool {
        matches!(self, Self::Prompts)
    }
}
