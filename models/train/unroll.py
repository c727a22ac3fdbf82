"""Runs the model over a clip: what training takes gradients through and validation scores."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from model import Swift, enlarge, prior_cues, shrink
from scenes import Clips


def target_loss(logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Cross entropy that counts edges more, plus one minus soft IoU; mean over the batch."""
    logits = logits.float()
    around = F.avg_pool2d(target, 5, 1, 2, count_include_pad=False)
    weight = 1 + 3 * ((around > 0.02) & (around < 0.98)).float()
    entropy = F.binary_cross_entropy_with_logits(logits, target, reduction="none")
    entropy = (entropy * weight).sum((1, 2, 3)) / weight.sum((1, 2, 3))
    chance = logits.sigmoid()
    common = (chance * target).sum((1, 2, 3))
    union = (chance + target - chance * target).sum((1, 2, 3))
    # Without an object there is no overlap to speak of; the entropy alone counts.
    seen = (target.sum((1, 2, 3)) > 8).float()
    return (2 * entropy + (1 - (common + 1) / (union + 1)) * seen).mean()


def overlap(chance: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """IoU of two masks [B, 1, h, w] at one half; two empty masks agree."""
    a, b = chance > 0.5, target > 0.5
    union = (a | b).sum((1, 2, 3)).float()
    both = (a & b).sum((1, 2, 3)).float()
    return torch.where(union > 0, both / union.clamp(min=1), torch.ones_like(union))


def score_loss(scores: torch.Tensor, chance: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Of the presence and of the expected overlap."""
    scores = scores.float()
    present = (target.sum((1, 2, 3)) > 8).float()
    presence = F.binary_cross_entropy_with_logits(scores[:, 0], present)
    expected = (scores[:, 1].sigmoid() - overlap(chance, target)).square().mean()
    return 0.1 * presence + 0.2 * expected


def features(model: Swift, frames: torch.Tensor) -> list[list[torch.Tensor]]:
    """The encoder's outputs for each frame of [B, T, 3, H, W]."""
    batch, length = frames.shape[:2]
    found = model.encoder(frames.flatten(0, 1))
    split = [f.view(batch, length, *f.shape[1:]) for f in found]
    return [[f[:, time] for f in split] for time in range(length)]


class Track:
    """One object followed from frame 0; frames are taken in order."""

    def __init__(self, model: Swift, seen: list[torch.Tensor], mask: torch.Tensor, keep: int = 0):
        self.model = model
        self.keep = keep
        self.keys, self.values = [seen[3]], [model.memory(seen[2], mask)]
        self.last = (seen[3], self.values[0], mask)

    def step(self, seen: list[torch.Tensor], frame: torch.Tensor, before: torch.Tensor,
             flow: torch.Tensor, time: int):
        """Mask logits at stride 2, logits at stride 8, scores and matches of the next frame."""
        last_key, last_value, last_mask = self.last
        prior, distance, moved = prior_cues(frame, before, last_mask, flow)
        out = self.model.tracker(
            *seen, torch.stack(self.keys, 1), torch.stack(self.values, 1), last_key, last_value,
            prior, distance, moved,
        )
        mask = enlarge(out[0].float().sigmoid())
        value = self.model.memory(seen[2], mask)
        if self.keep and time % self.keep == 0:
            self.keys = [self.keys[0], *self.keys[1:][-1:], seen[3]]
            self.values = [self.values[0], *self.values[1:][-1:], value]
        self.last = (seen[3], value, mask)
        return out


def track_loss(model: Swift, seen, clips: Clips, keep: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Loss and mean overlap of a clip followed from its true first mask."""
    track = Track(model, seen[0], clips.masks[:, 0], keep)
    loss, score, length = 0.0, 0.0, clips.frames.shape[1]
    for time in range(1, length):
        logits, rough, scores, matched = track.step(
            seen[time], clips.frames[:, time], clips.frames[:, time - 1], clips.flow[:, time], time
        )
        target = shrink(clips.masks[:, time], 2)
        target8 = shrink(target, 4)
        chance = logits.detach().float().sigmoid()
        loss = loss + target_loss(logits, target) + 0.3 * target_loss(rough, target8)
        match = matched.float().clamp(1e-3, 1 - 1e-3)
        loss = loss + 0.3 * F.binary_cross_entropy(match, target8.expand_as(match))
        loss = loss + score_loss(scores, chance, target)
        score = score + overlap(chance, target).mean()
    return loss / (length - 1), score / (length - 1)


class Clicks:
    """Simulated prompts for the objects of a batch of masks [B, 1, H, W]."""

    def __init__(self, masks: torch.Tensor, random: torch.Generator, kinds: torch.Tensor | None = None):
        self.random = random
        self.target = shrink(masks, 2)
        batch, _, height, width = self.target.shape
        make = dict(device=masks.device, generator=random)
        kind = torch.rand(batch, **make) if kinds is None else kinds
        boxed = (kind < 0.5).view(-1, 1, 1, 1).float()
        inside = torch.zeros_like(self.target)
        solid = self.target[:, 0] > 0.5
        for index in range(batch):
            rows, columns = solid[index].any(1).nonzero(), solid[index].any(0).nonzero()
            if boxed[index] == 0 or len(rows) == 0:
                continue
            ends = [int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1]
            reach = max(ends[1] - ends[0], ends[3] - ends[2])
            jitter = torch.randn(4, **make) * reach * 0.03
            if kinds is None:
                ends = [e + float(j) for e, j in zip(ends, jitter)]
            top, bottom = max(0, round(ends[0])), max(1, round(ends[1]))
            left, right = max(0, round(ends[2])), max(1, round(ends[3]))
            inside[index, :, top:bottom, left:right] = 1
        self.hints = torch.cat(
            [torch.zeros_like(inside), torch.zeros_like(inside), inside, boxed.expand_as(inside)], 1
        )
        self.boxed = boxed
        click = ((kind >= 0.4) if kinds is None else (kind >= 0.5)).view(-1, 1, 1, 1)
        self.add(solid.unsqueeze(1).float(), click)

    def add(self, wrong: torch.Tensor, where: torch.Tensor) -> None:
        """One click in the region `wrong` [B, 1, h, w], well inside, for the items of `where`."""
        batch, _, height, width = wrong.shape
        depth = wrong * F.avg_pool2d(wrong, 9, 1, 4) ** 3 * F.avg_pool2d(wrong, 25, 1, 12)
        chance = depth.flatten(1)
        usable = (chance.sum(1) > 0).view(-1, 1, 1, 1) & where
        pick = torch.multinomial(chance + 1e-12, 1, generator=self.random).squeeze(1)
        y, x = pick // width, pick % width
        rows = torch.arange(height, device=wrong.device).view(1, -1, 1)
        columns = torch.arange(width, device=wrong.device).view(1, 1, -1)
        spot = (rows - y.view(-1, 1, 1)) ** 2 + (columns - x.view(-1, 1, 1)) ** 2 <= 6
        spot = spot.unsqueeze(1).float() * usable
        positive = (self.target.flatten(1).gather(1, pick.unsqueeze(1)) > 0.5).view(-1, 1, 1, 1)
        self.hints = torch.cat([
            torch.maximum(self.hints[:, 0:1], spot * positive),
            torch.maximum(self.hints[:, 1:2], spot * ~positive),
            self.hints[:, 2:],
        ], 1)


def prompt_loss(model: Swift, seen, masks: torch.Tensor, random: torch.Generator, rounds: int):
    """Loss and last overlap of `rounds` rounds of prompts on one frame."""
    clicks = Clicks(masks, random)
    target, loss = clicks.target, 0.0
    target8 = shrink(target, 4)
    valid = (target.sum((1, 2, 3)) > 20).float()
    earlier = torch.zeros_like(target)
    first = None
    for turn in range(rounds):
        logits, rough, scores = model.prompter(*seen, clicks.hints, earlier)
        chance = logits.detach().float().sigmoid()
        loss = loss + target_loss(logits, target) + 0.3 * target_loss(rough, target8)
        loss = loss + score_loss(scores, chance, target)
        first = overlap(chance, target) if first is None else first
        wrong = ((chance > 0.5) != (target > 0.5)).float()
        clicks.add(wrong, torch.ones_like(clicks.boxed, dtype=torch.bool))
        keep = torch.rand(len(masks), 1, 1, 1, device=masks.device, generator=random) < 0.6
        earlier = (chance * 2 - 1) * keep
    count = valid.sum().clamp(min=1)
    last = overlap(chance, target)
    return loss / rounds, (first * valid).sum() / count, (last * valid).sum() / count
