"""The baseline of first-frame masks from a box: OpenCV's GrabCut on frame 0 of every clip of a folder.

    python grabcut.py --clips ../../../shared/clips

A clip is a folder with frames/ and masks/, as for `airoto eval`. The box is that around the true
mask, as `airoto eval --prompt box` gives it; GrabCut starts from it with five iterations and the
random numbers of a fixed seed. Printed are the overlaps (IoU) with the true mask and their mean.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np

ITERATIONS = 5


def grabcut(picture: np.ndarray, box: tuple[int, int, int, int]) -> np.ndarray:
    """The object of `box` (left, top, right, bottom; the last two excluded), True where it is."""
    left, top, right, bottom = box
    labels = np.zeros(picture.shape[:2], np.uint8)
    cv2.setRNGSeed(0)
    models = np.zeros((1, 65)), np.zeros((1, 65))
    size = (left, top, right - left, bottom - top)
    if size[2:] == labels.shape[::-1]:
        # Nothing is known to be outside, so there is nothing to start from.
        return np.ones(labels.shape, bool)
    cv2.grabCut(picture, labels, size, *models, ITERATIONS, cv2.GC_INIT_WITH_RECT)
    return (labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD)


def overlap(found: np.ndarray, truth: np.ndarray) -> float:
    """IoU; two empty masks agree."""
    union = (found | truth).sum()
    return float((found & truth).sum() / union) if union else 1.0


def score(clip: Path) -> float:
    """Overlap in the first frame of `clip`."""
    first = lambda name: str(min((clip / name).iterdir()))
    picture = cv2.imread(first("frames"))
    truth = cv2.imread(first("masks"), cv2.IMREAD_GRAYSCALE) > 127
    rows, columns = np.nonzero(truth)
    if len(rows) == 0:
        raise SystemExit(f"{clip}: the first mask is empty, expected an object")
    box = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    return overlap(grabcut(picture, tuple(int(v) for v in box)), truth)


def main() -> None:
    """Prints a line for each clip and the mean."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=Path, required=True)
    args = parser.parse_args()
    clips = [c for c in sorted(args.clips.iterdir()) if (c / "frames").is_dir() and (c / "masks").is_dir()]
    if not clips:
        raise SystemExit(f"no folder in {args.clips} holds frames/ and masks/")
    found = {clip.name: score(clip) for clip in clips}
    width = max(len(name) for name in [*found, "mean"])
    for name, value in found.items():
        print(f"{name:<{width}}  {value:.3f}")
    print(f"{'mean':<{width}}  {np.mean(list(found.values())):.3f}")


if __name__ == "__main__":
    main()
