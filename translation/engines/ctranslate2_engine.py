"""CTranslate2: the default engine, for NLLB, M2M-100, Marian and Argos packages."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, overload

from translation.argos import unpacked
from translation.convert import converted
from translation.engine import Alignment, Decoding, Encoded, Output, chunk_seconds
from translation.errors import DeviceUnavailable, ModelUnusable
from translation.folders import read_facts, read_layout
from translation.layouts import Family, Layout
from translation.pieces import joined
from translation.resolve import Kind, ResolvedModel
from translation.vocabulary import restricted

# Sentences come cut to about 180 pieces; what is still longer than this is split by the runner. NLLB was trained up
# to 512.
_MAX_SOURCE_TOKENS = 256


class CTranslate2Engine:
    """One resident model on one device. `translator` is a `ctranslate2.Translator`."""

    max_source_tokens = _MAX_SOURCE_TOKENS

    def __init__(
        self, name: str, device: str, layout: Layout, translator: Any, *, restricts: bool = False, parallel: int = 1
    ) -> None:
        """`restricts`: the model folder has our map of output tokens (`translation.vocabulary`); `parallel`: see Engine."""
        self.name = name
        self.device = device
        self.chunk_seconds = chunk_seconds(device)
        self.parallel = parallel
        self._layout = layout
        self._translator = translator
        self._restricts = restricts

    def pairs(self) -> frozenset[tuple[str, str]]:
        return self._layout.directions

    def encode(self, texts: Sequence[str], source: str, target: str) -> list[Encoded]:
        return self._layout.encode(texts, source, target)

    def generate(
        self, batch: Sequence[Encoded], source: str, target: str, decoding: Decoding, *, align: bool = False
    ) -> Sequence[Output]:
        self._layout.check(source, target)
        prefix = self._layout.target_prefix(target)
        longest = max(len(item.tokens) for item in batch)
        results = self._translator.translate_batch(
            [list(item.tokens) for item in batch],
            target_prefix=[list(prefix)] * len(batch) if prefix else None,
            # Everything that matters is said: the library's defaults cut the input at 1,024 tokens and the output at
            # 256.
            max_batch_size=0,
            beam_size=decoding.beam_size,
            length_penalty=decoding.length_penalty,
            repetition_penalty=decoding.repetition_penalty,
            no_repeat_ngram_size=decoding.no_repeat_ngram,
            max_input_length=0,
            max_decoding_length=decoding.max_target_tokens(longest) + len(prefix),
            num_hypotheses=decoding.hypotheses,
            disable_unk=True,
            return_scores=True,
            return_attention=align,
            # Always the same for one translator: see `translation.vocabulary`.
            use_vmap=self._restricts,
        )
        return _Outputs(batch, results, len(prefix), align)

    def close(self) -> None:
        self._translator.unload_model()


class _Outputs(Sequence[Output]):
    """Texts are put together when they are read: by the thread beside the one that decodes."""

    def __init__(self, batch: Sequence[Encoded], results: Sequence[Any], skip: int, align: bool) -> None:
        self._batch = batch
        self._results = results
        self._skip = skip
        self._align = align

    def __len__(self) -> int:
        return len(self._batch)

    @overload
    def __getitem__(self, index: int) -> Output: ...

    @overload
    def __getitem__(self, index: slice) -> list[Output]: ...

    def __getitem__(self, index: int | slice) -> Output | list[Output]:
        if isinstance(index, slice):
            return [self[place] for place in range(*index.indices(len(self)))]
        return _output(self._batch[index], self._results[index], self._skip, self._align)


def _output(item: Encoded, result: Any, skip: int, align: bool) -> Output:
    tokens = result.hypotheses[0][skip:]
    text, starts = joined(tokens)
    alignment = _aligned(item, starts, result.attention[0][skip:]) if align else None
    others = tuple(
        Output(joined(pieces[skip:])[0], score, len(pieces) - skip)
        for pieces, score in zip(result.hypotheses[1:], result.scores[1:], strict=True)
    )
    return Output(text, result.scores[0], len(tokens), alignment, others)


def _aligned(item: Encoded, target_starts: Sequence[int], attention: Sequence[Sequence[float]]) -> Alignment:
    # Codes and </s> take the attention that goes nowhere; only pieces of the text are places in it.
    real = [index for index, start in enumerate(item.starts) if start >= 0]
    if not real:
        return ()
    return tuple(
        (item.starts[max(real, key=row.__getitem__)], target)
        for target, row in zip(target_starts, attention, strict=False)
    )


def load(
    model: ResolvedModel, device: str, compute_type: str, threads: int, cache_dir: Path, *, restrict: bool = True
) -> CTranslate2Engine:
    """Loads `model`, converting or unpacking it first.

    `threads`: of the CPU, 0 for CTranslate2's choice. `restrict`: decode only tokens of the target's script. Raises
    ModelUnusable, DeviceUnavailable.
    """
    import ctranslate2

    facts = read_facts(model)
    if model.kind is Kind.ARGOS:
        tokenizer_folder = unpacked(model.folder, cache_dir)
        weights = tokenizer_folder / "model"
    else:
        tokenizer_folder = model.folder
        weights = converted(model.folder, cache_dir) if model.kind is Kind.HUGGINGFACE else model.folder
    layout = read_layout(tokenizer_folder, facts)
    if restrict:
        codes = {*layout.codes.values(), *layout.forced}
        weights = restricted(weights, {target for _, target in layout.directions}, codes, cache_dir)
    chosen = choose_device(device, ctranslate2.get_cuda_device_count())
    supported = ctranslate2.get_supported_compute_types(chosen)
    compute = choose_compute_type(compute_type, chosen, supported, half_overflows=layout.family is Family.MADLAD)
    batches, each = split_threads(chosen, threads)
    try:
        translator = ctranslate2.Translator(
            str(weights), device=chosen, compute_type=compute, inter_threads=batches, intra_threads=each
        )
    except (RuntimeError, ValueError) as error:
        raise ModelUnusable(
            f"CTranslate2 cannot load {weights} on {chosen} with {compute}: {error}.", path=str(weights)
        ) from error
    return CTranslate2Engine(
        model.name,
        "cuda:0" if chosen == "cuda" else "cpu",
        layout,
        translator,
        restricts=restrict,
        parallel=batches,
    )


_MOST_BATCHES = 4


def split_threads(device: str, threads: int) -> tuple[int, int]:
    """-> (batches that are decoded at once, CPU threads of each).

    A batch on two threads is far from twice as fast: they wait for each other after every operation. With 2 threads, 200
    FLORES sentences (zh-en OPUS model, int8) took 12.1 s in one batch after the other, 7.4 s in two at once (beam 2; beam
    4: 19.3 s, 13.3 s). Beyond four at once the threads go into the single batch, for whom waits for a short text.
    """
    if device != "cpu" or threads < 2:
        return 1, max(0, threads)
    batches = min(threads, _MOST_BATCHES)
    return batches, threads // batches


def choose_device(asked: str, gpus: int) -> str:
    """`cuda` or `cpu`. Raises DeviceUnavailable when a GPU is asked for and CTranslate2 sees none."""
    if asked == "auto":
        return "cuda" if gpus else "cpu"
    if asked == "cuda" and not gpus:
        raise DeviceUnavailable(
            "DEVICE is cuda, but CTranslate2 sees no GPU: run `khelmerch doctor`, or set DEVICE = cpu."
        )
    return asked


def choose_compute_type(asked: str, device: str, supported: set[str], *, half_overflows: bool = False) -> str:
    """float16 on a GPU (faster there than int8), int8 on a CPU, where `auto` is asked; what comes nearest where the
    device has not that. `half_overflows`: the model's activations do not fit into float16 (T5). Raises DeviceUnavailable.
    """
    if asked == "auto":
        wide = ("bfloat16", "int8_float32", "float32")
        gpu = wide if half_overflows else ("float16", *wide)
        cpu = ("int8", "int8_float32", "bfloat16", "float32")
        return next((kind for kind in (gpu if device == "cuda" else cpu) if kind in supported), "float32")
    # "default" and "auto" are CTranslate2's own words for its choice.
    if asked not in supported and asked != "default":
        raise DeviceUnavailable(
            f"COMPUTE_TYPE {asked} is not possible on this {device}: choose auto or one of "
            f"{', '.join(sorted(supported))}.",
            supported=sorted(supported),
        )
    return asked
