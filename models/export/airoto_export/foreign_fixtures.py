"""Packs of the forms that others export in, for CI: `foreign.json` and `foreign.bin` beside those of `sam2`.

They have the weights of the pack of `sam2`, so its answers are theirs, and the two files hold only what is new in them:
steps of three 32-bit numbers (see `delta.py`; what is known is that pack, as `sam2.bin` holds it), then the new bytes,
deflated.
"""

from __future__ import annotations

import hashlib
import json
import struct
import tempfile
import zlib
from pathlib import Path

import numpy as np
import torch

from . import adopt, delta, fixtures, foreign, foreign_cpp

ROOM = (8, 16)
"""Memories and pointers of the export that takes so many always."""

PACKS = {
    "ailia": lambda model, folder: foreign.ailia(model, fixtures.SIZE, folder),
    "ailia-masks": lambda model, folder: foreign.ailia(model, fixtures.SIZE, folder, masks=True),
    "ailia-room": lambda model, folder: foreign.ailia(model, fixtures.SIZE, folder, masks=True, room=ROOM),
    "cpp": lambda model, folder: foreign_cpp.export(model, fixtures.SIZE, folder, older=False),
    "cpp-older": lambda model, folder: foreign_cpp.export(model, fixtures.SIZE, folder, older=True),
    "still": lambda model, folder: foreign.still(model, fixtures.SIZE, folder),
}
LAYOUTS = {"ailia": "ailia", "cpp": "sam2-onnx-cpp", "still": "still"}


def native(folder: Path) -> tuple[dict, bytes, dict[str, bytes]]:
    """The index of the fixture of `sam2`, the bytes of its pack as they lie there, and its files."""
    index = json.loads((folder / "sam2.json").read_text())
    packed = zlib.decompress((folder / "sam2.bin").read_bytes())
    whole = np.frombuffer(packed, np.uint8).reshape(4, -1).T.tobytes()
    files, at = {}, 0
    for listed in index["files"]:
        files[listed["file"]] = whole[at:at + listed["bytes"]]
        at += listed["bytes"] + -listed["bytes"] % 4
    return index, whole[:at], files


def model_of(index: dict, files: dict[str, bytes]):
    """The model of the fixture: that of its seed, with the calibrated layer read from the pack."""
    import onnx

    model = fixtures.build("sam2", index["seed"])
    graph = onnx.load_from_string(files["mask_decoder.onnx"]).graph
    found = {item.name: onnx.numpy_helper.to_array(item).copy() for item in graph.initializer}
    layer = model.mask_decoder.pred_obj_score_head.proj_out
    with torch.no_grad():
        for what, value in layer.named_parameters():
            value.copy_(torch.from_numpy(found[f"decoder.pred_obj_score_head.proj_out.{what}"]))
    return model


def write(folder: Path) -> int:
    """Both files; gives the number of bytes."""
    index, known, files = native(folder)
    model = model_of(index, files)
    listed: dict[str, list[dict]] = {}
    made, contents = bytearray(), {}
    for name, export in PACKS.items():
        with tempfile.TemporaryDirectory() as scratch:
            graphs, pack = Path(scratch) / "graphs", Path(scratch) / "pack"
            graphs.mkdir()
            export(model, graphs)
            adopt.adopt(graphs, LAYOUTS[name.split("-")[0]], model, fixtures.SIZE, f"{name}-tiny", "CC0-1.0", pack)
            listed[name] = []
            for path in sorted(pack.iterdir()):
                data = path.read_bytes()
                # Packs of one form share most of their graphs.
                if data not in contents:
                    contents[data] = len(made)
                    made += data
                listed[name].append({"file": path.name, "at": contents[data], "bytes": len(data)})
    steps, fresh = delta.encode(known, bytes(made))
    coded = b"".join(struct.pack("<3I", *step) for step in steps)
    data = zlib.compress(coded + fresh, 9)
    if len(data) > 300_000:
        raise SystemExit(f"{len(data)} bytes: the weights are not those of sam2.bin")
    told = {"base": index["sha256"], "steps": len(steps), "packs": listed, "sha256": hashlib.sha256(data).hexdigest()}
    (folder / "foreign.json").write_text(json.dumps(told, indent=1) + "\n")
    (folder / "foreign.bin").write_bytes(data)
    return len(data)
