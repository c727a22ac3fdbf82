"""Trimaps of drawn masks, and the region that AI Roto shows the network for one."""

from __future__ import annotations

import numpy as np

# Pixels around the edge of a mask in which alpha is unknown, on either side.
BAND = 7
# Regions begin and end on this grid (`src/models/vitmatte/places.rs`).
GRID = 64


def trimap(mask: np.ndarray, band: int = BAND) -> np.ndarray:
    """0 outside, 1 inside, one half where a pixel within `band` rows and columns is on the other side."""
    height, width = mask.shape
    least = greatest = np.pad(mask.astype(np.uint8), band, mode="edge")
    # The least of a square is the least of its columns' leasts.
    for axis, size in ((0, height), (1, width)):
        shifts = [np.s_[i:i + size, :] if axis == 0 else np.s_[:, i:i + size] for i in range(2 * band + 1)]
        least = np.minimum.reduce([least[s] for s in shifts])
        greatest = np.maximum.reduce([greatest[s] for s in shifts])
    return np.where(least == greatest, least, 0.5).astype(np.float32)


def region(known: np.ndarray, margin: int) -> list[int]:
    """Left, top, right and bottom of what the network sees."""
    rows, columns = np.nonzero((known == 0.5).any(1))[0], np.nonzero((known == 0.5).any(0))[0]
    height, width = known.shape
    found = [max(int(columns[0]) - margin, 0) // GRID * GRID, max(int(rows[0]) - margin, 0) // GRID * GRID]
    for last, most in ((int(columns[-1]) + 1, width), (int(rows[-1]) + 1, height)):
        found.append(min(-(-min(last + margin, most) // GRID) * GRID, most))
    return found
