"""Scores weights on the held-out part: the only figures that may choose between two.

    python -m swift2.validate --material RUN/material.zip --weights RUN/best.pt
    python -m swift2.validate --material RUN/material.zip --pack ../../bundle/models/swift   # Swift 1

Held-out stills and stacks followed from the true first mask (half of them at once after a jump of the
camera), the masked video, a box and one to three clicks on held-out photographs, and how far the
expected overlap is from the true one. Both networks see the same pictures, prompts and flow.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import cv2
import numpy as np
import torch

from model import enlarge, prior_cues, shrink
from swift2.clips import Clips
from swift2.material import Material
from swift2.model import Swift2
from swift2.prompts import Asked
from swift2.unroll import Track, features
from swift2.warm import Pack
from unroll import overlap

SIZE = (256, 448)


class New:
    """Swift 2's weights."""

    def __init__(self, model: Swift2):
        self.model = model

    def see(self, frame: torch.Tensor):
        return features(self.model, frame[None, None])[0]

    def start(self, seen, mask):
        return Track(self.model, seen, mask)

    def prompt(self, seen, hints, earlier):
        logits, _, scores = self.model.prompter(*seen, hints, earlier)
        return logits, scores.sigmoid()

    @staticmethod
    def scores(out):
        return out[2].sigmoid()


class Old:
    """Swift 1's pack."""

    def __init__(self, pack: Pack):
        self.pack = pack

    def see(self, frame: torch.Tensor):
        return self.pack.encode(frame[None])

    def start(self, seen, mask):
        return OldTrack(self.pack, seen, mask)

    def prompt(self, seen, hints, earlier):
        names = ("f2", "f4", "f8", "key")
        return self.pack.run("prompter", **dict(zip(names, seen)), hints=hints, earlier=earlier)

    @staticmethod
    def scores(out):
        return out[1]


class OldTrack:
    """One object followed by Swift 1."""

    def __init__(self, pack: Pack, seen, mask):
        self.pack = pack
        value = pack.run("memory", f8=seen[2], mask=mask)[0]
        self.keys, self.values, self.last = [seen[3]], [value], (seen[3], value, mask)

    def step(self, seen, frame, before, flow, keep: bool):
        key, value, mask = self.last
        prior, distance, moved = prior_cues(frame, before, mask, flow)
        out = self.pack.run(
            "tracker", **dict(zip(("f2", "f4", "f8", "key"), seen)), keys=torch.cat(self.keys),
            values=torch.cat(self.values), last_key=key, last_value=value, prior=prior,
            distance=distance, flow=moved,
        )
        mask = enlarge(out[0].sigmoid())
        value = self.pack.run("memory", f8=seen[2], mask=mask)[0]
        if keep:
            self.keys = [self.keys[0], *self.keys[1:][-3:], seen[3]]
            self.values = [self.values[0], *self.values[1:][-3:], value]
        self.last = (seen[3], value, mask)
        return out


def follow(network, frames, masks, flow) -> tuple[list[float], list[float]]:
    """True and expected overlap in frames 1.. of one clip [T, ...], from the mask of frame 0."""
    track, true, expected = None, [], []
    for time in range(len(frames)):
        seen = network.see(frames[time])
        if track is None:
            track = network.start(seen, masks[:1])
            continue
        out = track.step(
            seen, frames[time : time + 1], frames[time - 1 : time], flow[time : time + 1],
            keep=time % 5 == 0,
        )
        target = shrink(masks[time : time + 1], 2)
        true.append(float(overlap(out[0].sigmoid(), target)))
        expected.append(float(network.scores(out)[0, 1]))
    return true, expected


def asked(network, picture, mask, random, kind: int, rounds: int) -> list[float]:
    """Overlap after a box (kind 0) or after each of `rounds` clicks (kind 1)."""
    seen, prompts = network.see(picture), Asked(mask[None], random, [kind], jitter=0.0)
    earlier, found = torch.zeros_like(prompts.target), []
    for _ in range(rounds):
        chance = network.prompt(seen, prompts.hints, earlier)[0].sigmoid()
        found.append(float(overlap(chance, prompts.target)))
        prompts.click((chance[:, 0] > 0.5).numpy(), sloppy=False)
        earlier = chance * 2 - 1
    return found


def video(material: Material, length: int):
    """The masked video: frames, masks and estimated flow."""
    size = SIZE[::-1]
    frames = [cv2.resize(material.picture(f), size, interpolation=cv2.INTER_AREA) for f, _ in material.video]
    masks = [cv2.resize(material.mask(m) * 255, size, interpolation=cv2.INTER_AREA) for _, m in material.video]
    frames, masks = np.stack(frames[:length]), np.stack(masks[:length])
    flow = torch.from_numpy(Clips(material).flow(frames))
    shown = torch.from_numpy(frames).permute(0, 3, 1, 2).float() / 255
    return shown, torch.from_numpy(masks)[:, None].float() / 255, flow


@torch.no_grad()
def validate(network, material: Material, clips: int = 16, stills: int = 24, length: int = 24) -> dict:
    """Mean overlaps, the mean error of the expected overlap and a score."""
    made = Clips(material, 77)
    found: dict[str, list[float]] = {k: [] for k in ("still", "stack", "video", "box", "click1", "click3")}
    errors = []
    for number in range(clips):
        clip = made.draw(1, 6, *SIZE, stills=float(number % 2), jump=0.25)
        true, expected = follow(network, clip.frames[0], clip.masks[0], clip.flow[0])
        found["still" if number % 2 else "stack"] += true
        errors += [abs(a - b) for a, b in zip(true, expected)]
    true, expected = follow(network, *video(material, length))
    found["video"] = true
    errors += [abs(a - b) for a, b in zip(true, expected)]
    random = np.random.default_rng(78)
    for _ in range(stills):
        frames, masks, _, _ = made.clip(1, *SIZE, stills=1.0)
        picture = torch.from_numpy(frames[0]).permute(2, 0, 1).float() / 255
        mask = torch.from_numpy(masks)
        found["box"] += asked(network, picture, mask, random, 0, 1)
        clicked = asked(network, picture, mask, random, 1, 3)
        found["click1"].append(clicked[0])
        found["click3"].append(clicked[2])
    figures = {k: float(np.mean(v)) for k, v in found.items()}
    track = (figures["still"] + figures["stack"]) / 2
    figures["score"] = (
        0.4 * track + 0.2 * figures["video"] + 0.2 * figures["box"]
        + 0.1 * figures["click1"] + 0.1 * figures["click3"]
    )
    figures["expected_off"] = float(np.mean(errors))
    return {k: round(v, 4) for k, v in figures.items()}


def main() -> None:
    """Prints the figures of one set of weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--material", type=Path, required=True)
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--pack", type=Path, help="Swift 1's pack instead")
    args = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    material = Material(args.material, "validation")
    if args.pack:
        network = Old(Pack(args.pack))
    else:
        from swift2.checkpoint import weights

        model = Swift2().eval()
        model.load_state_dict(weights(args.weights))
        network = New(model)
    print(json.dumps(validate(network, material)))


if __name__ == "__main__":
    main()
