"""`python -m airoto_export.parity`: the mattes of `airoto render` against the reference, on real footage.

`cargo xtask parity` runs this. For each model: a pack with random weights of a fixed seed (or the one of a checkpoint),
the answers of the `transformers` reference for the scripts of `prompts.py` on the first frames of each clip, the mattes
of `airoto render --propagation reference` for the same pictures and prompts, and one line for each script: the worst
overlap of the masks in any frame, and the largest difference of logits (where the reference's are within 8 of zero; a
matte of 32 bits has no room for more). In frames in which the reference hides the object the matte must be empty; in a
frame with a mask as prompt it must be that mask.

Packs, pictures and answers are kept in the work folder and made anew only when what they depend on changes.
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as functional
from PIL import Image

from . import against, families, margins, reference
from .against import say
from .pack import digest, write_pack
from .prompts import COVERED, SCRIPTS, cover, for_reference, script

LEAST_IOU = {"fp32": 0.999, "fp16": 0.99, "int8": 0.0}
MOST_ERROR = {"fp32": 2e-3, "fp16": float("inf"), "int8": float("inf")}
SURE = 8.0
SEED = 0
# Changes when answers of the same inputs change.
VERSION = "2"


@dataclass
class Clip:
    """The pictures of a clip in the work folder, with and without the card, and the object's first mask."""

    name: str
    folder: Path
    frames: list[np.ndarray]
    mask: np.ndarray

    @property
    def size(self) -> tuple[int, int]:
        height, width = self.mask.shape
        return width, height

    def of(self, script_name: str) -> tuple[str, list[np.ndarray]]:
        """The folder and the frames of a script."""
        if script_name == "occluded":
            return "covered", cover(self.frames)
        return "frames", self.frames


def read_clip(args, name: str) -> Clip:
    """Copies the first frames as PNG: decoders of JPEG differ by a level here and there."""
    source, work, count = args.clips / name, args.work, args.frames
    frames = against.frames_of(args, name)
    first = sorted((source / "masks").iterdir())[0]
    mask = (np.asarray(Image.open(first).convert("L")) > 127).astype(np.uint8)
    clip = Clip(source.name, work / "clips" / f"{source.name}-{count}", frames, mask)
    for name, pictures in (("frames", frames), ("covered", cover(frames))):
        folder = clip.folder / name
        folder.mkdir(parents=True, exist_ok=True)
        for index, picture in enumerate(pictures):
            Image.fromarray(picture).save(folder / f"{index:05}.png", compress_level=1)
    Image.fromarray(mask * np.uint8(255)).save(clip.folder / "mask.png")
    for name in SCRIPTS:
        (clip.folder / f"{name}.json").write_text(json.dumps(script(name, mask), indent=1) + "\n")
    return clip


class Model:
    """A model of the reference with its pack; built when an answer is not at hand."""

    def __init__(self, args, clips: list[Clip]):
        self.args, self.clips = args, clips
        source = args.source.name if args.source else f"random{SEED}"
        self.name = f"{args.family}{'' if args.family == 'edgetam' else '-tiny' if not args.source else ''}-{args.size}-{source}"
        self.folder = args.work / self.name
        self.loaded = None

    def load(self):
        if self.loaded is None:
            args = self.args
            if args.source:
                self.loaded = families.load(args.source, args.family, args.size)
            else:
                self.loaded = self.random()
        return self.loaded

    def random(self):
        """Random weights that see the picture and hide the object under the card."""
        args = self.args
        if args.family == "sam2":
            config = families.sam2_config(families.SAM2_VARIANTS["tiny"], args.size, "2.1")
        else:
            config = families.edgetam_config(args.size)
        torch.manual_seed(SEED)
        model = families.model_class(args.family)(config).eval()
        kept = self.folder / "weights.pt"
        if kept.is_file():
            model.load_state_dict(torch.load(kept, weights_only=True))
            return model
        say(f"{self.name}: random weights")
        reference.randomise(model, SEED)
        reference.normalise(model, [clip.frames[0] for clip in self.clips])
        with torch.no_grad():
            # Overlaps of the three masks far apart, so that rounding does not choose among them.
            model.mask_decoder.iou_prediction_head.proj_out.weight.mul_(4.0)
        cases = []
        for clip in self.clips:
            # A few frames on either side of the card's edge tell what is needed.
            keep = slice(0, COVERED.start + 2)
            prompts = for_reference(script("occluded", clip.mask), clip.folder, clip.size, args.size)
            cases.append(margins.Case(cover(clip.frames)[keep], prompts, frozenset(COVERED)))
        margins.calibrate(model, args.family, cases, rounds=1)
        self.folder.mkdir(parents=True, exist_ok=True)
        torch.save(model.state_dict(), kept)
        return model

    def pack(self, precision: str) -> Path:
        """The pack, exported if it is not there."""
        out = self.folder / f"pack-{precision}"
        if self.args.source is None and not (self.folder / "weights.pt").is_file():
            self.load()
        elif (out / "model.json").is_file():
            return out
        say(f"{self.name}: exporting {precision}")
        write_pack(self.load(), self.args.family, self.args.size, precision, self.name, "none", out, say=lambda _: None)
        return out

    def answers(self, clip: Clip, names: list[str]) -> dict[str, reference.Answer]:
        """What the reference says of the scripts; kept by a digest of all that they depend on."""
        identity = digest(self.pack("fp32") / "model.json")
        found, runs = {}, {}
        for name in names:
            kind, frames = clip.of(name)
            document = script(name, clip.mask)
            sha = hashlib.sha256(f"{VERSION} {identity} {json.dumps(document)}".encode())
            sha.update(clip.mask.tobytes())
            for frame in frames:
                sha.update(frame.tobytes())
            path = self.folder / "answers" / f"{clip.name}-{name}-{sha.hexdigest()[:16]}.npz"
            if not path.is_file():
                began = time.monotonic()
                if kind not in runs:
                    runs[kind] = reference.Reference(self.load(), self.args.family, frames)
                prompts = for_reference(document, clip.folder, clip.size, self.args.size)
                with torch.inference_mode():
                    answer = runs[kind].track(prompts)
                path.parent.mkdir(parents=True, exist_ok=True)
                partial = path.with_suffix(".partial.npz")
                np.savez(partial, logits=answer.logits, scores=answer.scores, seconds=time.monotonic() - began)
                partial.rename(path)
                say(f"{self.name}: reference of {clip.name} {name}, {time.monotonic() - began:.0f} s")
            kept = np.load(path)
            found[name] = reference.Answer(kept["logits"], kept["scores"])
        return found


def render(args, pack: Path, clip: Clip, name: str, out: Path) -> dict:
    """`airoto render`; gives its summary."""
    out.mkdir(parents=True, exist_ok=True)
    for old in out.glob("*.tif"):
        old.unlink()
    return against.answer(
        args, "render", "-i", clip.folder / clip.of(name)[0] / "%05d.png", "-p", clip.folder / f"{name}.json", "-o",
        out / "%05d.tif", "--depth", "float", "--no-store", "--propagation", "reference", "--tracker", pack,
    )


def read_matte(path: Path) -> np.ndarray:
    """A matte of 32-bit floats."""
    return np.asarray(Image.open(path)).astype(np.float64)


def compare(clip: Clip, name: str, answer: reference.Answer, out: Path) -> tuple[float, float, str]:
    """The worst overlap, the largest difference of logits, and what else is wrong."""
    width, height = clip.size
    overlap, error, wrong = 1.0, 0.0, ""
    for index, (logits, score) in enumerate(zip(answer.logits, answer.scores)):
        found = read_matte(out / f"{index:05}.tif")
        if name == "mask" and index == 0:
            if not np.array_equal(found, clip.mask):
                wrong = "the mask came out otherwise than it went in"
            continue
        if score <= 0:
            if found.any():
                wrong = f"frame {index} is not hidden"
            continue
        expected = functional.interpolate(
            torch.from_numpy(logits)[None, None], size=(height, width), mode="bilinear", align_corners=False,
        )[0, 0].double().numpy()
        mask, cut = expected > 0, found > 0.5
        either = np.count_nonzero(mask | cut)
        overlap = min(overlap, np.count_nonzero(mask & cut) / either if either else 1.0)
        compared = np.abs(expected) <= SURE
        with np.errstate(divide="ignore"):
            mine = np.log(found[compared] / (1 - found[compared]))
        if mine.size:
            error = max(error, float(np.abs(mine - expected[compared]).max()))
    return overlap, error, wrong


def run(args) -> bool:
    """Prints the table; gives whether all of it is good."""
    args.script = args.script or list(SCRIPTS)
    args.work.mkdir(parents=True, exist_ok=True)
    clips = [read_clip(args, name) for name in args.clip]
    model = Model(args, clips)
    pack = model.pack(args.precision)
    good = True
    print(f"{model.name}, {args.precision}, {args.frames} frames, device {args.device}")
    print(f"{'clip':<16} {'script':<12} {'IoU':>8} {'logits':>9} {'hidden':>7} {'area':>12} {'ms/frame':>9}")
    for clip in clips:
        answers = model.answers(clip, args.script)
        for name in args.script:
            answer = answers[name]
            out = args.work / "out" / model.name / f"{clip.name}-{name}"
            summary = render(args, pack, clip, name, out)
            overlap, error, wrong = compare(clip, name, answer, out)
            if args.device != "cpu" and any("running on the CPU" in note for note in summary["notes"]):
                wrong = wrong or "it ran on the CPU"
            passed = overlap >= LEAST_IOU[args.precision] and error <= MOST_ERROR[args.precision] and not wrong
            seen = [float((logits > 0).mean()) for logits, score in zip(answer.logits, answer.scores) if score > 0]
            area = f"{min(seen):.2f} to {max(seen):.2f}" if seen else "-"
            print(f"{clip.name:<16} {name:<12} {overlap:8.5f} {error:9.1e} {int((answer.scores <= 0).sum()):7} "
                  f"{area:>12} {summary['ms_per_frame']:9.0f}  {'PASS' if passed else 'FAIL ' + wrong}", flush=True)
            good = good and passed
    return good


def main() -> int:
    parser = against.options(__doc__, "frames/ and masks/", "the first so many are followed")
    parser.add_argument("--family", choices=("sam2", "edgetam"), required=True)
    parser.add_argument("--size", type=int, choices=(512, 1024), default=1024)
    parser.add_argument("--precision", choices=("fp32", "fp16", "int8"), default="fp32")
    parser.add_argument("--script", action="append", choices=SCRIPTS)
    return against.main(parser, run)


if __name__ == "__main__":
    sys.exit(main())
