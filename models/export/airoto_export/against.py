"""What the comparisons of `airoto` with the references share: their options, the frames, and the program's answers."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from .families import ExportError
from .reference import read_frames

FOOTAGE = ("dog", "bmx-trees")


def options(doc: str, needs: str, frames: str = "the first and the last of so many are compared") -> argparse.ArgumentParser:
    """Those that all comparisons have; a clip has `needs` in its folder, `frames` says what is done with so many."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--from", dest="source", type=Path, help="a checkpoint instead of random weights")
    parser.add_argument("--clips", type=Path, required=True, help=f"a folder of clips with {needs}")
    parser.add_argument("--clip", action="append", help=f"a clip in it (default: {' and '.join(FOOTAGE)})")
    parser.add_argument("--frames", type=int, default=12, help=frames)
    parser.add_argument("--airoto", type=Path, required=True, help="the program")
    parser.add_argument("--device", choices=("cpu", "cuda", "auto"), default="cpu")
    parser.add_argument("--work", type=Path, required=True, help="where packs and answers are kept")
    return parser


def main(parser: argparse.ArgumentParser, run: Callable[[argparse.Namespace], bool]) -> int:
    """Runs a comparison; gives 0 where all is good, 1 where something is not, 2 where it cannot be done."""
    args = parser.parse_args()
    args.clip = args.clip or list(FOOTAGE)
    warnings.filterwarnings("ignore")
    try:
        return 0 if run(args) else 1
    except (ExportError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2


def say(text: str) -> None:
    """What is not of the table."""
    print(text, file=sys.stderr, flush=True)


def frames_of(args, name: str) -> list[np.ndarray]:
    """The frames of a clip."""
    frames = read_frames(args.clips / name / "frames", args.frames)
    if len(frames) < args.frames:
        raise ExportError(f"clip {name} has {len(frames)} frames, expected {args.frames}")
    return frames


def ends(args, name: str) -> Iterator[tuple[int, np.ndarray]]:
    """The first and the last frame of a clip, with their numbers."""
    frames = frames_of(args, name)
    for at in sorted({0, args.frames - 1}):
        yield at, frames[at]


def identity(model) -> str:
    """A digest of all weights: random ones may differ from library to library."""
    sha = hashlib.sha256()
    for name, value in sorted(model.state_dict().items()):
        sha.update(name.encode())
        sha.update(value.numpy().tobytes())
    return sha.hexdigest()[:16]


def answer(args, command: str, *more: str | Path) -> dict:
    """What a command of `airoto` says with `--json`."""
    environment = {**os.environ, "AIROTO_CACHE": str(args.work / "cache")}
    words = [str(args.airoto), command, "--device", args.device, "--json", *map(str, more)]
    done = subprocess.run(words, capture_output=True, text=True, env=environment)
    if done.returncode != 0:
        raise ExportError(f"airoto {command} failed: {' '.join(done.stderr.split())}")
    return json.loads(done.stdout)
