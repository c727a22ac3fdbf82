"""Prompts as users write them (JSON) and as the reference takes them, and the five scripts that parity is shown on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as functional
from PIL import Image

SCRIPTS = ("points", "box", "mask", "correction", "occluded")
COVERED = range(5, 9)
"""Frames of the script `occluded` in which a card covers everything."""
CORRECTED = 6
"""The frame of the correction."""


def for_reference(document: dict, base: Path, frame: tuple[int, int], size: int) -> dict[int, dict]:
    """What the JSON says of its one object, by frame: points in pixels of the input, or a mask of its size.

    The rules are those of `Sam2VideoProcessor`: coordinates are scaled side by side, a box is two points with the
    labels 2 and 3 before all clicks, a mask is resized with antialiasing and cut at one half.
    """
    width, height = frame
    scale = np.array([size / width, size / height], np.float32)
    boxes: dict[int, list] = {}
    clicks: dict[int, list] = {}
    out: dict[int, dict] = {}
    for prompt in document["objects"][0]["prompts"]:
        time = prompt["frame"]
        if "mask" in prompt:
            mask = torch.from_numpy((np.asarray(Image.open(base / prompt["mask"]).convert("L")) > 127).astype(np.float32))
            if mask.shape != (size, size):
                mask = functional.interpolate(mask[None, None], size=(size, size), mode="bilinear", antialias=True)[0, 0]
            out[time] = {"mask": (mask >= 0.5).float().numpy()}
        elif "box" in prompt:
            x0, y0, x1, y1 = prompt["box"]
            boxes.setdefault(time, []).extend([((x0, y0), 2), ((x1, y1), 3)])
        else:
            clicks.setdefault(time, []).append((prompt["point"], int(prompt.get("label", "positive") == "positive")))
    for time in {*boxes, *clicks} - set(out):
        given = boxes.get(time, []) + clicks.get(time, [])
        out[time] = {
            "points": [(np.array(at, np.float32) * scale).tolist() for at, _ in given],
            "labels": [label for _, label in given],
        }
    return out


def script(name: str, mask: np.ndarray) -> dict:
    """A script as JSON, for an object that has `mask` (of the size of the footage) in the first frame.

    `points` begins in frame 3, so that it is followed backward too; the mask of `mask` is `mask.png`.
    """
    height, width = mask.shape
    rows, columns = np.nonzero(mask)
    # A pixel of the object near its middle: clicks are put where a person would.
    middle = np.argmin((rows - rows.mean()) ** 2 + (columns - columns.mean()) ** 2)
    on = [float(columns[middle]) + 0.5, float(rows[middle]) + 0.5]
    box = [int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1]
    off = [width * 0.92, height * 0.88]
    prompts = {
        "points": [{"frame": 3, "point": on, "label": "positive"}],
        "box": [{"frame": 0, "box": box}],
        "mask": [{"frame": 0, "mask": "mask.png"}],
        "correction": [
            {"frame": 0, "point": on, "label": "positive"},
            {"frame": CORRECTED, "point": [(on[0] + box[2]) / 2, on[1]], "label": "positive"},
            {"frame": CORRECTED, "point": off, "label": "negative"},
        ],
        "occluded": [
            {"frame": 0, "box": box},
            {"frame": 0, "point": on, "label": "positive"},
        ],
    }[name]
    return {"objects": [{"name": "object", "prompts": prompts}]}


def cover(frames: list[np.ndarray]) -> list[np.ndarray]:
    """The frames with a grey card over those of [`COVERED`]."""
    return [np.full_like(frame, 118) if time in COVERED else frame for time, frame in enumerate(frames)]
