"""The reference implementation on a short sequence, for parity: what `transformers` itself answers.

Frames are stretched to the model's square input with the same resize as AI Roto (bilinear with antialiasing on 8-bit
values), so that the comparison is of the state machines and the graphs, not of two resizers.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from PIL import Image

MEAN = torch.tensor([0.485, 0.456, 0.406]).reshape(3, 1, 1)
DEVIATION = torch.tensor([0.229, 0.224, 0.225]).reshape(3, 1, 1)


def randomise(model, seed: int) -> None:
    """Gives every weight a value that matters: the library's own start leaves many at zero and the signals tiny.

    Matrices get a deviation of 0.5 / sqrt(fan in), so that no attention is a hard choice that rounding could tip, and
    the masks' filters ten times that, so that logits have both signs and a range of several units, as trained ones.
    """
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, value in sorted(model.named_parameters()):
            noise = torch.randn(value.shape, generator=generator)
            if name.endswith("bias"):
                value.copy_(0.1 * noise)
            elif name.endswith("scale") or (value.dim() == 1 and "norm" in name):
                value.copy_(1.0 + 0.1 * noise)
            elif "embed" in name or "token" in name or "position" in name or "pointer" in name and value.dim() == 2 \
                    and value.shape[0] == 1:
                value.copy_(0.5 * noise)
            elif value.dim() >= 2:
                value.copy_(0.5 * noise / max(1, value[0].numel()) ** 0.5)
        for head in model.mask_decoder.output_hypernetworks_mlps:
            head.proj_out.weight.mul_(10.0)
        model.mask_decoder.pred_obj_score_head.proj_out.bias.fill_(4.0)


def pixels(frame: np.ndarray, size: int) -> torch.Tensor:
    """An RGB picture (8 bits) as the model's input, [3, S, S]."""
    resized = Image.fromarray(frame).resize((size, size), Image.Resampling.BILINEAR)
    return (torch.from_numpy(np.asarray(resized).copy()).permute(2, 0, 1).float() / 255 - MEAN) / DEVIATION


def track(model, family: str, frames: list[np.ndarray], prompts: dict[int, dict]) -> list[np.ndarray]:
    """Low-resolution logits of one object in every frame: forward from the first prompt, then backward from it.

    `prompts` maps a frame to {"points": [[x, y], ...] in pixels of S, "labels": [...]} or {"mask": [S, S]}.
    """
    if family == "sam2":
        from transformers.models.sam2_video.modeling_sam2_video import Sam2VideoInferenceSession as Session
    else:
        from transformers.models.edgetam_video.modeling_edgetam_video import EdgeTamVideoInferenceSession as Session
    size = model.image_size
    video = torch.stack([pixels(f, size) for f in frames])
    height, width = frames[0].shape[:2]
    session = Session(video=video, video_height=height, video_width=width, dtype=torch.float32)
    index = session.obj_id_to_idx(1)
    # All prompts are given before propagation, as a session of an artist has them.
    for time, given in sorted(prompts.items()):
        if "mask" in given:
            mask = torch.from_numpy(given["mask"]).float().reshape(1, 1, size, size)
            session.add_mask_inputs(index, time, mask)
        else:
            session.add_point_inputs(index, time, {
                "point_coords": torch.tensor(given["points"], dtype=torch.float32).reshape(1, 1, -1, 2),
                "point_labels": torch.tensor(given["labels"], dtype=torch.int32).reshape(1, 1, -1),
            })
        session.obj_with_new_inputs.append(1)
        model(session, frame_idx=time)
    out = {}
    first = min(prompts)
    for time in list(range(first, len(frames))) + list(range(first - 1, -1, -1)):
        result = model(session, frame_idx=time, reverse=time < first)
        out[time] = result.pred_masks[0, 0].float().numpy()
    return [out[time] for time in range(len(frames))]


def read_frames(folder: Path, count: int) -> list[np.ndarray]:
    """The first `count` pictures of a folder, in the order of their names."""
    names = sorted(p for p in folder.iterdir() if p.suffix.lower() in (".jpg", ".png"))[:count]
    return [np.asarray(Image.open(p).convert("RGB")) for p in names]
