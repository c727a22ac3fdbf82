//! The seam between the state machine and the graphs: what a network of the SAM 2 family can do,
//! however many graphs it is cut into and whatever they are called.
//!
//! Written for S, the side of the input in pixels; g = S / 16; T and C, the tokens of one memory and
//! their channels; P, the length of an object pointer. All tensors are batches of one, numbers are
//! of 32 bits, the last axis is the fastest.

use crate::models::ModelError;
use crate::models::runtime::Output;

/// The sizes that the state machine has to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sizes {
    /// S: the side of the input in pixels, a multiple of 16.
    pub side: usize,
    /// T: the tokens of one memory.
    pub tokens: usize,
    /// C: the channels of one token.
    pub channels: usize,
    /// P: the numbers of an object pointer.
    pub pointer: usize,
}

impl Sizes {
    /// S / 4: the side of masks and mask inputs.
    pub fn quarter(&self) -> usize {
        self.side / 4
    }

    /// The numbers of one memory.
    pub fn memory(&self) -> usize {
        self.tokens * self.channels
    }
}

/// What is computed once a frame. The state machine hands it back and never looks into it.
pub(super) struct Features {
    /// For the decoder: 32 channels at S/4.
    pub fine: Output,
    /// For the decoder: 64 channels at S/8.
    pub middle: Output,
    /// \[1, 256, g, g\]: what memory attention conditions and what the memory encoder takes.
    pub pixel: Output,
    /// [`Self::pixel`] with the embedding that stands for "no memory": what a frame with a prompt is
    /// decoded from.
    pub initial: Output,
}

/// What a mask is decoded from.
#[derive(Clone, Copy)]
pub(super) enum Image<'a> {
    /// [`Features::initial`]: a frame with clicks or a box.
    Initial,
    /// [`Features::pixel`]: the pointer of a mask prompt.
    Raw,
    /// What [`Network::attend`] gave: a frame that is propagated to.
    Attended(&'a Output),
}

/// What the decoder is told of the object.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hints<'a> {
    /// x and y in pixels of S, without the half-pixel shift and without the padding point, which are
    /// the network's business. At least one.
    pub points: &'a [[f32; 2]],
    /// Of each point: 1 on the object, 0 off it, 2 and 3 the corners of a box, -1 no point.
    pub labels: &'a [i64],
    /// Logits at S/4, or what [`Network::downsample`] gave.
    pub mask: Option<&'a [f32]>,
}

/// What the decoder answers. All of it is finite and of the lengths that are given here.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Decoded {
    /// Logits of n masks at S/4, one after another: 4 of which the state machine chooses, or 1 where
    /// the graph has chosen.
    pub masks: Vec<f32>,
    /// The predicted overlap of each mask: n numbers.
    pub iou: Vec<f32>,
    /// The object pointer of each mask: n x P numbers.
    pub pointers: Vec<f32>,
    /// The object is seen where this is above zero.
    pub score: f32,
}

/// What memory attention is given for one frame, in the order of the reference.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Recall {
    /// Memories, one after another: m x T x C numbers.
    pub features: Vec<f32>,
    /// The row of the temporal table of each memory: its distance in frames less one, or the last
    /// row for a prompted frame. m numbers.
    pub rows: Vec<i64>,
    /// Object pointers, one after another: p x P numbers; p is at least 1.
    pub pointers: Vec<f32>,
    /// The distance of each pointer in frames over the largest that is used: p numbers.
    pub distances: Vec<f32>,
}

/// The graphs of a model.
pub(super) trait Network: Send {
    /// Its sizes.
    fn sizes(&self) -> Sizes;

    /// Whether it has a memory, without which no frame but a prompted one has an answer.
    fn propagates(&self) -> bool {
        true
    }

    /// Features of `image`, 3 x S x S numbers: R, G and B planes, less the mean, over the deviation.
    ///
    /// # Errors
    /// [`ModelError::Inference`] with the graph that failed or gave values that are not finite; so
    /// for all that follow.
    fn encode(&mut self, image: &[f32]) -> Result<Features, ModelError>;

    /// \[1, 256, g, g\] features of the frame conditioned on `recall`, which is not empty.
    ///
    /// # Errors
    /// See [`Self::encode`].
    fn attend(&mut self, features: &Features, recall: &Recall) -> Result<Output, ModelError>;

    /// Masks of one object.
    ///
    /// # Errors
    /// See [`Self::encode`].
    fn decode(&mut self, features: &Features, image: Image, hints: Hints) -> Result<Decoded, ModelError>;

    /// The memory, T x C numbers, of a frame and a mask of S x S numbers that has gone through scale
    /// and bias; `score` is that of [`Decoded`].
    ///
    /// # Errors
    /// See [`Self::encode`].
    fn memorise(&mut self, features: &Features, mask: &[f32], score: f32) -> Result<Vec<f32>, ModelError>;

    /// A mask prompt of S x S numbers, 0 or 1, as [`Hints::mask`]: S/4 x S/4 numbers.
    ///
    /// # Errors
    /// See [`Self::encode`].
    fn downsample(&mut self, mask: &[f32]) -> Result<Vec<f32>, ModelError>;
}
