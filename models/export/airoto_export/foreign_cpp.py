"""The four graphs of sam2-onnx-cpp, imitated with a model of `transformers`; see `src/models/sam2/cpp.rs`."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn

from . import graphs
from .foreign import rename_input
from .pack import export_graph

NO_OBJECT = -1024.0


class Encoder(nn.Module):
    """Features with and without what stands for no memory, and where their places are."""

    def __init__(self, model):
        super().__init__()
        self.inner = graphs.ImageEncoder(model)

    def forward(self, image):
        fine, middle, coarse, initial = self.inner(image)
        places = self.inner.model.vision_encoder(image, return_dict=True).fpn_position_encoding[2]
        return coarse + 0.0, fine, middle, initial, places.flatten(2).permute(2, 0, 1)


class Decoder(nn.Module):
    """The best of three masks, which is `NO_OBJECT` everywhere where the object is not seen."""

    def __init__(self, model):
        super().__init__()
        self.inner = graphs.MaskDecoder(model)
        self.side = model.image_size
        self.scale = model.config.sigmoid_scale_for_mem_enc
        self.bias = model.config.sigmoid_bias_for_mem_enc
        self.register_buffer("no_pointer", model.no_object_pointer.detach().clone().reshape(1, -1), persistent=False)

    def forward(self, point_coords, point_labels, image_embed, high_res_feats_0, high_res_feats_1):
        side = self.side // 4
        masks, iou, pointers, score = self.inner(
            image_embed, high_res_feats_0, high_res_feats_1, point_coords, point_labels.to(torch.int64),
            torch.zeros(1, 1, side, side), torch.zeros(1))
        best = iou[:, 1:].argmax(dim=1)
        mask = masks[:, 1:].gather(1, best.reshape(1, 1, 1, 1).expand(1, 1, side, side))
        pointer = pointers[:, 1:].gather(1, best.reshape(1, 1, 1).expand(1, 1, pointers.shape[-1])).squeeze(1)
        seen = score > 0
        mask = torch.where(seen.reshape(1, 1, 1, 1), mask, NO_OBJECT)
        large = nn.functional.interpolate(mask, size=(self.side, self.side), mode="bilinear", align_corners=False)
        pointer = torch.where(seen, pointer, self.no_pointer)
        return pointer, torch.sigmoid(large) * self.scale + self.bias, mask


class Attention(nn.Module):
    """Memories and pointers, with the places of both in one input, or with those of pointers made inside."""

    def __init__(self, model, side: int, offsets: bool):
        super().__init__()
        self.inner = graphs.MemoryAttention(model, side)
        self.offsets = offsets
        self.longest = model.config.max_object_pointers_in_encoder - 1
        self.register_buffer("no_memory", model.no_memory_embedding.detach().clone().reshape(1, 1, -1),
                             persistent=False)

    def forward(self, current_vision_feat, current_vision_pos_embed, memory_0, memory_1, memory_pos_embed,
                obj_ptr_offsets=None):
        inner, tokens, channels = self.inner, self.inner.spatial_keys, memory_1.shape[1]
        x = current_vision_feat.flatten(2).transpose(1, 2) - self.no_memory
        x = x + 0.1 * current_vision_pos_embed.transpose(0, 1)
        memories = memory_1.flatten(2).transpose(1, 2)
        loose = memory_0.reshape(-1, channels)
        spatial = memory_pos_embed
        if self.offsets:
            angle = (obj_ptr_offsets / self.longest).unsqueeze(-1) / inner.frequency
            place = inner.pointer_position(torch.cat([angle.sin(), angle.cos()], dim=-1))
            splits = memory_0.shape[1] // channels
            place = place.unsqueeze(1).expand(-1, splits, -1).reshape(-1, channels)
        else:
            spatial, place = torch.split(memory_pos_embed, [memory_1.shape[0] * tokens, loose.shape[0]])
            place = place.squeeze(1)
        position = spatial.reshape(-1, tokens, channels)
        for layer in inner.layers:
            x = inner.run_layer(layer, x, memories, position, loose, place)
        grid = current_vision_feat.shape[-1]
        return inner.norm(x).transpose(1, 2).reshape(1, -1, grid, grid)


class Memory(nn.Module):
    """A memory of logits, which become a mask inside; older exports take the object for hidden in every frame."""

    def __init__(self, model, occluded: bool):
        super().__init__()
        self.encoder = model.memory_encoder
        self.scale = model.config.sigmoid_scale_for_mem_enc
        self.bias = model.config.sigmoid_bias_for_mem_enc
        self.register_buffer("temporal", model.memory_temporal_positional_encoding.detach().clone(), persistent=False)
        hidden = model.occlusion_spatial_embedding_parameter.detach().clone().reshape(1, -1, 1, 1)
        self.register_buffer("added", hidden if occluded else torch.zeros_like(hidden), persistent=False)

    def forward(self, mask_for_mem, pix_feat):
        memory, place = self.encoder(pix_feat, torch.sigmoid(mask_for_mem) * self.scale + self.bias)
        return memory + self.added, place.flatten(2).permute(2, 0, 1), self.temporal + 0.0


def export(model, size: int, folder: Path, older: bool) -> None:
    """All four; `older` as before the spring of 2026, when every memory was that of a hidden object."""
    side, quarter, dim, channels = size // 16, size // 4, model.hidden_dim, model.mem_dim
    tokens, splits = side * side, dim // channels
    points = torch.export.Dim("n", min=1, max=256)
    memories, pointers = torch.export.Dim("m", min=1, max=64), torch.export.Dim("p", min=1, max=64)
    pixels, mask = torch.zeros(1, dim, side, side), torch.zeros(1, 1, size, size)
    fine, middle = torch.zeros(1, dim // 8, quarter, quarter), torch.zeros(1, dim // 4, size // 8, size // 8)
    export_graph(
        Encoder(model).eval(), {"image": torch.zeros(1, 3, size, size)},
        ["image_embeddings", "high_res_features1", "high_res_features2", "current_vision_feat", "vision_pos_embed"],
        {"image": None}, folder / "image_encoder.onnx")
    rename_input(folder / "image_encoder.onnx", "image", "input")
    export_graph(
        Decoder(model).eval(),
        {"point_coords": torch.zeros(1, 3, 2), "point_labels": torch.ones(1, 3), "image_embed": pixels,
         "high_res_feats_0": fine, "high_res_feats_1": middle},
        ["obj_ptr", "mask_for_mem", "pred_mask"],
        {"point_coords": {1: points}, "point_labels": {1: points}, "image_embed": None, "high_res_feats_0": None,
         "high_res_feats_1": None},
        folder / "image_decoder.onnx")
    taken = {"current_vision_feat": pixels, "current_vision_pos_embed": torch.zeros(tokens, 1, dim),
             "memory_0": torch.zeros(3, dim), "memory_1": torch.zeros(2, channels, side, side)}
    varying = {"current_vision_feat": None, "current_vision_pos_embed": None, "memory_0": {0: pointers},
               "memory_1": {0: memories}}
    if older:
        taken["memory_pos_embed"] = torch.zeros(2 * tokens + 3 * splits, 1, channels)
        varying = {name: {0: torch.export.Dim.AUTO} for name in ("memory_0", "memory_1", "memory_pos_embed")} \
            | {"current_vision_feat": None, "current_vision_pos_embed": None}
        varying = {name: varying[name] for name in taken}
    else:
        taken |= {"memory_pos_embed": torch.zeros(2 * tokens, 1, channels), "obj_ptr_offsets": torch.zeros(3)}
        varying |= {"memory_pos_embed": {0: memories * tokens}, "obj_ptr_offsets": {0: pointers}}
    export_graph(Attention(model, side, not older).eval(), taken, ["fused_feat"], varying,
                 folder / "memory_attention.onnx")
    export_graph(Memory(model, older).eval(), {"mask_for_mem": mask, "pix_feat": pixels},
                 ["maskmem_features", "maskmem_pos_enc", "temporal_code"], {"mask_for_mem": None, "pix_feat": None},
                 folder / "memory_encoder.onnx")
