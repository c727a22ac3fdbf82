"""Compares a pack with the reference on random weights: `python -m airoto_export.check --family sam2 --frames DIR`.

The state machine is driven by hand over ONNX Runtime, frame by frame, with the prompts of one object: a point on the
first frame and a correction of two points later, then a mask. Printed for each frame: the largest difference of the
low-resolution logits, and the overlap of the masks.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np
import onnxruntime
import torch
import torch.nn.functional as functional

from . import families, reference
from .pack import write_pack


class Drive:
    """One object tracked by the graphs of a pack, forward from its first prompt."""

    def __init__(self, pack: Path, threads: int):
        manifest = json.loads((pack / "model.json").read_text())
        self.constants = manifest["constants"]
        self.size = manifest["input"]["width"]
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self.graphs = {
            name: onnxruntime.InferenceSession(str(pack / graph["file"]), options)
            for name, graph in manifest["graphs"].items()
        }
        self.absent = np.array(self.constants["no_object_pointer"], np.float32)
        self.prompted: dict[int, tuple] = {}
        self.recent: dict[int, tuple] = {}

    def run(self, graph: str, **inputs):
        return self.graphs[graph].run(None, inputs)

    def decode(self, features, image, points, labels, mask=None, prompted_points=0):
        """The chosen mask, its pointer and the object's score."""
        fine, middle = features[:2]
        side = self.size // 4
        given = mask is not None
        masks, iou, pointers, score = self.run(
            "mask_decoder",
            image_embed=image,
            high_res_feats_0=fine,
            high_res_feats_1=middle,
            point_coords=np.array(points, np.float32).reshape(1, -1, 2),
            point_labels=np.array(labels, np.int64).reshape(1, -1),
            mask_input=mask if given else np.zeros((1, 1, side, side), np.float32),
            has_mask_input=np.array([float(given)], np.float32),
        )
        best = 1 + int(np.argmax(iou[0, 1:]))
        constants = self.constants
        if constants["multimask_min_points"] <= prompted_points <= constants["multimask_max_points"]:
            chosen, pointer = best, best
        else:
            delta = constants["stability_delta"]
            outer = np.count_nonzero(masks[0, 0] > -delta)
            stable = np.count_nonzero(masks[0, 0] > delta) / outer if outer else 1.0
            chosen, pointer = (0 if stable >= constants["stability_threshold"] else best), 0
        score = float(score[0, 0])
        if score <= 0:
            return np.full_like(masks[0, 0], -1024.0), self.absent, score
        return masks[0, chosen], pointers[0, pointer], score

    def attend(self, time: int, pixel, frames: int):
        """Features of a frame conditioned on what is remembered."""
        features, rows, pointers, distances = [], [], [], []
        for feature, _ in self.prompted.values():
            features.append(feature[0])
            rows.append(self.constants["memories"] - 1)
        for offset in range(self.constants["memories"] - 1, 0, -1):
            if time - offset in self.recent:
                features.append(self.recent[time - offset][0][0])
                rows.append(offset - 1)
        largest = min(frames, self.constants["max_pointers"])
        for at, (_, pointer) in self.prompted.items():
            if at <= time:
                pointers.append(pointer)
                distances.append(time - at)
        for offset in range(1, largest):
            if time - offset in self.recent:
                pointers.append(self.recent[time - offset][1])
                distances.append(offset)
        return self.run(
            "memory_attention",
            pix_feat=pixel,
            mem_feats=np.stack(features),
            mem_tpos=np.array(rows, np.int64),
            obj_ptrs=np.stack(pointers),
            obj_ptr_tdiff=np.array(distances, np.float32) / (largest - 1),
        )[0]

    def step(self, time: int, image, prompt, frames: int):
        """Low-resolution logits of one frame, which is remembered."""
        features = self.run("image_encoder", image=image)
        pixel, initial = features[2], features[3]
        side = (self.size, self.size)
        if prompt is not None and "mask" in prompt:
            mask = prompt["mask"].astype(np.float32).reshape(1, 1, *side)
            high = torch.from_numpy(mask * 20 - 10)
            low = functional.interpolate(high, size=(self.size // 4,) * 2, mode="bilinear", antialias=True)
            small = self.run("mask_downsample", mask=mask)[0]
            _, pointer, _ = self.decode(features, pixel, [[0, 0]], [-1], small)
            there = bool((mask > 0).any())
            logits, score = low[0, 0].numpy(), 10.0 if there else -10.0
            pointer = pointer if there else self.absent
        else:
            image_features = initial if prompt is not None else self.attend(time, pixel, frames)
            points, labels = (prompt["points"], prompt["labels"]) if prompt else ([[0, 0]], [-1])
            count = len(labels) if prompt else 0
            logits, pointer, score = self.decode(features, image_features, points, labels, None, count)
            high = functional.interpolate(torch.from_numpy(logits)[None, None], size=side, mode="bilinear")
        seen = (high > 0).float() if prompt is not None else torch.sigmoid(high)
        seen = seen * self.constants["mask_scale"] + self.constants["mask_bias"]
        memory = torch.from_numpy(self.run(
            "memory_encoder",
            pix_feat=pixel,
            mask_for_mem=seen.numpy(),
            object_score=np.array([[score]], np.float32),
        )[0])
        if self.constants["memory_precision"] == "bf16":
            memory = memory.bfloat16().float()
        (self.prompted if prompt is not None else self.recent)[time] = (memory.numpy(), pointer)
        return logits


def compare(model, family: str, pack: Path, frames, prompts, threads: int) -> tuple[float, float]:
    """Prints a line a frame; gives the worst difference and the worst overlap."""
    expected = reference.track(model, family, frames, prompts).logits
    drive = Drive(pack, threads)
    images = [reference.pixels(frame, drive.size)[None].numpy() for frame in frames]
    found = {t: drive.step(t, images[t], prompts[t], len(frames)) for t in sorted(prompts)}
    worst, least = 0.0, 1.0
    for time, logits in enumerate(expected):
        mine = found[time] if time in found else drive.step(time, images[time], None, len(frames))
        either = np.count_nonzero((mine > 0) | (logits > 0))
        overlap = np.count_nonzero((mine > 0) & (logits > 0)) / either if either else 1.0
        error = float(np.abs(mine - logits).max())
        print(f"frame {time:3}  error {error:.2e}  overlap {overlap:.5f}  logits {logits.min():.1f} to {logits.max():.1f}")
        worst, least = max(worst, error), min(least, overlap)
    return worst, least


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--family", choices=("sam2", "edgetam"), required=True)
    parser.add_argument("--frames", type=Path, required=True, help="a folder of pictures")
    parser.add_argument("--count", type=int, default=9)
    parser.add_argument("--size", type=int, default=128, help="side of the input; the small configuration below 512")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    warnings.filterwarnings("ignore")
    torch.manual_seed(0)
    if args.size < 512:
        config = families.tiny_config(args.family, args.size)
    elif args.family == "sam2":
        config = families.sam2_config(families.SAM2_VARIANTS["tiny"], args.size, "2.1")
    else:
        config = families.edgetam_config(args.size)
    model = families.model_class(args.family)(config).eval()
    reference.randomise(model, 0)
    frames = reference.read_frames(args.frames, args.count)
    side = args.size
    mask = np.zeros((side, side), np.float32)
    mask[side // 4 : side // 2, side // 3 : side // 2] = 1
    scripts = [
        {0: {"points": [[side * 0.5, side * 0.5]], "labels": [1]},
         min(6, len(frames) - 1): {"points": [[side * 0.3, side * 0.5], [side * 0.6, side * 0.2]], "labels": [1, 0]}},
        {0: {"mask": mask}},
    ]
    with tempfile.TemporaryDirectory() as folder:
        pack = Path(folder) / "pack"
        write_pack(model, args.family, args.size, "fp32", "random", "none", pack)
        results = [compare(model, args.family, pack, frames, script, args.threads) for script in scripts]
    worst, least = max(r[0] for r in results), min(r[1] for r in results)
    print(f"worst error {worst:.2e}, worst overlap {least:.5f}")
    return 0 if worst < 2e-3 and least >= 0.999 else 1


if __name__ == "__main__":
    sys.exit(main())
