"""ViTMatte cut into graphs: a backbone that sees the whole region at once, and a decoder that is run in tiles.

What ties a pixel of alpha to far ones is attention over the whole region, in a few blocks of the backbone. It is cut
there: `part_0` goes up to the first of those blocks, `part_1` from behind its attention to the next one, and so on; the
last part ends in the features. The attention itself is `attend`, one graph without weights for all blocks, asked for
some rows of tokens at a time, so that its memory is bounded whatever the region's size. `decoder` is convolutions
alone: a tile with HALO tokens around it gives what the whole gives. So nothing is lost by tiling but rounding.

With h, w the region's tokens (16 pixels each), C channels, n heads of d = C / n channels:

    part_0    pixels[1,4,16h,16w]                        -> state[h,w,C], q[h,w,n,d], k[n,d,h*w], v[n,h*w,d],
                                                            down[h,h,d], across[w,w,d]
    attend    q, k, v, down, across, rows i64[r]         -> found[r,w,C]
    part_i    before, found[h,w,C]                       -> as part_0
    part_last before, found[h,w,C]                       -> features[1,C,h,w]
    decoder   features, pixels[1,4,16r,16c], rows i64[r], columns i64[c] -> alpha[1,1,16r,16c]

`pixels` are R, G and B less the mean over the deviation, and the trimap as 0, one half and 1. `down` and `across` are
the relative position embeddings of all pairs of rows and of columns, at the region's size.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

PATCH = 16
# Tokens around a tile of the decoder on which it depends. Counted from the first pixel 16 a of a tile: the head and the
# last fusion reach 2 pixels further; enlarging by two and a convolution reach to sample 8 a - 3 at a half, 4 a - 3 at a
# quarter and 2 a - 3 at an eighth, enlarging once more to token a - 2; the detail convolutions to pixel 16 a - 31.
HALO = 2


def relative(table: torch.Tensor, size: int) -> torch.Tensor:
    """The embeddings of all pairs of `size` positions, [size, size, d], from a table of another size."""
    table = functional.interpolate(table.t()[None], size=2 * size - 1, mode="linear")[0].t()
    place = torch.arange(size)
    pairs = place[:, None] - place[None, :] + (size - 1)
    return table[pairs]


def positioned(scores, queries, down, across):
    """Adds relative positions to scores[n, r*w, h*w] of queries[n, r, w, d]."""
    count, rows, columns, _ = queries.shape
    vertical = torch.einsum("nrwd,rhd->nrwh", queries, down)
    horizontal = torch.einsum("nrwd,wcd->nrwc", queries, across)
    scores = scores.reshape(count, rows, columns, down.shape[1], across.shape[1])
    scores = scores + vertical[:, :, :, :, None] + horizontal[:, :, :, None, :]
    return scores.reshape(count, rows * columns, -1)


class Attend(nn.Module):
    """Attention of some rows of tokens to all tokens."""

    def __init__(self, relative_positions: bool):
        super().__init__()
        self.relative_positions = relative_positions

    def forward(self, q, k, v, down, across, rows):
        queries = q.index_select(0, rows).permute(2, 0, 1, 3)
        count, height, width, length = queries.shape
        scores = (queries.reshape(count, height * width, length) * length**-0.5) @ k
        down = down.index_select(0, rows)
        if self.relative_positions:
            scores = positioned(scores, queries, down, across)
        found = scores.softmax(dim=-1) @ v
        return found.reshape(count, height, width, length).permute(1, 2, 0, 3).reshape(height, width, count * length)


def windowed(layer, x):
    """A block whose attention stays within windows, [1, h, w, C]."""
    side, attention = layer.window_size, layer.attention
    height, width, channels = x.shape[1], x.shape[2], x.shape[3]
    y = layer.norm1(x)
    y = functional.pad(y, (0, 0, 0, (-width) % side, 0, (-height) % side))
    down, across = y.shape[1] // side, y.shape[2] // side
    y = y.reshape(down, side, across, side, channels).permute(0, 2, 1, 3, 4).reshape(-1, side * side, channels)
    heads = attention.num_heads
    qkv = attention.qkv(y).reshape(-1, side * side, 3, heads, channels // heads).permute(2, 0, 3, 1, 4)
    queries, keys, values = qkv[0], qkv[1], qkv[2]
    scores = (queries * attention.scale) @ keys.transpose(-2, -1)
    if attention.use_relative_position_embeddings:
        square = queries.reshape(-1, heads, side, side, channels // heads)
        vertical = torch.einsum("bnrwd,rhd->bnrwh", square, relative(attention.rel_pos_h, side))
        horizontal = torch.einsum("bnrwd,wcd->bnrwc", square, relative(attention.rel_pos_w, side))
        scores = scores.reshape(-1, heads, side, side, side, side)
        scores = scores + vertical[..., :, None] + horizontal[..., None, :]
        scores = scores.reshape(-1, heads, side * side, side * side)
    y = (scores.softmax(dim=-1) @ values).transpose(1, 2).reshape(-1, side * side, channels)
    y = attention.proj(y)
    y = y.reshape(down, across, side, side, channels).permute(0, 2, 1, 3, 4)
    y = y.reshape(1, down * side, across * side, channels)[:, :height, :width]
    return after(layer, x + y)


def after(layer, x):
    """What a block does behind its attention."""
    x = x + layer.mlp(layer.norm2(x))
    if layer.use_residual_block:
        x = layer.residual(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
    return x


class Part(nn.Module):
    """The backbone from behind one attention over the whole region (or the pixels) up to the next (or the features)."""

    def __init__(self, backbone, before, windows, behind):
        super().__init__()
        self.embeddings = backbone.embeddings if before is None else None
        self.before = before
        self.windows = nn.ModuleList(windows)
        self.behind = behind

    def embedded(self, pixels):
        x = self.embeddings.projection(pixels)
        table = self.embeddings.position_embeddings
        if table is not None:
            side = round((table.shape[1] - 1) ** 0.5)
            table = table[:, 1:].reshape(1, side, side, -1).permute(0, 3, 1, 2)
            x = x + functional.interpolate(table, size=(x.shape[2], x.shape[3]), mode="bicubic", align_corners=False)
        return x.permute(0, 2, 3, 1)

    def run(self, x):
        for layer in self.windows:
            x = windowed(layer, x)
        if self.behind is None:
            return x.permute(0, 3, 1, 2)
        attention = self.behind.attention
        height, width, channels = x.shape[1], x.shape[2], x.shape[3]
        heads = attention.num_heads
        length = channels // heads
        qkv = attention.qkv(self.behind.norm1(x)).reshape(height, width, 3, heads, length)
        queries, keys, values = qkv[:, :, 0], qkv[:, :, 1], qkv[:, :, 2]
        keys = keys.reshape(height * width, heads, length).permute(1, 2, 0)
        values = values.reshape(height * width, heads, length).permute(1, 0, 2)
        if attention.use_relative_position_embeddings:
            down, across = relative(attention.rel_pos_h, height), relative(attention.rel_pos_w, width)
        else:
            down, across = x.new_zeros(height, height, length), x.new_zeros(width, width, length)
        return x[0], queries, keys, values, down, across


class First(Part):
    def forward(self, pixels):
        return self.run(self.embedded(pixels))


class Later(Part):
    def forward(self, before, found):
        x = before[None] + self.before.attention.proj(found)[None]
        return self.run(after(self.before, x))


class Decoder(nn.Module):
    """The detail capture module on a tile."""

    def __init__(self, model):
        super().__init__()
        self.decoder = model.decoder

    def forward(self, features, pixels, rows, columns):
        tile = features.index_select(2, rows).index_select(3, columns)
        return self.decoder(tile, pixels)


def cut(model) -> tuple[list[Part], bool]:
    """The parts of the backbone, and whether its attention knows relative positions."""
    backbone = model.backbone
    # The decoder takes the last of the stages that the configuration names, which need not be the last block.
    depth = max(backbone.stage_names.index(name) for name in backbone.out_features)
    parts, before, windows = [], None, []
    for layer in backbone.encoder.layer[:depth]:
        if layer.window_size > 0:
            windows.append(layer)
            continue
        parts.append((Later if before is not None else First)(backbone, before, windows, layer))
        before, windows = layer, []
    parts.append((Later if before is not None else First)(backbone, before, windows, None))
    return parts, bool(model.config.backbone_config.use_relative_position_embeddings)


def specimens(model) -> dict[str, tuple[nn.Module, dict[str, torch.Tensor], list[str], dict]]:
    """Each graph with example inputs, the names of its outputs, and its dynamic axes."""
    config = model.config.backbone_config
    channels, heads = config.hidden_size, config.num_attention_heads
    # Two windows one way and three the other: what is 1 in an example, the exporter takes for always 1.
    side = max([layer.window_size for layer in model.backbone.encoder.layer] + [4])
    h, w, r, c = side + 3, 2 * side + 3, 5, 7
    tall, wide = torch.export.Dim("tall", min=2, max=4096), torch.export.Dim("wide", min=2, max=4096)
    some, few = torch.export.Dim("some", min=1, max=4096), torch.export.Dim("few", min=1, max=4096)
    parts, positions = cut(model)
    names = ["state", "q", "k", "v", "down", "across"]
    graphs = {}
    for index, part in enumerate(parts):
        outputs = names if part.behind is not None else ["features"]
        if index == 0:
            inputs = {"pixels": torch.rand(1, 4, PATCH * h, PATCH * w)}
            dynamic = {"pixels": {2: PATCH * tall, 3: PATCH * wide}}
        else:
            inputs = {"before": torch.rand(h, w, channels), "found": torch.rand(h, w, channels)}
            dynamic = {name: {0: tall, 1: wide} for name in inputs}
        graphs[f"part_{index}"] = (part.eval(), inputs, outputs, dynamic)
    length = channels // heads
    tokens = torch.export.Dim("tokens", min=4, max=1 << 24)
    graphs["attend"] = (
        Attend(positions).eval(),
        {
            "q": torch.rand(h, w, heads, length),
            "k": torch.rand(heads, length, h * w),
            "v": torch.rand(heads, h * w, length),
            "down": torch.rand(h, h, length),
            "across": torch.rand(w, w, length),
            "rows": torch.arange(r),
        },
        ["found"],
        {"q": {0: tall, 1: wide}, "k": {2: tokens}, "v": {1: tokens}, "down": {0: tall, 1: tall},
         "across": {0: wide, 1: wide}, "rows": {0: some}},
    )
    graphs["decoder"] = (
        Decoder(model).eval(),
        {
            "features": torch.rand(1, channels, h, w),
            "pixels": torch.rand(1, 4, PATCH * r, PATCH * c),
            "rows": torch.arange(r),
            "columns": torch.arange(c),
        },
        ["alpha"],
        {"features": {2: tall, 3: wide}, "pixels": {2: PATCH * some, 3: PATCH * few}, "rows": {0: some},
         "columns": {0: few}},
    )
    return graphs
