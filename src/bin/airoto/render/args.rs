//! The options of `airoto render`.

use std::path::PathBuf;

use airoto::io;

use super::detect::DetectArgs;
use crate::options::{NodeOptions, section};
use crate::order::Order;
use crate::plugin::PluginArgs;

/// Track what the prompts say through the footage, and write its mattes and shapes.
#[derive(clap::Args)]
pub struct Args {
    /// Footage: a pattern such as frames/%05d.jpg or a.####.exr, a folder, a movie, or one picture
    #[arg(short, long, value_name = "FRAMES")]
    pub(super) input: String,
    /// Frames to write, such as 0-49 [default: all]
    #[arg(short, long, value_name = "FIRST-LAST", allow_hyphen_values = true)]
    pub(super) range: Option<String>,
    /// The prompts, as JSON; mask paths in it are relative to it
    #[arg(short, long, value_name = "FILE", required_unless_present = "text")]
    pub(super) prompts: Option<PathBuf>,
    /// Where to write, such as out/alpha.%04d.exr; exr, png, tif, dpx or jpg; {object} stands for the
    /// name of the object, all for all of them
    #[arg(short, long, value_name = "PATTERN")]
    pub(super) output: String,
    /// Write all objects together; also each to files of its own, by {object} in the output; or also each
    /// as a layer of the same EXR file, whose channel is NAME.alpha
    #[arg(long, default_value = "combined", value_parser = ["combined", "separate", "layers"])]
    pub(super) objects: String,
    #[command(flatten)]
    pub(super) view: NodeOptions<section::View>,
    /// Trimaps for the edge, as the footage: black outside, white inside, what is between unknown
    #[arg(long, value_name = "FRAMES")]
    pub(super) trimap: Option<String>,
    /// Depth of the files [default: half for exr, 16 bits for png and tif, 10 bits for dpx]
    #[arg(long, value_enum)]
    pub(super) depth: Option<Depth>,
    /// Compression of EXR files [default: zip]
    #[arg(long, value_enum)]
    pub(super) compression: Option<Compression>,
    /// Data window of EXR files: as small as what is in it, or the whole picture [default: crop]
    #[arg(long, value_parser = ["crop", "whole"])]
    pub(super) data_window: Option<String>,
    #[command(flatten)]
    pub(super) reading: NodeOptions<section::Footage>,
    /// Layer of EXR footage [default: the one without a name]
    #[arg(long, value_name = "NAME")]
    pub(super) layer: Option<String>,
    /// The order in which frames are asked for: forward, reverse or shuffle:SEED
    #[arg(long, default_value = "forward")]
    pub(super) order: Order,
    /// Threads that ask for frames at the same time
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(super) threads: u16,
    /// Write shapes: .fxs for Silhouette, .nk for Nuke, .json for other programs; may be given for each
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
    /// Not at all
    None,
    /// Runs of equal bytes
    Rle,
    /// Deflate by lines
    Zips,
    /// Deflate by 16 lines
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
