//! Channels that go into the same file as the matte.

use airoto::host::{Instance, RenderCall};
use airoto::io::Channel;

use crate::Failure;
use crate::input::InputSequence;
use crate::plugin;

/// The length of motion blur as two channels.
pub struct Vectors {
    /// What their names begin with: nothing, or that of a layer and a dot.
    pub prefix: String,
    /// A node that gives them.
    pub instance: Instance,
}

impl Vectors {
    /// How far the object moves while the shutter is open, in pixels to the right and up.
    pub fn channels(&self, frame: i64, footage: &InputSequence) -> Result<[Channel<'static>; 2], Failure> {
        let image = self.instance.render(&RenderCall::new(frame as f64));
        let rgba = image.map_err(|e| plugin::explain(e, footage))?.to_rgba();
        let plane = |c: usize| rgba.iter().skip(c).step_by(4).copied().collect::<Vec<f32>>();
        let channel = |c, axis| Channel::new(format!("{}blur.{axis}", self.prefix), plane(c));
        Ok([channel(0, "x"), channel(1, "y")])
    }
}

/// An object as a layer of the files of all objects.
pub struct ObjectChannel {
    /// The object.
    pub name: String,
    /// The name of its layer.
    pub channel: String,
    /// A node that gives its matte.
    pub instance: Instance,
}

impl ObjectChannel {
    /// The object's alpha in a frame.
    pub fn channel(&self, frame: i64, footage: &InputSequence) -> Result<Channel<'static>, Failure> {
        let image = self.instance.render(&RenderCall::new(frame as f64));
        let alpha = image.map_err(|e| plugin::explain(e, footage))?.to_alpha();
        Ok(Channel::new(format!("{}.alpha", self.channel), alpha))
    }
}
