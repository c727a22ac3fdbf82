"""The graphs of a SAM 2-family tracker, each a small module around the parts of a `transformers` model.

S is the side of the input, g = S/16, T the tokens of one memory. All tensors are float32 unless said otherwise.

| graph | inputs | outputs |
|---|---|---|
| image_encoder | image[1,3,S,S] | high_res_feats_0[1,32,S/4,S/4], high_res_feats_1[1,64,S/8,S/8], pix_feat[1,256,g,g], image_embed_init[1,256,g,g] |
| memory_attention | pix_feat, mem_feats[n_mem,T,64], mem_tpos i64[n_mem], obj_ptrs[n_ptr,256], obj_ptr_tdiff[n_ptr] | image_embed[1,256,g,g] |
| mask_decoder | image_embed, high_res_feats_0, high_res_feats_1, point_coords[1,n_pts,2], point_labels i64[1,n_pts], mask_input[1,1,S/4,S/4], has_mask_input[1] | masks[1,4,S/4,S/4], iou[1,4], obj_ptr[1,4,256], object_score[1,1] |
| memory_encoder | pix_feat, mask_for_mem[1,1,S,S], object_score[1,1] | mem_feat[1,T,64] |
| mask_downsample | mask[1,1,S,S] | mask_input[1,1,S/4,S/4] |

mem_tpos is the row of the temporal table: offset - 1 for a recent frame, the last row for a conditioning frame.
obj_ptr_tdiff is the distance in frames over (max - 1). Points are in pixels of S, without the half-pixel shift, which
is inside; so is the padding point that the reference adds.
"""

from __future__ import annotations

import torch
from torch import nn


def rotate(x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
    """Rotary encoding of pairs of neighbouring channels."""
    pairs = x.reshape(*x.shape[:-1], -1, 2)
    turned = torch.stack((-pairs[..., 1], pairs[..., 0]), dim=-1).reshape(x.shape)
    return x * cos + turned * sin


def attend(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, scale: float,
           real: torch.Tensor | None = None) -> torch.Tensor:
    """Plain attention of [1, n, c] queries over [1, m, c] keys, or over those that are `real`, [1, m]."""
    likeness = torch.matmul(q * scale, k.transpose(-1, -2))
    if real is not None:
        likeness = torch.where(real.unsqueeze(1), likeness, float("-inf"))
    return torch.matmul(torch.softmax(likeness, dim=-1), v)


class ImageEncoder(nn.Module):
    """Backbone, neck, and the decoder's two projections of the fine levels."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, image):
        out = self.model.vision_encoder(image, return_dict=True)
        fine, middle, coarse = list(out.fpn_hidden_states)[:3]
        fine = self.model.mask_decoder.conv_s0(fine)
        middle = self.model.mask_decoder.conv_s1(middle)
        initial = coarse + self.model.no_memory_embedding.reshape(1, -1, 1, 1)
        return fine, middle, coarse, initial


class MemoryAttention(nn.Module):
    """Features of the frame conditioned on any number of memories and object pointers."""

    def __init__(self, model, side: int):
        super().__init__()
        self.layers = model.memory_attention.layers
        self.norm = model.memory_attention.layer_norm
        self.pointer_position = model.temporal_positional_encoding_projection_layer
        self.temporal_pointers = model.config.enable_temporal_pos_encoding_for_object_pointers
        attention = model.memory_attention
        probe = torch.zeros(1)
        cos, sin = attention.rotary_emb(probe, attention.position_ids)
        self.register_buffer("cos", cos.reshape(1, side * side, -1).clone(), persistent=False)
        self.register_buffer("sin", sin.reshape(1, side * side, -1).clone(), persistent=False)
        if hasattr(attention, "position_ids_k"):
            cos, sin = attention.rotary_emb(probe, attention.position_ids_k)
        keys = cos.reshape(-1, cos.shape[-1]).shape[0]
        self.register_buffer("cos_k", cos.reshape(1, keys, -1).clone(), persistent=False)
        self.register_buffer("sin_k", sin.reshape(1, keys, -1).clone(), persistent=False)
        self.spatial_keys = keys
        dim = model.hidden_dim
        sine = model.vision_encoder.neck.position_encoding
        position = sine(torch.Size((1, dim, side, side)), torch.device("cpu"), torch.float32)
        self.register_buffer("position", position.flatten(2).transpose(1, 2).clone(), persistent=False)
        self.register_buffer("memory_position", memory_position(model, side), persistent=False)
        table = model.memory_temporal_positional_encoding.reshape(model.num_maskmem, -1)
        self.register_buffer("temporal", table.detach().clone(), persistent=False)
        half = dim // 2
        steps = torch.arange(half, dtype=torch.float32)
        self.register_buffer("frequency", 10000 ** (2 * torch.div(steps, 2, rounding_mode="floor") / half),
                             persistent=False)

    def forward(self, pix_feat, mem_feats, mem_tpos, obj_ptrs, obj_ptr_tdiff):
        side = pix_feat.shape[-1]
        channels = mem_feats.shape[-1]
        x = pix_feat.flatten(2).transpose(1, 2) + 0.1 * self.position
        position = self.memory_position + self.temporal[mem_tpos].unsqueeze(1)
        tokens = obj_ptrs.reshape(-1, channels)
        if self.temporal_pointers:
            angle = obj_ptr_tdiff.unsqueeze(-1) / self.frequency
            place = self.pointer_position(torch.cat([angle.sin(), angle.cos()], dim=-1))
        else:
            place = torch.zeros_like(obj_ptrs[:, :channels]) + 0.0 * obj_ptr_tdiff.unsqueeze(-1)
        splits = pix_feat.shape[1] // channels
        place = place.unsqueeze(1).expand(-1, splits, -1).reshape(-1, channels)
        for layer in self.layers:
            x = self.run_layer(layer, x, mem_feats, position, tokens, place)
        return self.norm(x).transpose(1, 2).reshape(1, -1, side, side)

    def run_layer(self, layer, x, memories, position, tokens, place, real=None):
        y = layer.layer_norm1(x)
        attention = layer.self_attn
        q = rotate(attention.q_proj(y), self.cos, self.sin)
        k = rotate(attention.k_proj(y), self.cos, self.sin)
        x = x + attention.o_proj(attend(q, k, attention.v_proj(y), attention.scaling))
        y = layer.layer_norm2(x)
        attention = layer.cross_attn_image
        q = rotate(attention.q_proj(y), self.cos, self.sin)
        k = attention.k_proj(memories + position)
        # A memory of EdgeTAM opens with tokens that have no place in the frame: they are not rotated.
        loose = k.shape[1] - self.spatial_keys
        spatial = rotate(k[:, loose:], self.cos_k, self.sin_k)
        k = torch.cat([k[:, :loose], spatial], dim=1) if loose else spatial
        width = k.shape[-1]
        keys = torch.cat([k.reshape(1, -1, width), attention.k_proj(tokens + place).unsqueeze(0)], dim=1)
        values = attention.v_proj(memories).reshape(1, -1, width)
        values = torch.cat([values, attention.v_proj(tokens).unsqueeze(0)], dim=1)
        x = x + attention.o_proj(attend(q, keys, values, attention.scaling, real))
        y = layer.layer_norm3(x)
        if hasattr(layer, "mlp"):
            return x + layer.mlp(y)
        return x + layer.linear2(layer.activation(layer.linear1(y)))


def memory_position(model, side: int) -> torch.Tensor:
    """The fixed spatial encoding of one memory, [1, T, 64]."""
    dim = model.mem_dim
    encoding = model.memory_encoder.position_encoding
    grid = encoding(torch.Size((1, dim, side, side)), torch.device("cpu"), torch.float32)
    perceiver = getattr(model, "spatial_perceiver", None)
    if perceiver is None:
        return grid.flatten(2).transpose(1, 2).detach().clone()
    with torch.no_grad():
        _, position = perceiver(torch.zeros(1, dim, side, side), grid)
    return position.detach().clone()


class MaskDecoder(nn.Module):
    """Prompt encoder, mask decoder and pointer projection; all four masks come out, the choice is the caller's."""

    def __init__(self, model):
        super().__init__()
        self.prompts = model.prompt_encoder
        self.decoder = model.mask_decoder
        self.pointers = model.object_pointer_proj
        self.register_buffer("place", model.get_image_wide_positional_embeddings().detach().clone(),
                             persistent=False)

    def forward(self, image_embed, high_res_feats_0, high_res_feats_1, point_coords, point_labels, mask_input,
                has_mask_input):
        encoder = self.prompts
        size = float(encoder.input_image_size)
        end = torch.zeros_like(point_coords[:, :1])
        none = torch.zeros_like(point_labels[:, :1]) - 1
        coords = torch.cat([point_coords, end], dim=1)
        labels = torch.cat([point_labels, none], dim=1).unsqueeze(-1)
        unit = 2.0 * ((coords + 0.5) / size) - 1.0
        # The padding point, too, is shifted in the reference; its embedding is replaced below.
        angle = 2.0 * torch.pi * (unit @ encoder.shared_embedding.positional_embedding)
        sparse = torch.cat([angle.sin(), angle.cos()], dim=-1)
        sparse = torch.where(labels == -1, encoder.not_a_point_embed.weight, sparse)
        known = encoder.point_embed(labels.squeeze(-1).clamp(min=0))
        sparse = (sparse + known * (labels >= 0).to(sparse.dtype)).unsqueeze(1)
        none_dense = encoder.no_mask_embed.weight.reshape(1, -1, 1, 1)
        given = has_mask_input.reshape(1, 1, 1, 1)
        dense = given * encoder.mask_embed(mask_input) + (1.0 - given) * none_dense
        return self.decode(image_embed + dense, high_res_feats_0, high_res_feats_1, sparse)

    def decode(self, image, fine, middle, sparse):
        decoder = self.decoder
        own = torch.cat([decoder.obj_score_token.weight, decoder.iou_token.weight, decoder.mask_tokens.weight])
        tokens = torch.cat([own.reshape(1, 1, *own.shape), sparse], dim=2)
        queries, keys = decoder.transformer(
            point_embeddings=tokens,
            image_embeddings=image,
            image_positional_embeddings=self.place,
            attention_similarity=None,
        )
        count = decoder.num_mask_tokens
        found = queries[:, :, 2 : 2 + count]
        up = keys.transpose(2, 3).reshape(image.shape)
        up = decoder.activation(decoder.upscale_layer_norm(decoder.upscale_conv1(up) + middle))
        up = decoder.activation(decoder.upscale_conv2(up) + fine)
        filters = torch.stack([decoder.output_hypernetworks_mlps[i](found[:, 0, i]) for i in range(count)], dim=1)
        masks = (filters @ up.flatten(2)).reshape(1, count, up.shape[-2], up.shape[-1])
        iou = decoder.iou_prediction_head(queries[:, 0, 1])
        score = decoder.pred_obj_score_head(queries[:, 0, 0])
        return masks, iou, self.pointers(found[:, 0]), score


class MemoryEncoder(nn.Module):
    """One frame and its mask to one memory."""

    def __init__(self, model):
        super().__init__()
        self.encoder = model.memory_encoder
        self.perceiver = getattr(model, "spatial_perceiver", None)
        hidden = model.occlusion_spatial_embedding_parameter
        self.occluded = None if hidden is None else nn.Parameter(hidden.detach().clone(), requires_grad=False)

    def forward(self, pix_feat, mask_for_mem, object_score):
        memory, position = self.encoder(pix_feat, mask_for_mem)
        absent = (object_score <= 0).to(memory.dtype).reshape(1, 1, 1, 1)
        if self.occluded is not None:
            memory = memory + absent * self.occluded.reshape(1, -1, 1, 1)
        else:
            memory = memory + 0.0 * absent
        if self.perceiver is None:
            return memory.flatten(2).transpose(1, 2)
        return self.perceiver(memory, position)[0]


class MaskDownsample(nn.Module):
    """A mask prompt at the input's size to the logits that the decoder's mask input expects."""

    def __init__(self, model):
        super().__init__()
        self.convolution = model.mask_downsample

    def forward(self, mask):
        return self.convolution(mask)
