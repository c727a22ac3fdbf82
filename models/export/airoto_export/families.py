"""The model families: their configurations, and how a checkpoint becomes a `transformers` model."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

import torch

# What an original checkpoint of the SAM 2 family calls its parts, and what `transformers` calls them. Applied in
# order, each to the whole key. The layouts were read off both state dictionaries.
RENAMES: list[tuple[str, str]] = [
    (r"^sam_prompt_encoder\.", "prompt_encoder."),
    (r"^sam_mask_decoder\.", "mask_decoder."),
    (r"^image_encoder\.neck\.convs\.(\d+)\.conv\.", r"vision_encoder.neck.convs.\1."),
    (r"^image_encoder\.trunk\.", "vision_encoder.backbone."),
    (r"^vision_encoder\.backbone\.body\.", "vision_encoder.backbone.timm_model."),
    (r"patch_embed\.proj\.", "patch_embed.projection."),
    (r"^maskmem_tpos_enc$", "memory_temporal_positional_encoding"),
    (r"^no_mem_embed$", "no_memory_embedding"),
    (r"^no_mem_pos_enc$", "no_memory_positional_encoding"),
    (r"^no_obj_ptr$", "no_object_pointer"),
    (r"^no_obj_embed_spatial$", "occlusion_spatial_embedding_parameter"),
    (r"^obj_ptr_tpos_proj\.", "temporal_positional_encoding_projection_layer."),
    (r"^obj_ptr_proj\.", "object_pointer_proj."),
    (r"pe_layer\.positional_encoding_gaussian_matrix$", "shared_embedding.positional_embedding"),
    (r"mask_downscaling\.0\.", "mask_embed.conv1."),
    (r"mask_downscaling\.1\.", "mask_embed.layer_norm1."),
    (r"mask_downscaling\.3\.", "mask_embed.conv2."),
    (r"mask_downscaling\.4\.", "mask_embed.layer_norm2."),
    (r"mask_downscaling\.6\.", "mask_embed.conv3."),
    (r"output_upscaling\.0\.", "upscale_conv1."),
    (r"output_upscaling\.1\.", "upscale_layer_norm."),
    (r"output_upscaling\.3\.", "upscale_conv2."),
    (r"^memory_encoder\.pix_feat_proj\.", "memory_encoder.feature_projection."),
    (r"^memory_encoder\.out_proj\.", "memory_encoder.projection."),
    (r"^memory_encoder\.fuser\.", "memory_encoder.memory_fuser."),
    (r"\.dwconv\.", ".depthwise_conv."),
    (r"\.pwconv(\d)\.", r".pointwise_conv\1."),
    (r"\.gamma$", ".scale"),
    (r"^memory_encoder\.mask_downsampler\.encoder\.12\.", "memory_encoder.mask_downsampler.final_conv."),
    (r"\.out_proj\.", ".o_proj."),
    (r"\.norm", ".layer_norm"),
    (r"(point_)embeddings\.", r"\1embed."),
]

# EdgeTAM's perceiver, which SAM 2 does not have.
PERCEIVER_RENAMES: list[tuple[str, str]] = [
    (r"^spatial_perceiver\.latents$", "spatial_perceiver.latents_1d"),
    (r"\.self_attn\.layer_norm\.", ".layer_norm_self."),
    (r"\.attn\.layer_norm_x\.", ".layer_norm_input."),
    (r"\.attn\.layer_norm_latents\.", ".layer_norm_latents."),
    (r"\.self_attn\.to_", ".self_attention.to_"),
    (r"\.attn\.to_", ".cross_attention.to_"),
    (r"\.to_q\.", ".q_proj."),
    (r"\.to_out\.", ".o_proj."),
    (r"\.(self_)?ff\.0\.", r".\1mlp.layer_norm."),
    (r"\.(self_)?ff\.1\.", r".\1mlp.up_proj."),
    (r"\.(self_)?ff\.3\.", r".\1mlp.down_proj."),
]

# Multi-layer perceptrons of two and three layers: layers.N of the original to proj_in, layers.*, proj_out.
MLPS: list[tuple[str, dict[str, str]]] = [
    (r"^vision_encoder\.backbone\.blocks\.\d+\.mlp", {"0": "proj_in", "1": "proj_out"}),
    (r"^mask_decoder\.transformer\.layers\.\d+\.mlp", {"0": "proj_in", "1": "proj_out"}),
    (r"^mask_decoder\.(?:output_hypernetworks_mlps\.\d+|iou_prediction_head|pred_obj_score_head)",
     {"0": "proj_in", "1": "layers.0", "2": "proj_out"}),
    (r"^object_pointer_proj", {"0": "proj_in", "1": "layers.0", "2": "proj_out"}),
]


class ExportError(Exception):
    """What cannot be exported, in one sentence."""


@dataclass(frozen=True)
class Variant:
    """What tells the sizes of SAM 2 apart."""

    width: int
    heads: tuple[int, ...]
    blocks: tuple[int, ...]
    global_blocks: tuple[int, ...]
    background: tuple[int, int]
    windows: tuple[int, ...]


SAM2_VARIANTS = {
    "tiny": Variant(96, (1, 2, 4, 8), (1, 2, 7, 2), (5, 7, 9), (7, 7), (8, 4, 14, 7)),
    "small": Variant(96, (1, 2, 4, 8), (1, 2, 11, 2), (7, 10, 13), (7, 7), (8, 4, 14, 7)),
    "base-plus": Variant(112, (2, 4, 8, 16), (2, 3, 16, 3), (12, 16, 20), (14, 14), (8, 4, 14, 7)),
    "large": Variant(144, (2, 4, 8, 16), (2, 6, 36, 4), (23, 33, 43), (7, 7), (8, 4, 16, 8)),
}


def feature_sizes(size: int) -> list[list[int]]:
    """Sides of the three feature maps of a square input of `size` pixels."""
    return [[size // stride, size // stride] for stride in (4, 8, 16)]


def sam2_config(variant: Variant, size: int, version: str):
    """The configuration of SAM 2 or SAM 2.1 at an input of `size` pixels."""
    from transformers import (
        Sam2HieraDetConfig,
        Sam2VideoConfig,
        Sam2VideoMaskDecoderConfig,
        Sam2VideoPromptEncoderConfig,
        Sam2VisionConfig,
    )

    channels = [variant.width * 2**i for i in range(4)]
    backbone = Sam2HieraDetConfig(
        hidden_size=variant.width,
        image_size=[size, size],
        embed_dim_per_stage=channels,
        num_attention_heads=variant.heads[0],
        num_attention_heads_per_stage=list(variant.heads),
        blocks_per_stage=list(variant.blocks),
        global_attention_blocks=list(variant.global_blocks),
        window_positional_embedding_background_size=list(variant.background),
        window_size_per_stage=list(variant.windows),
    )
    vision = Sam2VisionConfig(
        backbone_config=backbone,
        backbone_channel_list=channels[::-1],
        backbone_feature_sizes=feature_sizes(size),
    )
    newer = version == "2.1"
    return Sam2VideoConfig(
        vision_config=vision,
        prompt_encoder_config=Sam2VideoPromptEncoderConfig(image_size=size),
        mask_decoder_config=Sam2VideoMaskDecoderConfig(),
        image_size=size,
        memory_attention_rope_feat_sizes=[size // 16, size // 16],
        enable_temporal_pos_encoding_for_object_pointers=newer,
        enable_occlusion_spatial_embedding=newer,
    )


def edgetam_config(size: int, **backbone):
    """The configuration of EdgeTAM at an input of `size` pixels; `backbone` overrides what RepViT M1 is made of.

    A bare `EdgeTamVideoConfig()` has a Hiera backbone: the RepViT one has to be named.
    """
    from transformers import (
        EdgeTamVideoConfig,
        EdgeTamVideoMaskDecoderConfig,
        EdgeTamVideoPromptEncoderConfig,
        EdgeTamVisionConfig,
        TimmWrapperConfig,
    )

    timm = TimmWrapperConfig(
        architecture="repvit_m1",
        model_args={"in_chans": 3, "features_only": True, "out_indices": (0, 1, 2, 3), **backbone},
    )
    vision = EdgeTamVisionConfig(backbone_config=timm, backbone_feature_sizes=feature_sizes(size))
    return EdgeTamVideoConfig(
        vision_config=vision,
        prompt_encoder_config=EdgeTamVideoPromptEncoderConfig(image_size=size),
        mask_decoder_config=EdgeTamVideoMaskDecoderConfig(),
        image_size=size,
        memory_attention_rope_feat_sizes=[size // 16, size // 16],
        enable_temporal_pos_encoding_for_object_pointers=False,
        enable_occlusion_spatial_embedding=False,
    )


def tiny_config(family: str, size: int = 128):
    """A configuration small enough for a test, with every part of the family in it."""
    if family == "sam2":
        config = sam2_config(Variant(8, (1, 2, 4, 8), (1, 2, 7, 2), (5, 7, 9), (7, 7), (8, 4, 14, 7)), size, "2.1")
    else:
        widths = (8, 16, 32, 64)
        config = edgetam_config(size, embed_dim=widths, depth=(1, 1, 1, 1))
        config.vision_config.backbone_channel_list = list(widths[::-1])
        config.perceiver_resampler_num_latents = 16
        config.perceiver_resampler_num_latents_2d = 16
        config.memory_attention_rope_k_sizes = [4, 4]
        config.memory_attention_mlp_hidden_size = 32
    hidden = 128
    config.vision_config.fpn_hidden_size = hidden
    config.prompt_encoder_config.hidden_size = hidden
    for name, value in (("hidden_size", hidden), ("mlp_dim", 32), ("iou_head_hidden_dim", 32)):
        setattr(config.mask_decoder_config, name, value)
    for name, value in (
        ("memory_attention_hidden_size", hidden),
        ("memory_attention_feed_forward_hidden_size", 32),
        ("memory_attention_num_layers", 2),
        ("memory_encoder_hidden_size", hidden),
        ("mask_downsampler_embed_dim", hidden),
        ("memory_fuser_embed_dim", hidden),
        ("memory_fuser_intermediate_dim", 32),
    ):
        if hasattr(config, name):
            setattr(config, name, value)
    return config


def model_class(family: str):
    """The `transformers` class of a family."""
    if family == "sam2":
        from transformers import Sam2VideoModel

        return Sam2VideoModel
    if family == "edgetam":
        from transformers import EdgeTamVideoModel

        return EdgeTamVideoModel
    raise ExportError(f"family {family!r} is not known, expected sam2 or edgetam")


def rename(key: str, renames: list[tuple[str, str]]) -> str:
    """The key after all renames, each of which is applied to the whole of it, in order."""
    for pattern, name in renames:
        key = re.sub(pattern, name, key)
    return key


def renamed(key: str, edgetam: bool) -> str:
    """The `transformers` name of one tensor of an original checkpoint."""
    key = rename(key, RENAMES + (PERCEIVER_RENAMES if edgetam else []))
    for prefix, layers in MLPS:
        found = re.match(rf"({prefix})\.layers\.(\d+)\.(weight|bias)$", key)
        if found and found.group(2) in layers:
            key = f"{found.group(1)}.{layers[found.group(2)]}.{found.group(3)}"
    found = re.match(r"(memory_encoder\.mask_downsampler)\.encoder\.(\d+)\.(weight|bias)$", key)
    if found:
        # Convolution, norm and activation repeat; the activation has no weights.
        layer, part = divmod(int(found.group(2)), 3)
        key = f"{found.group(1)}.layers.{layer}.{('conv', 'layer_norm')[part]}.{found.group(3)}"
    if edgetam and key.startswith("memory_attention."):
        key = key.replace(".linear1.", ".mlp.up_proj.").replace(".linear2.", ".mlp.down_proj.")
    return key


def convert_original(state: dict[str, torch.Tensor], family: str) -> dict[str, torch.Tensor]:
    """An original state dictionary under the names that `transformers` uses."""
    edgetam = family == "edgetam"
    out: dict[str, torch.Tensor] = {}
    for key, value in state.items():
        name = renamed(key, edgetam)
        if ".to_kv." in name:
            keys, values = torch.chunk(value, 2, dim=0)
            out[name.replace(".to_kv.", ".k_proj.")] = keys
            out[name.replace(".to_kv.", ".v_proj.")] = values
        else:
            out[name] = value
    points = [f"prompt_encoder.point_embed.{i}.weight" for i in range(4)]
    if all(p in out for p in points):
        out["prompt_encoder.point_embed.weight"] = torch.cat([out.pop(p) for p in points])
    shared = "prompt_encoder.shared_embedding.positional_embedding"
    if shared in out:
        out["shared_image_embedding.positional_embedding"] = out[shared]
    return out


def sam2_variant(state: dict[str, torch.Tensor]) -> Variant:
    """Which size of SAM 2 an original checkpoint is, from its tensors."""
    numbers = [k.split(".")[3] for k in state if k.startswith("image_encoder.trunk.blocks.")]
    stem = state.get("image_encoder.trunk.patch_embed.proj.weight")
    if stem is None or not numbers or not all(n.isdigit() for n in numbers):
        raise ExportError("the checkpoint has no image encoder of SAM 2's form: is it of another family?")
    width, blocks = stem.shape[0], 1 + max(map(int, numbers))
    for variant in SAM2_VARIANTS.values():
        if variant.width == width and sum(variant.blocks) == blocks:
            return variant
    raise ExportError(f"the checkpoint has {blocks} blocks of width {width}, which is no size of SAM 2")


def read_original(path: Path) -> dict[str, torch.Tensor]:
    """The weights in an original checkpoint file, read with `weights_only`, so that no code in it can run."""
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises a zoo of types for a damaged or unsafe file
        raise ExportError(f"checkpoint {path.name} is not a plain dictionary of weights: {reason(error)}") from error
    state = state.get("model", state) if isinstance(state, dict) else state
    if not isinstance(state, dict) or not all(isinstance(v, torch.Tensor) for v in state.values()):
        raise ExportError(f"checkpoint {path.name} holds no dictionary of tensors")
    return state


def load_original(path: Path, family: str, size: int):
    """A model from an original checkpoint file."""
    state = read_original(path)
    if family == "sam2":
        version = "2.1" if "no_obj_embed_spatial" in state else "2.0"
        config = sam2_config(sam2_variant(state), size, version)
    else:
        config = edgetam_config(size)
    model = model_class(family)(config).eval()
    load_state(model, convert_original(state, family), path.name)
    return model


def reason(error: Exception) -> str:
    """Why torch refused a file, without its advice on how to run the code in it."""
    text = " ".join(str(error).split())
    if "eights only load failed" in text or "weights_only" in text:
        if "Unsupported operand" in text:
            return "it is damaged or no checkpoint"
        found = re.search(r"(?i)unsupported (?:global|class)[: ]+([\w.]+)", text)
        return f"it holds code ({found.group(1).rstrip('.')})" if found else "it holds more than weights"
    return text[:200] if " " in text else "it is damaged or no checkpoint"


def load_state(model, state: dict[str, torch.Tensor], what: str) -> None:
    """Loads every tensor or says in one sentence which does not fit."""
    own = model.state_dict()
    missing = sorted(set(own) - set(state))
    unknown = sorted(set(state) - set(own))
    wrong = sorted(k for k in set(own) & set(state) if own[k].shape != state[k].shape)
    if missing or unknown or wrong:
        parts = [f"{len(names)} {word} ({names[0]})" for word, names in
                 (("missing", missing), ("unknown", unknown), ("of another shape", wrong)) if names]
        raise ExportError(f"checkpoint {what} does not fit the architecture: " + ", ".join(parts))
    model.load_state_dict(state)


def load_folder(path: Path, family: str, size: int):
    """A model from a local Hugging Face folder (config.json and safetensors), at an input of `size` pixels."""
    wanted = {"sam2": ("sam2_video", "sam2"), "edgetam": ("edgetam_video", "edgetam")}[family]
    return read_folder(path, model_class(family), wanted, lambda config: resize_config(config, size))


def read_folder(path: Path, cls, wanted: tuple[str, ...], change=lambda config: None):
    """A model of the class `cls` from a local Hugging Face folder, whose configuration is of a type in `wanted` and goes
    through `change`."""
    try:
        config = json.loads((path / "config.json").read_text())
    except (OSError, ValueError) as error:
        raise ExportError(f"folder {path.name} has no readable config.json: {error}") from error
    kind = config.get("model_type") if isinstance(config, dict) else None
    if kind not in wanted:
        raise ExportError(f"folder {path.name} holds a {kind!r} model, expected {wanted[0]!r}")
    try:
        parsed = cls.config_class.from_pretrained(path, local_files_only=True)
        change(parsed)
        model, loaded = cls.from_pretrained(path, config=parsed, local_files_only=True, use_safetensors=True,
                                            dtype=torch.float32, output_loading_info=True)
    except Exception as error:  # a missing, foreign or damaged file: the library has a type for each
        raise ExportError(f"folder {path.name} cannot be loaded: {' '.join(str(error).split())[:300]}") from error
    # Weights that are not in the files would be random ones.
    if missing := sorted(loaded["missing_keys"]):
        raise ExportError(f"folder {path.name} lacks {len(missing)} weights ({missing[0]})")
    return model.eval()


PICTURES = "preprocessor_config.json"
# Where newer versions of `transformers` write the same, among other things.
TOGETHER = "processor_config.json"


def picture_settings(folder: Path) -> dict:
    """What a folder says of the pictures that its model sees; nothing where it has no word of it."""
    for name in (PICTURES, TOGETHER):
        file = folder / name
        if not file.is_file():
            continue
        try:
            told = json.loads(file.read_text())
            told = told.get("image_processor", {}) if name == TOGETHER else told
        except (OSError, ValueError, AttributeError) as error:
            raise ExportError(f"folder {folder.name}: {name} cannot be read: {error}") from error
        if not isinstance(told, dict):
            raise ExportError(f"folder {folder.name}: {name} holds no object")
        return told
    return {}


def normalisation(folder: Path, mean: list[float], deviation: list[float]) -> tuple[list[float], list[float]]:
    """Mean and deviation that a folder says, or those given, which are the image processor's without a word of it."""
    told = picture_settings(folder)
    try:
        mean, deviation = ([float(v) for v in told.get(name, start)] for name, start in
                           (("image_mean", mean), ("image_std", deviation)))
    except (TypeError, ValueError) as error:
        raise ExportError(f"folder {folder.name}: {PICTURES} has no numbers for mean or deviation: {error}") from error
    if len(mean) != 3 or len(deviation) != 3 or min(deviation) <= 0:
        raise ExportError(f"folder {folder.name}: {PICTURES} has mean {mean} and deviation {deviation}, "
                          "expected three numbers each, deviations above zero")
    return mean, deviation


def resize_config(config, size: int) -> None:
    """Sets the input side of a configuration, and all that follows from it."""
    config.image_size = size
    config.prompt_encoder_config.image_size = size
    config.vision_config.backbone_feature_sizes = feature_sizes(size)
    config.memory_attention_rope_feat_sizes = [size // 16, size // 16]
    backbone = config.vision_config.backbone_config
    if hasattr(backbone, "image_size"):
        backbone.image_size = [size, size]


def load(path: Path, family: str, size: int):
    """A model from a local folder or a local original checkpoint."""
    if path.is_dir():
        return load_folder(path, family, size)
    if path.is_file():
        return load_original(path, family, size)
    raise ExportError(f"{path} is neither a folder nor a file")
