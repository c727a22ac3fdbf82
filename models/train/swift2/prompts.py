"""Simulated prompts: boxes, clicks one after another on what is wrong, masks to be corrected."""

from __future__ import annotations

import cv2
import numpy as np
import torch
import torch.nn.functional as F

from model import shrink

SPOT = 6
"""A click is a disc of this squared radius, in cells of stride 2, as in the program."""


def degrade(masks: torch.Tensor, random: np.random.Generator) -> torch.Tensor:
    """Masks [B, 1, H, W] as a tracker or an artist might have left them: grown, shrunk, shifted, with a
    piece missing or too much, or gone."""
    found = []
    for mask in masks[:, 0].float().cpu().numpy():
        height, width = mask.shape
        kind = random.uniform()
        if kind < 0.15:
            found.append(mask)
            continue
        if kind < 0.22:
            found.append(np.zeros_like(mask))
            continue
        area = max(1.0, float(mask.sum()))
        reach = max(1, round(area**0.5 * random.uniform(0.02, 0.12)))
        size = (2 * reach + 1, 2 * reach + 1)
        # A mask moved by a smooth field: wrong edges on all sides.
        field = random.normal(size=(5, 6, 2)).astype(np.float32) * reach
        field = cv2.resize(field, (width, height), interpolation=cv2.INTER_CUBIC)
        x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
        mask = cv2.remap(mask, x + field[..., 0], y + field[..., 1], cv2.INTER_LINEAR)
        if random.uniform() < 0.5:
            shape = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, size)
            mask = (cv2.erode if random.uniform() < 0.5 else cv2.dilate)(mask, shape)
        rows, columns = np.nonzero(mask > 0.5)
        if len(rows) and random.uniform() < 0.6:
            # A round piece about the outline is taken away or added.
            at = int(random.integers(len(rows)))
            radius = (area**0.5) * random.uniform(0.15, 0.6)
            piece = np.zeros_like(mask)
            shift = random.normal(size=2) * radius * 0.7
            centre = (int(columns[at] + shift[0]), int(rows[at] + shift[1]))
            cv2.ellipse(
                piece, centre, (int(radius) + 1, int(radius * random.uniform(0.4, 1)) + 1),
                random.uniform(0, 180), 0, 360, 1.0, -1,
            )
            mask = mask * (1 - piece) if random.uniform() < 0.6 else np.maximum(mask, piece)
        if random.uniform() < 0.3:
            mask = cv2.GaussianBlur(mask, size, 0)
        found.append(mask)
    stacked = torch.from_numpy(np.stack(found).astype(np.float32)).unsqueeze(1)
    return stacked.to(masks.device).clamp(0, 1)


class Asked:
    """Prompts for the objects of a batch of masks [B, 1, H, W].

    `kinds` has one number for each: 0 a box, 1 a click, 2 a box and then clicks within it. Further
    clicks go to the middle of the largest piece that is wrong, as people click.
    """

    def __init__(self, masks: torch.Tensor, random: np.random.Generator, kinds, jitter: float = 0.03):
        self.random = random
        self.target = shrink(masks, 2)
        self.truth = (self.target[:, 0] > 0.5).cpu().numpy()
        batch, height, width = self.truth.shape
        maps = np.zeros((batch, 4, height, width), np.float32)
        for index, (solid, kind) in enumerate(zip(self.truth, kinds)):
            if kind == 1 or not solid.any():
                continue
            x, y, w, h = cv2.boundingRect(solid.astype(np.uint8))
            off = random.normal(size=4) * jitter * max(w, h)
            left, top = max(0, round(x + off[0])), max(0, round(y + off[1]))
            right, bottom = max(left + 1, round(x + w + off[2])), max(top + 1, round(y + h + off[3]))
            maps[index, 2, top:bottom, left:right] = 1
            maps[index, 3] = 1
        self.maps = maps
        self.click(np.zeros_like(self.truth), [k == 1 for k in kinds], sloppy=True)

    @property
    def hints(self) -> torch.Tensor:
        """[B, 4, H/2, W/2], as the prompter takes them."""
        return torch.from_numpy(self.maps.copy()).to(self.target.device)

    def click(self, answer: np.ndarray, where=None, sloppy: bool = True) -> None:
        """A click for each item of `where` on the largest piece in which `answer` is wrong."""
        for index, (given, solid) in enumerate(zip(answer, self.truth)):
            wrong = (given != solid).astype(np.uint8)
            if (where is not None and not where[index]) or not wrong.any():
                continue
            rimmed = cv2.copyMakeBorder(wrong, 1, 1, 1, 1, cv2.BORDER_CONSTANT)
            depth = cv2.distanceTransform(rimmed, cv2.DIST_L2, 3)[1:-1, 1:-1]
            count, pieces, stats, _ = cv2.connectedComponentsWithStats(wrong, connectivity=4)
            # Size alone would choose the long rims that no person clicks on.
            peak = np.zeros(count)
            np.maximum.at(peak, pieces.ravel(), depth.ravel())
            peak[0] = 0
            piece = int(np.argmax(peak * stats[:, cv2.CC_STAT_AREA] ** 0.5))
            inside = np.where(pieces == piece, depth, 0)
            least = inside.max() * (self.random.uniform(0.4, 1.0) if sloppy else 1.0)
            rows, columns = np.nonzero(inside >= least - 1e-6)
            pick = int(self.random.integers(len(rows)))
            y, x = rows[pick], columns[pick]
            grid_y, grid_x = np.ogrid[: solid.shape[0], : solid.shape[1]]
            spot = (grid_y - y) ** 2 + (grid_x - x) ** 2 <= SPOT
            self.maps[index, 0 if solid[y, x] else 1][spot] = 1


def earlier_from(masks: torch.Tensor) -> torch.Tensor:
    """Masks [B, 1, H, W] as the prompter takes an earlier answer: -1 to 1, at stride 2."""
    return F.avg_pool2d(masks, 2) * 2 - 1
