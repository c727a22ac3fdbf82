"""Runs the model over clips and prompts: what training takes gradients through and validation scores.

The order of steps is what the program follows: the encoder once a frame; `Track` for each object.
"""

from __future__ import annotations

import numpy as np
import torch

from model import enlarge, prior_cues, shrink
from swift2.clips import Batch
from swift2.model import Swift2
from swift2.prompts import Asked, degrade, earlier_from
from unroll import overlap, score_loss, target_loss


def features(model: Swift2, frames: torch.Tensor, frozen: int = 0) -> list[list[torch.Tensor]]:
    """The encoder's outputs for each frame of [B, T, 3, H, W]; no gradients in `frozen` of the blocks."""
    batch, length = frames.shape[:2]
    flat = frames.flatten(0, 1)
    encoder = model.encoder
    taps = encoder.trunk(flat, frozen)
    found = [f.view(batch, length, *f.shape[1:]) for f in encoder.heads(flat, taps)]
    return [[f[:, time] for f in found] for time in range(length)]


class Track:
    """One object followed in order from a frame with a mask."""

    def __init__(self, model: Swift2, seen: list[torch.Tensor], mask: torch.Tensor, most: int = 5):
        self.model, self.most = model, most
        value8, value16 = model.memory(seen[2], mask)
        self.first = (seen[4], value8)
        self.keys, self.values = [seen[5]], [value16]
        self.last = (seen[4], value8, mask)

    def restart(self, seen: list[torch.Tensor], mask: torch.Tensor, chosen: torch.Tensor) -> None:
        """For the items of `chosen` [B], the frame before is now this one with `mask`."""
        key, value, before = self.last
        pick = chosen.view(-1, 1, 1, 1)
        value8, _ = self.model.memory(seen[2], mask)
        self.last = (
            torch.where(pick, seen[4], key), torch.where(pick, value8, value),
            torch.where(pick, mask, before),
        )

    def step(self, seen, frame, before, flow, keep: bool):
        """Mask logits at stride 2, at stride 8, scores and the matches of the next frame."""
        last_key, last_value, last_mask = self.last
        prior, distance, moved = prior_cues(frame, before, last_mask, flow)
        out = self.model.tracker(
            *seen, torch.stack(self.keys, 1), torch.stack(self.values, 1), *self.first, last_key,
            last_value, prior, distance, moved,
        )
        mask = enlarge(out[0].float().sigmoid())
        value8, value16 = self.model.memory(seen[2], mask)
        if keep:
            recent = slice(1, None) if len(self.keys) < self.most else slice(2, None)
            self.keys = [self.keys[0], *self.keys[recent], seen[5]]
            self.values = [self.values[0], *self.values[recent], value16]
        self.last = (seen[4], value8, mask)
        return out


def track_loss(model: Swift2, seen, clips: Batch, random: np.random.Generator):
    """Loss and mean overlap of clips followed from their true first masks.

    Where a clip has a jump, frame 1 is not asked for: it serves as the frame before, with a mask as
    imperfect as an answer of the tracker, and the first frame is a memory of long ago.
    """
    track = Track(model, seen[0], clips.masks[:, 0])
    length, jump = clips.frames.shape[1], clips.jump
    loss, score, count = 0.0, 0.0, 0
    for time in range(1, length):
        asked = ~jump if time == 1 else torch.ones_like(jump)
        if time == 1 and bool(jump.all()):
            track.restart(seen[1], degrade(clips.masks[:, 1], random), jump)
            continue
        logits, rough, scores, matched = track.step(
            seen[time], clips.frames[:, time], clips.frames[:, time - 1], clips.flow[:, time],
            keep=random.uniform() < 0.4 and time > 1,
        )
        target = shrink(clips.masks[:, time], 2)
        target8 = shrink(target, 4)
        logits, rough, scores, matched, target, target8 = (
            x[asked] for x in (logits, rough, scores, matched, target, target8)
        )
        chance = logits.detach().float().sigmoid()
        loss = loss + target_loss(logits, target) + 0.3 * target_loss(rough, target8)
        match = matched.float().clamp(1e-3, 1 - 1e-3)
        loss = loss - 0.3 * (target8 * match.log() + (1 - target8) * (1 - match).log()).mean()
        loss = loss + score_loss(scores, chance, target)
        score, count = score + overlap(chance, target).mean(), count + 1
        if time == 1 and bool(jump.any()):
            track.restart(seen[1], degrade(clips.masks[:, 1], random), jump)
    return loss / count, score / count


def cycle_loss(model: Swift2, teacher: Swift2, clips: Batch, random: np.random.Generator, frozen: int):
    """Loss of unlabelled clips there and back (frames 0, 1, 2, 1, 0), and the share that was used.

    The teacher, whose weights are averages, answers to a click in frame 0 and follows that to frame 2.
    The student starts there, knows nothing of the way there, and must come back to the teacher's
    answer in frame 0. Clips in which the teacher trusts itself little on the way are left out.
    """
    batch, (height, width) = len(clips.frames), clips.frames.shape[3:]
    with torch.no_grad():
        seen = features(teacher, clips.frames[:, :3])
        # The disc stands for what is clicked on: one click well inside the picture.
        spot = torch.zeros(batch, 1, height, width)
        for one in spot:
            y, x = (int(random.integers(side // 6, side * 5 // 6)) for side in (height, width))
            one[0, y - 6 : y + 7, x - 6 : x + 7] = 1
        asked = Asked(spot.to(clips.frames.device), random, [1] * batch)
        logits, _, scores = teacher.prompter(*seen[0], asked.hints, torch.zeros_like(asked.target))
        answer = logits.float().sigmoid()
        # A click on anything is answered with little trust; it is the following that must be sure.
        trust, start = torch.ones(batch, device=logits.device), scores.float().sigmoid().amin(1)
        # Crisp, as a person's mask would be.
        mask = enlarge((logits.float() * 3).sigmoid())
        track, way = Track(teacher, seen[0], mask), [answer]
        for time in (1, 2):
            out = track.step(
                seen[time], clips.frames[:, time], clips.frames[:, time - 1], clips.flow[:, time], False
            )
            way.append(out[0].float().sigmoid())
            trust = torch.minimum(trust, out[2].float().sigmoid().amin(1))
        area = [w.mean((1, 2, 3)) for w in way]
        used = (start > 0.42) & (trust > 0.7) & (area[0] > 0.004) & (area[0] < 0.5)
        used &= (area[2] / area[0].clamp(min=1e-4) - 1).abs() < 0.6
    if not bool(used.any()):
        return None, 0.0
    frames, flow = clips.frames[used], clips.flow[used]
    way = [w[used] for w in way]
    seen = features(model, frames[:, 2:], frozen)
    track, loss = Track(model, seen[0], enlarge((torch.logit(way[2], 1e-4) * 3).sigmoid())), 0.0
    for time, target, weight in ((3, way[1], 0.3), (4, way[0], 1.0)):
        logits, rough, scores, _ = track.step(
            seen[time - 2], frames[:, time], frames[:, time - 1], flow[:, time], False
        )
        target = (target > 0.5).float()
        loss = loss + weight * (target_loss(logits, target) + 0.3 * target_loss(rough, shrink(target, 4)))
    return loss, float(used.float().mean())


def prompt_loss(model: Swift2, seen, masks: torch.Tensor, random: np.random.Generator, rounds: int):
    """Loss, first and last overlap of a sequence of prompts on one frame.

    A third of the objects begins with a box, a third with a click, the rest with an imperfect mask and
    a click on what is wrong with it. Each answer is an input of the next.
    """
    batch = len(masks)
    kinds = random.choice([0, 1, 2], size=batch, p=[0.35, 0.4, 0.25])
    correct = kinds == 2
    asked = Asked(masks, random, np.where(correct, 1, kinds))
    target, target8 = asked.target, shrink(asked.target, 4)
    earlier = torch.zeros_like(target)
    if correct.any():
        spoilt = earlier_from(degrade(masks, random))
        pick = torch.from_numpy(correct).to(masks.device).view(-1, 1, 1, 1)
        earlier = torch.where(pick, spoilt, earlier)
        asked.maps[correct] = 0
        asked.click((earlier[:, 0] > 0).cpu().numpy(), correct)
    loss, first = 0.0, None
    for turn in range(rounds):
        logits, rough, scores = model.prompter(*seen, asked.hints, earlier)
        chance = logits.detach().float().sigmoid()
        loss = loss + target_loss(logits, target) + 0.3 * target_loss(rough, target8)
        loss = loss + score_loss(scores, chance, target)
        last = overlap(chance, target)
        first = last if first is None else first
        if turn + 1 < rounds:
            asked.click((chance[:, 0] > 0.5).cpu().numpy())
            earlier = chance * 2 - 1
    valid = (target.sum((1, 2, 3)) > 20).float()
    count = valid.sum().clamp(min=1)
    return loss / rounds, (first * valid).sum() / count, (last * valid).sum() / count
