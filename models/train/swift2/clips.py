"""Moving clips with true masks, made from photographs, cut-outs and footage with NumPy and OpenCV.

Two kinds. A *still* is a whole photograph with one of its things as the target, so that its real
surroundings and the other things of its kind are the distractors; the thing moves with the picture or
on its own over what was behind it. A *stack* is cut-outs over another picture or moving footage: the
target, something that looks like it, something in front; the target may leave and return, be hidden,
or be crossed by its double. All layers have an affine motion with inertia and a smooth deformation.
The flow is estimated on the finished frames (DIS), as the program does it.

A clip with a *jump* has its first interval several times as long as the others: frame 0 is then a far
memory, frame 1 the one from which tracking goes on.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import torch

from swift2.material import Material


@dataclass
class Batch:
    """Clips of one size."""

    frames: torch.Tensor
    """[B, T, 3, H, W], 0 to 1."""
    masks: torch.Tensor
    """[B, T, 1, H, W], 0 to 1."""
    flow: torch.Tensor
    """[B, T, 2, H, W]: pixels from frame t back to t-1 (x, y); zero in frame 0."""
    jump: torch.Tensor
    """[B]: whether frame 0 is far from frame 1."""

    @property
    def there_and_back(self) -> bool:
        """Whether this is unlabelled footage, of which no mask is known."""
        return not bool(self.masks.any())

    def to(self, device: torch.device | str) -> "Batch":
        """The same on `device`."""
        return Batch(*(t.to(device) for t in (self.frames, self.masks, self.flow, self.jump)))

    def mirrored(self) -> "Batch":
        """Left and right exchanged."""
        sign = torch.tensor([-1.0, 1.0], device=self.flow.device).view(2, 1, 1)
        return Batch(self.frames.flip(4), self.masks.flip(4), self.flow.flip(4) * sign, self.jump)


@dataclass
class Layer:
    """A texture and where it is in each frame."""

    texture: np.ndarray
    """[h, w, 4] bytes: colour and coverage; or [T, h, w, 4] for footage."""
    place: np.ndarray
    """[T, 3, 3]: from texture pixels to canvas pixels."""
    bend: np.ndarray | None
    """[T, n, n, 2]: displacement in texture pixels over the canvas."""
    target: np.ndarray | None = None
    """[h, w] bytes: the part of the texture that is the target; None where it has none."""
    back: bool = False
    """Covers everything; the picture is mirrored beyond its edges."""


def motion(random, length, shift, turn, zoom, jump) -> np.ndarray:
    """[T, 5]: x, y (of the canvas height), rotation, log scale, log aspect; heavy-tailed, with inertia."""
    speed = -math.log(random.uniform(0.02, 1)) * random.uniform()
    scale = np.array([shift, shift * 0.7, turn, zoom, zoom * 0.5])
    steps = (random.normal(size=5) + random.normal(size=(length, 5)) * 0.35) * scale * speed
    steps[0] = 0
    if jump:
        steps[1] *= random.uniform(2, 6)
    path = steps.cumsum(0)
    path[:, 2:] = path[:, 2:].clip(-0.7, 0.7)
    return path


def matrix(path: np.ndarray, height: float, centre=(0.0, 0.0)) -> np.ndarray:
    """[T, 3, 3]: the motion about `centre`, in pixels of a canvas of this height."""
    found = np.tile(np.eye(3), (len(path), 1, 1))
    across, down = np.exp(path[:, 3] + path[:, 4]), np.exp(path[:, 3] - path[:, 4])
    cosine, sine = np.cos(path[:, 2]), np.sin(path[:, 2])
    found[:, 0, 0], found[:, 0, 1] = cosine * across, -sine * down
    found[:, 1, 0], found[:, 1, 1] = sine * across, cosine * down
    at = np.array(centre)
    found[:, :2, 2] = at + path[:, :2] * height - found[:, :2, :2] @ at
    return found


def bending(random, length, amount, cells=4) -> np.ndarray | None:
    """[T, cells, cells, 2] in pixels: a smooth displacement that swings between two fields."""
    if random.uniform() < 0.3:
        return None
    amount = amount * min(2.5, -math.log(random.uniform(0.02, 1)))
    fields = random.normal(size=(2, cells, cells, 2)) * amount
    phase, rate = random.uniform(0, 6.28), random.uniform(0.1, 1.0)
    time = np.arange(length).reshape(-1, 1, 1, 1)
    swing = np.sin(phase + rate * time) * fields[0] + np.cos(phase + 0.7 * rate * time) * fields[1]
    return swing.astype(np.float32)


def fill(picture: np.ndarray, hole: np.ndarray) -> np.ndarray:
    """The picture with `hole` filled from around it, coarse to fine."""
    weight = (cv2.dilate(hole, np.ones((7, 7), np.uint8)) == 0).astype(np.float32)
    levels = [(picture.astype(np.float32) * weight[..., None], weight)]
    while min(levels[-1][1].shape) > 4:
        levels.append(tuple(cv2.pyrDown(x) for x in levels[-1]))
    colour, weight = levels[-1]
    filled = colour / (weight[..., None] + 1e-3)
    for colour, weight in reversed(levels[:-1]):
        filled = cv2.pyrUp(filled, dstsize=weight.shape[::-1])
        known = np.minimum(weight, 1)[..., None]
        filled = colour + filled * (1 - known)
    return filled.clip(0, 255).astype(np.uint8)


class Clips:
    """Draws clips from one side of the material."""

    def __init__(self, material: Material, seed: int = 0):
        self.material = material
        self.random = np.random.default_rng(seed)
        self.dis = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_FAST)

    def chance(self, probability: float) -> bool:
        return self.random.uniform() < probability

    # Textures.

    def recolour(self, picture: np.ndarray, strength: float) -> np.ndarray:
        """Another exposure, contrast and tint, in bytes."""
        gain = 1 + strength * (self.random.uniform(size=3) - 0.5) + strength * (self.random.uniform() - 0.5)
        lift = 60 * strength * (self.random.uniform(size=3) - 0.5)
        picture = picture * gain.astype(np.float32) + lift.astype(np.float32)
        if self.chance(0.08):
            picture = np.repeat(picture.mean(2, keepdims=True), 3, 2)
        return picture.clip(0, 255).astype(np.uint8)

    def photo(self) -> np.ndarray:
        """Any photograph."""
        photos = self.material.photos
        return self.material.picture(photos[int(self.random.integers(len(photos)))]["picture"])

    def cutout(self, at: int, number: int) -> np.ndarray:
        """[h, w, 4]: an instance with coverage, its rim taken off."""
        row = self.material.masked[at]
        picture, mask = self.material.picture(row["picture"]), self.material.mask(row["mask"]) == number
        x, y, w, h = cv2.boundingRect(mask.astype(np.uint8))
        top, left = max(0, y - 4), max(0, x - 4)
        bottom, right = min(mask.shape[0], y + h + 4), min(mask.shape[1], x + w + 4)
        coverage = mask[top:bottom, left:right].astype(np.float32)
        coverage = ((cv2.GaussianBlur(coverage, (5, 5), 0) - 0.4) / 0.5).clip(0, 1) * 255
        colour = picture[top:bottom, left:right]
        return np.dstack([colour, coverage.astype(np.uint8)])

    def blob(self) -> np.ndarray:
        """[160, 160, 4]: a round or star-like piece of a photograph."""
        side = 160
        line = np.linspace(-1, 1, side, dtype=np.float32)
        angle = np.arctan2(line[:, None], line[None])
        edge = 0.62 + sum(
            self.random.uniform(0, 0.34) / n * np.sin(n * angle + self.random.uniform(0, 6.28))
            for n in range(1, 7)
        )
        radius = np.hypot(line[:, None] * self.random.uniform(0.8, 2), line[None])
        coverage = ((edge.clip(0.12, 0.98) - radius) * side / 4).clip(0, 1) * 255
        photo = self.photo()
        top = int(self.random.integers(max(1, photo.shape[0] - side)))
        left = int(self.random.integers(max(1, photo.shape[1] - side)))
        piece = cv2.resize(photo[top : top + side, left : left + side], (side, side))
        return np.dstack([piece, coverage.astype(np.uint8)])

    def thing(self, kind: str | None = None) -> tuple[np.ndarray, str]:
        """A cut-out, of one kind where it is given."""
        if kind is None and self.chance(0.1):
            return self.blob(), ""
        if kind:
            same = self.material.by_kind[kind]
            at, number = same[int(self.random.integers(len(same)))]
        else:
            at, number, kind = self.material.instance(self.random)
        texture = self.cutout(at, number)
        texture = np.dstack([self.recolour(texture[..., :3], 0.4), texture[..., 3]])
        if self.chance(0.5):
            texture = texture[:, ::-1]
        return np.ascontiguousarray(texture), kind

    # Layers.

    def cover(self, shape, canvas, scale, focus=(0.5, 0.5)) -> np.ndarray:
        """[3, 3]: a picture onto the canvas at `scale` canvas pixels a pixel, `focus` in the middle."""
        height, width = canvas
        place = np.diag([scale, scale, 1.0])
        place[:2, 2] = width / 2 - focus[0] * shape[1] * scale, height / 2 - focus[1] * shape[0] * scale
        return place

    def still(self, length, canvas, jump) -> list[Layer]:
        """A photograph and one of its things."""
        height, width = canvas
        at, number, _ = self.material.instance(self.random)
        row = self.material.masked[at]
        picture, ids = self.material.picture(row["picture"]), self.material.mask(row["mask"])
        picture, mask = self.recolour(picture, 0.25), (ids == number).astype(np.uint8)
        if self.chance(0.5):
            picture, mask = np.ascontiguousarray(picture[:, ::-1]), np.ascontiguousarray(mask[:, ::-1])
        x, y, w, h = cv2.boundingRect(mask)
        # From a view of the whole photograph to one in which the thing is large.
        least = max(width / picture.shape[1], height / picture.shape[0]) * 0.8
        most = max(least * 1.01, min(1.6, 0.95 * height / h, 0.95 * width / w))
        scale = math.exp(self.random.uniform(math.log(least), math.log(most)))
        focus = np.array([(x + w / 2) / picture.shape[1], (y + h / 2) / picture.shape[0]])
        focus = focus + self.random.normal(size=2) * 0.25 * np.array([width, height]) / scale / (
            np.array(picture.shape[1::-1])
        )
        focus = focus.clip(0.2, 0.8)
        base = self.cover(picture.shape, canvas, scale, focus)
        camera = matrix(
            motion(self.random, length, 0.06, 0.05, 0.05, jump), height, (width / 2, height / 2)
        )
        own = self.chance(0.6)
        soft = cv2.GaussianBlur(mask.astype(np.float32), (3, 3), 0)
        solid = np.full((*mask.shape, 1), 255, np.uint8)
        bend = bending(self.random, length, 0.012 * height / scale, 5)
        if not own:
            texture = np.concatenate([picture, solid], 2)
            marked = (soft * 255).astype(np.uint8)
            return [Layer(texture, camera @ base, bend, marked, True)]
        behind = np.concatenate([fill(picture, mask), solid], 2)
        centre = (base @ np.array([x + w / 2, y + h / 2, 1]))[:2]
        path = motion(self.random, length, 0.08, 0.08, 0.06, jump)
        moved = camera @ matrix(path, height, centre) @ base
        thing = np.dstack([picture, (soft * 255).astype(np.uint8)])
        bent = bending(self.random, length, 0.02 * height / scale)
        layers = [Layer(behind, camera @ base, bend, None, True)]
        layers.append(Layer(thing, moved, bent, thing[..., 3]))
        if self.chance(0.25):
            layers.append(self.passing(self.thing()[0], length, canvas, camera, centre))
        return layers

    def on(self, texture, size, centre, canvas) -> np.ndarray:
        """[3, 3]: a cut-out of `size` canvas pixels about `centre`."""
        scale = size / max(texture.shape[:2])
        place = np.diag([scale, scale, 1.0])
        place[:2, 2] = np.array(centre) - scale * np.array([texture.shape[1], texture.shape[0]]) / 2
        return place

    def passing(self, texture, length, canvas, camera, centre, size=None, through=None) -> Layer:
        """Something that goes across `centre`, there in frame `through`."""
        height = canvas[0]
        size = size or height * math.exp(self.random.uniform(math.log(0.2), math.log(0.9)))
        through = self.random.uniform(0.5, length) if through is None else through
        angle = self.random.normal() * 0.4 + (math.pi if self.chance(0.5) else 0)
        speed = self.random.uniform(0.08, 0.5)
        path = motion(self.random, length, 0.03, 0.05, 0.03, False)
        time = np.arange(length) - through
        path[:, 0] += time * speed * math.cos(angle)
        path[:, 1] += time * speed * math.sin(angle)
        place = matrix(path, height, centre) @ self.on(texture, size, centre, canvas)
        return Layer(texture, camera @ place, bending(self.random, length, 0.03 * max(texture.shape[:2])))

    def stack(self, length, canvas, jump) -> list[Layer]:
        """Cut-outs over another picture or footage."""
        height, width = canvas
        camera = matrix(
            motion(self.random, length, 0.05, 0.02, 0.02, jump), height, (width / 2, height / 2)
        )
        if self.chance(0.45) and self.material.footage:
            shots = self.material.footage
            names = shots[int(self.random.integers(len(shots)))]["frames"]
            step = 1 + int(self.random.integers(2)) if len(names) >= 2 * length else 1
            start = int(self.random.integers(max(1, len(names) - step * (length - 1))))
            read = [names[min(len(names) - 1, start + step * t)] for t in range(length)]
            texture = np.stack([self.material.picture(name) for name in read])
        else:
            texture = self.recolour(self.photo(), 0.3)[None]
        texture = np.concatenate([texture, np.full((*texture.shape[:3], 1), 255, np.uint8)], 3)
        shape = texture.shape[1:3]
        fit = max(width / shape[1], height / shape[0]) * self.random.uniform(0.9, 1.5)
        base = self.cover(shape, canvas, fit, self.random.uniform(0.35, 0.65, 2))
        layers = [Layer(texture, camera @ base, bending(self.random, length, 3.0, 5), None, True)]

        target, kind = self.thing()
        size = height * math.exp(self.random.uniform(math.log(0.22), math.log(1.1)))
        centre = np.array([width, height]) * self.random.uniform(0.2, 0.8, 2)
        path = motion(self.random, length, 0.10, 0.08, 0.05, jump)
        event = self.random.choice(["none", "leave", "hide", "cross"], p=[0.4, 0.15, 0.2, 0.25])
        middle = min(length - 1, int(self.random.integers(1, max(2, length - 1))))
        if event == "leave":
            away = self.random.normal(size=2)
            path[middle, :2] += away / np.hypot(*away) * (width / height + size / height)
        bent = bending(self.random, length, 0.035 * max(target.shape[:2]))
        place = camera @ matrix(path, height, centre) @ self.on(target, size, centre, canvas)
        main = Layer(target, place, bent, target[..., 3])
        now = centre + path[middle, :2] * height
        others = []
        if event == "cross" or self.chance(0.3):
            # The same cut-out, or one of its kind, beside or across the target.
            double = target if self.chance(0.5) or not kind else self.thing(kind)[0]
            if event != "cross":
                now = np.array([width, height]) * self.random.uniform(0.1, 0.9, 2)
            scale = size * math.exp(self.random.normal() * 0.2)
            others.append(self.passing(double, length, canvas, camera, now, scale, middle))
        if event == "hide":
            front = self.passing(
                self.thing()[0], length, canvas, camera, now, size * self.random.uniform(0.8, 1.8), middle
            )
            return [*layers, *others, main, front]
        front = self.chance(0.5)
        return [*layers, *([] if front else others), main, *(others if front else [])]

    # The clip.

    def render(self, layers: list[Layer], length: int, canvas) -> tuple[np.ndarray, np.ndarray]:
        """Frames [T, H, W, 3] and masks [T, H, W] in floats, 0 to 1."""
        height, width = canvas
        x = np.arange(width, dtype=np.float32)[None] + 0.5
        y = np.arange(height, dtype=np.float32)[:, None] + 0.5
        frames = np.zeros((length, height, width, 3), np.float32)
        masks = np.zeros((length, height, width), np.float32)
        for time in range(length):
            for layer in layers:
                back = np.linalg.inv(layer.place[time]).astype(np.float32)
                u = back[0, 0] * x + back[0, 1] * y + (back[0, 2] - 0.5)
                v = back[1, 0] * x + back[1, 1] * y + (back[1, 2] - 0.5)
                if layer.bend is not None:
                    bent = cv2.resize(layer.bend[time], (width, height), interpolation=cv2.INTER_CUBIC)
                    u, v = u + bent[..., 0], v + bent[..., 1]
                texture = layer.texture
                if texture.ndim == 4:
                    texture = texture[min(time, len(texture) - 1)]
                border = cv2.BORDER_REFLECT_101 if layer.back else cv2.BORDER_CONSTANT
                # A texture that is made much smaller would glitter.
                shrunk = abs(np.linalg.det(back[:2, :2])) ** 0.5
                if shrunk > 1.6:
                    texture = cv2.blur(texture, (int(shrunk), int(shrunk)))
                seen = cv2.remap(texture, u, v, cv2.INTER_LINEAR, borderMode=border)
                alpha = seen[..., 3].astype(np.float32) / 255
                if layer.back:
                    frames[time] = seen[..., :3]
                    if layer.target is not None:
                        masks[time] = cv2.remap(layer.target, u, v, cv2.INTER_LINEAR) / 255.0
                    continue
                frames[time] += (seen[..., :3] - frames[time]) * alpha[..., None]
                masks[time] *= 1 - alpha
                if layer.target is not None:
                    masks[time] += alpha
        return frames / 255, masks.clip(0, 1)

    def look(self, frames: np.ndarray) -> np.ndarray:
        """Light that changes, motion blur, defocus, noise and compression. Bytes."""
        random, (length, height, width, _) = self.random, frames.shape
        gain = 1 + 0.1 * random.normal() + 0.03 * random.normal(size=(length, 1, 1, 1))
        tint = 1 + 0.04 * random.normal(size=(1, 1, 1, 3)) + 0.01 * random.normal(size=(length, 1, 1, 3))
        frames = frames * (gain * tint).astype(np.float32)
        if self.chance(0.2):
            light = 1 + 0.3 * random.normal(size=(length, 3, 4)).cumsum(0) / math.sqrt(length)
            for time in range(length):
                field = cv2.resize(light[time], (width, height), interpolation=cv2.INTER_CUBIC)
                frames[time] *= field[..., None].clip(0.4, 1.7)
        blur = random.uniform()
        if blur < 0.25:
            reach, angle = 3 + 2 * int(random.integers(4)), random.uniform(0, math.pi)
            kernel = np.zeros((reach, reach), np.float32)
            reach //= 2
            dx, dy = round(reach * math.cos(angle)), round(reach * math.sin(angle))
            cv2.line(kernel, (reach - dx, reach - dy), (reach + dx, reach + dy), 1.0)
            kernel /= kernel.sum()
            frames = np.stack([cv2.filter2D(f, -1, kernel) for f in frames])
        elif blur < 0.4:
            sigma = random.uniform(0.5, 1.6)
            frames = np.stack([cv2.GaussianBlur(f, (0, 0), sigma) for f in frames])
        if self.chance(0.4):
            grain = random.standard_normal((height, width, 3), np.float32) * 0.04 * random.uniform()
            shift = [int(random.integers(height)) for _ in range(length)]
            frames = frames + np.stack([np.roll(grain, s, 0) for s in shift])
        frames = (frames.clip(0, 1) * 255).astype(np.uint8)
        if self.chance(0.5):
            quality = int(random.integers(20, 85))
            options = [cv2.IMWRITE_JPEG_QUALITY, quality]
            frames = np.stack([cv2.imdecode(cv2.imencode(".jpg", f, options)[1], 1) for f in frames])
        return frames

    def clip(self, length: int, height: int, width: int, stills: float = 0.6, jump: float = 0.5):
        """Frames in bytes, masks, flow and whether there is a jump; the target is there in frame 0."""
        canvas = (height, width)
        for _ in range(6):
            far = self.chance(jump) and length > 2
            make = self.still if self.chance(stills) else self.stack
            frames, masks = self.render(make(length, canvas, far), length, canvas)
            if 0.003 < masks[0].mean() < 0.7:
                break
        frames = self.look(frames)
        return frames, masks, self.flow(frames), far

    def there_and_back(self, batch: int, height: int, width: int) -> Batch:
        """Unlabelled footage, three frames there and the same back: 0, 1, 2, 1, 0. Masks are empty."""
        drawn = []
        for _ in range(batch):
            shots = self.material.footage
            names = shots[int(self.random.integers(len(shots)))]["frames"]
            step = 1 + int(self.random.integers(3)) if len(names) > 8 else 1
            start = int(self.random.integers(len(names) - 2 * step))
            frames = [self.material.picture(names[start + step * t]) for t in range(3)]
            shape = frames[0].shape
            scale = max(width / shape[1], height / shape[0]) * self.random.uniform(1.0, 1.4)
            place = self.cover(shape, (height, width), scale, self.random.uniform(0.4, 0.6, 2))
            if self.chance(0.5):
                place = np.diag([-1.0, 1.0, 1.0]) @ place
                place[0, 2] += width
            frames = np.stack([
                cv2.warpAffine(f, place[:2], (width, height), borderMode=cv2.BORDER_REFLECT_101) for f in frames
            ])
            frames = frames[[0, 1, 2, 1, 0]]
            drawn.append((frames, self.flow(frames)))
        frames, flow = (np.stack(x) for x in zip(*drawn))
        shown = torch.from_numpy(frames.transpose(0, 1, 4, 2, 3).astype(np.float32) / 255)
        return Batch(
            shown, torch.zeros_like(shown[:, :, :1]), torch.from_numpy(flow),
            torch.zeros(batch, dtype=torch.bool),
        )

    def flow(self, frames: np.ndarray) -> np.ndarray:
        """[T, 2, H, W]: estimated, from each frame back to the one before."""
        grey = frames.astype(np.float32).mean(3).astype(np.uint8)
        flow = np.zeros((len(frames), 2, *grey.shape[1:]), np.float32)
        for time in range(1, len(frames)):
            flow[time] = self.dis.calc(grey[time], grey[time - 1], None).transpose(2, 0, 1)
        return flow

    def draw(self, batch: int, length: int, height: int, width: int, **options) -> Batch:
        """A batch of clips; sides are multiples of 16."""
        drawn = [self.clip(length, height, width, **options) for _ in range(batch)]
        frames, masks, flow, jump = (np.stack([np.asarray(c[i]) for c in drawn]) for i in range(4))
        return Batch(
            torch.from_numpy(frames.transpose(0, 1, 4, 2, 3).astype(np.float32) / 255),
            torch.from_numpy(masks).unsqueeze(2), torch.from_numpy(flow), torch.from_numpy(jump),
        )
