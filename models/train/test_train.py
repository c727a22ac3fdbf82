"""Tests of data, scenes, model, resuming and export at tiny sizes: `python -m unittest`.

They need no training material: a few coloured squares stand in for it. Without PyTorch they are
skipped.
"""

import json
import sys
import tempfile
import unittest
from pathlib import Path

try:
    import torch
    import torch.nn.functional as F
except ImportError as missing:
    raise unittest.SkipTest(f"PyTorch is not there: {missing}")

sys.path.insert(0, str(Path(__file__).parent))

from data import CUTOUT, PHOTO, Part, is_validation
from model import KEY, VALUE, Reader, Swift, prior_cues, warp
from scenes import Scenes
from unroll import Clicks, Track, features, overlap, prompt_loss, target_loss, track_loss


def material() -> Part:
    """Six squares and three pictures with one instance each."""
    random = torch.Generator().manual_seed(5)
    cutouts = (torch.rand(6, 4, CUTOUT, CUTOUT, generator=random) * 255).byte()
    cutouts[:, 3] = 0
    cutouts[:, 3, 40:150, 50:140] = 255
    photos = F.interpolate(torch.rand(3, 3, 9, 12, generator=random), PHOTO, mode="bilinear")
    instances = torch.zeros(3, *PHOTO, dtype=torch.uint8)
    instances[:, 80:200, 100:300] = 1
    return Part(
        cutouts=cutouts, kinds=["a", "b"] * 3, photos=(photos * 255).byte(),
        instances=instances, ids=[[1]] * 3,
    )


class SceneTests(unittest.TestCase):
    """The scene generator."""

    def test_clips_have_the_promised_shapes_and_ranges(self):
        clips = Scenes(material(), seed=1).draw(2, 3, 64, 96)
        self.assertEqual(clips.frames.shape, (2, 3, 3, 64, 96))
        self.assertEqual(clips.masks.shape, (2, 3, 1, 64, 96))
        self.assertEqual(clips.flow.shape, (2, 3, 2, 64, 96))
        for tensor in (clips.frames, clips.masks):
            self.assertTrue(0 <= float(tensor.min()) and float(tensor.max()) <= 1)
        self.assertEqual(float(clips.flow[:, 0].abs().max()), 0)

    def test_a_seed_gives_one_clip(self):
        a, b = (Scenes(material(), seed=4).draw(1, 2, 64, 96) for _ in range(2))
        self.assertTrue(torch.equal(a.frames, b.frames))
        other = Scenes(material(), seed=5).draw(1, 2, 64, 96)
        self.assertFalse(torch.equal(a.frames, other.frames))

    def test_the_true_flow_carries_the_mask(self):
        scenes = Scenes(material(), seed=2)
        # Without what spoils it.
        scenes.spoil_flow = lambda flow: F.interpolate(
            flow.flatten(1, 2), scale_factor=4, mode="bilinear"
        ).view(flow.shape[0], flow.shape[1], 2, flow.shape[3] * 4, flow.shape[4] * 4)
        moved = still = count = 0.0
        for _ in range(6):
            clips = scenes.draw(4, 2, 96, 128)
            before, now = clips.masks[:, 0], clips.masks[:, 1]
            seen = (before.sum((1, 2, 3)) > 100) & (now.sum((1, 2, 3)) > 100)
            if seen.any():
                carried = warp(before, clips.flow[:, 1])
                moved += float(overlap(carried, now)[seen].sum())
                still += float(overlap(before, now)[seen].sum())
                count += float(seen.sum())
        self.assertGreater(moved / count, still / count + 0.02)
        self.assertGreater(moved / count, 0.75)

    def test_the_split_goes_by_name(self):
        share = sum(is_validation(f"{n:012d}") for n in range(2000)) / 2000
        self.assertAlmostEqual(share, 0.1, delta=0.03)


class ModelTests(unittest.TestCase):
    """The model and what is asked of it."""

    def test_a_fresh_model_answers_with_the_warped_mask(self):
        model = Swift().eval()
        frames = torch.rand(1, 2, 3, 64, 96)
        mask = torch.zeros(1, 1, 64, 96)
        mask[..., 16:40, 20:60] = 1
        flow = torch.zeros(1, 2, 64, 96)
        flow[:, 0] = -8
        with torch.no_grad():
            prior, _, _ = prior_cues(frames[:, 1], frames[:, 0], mask, flow)
        self.assertEqual(float(prior[0, 0, 10, 14]), 1)
        self.assertEqual(float(prior[0, 0, 10, 12]), 0)
        with torch.no_grad():
            seen = features(model, frames)
            logits = Track(model, seen[0], mask).step(seen[1], frames[:, 1], frames[:, 0], flow, 1)[0]
        self.assertEqual(logits.shape, (1, 1, 32, 48))

    def test_the_reader_finds_the_same_key_and_prefers_the_near_one(self):
        reader = Reader(50.0, 2.0)
        keys = F.normalize(torch.eye(KEY)[:, :4], dim=0)[None]
        places = torch.tensor([[[0.0, 1, 2, 3], [0, 0, 0, 0]]])
        values = torch.tensor([[[1.0, 2, 3, 4]]])
        read = reader(keys[:, :, 2:3], torch.tensor([[[2.0], [0.0]]]), keys, places, values)
        self.assertAlmostEqual(float(read[0, 0, 0].detach()), 3.0, delta=0.05)
        same = keys[:, :, :1].expand(-1, -1, 4)
        read = reader(same[:, :, :1], torch.tensor([[[3.0], [0.0]]]), same, places, values)
        self.assertGreater(float(read[0, 0, 0].detach()), 2.9)

    def test_losses_are_finite_and_have_gradients(self):
        scenes, model = Scenes(material(), seed=3), Swift().train()
        clips = scenes.draw(2, 3, 64, 96)
        seen = features(model, clips.frames)
        loss, score = track_loss(model, seen, clips, keep=1)
        asked, _, _ = prompt_loss(model, seen[0], clips.masks[:, 0], scenes.random, 2)
        (loss + asked).backward()
        self.assertTrue(torch.isfinite(loss + asked))
        self.assertTrue(0 <= float(score) <= 1)
        for name, value in model.named_parameters():
            self.assertIsNotNone(value.grad, name)
            self.assertTrue(torch.isfinite(value.grad).all(), name)

    def test_a_better_mask_costs_less(self):
        target = torch.zeros(1, 1, 16, 16)
        target[..., 4:12, 4:12] = 1
        good, bad = (target * 2 - 1) * 4, -(target * 2 - 1) * 4
        self.assertLess(float(target_loss(good, target)), float(target_loss(bad, target)))

    def test_clicks_lie_where_they_say(self):
        masks = torch.zeros(2, 1, 64, 64)
        masks[:, :, 10:40, 20:50] = 1
        random = torch.Generator().manual_seed(1)
        clicks = Clicks(masks, random, torch.tensor([0.0, 1.0]))
        box, click = clicks.hints
        self.assertEqual(float(box[2].sum()), 15 * 15)
        self.assertEqual(float(box[0].sum()), 0)
        inside = click[0] * clicks.target[1, 0]
        self.assertGreater(float(inside.sum()), 10)
        self.assertEqual(float(click[3].sum()), 0)


class ExportTests(unittest.TestCase):
    """The graphs."""

    def test_graphs_agree_with_the_model_and_the_manifest_with_the_graphs(self):
        try:
            import onnx  # noqa: F401
            import onnxruntime  # noqa: F401
        except ImportError as missing:
            self.skipTest(f"ONNX is not there: {missing}")
        from export import check, write

        model = Swift()
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder)
            manifest = write(model, out, "0", half=False)
            self.assertLess(check(model, out, 2e-3), 2e-3)
            stored = json.loads((out / "model.json").read_text())
            self.assertEqual(stored, manifest)
            self.assertEqual(stored["constants"]["value_channels"], VALUE)
            for graph in stored["graphs"].values():
                self.assertEqual((out / graph["file"]).stat().st_size, graph["bytes"])
            whole = sum(g["bytes"] for g in manifest["graphs"].values())
            halved = sum(g["bytes"] for g in write(model, out, "0", half=True)["graphs"].values())
            self.assertLess(halved, 0.62 * whole)
            self.assertLess(check(model, out, 0.2), 0.2)


if __name__ == "__main__":
    unittest.main()
