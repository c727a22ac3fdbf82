//! The options of `airoto render`.

use std::path::PathBuf;

use airoto::io;

use super::detect::DetectArgs;
use crate::options::{NodeOptions, section};
use crate::order::Order;
use crate::plugin::PluginArgs;

/// Track prompted objects through footage, and write mattes and shapes.
#[derive(clap::Args)]
pub struct Args {
    /// Footage: a pattern such as frames/%05d.jpg or a.####.exr, a folder, a movie, or one picture
    #[arg(short, long, value_name = "FRAMES")]
    pub(super) input: String,
    /// Frames to write, such as 0-49 [default: all]
    #[arg(short, long, value_name = "FIRST-LAST", allow_hyphen_values = true)]
    pub(super) range: Option<String>,
    /// Prompts, as JSON; mask paths in this file are relative to it
    #[arg(short, long, value_name = "FILE", required_unless_present_any = ["text", "mask_sequence"])]
    pub(super) prompts: Option<PathBuf>,
    /// Masks of the first object, such as roto/mask.%04d.png or mask.####.png: each file is a mask prompt on its frame,
    /// and an empty one says that the object is not there
    #[arg(long, value_name = "PATTERN")]
    pub(super) mask_sequence: Option<String>,
    /// Output files, such as out/alpha.%04d.exr; exr, png, tif, dpx or jpg; {object} stands for the
    /// name of the object, or all for all objects together
    #[arg(short, long, value_name = "PATTERN")]
    pub(super) output: String,
    /// Write all objects together (combined), also each object to its own files, named by {object} in the
    /// output (separate), or also each object as the layer NAME.alpha of the same EXR file (layers)
    #[arg(long, default_value = "combined", value_parser = ["combined", "separate", "layers"])]
    pub(super) objects: String,
    #[command(flatten)]
    pub(super) view: NodeOptions<section::View>,
    /// Trimaps for the edge, given like the footage: black outside, white inside, grey where alpha is unknown
    #[arg(long, value_name = "FRAMES")]
    pub(super) trimap: Option<String>,
    /// Depth of the files [default: half for exr, 16 bits for png and tif, 10 bits for dpx]
    #[arg(long, value_enum)]
    pub(super) depth: Option<Depth>,
    /// Compression of EXR files [default: zip]
    #[arg(long, value_enum)]
    pub(super) compression: Option<Compression>,
    /// Data window of EXR files: cropped to the matte, or the whole picture [default: crop]
    #[arg(long, value_parser = ["crop", "whole"])]
    pub(super) data_window: Option<String>,
    #[command(flatten)]
    pub(super) reading: NodeOptions<section::Footage>,
    /// Layer of EXR footage [default: the one without a name]
    #[arg(long, value_name = "NAME")]
    pub(super) layer: Option<String>,
    /// Order in which frames are rendered: forward, reverse or shuffle:SEED
    #[arg(long, default_value = "forward")]
    pub(super) order: Order,
    /// Number of threads that render frames at the same time
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(super) threads: u16,
    /// Write shapes: .fxs for Silhouette, .nk for Nuke, .json for other programs; may be given several times
    #[arg(long, value_name = "FILE")]
    pub(super) shapes: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) files: NodeOptions<section::Files>,
    /// Print a summary as JSON on standard output
    #[arg(long)]
    pub(super) json: bool,
    #[command(flatten)]
    pub(super) text: DetectArgs,
    #[command(flatten)]
    pub(super) plugin: PluginArgs,
}

/// Depth of samples, as the command line calls it.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Depth {
    /// 8 bits
    #[value(name = "8")]
    Byte,
    /// 16 bits
    #[value(name = "16")]
    Short,
    /// 16 bit floats
    Half,
    /// 32 bit floats
    Float,
}

/// Compression of EXR files, as the command line calls it.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Compression {
    /// No compression
    None,
    /// Run-length encoding
    Rle,
    /// Deflate, one line at a time
    Zips,
    /// Deflate, 16 lines at a time
    Zip,
    /// Wavelets, for grain
    Piz,
}

impl Depth {
    /// As files are written with it.
    pub(super) fn of_file(self) -> io::Depth {
        match self {
            Self::Byte => io::Depth::Byte,
            Self::Short => io::Depth::Short,
            Self::Half => io::Depth::Half,
            Self::Float => io::Depth::Float,
        }
    }
}

impl Compression {
    /// As files are written with it.
    pub(super) fn of_file(self) -> io::Compression {
        match self {
            Self::None => io::Compression::None,
            Self::Rle => io::Compression::Rle,
            Self::Zips => io::Compression::Zips,
            Self::Zip => io::Compression::Zip,
            Self::Piz => io::Compression::Piz,
        }
    }
}
