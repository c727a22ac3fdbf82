"""`python -m airoto_export.grounding_dino_parity`: the boxes of `airoto detect` against the reference, on real footage.

`cargo xtask parity --family grounding-dino` runs this. A pack with random weights of a fixed seed, or of a checkpoint;
the first and the last of the frames of each clip with three texts; the answer of the `transformers` reference on the
processor, resized by its own image processor. One line each: the largest difference of the boxes, of the frame's width
and height, and of the scores, of all boxes above the threshold, in the order of their scores. With random weights two of
the tokens that become queries may be as good as each other, so that rounding puts one before the other; then the two
boxes that come of them are others. The small configuration has too few queries for that to be seen; of the others such
boxes are counted, and up to one in a hundred is let pass.
"""

from __future__ import annotations

import sys
import time

import numpy as np
import torch
from PIL import Image

from . import against, grounding_dino

MOST_ERROR = 1e-3
TEXTS = ("the person in red.", "a dog. a cyclist. a white van.", "tree? a large horse standing in the water.")
SEED = 0
# Share of boxes that may be others where two tokens are as good as each other.
MOST_ODD = {"tiny": 0.0, "small": 0.01, "base": 0.01}


def load(args) -> grounding_dino.Source:
    """The model with its tokenizer."""
    if args.source:
        return grounding_dino.load(args.source)
    torch.manual_seed(SEED)
    model = grounding_dino.build(grounding_dino.config(args.size))
    grounding_dino.randomise(model, SEED)
    return grounding_dino.Source(model, grounding_dino.tokenizer_of(grounding_dino.vocabulary()))


def compared(found: dict, expected: dict) -> tuple[float, float, int]:
    """The largest differences of boxes and scores of all that are near each other, and how many are not."""
    size = np.array([found["width"], found["height"]] * 2, dtype=np.float64)
    boxes = np.array([c["bounds"] for c in found["candidates"]]).reshape(-1, 4) / size
    scores = np.array([c["score"] for c in found["candidates"]])
    wanted = np.clip(expected["boxes"].double().numpy() / size, 0, 1)
    sure = expected["scores"].double().numpy()
    if len(boxes) == 0 or len(wanted) == 0:
        return 0.0, 0.0, abs(len(boxes) - len(wanted))
    # Those that are equally good may change places.
    apart = np.abs(wanted[:, None] - boxes[None]).max(-1) + np.abs(sure[:, None] - scores[None])
    nearest = apart.argmin(1)
    box, score = np.abs(wanted - boxes[nearest]).max(-1), np.abs(sure - scores[nearest])
    good = (box <= MOST_ERROR) & (score <= MOST_ERROR)
    odd = int((~good).sum()) + abs(len(boxes) - len(wanted))
    return float(box[good].max(initial=0)), float(score[good].max(initial=0)), odd


def run(args) -> bool:
    """Prints the table; gives whether all of it is good."""
    source = load(args)
    work = args.work / f"grounding-dino-{args.source.name if args.source else args.size}"
    pack = work / f"pack-{against.identity(source.model)}"
    if not (pack / "model.json").is_file():
        against.say(f"{work.name}: exporting")
        grounding_dino.write_pack(source, "fp32", work.name, "none", pack, say=lambda _: None)
    print(f"{work.name}, device {args.device}, boxes above {args.threshold}")
    print(f"{'frame':<14} {'text':<44} {'boxes':>5} {'box':>8} {'score':>8} {'odd':>4} {'s':>6} {'ref s':>6}")
    good = True
    for name in args.clip:
        for at, frame in against.ends(args, name):
            work.mkdir(parents=True, exist_ok=True)
            picture = work / "frame.png"
            Image.fromarray(frame).save(picture, compress_level=1)
            for text in TEXTS:
                begun = time.monotonic()
                output, tokens = grounding_dino.answer(source, frame, text)
                reference = time.monotonic() - begun
                expected = source.processor().post_process_grounded_object_detection(
                    output, tokens, threshold=args.threshold, target_sizes=[frame.shape[:2]])[0]
                told = against.answer(args, "detect", picture, "--text", text, "--model", pack, "--threshold",
                                      args.threshold)
                box, score, odd = compared(told, expected)
                count = len(expected["scores"])
                most = MOST_ODD["base" if args.source else args.size]
                passed = count > 0 and odd <= most * count
                print(f"{name + ' ' + str(at):<14} {text:<44} {count:5} {box:8.1e} {score:8.1e} {odd:4} "
                      f"{told['seconds']:6.2f} {reference:6.2f}  {'PASS' if passed else 'FAIL'}", flush=True)
                good = good and passed
    return good


def main() -> int:
    parser = against.options(__doc__, "frames/")
    parser.add_argument("--size", choices=("tiny", "small", "base"), default="tiny",
                        help="the small configuration, or that of the public tiny (small here) or base model")
    parser.add_argument("--precision", choices=grounding_dino.PRECISIONS, default="fp32")
    parser.add_argument("--threshold", type=float, default=0.3)
    return against.main(parser, run)


if __name__ == "__main__":
    sys.exit(main())
