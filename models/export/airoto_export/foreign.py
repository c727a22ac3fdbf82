"""Exports in the forms that others export in, imitated with a small model, for the tests of their adapters.

`python -m airoto_export.fixtures` makes packs of them; `src/models/sam2/` says what each graph takes and gives.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn

from . import graphs
from .pack import export_graph


class Encoder(nn.Module):
    """Features of three levels, the two fine ones already projected for the decoder, and where the coarse ones lie.
    The public graph gives the places of the other two as well, which nobody needs."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, input_image):
        found = self.model.vision_encoder(input_image, return_dict=True)
        fine, middle, coarse = list(found.fpn_hidden_states)[:3]
        place = found.fpn_position_encoding[2]
        fine, middle = self.model.mask_decoder.conv_s0(fine), self.model.mask_decoder.conv_s1(middle)
        return coarse + 0.0, place, fine, middle, coarse


class Prompts(nn.Module):
    """Points and a mask to embeddings; one point more, which is none, is added."""

    def __init__(self, decoder: graphs.MaskDecoder):
        super().__init__()
        self.encoder = decoder.prompts
        self.register_buffer("place", decoder.place, persistent=False)

    def forward(self, coords, labels, masks, masks_enable):
        encoder = self.encoder
        coords = torch.cat([coords, torch.zeros_like(coords[:, :1])], dim=1)
        labels = torch.cat([labels, torch.zeros_like(labels[:, :1]) - 1], dim=1).unsqueeze(-1)
        unit = 2.0 * ((coords + 0.5) / float(encoder.input_image_size)) - 1.0
        angle = 2.0 * torch.pi * (unit @ encoder.shared_embedding.positional_embedding)
        sparse = torch.cat([angle.sin(), angle.cos()], dim=-1)
        sparse = torch.where(labels == -1, encoder.not_a_point_embed.weight, sparse)
        known = encoder.point_embed(labels.squeeze(-1).clamp(min=0).to(torch.int64))
        sparse = sparse + known * (labels >= 0).to(sparse.dtype)
        given = encoder.mask_embed(masks.unsqueeze(1))
        dense = torch.where(masks_enable[0] == 1, given, encoder.no_mask_embed.weight.reshape(1, -1, 1, 1))
        return sparse, dense, self.place + 0.0


class Decoder(nn.Module):
    """All four masks, and their tokens before they become pointers."""

    def __init__(self, decoder: graphs.MaskDecoder):
        super().__init__()
        self.inner = decoder
        self.inner.pointers = nn.Identity()

    def forward(self, image_embeddings, image_pe, sparse_prompt_embeddings, dense_prompt_embeddings,
                high_res_features1, high_res_features2):
        self.inner.place = image_pe
        masks, iou, tokens, score = self.inner.decode(
            image_embeddings + dense_prompt_embeddings, high_res_features1, high_res_features2,
            sparse_prompt_embeddings.unsqueeze(1))
        return masks, iou, tokens + 0.0, score


class Attention(nn.Module):
    """Tokens first, then the batch; encodings of places come from outside."""

    def __init__(self, inner: graphs.MemoryAttention):
        super().__init__()
        self.inner = inner

    def forward(self, curr, memory_1, memory_2, curr_pos, memory_pos_1, memory_pos_2, attention_mask_1=None,
                attention_mask_2=None):
        inner, tokens = self.inner, self.inner.spatial_keys
        channels = memory_1.shape[-1]
        x = (curr + 0.1 * curr_pos).transpose(0, 1)
        memories, position = memory_1.reshape(-1, tokens, channels), memory_pos_1.reshape(-1, tokens, channels)
        real = None
        if attention_mask_1 is not None:
            real = torch.cat([attention_mask_1, attention_mask_2]).transpose(0, 1)
        for layer in inner.layers:
            x = inner.run_layer(layer, x, memories, position, memory_2.squeeze(1), memory_pos_2.squeeze(1), real)
        return inner.norm(x).transpose(0, 1)


class Memory(nn.Module):
    """A memory and the encoding of its places."""

    def __init__(self, model):
        super().__init__()
        self.encoder = model.memory_encoder

    def forward(self, pix_feat, masks):
        return self.encoder(pix_feat, masks)


def memory_attention(model, size: int, masks: bool, room: tuple[int, int] | None) -> tuple:
    """Memory attention of the ailia export as [`ailia`] exports it."""
    side, dim, channels = size // 16, model.hidden_dim, model.mem_dim
    tokens, splits = side * side, dim // channels
    memories, pointers = room or (2, 2)
    spatial, rest = torch.zeros(memories * tokens, 1, channels), torch.zeros(pointers * splits, 1, channels)
    curr = torch.zeros(tokens, 1, dim)
    many, loose = torch.export.Dim("n_1", min=1, max=64) * tokens, torch.export.Dim("n_2", min=1, max=256)
    given = {"curr": curr, "memory_1": spatial, "memory_2": rest, "curr_pos": curr, "memory_pos_1": spatial,
             "memory_pos_2": rest}
    varying = {"curr": None, "memory_1": {0: many}, "memory_2": {0: loose}, "curr_pos": None,
               "memory_pos_1": {0: many}, "memory_pos_2": {0: loose}}
    if masks:
        given |= {"attention_mask_1": spatial[:, :, 0] == 0, "attention_mask_2": rest[:, :, 0] == 0}
        varying |= {"attention_mask_1": {0: many}, "attention_mask_2": {0: loose}}
    if room:
        varying = {name: None for name in given}
    return Attention(graphs.MemoryAttention(model, side)), given, ["pix_feat"], varying


def ailia(model, size: int, folder: Path, masks: bool = False, room: tuple[int, int] | None = None) -> None:
    """The six graphs of the ailia export; memory attention with `masks` or without, and with masks for any number of
    memories or for `room`, so many memories and pointers."""
    side, quarter, dim = size // 16, size // 4, model.hidden_dim
    points = torch.export.Dim("n", min=1, max=256)
    sparse = torch.export.Dim("n_sparse", min=2, max=256)
    pointers = torch.export.Dim("n_ptr", min=1, max=64)
    pixels, fine = torch.zeros(1, dim, side, side), torch.zeros(1, dim // 8, quarter, quarter)
    middle = torch.zeros(1, dim // 4, size // 8, size // 8)
    specimens = {
        "image_encoder": (
            Encoder(model), {"input_image": torch.zeros(1, 3, size, size)},
            ["vision_features", "vision_pos_enc_2", "backbone_fpn_0", "backbone_fpn_1", "backbone_fpn_2"],
            {"input_image": None}),
        "prompt_encoder": (
            Prompts(graphs.MaskDecoder(model)),
            {"coords": torch.zeros(1, 3, 2), "labels": torch.ones(1, 3, dtype=torch.int32),
             "masks": torch.zeros(1, quarter, quarter), "masks_enable": torch.zeros(1, dtype=torch.int32)},
            ["sparse_embeddings", "dense_embeddings", "dense_pe"],
            {"coords": {1: points}, "labels": {1: points}, "masks": None, "masks_enable": None}),
        "mask_decoder": (
            Decoder(graphs.MaskDecoder(model)),
            {"image_embeddings": pixels, "image_pe": pixels, "sparse_prompt_embeddings": torch.zeros(1, 3, dim),
             "dense_prompt_embeddings": pixels, "high_res_features1": fine, "high_res_features2": middle},
            ["masks", "iou_pred", "sam_tokens_out", "object_score_logits"],
            {"image_embeddings": None, "image_pe": None, "sparse_prompt_embeddings": {1: sparse},
             "dense_prompt_embeddings": None, "high_res_features1": None, "high_res_features2": None}),
        "memory_attention": memory_attention(model, size, masks, room),
        "memory_encoder": (
            Memory(model), {"pix_feat": pixels, "masks": torch.zeros(1, 1, size, size)},
            ["vision_features", "vision_pos_enc"], {"pix_feat": None, "masks": None}),
        "mlp": (model.object_pointer_proj, {"hidden_states": torch.zeros(3, dim)}, ["x_out"],
                {"hidden_states": {0: pointers}}),
    }
    for name, (module, inputs, outputs, dynamic) in specimens.items():
        path = folder / f"{name}_tiny.onnx"
        # One tensor given as two inputs would be exported as one.
        inputs = {what: value.clone() for what, value in inputs.items()}
        export_graph(module.eval(), inputs, outputs, dynamic, path)
        if name == "mlp":
            rename_input(path, "hidden_states", "x")


class StillEncoder(nn.Module):
    """Features of three levels; what stands for no memory is in the coarse one."""

    def __init__(self, model):
        super().__init__()
        self.inner = graphs.ImageEncoder(model)

    def forward(self, pixel_values):
        fine, middle, _, initial = self.inner(pixel_values)
        return fine, middle, initial


class StillDecoder(nn.Module):
    """The three masks of an ambiguous prompt."""

    def __init__(self, model):
        super().__init__()
        self.prompts = model.prompt_encoder
        self.inner = graphs.MaskDecoder(model)

    def forward(self, input_points, input_labels, input_boxes, fine, middle, coarse):
        # With an input for boxes, if only for none, the reference adds no point that is none.
        sparse = self.prompts._embed_points(input_points, input_labels, pad=False) + 0.0 * input_boxes.sum()
        dense = self.prompts.no_mask_embed.weight.reshape(1, -1, 1, 1)
        masks, iou, _, score = self.inner.decode(coarse + dense, fine, middle, sparse)
        return iou[:, 1:].unsqueeze(1), masks[:, 1:].unsqueeze(1), score.unsqueeze(1)


def still(model, size: int, folder: Path) -> None:
    """The two graphs of the exports for stills."""
    side, quarter, dim = size // 16, size // 4, model.hidden_dim
    points = torch.export.Dim("n", min=2, max=256)
    names = ["image_embeddings.0", "image_embeddings.1", "image_embeddings.2"]
    export_graph(StillEncoder(model).eval(), {"pixel_values": torch.zeros(1, 3, size, size)}, names,
                 {"pixel_values": None}, folder / "vision.onnx")
    path = folder / "decoder.onnx"
    export_graph(
        StillDecoder(model).eval(),
        {"input_points": torch.zeros(1, 1, 3, 2), "input_labels": torch.ones(1, 1, 3, dtype=torch.int64),
         "input_boxes": torch.zeros(1, 0, 4), "fine": torch.zeros(1, dim // 8, quarter, quarter),
         "middle": torch.zeros(1, dim // 4, size // 8, size // 8), "coarse": torch.zeros(1, dim, side, side)},
        ["iou_scores", "pred_masks", "object_score_logits"],
        {"input_points": {2: points}, "input_labels": {2: points}, "input_boxes": None, "fine": None, "middle": None,
         "coarse": None},
        path)
    for old, new in zip(("fine", "middle", "coarse"), names):
        rename_input(path, old, new)


def rename_input(path: Path, old: str, new: str) -> None:
    """Gives the input of a graph another name."""
    import onnx

    model = onnx.load(str(path))
    for node in model.graph.node:
        node.input[:] = [new if name == old else name for name in node.input]
    for port in model.graph.input:
        port.name = new if port.name == old else port.name
    onnx.save(model, str(path))
