"""Writes the graphs of Swift 2 and compares them with the model.

    python -m swift2.export --weights RUN/best.pt --out PACK [--half] [--time]
    python -m swift2.export --weights RUN/best.pt --out PACK --half --prompter-for SWIFT1   # a pack of the family swift

`encoder`: image -> f2, f4, f8, f16, key8, key16. `memory`: f8, mask -> value8, value16. `tracker` and
`prompter` -> logits at stride 2, scores (presence, expected overlap). All sizes are dynamic.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import time
from pathlib import Path

import torch
from torch import nn

from export import halve_weights
from model import VALUE
from swift2.checkpoint import weights
from swift2.model import KEY16, KEY8, Swift2

OPSET = 18
LONG_SIDE = 512
"""Pixels of the longer side of the picture that the model sees."""
PROMPTER_SIDE = 320
"""The same for clicks and boxes: the size at which they were trained (EXPERIMENTS.md, 12)."""
MULTIPLE = 16
MEMORIES = 5
"""Frames that the tracker attends to at most; the nearest prompted one and the last apart."""

SEEN = {"f2": (16, 2), "f4": (32, 4), "f8": (64, 8), "f16": (64, 16), "key8": (KEY8, 8), "key16": (KEY16, 16)}
"""The encoder's outputs: channels and stride."""
INPUTS = {
    "image": (3, 1), "mask": (1, 1), "keys": (KEY16, 16), "values": (VALUE, 16), "first_key": (KEY8, 8),
    "first_value": (VALUE, 8), "last_key": (KEY8, 8), "last_value": (VALUE, 8), "prior": (1, 2),
    "distance": (1, 2), "flow": (2, 8), "hints": (4, 2), "earlier": (1, 2),
} | SEEN


class TrackerGraph(nn.Module):
    """The tracker with the memory [N, C, h, w] of one object."""

    def __init__(self, model: Swift2):
        super().__init__()
        self.inner = model.tracker

    def forward(self, f2, f4, f8, f16, key8, key16, keys, values, *rest):
        logits, _, scores, _ = self.inner(
            f2, f4, f8, f16, key8, key16, keys[None], values[None], *rest
        )
        return logits, scores.sigmoid()


class PrompterGraph(nn.Module):
    """The prompter without its training outputs."""

    def __init__(self, model: Swift2):
        super().__init__()
        self.inner = model.prompter

    def forward(self, *seen):
        logits, _, scores = self.inner(*seen)
        return logits, scores.sigmoid()


def graphs(model: Swift2):
    """Each graph: module, input names, output names."""
    seen = list(SEEN)
    tracker = ["keys", "values", "first_key", "first_value", "last_key", "last_value"]
    tracker += ["prior", "distance", "flow"]
    return {
        "encoder": (model.encoder, ["image"], seen),
        "memory": (model.memory, ["f8", "mask"], ["value8", "value16"]),
        "tracker": (TrackerGraph(model), seen + tracker, ["logits", "scores"]),
        "prompter": (PrompterGraph(model), seen + ["hints", "earlier"], ["logits", "scores"]),
    }


def examples(names: list[str], height: int, width: int, memories: int) -> list[torch.Tensor]:
    """Random inputs; keys have length 1 as the encoder's."""
    made = []
    for name in names:
        channels, stride = INPUTS[name]
        count = memories if name in ("keys", "values") else 1
        tensor = torch.rand(count, channels, height // stride, width // stride)
        if "key" in name:
            tensor = tensor - 0.5
            tensor = tensor * torch.rsqrt((tensor * tensor).sum(1, keepdim=True))
        made.append(tensor)
    return made


def merge_pads(path: Path) -> None:
    """Puts the padding of the trunk's convolutions of stride 2 into the convolutions themselves.

    PyTorch has no uneven padding in a convolution and ONNX has; as an operation of its own it copies
    the largest tensors of the graph. `check` sees whether the result is the same.
    """
    import onnx

    model = onnx.load(str(path))
    graph = model.graph
    pads = {n.output[0]: n for n in graph.node if n.op_type == "Pad"}
    for node in graph.node:
        if node.op_type != "Conv" or node.input[0] not in pads:
            continue
        found = {a.name: a for a in node.attribute}
        kernel, stride = found["kernel_shape"].ints[0], found["strides"].ints[0]
        first, last = (kernel - stride) // 2, (kernel - stride) - (kernel - stride) // 2
        found["pads"].ints[:] = [first, first, last, last]
        node.input[0] = pads[node.input[0]].input[0]
    # What led to the pads alone is no longer used.
    while True:
        used = {i for n in graph.node for i in n.input} | {o.name for o in graph.output}
        dead = [n for n in graph.node if not used & set(n.output)]
        if not dead:
            break
        for node in dead:
            graph.node.remove(node)
    onnx.save(model, str(path))


def write(model: Swift2, out: Path, version: str, half: bool = False) -> dict:
    """All graphs and a manifest; returns the manifest."""
    out.mkdir(parents=True, exist_ok=True)
    model, listed = model.eval().cpu(), {}
    for name, (module, inputs, outputs) in graphs(model).items():
        path, axes = out / f"{name}.onnx", {}
        for tensor in inputs:
            stride = INPUTS[tensor][1]
            axes[tensor] = {2: f"h{stride}", 3: f"w{stride}"}
            if tensor in ("keys", "values"):
                axes[tensor][0] = "memories"
        for tensor in outputs:
            if tensor != "scores":
                axes[tensor] = {2: f"{tensor}_h", 3: f"{tensor}_w"}
        torch.onnx.export(
            module.eval(), tuple(examples(inputs, 224, 384, 2)), str(path), input_names=inputs,
            output_names=outputs, dynamic_axes=axes, opset_version=OPSET, dynamo=False,
        )
        merge_pads(path)
        if half:
            halve_weights(path)
        data = path.read_bytes()
        listed[name] = {"file": path.name, "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
    manifest = {
        "format": 1, "name": "swift", "family": "swift2", "version": version,
        "licence": "MIT OR Apache-2.0 (trunk: Apache-2.0)",
        # The model brings its own normalisation.
        "input": {"width": LONG_SIDE, "height": LONG_SIDE, "mean": [0, 0, 0], "deviation": [1, 1, 1]},
        "precision": "fp16 weights" if half else "fp32",
        "graphs": listed,
        "constants": {
            "long_side": LONG_SIDE, "multiple": MULTIPLE, "memories": MEMORIES, "every": 5,
            "key8_channels": KEY8, "key16_channels": KEY16, "value_channels": VALUE,
        },
    }
    (out / "model.json").write_text(json.dumps(manifest, indent=1) + "\n")
    for name in ("MODEL_CARD.md", "ATTRIBUTIONS.txt"):
        shutil.copyfile(Path(__file__).parent / name, out / name)
    return manifest


def join(pack: Path, swift1: Path, version: str) -> dict:
    """Makes `pack`, which `write` wrote, the pack of Swift 1 in `swift1` with the prompter of `pack` and its encoder.

    Returns the manifest. Tracking is that of Swift 1, to the byte.
    """
    manifest = json.loads((swift1 / "model.json").read_text())
    encoder, prompter = (pack / "encoder.onnx").read_bytes(), (pack / "prompter.onnx").read_bytes()
    for graph in manifest["graphs"].values():
        shutil.copyfile(swift1 / graph["file"], pack / graph["file"])
    for name, data in (("prompter", prompter), ("prompter_encoder", encoder)):
        path = pack / f"{name}.onnx"
        path.write_bytes(data)
        manifest["graphs"][name] = {
            "file": path.name, "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)
        }
    manifest["constants"] |= {"prompter_side": PROMPTER_SIDE, "prompts": {"clicks": "both", "box": "both"}}
    manifest["version"] = version
    manifest["licence"] = "MIT OR Apache-2.0 (backbone of the prompter: Apache-2.0)"
    (pack / "model.json").write_text(json.dumps(manifest, indent=1) + "\n")
    return manifest


def session(path: Path, threads: int):
    """ONNX Runtime on the CPU."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


@torch.no_grad()
def check(model: Swift2, out: Path) -> float:
    """The largest difference between ONNX Runtime and PyTorch over all graphs, at another size,
    relative to the largest value of an output where that is above 1."""
    worst = 0.0
    for name, (module, inputs, outputs) in graphs(model).items():
        tensors = examples(inputs, 160, 256, 3)
        found = session(out / f"{name}.onnx", 1).run(outputs, {k: v.numpy() for k, v in zip(inputs, tensors)})
        for a, b in zip(found, module.eval()(*tensors)):
            worst = max(worst, float((torch.from_numpy(a) - b).abs().max()) / max(1.0, float(b.abs().max())))
    return worst


def timed(out: Path, height: int, width: int, threads: int, memories: int = MEMORIES, runs: int = 12) -> dict:
    """Median milliseconds of each graph."""
    found = {}
    for name, (_, inputs, outputs) in graphs(Swift2()).items():
        ready = session(out / f"{name}.onnx", threads)
        fed = {k: v.numpy() for k, v in zip(inputs, examples(inputs, height, width, memories))}
        taken = []
        for _ in range(runs):
            began = time.perf_counter()
            ready.run(outputs, fed)
            taken.append(time.perf_counter() - began)
        found[name] = round(sorted(taken)[len(taken) // 2] * 1000, 1)
        found[f"{name}, best"] = round(min(taken) * 1000, 1)
    return found


def main() -> None:
    """Exports, compares, and says how large and how fast the graphs are."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", type=Path, required=True, help="a .pt file or a checkpoint folder")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--version", default="6")
    parser.add_argument("--half", action="store_true", help="store weights in 16 bits")
    parser.add_argument("--prompter-for", type=Path, help="Swift 1's pack, to which the prompter is added")
    parser.add_argument("--time", action="store_true", help="milliseconds at 854x480 on two threads")
    args = parser.parse_args()
    model = Swift2().eval()
    model.load_state_dict(weights(args.weights))
    manifest = write(model, args.out, args.version, args.half)
    worst = check(model, args.out)
    tolerance = 0.05 if args.half else 1e-3
    if worst > tolerance:
        raise SystemExit(f"graphs differ from the model by {worst}, expected at most {tolerance}")
    if args.prompter_for:
        manifest = join(args.out, args.prompter_for, args.version)
    total = sum(g["bytes"] for g in manifest["graphs"].values())
    print(f"{args.out}: {total / 1e6:.2f} MB in {len(manifest['graphs'])} graphs, off by {worst:.1e}")
    if args.time and not args.prompter_for:
        print(json.dumps(timed(args.out, 288, 512, 2)))


if __name__ == "__main__":
    main()
