"""Writes a model pack: the graphs as ONNX, and `model.json` with their digests and the constants of the family."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from pathlib import Path

import torch

from . import graphs
from .families import ExportError

OPSET = 18


def specimens(model, size: int) -> dict[str, tuple[torch.nn.Module, dict[str, torch.Tensor], list[str], dict]]:
    """Each graph with example inputs, the names of its outputs, and its dynamic axes."""
    side, quarter, dim = size // 16, size // 4, model.hidden_dim
    encoder = graphs.ImageEncoder(model).eval()
    attention = graphs.MemoryAttention(model, side).eval()
    tokens = attention.memory_position.shape[1]
    pixels = torch.zeros(1, dim, side, side)
    score = torch.ones(1, 1)
    fine = torch.zeros(1, dim // 8, quarter, quarter)
    middle = torch.zeros(1, dim // 4, size // 8, size // 8)
    memories = torch.export.Dim("n_mem", min=1, max=4096)
    pointers = torch.export.Dim("n_ptr", min=1, max=4096)
    points = torch.export.Dim("n_pts", min=1, max=4096)
    return {
        "image_encoder": (
            encoder,
            {"image": torch.zeros(1, 3, size, size)},
            ["high_res_feats_0", "high_res_feats_1", "pix_feat", "image_embed_init"],
            {"image": None},
        ),
        "memory_attention": (
            attention,
            {
                "pix_feat": pixels,
                "mem_feats": torch.zeros(3, tokens, model.mem_dim),
                "mem_tpos": torch.zeros(3, dtype=torch.int64),
                "obj_ptrs": torch.zeros(5, dim),
                "obj_ptr_tdiff": torch.zeros(5),
            },
            ["image_embed"],
            {"pix_feat": None, "mem_feats": {0: memories}, "mem_tpos": {0: memories}, "obj_ptrs": {0: pointers},
             "obj_ptr_tdiff": {0: pointers}},
        ),
        "mask_decoder": (
            graphs.MaskDecoder(model).eval(),
            {
                "image_embed": pixels,
                "high_res_feats_0": fine,
                "high_res_feats_1": middle,
                "point_coords": torch.zeros(1, 3, 2),
                "point_labels": torch.ones(1, 3, dtype=torch.int64),
                "mask_input": torch.zeros(1, 1, quarter, quarter),
                "has_mask_input": torch.zeros(1),
            },
            ["masks", "iou", "obj_ptr", "object_score"],
            {"image_embed": None, "high_res_feats_0": None, "high_res_feats_1": None, "point_coords": {1: points},
             "point_labels": {1: points}, "mask_input": None, "has_mask_input": None},
        ),
        "memory_encoder": (
            graphs.MemoryEncoder(model).eval(),
            {"pix_feat": pixels, "mask_for_mem": torch.zeros(1, 1, size, size), "object_score": score},
            ["mem_feat"],
            {"pix_feat": None, "mask_for_mem": None, "object_score": None},
        ),
        "mask_downsample": (
            graphs.MaskDownsample(model).eval(),
            {"mask": torch.zeros(1, 1, size, size)},
            ["mask_input"],
            {"mask": None},
        ),
    }


def export_graph(module, inputs, outputs, dynamic, path: Path) -> None:
    """One graph to one file."""
    with torch.no_grad():
        program = torch.onnx.export(
            module,
            kwargs=inputs,
            input_names=list(inputs),
            output_names=outputs,
            opset_version=OPSET,
            dynamic_shapes=dynamic,
            dynamo=True,
            verbose=False,
        )
    program.save(str(path), external_data=False)
    strip(path)
    fixed = sorted(set(axes_that_vary(dynamic)) - set(varying(path)))
    if fixed:
        name, axis = fixed[0]
        raise ExportError(f"graph {path.stem}: axis {axis} of {name} was exported with a fixed size")


def axes_that_vary(dynamic) -> list[tuple[str, int]]:
    """Inputs and axes that are to vary."""
    return [(name, axis) for name, axes in dynamic.items() for axis in axes or ()]


def varying(path: Path) -> list[tuple[str, int]]:
    """Inputs and axes that vary in a graph."""
    import onnx

    inputs = onnx.load(str(path), load_external_data=False).graph.input
    return [(item.name, axis) for item in inputs
            for axis, size in enumerate(item.type.tensor_type.shape.dim) if not size.HasField("dim_value")]


def strip(path: Path) -> None:
    """Drops what the exporter notes of the Python behind each node: it is large, and names files of this machine."""
    import onnx

    model = onnx.load(str(path))
    model.doc_string = ""
    del model.metadata_props[:]
    graphs = [model.graph, *model.functions]
    for graph in graphs:
        graph.doc_string = ""
        del graph.metadata_props[:]
        for part in (graph.node, getattr(graph, "value_info", []), getattr(graph, "initializer", []),
                     getattr(graph, "input", []) if graph is model.graph else []):
            for item in part:
                item.doc_string = ""
                if hasattr(item, "metadata_props"):
                    del item.metadata_props[:]
    del model.graph.value_info[:]
    onnx.save(model, str(path))


def convert_precision(path: Path, precision: str) -> None:
    """Rewrites one graph in half precision or with 8-bit weights; inputs and outputs stay float32."""
    if precision == "fp16":
        import onnx
        from onnxruntime.transformers.float16 import convert_float_to_float16

        model = onnx.load(str(path))
        onnx.save(convert_float_to_float16(model, keep_io_types=True), str(path))
    elif precision == "int8":
        from onnxruntime.quantization import QuantType, quantize_dynamic

        whole = path.with_suffix(".fp32.onnx")
        path.rename(whole)
        own_weights(whole)
        quantize_dynamic(str(whole), str(path), weight_type=QuantType.QInt8, op_types_to_quantize=["MatMul", "Gemm"])
        whole.unlink()


def own_weights(path: Path) -> None:
    """Gives each Gemm weights of its own: the quantiser turns them round in place, under other nodes that share them."""
    import onnx

    model = onnx.load(str(path))
    uses: dict[str, int] = {}
    for node in model.graph.node:
        for name in node.input:
            uses[name] = uses.get(name, 0) + 1
    weights = {item.name: item for item in model.graph.initializer}
    for node in model.graph.node:
        if node.op_type == "Gemm" and uses[node.input[1]] > 1 and node.input[1] in weights:
            copy = onnx.TensorProto()
            copy.CopyFrom(weights[node.input[1]])
            copy.name = f"{node.name}.weight"
            model.graph.initializer.append(copy)
            node.input[1] = copy.name
    onnx.save(model, str(path))


def constants(model, family: str) -> dict:
    """What the state machine needs to know beside the graphs."""
    config = model.config
    decoder = config.mask_decoder_config
    return {
        "no_object_pointer": [float(v) for v in model.no_object_pointer.detach().flatten()],
        "multimask_min_points": config.multimask_min_pt_num,
        "multimask_max_points": config.multimask_max_pt_num,
        "multimask_for_tracking": config.multimask_output_for_tracking,
        "stability": decoder.dynamic_multimask_via_stability,
        "stability_delta": decoder.dynamic_multimask_stability_delta,
        "stability_threshold": decoder.dynamic_multimask_stability_thresh,
        "memories": config.num_maskmem,
        "max_conditioning": config.max_cond_frame_num,
        "max_pointers": config.max_object_pointers_in_encoder,
        "mask_scale": config.sigmoid_scale_for_mem_enc,
        "mask_bias": config.sigmoid_bias_for_mem_enc,
        # The reference keeps SAM 2's memories in bfloat16, EdgeTAM's in full.
        "memory_precision": "bf16" if family == "sam2" else "f32",
    }


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    sha = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            sha.update(block)
    return sha.hexdigest()


def entry(path: Path) -> dict:
    """A file as the manifest lists it."""
    return {"file": path.name, "sha256": digest(path), "bytes": path.stat().st_size}


def write_pack(model, family: str, size: int, precision: str, name: str, licence: str, out: Path, say=print,
               smaller: str | None = None) -> None:
    """A tracker's pack."""
    told = {
        "name": name,
        "family": family,
        "licence": licence,
        "input": {
            "width": size,
            "height": size,
            "mean": [0.485, 0.456, 0.406],
            "deviation": [0.229, 0.224, 0.225],
        },
        "constants": constants(model, family),
    }
    if smaller:
        told["smaller"] = smaller
    write(specimens(model, size), told, precision, out, say)


def write(wanted: dict, told: dict, precision: str, out: Path, say=print, files: dict[str, tuple[str, str]] | None = None,
          ) -> None:
    """Exports the `wanted` graphs into a scratch folder beside `out`, which takes its place only when whole; `told` is
    what the manifest says beside them, `files` the names and texts of what else is in the pack."""
    if out.exists() and any(out.iterdir()) and not (out / "model.json").is_file():
        raise ExportError(f"folder {out} holds something else than a model pack")
    out.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    try:
        listed = {}
        for graph, (module, inputs, outputs, dynamic) in wanted.items():
            say(f"exporting {graph}")
            path = scratch / f"{graph}.onnx"
            export_graph(module, inputs, outputs, dynamic, path)
            convert_precision(path, precision)
            listed[graph] = entry(path)
        for name, (file, text) in (files or {}).items():
            path = scratch / file
            path.write_bytes(text.encode())
            told = told | {"files": told.get("files", {}) | {name: entry(path)}}
        # The order in which people read it.
        order = ("name", "family", "version", "licence", "input", "precision", "graphs", "files", "constants", "smaller")
        known = {"version": "1", "precision": precision, "graphs": listed} | told
        manifest = {"format": 1} | {key: known[key] for key in order if key in known}
        (scratch / "model.json").write_text(json.dumps(manifest, indent=1) + "\n")
        os.chmod(scratch, 0o755)
        if out.exists():
            shutil.rmtree(out)
        scratch.rename(out)
    except BaseException:
        shutil.rmtree(scratch, ignore_errors=True)
        raise
