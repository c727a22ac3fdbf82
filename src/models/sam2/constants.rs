//! What a pack of this family says beside its graphs.

use serde::Deserialize;

/// The constants of `model.json`. Defaults are those of SAM 2.1 and EdgeTAM.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Constants {
    /// The pointer of a frame in which the object is not seen.
    pub no_object_pointer: Vec<f32>,
    /// Fewest points for which the best of three masks is taken.
    pub multimask_min_points: usize,
    /// Most points for which the best of three masks is taken.
    pub multimask_max_points: usize,
    /// Whether that holds for propagated frames too.
    pub multimask_for_tracking: bool,
    /// Whether an unstable single mask gives way to the best of three.
    pub stability: bool,
    /// Distance from zero of the two thresholds that are compared, in logits.
    pub stability_delta: f32,
    /// Least share of the larger area that the smaller one must have.
    pub stability_threshold: f32,
    /// Spatial memories, the prompted frame's included.
    pub memories: usize,
    /// Most prompted frames attended to; -1 for all.
    pub max_conditioning: i64,
    /// Most object pointers attended to.
    pub max_pointers: usize,
    /// Factor of the mask that is remembered.
    pub mask_scale: f32,
    /// Offset of the mask that is remembered.
    pub mask_bias: f32,
    /// How the reference keeps its spatial memories.
    pub memory_precision: Precision,
}

/// A floating-point format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Precision {
    /// 32 bits.
    F32,
    /// bfloat16.
    Bf16,
}

impl Default for Constants {
    fn default() -> Self {
        Self {
            no_object_pointer: Vec::new(),
            multimask_min_points: 0,
            multimask_max_points: 1,
            multimask_for_tracking: true,
            stability: true,
            stability_delta: 0.05,
            stability_threshold: 0.98,
            memories: 7,
            max_conditioning: -1,
            max_pointers: 16,
            mask_scale: 20.0,
            mask_bias: -10.0,
            memory_precision: Precision::F32,
        }
    }
}
