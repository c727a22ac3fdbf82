"""Writes the held-out annotated photographs as short clips, on which `airoto eval` can score prompts.

    python stills.py --data ../../../shared/train --out DIR

One clip for each instance that can be asked for: the photograph, and twice the same moved by a few
pixels, since a clip has at least three frames. J0 of `airoto eval --clips DIR --frames 3 --prompt
box` is the figure to look at. The split is that of `data.py`.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from PIL import Image

from data import SKIP, _masked_photos, is_validation

STEPS = ((0, 0), (3, 1), (6, 2))
"""By how many columns and rows each frame is moved."""
AREA = (0.004, 0.7)
"""The part of the picture that an instance has at least and at most."""
MOST = 5
"""Instances of one photograph at most, the largest first."""


def moved(picture: np.ndarray, columns: int, rows: int) -> np.ndarray:
    """`picture` moved to the right and down; its edge goes on."""
    pad = ((rows, 0), (columns, 0), (0, 0))[: picture.ndim]
    return np.pad(picture, pad, mode="edge")[: picture.shape[0], : picture.shape[1]]


def instances(ids: np.ndarray, kinds: dict[int, str]) -> list[int]:
    """The instances of a photograph that can be asked for, the largest first."""
    found = []
    for number in np.unique(ids):
        share = (ids == number).mean()
        if number not in (0, 255) and kinds.get(int(number)) not in SKIP and AREA[0] < share < AREA[1]:
            found.append((-share, int(number)))
    return [number for _, number in sorted(found)[:MOST]]


def main() -> None:
    """Writes all clips and says how many."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    count = 0
    for name, path, mask_path, kinds in _masked_photos(args.data):
        if mask_path is None or not is_validation(name):
            continue
        picture = np.asarray(Image.open(path).convert("RGB"))
        ids = np.asarray(Image.open(mask_path))
        for number in instances(ids, kinds):
            folder = args.out / f"{name}-{number:03d}"
            mask = (ids == number).astype(np.uint8) * 255
            for kind, shown in (("frames", picture), ("masks", mask)):
                (folder / kind).mkdir(parents=True, exist_ok=True)
                for index, step in enumerate(STEPS):
                    Image.fromarray(moved(shown, *step)).save(folder / kind / f"{index:05d}.png")
            count += 1
    print(f"{count} clips in {args.out}")


if __name__ == "__main__":
    main()
