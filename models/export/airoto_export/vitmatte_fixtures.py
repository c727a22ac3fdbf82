"""The fixture of ViTMatte: a pack of the small configuration with random weights, and the reference's alphas on drawn
scenes, whole frames and regions, in the unknown pixels. Made with the others by `python -m airoto_export.fixtures`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from . import scene, vitmatte, vitmatte_cases
from .fixture_file import Fixture

SEED = 0
TIMES = (0, 6)
# A margin beyond any frame makes the region the frame.
MARGINS = (4096, 8)
# Steps of the answers' integers in one.
UNIT = 65535
MEAN, DEVIATION = vitmatte.ORIGINAL_MEAN, vitmatte.ORIGINAL_DEVIATION


def drawn():
    """(scene, time, frame, trimap) of all cases."""
    for place in scene.SCENES:
        for time in TIMES:
            yield place, time, place.frame(time), vitmatte_cases.trimap(place.mask(time))


def build():
    """The model."""
    torch.manual_seed(SEED)
    model = vitmatte.build(vitmatte.tiny_config())
    _, _, frame, known = next(drawn())
    vitmatte.randomise(model, SEED, vitmatte.planes(frame, known, MEAN, DEVIATION), grid=True)
    return model


def write(out: Path) -> int:
    """Index and bytes; gives the number of bytes."""
    model, answered = build(), []
    fixture = Fixture(lambda pack: vitmatte.write_pack(model, MEAN, DEVIATION, "fp32", "vitmatte-tiny", "CC0-1.0", pack,
                                                       say=lambda _: None))
    for place, time, frame, known in drawn():
        regions = {margin: vitmatte_cases.region(known, margin) for margin in MARGINS}
        for margin, seen in regions.items():
            if margin != MARGINS[0] and seen == regions[MARGINS[0]]:
                continue
            left, top, right, bottom = seen
            cut = np.s_[top:bottom, left:right]
            alpha = vitmatte.answer(model, frame[cut], known[cut], MEAN, DEVIATION)[known[cut] == 0.5]
            if alpha.std() < 0.1:
                raise SystemExit(f"vitmatte: alpha of {place.name} {time} spreads by {alpha.std():.2f} only")
            answered.append({"scene": place.name, "time": time, "margin": margin, "region": seen,
                             "unknown": len(alpha)})
            fixture.add(np.round(alpha * UNIT).astype("<u2").tobytes())
    told = {"family": "vitmatte", "seed": SEED, "band": vitmatte_cases.BAND, "unit": UNIT}
    return fixture.save(out, told, answered)
