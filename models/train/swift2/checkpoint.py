"""What lasts of a training: weights in 16 bits and the place in the schedule.

    python -m swift2.checkpoint RUN checkpoint      # from RUN/latest.pt into the repository

`checkpoint/weights.npz` holds the averaged weights, `checkpoint/state.json` the step, minutes,
stage and the best validation. The optimiser is not kept: it is warm again after some fifty steps.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import torch

PLACE = ("step", "clips", "minutes", "stage", "best", "figures")
"""What `state.json` says; the rest of a checkpoint is tensors."""


def weights(path: Path) -> dict[str, torch.Tensor]:
    """The averaged weights of a run's file or of a folder of the repository."""
    if path.is_dir():
        return load(path)["kept"]
    return torch.load(path, weights_only=True, map_location="cpu")["kept"]


def pack(state: dict, out: Path) -> int:
    """Writes `state` to the folder `out`; returns the bytes. The averaged weights alone are kept."""
    out.mkdir(parents=True, exist_ok=True)
    half = {k: v.detach().cpu().numpy().astype(np.float16) for k, v in state["kept"].items()}
    for name, value in half.items():
        if not np.isfinite(value).all():
            raise SystemExit(f"{name}: a weight beyond 16 bits, expected at most 65504")
    np.savez_compressed(out / "weights.npz", **half)
    place = {k: state[k] for k in PLACE if k in state}
    (out / "state.json").write_text(json.dumps(place, indent=1) + "\n")
    return (out / "weights.npz").stat().st_size


def load(folder: Path) -> dict:
    """A state to go on from: place, and model and average from the same weights."""
    state = json.loads((folder / "state.json").read_text())
    with np.load(folder / "weights.npz") as stored:
        kept = {k: torch.from_numpy(stored[k].astype(np.float32)) for k in stored.files}
    return state | {"kept": kept, "model": {k: v.clone() for k, v in kept.items()}}


def main() -> None:
    """Takes the last checkpoint of a run into the repository."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path, help="the run's folder, or one of its .pt files")
    parser.add_argument("out", type=Path)
    args = parser.parse_args()
    path = args.run / "latest.pt" if args.run.is_dir() else args.run
    state = torch.load(path, weights_only=True, map_location="cpu")
    size = pack(state, args.out)
    print(f"{args.out}: step {state['step']}, {size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
