"""The weights that training begins with.

    python -m swift2.warm --material material.zip --pack ../../bundle/models/swift --out RUN/start.pt

1. The trunk: the package's weights.
2. Keys: principal components of the trunk's features on training photographs, each scaled to unit
   variance, so that an untrained tracker already finds cells that look alike.
3. The decoders and the memory encoder: those of Swift 1's pack, with the new inputs at zero weight.
4. f4 and f8: a few hundred steps in which they learn to be Swift 1's features, so that its decoders
   understand them. The picture's own stem is Swift 1's.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F


from swift2.clips import Clips
from swift2.material import Material
from swift2.model import READ, Swift2
from swift2.trunk import fill, package_weights


def pack_weights(path: Path) -> tuple[dict[str, torch.Tensor], list[tuple[torch.Tensor, torch.Tensor]]]:
    """A graph's weights by name, and weight and bias of its convolutions in order."""
    import onnx
    from onnx import numpy_helper

    graph = onnx.load(str(path)).graph
    found = {
        t.name.removesuffix(".half"): torch.from_numpy(numpy_helper.to_array(t).astype(np.float32))
        for t in graph.initializer
    }
    convs = [(found[n.input[1]], found[n.input[2]]) for n in graph.node if n.op_type == "Conv"]
    return found, convs


def decoder_from(decoder, stored: dict[str, torch.Tensor], columns: list[tuple[int, int, int, float]]) -> None:
    """Swift 1's decoder; `columns` (from, to, count, factor) says where its inputs at stride 8 are now."""
    for name, value in decoder.named_parameters():
        old = stored.get(f"inner.decoder.{name}")
        if old is None:
            continue
        if name == "into.weight":
            value.zero_()
            for source, goal, count, factor in columns:
                value[:, goal : goal + count] = old[:, source : source + count] * factor
        else:
            value.copy_(old)


@torch.no_grad()
def from_swift1(model: Swift2, pack: Path) -> None:
    """Copies what Swift 1 has."""
    _, convs = pack_weights(pack / "encoder.onnx")
    encoder = model.encoder
    for conv, (weight, bias) in ((encoder.stem, convs[0]), (encoder.from2, convs[1]), (encoder.merge, convs[13])):
        conv.weight.copy_(weight)
        conv.bias.copy_(bias)
    memory, _ = pack_weights(pack / "memory.onnx")
    for name, value in model.memory.named_parameters():
        value.copy_(memory[name])
    tracker, _ = pack_weights(pack / "tracker.onnx")
    # f8; the whole memory, now in two readings; the frame before; cues.
    decoder_from(model.tracker.decoder, tracker, [
        (0, 0, 64, 1.0), (64, 64, READ, 0.5), (64, 64 + 2 * READ, READ, 0.5),
        (64 + READ, 64 + READ, READ, 1.0), (64 + 2 * READ, 64 + 3 * READ, 4, 1.0),
    ])
    model.tracker.trust.copy_(tracker["inner.trust"])
    prompter, _ = pack_weights(pack / "prompter.onnx")
    decoder_from(model.prompter.decoder, prompter, [(0, 0, 68, 1.0), (68, 72, 5, 1.0)])
    model.prompter.trust.zero_()


@torch.no_grad()
def set_keys(model: Swift2, pictures: list[torch.Tensor]) -> None:
    """The scale of the trunk's features in `pictures` [3, H, W], and keys as their principal components."""
    encoder = model.encoder
    seen = [encoder.trunk(picture[None]) for picture in pictures]
    flat = [torch.cat([s[n].flatten(2)[0, :, :: (31, 17, 7, 2, 2)[n]] for s in seen], 1) for n in range(5)]
    for number, features in enumerate(flat):
        getattr(encoder, f"mean{number}").copy_(features.mean(1).view(1, -1, 1, 1))
        getattr(encoder, f"scale{number}").copy_(1 / (features.std(1).view(1, -1, 1, 1) + 1e-2))
    normal = [f.flatten(2)[0] for f in encoder.normal([f[None, :, :, None] for f in flat])]
    for features, convs in (
        (normal[2], [encoder.key8]),
        (torch.cat(normal[3:]), [encoder.key8deep, encoder.key16]),
    ):
        values, vectors = torch.linalg.eigh(features @ features.T / features.shape[1])
        for conv in convs:
            count = conv.weight.shape[0]
            top, scale = vectors[:, -count:].flip(1).T, values[-count:].flip(0)
            # Half-way to equal variance: the last components are mostly noise.
            weight = top * (scale + 0.3).rsqrt()[:, None] / count**0.5
            conv.weight.copy_(weight[:, :, None, None])
            conv.bias.zero_()


class Pack:
    """Swift 1 as its pack runs, with the interfaces of `unroll.py`."""

    def __init__(self, pack: Path):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        open_graph = lambda name: onnxruntime.InferenceSession(
            str(pack / f"{name}.onnx"), options, providers=["CPUExecutionProvider"]
        )
        self.graphs = {n: open_graph(n) for n in ("encoder", "memory", "tracker", "prompter")}

    def run(self, graph: str, **inputs) -> list[torch.Tensor]:
        """One graph on tensors."""
        fed = {k: v.contiguous().numpy() for k, v in inputs.items()}
        return [torch.from_numpy(x) for x in self.graphs[graph].run(None, fed)]

    def encode(self, image: torch.Tensor) -> list[torch.Tensor]:
        """f2, f4, f8, key of [B, 3, H, W]; the graph takes one picture."""
        found = [self.run("encoder", image=one[None]) for one in image]
        return [torch.cat(f) for f in zip(*found)]


def learn_features(model: Swift2, pack: Pack, clips: Clips, steps: int) -> list[float]:
    """f4 and f8 learn to be Swift 1's; returns the share of variance left over, by tens of steps."""
    encoder = model.encoder
    parts = [encoder.from2, encoder.add4, encoder.add8, encoder.add16, encoder.merge]
    optimiser = torch.optim.Adam([p for m in parts for p in m.parameters()], 3e-3)
    left = []
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = 4e-3 * min(1, (steps - step) / (0.6 * steps))
        photos = [clips.photo() for _ in range(2)]
        images = []
        for photo in photos:
            top, at = (int(clips.random.integers(max(1, s - n + 1))) for s, n in zip(photo.shape, (192, 256)))
            piece = torch.from_numpy(photo[top : top + 192, at : at + 256]).permute(2, 0, 1)[None].float() / 255
            images.append(F.interpolate(piece, (192, 256), mode="bilinear"))
        image = torch.cat(images)
        _, f4, f8, _ = pack.encode(image)
        with torch.no_grad():
            taps = encoder.trunk(image)
        _, g4, g8, *_ = encoder.heads(image, taps)
        share = lambda a, b: (a - b).square().mean() / (b - b.mean((0, 2, 3), keepdim=True)).square().mean()
        loss = share(g4, f4) + share(g8, f8)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        if step % 10 == 0:
            left.append(round(float(loss.detach()), 4))
    return left


def main() -> None:
    """Writes the first weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--material", type=Path, required=True)
    parser.add_argument("--pack", type=Path, required=True, help="Swift 1's pack")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=240)
    args = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    model, clips = Swift2(), Clips(Material(args.material, "train"), 0)
    fill(model.encoder.trunk, package_weights())
    pictures = [clips.photo() for _ in range(64)]
    cut = lambda p: p[: p.shape[0] // 16 * 16, : p.shape[1] // 16 * 16]
    set_keys(model, [torch.from_numpy(cut(p)).permute(2, 0, 1).float() / 255 for p in pictures])
    from_swift1(model, args.pack)
    left = learn_features(model, Pack(args.pack), clips, args.steps)
    print(json.dumps({"left over": left}))
    torch.save({"kept": model.state_dict()}, args.out)


if __name__ == "__main__":
    main()
