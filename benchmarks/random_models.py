"""Models of the real shapes with random weights, made on the spot: speed does not depend on what the weights say.

The decoder never ends by itself with such weights, so every run decodes as many tokens as it is told to.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

END = 2


@dataclass(frozen=True)
class Shape:
    """`layers`: of the encoder and of the decoder each. `feed`: width of the feed-forward layer."""

    width: int
    layers: int
    heads: int
    feed: int
    vocabulary: int

    @property
    def decoder_weights(self) -> int:
        """Weights read for one decoded token: self-attention, cross-attention without the keys and values of the
        source, which are computed once, feed-forward; then the output layer."""
        layer = (4 + 2) * self.width**2 + 2 * self.width * self.feed
        return self.layers * layer + self.vocabulary * self.width

    def cache_values(self, source: int, target: int) -> int:
        """Keys and values that one row reads for one token, with `target` tokens decoded before it."""
        return self.layers * 2 * self.width * (source + target)


SHAPES = {
    "tiny": Shape(32, 2, 2, 64, 1000),
    "nllb-600M": Shape(1024, 12, 16, 4096, 256_206),
    "nllb-1.3B": Shape(1024, 24, 16, 8192, 256_206),
}


def build(shape: Shape, folder: Path) -> Path:
    """Writes the Hugging Face model to `folder` and returns the folder of its CTranslate2 form (float16)."""
    import torch
    from ctranslate2.converters import TransformersConverter
    from transformers import M2M100Config, M2M100ForConditionalGeneration

    torch.manual_seed(0)
    config = M2M100Config(
        vocab_size=shape.vocabulary,
        d_model=shape.width,
        encoder_layers=shape.layers,
        decoder_layers=shape.layers,
        encoder_attention_heads=shape.heads,
        decoder_attention_heads=shape.heads,
        encoder_ffn_dim=shape.feed,
        decoder_ffn_dim=shape.feed,
        max_position_embeddings=1024,
        scale_embedding=True,
        decoder_start_token_id=END,
    )
    model = M2M100ForConditionalGeneration(config).half()
    model.save_pretrained(folder / "hf")
    del model
    tokens = ["<s>", "<pad>", "</s>", "<unk>", *(f"t{i}" for i in range(4, shape.vocabulary))]

    class Converter(TransformersConverter):
        """With a list of made-up tokens in the tokenizer's place."""

        def load_tokenizer(self, tokenizer_class: object, path: str, **options: object) -> object:
            class Tokenizer:
                name_or_path = path
                special_tokens_map: ClassVar[dict[str, object]] = {}
                bos_token, eos_token, unk_token, pad_token = "<s>", "</s>", "<unk>", "<pad>"

                def convert_ids_to_tokens(self, index: int) -> str:
                    return tokens[index]

                def get_vocab(self) -> dict[str, int]:
                    return {token: index for index, token in enumerate(tokens)}

            return Tokenizer()

    out = folder / "ct2"
    Converter(str(folder / "hf"), low_cpu_mem_usage=True).convert(str(out), quantization="float16", force=True)
    return out


def restrict(folder: Path, allowed: int) -> None:
    """Allows only the first `allowed` tokens, by a static map."""
    (folder / "vmap.txt").write_text("\t" + " ".join(f"t{i}" for i in range(4, allowed)) + "\n")


def sentences(rows: int, length: int, vocabulary: int) -> list[list[int]]:
    """`rows` sources of `length` tokens, the last of them the end mark."""
    return [
        [4 + (row * 7919 + place * 104_729) % (vocabulary - 4) for place in range(length - 1)] + [END]
        for row in range(rows)
    ]


def as_tokens(rows: list[list[int]]) -> list[list[str]]:
    """The same for CTranslate2."""
    return [["</s>" if token == END else f"t{token}" for token in row] for row in rows]


def sizes(folder: Path) -> dict[str, int]:
    """Bytes of the files of a model, for the figures."""
    return {file.name: file.stat().st_size for file in sorted(folder.iterdir())}


def facts() -> str:
    """Versions, in one line."""
    import ctranslate2
    import torch
    import transformers

    found = {
        "ctranslate2": ctranslate2.__version__,
        "torch": torch.__version__,
        "transformers": transformers.__version__,
    }
    return json.dumps(found)
