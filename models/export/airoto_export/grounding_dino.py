"""Grounding DINO: its configurations, how a folder becomes a `transformers` model, and what its pack says of itself."""

from __future__ import annotations

import json
from pathlib import Path

import torch

from . import grounding_dino_original
from .families import ExportError, normalisation, picture_settings, read_folder

# What the image processor of `transformers` does where a folder does not say otherwise.
MEAN = [0.485, 0.456, 0.406]
DEVIATION = [0.229, 0.224, 0.225]
SHORTEST, LONGEST = 800, 1333
PRECISIONS = ("fp32",)
TOKENIZER = "tokenizer.json"
# The vocabulary of the small configuration, behind places that keep the punctuation where the reference looks for it.
WORDS = Path(__file__).with_name("words.txt")
# What the reference takes for the ends of phrases: [CLS], [SEP], the full stop and the question mark.
NAMED = {"[PAD]": 0, "[UNK]": 100, "[CLS]": 101, "[SEP]": 102, "[MASK]": 103}
FIRST_WORD = 999


def tiny_config():
    """A configuration small enough for a test, with every part of the family in it."""
    from transformers import BertConfig, GroundingDinoConfig, SwinConfig

    return GroundingDinoConfig(
        backbone_config=SwinConfig(image_size=96, embed_dim=8, depths=[2, 1, 2, 1], num_heads=[1, 1, 2, 2],
                                   window_size=5, mlp_ratio=2.0, out_indices=[2, 3, 4]),
        text_config=BertConfig(vocab_size=len(vocabulary()), hidden_size=32, num_hidden_layers=2, num_attention_heads=2,
                               intermediate_size=64, max_position_embeddings=256),
        num_queries=20, encoder_layers=2, decoder_layers=3, encoder_ffn_dim=64, decoder_ffn_dim=64,
        encoder_attention_heads=4, decoder_attention_heads=4, d_model=32)


def config(size: str, words: int | None = None):
    """The small configuration, or that of the public tiny model (`small` here) or base; it has the words of the first,
    or so many."""
    from transformers import BertConfig, GroundingDinoConfig, SwinConfig

    if size == "tiny":
        return tiny_config()
    swin = {"small": dict(embed_dim=96, depths=[2, 2, 6, 2], num_heads=[3, 6, 12, 24], window_size=7),
            "base": dict(image_size=384, embed_dim=128, depths=[2, 2, 18, 2], num_heads=[4, 8, 16, 32], window_size=12)}
    return GroundingDinoConfig(backbone_config=SwinConfig(**swin[size], out_indices=[2, 3, 4]),
                               text_config=BertConfig(vocab_size=words or len(vocabulary())))


# Channels of the backbone by size.
WIDTHS = {96: "small", 128: "base"}


def vocabulary() -> dict[str, int]:
    """The words of the small configuration by their numbers, in the layout of bert-base-uncased."""
    words = WORDS.read_text().splitlines()
    unused = (number for number in range(FIRST_WORD) if number not in NAMED.values())
    found = NAMED | {f"[unused{i}]": number for i, number in enumerate(unused)}
    return found | {word: FIRST_WORD + i for i, word in enumerate(words)}


def build(configuration):
    """A model of that configuration with the library's own start."""
    from transformers import GroundingDinoForObjectDetection

    return GroundingDinoForObjectDetection(configuration).eval()


def tokenizer_of(vocab: dict[str, int]):
    """The reference's tokenizer with this vocabulary."""
    from transformers import BertTokenizer

    return BertTokenizer(vocab=vocab, do_lower_case=True)


def processor(tokenizer, shortest: int = SHORTEST, longest: int = LONGEST, mean=MEAN, deviation=DEVIATION):
    """The reference's processor of pictures and words."""
    from transformers import GroundingDinoImageProcessor, GroundingDinoProcessor

    size = {"shortest_edge": shortest, "longest_edge": longest}
    return GroundingDinoProcessor(
        GroundingDinoImageProcessor(size=size, image_mean=mean, image_std=deviation), tokenizer)


class Source:
    """A model with its tokenizer and what it does to pictures."""

    def __init__(self, model, tokenizer, shortest=SHORTEST, longest=LONGEST, mean=None, deviation=None):
        self.model, self.tokenizer = model, tokenizer
        self.shortest, self.longest = shortest, longest
        self.mean, self.deviation = mean or MEAN, deviation or DEVIATION

    def processor(self):
        """The reference's processor."""
        return processor(self.tokenizer, self.shortest, self.longest, self.mean, self.deviation)


def load(path: Path, words: Path | None = None) -> Source:
    """A model from a local Hugging Face folder (config.json, safetensors, a vocabulary and preprocessor_config.json), or
    from a local original checkpoint with the vocabulary in the folder `words`."""
    from transformers import GroundingDinoForObjectDetection

    if path.is_file():
        if words is None:
            raise ExportError(f"checkpoint {path.name} has no vocabulary: name a folder that holds one with --tokenizer")
        tokenizer = read_tokenizer(words)
        return Source(grounding_dino_original.load(path, WIDTHS, config, build), tokenizer)
    if not path.is_dir():
        raise ExportError(f"{path} is neither a folder nor a file")
    model = read_folder(path, GroundingDinoForObjectDetection, ("grounding-dino",))
    check(model, path.name)
    mean, deviation = normalisation(path, MEAN, DEVIATION)
    told = picture_settings(path)
    size = told.get("size", {})
    try:
        shortest, longest = (int(size.get(name, start)) for name, start in
                             (("shortest_edge", SHORTEST), ("longest_edge", LONGEST)))
    except (AttributeError, TypeError, ValueError) as error:
        raise ExportError(f"folder {path.name}: the size of pictures {size!r} cannot be read") from error
    if not 64 <= shortest <= longest <= 8192:
        raise ExportError(f"folder {path.name}: pictures of {shortest} to {longest} pixels, expected 64 to 8192")
    if told.get("resample", 2) != 2:
        raise ExportError(f"folder {path.name}: pictures are resized by method {told['resample']}, expected 2, bilinear")
    return Source(model, read_tokenizer(words or path), shortest, longest, mean, deviation)


def read_tokenizer(path: Path):
    """The tokenizer of a folder, by its tokenizer.json or its vocab.txt."""
    from transformers import BertTokenizer

    if not any((path / name).is_file() for name in (TOKENIZER, "vocab.txt")):
        raise ExportError(f"folder {path.name} has no vocabulary, expected {TOKENIZER} or vocab.txt")
    try:
        return BertTokenizer.from_pretrained(path, local_files_only=True)
    except Exception as error:  # whatever the library says of a damaged file
        raise ExportError(f"folder {path.name}: its vocabulary cannot be read: "
                          f"{' '.join(str(error).split())[:300]}") from error


def check(model, what: str) -> None:
    """That the model is of the form that the graphs are made for."""
    config, backbone = model.config, model.config.backbone_config
    wanted = [
        ("backbone", backbone.model_type, "swin"),
        ("text backbone", config.text_config.model_type, "bert"),
        ("two_stage", config.two_stage, True),
        ("embedding_init_target", config.embedding_init_target, True),
        ("position_embedding_type", config.position_embedding_type, "sine"),
        ("num_feature_levels", config.num_feature_levels, 4),
        ("query_dim", config.query_dim, 4),
    ]
    if backbone.model_type == "swin":
        wanted += [("patch_size", backbone.patch_size, 4),
                   ("use_absolute_embeddings", backbone.use_absolute_embeddings, False)]
    for name, found, expected in wanted:
        if found != expected:
            raise ExportError(f"folder {what} has {name} {found!r}, expected {expected!r}")


def tokenizer_text(source: Source, what: str) -> str:
    """The tokenizer as the pack keeps it: it neither cuts nor fills up."""
    backend = json.loads(source.tokenizer.backend_tokenizer.to_str())
    backend["truncation"] = backend["padding"] = None
    if backend["model"].get("type") != "WordPiece" or backend["normalizer"].get("type") != "BertNormalizer":
        raise ExportError(f"{what} has a tokenizer of another kind than BERT's")
    words, rows = max(backend["model"]["vocab"].values()) + 1, source.model.config.text_config.vocab_size
    if words > rows:
        raise ExportError(f"{what} has a vocabulary of {words} words, and embeddings for {rows}")
    return json.dumps(backend, ensure_ascii=False, separators=(",", ":"))


def write_pack(source: Source, precision: str, name: str, licence: str, out: Path, say=print,
               smaller: str | None = None) -> None:
    """The pack of a model that `load` gave."""
    from . import grounding_dino_graphs, pack

    if precision not in PRECISIONS:
        raise ExportError(f"precision {precision} is not known to give the same boxes, expected {PRECISIONS[0]}")
    model, config = source.model, source.model.config
    told = {
        "name": name,
        "family": "grounding-dino",
        "licence": licence,
        "input": {"width": source.longest, "height": source.longest, "mean": source.mean,
                  "deviation": source.deviation},
        "constants": {
            "shortest": source.shortest,
            "longest": source.longest,
            "multiple": grounding_dino_graphs.PATCH,
            "channels": config.d_model,
            "queries": config.num_queries,
            "words": min(config.max_text_len, config.text_config.max_position_embeddings),
            "vocabulary": config.text_config.vocab_size,
            "ends": [int(token) for token in model.model.special_tokens],
        },
    }
    if smaller:
        told["smaller"] = smaller
    files = {"tokenizer": (TOKENIZER, tokenizer_text(source, name))}
    pack.write(grounding_dino_graphs.specimens(model), told, precision, out, say, files)


def randomise(model, seed: int, grid: bool = False) -> None:
    """Gives every weight a value that matters, so that boxes depend on the picture and on every word, and none is at an
    end of its range. With `grid`, matrices have four values each."""
    from .reference import to_grid

    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, value in sorted(model.named_parameters()):
            noise = torch.randn(value.shape, generator=generator)
            if name.endswith("bias"):
                value.copy_(0.1 * noise)
            elif "_param" in name:
                value.copy_(0.3 * noise)
            elif value.dim() == 1:
                value.copy_(1.0 + 0.1 * noise)
            elif "sampling_offsets" in name:
                value.copy_(noise / value[0].numel() ** 0.5)
            elif "bbox_embed" in name and "layers.2" in name:
                value.copy_(0.3 * noise / value[0].numel() ** 0.5)
            elif "embeddings" in name or "level_embed" in name:
                value.copy_(0.5 * noise)
            else:
                value.copy_(0.7 * noise / value[0].numel() ** 0.5)
        if grid:
            to_grid(model)


def answer(source: Source, frame, text: str):
    """The reference's answer for a picture of 8 bits and one text: its outputs, and the tokens of the text."""
    inputs = source.processor()(images=torch.from_numpy(frame.copy()).permute(2, 0, 1), text=text, return_tensors="pt")
    with torch.inference_mode():
        return source.model(**inputs), inputs["input_ids"]
