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

# Each graph of a layout, by inputs and outputs that it must have.
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
    "still": {
        "vision_encoder": ({"pixel_values"}, {"image_embeddings.0", "image_embeddings.1", "image_embeddings.2"}),
        "prompt_encoder_mask_decoder": (
            {"input_points", "input_labels", "input_boxes", "image_embeddings.0", "image_embeddings.1",
             "image_embeddings.2"},
            {"iou_scores", "pred_masks", "object_score_logits"}),
    },
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


def sort_graphs(folder: Path, layout: str) -> dict[str, Path]:
    """The file of each graph of the layout."""
    import onnx

    wanted = LAYOUTS[layout]
    found: dict[str, Path] = {}
    for path in sorted(folder.glob("*.onnx")):
        graph = onnx.load(str(path), load_external_data=False).graph
        weights = {w.name for w in graph.initializer}
        inputs = {i.name for i in graph.input} - weights
        outputs = {o.name for o in graph.output}
        for name, (takes, gives) in wanted.items():
            if takes == inputs and gives <= outputs:
                if name in found:
                    raise ExportError(f"{found[name].name} and {path.name} are both the {name}: leave one of them")
                found[name] = path
    missing = [name for name in wanted if name not in found]
    if missing:
        raise ExportError(f"folder {folder.name} has no graph that is the {' or the '.join(missing)} of {layout}")
    return found


def adopt(source: Path, layout: str, model, size: int, name: str, licence: str, out: Path) -> None:
    """Writes the pack into a scratch folder beside `out`, which must not be there yet."""
    import onnx

    if out.exists():
        raise ExportError(f"{out} is there already")
    graphs, told = sort_graphs(source, layout), constants_of(layout, model)
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
