"""Writes the model pack: four ONNX graphs, `model.json` and the model card's figures.

    python export.py --weights RUN/best.pt --out ../../bundle/models/swift [--version 1]
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
from pathlib import Path

import torch
from torch import nn

from model import KEY, VALUE, Swift

OPSET = 18
LONG_SIDE = 384
"""Pixels of the longer side of the picture that the model sees."""
MULTIPLE = 16
"""Both sides are multiples of this."""
MEMORIES = 5
"""Frames that the tracker attends to at most, the frame before apart."""


class TrackerGraph(nn.Module):
    """The tracker with the memory [N, C, h, w] of one object."""

    def __init__(self, model: Swift):
        super().__init__()
        self.inner = model.tracker

    def forward(self, f2, f4, f8, key, keys, values, last_key, last_value, prior, distance, flow):
        logits, _, scores, _ = self.inner(
            f2, f4, f8, key, keys[None], values[None], last_key, last_value, prior, distance, flow
        )
        return logits, scores.sigmoid()


class PrompterGraph(nn.Module):
    """The prompter without its training outputs."""

    def __init__(self, model: Swift):
        super().__init__()
        self.inner = model.prompter

    def forward(self, f2, f4, f8, key, hints, earlier):
        logits, _, scores = self.inner(f2, f4, f8, key, hints, earlier)
        return logits, scores.sigmoid()


def graphs(model: Swift, height: int, width: int):
    """Each graph: module, example inputs by name, output names."""
    size = lambda channels, stride: torch.rand(1, channels, height // stride, width // stride)
    seen = {"f2": size(16, 2), "f4": size(32, 4), "f8": size(64, 8), "key": size(KEY, 8)}
    many = lambda channels: size(channels, 8).repeat(2, 1, 1, 1)
    return {
        "encoder": (model.encoder, {"image": size(3, 1)}, list(seen)),
        "memory": (model.memory, {"f8": seen["f8"], "mask": size(1, 1)}, ["value"]),
        "tracker": (
            TrackerGraph(model),
            seen | {
                "keys": many(KEY), "values": many(VALUE), "last_key": size(KEY, 8),
                "last_value": size(VALUE, 8), "prior": size(1, 2), "distance": size(1, 2),
                "flow": size(2, 8),
            },
            ["logits", "scores"],
        ),
        "prompter": (
            PrompterGraph(model), seen | {"hints": size(4, 2), "earlier": size(1, 2)},
            ["logits", "scores"],
        ),
    }


STRIDES = {"image": 1, "mask": 1, "f2": 2, "prior": 2, "distance": 2, "hints": 2, "earlier": 2, "f4": 4}
"""Of the inputs that are not at stride 8."""


PROMPTS = {"clicks": "both", "box": "colour"}
"""What answers to each kind of prompt: the prompter (graph), the flow tracker's colours and cut
(colour), or these from what the prompter believes (both)."""


def write(model: Swift, out: Path, version: str, half: bool = False, prompts: dict = PROMPTS) -> dict:
    """All graphs and the manifest; returns the manifest."""
    out.mkdir(parents=True, exist_ok=True)
    model = model.eval().cpu()
    listed = {}
    for name, (module, inputs, outputs) in graphs(model, 224, 384).items():
        path = out / f"{name}.onnx"
        axes = {}
        for tensor in inputs:
            stride = STRIDES.get(tensor, 8)
            axes[tensor] = {2: f"h{stride}", 3: f"w{stride}"}
            if tensor in ("keys", "values"):
                axes[tensor][0] = "memories"
        for tensor in outputs:
            if tensor not in ("scores",):
                axes[tensor] = {2: f"{tensor}_h", 3: f"{tensor}_w"}
        torch.onnx.export(
            module.eval(), tuple(inputs.values()), str(path), input_names=list(inputs),
            output_names=outputs, dynamic_axes=axes, opset_version=OPSET, dynamo=False,
        )
        if half:
            halve_weights(path)
        data = path.read_bytes()
        listed[name] = {
            "file": path.name, "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)
        }
    manifest = {
        "format": 1,
        "name": "swift",
        "family": "swift",
        "version": version,
        "licence": "MIT OR Apache-2.0",
        # The model brings its own normalisation.
        "input": {
            "width": LONG_SIDE, "height": LONG_SIDE, "mean": [0, 0, 0], "deviation": [1, 1, 1]
        },
        "precision": "fp16 weights" if half else "fp32",
        "graphs": listed,
        "constants": {
            "long_side": LONG_SIDE, "multiple": MULTIPLE, "memories": MEMORIES, "every": 5,
            "key_channels": KEY, "value_channels": VALUE,
            "prompts": prompts,
        },
    }
    (out / "model.json").write_text(json.dumps(manifest, indent=1) + "\n")
    return manifest


def halve_weights(path: Path) -> None:
    """Stores the weights in 16 bits; the arithmetic stays in 32."""
    import numpy as np
    import onnx
    from onnx import helper, numpy_helper

    model = onnx.load(str(path))
    casts, kept = [], []
    for tensor in model.graph.initializer:
        if tensor.data_type != onnx.TensorProto.FLOAT or np.prod(tensor.dims) < 256:
            kept.append(tensor)
            continue
        values = numpy_helper.to_array(tensor).astype(np.float16)
        stored = f"{tensor.name}.half"
        kept.append(numpy_helper.from_array(values, stored))
        casts.append(helper.make_node("Cast", [stored], [tensor.name], to=onnx.TensorProto.FLOAT))
    del model.graph.initializer[:]
    model.graph.initializer.extend(kept)
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    onnx.save(model, str(path))


def check(model: Swift, out: Path, tolerance: float) -> float:
    """The largest difference between ONNX Runtime and PyTorch over all graphs, at another size."""
    # It collects and sends usage data unless it is told this before it works.
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime

    worst = 0.0
    for name, (module, inputs, outputs) in graphs(model, 192, 320).items():
        session = onnxruntime.InferenceSession(
            str(out / f"{name}.onnx"), providers=["CPUExecutionProvider"]
        )
        found = session.run(outputs, {k: v.numpy() for k, v in inputs.items()})
        with torch.no_grad():
            expected = module.eval()(*inputs.values())
        expected = expected if isinstance(expected, tuple) else (expected,)
        for a, b in zip(found, expected):
            worst = max(worst, float((torch.from_numpy(a) - b).abs().max()))
    if worst > tolerance:
        raise SystemExit(f"graphs differ from the model by {worst}, expected at most {tolerance}")
    return worst


def main() -> None:
    """Exports one checkpoint and compares the graphs with it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--version", default="1")
    parser.add_argument("--half", action="store_true", help="store weights in 16 bits")
    for kind, how in PROMPTS.items():
        parser.add_argument(
            f"--{kind}", choices=["graph", "colour", "both"], default=how,
            help=f"what answers to a prompt of the kind {kind} ({how})",
        )
    args = parser.parse_args()
    model = Swift()
    model.load_state_dict(torch.load(args.weights, weights_only=True, map_location="cpu")["kept"])
    manifest = write(model, args.out, args.version, args.half, {"clicks": args.clicks, "box": args.box})
    worst = check(model, args.out, 0.2 if args.half else 2e-3)
    total = sum(g["bytes"] for g in manifest["graphs"].values())
    print(f"{args.out}: {total / 1e6:.2f} MB in {len(manifest['graphs'])} graphs, off by {worst:.1e}")


if __name__ == "__main__":
    main()
