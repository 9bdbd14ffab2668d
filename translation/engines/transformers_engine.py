"""transformers: the same models through torch, for devices and precisions that CTranslate2 has not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from translation.engine import Decoding, Encoded, Output
from translation.errors import DeviceUnavailable, ModelUnusable
from translation.folders import read_facts, read_layout
from translation.layouts import Layout
from translation.pieces import joined
from translation.resolve import Kind, ResolvedModel

_MAX_SOURCE_TOKENS = 256


class TransformersEngine:
    """One resident model on one device. `tokenizer` only turns pieces into ids and back: cutting is the layout's."""

    max_source_tokens = _MAX_SOURCE_TOKENS

    def __init__(self, name: str, device: str, layout: Layout, model: Any, tokenizer: Any) -> None:
        self.name = name
        self.device = device
        self._layout = layout
        self._model = model
        self._tokenizer = tokenizer

    def pairs(self) -> frozenset[tuple[str, str]]:
        return self._layout.directions

    def encode(self, texts: Sequence[str], source: str, target: str) -> list[Encoded]:
        return self._layout.encode(texts, source, target)

    def generate(
        self, batch: Sequence[Encoded], source: str, target: str, decoding: Decoding, *, align: bool = False
    ) -> list[Output]:
        """`align` is not offered: alignments are None."""
        import torch

        self._layout.check(source, target)
        rows = [self._tokenizer.convert_tokens_to_ids(list(item.tokens)) for item in batch]
        longest = max(map(len, rows))
        pad = self._model.config.pad_token_id
        ids = torch.tensor([row + [pad] * (longest - len(row)) for row in rows], device=self.device)
        mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in rows], device=self.device)
        prefix = self._layout.target_prefix(target)
        forced = {"forced_bos_token_id": self._tokenizer.convert_tokens_to_ids(prefix[0])} if prefix else {}
        with torch.inference_mode():
            generated = self._model.generate(
                input_ids=ids,
                attention_mask=mask,
                num_beams=decoding.beam_size,
                do_sample=False,
                length_penalty=decoding.length_penalty,
                repetition_penalty=decoding.repetition_penalty,
                no_repeat_ngram_size=decoding.no_repeat_ngram,
                max_new_tokens=decoding.max_target_tokens(longest) + len(prefix),
                suppress_tokens=[self._tokenizer.unk_token_id],
                **forced,
            )
        return [self._output(row, len(prefix)) for row in generated.tolist()]

    def close(self) -> None:
        import torch

        self._model = None
        if self.device.startswith("cuda"):
            torch.cuda.empty_cache()

    def _output(self, row: list[int], skip: int) -> Output:
        end = self._model.config.eos_token_id
        body = row[1 + skip :]  # the decoder's start token comes first
        if end in body:
            body = body[: body.index(end)]
        tokens = [token for token in self._tokenizer.convert_ids_to_tokens(body) if token != self._tokenizer.pad_token]
        # No score: torch would keep every step's logits for it, gigabytes with NLLB's vocabulary.
        return Output(joined(tokens)[0], None, len(tokens))


def load(model: ResolvedModel, device: str, compute_type: str, threads: int) -> TransformersEngine:
    """Loads safetensors from a local folder. Raises ModelUnusable, DeviceUnavailable."""
    if model.kind is not Kind.HUGGINGFACE:
        raise ModelUnusable(
            f"The transformers engine runs Hugging Face folders only, and {model.name} is a {model.kind.value} model: "
            "set ENGINE = ctranslate2.",
            model=model.name,
        )
    import torch
    from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

    chosen = _choose_device(device, torch.cuda.is_available())
    layout = read_layout(model.folder, read_facts(model))
    if chosen == "cpu" and threads > 0:
        torch.set_num_threads(threads)
    try:
        tokenizer = AutoTokenizer.from_pretrained(str(model.folder), local_files_only=True, trust_remote_code=False)
        network = AutoModelForSeq2SeqLM.from_pretrained(
            str(model.folder),
            local_files_only=True,
            use_safetensors=True,
            trust_remote_code=False,
            dtype=_dtype(compute_type, chosen, torch),
        )
    except (OSError, ValueError) as error:
        raise ModelUnusable(f"transformers cannot load {model.folder}: {error}.", path=str(model.folder)) from error
    return TransformersEngine(model.name, chosen, layout, network.to(chosen).eval(), tokenizer)


def _choose_device(asked: str, cuda: bool) -> str:
    if asked == "auto":
        return "cuda:0" if cuda else "cpu"
    if asked == "cuda" and not cuda:
        raise DeviceUnavailable("DEVICE is cuda, but torch sees no GPU: run `khelmerch doctor`, or set DEVICE = cpu.")
    return "cuda:0" if asked == "cuda" else asked


def _dtype(compute_type: str, device: str, torch: Any) -> Any:
    """bfloat16 on GPUs that have it, else float16; float32 on a CPU, unless the operator says otherwise."""
    if compute_type != "auto":
        kinds = {"float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16}
        if compute_type not in kinds:
            raise DeviceUnavailable(
                f"COMPUTE_TYPE {compute_type} is CTranslate2's: with transformers choose auto, {', '.join(kinds)}."
            )
        return kinds[compute_type]
    if device == "cpu":
        return torch.float32
    return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
