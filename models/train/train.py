"""Trains Swift: one command, resumable, on a CPU or a GPU.

    python train.py --data ../shared/train --run RUN [--minutes 90] [--device cuda --batch 48]
"""

from __future__ import annotations

import argparse
import copy
import json
import math
import time
from pathlib import Path

import torch

from data import load
from model import Swift
from scenes import Clips, Scenes
from unroll import features, prompt_loss, track_loss
from validate import validate

SIZES = [(160, 272), (144, 240), (192, 320), (192, 256)]
"""Heights and widths of training clips; one of them for each batch."""


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the training material")
    parser.add_argument("--run", type=Path, required=True, help="folder of checkpoints and the log")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--minutes", type=float, default=60, help="length of the whole schedule")
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--length", type=int, default=4, help="frames of a clip")
    parser.add_argument("--rate", type=float, default=2e-3, help="highest learning rate")
    parser.add_argument("--reuse", type=int, default=1, help="times that a batch of clips is used")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--workers", type=int, default=0, help="processes that draw clips")
    parser.add_argument("--dis", type=float, default=0.4, help="share of clips with estimated flow")
    parser.add_argument(
        "--prompts", type=float, default=0.3, help="share of clips asked for in two frames, not one"
    )
    parser.add_argument("--scale", type=float, default=1.0, help="of the clips' size")
    parser.add_argument("--every", type=float, default=8, help="minutes between checkpoints")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--start", type=Path, help="weights to start from")
    return parser.parse_args()


def average(kept: Swift, model: Swift, decay: float) -> None:
    """Moves `kept` towards `model`; counters and statistics are taken over."""
    with torch.no_grad():
        for a, b in zip(kept.state_dict().values(), model.state_dict().values()):
            if a.dtype.is_floating_point:
                a.lerp_(b, 1 - decay)
            else:
                a.copy_(b)


def draw(scenes: Scenes, args: argparse.Namespace):
    """A batch of clips in one of the sizes."""
    height, width = SIZES[scenes.below(len(SIZES))]
    rounded = [max(64, round(side * args.scale / 16) * 16) for side in (height, width)]
    return scenes.draw(args.batch, args.length, *rounded)


def produce(queue, args: argparse.Namespace, seed: int) -> None:
    """Fills `queue` with clips, in a process of its own."""
    torch.set_num_threads(1)
    part = load(args.data, args.run / "material.pt")["train"]
    scenes = Scenes(part, "cpu", seed, dis=args.dis)
    while True:
        clips = draw(scenes, args)
        queue.put((clips.frames, clips.masks, clips.flow))


def source(args: argparse.Namespace, scenes: Scenes, seed: int):
    """Clips for ever: from processes beside this one, or drawn here, on the device."""
    if args.workers == 0:
        while True:
            yield draw(scenes, args)
    context = torch.multiprocessing.get_context("spawn")
    queue = context.Queue(4)
    for number in range(args.workers):
        context.Process(
            target=produce, args=(queue, args, seed * 1000 + number), daemon=True
        ).start()
    while True:
        yield Clips(*(t.to(args.device) for t in queue.get()))


def main() -> None:
    """Trains until the schedule ends; a second call goes on from the last checkpoint."""
    args = arguments()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    args.run.mkdir(parents=True, exist_ok=True)
    parts = load(args.data, args.run / "material.pt")
    device = torch.device(args.device)
    model = Swift().to(device, memory_format=torch.channels_last)
    if args.start:
        model.load_state_dict(torch.load(args.start, weights_only=True, map_location=device)["kept"])
    kept = copy.deepcopy(model).eval()
    optimiser = torch.optim.AdamW(model.parameters(), lr=args.rate, weight_decay=1e-4)
    step, spent, best = 0, 0.0, -1.0
    latest = args.run / "latest.pt"
    if latest.exists():
        state = torch.load(latest, weights_only=True, map_location=device)
        model.load_state_dict(state["model"])
        kept.load_state_dict(state["kept"])
        optimiser.load_state_dict(state["optimiser"])
        step, spent, best = state["step"], state["spent"], state["best"]
    scenes = Scenes(parts["train"], args.device, args.seed + step, dis=args.dis)
    drawn = source(args, scenes, args.seed + step)
    began, saved = time.time() - spent, time.time()
    shown = {"loss": 0.0, "track": 0.0, "first": 0.0, "last": 0.0, "n": 0}
    mixed = device.type == "cuda"
    while True:
        spent = time.time() - began
        done = min(1.0, spent / (args.minutes * 60))
        warm = min(1.0, (step + 1) / 100)
        rate = args.rate * warm * (0.5 + 0.5 * math.cos(math.pi * done)) + 1e-5
        for group in optimiser.param_groups:
            group["lr"] = rate
        if step % args.reuse == 0:
            clips = next(drawn)
        else:
            clips.frames, clips.masks = clips.frames.flip(4), clips.masks.flip(4)
            clips.flow = clips.flow.flip(4) * torch.tensor([-1.0, 1], device=device).view(2, 1, 1)
        model.train()
        with torch.autocast(device.type, torch.bfloat16, enabled=mixed):
            seen = features(model, clips.frames)
            loss, track = track_loss(model, seen, clips, keep=scenes.below(3))
            total = loss
            for at in {0, args.length - 1} if scenes.chance(args.prompts) else {0}:
                asked, first, last = prompt_loss(
                    model, seen[at], clips.masks[:, at], scenes.random, 1 + scenes.below(3)
                )
                total = total + 0.5 * asked
        optimiser.zero_grad(set_to_none=True)
        total.backward()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 2.0)
        if torch.isfinite(norm):
            optimiser.step()
        step += 1
        average(kept, model, min(0.998, (1 + step) / (20 + step)))
        for name, value in zip(shown, (total, track, first, last, torch.ones(()))):
            shown[name] += float(value.detach())
        if step % 25 == 0:
            n = shown.pop("n")
            line = {"step": step, "minutes": round(spent / 60, 2), "rate": round(rate, 6)}
            print(json.dumps(line | {k: round(v / n, 4) for k, v in shown.items()}), flush=True)
            shown = dict.fromkeys(shown, 0.0) | {"n": 0}
        over = done >= 1
        if over or time.time() - saved > args.every * 60:
            saved = time.time()
            figures = validate(kept, parts["validation"], args.device)
            figures |= {"step": step, "minutes": round(spent / 60, 2)}
            print(json.dumps({"validation": figures}), flush=True)
            with (args.run / "validation.jsonl").open("a") as log:
                log.write(json.dumps(figures) + "\n")
            state = {
                "model": model.state_dict(), "kept": kept.state_dict(), "step": step,
                "optimiser": optimiser.state_dict(), "spent": spent,
                "best": max(best, figures["score"]),
            }
            torch.save(state, latest.with_suffix(".part"))
            latest.with_suffix(".part").rename(latest)
            if figures["score"] > best:
                best = figures["score"]
                torch.save({"kept": kept.state_dict(), "figures": figures}, args.run / "best.pt")
        if over:
            return


if __name__ == "__main__":
    main()
