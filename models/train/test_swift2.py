"""Tests of Swift 2 at tiny sizes: `python -m unittest test_swift2`.

They need no training material: noise with ellipses stands in for it. Without PyTorch they are skipped,
and where the package of the trunk's weights is not installed, so is what needs it.
"""

import json
import sys
import tempfile
import unittest
import zipfile
from pathlib import Path

try:
    import cv2
    import numpy as np
    import torch
    import torch.nn.functional as F
except ImportError as missing:
    raise unittest.SkipTest(f"PyTorch or OpenCV is not there: {missing}")

sys.path.insert(0, str(Path(__file__).parent))

from swift2 import checkpoint, train
from swift2.clips import Clips, fill
from swift2.material import VERSION, Material
from swift2.model import KEY16, KEY8, Swift2
from swift2.prompts import Asked, degrade
from swift2.trunk import BLOCKS, EPSILON, TAPS, Trunk, fold
from swift2.unroll import Track, cycle_loss, features, prompt_loss, track_loss


def material(path: Path) -> Path:
    """A file with two photographs of two ellipses and one shot for either side."""
    random = np.random.default_rng(3)
    index = {"version": VERSION, "photos": [], "footage": [], "video": []}
    with zipfile.ZipFile(path, "w") as file:

        def store(name: str, picture: np.ndarray) -> str:
            file.writestr(name, cv2.imencode(Path(name).suffix, picture)[1].tobytes())
            return name

        for side in ("train", "validation"):
            for number in range(2):
                picture = cv2.resize(random.integers(0, 255, (9, 12, 3), np.uint8), (200, 150))
                ids = np.zeros((150, 200), np.uint8)
                cv2.ellipse(ids, (60, 70), (30, 40), 0, 0, 360, 1, -1)
                cv2.ellipse(ids, (150, 80), (25, 30), 0, 0, 360, 2, -1)
                picture[ids == 1] = (200, 40, 40 + 100 * number)
                name = f"{side}{number}"
                index["photos"].append({
                    "name": name, "side": side, "ids": [(1, "cat"), (2, "dog")],
                    "picture": store(f"{name}.jpg", picture), "mask": store(f"{name}.png", ids),
                })
            shot = [store(f"{side}-{t}.jpg", picture) for t in range(6)]
            index["footage"].append({"name": side, "side": side, "frames": shot})
        file.writestr("index.json", json.dumps(index))
    return path


class WithMaterial(unittest.TestCase):
    """Tests that draw clips."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.path = material(Path(cls.folder.name) / "material.zip")
        torch.set_num_threads(1)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()


class TrunkTests(unittest.TestCase):
    """The backbone."""

    def test_features_have_the_strides_and_channels_of_the_table(self):
        found = Trunk()(torch.rand(1, 3, 64, 96))
        strides = [2, 4, 8, 16, 16]
        for tensor, channels, stride in zip(found, TAPS.values(), strides):
            self.assertEqual(tensor.shape, (1, channels, 64 // stride, 96 // stride))

    def test_a_folded_normalisation_gives_the_same(self):
        torch.manual_seed(1)
        conv, norm = torch.nn.Conv2d(3, 4, 3, bias=False), torch.nn.BatchNorm2d(4, eps=EPSILON).eval()
        norm.running_mean.normal_()
        norm.running_var.uniform_(0.5, 2)
        norm.weight.data.normal_()
        x = torch.rand(1, 3, 8, 8)
        weight, bias = fold(conv.weight, norm.state_dict())
        self.assertLess(float((F.conv2d(x, weight, bias) - norm(conv(x))).abs().max()), 1e-5)

    def test_features_equal_those_of_the_package_s_layers(self):
        try:
            from swift2.trunk import fill as fill_trunk, package_weights

            stored = package_weights()
        except ImportError as missing:
            self.skipTest(f"the weights' package is not there: {missing}")
        trunk = Trunk().eval()
        fill_trunk(trunk, stored)
        image = torch.rand(1, 3, 64, 96)

        def layer(x, conv, norm, stride, act):
            """Straight from the state dict, normalisation apart, padded as TensorFlow does."""
            weight = stored[f"{conv}.weight"]
            kernel, groups = weight.shape[2], x.shape[1] // weight.shape[1]
            total = max((-(-x.shape[2] // stride) - 1) * stride + kernel - x.shape[2], 0)
            x = F.pad(x, [total // 2, total - total // 2] * 2)
            x = F.conv2d(x, weight, None, stride, 0, 1, groups)
            parts = [stored[f"{norm}.{k}"] for k in ("running_mean", "running_var", "weight", "bias")]
            x = F.batch_norm(x, *parts, training=False, eps=EPSILON)
            return x.clamp(0, 6) if act else x

        with torch.no_grad():
            x = layer((image * 255 - 127) / 128, "_conv_stem", "_bn0", 2, True)
            expected = []
            for number, (_, stride, expansion, _) in enumerate(BLOCKS):
                name, y = f"_blocks.{number}", x
                if expansion > 1:
                    y = layer(y, f"{name}._expand_conv", f"{name}._bn0", 1, True)
                y = layer(y, f"{name}._depthwise_conv", f"{name}._bn1", stride, True)
                y = layer(y, f"{name}._project_conv", f"{name}._bn2", 1, False)
                x = x + y if stride == 1 and x.shape == y.shape else y
                if number in TAPS:
                    expected.append(x)
            for found, wanted in zip(trunk(image), expected):
                self.assertLess(float((found - wanted).abs().max()), 1e-3)

    def test_frozen_blocks_get_no_gradients_and_the_others_do(self):
        trunk = Trunk()
        sum(f.sum() for f in trunk(torch.rand(1, 3, 32, 32), frozen=5)).backward()
        self.assertIsNone(trunk.stem.weight.grad)
        self.assertIsNone(trunk.blocks[4].project.weight.grad)
        self.assertIsNotNone(trunk.blocks[5].project.weight.grad)


class ClipTests(WithMaterial):
    """The clips."""

    def draw(self, seed: int, count: int = 4, **options):
        return Clips(Material(self.path, "train"), seed).draw(count, 4, 96, 128, **options)

    def test_clips_have_the_promised_shapes_and_ranges(self):
        clips = self.draw(1)
        self.assertEqual(clips.frames.shape, (4, 4, 3, 96, 128))
        self.assertEqual(clips.masks.shape, (4, 4, 1, 96, 128))
        self.assertEqual(clips.flow.shape, (4, 4, 2, 96, 128))
        for tensor in (clips.frames, clips.masks):
            self.assertTrue(0 <= float(tensor.min()) and float(tensor.max()) <= 1)
        self.assertEqual(float(clips.flow[:, 0].abs().max()), 0)

    def test_a_seed_gives_one_clip(self):
        self.assertTrue(torch.equal(self.draw(4).frames, self.draw(4).frames))
        self.assertFalse(torch.equal(self.draw(4).frames, self.draw(5).frames))

    def test_the_target_is_there_at_first_and_is_hidden_in_some_frames_of_stacks(self):
        made, gone = Clips(Material(self.path, "train"), 2), 0
        for _ in range(40):
            _, masks, _, _ = made.clip(4, 96, 128, stills=0.0)
            gone += bool((masks[1:].mean((1, 2)) < 0.001).any())
        self.assertGreater(gone, 2)
        stills = self.draw(3, 12, stills=1.0)
        self.assertTrue((stills.masks[:, 0].mean((1, 2, 3)) > 0.003).all())

    def test_a_jump_moves_more_than_what_follows(self):
        clips = self.draw(6, 16, stills=1.0, jump=1.0)
        self.assertTrue(clips.jump.all())
        change = (clips.masks[:, 1:] - clips.masks[:, :-1]).abs().mean((0, 2, 3, 4))
        self.assertGreater(float(change[0]), float(change[1:].mean()))

    def test_unlabelled_footage_goes_there_and_back(self):
        clips = Clips(Material(self.path, "train"), 8).there_and_back(2, 64, 96)
        self.assertTrue(clips.there_and_back)
        self.assertFalse(self.draw(8).there_and_back)
        self.assertTrue(torch.equal(clips.frames[:, 0], clips.frames[:, 4]))
        self.assertTrue(torch.equal(clips.frames[:, 1], clips.frames[:, 3]))

    def test_a_mirrored_clip_has_mirrored_flow(self):
        clips = self.draw(7, 1)
        other = clips.mirrored()
        self.assertTrue(torch.equal(other.flow[..., 0, :, 0], -clips.flow[..., 0, :, -1]))
        self.assertTrue(torch.equal(other.flow[..., 1, :, 0], clips.flow[..., 1, :, -1]))

    def test_a_hole_is_filled_from_around_it(self):
        picture = np.full((64, 64, 3), 90, np.uint8)
        hole = np.zeros((64, 64), np.uint8)
        hole[20:40, 20:40] = 1
        picture[hole == 1] = 255
        filled = fill(picture, hole)
        self.assertLess(int(filled[30, 30, 0]), 110)
        self.assertEqual(int(filled[2, 2, 0]), 90)

    def test_the_sides_of_the_split_share_no_picture(self):
        names = [{p["picture"] for p in Material(self.path, s).photos} for s in ("train", "validation")]
        self.assertFalse(names[0] & names[1])


class PromptTests(unittest.TestCase):
    """Simulated prompts."""

    def setUp(self):
        self.masks = torch.zeros(2, 1, 64, 96)
        self.masks[:, :, 10:40, 20:60] = 1

    def test_a_box_holds_the_object_and_a_click_lies_inside_it(self):
        asked = Asked(self.masks, np.random.default_rng(1), [0, 1], jitter=0.0)
        box, click = asked.hints
        self.assertEqual(float(box[2].sum()), 15 * 20)
        self.assertEqual(float(box[:2].sum()), 0)
        self.assertGreater(float((click[0] * asked.target[1, 0]).sum()), 10)
        self.assertEqual(float(click[1:].sum()), 0)

    def test_the_next_click_lies_on_the_largest_piece_that_is_wrong(self):
        asked = Asked(self.masks, np.random.default_rng(2), [1, 1])
        before = asked.hints
        answer = asked.truth.copy()
        answer[:, 22:30, 34:44] = True
        answer[:, 6, 12] = False
        asked.click(answer)
        new = asked.hints - before
        self.assertEqual(float(new[:, 0].sum()), 0)
        self.assertGreater(float(new[:, 1, 22:30, 34:44].sum()), 10)
        asked.click(asked.truth)
        self.assertTrue(torch.equal(asked.hints - before, new))

    def test_spoilt_masks_are_masks_and_most_are_wrong(self):
        random = np.random.default_rng(3)
        spoilt = torch.cat([degrade(self.masks, random) for _ in range(10)])
        self.assertTrue(0 <= float(spoilt.min()) and float(spoilt.max()) <= 1)
        wrong = ((spoilt > 0.5) != (self.masks.repeat(10, 1, 1, 1) > 0.5)).float().mean((1, 2, 3))
        self.assertGreater(float((wrong > 0.005).float().mean()), 0.5)


class ModelTests(WithMaterial):
    """The model and what is asked of it."""

    def test_keys_have_length_one_and_outputs_their_strides(self):
        f2, f4, f8, f16, key8, key16 = Swift2().encoder(torch.rand(1, 3, 64, 96))
        shapes = [(16, 2), (32, 4), (64, 8), (64, 16), (KEY8, 8), (KEY16, 16)]
        for tensor, (channels, stride) in zip((f2, f4, f8, f16, key8, key16), shapes):
            self.assertEqual(tensor.shape, (1, channels, 64 // stride, 96 // stride))
        for key in (key8, key16):
            self.assertLess(float((key.square().sum(1) - 1).abs().max()), 0.05)

    def test_losses_are_finite_and_every_part_learns(self):
        random, model = np.random.default_rng(1), Swift2().train()
        clips = Clips(Material(self.path, "train"), 1).draw(2, 4, 64, 96)
        clips.jump[:] = torch.tensor([True, False])
        seen = features(model, clips.frames)
        loss, score = track_loss(model, seen, clips, random)
        asked, _, _ = prompt_loss(model, seen[0], clips.masks[:, 0], random, 2)
        (loss + asked).backward()
        self.assertTrue(torch.isfinite(loss + asked))
        self.assertTrue(0 <= float(score) <= 1)
        for name, value in model.named_parameters():
            self.assertIsNotNone(value.grad, name)
            self.assertTrue(torch.isfinite(value.grad).all(), name)

    def test_the_way_back_is_learned_where_the_teacher_trusts_itself(self):
        model, teacher = Swift2().train(), Swift2().eval()
        clips = Clips(Material(self.path, "train"), 9).there_and_back(2, 64, 96)
        random = np.random.default_rng(2)
        self.assertIsNone(cycle_loss(model, teacher, clips, random, 0)[0])
        with torch.no_grad():
            teacher.prompter.decoder.head2.bias.fill_(-1)
            for part in (teacher.prompter, teacher.tracker):
                part.decoder.scores.bias.fill_(9)
        loss, used = cycle_loss(model, teacher, clips, random, 0)
        self.assertGreater(used, 0)
        loss.backward()
        self.assertIsNotNone(model.encoder.trunk.stem.weight.grad)
        self.assertTrue(all(p.grad is None for p in teacher.parameters()))

    def test_the_memory_is_bounded_and_keeps_the_first_frame(self):
        model, mask = Swift2().eval(), torch.zeros(1, 1, 32, 48)
        mask[..., 8:24, 8:24] = 1
        with torch.no_grad():
            seen = features(model, torch.rand(1, 1, 3, 32, 48))[0]
            track = Track(model, seen, mask)
            first = track.keys[0]
            for _ in range(8):
                frame, flow = torch.rand(1, 3, 32, 48), torch.zeros(1, 2, 32, 48)
                track.step(seen, frame, frame, flow, keep=True)
        self.assertEqual(len(track.keys), 5)
        self.assertIs(track.keys[0], first)


class ResumeTests(WithMaterial):
    """Checkpoints."""

    def test_a_run_goes_on_from_its_own_and_from_the_repository_s_checkpoint(self):
        line = [
            "--material", str(self.path), "--device", "cpu", "--steps", "2", "--unchecked", "--batch", "1",
            "--scale", "0.3", "--length", "3", "--heads-until", "1",
        ]
        with tempfile.TemporaryDirectory() as folder:
            run, kept = Path(folder) / "run", Path(folder) / "checkpoint"
            for total in (2, 4):
                sys.argv = ["train", "--run", str(run), *line]
                train.main()
                state = torch.load(run / "latest.pt", weights_only=True)
                self.assertEqual((state["step"], state["clips"], state["stage"]), (total, total, "deep"))
            size = checkpoint.pack(state, kept)
            self.assertLess(size, 12e6)
            other = Path(folder) / "other"
            arguments = train.arguments([*line, "--run", str(other), "--resume", str(kept)])
            resumed = train.Training(arguments)
            self.assertEqual((resumed.step, resumed.clips, resumed.best), (4, 4, state["best"]))
            self.assertEqual(train.stage_of(resumed.clips, arguments), 1)
            for name, value in resumed.kept.state_dict().items():
                self.assertLess(float((value - state["kept"][name]).abs().max()), 0.02, name)


class ExportTests(unittest.TestCase):
    """The graphs."""

    def test_graphs_agree_with_the_model_at_another_size(self):
        try:
            import onnx  # noqa: F401
            import onnxruntime  # noqa: F401
        except ImportError as missing:
            self.skipTest(f"ONNX is not there: {missing}")
        from swift2.export import check, write

        torch.manual_seed(2)
        model = Swift2().eval()
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder)
            manifest = write(model, out, "0")
            self.assertLess(check(model, out), 1e-3)
            self.assertEqual(json.loads((out / "model.json").read_text()), manifest)
            halved = sum(g["bytes"] for g in write(model, out, "0", half=True)["graphs"].values())
            self.assertLess(halved, 6e6)


if __name__ == "__main__":
    unittest.main()
