"""EdgeTAM with random weights, to measure with: `python -m airoto_export.cost --pack DIR` writes its pack,
`--frames DIR` tracks frames with the reference and prints the mean milliseconds a frame.

Pictures are decoded and resized before the clock starts, and mattes stay at the size of the network's output: the
reference is measured at its best.
"""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from pathlib import Path

import torch

from . import families, reference
from .pack import write_pack


@torch.inference_mode()
def measure(model, folder: Path, count: int, warm_up: int) -> float:
    """Milliseconds a frame from frame `warm_up` on, of one object clicked in the middle of the first frame."""
    frames = reference.read_frames(folder, count)
    middle = model.image_size / 2
    session = reference.Reference(model, "edgetam", frames).session({0: {"points": [[middle, middle]], "labels": [1]}})
    spent = []
    for frame in range(len(frames)):
        began = time.perf_counter()
        model(session, frame_idx=frame)
        spent.append(time.perf_counter() - began)
    counted = spent[warm_up:]
    return 1e3 * sum(counted) / len(counted)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--pack", type=Path, help="write the pack here")
    parser.add_argument("--frames", type=Path, help="a folder of pictures to be tracked")
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--warm-up", type=int, default=10)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    warnings.filterwarnings("ignore")
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    model = families.model_class("edgetam")(families.edgetam_config(args.size)).eval()
    reference.randomise(model, 0)
    if args.pack:
        write_pack(model, "edgetam", args.size, "fp32", "edgetam-random", "none", args.pack)
    if args.frames:
        print(measure(model, args.frames, args.count, args.warm_up))
    return 0


if __name__ == "__main__":
    sys.exit(main())
