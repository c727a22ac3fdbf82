"""`python -m airoto_export.vitmatte_parity`: the alphas of `airoto matte` against the reference, on real footage.

`cargo xtask parity --family vitmatte` runs this. A pack with random weights of a fixed seed, or of a checkpoint; the
first and the last of the frames of each clip with a trimap of its mask; the answer of the `transformers` reference on
the processor, for the whole frame and for the region that AI Roto shows the network of its own accord. One line each:
the largest difference of alpha in the unknown pixels, the same between tiles with attention by rows and one pass, and
the spread of the reference's alpha. Pixels that are known must come out as they are.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from . import against, vitmatte, vitmatte_cases
from .families import ExportError

# Of each precision: the largest difference of alpha.
MOST_ERROR = {"fp32": 1e-3, "fp16": float("inf")}
MOST_SEAM = 2e-3
SEED = 0
# Pixels around the edge of a mask in which alpha is unknown, on either side.
BAND = 15
# Beyond any frame, and what `airoto matte` takes of its own accord.
MARGINS = (65535, 64)
ONE_PASS = ("--tile", "8192", "--attention-bytes", str(1 << 40))
IN_PIECES = ("--tile", "64", "--attention-bytes", "1000000")


def cases(args):
    """(name, frame, trimap) of the first and the last frame of each clip."""
    for name in args.clip:
        masks = sorted((args.clips / name / "masks").iterdir())
        if len(masks) < args.frames:
            raise ExportError(f"clip {name} has {len(masks)} masks, expected {args.frames}")
        for at, frame in against.ends(args, name):
            mask = (np.asarray(Image.open(masks[at]).convert("L")) > 127).astype(np.uint8)
            known = vitmatte_cases.trimap(mask, BAND)
            if (known == 0.5).any():
                yield f"{name} {at}", frame, known


def crops(all_cases, mean, deviation, side: int = 288) -> torch.Tensor:
    """A square around the middle of each band, as the network sees it."""
    found = []
    for _, frame, known in all_cases:
        left, top, right, bottom = vitmatte_cases.region(known, 0)
        y, x = (min(max((a + b - side) // 2, 0), most - side)
                for a, b, most in ((top, bottom, known.shape[0]), (left, right, known.shape[1])))
        cut = np.s_[y:y + side, x:x + side]
        found.append(vitmatte.planes(frame[cut], known[cut], mean, deviation))
    return torch.cat(found)


def load(args, all_cases):
    """The model, with the mean and the deviation of its pictures."""
    if args.source:
        return vitmatte.load(args.source)
    torch.manual_seed(SEED)
    model = vitmatte.build(vitmatte.tiny_config() if args.size == "tiny" else vitmatte.config(args.size))
    mean, deviation = vitmatte.ORIGINAL_MEAN, vitmatte.ORIGINAL_DEVIATION
    vitmatte.randomise(model, SEED, crops(all_cases, mean, deviation))
    return model, mean, deviation


def refine(args, pack: Path, folder: Path, margin: int, more: tuple[str, ...]) -> tuple[np.ndarray, dict]:
    """`airoto matte`; its matte and what it says."""
    out = folder / "alpha.tif"
    told = against.answer(args, "matte", "-i", folder / "frame.png", "-t", folder / "trimap.png", "-m", pack, "-o", out,
                          "--margin", margin, *more)
    return np.asarray(Image.open(out)).astype(np.float32), told


def run(args) -> bool:
    """Prints the table; gives whether all of it is good."""
    all_cases = list(cases(args))
    model, mean, deviation = load(args, all_cases)
    work = args.work / f"vitmatte-{args.source.name if args.source else args.size}"
    pack = work / f"pack-{args.precision}-{against.identity(model)}"
    if not (pack / "model.json").is_file():
        against.say(f"{work.name}: exporting {args.precision}")
        vitmatte.write_pack(model, mean, deviation, args.precision, work.name, "none", pack, say=lambda _: None)
    print(f"{work.name}, {args.precision}, device {args.device}, in the unknown pixels")
    print(f"{'frame':<14} {'region':>10} {'unknown':>8} {'alpha':>8} {'tiled':>8} {'spread':>6} {'s':>6} {'ref s':>6}")
    good = True
    for name, frame, known in all_cases:
        folder = work / name.replace(" ", "-")
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(frame).save(folder / "frame.png", compress_level=1)
        Image.fromarray((known * 255).round().astype(np.uint8)).save(folder / "trimap.png")
        unknown = known == 0.5
        for margin in MARGINS:
            left, top, right, bottom = seen = vitmatte_cases.region(known, margin)
            begun = time.monotonic()
            expected = known.copy()
            cut = np.s_[top:bottom, left:right]
            expected[cut] = vitmatte.answer(model, frame[cut], known[cut], mean, deviation)
            reference = time.monotonic() - begun
            found, told = refine(args, pack, folder, margin, ())
            whole, _ = refine(args, pack, folder, margin, ONE_PASS)
            pieces, _ = refine(args, pack, folder, margin, IN_PIECES)
            error, seam = (float(np.abs(a - b)[unknown].max()) for a, b in ((found, expected), (pieces, whole)))
            wrong = ""
            if not np.array_equal(found[~unknown], known[~unknown]):
                wrong = "what is known came out otherwise"
            elif told["regions"] != [seen]:
                wrong = f"it looked at {told['regions']}, expected {seen}"
            elif args.device != "cpu" and told["note"]:
                wrong = told["note"]
            passed = error <= MOST_ERROR[args.precision] and seam <= MOST_SEAM and not wrong
            size = f"{right - left}x{bottom - top}"
            print(f"{name:<14} {size:>10} {unknown.sum():8} {error:8.1e} {seam:8.1e} {expected[unknown].std():6.2f} "
                  f"{told['seconds'][-1]:6.2f} {reference:6.2f}  {'PASS' if passed else 'FAIL ' + wrong}", flush=True)
            good = good and passed
    return good


def main() -> int:
    parser = against.options(__doc__, "frames/ and masks/")
    parser.add_argument("--size", choices=("tiny", "small", "base"), default="small")
    parser.add_argument("--precision", choices=vitmatte.PRECISIONS, default="fp32")
    return against.main(parser, run)


if __name__ == "__main__":
    sys.exit(main())
