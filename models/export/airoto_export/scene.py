"""Two drawn scenes, in integers only, so that the test in Rust (`tests/parity/scene.rs`) draws the same bytes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image


def noise(u: np.ndarray, v: np.ndarray, seed: int, cell: int) -> np.ndarray:
    """Smooth noise of 0 to 255 at whole positions: random values on a grid of `cell` pixels, blended linearly."""

    def corner(a, b):
        h = a.astype(np.uint32) * np.uint32(73856093) ^ b.astype(np.uint32) * np.uint32(19349663)
        h ^= np.uint32(seed * 83492791 & 0xFFFFFFFF)
        h = (h ^ (h >> np.uint32(13))) * np.uint32(0x5BD1E995)
        return ((h ^ (h >> np.uint32(15))) & np.uint32(255)).astype(np.int64)

    a, b, fu, fv = u // cell, v // cell, u % cell, v % cell
    top = corner(a, b) * (cell - fu) + corner(a + 1, b) * fu
    bottom = corner(a, b + 1) * (cell - fu) + corner(a + 1, b + 1) * fu
    return (top * (cell - fv) + bottom * fv) // (cell * cell)


@dataclass(frozen=True)
class Scene:
    """An ellipse with a texture of its own that drifts over a panning background."""

    name: str
    width: int
    height: int
    seed: int
    start: tuple[int, int]
    speed: tuple[int, int]
    radii: tuple[int, int]

    def grid(self) -> tuple[np.ndarray, np.ndarray]:
        x, y = np.meshgrid(np.arange(self.width), np.arange(self.height))
        # Positions stay positive: a quotient of negative numbers is not the same in all languages.
        return x + 1024, y + 1024

    def mask(self, time: int) -> np.ndarray:
        """Where the object is, 0 or 1."""
        x, y = self.grid()
        (cx, cy), (sx, sy), (rx, ry) = self.start, self.speed, self.radii
        dx, dy = x - 1024 - cx - sx * time, y - 1024 - cy - sy * time
        return ((dx * dx * ry * ry + dy * dy * rx * rx) < rx * rx * ry * ry).astype(np.uint8)

    def frame(self, time: int) -> np.ndarray:
        """RGB of 8 bits, [height, width, 3]."""
        x, y = self.grid()
        (sx, sy), inside = self.speed, self.mask(time)
        channels = []
        for c in range(3):
            ground = noise(x + 2 * time, y, self.seed + c, 24) * 5 // 8
            thing = 96 + noise(x - sx * time, y - sy * time, self.seed + 7 + c, 8) * 5 // 8
            channels.append(np.where(inside, thing, ground))
        return np.stack(channels, axis=-1).astype(np.uint8)


SCENES = (
    Scene("square", 128, 128, 11, (44, 58), (3, 1), (24, 18)),
    Scene("wide", 192, 108, 42, (120, 50), (-4, 1), (30, 24)),
)


def save(mask: np.ndarray, path: Path) -> None:
    """A mask of 0 and 1 as a picture."""
    Image.fromarray(mask * np.uint8(255)).save(path)
