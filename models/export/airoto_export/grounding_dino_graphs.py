"""The graphs of Grounding DINO: the words, the picture, and what joins them.

    text      tokens i64[1,t], positions i64[1,t], together bool[1,t,t]  -> text[1,t,D]
    image     pixels[1,3,4r,4c]                                          -> level_0 to level_3 [1,D,h,w]
    detector  level_0 to level_3, text, positions, together              -> logits[1,q,t], boxes[1,q,4]

The picture is of any size, padded with zeros on the right and below to multiples of 4; nothing else is padded, so that
the reference's masks of pixels and of words are true everywhere, and not in the graphs. `positions` and `together` say
where each word stands in its phrase and which words are of one phrase. Boxes are the middle and the size, of 1 both ways.

The backbone is written out because the library's own fixes its size when it is exported. Multi-scale deformable attention
is made of `grid_sample`, one level after the other, which takes a quarter of the memory of the library's way.
"""

from __future__ import annotations

import copy

import torch
from torch import nn
from torch.nn import functional

# Pixels of a patch of the backbone.
PATCH = 4
LEVELS = 4


class Deformable(nn.Module):
    """Multi-scale deformable attention with the weights of the library's."""

    def __init__(self, attention):
        super().__init__()
        self.attention = attention

    def forward(self, hidden_states, position_embeddings, reference_points, encoder_hidden_states, spatial_shapes_list,
                **_):
        own, shapes = self.attention, spatial_shapes_list
        x = hidden_states + position_embeddings
        queries, heads, points = x.shape[1], own.n_heads, own.n_points
        values = own.value_proj(encoder_hidden_states)[0].split([height * width for height, width in shapes])
        steps = own.sampling_offsets(x).reshape(queries, heads, LEVELS, points, 2)
        weights = own.attention_weights(x).reshape(queries, heads, LEVELS * points).softmax(dim=-1)
        weights = weights.reshape(queries, heads, LEVELS, points)
        total = None
        for level, (value, (height, width)) in enumerate(zip(values, shapes)):
            place = reference_points[0, :, None, None, :]
            step = steps[:, :, level]
            if place.shape[-1] == 2:
                # Steps are pixels of the level.
                step = torch.stack((step[..., 0] / width, step[..., 1] / height), dim=-1)
            else:
                # Steps are parts of half a box.
                step = step / points * place[..., 2:] * 0.5
            grid = (2 * (place[..., :2] + step) - 1).transpose(0, 1)
            plane = value.reshape(height, width, heads, -1).permute(2, 3, 0, 1)
            found = functional.grid_sample(plane, grid, mode="bilinear", padding_mode="zeros", align_corners=False)
            found = (found * weights[:, :, level].transpose(0, 1)[:, None]).sum(-1)
            total = found if total is None else total + found
        return own.output_proj(total.reshape(1, -1, queries).transpose(1, 2)), None


class Text(nn.Module):
    """The words."""

    def __init__(self, model):
        super().__init__()
        self.backbone, self.projection = model.model.text_backbone, model.model.text_projection

    def forward(self, tokens, positions, together):
        x = self.backbone.embeddings(input_ids=tokens, token_type_ids=torch.zeros_like(tokens), position_ids=positions)
        # What is not of the same phrase gets no attention; a word always knows itself.
        apart = torch.where(together, 0.0, torch.finfo(torch.float32).min)[:, None]
        for layer in self.backbone.encoder.layer:
            attention = layer.attention.self
            shape = (1, -1, attention.num_attention_heads, attention.attention_head_size)
            q, k, v = (part(x).reshape(shape).transpose(1, 2) for part in (attention.query, attention.key,
                                                                          attention.value))
            scores = (q @ k.transpose(2, 3)) * attention.scaling + apart
            found = (scores.softmax(dim=-1) @ v).transpose(1, 2).flatten(2)
            x = layer.feed_forward_chunk(layer.attention.output(found, x))
        return self.projection(x)


def within(block, x):
    """A block of the backbone, attention within windows, [1, h, w, C]."""
    side, shift, attention = block.window_size, block.shift_size, block.attention
    height, width, channels = x.shape[1], x.shape[2], x.shape[3]
    y = block.layernorm_before(x)
    y = functional.pad(y, (0, 0, 0, (-width) % side, 0, (-height) % side))
    tall, wide = y.shape[1], y.shape[2]
    down, across = tall // side, wide // side
    if shift:
        y = torch.roll(y, (-shift, -shift), (1, 2))
    y = y.reshape(down, side, across, side, channels).permute(0, 2, 1, 3, 4).reshape(-1, side * side, channels)
    shape = (-1, side * side, attention.num_attention_heads, attention.head_dim)
    q, k, v = (part(y).reshape(shape).transpose(1, 2) for part in (attention.q_proj, attention.k_proj,
                                                                  attention.v_proj))
    scores = (q @ k.transpose(2, 3)) * attention.scaling + attention.relative_position_bias()
    if shift:
        # Windows of the last row and column hold what was rolled there from the other end.
        rows, columns = (torch.where(torch.arange(size) >= size - shift, 1.0, 0.0) for size in (tall, wide))
        rows = rows.reshape(down, 1, side, 1).expand(down, across, side, side)
        columns = columns.reshape(1, across, 1, side).expand(down, across, side, side)
        region = (2 * rows + columns).reshape(-1, side * side)
        apart = torch.where(region[:, :, None] == region[:, None, :], 0.0, -100.0)
        scores = scores + apart[:, None]
    y = (scores.softmax(dim=-1) @ v).transpose(1, 2).reshape(-1, side * side, channels)
    y = attention.o_proj(y)
    y = y.reshape(down, across, side, side, channels).permute(0, 2, 1, 3, 4).reshape(1, tall, wide, channels)
    if shift:
        y = torch.roll(y, (shift, shift), (1, 2))
    x = x + y[:, :height, :width]
    return x + block.mlp(block.layernorm_after(x))


def halved(merging, x):
    """Squares of four tokens become one."""
    height, width, channels = x.shape[1], x.shape[2], x.shape[3]
    x = functional.pad(x, (0, 0, 0, width % 2, 0, height % 2))
    tall, wide = x.shape[1] // 2, x.shape[2] // 2
    # The four by columns first.
    x = x.reshape(tall, 2, wide, 2, channels).permute(0, 2, 3, 1, 4).reshape(1, tall, wide, 4 * channels)
    return merging.reduction(merging.norm(x))


class Image(nn.Module):
    """The picture."""

    def __init__(self, model):
        super().__init__()
        self.backbone = model.model.backbone.conv_encoder.model
        self.projections = model.model.input_proj_vision

    def forward(self, pixels):
        swin = self.backbone.swin
        x = swin.embeddings.patch_embeddings.projection(pixels).permute(0, 2, 3, 1)
        x = swin.embeddings.norm(x)
        features = []
        for name, stage in zip(self.backbone.stage_names[1:], swin.encoder.layers):
            for block in stage.blocks:
                x = within(block, x)
            if name in self.backbone.out_features:
                features.append(self.backbone.hidden_states_norms[name](x).permute(0, 3, 1, 2))
            if stage.downsample is not None:
                x = halved(stage.downsample, x)
        levels = [project(feature) for project, feature in zip(self.projections, features)]
        for i in range(len(features), len(self.projections)):
            levels.append(self.projections[i](features[-1] if i == len(features) else levels[-1]))
        return tuple(levels)


def places(height, width):
    """Middles of the tokens of a level, of 1 both ways, [h*w, 2]."""
    down = ((torch.arange(height) + 0.5) / height)[:, None].expand(height, width)
    across = ((torch.arange(width) + 0.5) / width)[None, :].expand(height, width)
    return torch.stack((across, down), dim=-1).reshape(-1, 2)


def waves(table, dim: int, temperature: float):
    """The library's sine embedding: sines and cosines by turns."""
    steps = torch.arange(dim // 2, dtype=torch.float32)
    angles = table[..., None] / temperature ** (2 * steps / dim)
    return torch.stack((angles.sin(), angles.cos()), dim=-1).flatten(-2)


class Detector(nn.Module):
    """Encoder, choice of queries, decoder and heads."""

    def __init__(self, model):
        super().__init__()
        # Its attentions are exchanged, which is none of the caller's business.
        model = copy.deepcopy(model)
        self.model, self.heads = model.model, model.bbox_embed
        self.config = model.config
        for layer in self.model.encoder.layers:
            layer.deformable_layer.self_attn = Deformable(layer.deformable_layer.self_attn)
        for layer in self.model.decoder.layers:
            layer.encoder_attn = Deformable(layer.encoder_attn)

    def positions_of(self, height, width):
        """What the encoder adds to the tokens of a level, [1, h*w, D]."""
        dim, turn = self.config.d_model // 2, 2 * torch.pi
        tables = []
        for size in (height, width):
            at = (torch.arange(size, dtype=torch.float32) + 1) / (size + 1e-6) * turn
            tables.append(waves(at, dim, self.config.positional_embedding_temperature))
        down = tables[0][:, None].expand(height, width, dim)
        across = tables[1][None].expand(height, width, dim)
        return torch.cat((down, across), dim=-1).reshape(1, -1, 2 * dim)

    def encode(self, vision, added, text, text_positions, together, points, shapes):
        waved = waves(text_positions.to(torch.float32) * (2 * torch.pi), self.config.d_model, 10000.0)
        for layer in self.model.encoder.layers:
            (vision, _), (text, _) = layer.fusion_layer(vision_features=vision, text_features=text)
            text, _ = layer.text_enhancer_layer(hidden_states=text, attention_masks=together,
                                                position_embeddings=waved)
            vision, _ = layer.deformable_layer(
                hidden_states=vision, attention_mask=None, position_embeddings=added, reference_points=points,
                spatial_shapes_list=shapes)
        return vision, text

    def propose(self, vision, text, centres, shapes):
        """Boxes before the decoder, as logits [1, q, 4]: those of the tokens that agree most with a word."""
        scales = [torch.full((height * width, 2), 0.05 * 2.0**level) for level, (height, width) in enumerate(shapes)]
        guess = torch.cat((centres, torch.cat(scales)), dim=-1)[None]
        inside = ((guess > 0.01) & (guess < 0.99)).all(-1, keepdim=True)
        objects = torch.where(inside, vision, 0.0)
        objects = self.model.enc_output_norm(self.model.enc_output(objects))
        agree = (objects @ text.transpose(1, 2)).max(-1)[0]
        best = torch.topk(agree, self.config.num_queries, dim=1)[1]
        delta = self.model.encoder_output_bbox_embed(objects)
        # Beyond the edge the reference adds infinity, which comes out as 1: here a logit that does too.
        logits = torch.where(inside, torch.log(guess / (1 - guess)), 100.0) + delta
        return logits.gather(1, best[..., None].expand(1, best.shape[1], 4))

    def forward(self, level_0, level_1, level_2, level_3, text, positions, together):
        maps = (level_0, level_1, level_2, level_3)
        shapes = [(x.shape[2], x.shape[3]) for x in maps]
        vision = torch.cat([x.flatten(2).transpose(1, 2) for x in maps], dim=1)
        added = torch.cat([self.positions_of(*shape) + self.model.level_embed[i].reshape(1, 1, -1)
                           for i, shape in enumerate(shapes)], dim=1)
        centres = torch.cat([places(*shape) for shape in shapes])
        vision, text = self.encode(vision, added, text, positions, together, centres[None], shapes)
        reference = self.propose(vision, text, centres, shapes).sigmoid()
        decoder = self.model.decoder
        x = self.model.query_position_embeddings.weight[None]
        dim = self.config.d_model // 2
        for index, layer in enumerate(decoder.layers):
            waved = [waves(v * (2 * torch.pi), dim, 10000.0) for v in reference.unbind(-1)]
            place = decoder.reference_points_head(torch.cat((waved[1], waved[0], waved[2], waved[3]), dim=-1))
            x = layer(hidden_states=x, position_embeddings=place, reference_points=reference, spatial_shapes_list=shapes,
                      vision_encoder_hidden_states=vision, text_encoder_hidden_states=text)[0]
            before = torch.special.logit(reference, eps=1e-5)
            if index + 1 < len(decoder.layers):
                reference = (decoder.bbox_embed[index](x) + before).sigmoid()
        x = decoder.layer_norm(x)
        # The last head sees the normalised state, the ones before it do not.
        boxes = (self.heads[len(decoder.layers) - 1](x) + before).sigmoid()
        return x @ text.transpose(1, 2), boxes


def specimens(model) -> dict[str, tuple[nn.Module, dict[str, torch.Tensor], list[str], dict]]:
    """Each graph with example inputs, the names of its outputs, and its dynamic axes."""
    config = model.config
    count = 7
    words = torch.export.Dim("words", min=2, max=config.max_text_len)
    said = {
        "tokens": torch.arange(count)[None],
        "positions": torch.arange(count)[None] % 3,
        "together": torch.eye(count, dtype=torch.bool)[None],
    }
    axes = {"tokens": {1: words}, "positions": {1: words}, "together": {1: words, 2: words}, "text": {1: words}}
    tall, wide = torch.export.Dim("tall", min=16, max=2048), torch.export.Dim("wide", min=16, max=2048)
    maps, map_axes = {}, {}
    # Enough tokens for all queries.
    side = int((config.num_queries * 0.8) ** 0.5) + 5
    for level in range(LEVELS):
        h, w = max(side >> level, 3), max((side + 2) >> level, 4)
        maps[f"level_{level}"] = torch.rand(1, config.d_model, h, w)
        map_axes[f"level_{level}"] = {
            2: torch.export.Dim(f"tall_{level}", min=2, max=2048), 3: torch.export.Dim(f"wide_{level}", min=2, max=2048)}
    return {
        "text": (Text(model).eval(), said, ["text"], {name: axes[name] for name in said}),
        "image": (Image(model).eval(), {"pixels": torch.rand(1, 3, PATCH * 37, PATCH * 50)}, list(maps),
                  {"pixels": {2: PATCH * tall, 3: PATCH * wide}}),
        "detector": (
            Detector(model).eval(),
            maps | {"text": torch.rand(1, count, config.d_model)} | {n: said[n] for n in ("positions", "together")},
            ["logits", "boxes"],
            map_axes | {name: axes[name] for name in ("text", "positions", "together")}),
    }
