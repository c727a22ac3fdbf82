"""ViTMatte: its configurations, how a checkpoint becomes a `transformers` model, and what its pack says of itself."""

from __future__ import annotations

from pathlib import Path

import torch

from .families import ExportError, load_state, normalisation, read_folder, read_original, rename

# What an original checkpoint calls its parts, and what `transformers` calls them. Read off both state dictionaries.
RENAMES: list[tuple[str, str]] = [
    (r"^backbone\.pos_embed$", "backbone.embeddings.position_embeddings"),
    (r"^backbone\.patch_embed\.proj\.", "backbone.embeddings.projection."),
    (r"^backbone\.blocks\.", "backbone.encoder.layer."),
    (r"\.attn\.", ".attention."),
    (r"^decoder\.fusion_blks\.", "decoder.fusion_blocks."),
    (r"\.bn\.", ".batch_norm."),
]

# What the original code subtracts and divides by.
ORIGINAL_MEAN = [0.485, 0.456, 0.406]
ORIGINAL_DEVIATION = [0.229, 0.224, 0.225]
# What the image processor of `transformers` does where a folder does not say otherwise.
FOLDER_MEAN = [0.5, 0.5, 0.5]
FOLDER_DEVIATION = [0.5, 0.5, 0.5]

# Weights of 8 bits were tried: alpha was .12 to .20 off in the worst pixel of four frames.
PRECISIONS = ("fp32", "fp16")
# The largest side of a region in pixels; any multiple of 32 up to it can be had.
MOST = 8192
# Of each size: channels and heads of the backbone.
SIZES = {"small": (384, 6), "base": (768, 12)}
# Attention over the whole region in every third block, within windows in the others.
GLOBAL = (2, 5, 8, 11)


def config(size: str, crop: int = 512):
    """The configuration of a size; `crop` is the side of the pictures that it was trained on in pixels."""
    from transformers import VitDetConfig, VitMatteConfig

    channels, heads = SIZES[size]
    backbone = VitDetConfig(
        num_channels=4, image_size=crop, pretrain_image_size=224, patch_size=16, hidden_size=channels,
        num_attention_heads=heads, num_hidden_layers=12, use_absolute_position_embeddings=True,
        use_relative_position_embeddings=True, window_size=14,
        window_block_indices=[i for i in range(12) if i not in GLOBAL], residual_block_indices=list(GLOBAL),
        out_features=["stage12"],
    )
    # Lists: the library's own start are tuples, of which it cannot build a model.
    return VitMatteConfig(backbone_config=backbone, hidden_size=channels, convstream_hidden_sizes=[48, 96, 192],
                          fusion_hidden_sizes=[256, 128, 64, 32])


def tiny_config():
    """A configuration small enough for a test, with every part of the family in it."""
    from transformers import VitDetConfig, VitMatteConfig

    backbone = VitDetConfig(
        num_channels=4, image_size=96, pretrain_image_size=64, patch_size=16, hidden_size=32, num_attention_heads=2,
        num_hidden_layers=5, mlp_ratio=2, use_absolute_position_embeddings=True,
        use_relative_position_embeddings=True, window_size=3, window_block_indices=[0, 2, 3],
        residual_block_indices=[1, 4], out_features=["stage5"],
    )
    return VitMatteConfig(backbone_config=backbone, hidden_size=32, convstream_hidden_sizes=[8, 12, 16],
                          fusion_hidden_sizes=[24, 16, 12, 8])


def build(configuration):
    """A model of that configuration with the library's own start."""
    from transformers import VitMatteForImageMatting

    return VitMatteForImageMatting(configuration).eval()


def renamed(key: str) -> str:
    """The `transformers` name of one tensor of an original checkpoint."""
    return rename(key, RENAMES)


def load_original(path: Path):
    """A model from an original checkpoint file."""
    state = read_original(path)
    stem, table = state.get("backbone.patch_embed.proj.weight"), state.get("backbone.blocks.2.attn.rel_pos_h")
    if stem is None or table is None or stem.dim() != 4 or table.dim() != 2:
        raise ExportError(f"checkpoint {path.name} has no backbone of ViTMatte's form: is it of another family?")
    size = next((name for name, (channels, _) in SIZES.items() if channels == stem.shape[0]), None)
    if size is None:
        raise ExportError(f"checkpoint {path.name} is {stem.shape[0]} channels wide, expected 384 or 768")
    model = build(config(size, (table.shape[0] + 1) // 2 * 16))
    load_state(model, {renamed(key): value for key, value in state.items()}, path.name)
    return model, ORIGINAL_MEAN, ORIGINAL_DEVIATION


def load_folder(path: Path):
    """A model from a local Hugging Face folder (config.json and safetensors), with its mean and deviation."""
    from transformers import VitMatteForImageMatting

    model = read_folder(path, VitMatteForImageMatting, ("vitmatte",))
    check(model, path.name)
    mean, deviation = normalisation(path, FOLDER_MEAN, FOLDER_DEVIATION)
    return model, mean, deviation


def check(model, what: str) -> None:
    """That the model is of the form that the graphs are made for."""
    backbone = model.config.backbone_config
    if backbone.model_type != "vitdet" or backbone.patch_size not in (16, [16, 16], (16, 16)):
        raise ExportError(f"folder {what} has a backbone {backbone.model_type!r} with patches of "
                          f"{backbone.patch_size} pixels, expected 'vitdet' with 16")
    if len(model.config.convstream_hidden_sizes) != 3:
        raise ExportError(f"folder {what} has {len(model.config.convstream_hidden_sizes)} detail convolutions, "
                          "expected 3")


def load(path: Path):
    """A model from a local folder or a local original checkpoint, with its mean and deviation."""
    if path.is_dir():
        return load_folder(path)
    if path.is_file():
        return load_original(path)
    raise ExportError(f"{path} is neither a folder nor a file")


def randomise(model, seed: int, pixels: torch.Tensor, grid: bool = False) -> None:
    """Gives every weight a value that matters, and the batch norms the statistics of `pixels`, so that alpha has all
    values and depends on what is near and what is far. With `grid`, matrices have four values each."""
    from .reference import measure, to_grid

    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, value in sorted(model.named_parameters()):
            noise = torch.randn(value.shape, generator=generator)
            if name.endswith("bias"):
                value.copy_(0.1 * noise)
            elif value.dim() == 1:
                value.copy_(1.0 + 0.1 * noise)
            elif "position" in name or "rel_pos" in name:
                value.copy_(0.5 * noise)
            else:
                # Convolutions are followed by rectifiers, which halve the variance.
                gain = 1.4 if value.dim() == 4 else 1.0
                value.copy_(gain * noise / value[0].numel() ** 0.5)
        if grid:
            to_grid(model)
    measure(model, lambda: model(pixels))
    with torch.no_grad():
        # Logits of both signs and some units.
        last = model.decoder.matting_head.matting_convs[-1]
        logits = torch.logit(model(pixels).alphas.double(), eps=1e-9).float()
        scale = 2.0 / float(logits.std())
        last.weight.mul_(scale)
        last.bias.copy_((last.bias - logits.mean()) * scale)


def write_pack(model, mean: list[float], deviation: list[float], precision: str, name: str, licence: str, out: Path,
               say=print, smaller: str | None = None) -> None:
    """The pack of a model that `load` gave."""
    from . import pack, vitmatte_graphs

    if precision not in PRECISIONS:
        raise ExportError(f"precision {precision} moves alpha by up to .2, expected {' or '.join(PRECISIONS)}")
    config = model.config.backbone_config
    graphs = vitmatte_graphs.specimens(model)
    told = {
        "name": name,
        "family": "vitmatte",
        "licence": licence,
        "input": {"width": MOST, "height": MOST, "mean": mean, "deviation": deviation},
        "constants": {
            "parts": sum(graph.startswith("part_") for graph in graphs),
            "channels": config.hidden_size,
            "heads": config.num_attention_heads,
            "patch": vitmatte_graphs.PATCH,
            "halo": vitmatte_graphs.HALO,
        },
    }
    if smaller:
        told["smaller"] = smaller
    pack.write(graphs, told, precision, out, say)


def planes(frame, trimap, mean: list[float], deviation: list[float]) -> torch.Tensor:
    """What the network sees, [1, 4, H, W]: a picture of 8 bits and a trimap of 0, one half and 1, as the image processor
    of `transformers` makes it, padded with zeros on the right and below to multiples of 32."""
    colours = torch.from_numpy(frame.copy()).permute(2, 0, 1).float() / 255
    colours = (colours - torch.tensor(mean).reshape(3, 1, 1)) / torch.tensor(deviation).reshape(3, 1, 1)
    known = torch.from_numpy(trimap.copy()).float()[None]
    height, width = trimap.shape
    return torch.nn.functional.pad(torch.cat([colours, known]), (0, -width % 32, 0, -height % 32))[None]


def answer(model, frame, trimap, mean: list[float], deviation: list[float]):
    """The reference's alpha of a frame, [H, W]."""
    height, width = trimap.shape
    with torch.inference_mode():
        return model(planes(frame, trimap, mean, deviation)).alphas[0, 0, :height, :width].numpy()
