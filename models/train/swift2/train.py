"""Trains Swift 2. One command, which goes on from where it was.

    python -m swift2.train --material RUN/material.zip --run RUN --start RUN/start.pt     # a new one
    python -m swift2.train --material RUN/material.zip --run RUN --resume checkpoint      # from the repository
    ... --device cuda --batch 32 --scale 1.5 --workers 14 --minutes 25                    # on a card

`RUN/latest.pt`, written every ten minutes and on SIGTERM, where there is one, comes before `--resume` and `--start`. The place in the schedule
is the number of clips seen, which means the same on every machine: the heads alone for the first
ones, then the trunk from stride 8 on as well, then all. The rate is constant, and the averaged weights
are what is validated; `--finish` lets the rate fall to nothing over `--minutes`.
"""

from __future__ import annotations

import argparse
import copy
import json
import signal
import time
from pathlib import Path

import cv2
import numpy as np
import torch

from swift2.checkpoint import load
from swift2.clips import Batch, Clips
from swift2.material import Material
from swift2.model import Swift2
from swift2.unroll import cycle_loss, features, prompt_loss, track_loss
from swift2.validate import New, validate

SIZES = [(192, 320), (160, 288), (224, 320), (192, 256)]
"""Heights and widths of training clips; one of them for each batch."""
STAGES = [("heads", 11), ("deep", 5), ("all", 0)]
"""Names, and how many of the trunk's blocks are frozen (11: all)."""
TRUNK_RATE = 0.006
"""The trunk's rate, as a share of the heads'."""


def arguments(line: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--material", type=Path, required=True)
    parser.add_argument("--run", type=Path, required=True, help="folder of checkpoints and logs")
    parser.add_argument("--start", type=Path, help="first weights, of `warm.py`")
    parser.add_argument("--resume", type=Path, help="a checkpoint folder of the repository")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--minutes", type=float, default=60, help="length of this call")
    parser.add_argument("--steps", type=int, default=10**9, help="most steps of this call")
    parser.add_argument("--finish", action="store_true", help="let the rate fall to nothing over this call")
    parser.add_argument("--batch", type=int, default=3)
    parser.add_argument("--length", type=int, default=4, help="frames of a clip")
    parser.add_argument("--scale", type=float, default=1.0, help="of the clips' size")
    parser.add_argument("--rate", type=float, default=6e-4)
    parser.add_argument("--heads-until", type=int, default=1500, help="clips in which the trunk is frozen")
    parser.add_argument("--deep-until", type=int, default=30000, help="clips until all of it is trained")
    parser.add_argument("--stills", type=float, default=0.6, help="share of whole photographs")
    parser.add_argument("--jump", type=float, default=0.5, help="share of clips with a far first frame")
    parser.add_argument(
        "--cycle", type=float, default=0.12,
        help="share of steps with unlabelled footage, once the heads are trained",
    )
    parser.add_argument(
        "--asked", type=float, default=0.25, help="share of steps with single pictures, for prompts alone"
    )
    parser.add_argument("--workers", type=int, default=0, help="processes that draw clips")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--every", type=float, default=10, help="minutes between checkpoints")
    parser.add_argument("--unchecked", action="store_true", help="no validation, for a quick try")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args(line)


def stage_of(clips: int, args: argparse.Namespace) -> int:
    """The number of the stage after so many clips."""
    return 0 if clips < args.heads_until else 1 if clips < args.deep_until else 2


def begin(args: argparse.Namespace) -> dict:
    """The state to go on from: the run's own, the repository's, or first weights."""
    latest = args.run / "latest.pt"
    if latest.exists():
        return torch.load(latest, weights_only=True, map_location="cpu")
    place = {"step": 0, "clips": 0, "minutes": 0.0, "best": -1.0}
    if args.resume:
        return place | load(args.resume)
    if args.start:
        kept = torch.load(args.start, weights_only=True, map_location="cpu")["kept"]
    else:
        kept = Swift2().state_dict()
    return place | {"kept": kept, "model": {k: v.clone() for k, v in kept.items()}}


def groups(model: Swift2) -> list[dict]:
    """Parameters of the heads and of the trunk, with their share of the rate."""
    trunk = list(model.encoder.trunk.parameters())
    known = {id(p) for p in trunk}
    heads = [p for p in model.parameters() if id(p) not in known]
    return [
        {"params": heads, "share": 1.0, "weight_decay": 1e-4},
        {"params": trunk, "share": TRUNK_RATE, "weight_decay": 0.0},
    ]


def average(kept: Swift2, model: Swift2, decay: float) -> None:
    """Moves `kept` towards `model`."""
    with torch.no_grad():
        for a, b in zip(kept.state_dict().values(), model.state_dict().values()):
            a.lerp_(b, 1 - decay)


def draw(made: Clips, args: argparse.Namespace) -> Batch:
    """A batch in one of the sizes."""
    height, width = SIZES[int(made.random.integers(len(SIZES)))]
    height, width = (max(64, round(side * args.scale / 16) * 16) for side in (height, width))
    if args.asked > 0 and made.chance(args.asked):
        # As dear as a batch of clips.
        return made.draw(round(args.batch * 2.7), 1, height, width, stills=0.85, jump=0)
    if args.cycle > 0 and made.chance(args.cycle):
        return made.there_and_back(args.batch, height, width)
    return made.draw(args.batch, args.length, height, width, stills=args.stills, jump=args.jump)


def produce(queue, args: argparse.Namespace, seed: int) -> None:
    """Fills `queue` with batches, in a process of its own."""
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    made = Clips(Material(args.material, "train"), seed)
    while True:
        batch = draw(made, args)
        queue.put((batch.frames.half(), batch.masks.half(), batch.flow.half(), batch.jump))


def source(args: argparse.Namespace, seed: int):
    """Batches for ever: from processes beside this one, or drawn here."""
    if args.workers == 0:
        made = Clips(Material(args.material, "train"), seed)
        while True:
            yield draw(made, args).to(args.device)
    context = torch.multiprocessing.get_context("spawn")
    queue = context.Queue(2 * args.workers)
    for number in range(args.workers):
        context.Process(target=produce, args=(queue, args, seed * 1000 + number), daemon=True).start()
    while True:
        frames, masks, flow, jump = (t.to(args.device) for t in queue.get())
        yield Batch(frames.float(), masks.float(), flow.float(), jump)


class Training:
    """The model, its average, the optimiser and the place in the schedule."""

    def __init__(self, args: argparse.Namespace):
        self.args, self.device = args, torch.device(args.device)
        state = begin(args)
        self.model, self.kept = Swift2().to(self.device), Swift2().to(self.device).eval()
        self.model.load_state_dict(state["model"])
        self.kept.load_state_dict(state["kept"])
        self.optimiser = torch.optim.AdamW(groups(self.model), lr=args.rate)
        if "optimiser" in state:
            self.optimiser.load_state_dict(state["optimiser"])
        self.step, self.clips = state["step"], state["clips"]
        self.minutes, self.best = state["minutes"], state["best"]
        self.figures: dict = state.get("figures", {})
        # A warm optimiser needs no second warming up.
        self.warm = 0 if "optimiser" in state else self.step
        self.random = np.random.default_rng(args.seed + self.step)
        # Of the unlabelled clips, the share in which the teacher trusts itself.
        self.used = 0.0

    def rate(self, done: float) -> float:
        """The heads' rate when this share of the call is over."""
        warm = min(1.0, (self.step - self.warm + 1) / 50)
        fall = 1 - done if self.args.finish else 1.0
        return self.args.rate * warm * fall

    def learn(self, clips: Batch, done: float) -> list[float] | None:
        """One step; the losses and overlaps, or nothing where the footage is unlabelled."""
        frozen = STAGES[stage_of(self.clips, self.args)][1]
        rate = self.rate(done)
        for group in self.optimiser.param_groups:
            group["lr"] = rate * group["share"]
        self.model.train()
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.device.type == "cuda"):
            if clips.there_and_back:
                return self.cycle(clips, frozen)
            seen = features(self.model, clips.frames, frozen)
            length, rounds = clips.frames.shape[1], 1 + int(self.random.integers(3))
            loss, track = torch.zeros((), device=self.device), torch.tensor(float("nan"))
            if length > 1:
                loss, track = track_loss(self.model, seen, clips, self.random)
            else:
                rounds += 1
            at = 0 if self.random.uniform() < 0.7 else length - 1
            asked, first, last = prompt_loss(
                self.model, seen[at], clips.masks[:, at], self.random, rounds
            )
            total = loss + 0.6 * asked
        self.descend(total)
        return [float(x.detach()) for x in (total, track, first, last)]

    def cycle(self, clips: Batch, frozen: int) -> None:
        """One step on unlabelled footage. The heads learn from true masks alone before they teach."""
        if stage_of(self.clips, self.args) == 0:
            return
        loss, used = cycle_loss(self.model, self.kept, clips, self.random, frozen)
        self.used = 0.95 * self.used + 0.05 * used
        if loss is not None:
            self.descend(0.5 * used * loss)

    def descend(self, loss: torch.Tensor) -> None:
        """One step of the optimiser; every kind of batch counts alike in the schedule."""
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), 2.0)
        if torch.isfinite(norm):
            self.optimiser.step()
        self.step += 1
        self.clips += self.args.batch
        # Over the last fifth of all steps: with few clips a step, single weights are noisy.
        average(self.kept, self.model, min(0.998, 1 - 5 / (self.step + 10)))

    def state(self) -> dict:
        """All that a checkpoint holds."""
        return {
            "model": self.model.state_dict(), "kept": self.kept.state_dict(),
            "optimiser": self.optimiser.state_dict(), "step": self.step, "clips": self.clips,
            "minutes": round(self.minutes, 2), "best": self.best, "figures": self.figures,
            "stage": STAGES[stage_of(self.clips, self.args)][0],
        }

    def save(self, held_out: Material | None) -> None:
        """Validates, logs and writes `latest.pt`, and `best.pt` where it is the best."""
        run, better = self.args.run, False
        if held_out is not None:
            model = copy.deepcopy(self.kept).cpu()
            self.figures = validate(New(model), held_out)
            better = self.figures["score"] > self.best
            self.best = max(self.best, self.figures["score"])
            line = self.figures | {
                "step": self.step, "clips": self.clips, "minutes": round(self.minutes, 2)
            }
            print(json.dumps({"validation": line}), flush=True)
            with (run / "validation.jsonl").open("a") as log:
                log.write(json.dumps(line) + "\n")
        state = self.state()
        for name in ("latest", "best") if better else ("latest",):
            torch.save(state, run / f"{name}.part")
            (run / f"{name}.part").rename(run / f"{name}.pt")


def main() -> None:
    """Trains for `--minutes`."""
    args = arguments()
    torch.set_num_threads(args.threads)
    cv2.setNumThreads(1)
    torch.manual_seed(args.seed)
    args.run.mkdir(parents=True, exist_ok=True)
    training = Training(args)
    held_out = None if args.unchecked else Material(args.material, "validation")
    drawn = source(args, args.seed + training.step)
    began, before, saved = time.time(), training.minutes, time.time()
    shown, first_step = [], training.step
    # A training that is told to end saves what it has learned, without validation.
    told = []
    signal.signal(signal.SIGTERM, lambda *_: told.append(True))
    while True:
        spent = (time.time() - began) / 60
        training.minutes = before + spent
        done = min(1.0, spent / args.minutes)
        if told or done >= 1 or training.step - first_step >= args.steps:
            break
        figures = training.learn(next(drawn), done)
        if figures is None:
            continue
        shown.append(figures)
        if len(shown) == 25:
            names = ("loss", "track", "first", "last")
            line = {
                "step": training.step, "clips": training.clips, "minutes": round(training.minutes, 2),
                "stage": STAGES[stage_of(training.clips, args)][0], "rate": round(training.rate(done), 6),
            }
            if training.used:
                line["unlabelled"] = round(training.used, 3)
            line |= {n: round(float(v), 4) for n, v in zip(names, np.nanmean(shown, 0))}
            print(json.dumps(line), flush=True)
            shown = []
        if time.time() - saved > args.every * 60:
            training.save(held_out)
            saved = time.time()
    training.save(None if told else held_out)


if __name__ == "__main__":
    main()
