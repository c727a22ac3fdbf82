"""The training material as one file of encoded pictures, small enough to be carried along.

    python -m swift2.material --data ../../../shared/train --out material.zip

Photographs have a long side of at most 512 pixels and masks in natural context; footage has a long side
of 400. Pictures are stored as JPEG and decoded when they are drawn, which costs two milliseconds. The
split into training and validation is that of `data.py`, by name. The clips for measuring are not read.
"""

from __future__ import annotations

import argparse
import io
import json
import zipfile
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from data import SKIP, VALIDATION_SHOTS, _masked_photos, is_validation

LONG_SIDE = 512
FOOTAGE_SIDE = 400
AREA = (0.003, 0.6)
"""Shares of the picture that an instance has to be followed."""
VERSION = 1


class Material:
    """One side of the split. Pictures are decoded on demand, and the last ones kept."""

    def __init__(self, path: Path, side: str):
        self.archive = path.read_bytes()
        self.file = zipfile.ZipFile(io.BytesIO(self.archive))
        index = json.loads(self.file.read("index.json"))
        if index["version"] != VERSION:
            raise ValueError(f"{path}: version {index['version']}, expected {VERSION}")
        self.photos = [p for p in index["photos"] if p["side"] == side]
        self.masked = [p for p in self.photos if p["ids"]]
        self.footage = [s for s in index["footage"] if s["side"] == side]
        self.video = index["video"] if side == "validation" else None
        self.by_kind: dict[str, list[tuple[int, int]]] = {}
        for at, photo in enumerate(self.masked):
            for number, kind in photo["ids"]:
                self.by_kind.setdefault(kind, []).append((at, number))
        # Persons and windows are most of the instances: kinds are drawn by the root of their number.
        self.kinds = sorted(self.by_kind)
        weight = np.array([len(self.by_kind[k]) ** 0.5 for k in self.kinds])
        self.kind_chances = weight / weight.sum() if len(weight) else weight

    def bytes(self, name: str) -> np.ndarray:
        """A stored file."""
        return np.frombuffer(self.file.read(name), np.uint8)

    @lru_cache(maxsize=200)
    def picture(self, name: str) -> np.ndarray:
        """[H, W, 3] bytes, red first."""
        return cv2.imdecode(self.bytes(name), cv2.IMREAD_COLOR)[:, :, ::-1].copy()

    @lru_cache(maxsize=200)
    def mask(self, name: str) -> np.ndarray:
        """[H, W]: instance numbers."""
        return cv2.imdecode(self.bytes(name), cv2.IMREAD_GRAYSCALE)

    def instance(self, random: np.random.Generator) -> tuple[int, int, str]:
        """A masked photograph's index, an instance of it and its kind."""
        kind = self.kinds[int(random.choice(len(self.kinds), p=self.kind_chances))]
        at, number = self.by_kind[kind][int(random.integers(len(self.by_kind[kind])))]
        return at, number, kind


def _small(picture: np.ndarray, side: int, mode: int) -> np.ndarray:
    """At most `side` pixels long."""
    scale = side / max(picture.shape[:2])
    if scale >= 1:
        return picture
    size = (round(picture.shape[1] * scale), round(picture.shape[0] * scale))
    return cv2.resize(picture, size, interpolation=mode)


def _more_photos(root: Path):
    """Yields what `_masked_photos` does for the collection that came later, and what it replaces."""
    for line in (root / "masks_ccby/attribution.jsonl").read_text().splitlines():
        row = json.loads(line)
        kinds = {i + 1: k for i, k in enumerate(row["instances"])}
        # A bonnet never moves against the picture.
        kinds = {i: k for i, k in kinds.items() if k != "my car"}
        name = row["file"]
        path = next((root / "masks_ccby/images").glob(f"{name}.*"))
        yield name, path, root / "masks_ccby/masks" / f"{name}.png", kinds, row.get("replaces")


def build(root: Path, out: Path) -> dict:
    """Writes the file; returns its index."""
    later = list(_more_photos(root))
    replaced = {Path(r).name for *_, r in later if r}
    photos = [(n, p, m, k) for n, p, m, k in _masked_photos(root) if n not in replaced]
    for name, path, mask, kinds, _ in later:
        photos.append((name, path, mask, kinds))
    photos += [(p.stem, p, None, {}) for p in sorted((root / "photos_popos").glob("*.jpg"))]
    index = {"version": VERSION, "photos": [], "footage": [], "video": []}
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as file:

        def store(name: str, picture: np.ndarray, quality: int = 0) -> str:
            options = [cv2.IMWRITE_JPEG_QUALITY, quality] if quality else []
            file.writestr(name, cv2.imencode(".jpg" if quality else ".png", picture, options)[1].tobytes())
            return name

        for name, path, mask_path, kinds in photos:
            picture = _small(cv2.imread(str(path)), LONG_SIDE, cv2.INTER_AREA)
            # A picture of COCO has one name in both collections.
            split = name.removeprefix("coco_")
            row = {"name": name, "side": "validation" if is_validation(split) else "train", "ids": []}
            row["picture"] = store(f"photos/{name}.jpg", picture, 88)
            if mask_path is not None and mask_path.exists():
                ids = cv2.imread(str(mask_path), cv2.IMREAD_GRAYSCALE)
                ids = cv2.resize(ids, picture.shape[1::-1], interpolation=cv2.INTER_NEAREST)
                row["mask"] = store(f"photos/{name}.png", ids)
                for number in np.unique(ids):
                    share = (ids == number).mean()
                    kind = kinds.get(int(number), "thing" if not kinds else None)
                    if number in (0, 255) or kind is None or kind in SKIP:
                        continue
                    if AREA[0] < share < AREA[1]:
                        row["ids"].append((int(number), kind))
            index["photos"].append(row)
        shots = [d for k in ("intel", "tears_of_steel") for d in sorted((root / k).iterdir())]
        for folder in [*shots, root / "mdn_flower"]:
            frames = sorted(folder.glob("*.jpg"))[:60]
            if len(frames) < 6:
                continue
            names = []
            for frame in frames:
                picture = _small(cv2.imread(str(frame)), FOOTAGE_SIDE, cv2.INTER_AREA)
                names.append(store(f"footage/{folder.name}/{frame.stem}.jpg", picture, 80))
            side = "validation" if folder.name in VALIDATION_SHOTS else "train"
            index["footage"].append({"name": folder.name, "side": side, "frames": names})
        chair = root / "pumavos/chair"
        for frame, mask in zip(sorted((chair / "frames").iterdir()), sorted((chair / "masks").iterdir())):
            picture = _small(cv2.imread(str(frame)), LONG_SIDE, cv2.INTER_AREA)
            ids = cv2.imread(str(mask), cv2.IMREAD_GRAYSCALE)
            ids = cv2.resize(ids, picture.shape[1::-1], interpolation=cv2.INTER_NEAREST)
            index["video"].append((
                store(f"video/{frame.stem}.jpg", picture, 90),
                store(f"video/{frame.stem}.png", (ids > 127).astype(np.uint8)),
            ))
        file.writestr("index.json", json.dumps(index))
    return index


def main() -> None:
    """Writes the file and says what is in it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    index = build(args.data, args.out)
    for side in ("train", "validation"):
        rows = [p for p in index["photos"] if p["side"] == side]
        count = sum(len(p["ids"]) for p in rows)
        shots = sum(s["side"] == side for s in index["footage"])
        print(f"{side}: {len(rows)} photographs, {count} instances, {shots} shots")
    print(f"{args.out}: {args.out.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
