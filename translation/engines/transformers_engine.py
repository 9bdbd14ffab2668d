"""transformers: the translation models through torch, for devices and precisions that CTranslate2 has not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from translation.engine import Decoding, Encoded, Output, chunk_seconds, ranked
from translation.engines.torch_loading import (
    choose_device,
    choose_dtype,
    free,
    load_network,
    load_tokenizer,
    only_huggingface,
)
from translation.errors import ModelUnusable, SentenceTooLong
from translation.folders import read_facts, read_layout
from translation.layouts import Family, Layout
from translation.pieces import joined
from translation.resolve import ResolvedModel

_MAX_SOURCE_TOKENS = 256


class TransformersEngine:
    """One resident model on one device. `tokenizer` only turns pieces into ids and back: cutting is the layout's."""

    def __init__(self, name: str, device: str, layout: Layout, model: Any, tokenizer: Any) -> None:
        self.name = name
        self.device = device
        self.chunk_seconds = chunk_seconds(device)
        self.parallel = 1
        self._layout = layout
        self._model = model
        self._tokenizer = tokenizer
        # Never `<unk>`, nor an id that only pads the weights to a round size and is no token at all.
        size = range(len(tokenizer), model.config.vocab_size)
        nothing = [at for at in size if tokenizer.convert_ids_to_tokens(at) is None]
        self._suppressed = [tokenizer.unk_token_id, *nothing]
        # T5 counts distances, not places: it has no such limit.
        self._positions: int | None = getattr(model.config, "max_position_embeddings", None)
        self.max_source_tokens = min(_MAX_SOURCE_TOKENS, self._positions or _MAX_SOURCE_TOKENS)

    def pairs(self) -> frozenset[tuple[str, str]]:
        return self._layout.directions

    def encode(self, texts: Sequence[str], source: str, target: str) -> list[Encoded]:
        return self._layout.encode(texts, source, target)

    def generate(
        self, batch: Sequence[Encoded], source: str, target: str, decoding: Decoding, *, align: bool = False
    ) -> list[Output]:
        """`align` is not offered: alignments are None. Raises SentenceTooLong."""
        import torch

        self._layout.check(source, target)
        rows = [self._tokenizer.convert_tokens_to_ids(list(item.tokens)) for item in batch]
        longest = max(map(len, rows))
        prefix = self._layout.target_prefix(target)
        most_new = decoding.max_target_tokens(longest) + len(prefix)
        if self._positions is not None:
            if longest > self._positions:
                raise SentenceTooLong(
                    f"A sentence of {longest} tokens is longer than {self.name} can read ({self._positions}): cut it.",
                    tokens=longest,
                    most=self._positions,
                )
            most_new = min(most_new, self._positions - 1)
        pad = self._tokenizer.pad_token_id
        ids = torch.tensor([row + [pad] * (longest - len(row)) for row in rows], device=self.device)
        mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in rows], device=self.device)
        forced = {"forced_bos_token_id": self._tokenizer.convert_tokens_to_ids(prefix[0])} if prefix else {}
        with torch.inference_mode():
            generated = self._model.generate(
                input_ids=ids,
                attention_mask=mask,
                num_beams=decoding.beam_size,
                num_return_sequences=decoding.hypotheses,
                do_sample=False,
                length_penalty=decoding.length_penalty,
                repetition_penalty=decoding.repetition_penalty,
                no_repeat_ngram_size=decoding.no_repeat_ngram,
                max_new_tokens=most_new,
                suppress_tokens=self._suppressed,
                **forced,
            )
        found = [self._output(row, len(prefix)) for row in generated.tolist()]
        return ranked(found, decoding.hypotheses)

    def close(self) -> None:
        self._model = None
        free(self.device)

    def _output(self, row: list[int], skip: int) -> Output:
        body = row[1 + skip :]  # the decoder's start token comes first
        end = self._tokenizer.eos_token_id
        if end in body:
            body = body[: body.index(end)]
        tokens = [token for token in self._tokenizer.convert_ids_to_tokens(body) if token != self._tokenizer.pad_token]
        # No score: torch would keep every step's logits for it, gigabytes with NLLB's vocabulary.
        return Output(joined(tokens)[0], None, len(tokens))


def load(model: ResolvedModel, device: str, compute_type: str, threads: int) -> TransformersEngine:
    """Loads safetensors from a local folder. Raises ModelUnusable, DeviceUnavailable."""
    import torch
    from transformers import AutoModelForSeq2SeqLM

    only_huggingface(model)
    chosen = choose_device(device, torch.cuda.is_available())
    layout = read_layout(model.folder, read_facts(model))
    dtype = choose_dtype(
        compute_type,
        chosen,
        chosen != "cpu" and torch.cuda.is_bf16_supported(),
        half_overflows=layout.family is Family.MADLAD,
    )
    tokenizer = load_tokenizer(model.folder)
    _check_codes(model, layout, tokenizer)
    network = load_network(AutoModelForSeq2SeqLM, model.folder, chosen, getattr(torch, dtype), threads)
    # Every limit is said with each call; the model's own would only be warned about.
    network.generation_config.max_length = None
    # Marian's would put the end in the last piece's place where a translation is cut off.
    network.generation_config.forced_eos_token_id = None
    return TransformersEngine(model.name, chosen, layout, network, tokenizer)


def _check_codes(model: ResolvedModel, layout: Layout, tokenizer: Any) -> None:
    """Each language's code must be one token of the tokenizer's: as `<unk>` or in pieces it means another language."""
    unknown = {None, tokenizer.unk_token_id}
    missing = [code for code in layout.codes.values() if tokenizer.convert_tokens_to_ids(code) in unknown]
    if missing or tokenizer.pad_token_id is None or tokenizer.eos_token_id is None:
        raise ModelUnusable(
            f"The tokenizer of {model.name} does not know {', '.join(missing) or 'its own end and padding marks'}, which the "
            "model needs: fetch the model's folder again, with all its tokenizer files.",
            model=model.name,
            missing=missing,
        )
