"""The reference implementation on a short sequence, for parity: what `transformers` itself answers.

Frames are stretched to the model's square input with the same resize as AI Roto (bilinear with antialiasing on 8-bit
values), so that the comparison is of the state machines and the graphs, not of two resizers.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image

MEAN = torch.tensor([0.485, 0.456, 0.406]).reshape(3, 1, 1)
DEVIATION = torch.tensor([0.229, 0.224, 0.225]).reshape(3, 1, 1)


@dataclass
class Answer:
    """What the reference says of one object."""

    logits: np.ndarray
    """Low-resolution logits of every frame, [frames, S/4, S/4]."""
    scores: np.ndarray
    """Object scores of every frame; the object is hidden at 0 and below."""


def randomise(model, seed: int, grid: bool = False) -> None:
    """Gives every weight a value that matters: the library's own start leaves many at zero and the signals tiny.

    Matrices get a deviation of 0.5 / sqrt(fan in), so that no attention is a hard choice that rounding could tip, and
    the masks' filters ten times that, so that logits have both signs and a range of several units, as trained ones.
    With `grid`, matrices have four values each, which compress to little more than two bits.
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
        if grid:
            to_grid(model)


def normalise(model, frames: list[np.ndarray]) -> None:
    """Gives batch norms the statistics of `frames`: with the start of the library, random weights let the picture fade
    from layer to layer until all frames look the same to the rest of the model.

    Variances are set a fifth larger than found. With the found ones the backbone is chaotic: rounding grows a million
    times on its way through, and the reference differs from itself by whole logits.
    """
    seen = torch.stack([pixels(frame, model.image_size) for frame in frames])
    for norm in measure(model, lambda: model.vision_encoder(seen)):
        norm.running_var.mul_(1.2)


def measure(model, run) -> list[torch.nn.Module]:
    """Gives batch norms the statistics of what they see in `run`; gives them."""
    norms = [m for m in model.modules() if isinstance(m, torch.nn.modules.batchnorm._BatchNorm)]
    for norm in norms:
        norm.momentum = 1.0
        norm.train()
    if norms:
        with torch.no_grad():
            run()
    for norm in norms:
        norm.momentum = 0.1
        norm.eval()
    return norms


def to_grid(model) -> None:
    """Gives the matrices of a model four values each."""
    for value in model.parameters():
        if value.numel() >= 256:
            value.copy_(on_grid(value))


def on_grid(value: torch.Tensor) -> torch.Tensor:
    """Four values of the same spread: a sign and 1 or 1.5 times a power of two.

    Of such a number's four bytes two are zero, and each of the others holds one bit of information.
    """
    unit = 2.0 ** torch.round(torch.log2(value.std() / 1.27))
    size = torch.where(value.abs() > value.abs().median(), 1.5, 1.0)
    return torch.where(value < 0, -1.0, 1.0) * size * unit


def pixels(frame: np.ndarray, size: int) -> torch.Tensor:
    """An RGB picture (8 bits) as the model's input, [3, S, S]."""
    planes = torch.from_numpy(frame.copy()).permute(2, 0, 1)[None]
    # What torchvision does with 8-bit pictures: along rows first, 8 bits in between, as Pillow does too.
    resized = torch.nn.functional.interpolate(planes, size=(size, size), mode="bilinear", antialias=True)[0]
    return (resized.float() / 255 - MEAN) / DEVIATION


class Reference:
    """A model of `transformers` on one sequence; the features of its frames are computed once for all objects."""

    def __init__(self, model, family: str, frames: list[np.ndarray]):
        if family == "sam2":
            from transformers.models.sam2_video.modeling_sam2_video import Sam2VideoInferenceSession as Session
        else:
            from transformers.models.edgetam_video.modeling_edgetam_video import EdgeTamVideoInferenceSession as Session
        self.model = model
        self.frames = len(frames)
        self.video = torch.stack([pixels(f, model.image_size) for f in frames])
        self.size = frames[0].shape[:2]
        self.session_class = Session
        self.cache = None

    def session(self, prompts: dict[int, dict]):
        """A session that has been given all prompts and has propagated nothing."""
        height, width = self.size
        session = self.session_class(video=self.video, video_height=height, video_width=width, dtype=torch.float32,
                                     max_vision_features_cache_size=self.frames + 1)
        self.cache = self.cache or session.cache
        session.cache = self.cache
        index = session.obj_id_to_idx(1)
        for time, given in sorted(prompts.items()):
            if "mask" in given:
                mask = torch.from_numpy(given["mask"]).float().reshape(1, 1, *given["mask"].shape)
                session.add_mask_inputs(index, time, mask)
            else:
                session.add_point_inputs(index, time, {
                    "point_coords": torch.tensor(given["points"], dtype=torch.float32).reshape(1, 1, -1, 2),
                    "point_labels": torch.tensor(given["labels"], dtype=torch.int32).reshape(1, 1, -1),
                })
            session.obj_with_new_inputs.append(1)
            self.model(session, frame_idx=time)
        return session

    def track(self, prompts: dict[int, dict]) -> Answer:
        """One object in every frame.

        `prompts` maps a frame to {"points": [[x, y], ...] in pixels of S, "labels": [...]} or {"mask": [S, S]}.
        All prompts are given before propagation, so each of their frames is a conditioning frame. From the first of
        them the object is followed forward to the end; backward it is followed in a session of its own with the same
        prompts: what the forward pass remembers is no part of the way back, whichever is asked for first.
        """
        first = min(prompts)
        logits: dict[int, np.ndarray] = {}
        scores: dict[int, float] = {}
        for reverse in (False, True) if first > 0 else (False,):
            session = self.session(prompts)
            times = range(first - 1, -1, -1) if reverse else range(first, self.frames)
            for time in times:
                result = self.model(session, frame_idx=time, reverse=reverse)
                logits[time] = result.pred_masks[0, 0].float().numpy()
                scores[time] = float(result.object_score_logits.flatten()[0])
        order = range(self.frames)
        return Answer(np.stack([logits[t] for t in order]), np.array([scores[t] for t in order], np.float32))


@torch.inference_mode()
def track(model, family: str, frames: list[np.ndarray], prompts: dict[int, dict]) -> Answer:
    """One object in every frame, see [`Reference.track`]."""
    return Reference(model, family, frames).track(prompts)


def read_frames(folder: Path, count: int) -> list[np.ndarray]:
    """The first `count` pictures of a folder, in the order of their names."""
    names = sorted(p for p in folder.iterdir() if p.suffix.lower() in (".jpg", ".png"))[:count]
    return [np.asarray(Image.open(p).convert("RGB")) for p in names]
