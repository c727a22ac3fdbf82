//! What commands say of the matte's edge.

use airoto::host::{HostError, Instance};

/// How the edge is made. The names and meanings are those of the node's Edge group.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Edge")]
pub struct EdgeArgs {
    /// What finds alpha about the edge: the tracker, closed-form matting, or a matting network
    /// [default: tracked]
    #[arg(long, value_parser = ["tracked", "fast", "fine"])]
    pub edge: Option<String>,
    /// The matting network of --edge fine [default: the first that is installed]
    #[arg(long, value_name = "NAME|PATH")]
    pub edge_model: Option<String>,
    /// Pixels of the unknown band inside the edge [default: by the object's size]
    #[arg(long, value_name = "PIXELS", value_parser = pixels)]
    pub band_inside: Option<f64>,
    /// Pixels of the unknown band outside the edge [default: by the object's size]
    #[arg(long, value_name = "PIXELS", value_parser = pixels)]
    pub band_outside: Option<f64>,
    /// By how many widths the band grows where the edge looks like hair
    #[arg(long, value_name = "FACTOR", value_parser = pixels)]
    pub hair: Option<f64>,
    /// Leave motion blur alone, give the edge the plate's ramp, or write its length in pixels, to the right
    /// and up, as channels blur.x and blur.y of EXR files
    /// [default: ignore]
    #[arg(long, value_parser = ["ignore", "soften", "vectors"])]
    pub motion_blur: Option<String>,
    /// How far chatter of the edge is filtered out, 0 to 1 [default: 0]
    #[arg(long, value_name = "STRENGTH", value_parser = share)]
    pub stability: Option<f64>,
    /// Pixels by which the edge moves outwards, inwards where negative [default: 0]
    #[arg(long, value_name = "PIXELS", allow_negative_numbers = true)]
    pub grow: Option<f64>,
    /// Pixels by which the matte is blurred [default: 0]
    #[arg(long, value_name = "PIXELS", value_parser = pixels)]
    pub softness: Option<f64>,
    /// Factor of alpha where it is neither 0 nor 1 [default: 1]
    #[arg(long, value_name = "FACTOR", value_parser = pixels)]
    pub edge_gain: Option<f64>,
    /// Gamma of alpha where it is neither 0 nor 1 [default: 1]
    #[arg(long, value_name = "GAMMA", value_parser = pixels)]
    pub edge_gamma: Option<f64>,
    /// Pixels cut off at the left, right, top and bottom of the frame
    #[arg(long, value_name = "L,R,T,B", value_parser = several::<4>)]
    pub crop: Option<[f64; 4]>,
    /// Take the background out of the edge's colours
    #[arg(long)]
    pub clean_colours: bool,
}

/// A number from 0 on.
pub fn pixels(text: &str) -> Result<f64, String> {
    let number = text.trim().parse::<f64>().ok().filter(|v| v.is_finite() && *v >= 0.0);
    number.ok_or_else(|| "expected a number from 0 on".to_owned())
}

/// Numbers from 0 on with commas between them.
pub fn several<const N: usize>(text: &str) -> Result<[f64; N], String> {
    let numbers: Vec<f64> = text.split(',').map(pixels).collect::<Result<_, _>>()?;
    let found = numbers.len();
    numbers.try_into().map_err(|_| format!("expected {N} numbers, found {found}"))
}

/// A number from 0 to 1.
pub fn share(text: &str) -> Result<f64, String> {
    pixels(text).ok().filter(|v| *v <= 1.0).ok_or_else(|| "expected a number from 0 to 1".to_owned())
}

impl EdgeArgs {
    /// Sets those of the node's parameters of which something is said.
    pub fn tell(&self, instance: &Instance) -> Result<(), HostError> {
        let texts = [
            ("edgeQuality", &self.edge),
            ("edgeModel", &self.edge_model),
            ("edgeMotionBlur", &self.motion_blur),
        ];
        for (id, text) in texts {
            text.as_deref().map_or(Ok(()), |text| instance.set_param(id, text))?;
        }
        let numbers = [
            ("edgeInside", self.band_inside),
            ("edgeOutside", self.band_outside),
            ("edgeHair", self.hair),
            ("edgeStability", self.stability),
            ("edgeGrow", self.grow),
            ("edgeSoftness", self.softness),
            ("edgeGain", self.edge_gain),
            ("edgeGamma", self.edge_gamma),
        ];
        let sides = ["edgeCropLeft", "edgeCropRight", "edgeCropTop", "edgeCropBottom"];
        let crops = self.crop.into_iter().flat_map(|crop| sides.into_iter().zip(crop));
        for (id, value) in numbers.into_iter().filter_map(|(id, v)| Some((id, v?))).chain(crops) {
            instance.set_param(id, value)?;
        }
        // The switch can only be said to be on.
        if self.clean_colours { instance.set_param("edgeColours", true) } else { Ok(()) }
    }
}
