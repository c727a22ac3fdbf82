"""Moving scenes with their true mattes, made on the fly on any device.

A clip is a stack of layers: a background (a photograph, a shot of footage or noise), something
behind the target, the target, and something in front. Every layer has its own path: an affine
motion with inertia and a smooth deformation that changes over time, all of it under one moving
camera. Because the deformation can be inverted, the true flow to the frame before is known; it is
then spoilt in the ways in which an estimated flow is wrong.

Coordinates: the canvas spans [-aspect, aspect] x [-1, 1]; a layer's texture spans [-1, 1] squared.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F

from data import Part


@dataclass
class Clips:
    """A batch of clips."""

    frames: torch.Tensor
    """[B, T, 3, H, W], display-referred, 0 to 1."""
    masks: torch.Tensor
    """[B, T, 1, H, W], 0 to 1."""
    flow: torch.Tensor
    """[B, T, 2, H, W]: pixels from frame t back to t-1 (x, y); zero in frame 0."""


class Scenes:
    """Draws clips from one part of the training material."""

    def __init__(self, part: Part, device: str = "cpu", seed: int = 0, dis: float = 0.0):
        self.part = part.to(device)
        self.device = torch.device(device)
        self.random = torch.Generator(device=self.device).manual_seed(seed)
        self.dis = dis
        self.with_instances = [i for i, ids in enumerate(part.ids) if ids]
        self.by_kind: dict[str, list[int]] = {}
        for index, kind in enumerate(part.kinds):
            self.by_kind.setdefault(kind, []).append(index)

    # Random numbers, all from one generator.

    def uniform(self, *shape: int, low: float = 0.0, high: float = 1.0) -> torch.Tensor:
        values = torch.rand(*shape, generator=self.random, device=self.device)
        return values * (high - low) + low

    def normal(self, *shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=self.random, device=self.device)

    def chance(self, probability: float) -> bool:
        return float(self.uniform(1)) < probability

    def below(self, limit: int) -> int:
        return min(limit - 1, int(float(self.uniform(1)) * limit))

    # Textures.

    def noise_picture(self, height: int, width: int) -> torch.Tensor:
        """[3, height, width]: noise of a few octaves, stripes or checks in random colours."""
        field = torch.zeros(3, height, width, device=self.device)
        for _ in range(1 + self.below(3)):
            cells = 2 ** (1 + self.below(6))
            coarse = self.uniform(1, 3, cells, max(2, cells * width // height))
            mode = "bilinear" if self.chance(0.7) else "nearest"
            options = {} if mode == "nearest" else {"align_corners": False}
            field += F.interpolate(coarse, (height, width), mode=mode, **options)[0] * float(
                self.uniform(1, low=0.2)
            )
        if self.chance(0.3):
            angle = float(self.uniform(1)) * math.pi
            y = torch.linspace(-1, 1, height, device=self.device)[:, None]
            x = torch.linspace(-1, 1, width, device=self.device)[None]
            wave = torch.sin((x * math.cos(angle) + y * math.sin(angle)) * (5 + 40 * self.uniform(1)))
            field += 0.6 * self.uniform(3, 1, 1) * (wave if self.chance(0.5) else wave.sign())
        low = field.amin((1, 2), keepdim=True)
        field = (field - low) / (field.amax((1, 2), keepdim=True) - low + 1e-4)
        ends = self.uniform(2, 3, 1, 1)
        return ends[0] * field + ends[1] * (1 - field)

    def blob(self, side: int) -> torch.Tensor:
        """[1, side, side]: coverage of a random closed shape, from round to star-like."""
        line = torch.linspace(-1, 1, side, device=self.device)
        y, x = torch.meshgrid(line, line, indexing="ij")
        angle, radius = torch.atan2(y, x), (x * x + y * y).sqrt()
        edge = torch.full_like(angle, 0.62)
        for order in range(1, 7):
            edge = edge + float(self.uniform(1, high=0.34)) / order * torch.sin(
                order * angle + float(self.uniform(1)) * 6.28
            )
        stretch = float(self.uniform(1, low=0.8, high=2.0))
        return ((edge.clamp(0.12, 0.98) - radius * stretch) * side / 4).clamp(0, 1)[None]

    def recolour(self, picture: torch.Tensor, strength: float) -> torch.Tensor:
        """Another exposure, contrast and tint for a [3, H, W] picture."""
        gain = 1 + strength * (self.uniform(3, 1, 1) - 0.5) + strength * (self.uniform(1) - 0.5)
        lift = 0.3 * strength * (self.uniform(3, 1, 1) - 0.5)
        picture = picture * gain + lift
        if self.chance(0.12):
            picture = picture.mean(0, keepdim=True).expand(3, -1, -1)
        return picture.clamp(0, 1)

    def cutout(self, index: int) -> torch.Tensor:
        """[4, side, side] with colour and coverage, mirrored and recoloured."""
        texture = self.part.cutouts[index].float() / 255
        if self.chance(0.5):
            texture = texture.flip(2)
        colour = self.recolour(texture[:3], 0.5)
        if self.chance(0.08):
            colour = self.some_picture(texture.shape[1], texture.shape[2])
        return torch.cat([colour, texture[3:]])

    def some_picture(self, height: int, width: int) -> torch.Tensor:
        """A piece of a photograph or noise."""
        if self.chance(0.4):
            return self.noise_picture(height, width)
        photo = self.part.photos[self.below(len(self.part.photos))]
        top = self.below(max(1, photo.shape[1] - height + 1))
        left = self.below(max(1, photo.shape[2] - width + 1))
        piece = photo[:, top : top + height, left : left + width].float() / 255
        if piece.shape[1:] != (height, width):
            piece = F.interpolate(piece[None], (height, width), mode="bilinear")[0]
        return self.recolour(piece, 0.5)

    def thing(self) -> tuple[torch.Tensor, int | None]:
        """A texture with coverage, and the cut-out that it was made from."""
        side = self.part.cutouts.shape[2]
        if self.chance(0.15):
            return torch.cat([self.some_picture(side, side), self.blob(side)]), None
        index = self.below(len(self.part.cutouts))
        return self.cutout(index), index

    def like(self, index: int | None, texture: torch.Tensor) -> torch.Tensor:
        """Something to be mistaken for the target: the same, of its kind, or anything."""
        if self.chance(0.3):
            return texture.flip(2) if self.chance(0.5) else texture
        if index is not None and self.chance(0.5):
            same = self.by_kind[self.part.kinds[index]]
            return self.cutout(same[self.below(len(same))])
        return self.thing()[0]

    def background(self, length: int) -> tuple[torch.Tensor, torch.Tensor | None]:
        """[T, 3, h, w] and, where an instance of a photograph is to be the target, its mask."""
        size = self.part.photos.shape[2:]
        choice = float(self.uniform(1))
        if choice < 0.36 and self.with_instances:
            index = self.with_instances[self.below(len(self.with_instances))]
            ids = self.part.ids[index]
            number = ids[self.below(len(ids))]
            picture = self.recolour(self.part.photos[index].float() / 255, 0.3)
            mask = (self.part.instances[index] == number).float()[None]
            if self.chance(0.5):
                picture, mask = picture.flip(2), mask.flip(2)
            return picture[None].expand(length, -1, -1, -1), mask
        if choice < 0.62 and self.part.footage:
            shot = self.part.footage[self.below(len(self.part.footage))]
            step = 1 + self.below(2) if len(shot) >= 2 * length else 1
            start = self.below(max(1, len(shot) - step * (length - 1)))
            index = [min(len(shot) - 1, start + step * t) for t in range(length)]
            frames = shot[index].float() / 255
            return F.interpolate(frames, size, mode="bilinear"), None
        if choice < 0.92:
            photo = self.part.photos[self.below(len(self.part.photos))].float() / 255
            return self.recolour(photo, 0.3)[None].expand(length, -1, -1, -1), None
        return self.noise_picture(*size)[None].expand(length, -1, -1, -1), None

    # Motion.

    def path(self, batch: int, length: int, shift: float, turn: float, zoom: float) -> torch.Tensor:
        """[B, T, 5]: x, y, rotation, log scale, log aspect relative to frame 0; heavy-tailed."""
        speed = -torch.log(self.uniform(batch, 1, 1, low=0.02)) * self.uniform(batch, 1, 1)
        scale = torch.tensor([shift, shift * 0.7, turn, zoom, zoom * 0.5], device=self.device)
        velocity = self.normal(batch, 1, 5) * scale * speed
        jitter = self.normal(batch, length, 5) * scale * speed * 0.35
        steps = velocity + jitter
        steps[:, 0] = 0
        return steps.cumsum(1)

    def deformation(self, batch: int, length: int, cells: int, amount: float) -> torch.Tensor:
        """[B*T, 2, 32, 32]: a smooth displacement that swings between two random fields."""
        strength = -torch.log(self.uniform(batch, 1, 1, 1, 1, low=0.02)) * amount
        strength = strength * (self.uniform(batch, 1, 1, 1, 1) < 0.75)
        fields = self.normal(batch, 2, 2, cells, cells)
        time = torch.arange(length, device=self.device).view(1, length, 1, 1, 1)
        phase = self.uniform(batch, 1, 1, 1, 1, high=6.28)
        rate = self.uniform(batch, 1, 1, 1, 1, low=0.1, high=1.0)
        swing = torch.sin(phase + rate * time) * fields[:, :1] + torch.cos(
            phase + 0.7 * rate * time
        ) * fields[:, 1:]
        coarse = (swing * strength).flatten(0, 1)
        smooth = F.interpolate(coarse, (16, 16), mode="bicubic", align_corners=True)
        # Far deformations would fold; a fold has no inverse.
        return F.interpolate(smooth, (32, 32), mode="bilinear", align_corners=True).clamp(-0.4, 0.4)

    @staticmethod
    def matrix(path: torch.Tensor, size: torch.Tensor, place: torch.Tensor) -> torch.Tensor:
        """[B, T, 3, 3] from canvas to layer for a layer of half side `size` at `place`."""
        x, y, angle, zoom, aspect = path.unbind(-1)
        x, y = x + place[:, :1], y + place[:, 1:]
        across = size * torch.exp(zoom + aspect)
        down = size * torch.exp(zoom - aspect)
        cosine, sine = torch.cos(angle), torch.sin(angle)
        zero, one = torch.zeros_like(x), torch.ones_like(x)
        rows = [
            torch.stack([cosine / across, sine / across, -(cosine * x + sine * y) / across], -1),
            torch.stack([-sine / down, cosine / down, (sine * x - cosine * y) / down], -1),
            torch.stack([zero, zero, one], -1),
        ]
        return torch.stack(rows, -2)

    @staticmethod
    def displace(field: torch.Tensor, at: torch.Tensor) -> torch.Tensor:
        """`field` [N, 2, 32, 32] read at layer positions [N, h, w, 2]."""
        read = F.grid_sample(field, at, padding_mode="border", align_corners=False)
        return read.permute(0, 2, 3, 1)

    def layer_flow(
        self, matrix: torch.Tensor, field: torch.Tensor, base: torch.Tensor, length: int
    ) -> torch.Tensor:
        """Canvas displacement [B*T, h, w, 2] from each frame to the one before, for one layer."""
        batch = matrix.shape[0]
        before = torch.cat([matrix[:, :1], matrix[:, :-1]], 1).flatten(0, 1)
        stacked = field.view(batch, length, *field.shape[1:])
        field_before = torch.cat([stacked[:, :1], stacked[:, :-1]], 1).flatten(0, 1)
        place = torch.einsum("nij,hwj->nhwi", matrix.flatten(0, 1)[:, :2], base)
        goal = place + self.displace(field, place)
        guess = goal
        for _ in range(2):
            guess = goal - self.displace(field_before, guess)
        ones = torch.ones_like(guess[..., :1])
        back = torch.linalg.inv(before)[:, :2]
        return torch.einsum("nij,nhwj->nhwi", back, torch.cat([guess, ones], -1)) - base[..., :2]

    # The clip.

    @torch.no_grad()
    def draw(self, batch: int, length: int, height: int, width: int) -> Clips:
        """A batch of clips of one size; sides are multiples of 16."""
        device, aspect = self.device, width / height
        count = batch * length
        backs, holds, layers = [], [], [[], [], []]
        empty = torch.zeros(4, *self.part.cutouts.shape[2:], device=device)
        for _ in range(batch):
            frames, mask = self.background(length)
            texture, index = self.thing()
            held = mask is not None
            holds.append(held)
            mask = mask if held else torch.zeros(1, *frames.shape[2:], device=device)
            backs.append(torch.cat([frames, mask.expand(length, -1, -1, -1)], 1))
            behind = self.like(index, texture) if self.chance(0.5) else empty
            target = texture if not held or self.chance(0.4) else empty
            front = empty
            if self.chance(0.45):
                front = self.like(index, texture) if self.chance(0.4) else self.thing()[0]
            for slot, texture in zip(layers, (behind, target, front)):
                slot.append(texture)
        held = torch.tensor(holds, device=device).view(batch, 1, 1, 1, 1).float()

        y = (torch.arange(height, device=device) + 0.5) / height * 2 - 1
        x = ((torch.arange(width, device=device) + 0.5) / width * 2 - 1) * aspect
        grid_y, grid_x = torch.meshgrid(y, x, indexing="ij")
        base = torch.stack([grid_x, grid_y, torch.ones_like(grid_x)], -1)
        # Deformation and flow are smooth: a grid of a quarter of the size serves them.
        pitch = torch.tensor([x[1] - x[0], y[1] - y[0], 0.0], device=device)
        coarse = base[::4, ::4] + pitch * 1.5

        camera = self.matrix(
            self.path(batch, length, 0.06, 0.02, 0.02),
            torch.ones(batch, 1, device=device), torch.zeros(batch, 2, device=device),
        )
        picture = coverage = flow = None
        for slot in range(4):
            back = slot == 0
            if back:
                texture = torch.stack(backs).flatten(0, 1)
                size = self.uniform(batch, 1, low=1.05, high=1.7)
                place = self.normal(batch, 2) * 0.15
                path = self.path(batch, length, 0.02, 0.01, 0.01)
                field = self.deformation(batch, length, 5, 0.02)
            else:
                texture = torch.stack(layers[slot - 1])
                texture = texture[:, None].expand(-1, length, -1, -1, -1).flatten(0, 1)
                size = torch.exp(self.uniform(batch, 1, low=math.log(0.28), high=math.log(1.0)))
                place = self.uniform(batch, 2, low=-1, high=1) * torch.tensor(
                    [0.75 * aspect, 0.6], device=device
                )
                if slot == 3:
                    # Something in front starts beside the target and often crosses it.
                    place = place + torch.sign(place) * 0.4
                path = self.path(batch, length, 0.10, 0.06, 0.035)
                if slot == 3:
                    away = -place * self.uniform(batch, 1, high=0.45)
                    time = torch.arange(length, device=device).view(1, -1, 1)
                    path = path + F.pad(away[:, None] * time, (0, 3)) * 0.8
                path[..., 2] += self.normal(batch, 1) * 0.25
                field = self.deformation(batch, length, 4, 0.045)
            matrix = self.matrix(path, size, place) @ camera
            if back:
                # The background covers the canvas whatever its proportion.
                stretch = torch.tensor([1 / aspect, 1.0, 1.0], device=device)
                matrix = matrix * stretch.view(1, 1, 3, 1)
            affine = matrix.flatten(0, 1)[:, :2]
            bend = self.displace(field, torch.einsum("nij,hwj->nhwi", affine, coarse))
            bend = F.interpolate(bend.permute(0, 3, 1, 2), (height, width), mode="bilinear")
            line = affine[:, :, 0, None, None] * grid_x + affine[:, :, 1, None, None] * grid_y
            at = (line + affine[:, :, 2, None, None] + bend).permute(0, 2, 3, 1)
            mode = "reflection" if back else "zeros"
            read = F.grid_sample(texture, at, padding_mode=mode, align_corners=False)
            moved = self.layer_flow(matrix, field, coarse, length).permute(0, 3, 1, 2)
            if back:
                picture, coverage, flow = read[:, :3], read[:, 3:], moved
                continue
            alpha = read[:, 3:]
            picture = picture * (1 - alpha) + read[:, :3] * alpha
            seen = F.avg_pool2d(alpha, 4)
            flow = torch.where(seen > 0.5, moved, flow)
            coverage = coverage * (1 - alpha)
            if slot == 2:
                target = (1 - held).expand(-1, length, -1, -1, -1).flatten(0, 1)
                coverage = coverage + alpha * target
        scale = torch.tensor([width / aspect / 2, height / 2], device=device).view(1, 2, 1, 1)
        flow = self.spoil_flow((flow * scale).view(batch, length, 2, *flow.shape[2:]))
        frames = self.look(picture.clamp(0, 1).view(batch, length, 3, height, width))
        if self.dis > 0:
            flow = self.estimate(frames, flow)
        flow[:, 0] = 0
        masks = coverage.view(batch, length, 1, height, width).clamp(0, 1)
        return Clips(frames, masks, flow)

    def spoil_flow(self, flow: torch.Tensor) -> torch.Tensor:
        """The true flow [B, T, 2, h, w] at a quarter size, as wrong as an estimate, full size."""
        batch, length, _, height, width = flow.shape
        flat = flow.flatten(1, 2).clamp(-200, 200)
        out = torch.empty_like(flat)
        for index in range(batch):
            one = flat[index : index + 1]
            kernel = (1, 1, 3, 5, 7)[self.below(5)]
            if kernel > 1:
                one = F.avg_pool2d(one, kernel, 1, kernel // 2, count_include_pad=False)
            wrong = F.interpolate(
                self.normal(1, one.shape[1], 6, 8), (height, width), mode="bilinear"
            )
            one = one + wrong * -math.log(max(0.02, float(self.uniform(1)))) * 0.5
            fate = float(self.uniform(1))
            if fate < 0.1:
                one = one * 0
            elif fate < 0.35:
                lost = self.uniform(1, one.shape[1] // 2, 4, 6).repeat_interleave(2, 1)
                lost = F.interpolate(lost, (height, width), mode="bilinear")
                one = one * (lost * 2).clamp(0, 1)
            out[index] = one[0]
        full = F.interpolate(out, scale_factor=4, mode="bilinear", align_corners=False)
        return full.view(batch, length, 2, height * 4, width * 4)

    def estimate(self, frames: torch.Tensor, flow: torch.Tensor) -> torch.Tensor:
        """Replaces the flow of a share of the clips by one estimated on the CPU (DIS)."""
        import cv2

        method = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
        for index in range(len(frames)):
            if not self.chance(self.dis):
                continue
            grey = frames[index].mean(1).mul(255).byte().cpu().numpy()
            for time in range(1, len(grey)):
                found = method.calc(grey[time], grey[time - 1], None)
                flow[index, time] = torch.from_numpy(found).permute(2, 0, 1).to(flow)
        return flow

    def look(self, frames: torch.Tensor) -> torch.Tensor:
        """Light that changes, motion blur, defocus, noise and compression."""
        batch, length, _, height, width = frames.shape
        gain = 1 + 0.12 * self.normal(batch, 1, 1, 1, 1) + 0.04 * self.normal(batch, length, 1, 1, 1)
        tint = 1 + 0.05 * self.normal(batch, 1, 3, 1, 1) + 0.01 * self.normal(batch, length, 3, 1, 1)
        frames = (frames * gain * tint).clamp(0, 1)
        pieces = []
        for index in range(batch):
            clip = frames[index]
            if self.chance(0.25):
                light = 1 + 0.35 * self.normal(length, 1, 3, 4).cumsum(0) / math.sqrt(length)
                clip = clip * F.interpolate(light, (height, width), mode="bicubic").clamp(0.3, 1.8)
            if self.chance(0.3):
                clip = self.streak(clip)
            if self.chance(0.2):
                factor = 0.4 + 0.5 * float(self.uniform(1))
                small = F.interpolate(clip, scale_factor=factor, mode="bilinear")
                clip = F.interpolate(small, (height, width), mode="bilinear")
            if self.chance(0.5):
                clip = clip + self.normal(length, 3, height, width) * 0.04 * self.uniform(1)
            if self.chance(0.35):
                clip = self.compress(clip)
            pieces.append(clip)
        return torch.stack(pieces).clamp(0, 1)

    def streak(self, clip: torch.Tensor) -> torch.Tensor:
        """Motion blur along one direction, 3 to 9 pixels long."""
        reach, angle = 1 + self.below(4), float(self.uniform(1)) * math.pi
        dx, dy = math.cos(angle), math.sin(angle)
        total = clip.clone()
        for step in range(1, reach + 1):
            for sign in (-1, 1):
                shift = (sign * round(dy * step), sign * round(dx * step))
                total += torch.roll(clip, shift, (2, 3))
        return total / (2 * reach + 1)

    def compress(self, clip: torch.Tensor) -> torch.Tensor:
        """What quantised 8x8 cosine blocks leave of it; sides are multiples of 8."""
        order = torch.arange(8, device=self.device).float()
        basis = torch.cos((2 * order[None] + 1) * order[:, None] * math.pi / 16) * 0.5
        basis[0] *= math.sqrt(0.5)
        length, channels, height, width = clip.shape
        blocks = clip.reshape(length, channels, height // 8, 8, width // 8, 8)
        found = torch.einsum("ua,nchawb,vb->nchuwv", basis, blocks, basis)
        step = (0.01 + 0.05 * float(self.uniform(1))) * (1 + (order[:, None] + order[None]) * 0.6)
        step = step.view(1, 1, 1, 8, 1, 8)
        found = torch.round(found / step) * step
        return torch.einsum("ua,nchuwv,vb->nchawb", basis, found, basis).reshape(clip.shape)
