"""How near a run of the reference comes to a choice that rounding could tip, and weights that keep away from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from . import reference


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


@dataclass
class Case:
    """A sequence with its prompts, and the frames in which the object is to be hidden."""

    frames: list[np.ndarray]
    prompts: dict[int, dict]
    hidden: frozenset[int]

    def decoded(self) -> list[int]:
        """The frames that [`reference.Reference.track`] decodes, in its order; prompted frames once a session."""
        prompted, first = sorted(self.prompts), min(self.prompts)
        forward = [t for t in range(first, len(self.frames)) if t not in self.prompts]
        backward = prompted + list(range(first - 1, -1, -1)) if first > 0 else []
        return prompted + forward + backward


@torch.inference_mode()
def calibrate(model, family: str, cases: list[Case], rounds: int) -> float:
    """Sets the object score's last layer so that the object is hidden in the frames where it is to be.

    Random weights know nothing of covered frames, but see them: the layer is solved for scores of 4 and -4 (least
    squares, with a little ridge). What is hidden changes what is remembered, hence more than one round; the first is
    run with nothing hidden. Gives the least distance from zero on the right side that the last round saw, before it
    changed the layer once more.
    """
    head = model.mask_decoder.pred_obj_score_head.proj_out
    head.bias.fill_(1000.0)
    inputs, wanted, least = [], [], -1.0
    for turn in range(rounds):
        least = 1000.0
        for case in cases:
            heard: list[torch.Tensor] = []
            hook = head.register_forward_pre_hook(lambda _module, given, heard=heard: heard.append(given[0].flatten()))
            answer = reference.track(model, family, case.frames, case.prompts)
            hook.remove()
            inputs += heard
            wanted += [-4.0 if time in case.hidden else 4.0 for time in case.decoded()]
            for time, score in enumerate(answer.scores):
                if time not in case.prompts:
                    least = min(least, float(-score if time in case.hidden else score))
        if turn > 0 and least > 1.0:
            return least
        x = torch.stack(inputs).double()
        x = torch.cat([x, torch.ones(len(x), 1, dtype=torch.double)], dim=1)
        ridge = 1e-3 * len(x) * x[:, :-1].var(dim=0).mean() * torch.eye(x.shape[1], dtype=torch.double)
        ridge[-1, -1] = 0.0
        solved = torch.linalg.solve(x.T @ x + ridge, x.T @ torch.tensor(wanted, dtype=torch.double))
        head.weight.copy_(solved[:-1].float()[None])
        head.bias.copy_(solved[-1:].float())
    return least
