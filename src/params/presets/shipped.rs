//! The presets that come with the plugin.

/// A preset that comes with the plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shipped {
    /// The option of the preset parameter, and the name of the file in the bundle.
    pub id: &'static str,
    /// The name in the panel, which is that in the file.
    pub label: &'static str,
    /// The file as it was when the plugin was built: a bundle may have lost its files.
    pub json: &'static str,
}

/// The presets that come with the plugin, in the panel's order. Hosts save the place: new ones are appended.
pub const SHIPPED: [Shipped; 5] = [
    Shipped { id: "person", label: "Person", json: include_str!("../../../bundle/presets/person.json") },
    Shipped { id: "hair", label: "Hair", json: include_str!("../../../bundle/presets/hair.json") },
    Shipped { id: "car", label: "Car", json: include_str!("../../../bundle/presets/car.json") },
    Shipped {
        id: "fastMotion",
        label: "Fast motion",
        json: include_str!("../../../bundle/presets/fastMotion.json"),
    },
    Shipped {
        id: "lowMemory",
        label: "Low memory",
        json: include_str!("../../../bundle/presets/lowMemory.json"),
    },
];
