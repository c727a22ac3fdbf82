"""Original checkpoints of Grounding DINO under the names that `transformers` uses.

The layout is that of the public code's state dictionary, in which queries, keys and values are one matrix.
"""

from __future__ import annotations

import re
from pathlib import Path

import torch

from .families import ExportError, load_state, read_original, rename

BACKBONE = "model.backbone.conv_encoder.model."
# What an original checkpoint calls its parts, and what `transformers` calls them. Applied in order, each to the whole key.
RENAMES: list[tuple[str, str]] = [
    (r"^module\.", ""),
    (r"^backbone\.0\.patch_embed\.proj\.", f"{BACKBONE}swin.embeddings.patch_embeddings.projection."),
    (r"^backbone\.0\.patch_embed\.norm\.", f"{BACKBONE}swin.embeddings.norm."),
    (r"^backbone\.0\.norm1\.", f"{BACKBONE}hidden_states_norms.stage2."),
    (r"^backbone\.0\.norm2\.", f"{BACKBONE}hidden_states_norms.stage3."),
    (r"^backbone\.0\.norm3\.", f"{BACKBONE}hidden_states_norms.stage4."),
    (r"^backbone\.0\.layers\.", f"{BACKBONE}swin.encoder.layers."),
    (r"(blocks\.\d+)\.norm1\.", r"\1.layernorm_before."),
    (r"(blocks\.\d+)\.norm2\.", r"\1.layernorm_after."),
    (r"(blocks\.\d+)\.attn\.proj\.", r"\1.attention.o_proj."),
    (r"(blocks\.\d+)\.attn\.relative_position_bias_table$",
     r"\1.attention.relative_position_bias.relative_position_bias_table"),
    (r"(blocks\.\d+)\.attn\.", r"\1.attention."),
    (r"^input_proj\.", "model.input_proj_vision."),
    (r"^bert\.", "model.text_backbone."),
    (r"^feat_map\.", "model.text_projection."),
    (r"^transformer\.encoder\.layers\.(\d+)\.norm1\.", r"model.encoder.layers.\1.deformable_layer.self_attn_layer_norm."),
    (r"^transformer\.encoder\.layers\.(\d+)\.norm2\.", r"model.encoder.layers.\1.deformable_layer.final_layer_norm."),
    (r"^transformer\.encoder\.layers\.(\d+)\.", r"model.encoder.layers.\1.deformable_layer."),
    (r"^transformer\.encoder\.text_layers\.(\d+)\.norm1\.", r"model.encoder.layers.\1.text_enhancer_layer.layer_norm_before."),
    (r"^transformer\.encoder\.text_layers\.(\d+)\.norm2\.", r"model.encoder.layers.\1.text_enhancer_layer.layer_norm_after."),
    (r"^transformer\.encoder\.text_layers\.(\d+)\.", r"model.encoder.layers.\1.text_enhancer_layer."),
    (r"^transformer\.encoder\.fusion_layers\.(\d+)\.", r"model.encoder.layers.\1.fusion_layer."),
    (r"\.gamma_v$", ".vision_param"),
    (r"\.gamma_l$", ".text_param"),
    (r"\.layer_norm_v\.", ".layer_norm_vision."),
    (r"\.layer_norm_l\.", ".layer_norm_text."),
    (r"\.attn\.((?:values_|out_)?)v_proj\.", r".attn.\1vision_proj."),
    (r"\.attn\.((?:values_|out_)?)l_proj\.", r".attn.\1text_proj."),
    (r"^transformer\.decoder\.layers\.(\d+)\.cross_attn\.", r"model.decoder.layers.\1.encoder_attn."),
    (r"^transformer\.decoder\.layers\.(\d+)\.norm1\.", r"model.decoder.layers.\1.encoder_attn_layer_norm."),
    (r"^transformer\.decoder\.layers\.(\d+)\.ca_text\.", r"model.decoder.layers.\1.encoder_attn_text."),
    (r"^transformer\.decoder\.layers\.(\d+)\.catext_norm\.", r"model.decoder.layers.\1.encoder_attn_text_layer_norm."),
    (r"^transformer\.decoder\.layers\.(\d+)\.norm2\.", r"model.decoder.layers.\1.self_attn_layer_norm."),
    (r"^transformer\.decoder\.layers\.(\d+)\.norm3\.", r"model.decoder.layers.\1.final_layer_norm."),
    (r"^transformer\.decoder\.norm\.", "model.decoder.layer_norm."),
    (r"^transformer\.decoder\.ref_point_head\.", "model.decoder.reference_points_head."),
    (r"^transformer\.tgt_embed\.", "model.query_position_embeddings."),
    (r"^transformer\.enc_out_bbox_embed\.", "model.encoder_output_bbox_embed."),
    (r"^transformer\.", "model."),
    (r"\.linear1\.", ".fc1."),
    (r"\.linear2\.", ".fc2."),
]
# What training alone needs, or what follows from the configuration.
UNUSED = re.compile(r"label_enc\.|embeddings\.position_ids$|text_backbone\.pooler\.|relative_position_index$|attn_mask$")
# One matrix of the original, and the three that it becomes.
THREES = [
    (re.compile(r"\.qkv\.(weight|bias)$"), ("q_proj", "k_proj", "v_proj")),
    (re.compile(r"\.in_proj_(weight|bias)$"), ("query", "key", "value")),
]


def renamed(key: str) -> str:
    """The `transformers` name of one tensor of an original checkpoint."""
    return rename(key, RENAMES)


def convert(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """An original state dictionary under the names that `transformers` uses."""
    out: dict[str, torch.Tensor] = {}
    for key, value in state.items():
        name = renamed(key)
        if UNUSED.search(name):
            continue
        for pattern, parts in THREES:
            found = pattern.search(name)
            if found and value.shape[0] % 3 == 0:
                for part, piece in zip(parts, torch.chunk(value, 3, dim=0)):
                    out[f"{name[:found.start()]}.{part}.{found.group(1)}"] = piece
                break
        else:
            out[name] = value
    return out


def load(path: Path, widths: dict[int, str], configure, build):
    """A model from an original checkpoint file; `widths` tells the sizes by the channels of their backbone, `configure`
    gives the configuration of a size for so many words."""
    state = convert(read_original(path))
    stem = state.get(f"{BACKBONE}swin.embeddings.patch_embeddings.projection.weight")
    words = state.get("model.text_backbone.embeddings.word_embeddings.weight")
    if stem is None or words is None or stem.dim() != 4 or words.dim() != 2:
        raise ExportError(f"checkpoint {path.name} has no backbones of Grounding DINO's form: is it of another family?")
    size = widths.get(stem.shape[0])
    if size is None:
        expected = " or ".join(map(str, widths))
        raise ExportError(f"checkpoint {path.name} is {stem.shape[0]} channels wide, expected {expected}")
    model = build(configure(size, words.shape[0]))
    own = model.state_dict()
    # The backbone's last norm, which is behind all that the network sees of it.
    state |= {key: value for key, value in own.items() if ".swin.layernorm." in key}
    load_state(model, state, path.name)
    return model.eval()
