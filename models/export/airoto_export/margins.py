"""How near a run of the reference comes to a choice that rounding could tip, and weights that keep away from it."""

from __future__ import annotations

import torch

from . import reference
from .prompts import COVERED


class Watch:
    """Notes the decoder's choices while the reference runs: `with Watch(model) as watch: ...`."""

    def __init__(self, model):
        self.decoder = model.mask_decoder
        self.gaps: list[float] = []
        self.stability: list[float] = []

    def __enter__(self):
        self.hook = self.decoder.iou_prediction_head.register_forward_hook(self.heard)
        self.choose = self.decoder._dynamic_multimask_via_stability
        self.decoder._dynamic_multimask_via_stability = self.chosen
        return self

    def __exit__(self, *_):
        self.hook.remove()
        del self.decoder._dynamic_multimask_via_stability

    def heard(self, _module, _inputs, iou):
        best = iou.reshape(-1, iou.shape[-1])[:, 1:].sort(dim=-1, descending=True).values
        self.gaps.append(float((best[:, 0] - best[:, 1]).min()))

    def chosen(self, masks, iou):
        score = float(self.decoder._get_stability_scores(masks[:, :, 0:1]).min())
        threshold = self.decoder.dynamic_multimask_stability_thresh
        self.stability.append(abs(score - threshold))
        if score >= threshold:
            # Mask 0 is taken whatever the others' overlap.
            self.gaps.pop()
        return self.choose(masks, iou)

    def least(self) -> tuple[float, float]:
        """The smallest distance between two overlaps, and of a stability from its threshold."""
        return min(self.gaps, default=1.0), min(self.stability, default=1.0)


@torch.inference_mode()
def calibrate(model, family: str, cases: list[tuple]) -> float:
    """Sets the object score's last layer so that covered frames are hidden and the others seen.

    `cases` are (frames with a card over them, prompts). Gives the score's least distance from zero as far as one pass
    tells; a negative one when no threshold tells covered frames from the others.
    """
    head = model.mask_decoder.pred_obj_score_head.proj_out
    head.bias.fill_(1000.0)  # nothing is hidden, so that all scores are of one kind
    seen, hidden = [], []
    for frames, prompts in cases:
        scores = reference.track(model, family, frames, prompts).scores - 1000.0
        for time, score in enumerate(scores):
            if time not in prompts:
                (hidden if time in COVERED else seen).append(float(score))
    if sum(hidden) / len(hidden) > sum(seen) / len(seen):
        head.weight.neg_()
        seen, hidden = [-s for s in seen], [-s for s in hidden]
    gap = min(seen) - max(hidden)
    factor = min(6.0 / max(gap, 1e-3), 50.0)
    head.weight.mul_(factor)
    head.bias.fill_(-factor * (min(seen) + max(hidden)) / 2)
    return factor * gap / 2
