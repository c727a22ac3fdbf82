"""Scores a checkpoint on the validation part: the only figures that may choose between two.

    python validate.py --data ../shared/train --run RUN [--weights RUN/best.pt]
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch
import torch.nn.functional as F

from data import Part, load
from model import Swift, shrink
from scenes import Scenes
from unroll import Clicks, Track, features, overlap


def follow(model: Swift, frames, masks, flow) -> float:
    """Mean overlap of frames 1.. followed from the true mask of frame 0."""
    seen = features(model, frames)
    track, total = Track(model, seen[0], masks[:, 0], keep=3), 0.0
    for time in range(1, frames.shape[1]):
        logits = track.step(
            seen[time], frames[:, time], frames[:, time - 1], flow[:, time], time
        )[0]
        target = shrink(masks[:, time], 2)
        total += float(overlap(logits.float().sigmoid(), target).mean())
    return total / (frames.shape[1] - 1)


def asked(model: Swift, frames, masks, random, kind: float, rounds: int) -> float:
    """Mean overlap of one frame from a box (kind 0) or clicks (kind 1)."""
    seen = features(model, frames[:, :1])[0]
    clicks = Clicks(masks[:, 0], random, torch.full((len(frames),), kind, device=frames.device))
    earlier = torch.zeros_like(clicks.target)
    for _ in range(rounds):
        chance = model.prompter(*seen, clicks.hints, earlier)[0].float().sigmoid()
        wrong = ((chance > 0.5) != (clicks.target > 0.5)).float()
        clicks.add(wrong, torch.ones_like(clicks.boxed, dtype=torch.bool))
        earlier = chance * 2 - 1
    valid = clicks.target.sum((1, 2, 3)) > 20
    return float(overlap(chance, clicks.target)[valid].mean())


def video(model: Swift, part: Part, device: str, length: int = 30) -> float:
    """Mean overlap over the masked video, with estimated flow, from its first frame."""
    import cv2

    size = (224, 336)
    frames = F.interpolate(part.video[:length].float() / 255, size, mode="area")
    masks = F.interpolate(part.video_masks[:length, None].float(), size, mode="area")
    method = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    grey = frames.mean(1).mul(255).byte().cpu().numpy()
    flow = torch.zeros(length, 2, *size)
    for time in range(1, length):
        flow[time] = torch.from_numpy(method.calc(grey[time], grey[time - 1], None)).permute(2, 0, 1)
    move = lambda t: t[None].to(device)
    return follow(model, move(frames), move(masks), move(flow))


@torch.no_grad()
def validate(model: Swift, part: Part, device: str, batches: int = 4) -> dict[str, float]:
    """Overlaps on held-out scenes and on the masked video, and their mean as the score."""
    model.eval()
    scenes = Scenes(part, device, seed=77, dis=1.0)
    track = box = clicks = 0.0
    for _ in range(batches):
        clips = scenes.draw(6, 8, 192, 320)
        shown = clips.masks[:, 0].sum((1, 2, 3)) > 200
        frames, masks, flow = clips.frames[shown], clips.masks[shown], clips.flow[shown]
        track += follow(model, frames, masks, flow) / batches
        box += asked(model, frames, masks, scenes.random, 0.0, 1) / batches
        clicks += asked(model, frames, masks, scenes.random, 1.0, 3) / batches
    real = video(model, part, device)
    score = 0.5 * track + 0.2 * real + 0.15 * box + 0.15 * clicks
    found = {"track": track, "video": real, "box": box, "clicks": clicks, "score": score}
    return {k: round(v, 4) for k, v in found.items()}


def write(part: Part, out: Path, clips: int, length: int) -> None:
    """Held-out scenes and the masked video as folders of pictures, for `airoto eval`."""
    import numpy as np
    from PIL import Image

    def save(folder: Path, frames: np.ndarray, masks: np.ndarray) -> None:
        for name in ("frames", "masks"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        for index, (frame, mask) in enumerate(zip(frames, masks)):
            Image.fromarray(frame).save(folder / "frames" / f"{index:05d}.png")
            Image.fromarray(mask).save(folder / "masks" / f"{index:05d}.png")

    scenes, done = Scenes(part, "cpu", seed=99), 0
    while done < clips:
        drawn = scenes.draw(1, length, 272, 480)
        masks = drawn.masks[0, :, 0] > 0.5
        # An object that is hardly there at first cannot be asked for.
        if masks[0].sum() < 600:
            continue
        frames = (drawn.frames[0].permute(0, 2, 3, 1) * 255).byte().numpy()
        save(out / f"scene-{done:02d}", frames, masks.byte().numpy() * 255)
        done += 1
    frames = part.video.permute(0, 2, 3, 1).numpy()
    save(out / "video", frames, part.video_masks.numpy() * 255)


def main() -> None:
    """Prints the figures of one checkpoint."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--write", type=Path, help="write held-out clips here instead")
    args = parser.parse_args()
    if args.write:
        write(load(args.data, args.run / "material.pt")["validation"], args.write, 10, 16)
        return
    model = Swift().to(args.device)
    weights = args.weights or args.run / "best.pt"
    model.load_state_dict(torch.load(weights, weights_only=True, map_location=args.device)["kept"])
    part = load(args.data, args.run / "material.pt")["validation"]
    print(json.dumps(validate(model, part, args.device)))


if __name__ == "__main__":
    main()
