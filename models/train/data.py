"""The training material: cut-outs, photographs with their instances, and footage, as tensors.

Reads the folder that SOURCES.md describes (images and masks only), splits it by name into a
training and a validation part, and packs both into one cache file so that a run starts in seconds.
Everything is kept as bytes; the scene generator turns it into floats on the device it runs on.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from PIL import Image

CUTOUT = 192
"""Side of a cut-out texture in pixels."""
PHOTO = (288, 432)
"""Height and width of a photograph; portrait pictures are cropped to it."""
FOOTAGE = (240, 400)
"""Height and width of a frame of footage."""
VERSION = 3
"""Raise when the packing changes: an older cache is then built again."""

VALIDATION_SHOTS = {"shot07", "shot147", "asl_walk", "gif_store-aisle-detection"}
"""Footage kept for validation."""
VALIDATION_SHARE = 10
"""One picture in this many is kept for validation, chosen by a hash of its name."""

SKIP = {"street", "facade", "sky", "ground"}
"""Facade classes that are background rather than things."""


@dataclass
class Part:
    """One side of the split. Tensors are bytes, channels first."""

    cutouts: torch.Tensor | None = None
    """[N, 4, CUTOUT, CUTOUT]: colour and coverage."""
    kinds: list[str] = field(default_factory=list)
    """The category of each cut-out."""
    photos: torch.Tensor | None = None
    """[N, 3, *PHOTO]."""
    instances: torch.Tensor | None = None
    """[N, *PHOTO]: instance numbers of each photograph, 0 where there is none."""
    ids: list[list[int]] = field(default_factory=list)
    """The instances of each photograph that are worth following."""
    footage: list[torch.Tensor] = field(default_factory=list)
    """Shots, each [frames, 3, *FOOTAGE]."""
    video: torch.Tensor | None = None
    """One masked video, [frames, 3, h, w]; validation only."""
    video_masks: torch.Tensor | None = None
    """[frames, h, w], 0 or 1."""

    def to(self, device: torch.device | str) -> "Part":
        """The same part with its tensors on `device`."""
        move = lambda t: None if t is None else t.to(device)
        return Part(
            move(self.cutouts), self.kinds, move(self.photos), move(self.instances), self.ids,
            [t.to(device) for t in self.footage], move(self.video), move(self.video_masks),
        )


def is_validation(name: str) -> bool:
    """Whether a picture of this name belongs to the validation part."""
    return int(hashlib.sha256(name.encode()).hexdigest(), 16) % VALIDATION_SHARE == 0


def _cover(image: Image.Image, size: tuple[int, int], mode: int) -> Image.Image:
    """Scaled to cover `size` (height, width) and cropped at the centre."""
    height, width = size
    scale = max(width / image.width, height / image.height)
    resized = image.resize(
        (max(width, round(image.width * scale)), max(height, round(image.height * scale))), mode
    )
    left, top = (resized.width - width) // 2, (resized.height - height) // 2
    return resized.crop((left, top, left + width, top + height))


def _cutout(image: np.ndarray, mask: np.ndarray) -> np.ndarray | None:
    """The object of `mask` as a square texture with coverage, or nothing when it is too small."""
    rows, columns = np.nonzero(mask)
    if len(rows) < 500:
        return None
    top, bottom, left, right = rows.min(), rows.max() + 1, columns.min(), columns.max() + 1
    if min(bottom - top, right - left) < 20:
        return None
    margin = max(3, round(0.06 * max(bottom - top, right - left)))
    top, left = max(0, top - margin), max(0, left - margin)
    bottom, right = min(mask.shape[0], bottom + margin), min(mask.shape[1], right + margin)
    rgba = np.dstack([image[top:bottom, left:right], mask[top:bottom, left:right] * 255])
    scale = CUTOUT / max(rgba.shape[:2])
    size = (max(1, round(rgba.shape[1] * scale)), max(1, round(rgba.shape[0] * scale)))
    small = np.asarray(Image.fromarray(rgba.astype(np.uint8)).resize(size, Image.BILINEAR))
    canvas = np.zeros((CUTOUT, CUTOUT, 4), np.uint8)
    y, x = (CUTOUT - size[1]) // 2, (CUTOUT - size[0]) // 2
    canvas[y : y + size[1], x : x + size[0]] = small
    return canvas.transpose(2, 0, 1)


def _masked_photos(root: Path):
    """Yields (name, image path, mask path, {instance: category}) of both masked collections."""
    names = {}
    for line in (root / "coco_ccby/attribution.jsonl").read_text().splitlines():
        row = json.loads(line)
        names[f"{row['id']:012d}"] = row.get("instances") or []
    for path in sorted((root / "coco_ccby/images").iterdir()):
        mask = root / "coco_ccby/masks" / f"{path.stem}.png"
        kinds = {i + 1: k for i, k in enumerate(names.get(path.stem, []))}
        yield path.stem, path, mask if mask.exists() else None, kinds
    classes = {}
    for line in (root / "facades/classes.jsonl").read_text().splitlines():
        row = json.loads(line)
        classes[row["image"]] = row["instances"]
    for path in sorted((root / "facades/images").iterdir()):
        mask = root / "facades/masks" / f"{path.stem}.png"
        kinds = {i + 1: k for i, k in enumerate(classes.get(path.stem, []))}
        yield path.stem, path, mask if mask.exists() else None, kinds


def build(root: Path) -> dict[str, Part]:
    """Reads the training folder. A minute or two of decoding."""
    parts = {"train": Part(), "validation": Part()}
    gathered = {k: ([], [], []) for k in parts}
    for name, path, mask_path, kinds in _masked_photos(root):
        side = "validation" if is_validation(name) else "train"
        part, (cutouts, photos, instances) = parts[side], gathered[side]
        image = Image.open(path).convert("RGB")
        ids = np.zeros((image.height, image.width), np.uint8)
        if mask_path is not None:
            ids = np.asarray(Image.open(mask_path))
        pixels = np.asarray(image)
        taken = 0
        for number in np.unique(ids):
            kind = kinds.get(int(number), "thing")
            if number in (0, 255) or kind in SKIP or taken >= 6:
                continue
            texture = _cutout(pixels, (ids == number).astype(np.uint8))
            if texture is not None:
                cutouts.append(texture)
                part.kinds.append(kind)
                taken += 1
        photos.append(np.asarray(_cover(image, PHOTO, Image.BILINEAR)).transpose(2, 0, 1))
        covered = np.asarray(_cover(Image.fromarray(ids), PHOTO, Image.NEAREST))
        instances.append(covered)
        area = covered.size
        part.ids.append([
            int(n) for n in np.unique(covered)
            if n not in (0, 255) and kinds.get(int(n)) not in SKIP
            and 0.006 < (covered == n).sum() / area < 0.6
        ])
    for path in sorted((root / "photos_popos").iterdir()):
        image = Image.open(path).convert("RGB")
        cutouts, photos, instances = gathered["train"]
        photos.append(np.asarray(_cover(image, PHOTO, Image.BILINEAR)).transpose(2, 0, 1))
        instances.append(np.zeros(PHOTO, np.uint8))
        parts["train"].ids.append([])
    shots = [d for k in ("intel", "tears_of_steel") for d in sorted((root / k).iterdir())]
    for folder in [*shots, root / "mdn_flower"]:
        frames = sorted(folder.glob("*.jpg"))
        if len(frames) < 6:
            continue
        stack = [
            np.asarray(_cover(Image.open(f).convert("RGB"), FOOTAGE, Image.BILINEAR))
            for f in frames
        ]
        shot = torch.from_numpy(np.stack(stack).transpose(0, 3, 1, 2).copy())
        side = "validation" if folder.name in VALIDATION_SHOTS else "train"
        parts[side].footage.append(shot)
    for side, (cutouts, photos, instances) in gathered.items():
        parts[side].cutouts = torch.from_numpy(np.stack(cutouts))
        parts[side].photos = torch.from_numpy(np.stack(photos))
        parts[side].instances = torch.from_numpy(np.stack(instances))
    frames = sorted((root / "pumavos/chair/frames").iterdir())
    masks = sorted((root / "pumavos/chair/masks").iterdir())
    read = lambda f, mode: np.asarray(Image.open(f).convert(mode))
    parts["validation"].video = torch.from_numpy(
        np.stack([read(f, "RGB") for f in frames]).transpose(0, 3, 1, 2).copy()
    )
    parts["validation"].video_masks = torch.from_numpy(
        (np.stack([read(f, "L") for f in masks]) > 127).astype(np.uint8)
    )
    return parts


def load(root: Path, cache: Path) -> dict[str, Part]:
    """Both parts, from `cache` where it is of this version, else read from `root` and cached."""
    if cache.exists():
        stored = torch.load(cache, weights_only=True, mmap=True)
        if stored["version"] == VERSION:
            return {k: Part(**v) for k, v in stored["parts"].items()}
    parts = build(root)
    cache.parent.mkdir(parents=True, exist_ok=True)
    torch.save({"version": VERSION, "parts": {k: vars(v) for k, v in parts.items()}}, cache)
    return parts
