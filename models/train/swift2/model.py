"""Swift 2: encoder on a pretrained trunk, memory encoder, tracker, prompter.

Shapes: H and W are multiples of 16; h8 = H/8, h16 = H/16; masks are 0 to 1. What Swift 1 learned in
its decoders is used on, so the parts that both have bear the same names (see `warm.py`).

The tracker reads three memories: all remembered frames by keys of stride 16 (which say what a thing
is); the first or nearest prompted frame by keys of stride 8; and the frame before by keys of stride 8
around the place from which the flow comes. A key of stride 8 holds both strides: half of its channels
come from stride 8, half from stride 16. Stride 8 over all memories would cost a hundred milliseconds.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

from model import VALUE, MemoryEncoder, Plain, Reader, cells, enlarge, shrink
from swift2.trunk import TAPS, Trunk

KEY8 = 48
"""Channels of a key of stride 8: 24 of stride 8 and 24 of stride 16."""
KEY16 = 48
"""Channels of a key of stride 16."""
DEEP = TAPS[7] + TAPS[10]
"""Channels of the trunk at stride 16, both outputs together."""
READ = VALUE + 1
"""Channels of a reading: the value and how well the best cell fits."""


def unit(key: torch.Tensor) -> torch.Tensor:
    """Keys of length 1; the small constant keeps a flat frame from dividing by nothing."""
    return key * torch.rsqrt((key * key).sum(1, keepdim=True) + 1e-4)


class Encoder(nn.Module):
    """Image [B, 3, H, W], 0 to 1 -> f2 (16), f4 (32), f8 (64), f16 (64), key8, key16."""

    def __init__(self):
        super().__init__()
        self.trunk = Trunk()
        # The picture's own edges: a light stem beside the trunk.
        self.stem = nn.Conv2d(3, 16, 3, 2, 1)
        self.add2 = nn.Conv2d(TAPS[0], 16, 1)
        self.from2 = nn.Conv2d(16, 32, 3, 2, 1)
        self.add4 = nn.Conv2d(TAPS[2], 32, 1)
        self.add8 = nn.Conv2d(TAPS[4], 64, 1)
        self.add16 = nn.Conv2d(DEEP, 64, 1)
        self.merge = nn.Conv2d(64, 64, 3, padding=1)
        self.to16 = nn.Conv2d(DEEP, 64, 1)
        self.key8 = nn.Conv2d(TAPS[4], KEY8 // 2, 1)
        self.key8deep = nn.Conv2d(DEEP, KEY8 // 2, 1)
        self.key16 = nn.Conv2d(DEEP, KEY16, 1)
        nn.init.zeros_(self.add2.weight)
        nn.init.zeros_(self.add2.bias)
        # The trunk's channels differ in scale by a factor of a hundred; the heads see them alike.
        for number, channels in enumerate(TAPS.values()):
            self.register_buffer(f"mean{number}", torch.zeros(1, channels, 1, 1))
            self.register_buffer(f"scale{number}", torch.ones(1, channels, 1, 1))

    def normal(self, taps: list[torch.Tensor]) -> list[torch.Tensor]:
        """The trunk's features with mean 0 and deviation 1 in each channel."""
        return [
            (tap - getattr(self, f"mean{n}")) * getattr(self, f"scale{n}") for n, tap in enumerate(taps)
        ]

    def heads(self, image: torch.Tensor, taps: list[torch.Tensor]):
        """All outputs from the picture and what the trunk sees in it."""
        t2, t4, t8, a16, b16 = self.normal(taps)
        deep = torch.cat([a16, b16], 1)
        f2 = F.relu(self.stem((image - 0.45) / 0.25) + self.add2(t2))
        f4 = F.relu(self.from2(f2) + self.add4(t4))
        f8 = F.relu(self.add8(t8) + enlarge(self.add16(deep)))
        f8 = F.relu(self.merge(f8))
        f16 = F.relu(self.to16(deep))
        key8 = unit(torch.cat([self.key8(t8), enlarge(self.key8deep(deep))], 1))
        return f2, f4, f8, f16, key8, unit(self.key16(deep))

    def forward(self, image: torch.Tensor):
        return self.heads(image, self.trunk(image))


class Memory(MemoryEncoder):
    """f8 and mask [B, 1, H, W] -> values of strides 8 and 16, [B, VALUE, ...]."""

    def forward(self, f8: torch.Tensor, mask: torch.Tensor):
        value = super().forward(f8, mask)
        return value, shrink(value, 2)


class Decoder(nn.Module):
    """What is known at stride 8 and the cues at stride 2 -> mask logits at stride 2, two scores."""

    def __init__(self, coarse: int, cues: int):
        super().__init__()
        self.into16 = nn.Conv2d(64 + coarse + cues, 64, 1)
        self.at16 = Plain(64)
        self.up16 = nn.Conv2d(64, 64, 1)
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
        nn.init.zeros_(self.up16.weight)
        nn.init.zeros_(self.up16.bias)

    def forward(self, f2, f4, f8, f16, coarse, cues):
        """cues [B, C, H/2, W/2]. Returns logits [B, 1, H/2, W/2], logits at stride 8, scores [B, 2]."""
        cues4 = shrink(cues, 2)
        cues8 = shrink(cues4, 2)
        wide = torch.cat([f16, shrink(coarse, 2), shrink(cues8, 2)], 1)
        wide = self.up16(F.relu(self.at16(self.into16(wide))))
        x = self.at8(self.into(torch.cat([f8, coarse, cues8], 1)) + enlarge(wide))
        active = F.relu(x)
        rough = self.head8(active)
        scores = self.scores(torch.cat([active.mean((2, 3)), active.amax((2, 3))], 1))
        x = torch.cat([enlarge(self.down4(active)), f4, cues4], 1)
        x = F.relu(self.at4(F.relu(self.join4(x))))
        x = torch.cat([enlarge(self.down2(x)), f2, cues], 1)
        x = F.relu(self.last(F.relu(self.join2(x))))
        return self.head2(x) + enlarge(enlarge(rough)), rough, scores


class Tracker(nn.Module):
    """Memory and prior -> mask."""

    def __init__(self):
        super().__init__()
        self.whole = Reader(40.0, 16.0)
        self.first = Reader(32.0, 24.0)
        self.recent = Reader(20.0, 3.0)
        self.decoder = Decoder(3 * READ, 4)
        # Before anything is learned the answer is the warped mask.
        self.trust = nn.Parameter(torch.tensor(2.0))

    def forward(self, f2, f4, f8, f16, key8, key16, keys, values, first_key, first_value,
                last_key, last_value, prior, last, flow):
        """keys, values [B, M, C, h16, w16]: the long memory; first_*, last_* [B, C, h8, w8]: the
        nearest prompted frame and the frame before.

        prior [B, 1, H/2, W/2]: the last mask warped by the flow; last: the colour distance
        [B, 1, H/2, W/2] between the frame and the warped frame before; flow [B, 2, h8, w8]: from
        this frame back, in stride-8 cells.
        """
        batch, (h8, w8), (h16, w16) = f8.shape[0], f8.shape[2:], f16.shape[2:]
        place8, place16 = cells(h8, w8, f8), cells(h16, w16, f8)
        flat8 = place8.flatten(2).expand(batch, -1, -1)
        flat16 = place16.flatten(2).expand(batch, -1, -1)
        places = place16.unsqueeze(2).expand(batch, -1, keys.shape[1], -1, -1).flatten(2)
        whole = self.whole(
            key16.flatten(2), flat16, keys.transpose(1, 2).flatten(2), places,
            values.transpose(1, 2).flatten(2),
        ).view(batch, READ, h16, w16)
        query = key8.flatten(2)
        first = self.first(query, flat8, first_key.flatten(2), flat8, first_value.flatten(2))
        moved = flat8 + flow.flatten(2)
        recent = self.recent(query, moved, last_key.flatten(2), flat8, last_value.flatten(2))
        shape = (batch, READ, h8, w8)
        first, recent = first.view(shape), recent.view(shape)
        whole = enlarge(whole)
        matched = torch.cat([r[:, VALUE - 1 : VALUE] for r in (whole, first, recent)], 1)
        known = torch.cat([(matched[:, :1] + matched[:, 1:2]) / 2, matched[:, 2:]], 1)
        read = F.interpolate(known, prior.shape[2:], mode="bilinear", align_corners=False)
        cues = torch.cat([prior * 2 - 1, last, read * 2 - 1], 1)
        coarse = torch.cat([whole, recent, first], 1)
        logits, rough, scores = self.decoder(f2, f4, f8, f16, coarse, cues)
        return logits + self.trust * (prior * 2 - 1), rough, scores, matched


class Prompter(nn.Module):
    """Clicks, a box and an earlier mask that is to be corrected -> mask."""

    def __init__(self):
        super().__init__()
        self.decoder = Decoder(8, 5)
        self.trust = nn.Parameter(torch.tensor(0.5))

    def forward(self, f2, f4, f8, f16, key8, key16, hints, earlier):
        """hints [B, 4, H/2, W/2]: positive clicks, negative clicks (round spots), the box (1
        inside, 0 outside or where there is none), whether there is a box; earlier [B, 1, H/2, W/2]:
        an earlier mask, -1 to 1, 0 where there is none."""
        spots = F.max_pool2d(hints, 4)
        outside = spots[:, 3:4] * (1 - spots[:, 2:3])
        on, off = spots[:, 0:1], torch.maximum(spots[:, 1:2], outside)
        flat = key8.flatten(2)
        score = flat.transpose(1, 2) @ flat
        looks = [self.best(score, on), self.best(score, off)]
        before = shrink(earlier, 4)
        # Likeness to the mean of the clicks and of the earlier mask's two sides.
        for weight in (on, spots[:, 1:2], F.relu(before), F.relu(-before)):
            weight = weight.flatten(2)
            centre = (flat * weight).sum(2) / (weight.sum(2) + 1e-3)
            looks.append((flat * centre.unsqueeze(2)).sum(1, keepdim=True))
        shape = (f8.shape[0], 6, *f8.shape[2:])
        looks = torch.cat(looks, 1).view(shape)
        flat = key16.flatten(2)
        score = flat.transpose(1, 2) @ flat
        wide = [self.best(score, F.max_pool2d(label, 2)) for label in (on, off)]
        wide = torch.cat(wide, 1).view(f8.shape[0], 2, *f16.shape[2:])
        coarse = torch.cat([looks, enlarge(wide)], 1)
        logits, rough, scores = self.decoder(
            f2, f4, f8, f16, coarse, torch.cat([hints, earlier], 1)
        )
        return logits + self.trust * earlier, rough, scores

    @staticmethod
    def best(score: torch.Tensor, label: torch.Tensor) -> torch.Tensor:
        """[B, 1, cells]: likeness to the most similar cell with the label; -1 where there is none."""
        known = label.flatten(2)
        return (score + (known - 1) * 2).amax(2).clamp(min=-1.0).unsqueeze(1)


class Swift2(nn.Module):
    """All four parts."""

    def __init__(self):
        super().__init__()
        self.encoder = Encoder()
        self.memory = Memory()
        self.tracker = Tracker()
        self.prompter = Prompter()
