"""`python -m airoto_export.adopt --layout ailia --from FOLDER --constants-from CHECKPOINT -o PACK`

Takes graphs that somebody else exported. They are known by the names of their inputs and outputs, whatever their files
are called. What they leave out (the embedding of a frame without memory, the temporal table, ...) is read from the
checkpoint that they were made of, and written into `model.json`.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import warnings
from pathlib import Path

from .families import ExportError, load
from .pack import constants, digest

# Each graph of a layout, by its inputs and by outputs that it must have.
LAYOUTS: dict[str, dict[str, tuple[set[str], set[str]]]] = {
    "ailia": {
        "image_encoder": ({"input_image"}, {"backbone_fpn_0", "backbone_fpn_1", "backbone_fpn_2", "vision_pos_enc_2"}),
        "prompt_encoder": ({"coords", "labels", "masks", "masks_enable"},
                           {"sparse_embeddings", "dense_embeddings", "dense_pe"}),
        "mask_decoder": ({"image_embeddings", "image_pe", "sparse_prompt_embeddings", "dense_prompt_embeddings",
                          "high_res_features1", "high_res_features2"},
                         {"masks", "iou_pred", "sam_tokens_out", "object_score_logits"}),
        "memory_attention": ({"curr", "memory_1", "memory_2", "curr_pos", "memory_pos_1", "memory_pos_2"}, {"pix_feat"}),
        "memory_encoder": ({"pix_feat", "masks"}, {"vision_features", "vision_pos_enc"}),
        "mlp": ({"x"}, {"x_out"}),
    },
    "sam2-onnx-cpp": {
        "image_encoder": ({"input"}, {"image_embeddings", "high_res_features1", "high_res_features2",
                                      "current_vision_feat", "vision_pos_embed"}),
        "image_decoder": ({"point_coords", "point_labels", "image_embed", "high_res_feats_0", "high_res_feats_1"},
                          {"obj_ptr", "mask_for_mem", "pred_mask"}),
        "memory_attention": ({"current_vision_feat", "current_vision_pos_embed", "memory_0", "memory_1",
                              "memory_pos_embed"}, {"fused_feat"}),
        "memory_encoder": ({"mask_for_mem", "pix_feat"}, {"maskmem_features", "maskmem_pos_enc"}),
    },
    "still": {
        "vision_encoder": ({"pixel_values"}, {"image_embeddings.0", "image_embeddings.1", "image_embeddings.2"}),
        "prompt_encoder_mask_decoder": (
            {"input_points", "input_labels", "input_boxes", "image_embeddings.0", "image_embeddings.1",
             "image_embeddings.2"},
            {"iou_scores", "pred_masks", "object_score_logits"}),
    },
}

# Inputs that a graph may have beside those.
MORE: dict[tuple[str, str], set[str]] = {
    ("ailia", "memory_attention"): {"attention_mask_1", "attention_mask_2"},
    ("sam2-onnx-cpp", "memory_attention"): {"obj_ptr_offsets"},
}


def parts(model) -> dict:
    """What the reference code does between the graphs."""

    def flat(*tensors) -> list[float]:
        return [float(v) for t in tensors for v in t.detach().flatten()]

    convolution = model.mask_downsample
    found = {
        "no_memory": flat(model.no_memory_embedding),
        "temporal": flat(model.memory_temporal_positional_encoding),
        "mask_downsample": flat(convolution.weight, convolution.bias),
    }
    if model.occlusion_spatial_embedding_parameter is not None:
        found["occluded"] = flat(model.occlusion_spatial_embedding_parameter)
    if model.config.enable_temporal_pos_encoding_for_object_pointers:
        projection = model.temporal_positional_encoding_projection_layer
        found["pointer_position"] = flat(projection.weight, projection.bias)
    return found


def constants_of(layout: str, model) -> dict:
    """The constants of the manifest. Graphs for stills leave nothing out, and ask for no checkpoint."""
    if layout == "still":
        return {
            "no_object_pointer": [0.0] * 256,
            "multimask_min_points": 0,
            "multimask_max_points": 1,
            "multimask_for_tracking": True,
            "stability": False,
            "stability_delta": 0.05,
            "stability_threshold": 0.98,
            "memories": 7,
            "max_conditioning": -1,
            "max_pointers": 16,
            "mask_scale": 20.0,
            "mask_bias": -10.0,
            "memory_precision": "f32",
            "layout": layout,
        }
    if model is None:
        raise ExportError(f"the graphs of {layout} leave constants out: name the checkpoint with --constants-from")
    return constants(model, "sam2") | {"layout": layout, "parts": parts(model)}


def rank(graph) -> tuple:
    """Which of several graphs with the same inputs and outputs is taken: the least. Folders of sam2-onnx-cpp hold
    variants of most: with weights of 8 bits, for so many points and no other number, with fewer outputs."""
    weights = {w.name for w in graph.initializer}
    inputs = [i for i in graph.input if i.name not in weights]
    fixed = sum(bool(side.dim_value) for i in inputs for side in i.type.tensor_type.shape.dim)
    quantised = any("Quantize" in node.op_type or "Integer" in node.op_type for node in graph.node)
    return quantised, fixed, len(inputs), -len(graph.output)


def sort_graphs(folder: Path, layout: str) -> dict[str, Path]:
    """The file of each graph of the layout."""
    import onnx

    found: dict[str, list[tuple]] = {name: [] for name in LAYOUTS[layout]}
    for path in sorted(folder.glob("*.onnx")):
        graph = onnx.load(str(path), load_external_data=False).graph
        inputs = {i.name for i in graph.input} - {w.name for w in graph.initializer}
        outputs = {o.name for o in graph.output}
        for name, (takes, gives) in LAYOUTS[layout].items():
            if takes <= inputs <= takes | MORE.get((layout, name), set()) and gives <= outputs:
                found[name].append((rank(graph), path))
    missing = [name for name, paths in found.items() if not paths]
    if missing:
        raise ExportError(f"folder {folder.name} has no graph that is the {' or the '.join(missing)} of {layout}")
    taken = {}
    for name, paths in found.items():
        best = min(standing for standing, _ in paths)
        first, *others = [path for standing, path in paths if standing == best]
        other = next((path for path in others if digest(path) != digest(first)), None)
        if other is not None:
            raise ExportError(f"{first.name} and {other.name} are both the {name}: leave one of them")
        taken[name] = first
    return taken


def always_occluded(path: Path, model, size: int) -> bool:
    """Whether a memory encoder of sam2-onnx-cpp takes the object for hidden in every frame, as older ones do.

    It is run once, and compared with the checkpoint: so graphs of another checkpoint are found out, too.
    """
    import onnxruntime
    import torch

    generator = torch.Generator().manual_seed(0)
    pixels = torch.randn(1, model.hidden_dim, size // 16, size // 16, generator=generator)
    logits = 4 * torch.randn(1, 1, size, size, generator=generator)
    scale, bias = model.config.sigmoid_scale_for_mem_enc, model.config.sigmoid_bias_for_mem_enc
    with torch.no_grad():
        seen = model.memory_encoder(pixels, torch.sigmoid(logits) * scale + bias)[0]
        hidden = seen
        if model.occlusion_spatial_embedding_parameter is not None:
            hidden = seen + model.occlusion_spatial_embedding_parameter.reshape(1, -1, 1, 1)
    given = {"mask_for_mem": logits.numpy(), "pix_feat": pixels.numpy()}
    try:
        session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        found = torch.from_numpy(session.run(["maskmem_features"], given)[0]).reshape(seen.shape)
    except Exception as error:  # a damaged graph, or one for an input of another size
        raise ExportError(f"{path.name} does not run at {size} pixels: {' '.join(str(error).split())[:200]}") from error
    near, far = (float((found - wanted).abs().mean() / seen.std()) for wanted in (seen, hidden))
    if min(near, far) > 0.2:
        raise ExportError(f"{path.name} gives other memories than the checkpoint of --constants-from: "
                          "name the one that the graphs were made of")
    return far < near


def adopt(source: Path, layout: str, model, size: int, name: str, licence: str, out: Path) -> None:
    """Writes the pack into a scratch folder beside `out`, which must not be there yet."""
    import onnx

    if out.exists():
        raise ExportError(f"{out} is there already")
    graphs, told = sort_graphs(source, layout), constants_of(layout, model)
    if layout == "sam2-onnx-cpp":
        told["parts"]["always_occluded"] = always_occluded(graphs["memory_encoder"], model, size)
    out.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    try:
        listed = {}
        for graph, path in graphs.items():
            copy = scratch / f"{graph}.onnx"
            # Weights in files of their own come into the graph: a pack reads no other file.
            onnx.save(onnx.load(str(path)), str(copy))
            listed[graph] = {"file": copy.name, "sha256": digest(copy), "bytes": copy.stat().st_size}
        manifest = {
            "format": 1,
            "name": name,
            "family": "sam2",
            "version": "1",
            "licence": licence,
            "input": {"width": size, "height": size, "mean": [0.485, 0.456, 0.406],
                      "deviation": [0.229, 0.224, 0.225]},
            "graphs": listed,
            "constants": told,
        }
        (scratch / "model.json").write_text(json.dumps(manifest) + "\n")
        os.chmod(scratch, 0o755)
        scratch.rename(out)
    except BaseException:
        shutil.rmtree(scratch, ignore_errors=True)
        raise


def main() -> int:
    parser = argparse.ArgumentParser(prog="airoto_export.adopt", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--layout", choices=sorted(LAYOUTS), required=True)
    parser.add_argument("--from", dest="source", type=Path, required=True, help="the folder of the .onnx files")
    parser.add_argument("--constants-from", type=Path,
                        help="the checkpoint that they were made of: an original file or a Hugging Face folder; "
                             "those for stills need none")
    parser.add_argument("--size", type=int, default=1024, help="side of the input in pixels")
    parser.add_argument("--name", help="the pack's name (default: the folder's)")
    parser.add_argument("--licence", default="Apache-2.0", help="licence of the checkpoint, written into the pack")
    parser.add_argument("-o", "--output", type=Path, required=True, help="the pack's folder")
    args = parser.parse_args()
    warnings.filterwarnings("ignore", category=UserWarning)
    try:
        model = load(args.constants_from, "sam2", args.size) if args.constants_from else None
        adopt(args.source, args.layout, model, args.size, args.name or args.output.name, args.licence, args.output)
    except (ExportError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(f"wrote {args.output}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
