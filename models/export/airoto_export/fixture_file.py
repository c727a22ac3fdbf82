"""The form of all fixtures: a family's index (`sam2.json`) and its file of bytes (`sam2.bin`): the files of a small pack
and the reference's answers one after another, the first bytes of all groups of four before all second bytes and so on,
deflated."""

from __future__ import annotations

import hashlib
import json
import tempfile
import zlib
from pathlib import Path

import numpy as np

from . import scene

# Frames of a drawn scene.
FRAMES = 12


def planes(data: bytes) -> bytes:
    """The first bytes of all groups of four, then the second ones, and so on."""
    data += bytes(-len(data) % 4)
    return np.frombuffer(data, np.uint8).reshape(-1, 4).T.tobytes()


def digest(drawn: scene.Scene) -> str:
    """SHA-256 of all frames and of the first mask: the test's drawing must be the same."""
    sha = hashlib.sha256()
    for time in range(FRAMES):
        sha.update(drawn.frame(time).tobytes())
    sha.update((drawn.mask(0) * np.uint8(255)).tobytes())
    return sha.hexdigest()


class Fixture:
    """A fixture in the making; `write_pack` writes the small pack into the folder that it is given."""

    def __init__(self, write_pack):
        self.parts, self.files = [], []
        with tempfile.TemporaryDirectory() as folder:
            pack = Path(folder) / "pack"
            write_pack(pack)
            for path in sorted(pack.iterdir()):
                data = path.read_bytes()
                self.files.append({"file": path.name, "bytes": len(data)})
                self.add(data)

    def add(self, data: bytes) -> None:
        """Bytes of an answer; each begins at a multiple of four."""
        self.parts.append(data + bytes(-len(data) % 4))

    def save(self, out: Path, told: dict, answers: list[dict]) -> int:
        """Index and bytes into `out`; `told` begins with the family. Gives the number of bytes."""
        data = zlib.compress(planes(b"".join(self.parts)), 9)
        index = told | {
            "files": self.files,
            "answers": answers,
            "scenes": {drawn.name: digest(drawn) for drawn in scene.SCENES},
            "bytes": sum(map(len, self.parts)),
            "sha256": hashlib.sha256(data).hexdigest(),
        }
        out.mkdir(parents=True, exist_ok=True)
        (out / f"{told['family']}.json").write_text(json.dumps(index, indent=1) + "\n")
        (out / f"{told['family']}.bin").write_bytes(data)
        return len(data)
