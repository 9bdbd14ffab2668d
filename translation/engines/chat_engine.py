"""Chat models that translate (Hy-MT2): a fixed prompt in the model's own template, greedy decoding, through torch."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from translation import chat
from translation.engine import Decoding, Encoded, Output, chunk_seconds, ranked
from translation.engines.torch_loading import choose_device, choose_dtype, free, load_network, load_tokenizer
from translation.errors import ModelUnusable, SentenceTooLong, UnsupportedPair
from translation.files import read_json
from translation.folders import read_facts
from translation.pieces import Apart, Splitter, TokenizerJson
from translation.resolve import ResolvedModel
from translation.terms import TermMatch

# A sentence of 180 NLLB pieces in Mongolian, which these vocabularies cut two or three times as small.
_MAX_SOURCE_TOKENS = 640
# A private-use character on each side: no template and no tokenizer touches it.
_PLACE = "\ue000text\ue000"


@dataclass(frozen=True)
class Frame:
    """The tokens around a text: the template's and the prompt's. head, request: `before` in two, between which terms are
    told."""

    before: tuple[str, ...]
    after: tuple[str, ...]
    head: tuple[str, ...] = ()
    request: tuple[str, ...] = ()


class ChatEngine:
    """One resident model on one device. `frames`: by target language; `ends`: the ids that end an answer."""

    def __init__(
        self,
        name: str,
        device: str,
        directions: frozenset[tuple[str, str]],
        splitter: Splitter,
        frames: Mapping[str, Frame],
        model: Any,
        tokenizer: Any,
        ends: Sequence[int],
    ) -> None:
        self.name = name
        self.device = device
        self.chunk_seconds = chunk_seconds(device)
        self.parallel = 1
        self._directions = directions
        self._splitter = splitter
        self._frames = frames
        self._model = model
        self._tokenizer = tokenizer
        self._ends = list(ends)
        self._positions: int | None = getattr(model.config, "max_position_embeddings", None)
        self.max_source_tokens = min(_MAX_SOURCE_TOKENS, (self._positions or 4 * _MAX_SOURCE_TOKENS) // 3)

    def pairs(self) -> frozenset[tuple[str, str]]:
        return self._directions

    def encode(self, texts: Sequence[str], source: str, target: str) -> list[Encoded]:
        """The prompt's tokens are counted and have no place in the text."""
        self._check(source, target)
        frame = self._frames[target]
        lead, tail = (-1,) * len(frame.before), (-1,) * len(frame.after)
        return [
            Encoded(text, frame.before + pieces.tokens + frame.after, lead + pieces.starts + tail, pieces.unknown)
            for text, pieces in zip(texts, self._splitter.split(texts), strict=True)
        ]

    def encode_with_terms(
        self, texts: Sequence[str], terms: Sequence[Sequence[TermMatch]], source: str, target: str
    ) -> list[Encoded]:
        """As `encode`; the terms stand in the prompt before the request."""
        self._check(source, target)
        frame = self._frames[target]
        told = self._splitter.split([chat.terminology(some) for some in terms])
        found = []
        for text, pieces, list_of in zip(texts, self._splitter.split(texts), told, strict=True):
            before = frame.head + list_of.tokens + frame.request if list_of.tokens else frame.before
            starts = (-1,) * len(before) + pieces.starts + (-1,) * len(frame.after)
            found.append(Encoded(text, before + pieces.tokens + frame.after, starts, pieces.unknown))
        return found

    def generate(
        self, batch: Sequence[Encoded], source: str, target: str, decoding: Decoding, *, align: bool = False
    ) -> list[Output]:
        """Greedy whatever `decoding.beam_size` is, unless several hypotheses are wanted; its limits on repetition look at the
        answer only, since names and numbers of the source are to be repeated. `align` is not offered. Raises SentenceTooLong.
        """
        import torch

        self._check(source, target)
        rows = [self._tokenizer.convert_tokens_to_ids(list(item.tokens)) for item in batch]
        longest = max(map(len, rows))
        most_new = max(chat.most_tokens(item.text) for item in batch)
        if self._positions is not None:
            if longest >= self._positions:
                raise SentenceTooLong(
                    f"A sentence of {longest} tokens is longer than {self.name} can read ({self._positions}): cut it.",
                    tokens=longest,
                    most=self._positions,
                )
            most_new = min(most_new, self._positions - longest)
        # On the left, so that every answer begins right after its prompt.
        pad = self._ends[0] if self._tokenizer.pad_token_id is None else self._tokenizer.pad_token_id
        ids = torch.tensor([[pad] * (longest - len(row)) + row for row in rows], device=self.device)
        mask = torch.tensor([[0] * (longest - len(row)) + [1] * len(row) for row in rows], device=self.device)
        with torch.inference_mode():
            generated = self._model.generate(
                input_ids=ids,
                attention_mask=mask,
                num_beams=decoding.beam_size if decoding.hypotheses > 1 else 1,
                num_return_sequences=decoding.hypotheses,
                do_sample=False,
                max_new_tokens=most_new,
                pad_token_id=pad,
                eos_token_id=self._ends,
                logits_processor=_limits(decoding, longest),
            )
        each = [item for item in batch for _ in range(decoding.hypotheses)]
        found = [self._output(item, row[longest:]) for item, row in zip(each, generated.tolist(), strict=True)]
        return ranked(found, decoding.hypotheses)

    def close(self) -> None:
        self._model = None
        free(self.device)

    def _check(self, source: str, target: str) -> None:
        if (source, target) not in self._directions:
            raise UnsupportedPair(
                f"This model cannot translate from {source} to {target}.", source=source, target=target
            )

    def _output(self, item: Encoded, answer: list[int]) -> Output:
        end = next((at for at, token in enumerate(answer) if token in self._ends), len(answer))
        text = self._tokenizer.decode(answer[:end], skip_special_tokens=True, clean_up_tokenization_spaces=False)
        return Output(chat.translation_in(text, item.text), None, end)


def load(model: ResolvedModel, device: str, compute_type: str, threads: int) -> ChatEngine:
    """Loads safetensors from a local folder. Raises ModelUnusable, DeviceUnavailable."""
    import torch
    from transformers import AutoModelForCausalLM, GenerationConfig

    facts = read_facts(model)
    chosen = choose_device(device, torch.cuda.is_available())
    dtype = choose_dtype(compute_type, chosen, chosen != "cpu" and torch.cuda.is_bf16_supported())
    splitter = read_splitter(model.folder)
    tokenizer = load_tokenizer(model.folder)
    frames = {target: read_frame(model, tokenizer, target) for _source, target in sorted(facts.directions)}
    network = load_network(AutoModelForCausalLM, model.folder, chosen, getattr(torch, dtype), threads)
    named = network.generation_config.eos_token_id
    ends = {tokenizer.eos_token_id} if named is None else set(named) if isinstance(named, list) else {named}
    if None in ends:
        raise ModelUnusable(
            f"{model.name} names no token that ends an answer (eos_token_id in generation_config.json): fetch it again.",
            model=model.name,
        )
    # The makers' settings are for sampling (temperature, top_p); here nothing is left to chance.
    network.generation_config = GenerationConfig()
    return ChatEngine(model.name, chosen, facts.directions, splitter, frames, network, tokenizer, sorted(ends))


def read_splitter(folder: Path) -> Splitter:
    """Cuts a document's text; a mark of the template that is written in it stays text. Raises ModelUnusable."""
    file = folder / "tokenizer.json"
    if not file.is_file():
        raise ModelUnusable(f"{folder} has no tokenizer.json: fetch the model's folder again.", path=str(folder))
    marks = sorted((token["content"] for token in read_json(file).get("added_tokens", ())), key=len, reverse=True)
    splitter = TokenizerJson(file)
    return Apart(splitter, re.compile("|".join(map(re.escape, marks)))) if marks else splitter


def read_frame(model: ResolvedModel, tokenizer: Any, target: str) -> Frame:
    """The prompt for `target` in the model's own template. Raises ModelUnusable when it has none that carries the text."""
    if not tokenizer.chat_template:
        raise ModelUnusable(
            f"{model.name} has no chat template (chat_template.jinja, or in tokenizer_config.json): fetch it again.",
            model=model.name,
        )
    request = chat.prompt(_PLACE, target)
    turn = [{"role": "user", "content": request}]
    halves = tokenizer.apply_chat_template(turn, tokenize=False, add_generation_prompt=True).split(_PLACE)
    if len(halves) != 2:
        raise ModelUnusable(
            f"The chat template of {model.name} does not carry the user's text exactly once: it is not a model that we can "
            "ask for a translation.",
            model=model.name,
        )
    asking = request.partition(_PLACE)[0]
    head = halves[0].removesuffix(asking)
    ids = [tokenizer(half, add_special_tokens=False)["input_ids"] for half in (*halves, head, asking)]
    before, after, *parts = (tuple(tokenizer.convert_ids_to_tokens(some)) for some in ids)
    return Frame(before, after, *parts)


class _AnswerOnly:
    """A logits processor that does not see the prompt (the first `skip` tokens of each row)."""

    def __init__(self, inner: Any, skip: int) -> None:
        self._inner = inner
        self._skip = skip

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        return self._inner(input_ids[:, self._skip :], scores)


def _limits(decoding: Decoding, skip: int) -> Any:
    from transformers import LogitsProcessorList, NoRepeatNGramLogitsProcessor, RepetitionPenaltyLogitsProcessor

    limits: list[Any] = []
    if decoding.repetition_penalty != 1.0:
        limits.append(RepetitionPenaltyLogitsProcessor(decoding.repetition_penalty))
    if decoding.no_repeat_ngram:
        limits.append(NoRepeatNGramLogitsProcessor(decoding.no_repeat_ngram))
    return LogitsProcessorList([_AnswerOnly(limit, skip) for limit in limits])
