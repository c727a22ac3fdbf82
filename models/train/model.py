"""Swift: a small promptable video object segmenter.

Four parts, exported as four graphs:

- the encoder sees a frame once: features at strides 2, 4 and 8, and a key for every stride-8 cell;
- the memory encoder turns a frame's features and a mask into a value for every cell;
- the tracker reads the memory (the prompted and older frames as a whole; the frame before near the
  place from which the flow comes), takes the flow-warped mask of the frame before as a prior, and
  decodes a mask at stride 2;
- the prompter does the same for clicks, a box and an earlier mask, with the frame itself as memory.

Shapes: H and W are multiples of 16; h8 = H/8 and so on; M cells of memory; masks are 0 to 1.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

KEY = 32
"""Channels of a key."""
VALUE = 32
"""Channels of a value; the last one is the mask itself."""


class Conv(nn.Sequential):
    """Convolution, batch normalisation (folded into it on export), rectifier."""

    def __init__(self, inside: int, outside: int, kernel: int = 3, stride: int = 1, act: bool = True):
        layers = [
            nn.Conv2d(inside, outside, kernel, stride, kernel // 2, bias=False),
            nn.BatchNorm2d(outside),
        ]
        super().__init__(*layers, *([nn.ReLU(inplace=True)] if act else []))


class Residual(nn.Module):
    """Two convolutions beside a direct path."""

    def __init__(self, width: int):
        super().__init__()
        self.first = Conv(width, width)
        self.second = Conv(width, width, act=False)
        nn.init.constant_(self.second[1].weight, 0.2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.relu(x + self.second(self.first(x)))


class Plain(nn.Module):
    """A residual block without normalisation, for the parts that run once per object and step."""

    def __init__(self, width: int):
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)
        nn.init.zeros_(self.second.weight)
        nn.init.zeros_(self.second.bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.second(F.relu(self.first(F.relu(x))))


def enlarge(x: torch.Tensor) -> torch.Tensor:
    """Twice the size."""
    return F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)


def shrink(x: torch.Tensor, factor: int) -> torch.Tensor:
    """Averaged over `factor` x `factor`."""
    return F.avg_pool2d(x, factor)


class Encoder(nn.Module):
    """Image [B, 3, H, W], 0 to 1 -> f2 [B, 16, ...], f4 [B, 32, ...], f8 [B, 64, ...], key."""

    def __init__(self):
        super().__init__()
        self.stem = Conv(3, 16, 3, 2)
        self.to4 = nn.Sequential(Conv(16, 32, 3, 2), Residual(32))
        self.to8 = nn.Sequential(Conv(32, 64, 3, 2), Residual(64), Residual(64))
        self.to16 = nn.Sequential(Conv(64, 96, 3, 2), Residual(96))
        self.back = Conv(96, 64, 1, act=False)
        self.merge = Conv(64, 64)
        self.key = nn.Conv2d(64, KEY, 1)

    def forward(self, image: torch.Tensor):
        f2 = self.stem((image - 0.45) / 0.25)
        f4 = self.to4(f2)
        f8 = self.to8(f4)
        f8 = self.merge(F.relu(f8 + enlarge(self.back(self.to16(f8)))))
        key = self.key(f8)
        # Cosine matching; the small constant keeps a flat frame from dividing by nothing.
        key = key * torch.rsqrt((key * key).sum(1, keepdim=True) + 1e-4)
        return f2, f4, f8, key


class MemoryEncoder(nn.Module):
    """f8 and mask [B, 1, H, W] -> value [B, VALUE, h8, w8]."""

    def __init__(self):
        super().__init__()
        self.join = nn.Conv2d(64 + 16, 48, 1)
        self.mix = nn.Conv2d(48, VALUE - 1, 3, padding=1)

    def forward(self, f8: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        detail = F.pixel_unshuffle(shrink(mask, 2), 4)
        value = self.mix(F.relu(self.join(torch.cat([f8, detail * 2 - 1], 1))))
        return torch.cat([value, detail.mean(1, keepdim=True)], 1)


def cells(height: int, width: int, like: torch.Tensor) -> torch.Tensor:
    """[1, 2, h, w]: the column and row of each cell."""
    x = torch.arange(width, dtype=like.dtype, device=like.device).view(1, 1, 1, width)
    y = torch.arange(height, dtype=like.dtype, device=like.device).view(1, 1, height, 1)
    return torch.cat([x.expand(1, 1, height, width), y.expand(1, 1, height, width)], 1)


class Reader(nn.Module):
    """Soft look-up of values by key, with a preference for near places.

    A squared distance |q - p|^2 in a soft maximum over p is the dot product of (2q, 1) and
    (p, -|p|^2) but for a constant: the preference costs three more key channels.
    """

    def __init__(self, sharpness: float, spread: float):
        super().__init__()
        self.sharpness = nn.Parameter(torch.tensor(sharpness).log())
        self.near = nn.Parameter(torch.tensor(0.5 / spread**2).log())

    def forward(
        self,
        query: torch.Tensor,
        at: torch.Tensor,
        keys: torch.Tensor,
        places: torch.Tensor,
        values: torch.Tensor,
    ) -> torch.Tensor:
        """query [B, KEY, N], at [B, 2, N]; keys [B, KEY, M], places [B, 2, M], values [B, V, M].

        Returns [B, V + 1, N]: the value, and how well anything matched.
        """
        # Squared distances of a hundred cells need more digits than a half-precision format has.
        with torch.autocast(query.device.type, enabled=False):
            return self.read(query.float(), at.float(), keys.float(), places.float(), values.float())

    def read(self, query, at, keys, places, values):
        """The same in full precision."""
        near, sharp = self.near.exp(), self.sharpness.exp()
        left = torch.cat([query * sharp, at * (2 * near), torch.ones_like(at[:, :1])], 1)
        right = torch.cat([keys, places, -near * (places * places).sum(1, keepdim=True)], 1)
        score = left.transpose(1, 2) @ right
        weight = score.softmax(2)
        best = score.amax(2) - near * (at * at).sum(1)
        best = (best / sharp).clamp(min=-2.0)
        return torch.cat([values @ weight.transpose(1, 2), best.unsqueeze(1)], 1)


class Decoder(nn.Module):
    """What is known at stride 8 and the cues at stride 2 -> mask logits at stride 2, two scores."""

    def __init__(self, coarse: int, cues: int):
        super().__init__()
        self.into = nn.Conv2d(64 + coarse + cues, 64, 1)
        self.at8 = nn.Sequential(Plain(64), Plain(64))
        self.head8 = nn.Conv2d(64, 1, 1)
        self.scores = nn.Linear(128, 2)
        self.down4 = nn.Conv2d(64, 32, 1)
        self.join4 = nn.Conv2d(32 + 32 + cues, 32, 1)
        self.at4 = Plain(32)
        self.down2 = nn.Conv2d(32, 16, 1)
        self.join2 = nn.Conv2d(16 + 16 + cues, 24, 3, padding=1)
        self.last = nn.Conv2d(24, 16, 3, padding=1)
        self.head2 = nn.Conv2d(16, 1, 3, padding=1)

    def forward(self, f2, f4, f8, coarse, cues):
        """cues [B, C, H/2, W/2]. Returns logits [B, 1, H/2, W/2], logits at stride 8, scores [B, 2]."""
        x = self.at8(self.into(torch.cat([f8, coarse, shrink(cues, 4)], 1)))
        rough = self.head8(F.relu(x))
        active = F.relu(x)
        scores = self.scores(torch.cat([active.mean((2, 3)), active.amax((2, 3))], 1))
        x = torch.cat([enlarge(self.down4(active)), f4, shrink(cues, 2)], 1)
        x = F.relu(self.at4(F.relu(self.join4(x))))
        x = torch.cat([enlarge(self.down2(x)), f2, cues], 1)
        x = F.relu(self.last(F.relu(self.join2(x))))
        logits = self.head2(x) + enlarge(enlarge(rough))
        return logits, rough, scores


class Tracker(nn.Module):
    """Memory and prior -> mask."""

    def __init__(self):
        super().__init__()
        self.whole = Reader(12.0, 16.0)
        self.recent = Reader(12.0, 3.0)
        self.decoder = Decoder(2 * (VALUE + 1), 4)
        # Before anything is learned the answer is the warped mask.
        self.trust = nn.Parameter(torch.tensor(2.0))

    def forward(self, f2, f4, f8, key, keys, values, last_key, last_value, prior, last, flow):
        """keys, values [B, M, C, h8, w8]: the long memory; last_*: the frame before.

        prior [B, 1, H/2, W/2]: its mask warped by the flow; last: the colour distance
        [B, 1, H/2, W/2] between the frame and the warped frame before; flow [B, 2, h8, w8]: from
        this frame back, in stride-8 cells.
        """
        height, width = f8.shape[2:]
        place = cells(height, width, f8)
        flat = place.flatten(2).expand(f8.shape[0], -1, -1)
        query = key.flatten(2)
        memory = keys.shape[1]
        long_keys = keys.transpose(1, 2).flatten(2)
        long_values = values.transpose(1, 2).flatten(2)
        long_places = place.unsqueeze(2).expand(f8.shape[0], -1, memory, -1, -1).flatten(2)
        whole = self.whole(query, flat, long_keys, long_places, long_values)
        moved = flat + flow.flatten(2)
        recent = self.recent(query, moved, last_key.flatten(2), flat, last_value.flatten(2))
        shape = (f8.shape[0], -1, height, width)
        whole, recent = whole.view(shape), recent.view(shape)
        size = prior.shape[2:]
        read = F.interpolate(
            torch.cat([whole[:, VALUE - 1 : VALUE], recent[:, VALUE - 1 : VALUE]], 1),
            size, mode="bilinear", align_corners=False,
        )
        cues = torch.cat([prior * 2 - 1, last, read * 2 - 1], 1)
        logits, rough, scores = self.decoder(f2, f4, f8, torch.cat([whole, recent], 1), cues)
        logits = logits + self.trust * (prior * 2 - 1)
        matched = torch.cat([whole[:, VALUE - 1 : VALUE], recent[:, VALUE - 1 : VALUE]], 1)
        return logits, rough, scores, matched


class Prompter(nn.Module):
    """Clicks, a box and an earlier mask -> mask."""

    def __init__(self):
        super().__init__()
        self.sharpness = nn.Parameter(torch.tensor(12.0).log())
        self.decoder = Decoder(4, 5)

    def forward(self, f2, f4, f8, key, hints, earlier):
        """hints [B, 4, H/2, W/2]: positive clicks, negative clicks (round spots), the box (1
        inside, 0 outside or where there is none), whether there is a box; earlier [B, 1, H/2, W/2]:
        an earlier mask, -1 to 1, 0 where there is none."""
        sharp = self.sharpness.exp()
        flat = key.flatten(2)
        score = flat.transpose(1, 2) @ flat * sharp
        spots = F.max_pool2d(hints, 4)
        boxed = spots[:, 3:4]
        outside = boxed * (1 - spots[:, 2:3])
        labels = [spots[:, 0:1], torch.maximum(spots[:, 1:2], outside), spots[:, 0:1], spots[:, 1:2]]
        looks = []
        for number, label in enumerate(labels):
            known = label.flatten(2)
            if number < 2:
                best = (score + (known - 1) * 2 * sharp).amax(2) / sharp
                looks.append(best.clamp(min=-1.0).unsqueeze(1))
            else:
                centre = (flat * known).sum(2) / (known.sum(2) + 1e-3)
                looks.append((flat * centre.unsqueeze(2)).sum(1, keepdim=True))
        coarse = torch.cat(looks, 1).view(f8.shape[0], 4, *f8.shape[2:])
        return self.decoder(f2, f4, f8, coarse, torch.cat([hints, earlier], 1))


class Swift(nn.Module):
    """All four parts."""

    def __init__(self):
        super().__init__()
        self.encoder = Encoder()
        self.memory = MemoryEncoder()
        self.tracker = Tracker()
        self.prompter = Prompter()


def warp(picture: torch.Tensor, flow: torch.Tensor) -> torch.Tensor:
    """`picture` [B, C, H, W] of the frame before, seen from this frame; flow [B, 2, H, W], pixels."""
    height, width = flow.shape[2:]
    place = cells(height, width, flow) + flow
    x = (place[:, 0] + 0.5) / width * 2 - 1
    y = (place[:, 1] + 0.5) / height * 2 - 1
    return F.grid_sample(
        picture, torch.stack([x, y], -1), padding_mode="border", align_corners=False
    )


def prior_cues(frame, before, mask_before, flow):
    """The warped mask and the colour distance at stride 2, and the flow in stride-8 cells."""
    moved = warp(torch.cat([before, mask_before], 1), flow)
    distance = (frame - moved[:, :3]).abs().mean(1, keepdim=True)
    cue = shrink(torch.cat([moved[:, 3:], distance * 4], 1), 2)
    return cue[:, :1], cue[:, 1:].clamp(max=2.0), shrink(flow, 8) / 8
