"""Tests of what the exporter refuses, of which graphs of others it takes, and of the steps that fixtures are kept in:
`python -m unittest` in this folder.

They need no checkpoint. Without the packages of `requirements.txt` they are skipped.
"""

import contextlib
import io
import json
import os
import pickle
import random
import re
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

try:
    import torch
    import transformers  # noqa: F401
except ImportError as missing:
    raise unittest.SkipTest(f"a package of requirements.txt is not there: {missing}")

sys.path.insert(0, str(Path(__file__).parent))

from airoto_export import __main__ as command
from airoto_export import adopt, delta, families, grounding_dino, grounding_dino_graphs, vitmatte, vitmatte_graphs


class Call:
    """What pickle makes a call of when it reads it back."""

    def __init__(self, path: Path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


class CheckpointsWithCode(unittest.TestCase):
    """A checkpoint is read for its weights; what else is in it is refused, and not run."""

    def setUp(self):
        self.scratch = tempfile.TemporaryDirectory()
        self.addCleanup(self.scratch.cleanup)
        self.folder = Path(self.scratch.name)
        self.ran = self.folder / "ran"

    def write(self, name: str) -> Path:
        """A checkpoint with weights and a call, in one of the forms that torch reads."""
        path = self.folder / name
        state = {"model": {"weight": torch.zeros(2), "more": Call(self.ran)}}
        if name == "new.pt":
            torch.save(state, path)
        elif name == "old.pt":
            torch.save(state, path, _use_new_zipfile_serialization=False)
        else:
            path.write_bytes(pickle.dumps({"more": Call(self.ran)}, protocol=2))
        return path

    def test_they_are_programs_for_those_who_read_them_otherwise(self):
        for name in ("new.pt", "old.pt", "plain.pt"):
            path = self.write(name)
            if name == "plain.pt":
                pickle.loads(path.read_bytes())["more"].close()
            else:
                torch.load(path, weights_only=False)["model"]["more"].close()
            self.assertTrue(self.ran.exists(), name)
            self.ran.unlink()

    def test_they_are_refused_and_not_run(self):
        for family in ("sam2", "edgetam"):
            for name in ("new.pt", "old.pt", "plain.pt"):
                path = self.write(name)
                with self.assertRaises(families.ExportError) as refused:
                    families.load(path, family, 512)
                self.assertFalse(self.ran.exists(), f"{name} was run")
                said = str(refused.exception)
                self.assertIn(f"checkpoint {name} is not a plain dictionary of weights: it holds", said)
                self.assertNotIn("weights_only", said, "no advice on how to run it")

    def test_a_setting_of_the_environment_does_not_run_them(self):
        path = self.write("new.pt")
        with mock.patch.dict(os.environ, {"TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD": "1"}):
            with self.assertRaises(families.ExportError):
                families.load(path, "sam2", 512)
        self.assertFalse(self.ran.exists())

    def test_pickled_weights_in_a_folder_are_not_read(self):
        for family, kind in (("sam2", "sam2_video"), ("edgetam", "edgetam_video")):
            folder = self.folder / kind
            folder.mkdir()
            families.tiny_config(family).save_pretrained(folder)
            torch.save({"weight": Call(self.ran)}, folder / "pytorch_model.bin")
            with self.assertRaises(families.ExportError) as refused:
                families.load(folder, family, 512)
            self.assertFalse(self.ran.exists(), f"{kind} was run")
            self.assertIn("cannot be loaded", str(refused.exception))

    def test_the_command_says_so_and_writes_nothing(self):
        path, pack = self.write("new.pt"), self.folder / "pack"
        arguments = ["airoto_export", "--family", "sam2", "--from", str(path), "--size", "512", "-o", str(pack)]
        heard = io.StringIO()
        with mock.patch.object(sys, "argv", arguments), contextlib.redirect_stderr(heard):
            self.assertEqual(command.main(), 2)
        self.assertTrue(heard.getvalue().startswith("error: checkpoint new.pt is not a plain dictionary"), heard)
        self.assertFalse(pack.exists() or self.ran.exists())


class OtherFiles(unittest.TestCase):
    def test_what_is_no_checkpoint_is_said(self):
        with tempfile.TemporaryDirectory() as scratch:
            path = Path(scratch) / "junk.pt"
            for value, said in ((b"no checkpoint at all", "is damaged or no checkpoint"), (b"", "")):
                path.write_bytes(value)
                with self.assertRaisesRegex(families.ExportError, "checkpoint junk.pt .*" + said):
                    families.load(path, "sam2", 512)
            torch.save([torch.zeros(2)], path)
            with self.assertRaisesRegex(families.ExportError, "holds no dictionary of tensors"):
                families.load(path, "sam2", 512)
            torch.save({"weight": torch.zeros(2)}, path)
            with self.assertRaisesRegex(families.ExportError, "no image encoder of SAM 2's form"):
                families.load(path, "sam2", 512)
            with self.assertRaisesRegex(families.ExportError, "neither a folder nor a file"):
                families.load(path.with_name("nowhere"), "sam2", 512)


class GraphsOfOthers(unittest.TestCase):
    """Which file of a folder is which graph, by inputs and outputs alone."""

    def write(self, folder: Path, name: str, inputs: dict[str, list], outputs: list[str], kind: str = "Identity"):
        """A graph that passes its first input on; `kind` is the operator that it says it does that with."""
        from onnx import TensorProto, helper, save

        node = helper.make_node(kind, [next(iter(inputs))], [outputs[0]])
        ports = [[helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in named]
                 for named in (inputs.items(), ((n, ["any"]) for n in outputs))]
        save(helper.make_model(helper.make_graph([node], name, *ports)), str(folder / f"{name}.onnx"))

    def test_general_variants_are_taken(self):
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch)
            for name, (takes, gives) in adopt.LAYOUTS["sam2-onnx-cpp"].items():
                inputs, outputs = {what: ["n"] for what in sorted(takes)}, sorted(gives)
                self.write(folder, f"general_{name}", inputs, outputs + ["more"])
                self.write(folder, f"a_{name}.int8", inputs, outputs + ["more"], "DynamicQuantizeLinear")
                self.write(folder, f"b_fixed_{name}", {what: [8] for what in inputs}, outputs + ["more"])
                self.write(folder, f"c_lite_{name}", inputs, outputs)
                more = adopt.MORE.get(("sam2-onnx-cpp", name), set())
                if more:
                    self.write(folder, f"d_more_{name}", inputs | {what: ["n"] for what in more}, outputs + ["more"])
            found = adopt.sort_graphs(folder, "sam2-onnx-cpp")
            self.assertEqual({n: p.name for n, p in found.items()}, {n: f"general_{n}.onnx" for n in found})
            self.assertEqual(set(found), set(adopt.LAYOUTS["sam2-onnx-cpp"]))
            # One that takes more is taken where there is no other.
            for path in folder.glob("*memory_attention*"):
                if not path.name.startswith("d_more"):
                    path.unlink()
            found = adopt.sort_graphs(folder, "sam2-onnx-cpp")
            self.assertEqual(found["memory_attention"].name, "d_more_memory_attention.onnx")
            # The same file twice is one, two that differ in their insides alone are a question.
            general = folder / "general_image_decoder.onnx"
            (folder / "again.onnx").write_bytes(general.read_bytes())
            self.assertIn(adopt.sort_graphs(folder, "sam2-onnx-cpp")["image_decoder"].name,
                          ("again.onnx", general.name))
            takes, gives = adopt.LAYOUTS["sam2-onnx-cpp"]["image_decoder"]
            self.write(folder, "other", {what: ["n"] for what in sorted(takes)}, sorted(gives) + ["more"], "Relu")
            with self.assertRaisesRegex(families.ExportError, "are both the image_decoder: leave one"):
                adopt.sort_graphs(folder, "sam2-onnx-cpp")

    def test_a_graph_that_is_missing_is_named(self):
        with tempfile.TemporaryDirectory() as scratch:
            with self.assertRaisesRegex(families.ExportError, "no graph that is the .*memory_encoder or the mlp of ailia"):
                adopt.sort_graphs(Path(scratch), "ailia")


class ViTMatte(unittest.TestCase):
    """The small configuration with random weights: cut into graphs, and under the names of original checkpoints."""

    ORIGINAL = (("backbone.embeddings.position_embeddings", "backbone.pos_embed"),
                ("backbone.embeddings.projection.", "backbone.patch_embed.proj."),
                ("backbone.encoder.layer.", "backbone.blocks."), (".attention.", ".attn."),
                ("decoder.fusion_blocks.", "decoder.fusion_blks."), (".batch_norm.", ".bn."))

    def model(self, pixels: torch.Tensor):
        torch.manual_seed(1)
        model = vitmatte.build(vitmatte.tiny_config())
        vitmatte.randomise(model, 1, pixels)
        return model

    def features(self, model, pixels, rows: int):
        parts, positions = vitmatte_graphs.cut(model)
        attend = vitmatte_graphs.Attend(positions)
        told = parts[0](pixels)
        for part in parts[1:]:
            state, *rest = told
            height = rest[0].shape[0]
            chunks = (torch.arange(at, min(at + rows, height)) for at in range(0, height, rows))
            told = part(state, torch.cat([attend(*rest, chunk) for chunk in chunks]))
        return told

    def test_parts_attention_by_rows_and_tiles_give_what_the_whole_gives(self):
        pixels = torch.randn(1, 4, 160, 224, generator=torch.Generator().manual_seed(2))
        model = self.model(pixels)
        decoder = vitmatte_graphs.Decoder(model)
        with torch.no_grad():
            expected = model(pixels).alphas
            self.assertGreater(float(expected.std()), 0.2, "weights that say something")
            for rows in (10, 3):
                features = self.features(model, pixels, rows)
                whole = decoder(features, pixels, torch.arange(10), torch.arange(14))
                self.assertLess(float((whole - expected).abs().max()), 1e-4)
            apart = {}
            for halo in (vitmatte_graphs.HALO, vitmatte_graphs.HALO - 1):
                rows, columns = torch.arange(4 - halo, 7 + halo), torch.arange(5 - halo, 9 + halo)
                place = pixels[:, :, 16 * rows[0]:16 * rows[-1] + 16, 16 * columns[0]:16 * columns[-1] + 16]
                tile = decoder(features, place, rows, columns)[:, :, 16 * halo:-16 * halo, 16 * halo:-16 * halo]
                apart[halo] = float((tile - whole[:, :, 64:112, 80:144]).abs().max())
        self.assertLess(apart[vitmatte_graphs.HALO], 1e-4)
        self.assertGreater(apart[vitmatte_graphs.HALO - 1], 1e-2, "no halo wider than it needs to be")

    def test_an_original_checkpoint_is_the_same_model(self):
        sizes = {"tiny": (32, 2)}
        model = self.model(torch.rand(1, 4, 96, 96))
        with tempfile.TemporaryDirectory() as scratch, mock.patch.object(vitmatte, "SIZES", sizes), \
                mock.patch.object(vitmatte, "config", lambda size, crop: vitmatte.tiny_config()):
            state = {}
            for key, value in model.state_dict().items():
                for ours, theirs in self.ORIGINAL:
                    key = key.replace(ours, theirs)
                state[key] = value
            path = Path(scratch) / "vitmatte.pth"
            torch.save({"model": state}, path)
            found, mean, _ = vitmatte.load(path)
            self.assertEqual(mean, vitmatte.ORIGINAL_MEAN)
            for key, value in model.state_dict().items():
                self.assertTrue(torch.equal(found.state_dict()[key], value), key)
            del state["decoder.matting_head.matting_convs.3.bias"]
            torch.save({"model": state}, path)
            with self.assertRaisesRegex(families.ExportError, r"does not fit .* 1 missing \(decoder.matting_head"):
                vitmatte.load(path)
            torch.save({"model": {"weight": torch.zeros(2)}}, path)
            with self.assertRaisesRegex(families.ExportError, "no backbone of ViTMatte's form"):
                vitmatte.load(path)
            torch.save({"model": {"weight": torch.zeros(2), "more": Call(Path(scratch) / "ran")}}, path)
            with self.assertRaisesRegex(families.ExportError, "is not a plain dictionary of weights: it holds code"):
                vitmatte.load(path)
            self.assertFalse((Path(scratch) / "ran").exists())

    def test_a_folder_says_what_its_pictures_are_made_of(self):
        model = self.model(torch.rand(1, 4, 96, 96))
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch)
            model.save_pretrained(folder)
            found, mean, deviation = vitmatte.load(folder)
            self.assertEqual((mean, deviation), (vitmatte.FOLDER_MEAN, vitmatte.FOLDER_DEVIATION))
            key = "decoder.matting_head.matting_convs.0.weight"
            self.assertTrue(torch.equal(found.state_dict()[key], model.state_dict()[key]))
            told = folder / "preprocessor_config.json"
            told.write_text('{"image_mean": [0.4, 0.5, 0.6], "image_std": [1, 2, 3]}')
            self.assertEqual(vitmatte.load(folder)[1:], ([0.4, 0.5, 0.6], [1.0, 2.0, 3.0]))
            for bad in ("[]", '{"image_std": [1, 0, 1]}', '{"image_mean": 7}', "{"):
                told.write_text(bad)
                with self.assertRaisesRegex(families.ExportError, "preprocessor_config.json"):
                    vitmatte.load(folder)
            (folder / "config.json").write_text('{"model_type": "sam2"}')
            with self.assertRaisesRegex(families.ExportError, "holds a 'sam2' model, expected 'vitmatte'"):
                vitmatte.load(folder)

    def test_weights_of_8_bits_are_refused(self):
        model = vitmatte.build(vitmatte.tiny_config())
        with tempfile.TemporaryDirectory() as scratch:
            with self.assertRaisesRegex(families.ExportError, "precision int8 moves alpha"):
                vitmatte.write_pack(model, [0.5] * 3, [0.5] * 3, "int8", "small", "MIT", Path(scratch) / "pack")
            self.assertEqual(list(Path(scratch).iterdir()), [])

    def test_a_size_is_refused(self):
        heard = io.StringIO()
        arguments = ["airoto_export", "--family", "vitmatte", "--from", "nowhere", "--size", "512", "-o", "nowhere"]
        with mock.patch.object(sys, "argv", arguments), contextlib.redirect_stderr(heard):
            self.assertEqual(command.main(), 2)
        self.assertIn("leave --size out", heard.getvalue())


class GroundingDino(unittest.TestCase):
    """The small configuration with random weights: cut into graphs, and from a folder."""

    def source(self):
        torch.manual_seed(1)
        model = grounding_dino.build(grounding_dino.tiny_config())
        grounding_dino.randomise(model, 1)
        return grounding_dino.Source(model, grounding_dino.tokenizer_of(grounding_dino.vocabulary()), 96, 160)

    def test_words_picture_and_detector_give_what_the_whole_gives(self):
        from transformers.models.grounding_dino.modeling_grounding_dino import (
            generate_masks_with_special_tokens_and_transfer_map as masks)

        source = self.source()
        model = source.model
        parts = [part(model).eval() for part in (grounding_dino_graphs.Text, grounding_dino_graphs.Image,
                                                 grounding_dino_graphs.Detector)]
        for height, width in ((90, 160), (101, 77)):
            pixels = torch.randn(1, 3, height, width, generator=torch.Generator().manual_seed(height))
            tokens = source.tokenizer("a red car. two dogs? a", return_tensors="pt")["input_ids"]
            together, positions = masks(tokens, model.model.special_tokens)
            with torch.no_grad():
                expected = model(pixel_values=pixels, input_ids=tokens)
                text = parts[0](tokens, positions, together)
                maps = parts[1](torch.nn.functional.pad(pixels, (0, -width % 4, 0, -height % 4)))
                logits, boxes = parts[2](*maps, text, positions, together)
            self.assertGreater(float(boxes[0].std(0).min()), 0.01, "weights that say something")
            self.assertLess(float((logits - expected.logits[..., :tokens.shape[1]]).abs().max()), 1e-3)
            self.assertLess(float((boxes - expected.pred_boxes).abs().max()), 1e-4)

    def test_a_folder_is_read_and_what_is_missing_in_it_is_said(self):
        source = self.source()
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch) / "dino"
            source.model.save_pretrained(folder)
            with self.assertRaisesRegex(families.ExportError, "dino has no vocabulary, expected tokenizer.json or"):
                grounding_dino.load(folder)
            vocabulary = grounding_dino.vocabulary()
            (folder / "vocab.txt").write_text("\n".join(sorted(vocabulary, key=vocabulary.get)) + "\n")
            expected = grounding_dino.tokenizer_text(source, "it")
            found = grounding_dino.load(folder)
            self.assertEqual((found.shortest, found.longest, found.mean), (800, 1333, grounding_dino.MEAN))
            self.assertEqual(grounding_dino.tokenizer_text(found, "it"), expected, "made of vocab.txt")
            (folder / "vocab.txt").unlink()
            source.processor().save_pretrained(folder)
            found = grounding_dino.load(folder)
            self.assertEqual((found.shortest, found.longest), (96, 160))
            self.assertEqual(grounding_dino.tokenizer_text(found, "it"), expected, "made of tokenizer.json")
            for key, value in source.model.state_dict().items():
                self.assertTrue(torch.equal(found.model.state_dict()[key], value), key)
            with self.assertRaisesRegex(families.ExportError, "precision int8 is not known to give the same boxes"):
                grounding_dino.write_pack(found, "int8", "dino", "MIT", Path(scratch) / "pack")
            config = json.loads((folder / "config.json").read_text())
            (folder / "config.json").write_text(json.dumps(config | {"num_feature_levels": 3}))
            with self.assertRaises(families.ExportError):
                grounding_dino.load(folder)
            (folder / "config.json").write_text('{"model_type": "sam2"}')
            with self.assertRaisesRegex(families.ExportError, "holds a 'sam2' model, expected 'grounding-dino'"):
                grounding_dino.load(folder)
            with self.assertRaisesRegex(families.ExportError, "checkpoint config.json has no vocabulary: name a folder"):
                grounding_dino.load(folder / "config.json")

    # What undoes the renaming, on the whole key and in this order.
    ORIGINAL = (
        ("model.backbone.conv_encoder.model.swin.embeddings.patch_embeddings.projection.", "backbone.0.patch_embed.proj."),
        ("model.backbone.conv_encoder.model.swin.embeddings.norm.", "backbone.0.patch_embed.norm."),
        ("model.backbone.conv_encoder.model.hidden_states_norms.stage2.", "backbone.0.norm1."),
        ("model.backbone.conv_encoder.model.hidden_states_norms.stage3.", "backbone.0.norm2."),
        ("model.backbone.conv_encoder.model.hidden_states_norms.stage4.", "backbone.0.norm3."),
        ("model.backbone.conv_encoder.model.swin.encoder.layers.", "backbone.0.layers."),
        (".layernorm_before.", ".norm1."), (".layernorm_after.", ".norm2."), (".attention.q_proj.", ".attn.qkv."),
        (".attention.relative_position_bias.", ".attn."), (".attention.o_proj.", ".attn.proj."),
        ("model.input_proj_vision.", "input_proj."), ("model.text_projection.", "feat_map."),
        (".vision_param", ".gamma_v"), (".text_param", ".gamma_l"), (".layer_norm_vision.", ".layer_norm_v."),
        (".layer_norm_text.", ".layer_norm_l."), ("vision_proj.", "v_proj."), ("text_proj.", "l_proj."),
        ("model.encoder_output_bbox_embed.", "transformer.enc_out_bbox_embed."),
        ("model.query_position_embeddings.", "transformer.tgt_embed."), (".fc1.", ".linear1."), (".fc2.", ".linear2."),
        ("model.decoder.layer_norm.", "transformer.decoder.norm."), ("reference_points_head.", "ref_point_head."))
    ENCODER = {"deformable_layer": ("layers", {"self_attn_layer_norm": "norm1", "final_layer_norm": "norm2"}),
               "text_enhancer_layer": ("text_layers", {"layer_norm_before": "norm1", "layer_norm_after": "norm2"}),
               "fusion_layer": ("fusion_layers", {})}
    DECODER = {"encoder_attn": "cross_attn", "encoder_attn_layer_norm": "norm1", "encoder_attn_text": "ca_text",
               "encoder_attn_text_layer_norm": "catext_norm", "self_attn_layer_norm": "norm2", "final_layer_norm": "norm3"}

    def original(self, key: str) -> str:
        """What an original checkpoint calls a tensor; the first of three that were one stands for all."""
        if key.startswith("model.text_backbone."):
            return "module.bert." + key.removeprefix("model.text_backbone.")
        for ours, theirs in self.ORIGINAL:
            key = key.replace(ours, theirs)
        if key.startswith("backbone."):
            key = key.replace(".linear", ".fc")
        parts = key.split(".")
        if parts[:3] == ["model", "encoder", "layers"]:
            kind, norms = self.ENCODER[parts[4]]
            parts = ["model", "encoder", kind, parts[3], norms.get(parts[5], parts[5]), *parts[6:]]
        elif parts[:3] == ["model", "decoder", "layers"]:
            parts[4] = self.DECODER.get(parts[4], parts[4])
        if parts[0] == "model":
            parts[0] = "transformer"
        return "module." + ".".join(parts).replace(".query.", ".in_proj_")

    def test_an_original_checkpoint_is_the_same_model(self):
        own = self.source().model.state_dict()
        state = {"module.label_enc.weight": torch.zeros(3), "module.bert.pooler.dense.bias": torch.zeros(3)}
        for key, value in own.items():
            split = "text_backbone" not in key and re.search(r"\.(q_proj|query|k_proj|v_proj|key|value)\.", key)
            if ".swin.layernorm." in key or split and split.group(1) not in ("q_proj", "query"):
                continue
            if split:
                rest = ("k_proj", "v_proj") if split.group(1) == "q_proj" else ("key", "value")
                value = torch.cat([value, *(own[key.replace(split.group(), f".{name}.")] for name in rest)])
            state[self.original(key)] = value
        with tempfile.TemporaryDirectory() as scratch, mock.patch.object(grounding_dino, "WIDTHS", {8: "tiny"}):
            folder = Path(scratch)
            vocabulary = grounding_dino.vocabulary()
            (folder / "vocab.txt").write_text("\n".join(sorted(vocabulary, key=vocabulary.get)) + "\n")
            path = folder / "groundingdino.pth"
            torch.save({"model": state}, path)
            found = grounding_dino.load(path, folder)
            for key, value in own.items():
                if ".swin.layernorm." not in key:
                    self.assertTrue(torch.equal(found.model.state_dict()[key], value), key)
            del state["module.transformer.level_embed"]
            torch.save({"model": state}, path)
            with self.assertRaisesRegex(families.ExportError, r"does not fit .* 1 missing \(model.level_embed"):
                grounding_dino.load(path, folder)
            torch.save({"model": {"weight": torch.zeros(2)}}, path)
            with self.assertRaisesRegex(families.ExportError, "no backbones of Grounding DINO's form"):
                grounding_dino.load(path, folder)
            torch.save({"model": {"weight": torch.zeros(2), "more": Call(folder / "ran")}}, path)
            with self.assertRaisesRegex(families.ExportError, "is not a plain dictionary of weights: it holds code"):
                grounding_dino.load(path, folder)
            self.assertFalse((folder / "ran").exists())

    def test_pickled_weights_in_a_folder_are_not_read(self):
        with tempfile.TemporaryDirectory() as scratch:
            ran = Path(scratch) / "ran"
            grounding_dino.tiny_config().save_pretrained(scratch)
            torch.save({"weight": Call(ran)}, Path(scratch) / "pytorch_model.bin")
            with self.assertRaisesRegex(families.ExportError, "cannot be loaded"):
                grounding_dino.load(Path(scratch))
            self.assertFalse(ran.exists())


class Delta(unittest.TestCase):
    def test_steps_make_the_bytes(self):
        source = random.Random(3)
        known = source.randbytes(5000)
        fresh = source.randbytes(300)
        # Off the blocks, twice, with something new between, and a piece of what was made.
        wanted = fresh + known[1001:3003] + b"between" + known[17:1000] + fresh[5:290]
        steps, new = delta.encode(known, wanted)
        data, at = bytearray(known), 0
        for count, start, length in steps:
            data += new[at:at + count]
            at += count
            data += data[start:start + length]
        self.assertEqual(bytes(data[len(known):]), wanted)
        self.assertLess(len(new), 320)
        self.assertEqual(at, len(new))


if __name__ == "__main__":
    unittest.main()
