"""One work, step by step.

A step is one token batch, so that the runner can change over, cancel or stop between any two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from translation.batches import Draft, assemble, encode_parts, next_batch, through
from translation.engine import Alignment, Decoding, Engine, Output
from translation.errors import OutOfDeviceMemory, ScriptUnsupported, UnsupportedPair
from translation.faults import Fault, classify
from translation.guards import SERIOUS, has_letters, severity
from translation.languages import PIVOT

if TYPE_CHECKING:
    from translation.runner import Answer, Work, WorkResult

Check = Callable[[str, str, str, str], tuple[str, ...]]

_UNKNOWN_PIECES = "unk"
_GROW_AFTER_BATCHES = 32


class TokenBudget:
    """How many tokens a batch may have.

    Halved when memory runs out, a quarter more again after a row of good batches.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self.tokens = most
        self._good = 0

    def succeeded(self) -> None:
        self._good += 1
        if self.tokens < self._most and self._good >= _GROW_AFTER_BATCHES:
            self.tokens = min(self._most, self.tokens * 5 // 4 + 1)
            self._good = 0

    def failed(self, size: int) -> None:
        """A batch of `size` tokens did not fit."""
        # Down to 1, which means one sentence a batch: the caller gives up there.
        self.tokens = max(1, min(self.tokens, size) // 2)
        self._good = 0


class _AnswerFactory(Protocol):
    def __call__(self, text: str, flags: tuple[str, ...], alignment: Alignment | None) -> Answer: ...


class Job:
    """`step` is called by the compute thread only; `cancel` by any, under the runner's lock."""

    def __init__(self, work: Work, engine: Engine, decoding: Decoding, budget: TokenBudget, check: Check) -> None:
        self.work = work
        self.future: Future[WorkResult] = Future()
        self.seconds = 0.0
        self.started = False
        self.tokens = 0
        self._engine = engine
        self._decoding = decoding
        self._budget = budget
        self._check = check
        self._cancelled: frozenset[str] = frozenset()
        self._drafts = _distinct(work)
        self._finished: dict[str, Draft] = {}
        self._steps = self._run()

    def cancel(self, tag: str) -> None:
        self._cancelled |= {tag}

    def step(self) -> bool:
        """Does one token batch. True when there is nothing left to do."""
        self.started = True
        return next(self._steps, None) is None

    @property
    def done(self) -> int:
        """Items that have their answer."""
        finished = self._finished
        return sum(item.text in finished for item in self.work.items)

    @property
    def chars_done(self) -> int:
        """Characters of the source whose translation is there, each distinct sentence once."""
        return sum(map(len, list(self._finished)))

    def answers(self, make: _AnswerFactory) -> tuple[Answer | None, ...]:
        """One for each item, None for the cancelled ones."""
        return tuple(self._answer(item.text, item.align, make) for item in self.work.items)

    def _answer(self, text: str, align: bool, make: _AnswerFactory) -> Answer | None:
        draft = self._finished.get(text)
        if draft is None or draft.result is None:
            return None
        return make(draft.result.text, draft.flags, draft.result.alignment if align else None)

    def _run(self) -> Iterator[int]:
        hops = route(self._engine.pairs(), self.work.source, self.work.target, via_eng=self.work.via_eng)
        model_work = []
        for draft in self._drafts:
            if has_letters(draft.text):
                model_work.append(draft)
            else:
                draft.result = Output(draft.text, None, 0, ((0, 0),) if draft.align else None)
                self._finished[draft.text] = draft
        for index, (source, target) in enumerate(hops):
            last = index == len(hops) - 1
            stage = [draft for draft in model_work if index == 0 or draft.result is not None]
            yield from self._hop(stage, source, target, last=last)

    def _hop(self, drafts: Sequence[Draft], source: str, target: str, *, last: bool) -> Iterator[int]:
        """Translates each draft's present text (its own, or the result of the hop before)."""
        texts = [draft.text if draft.result is None else draft.result.text for draft in drafts]
        cores = [text.strip() for text in texts]
        encoded = encode_parts(
            cores, lambda some: self._engine.encode(some, source, target), self._engine.max_source_tokens
        )
        states = []
        for draft, text, core, parts in zip(drafts, texts, cores, encoded, strict=True):
            before, draft.result, draft.parts = draft.result, None, parts
            states.append(_Hop(draft, text, text.index(core), core, before))
        by_draft = {id(state.draft): state for state in states}
        waiting = sorted((state.draft for state in states if state.core), key=lambda draft: draft.pieces)
        for state in states:
            if not state.core:  # the hop before gave nothing; its flag stays
                state.accept(Output("", None, 0), ())
                if last:
                    self._finished[state.draft.text] = state.draft
        doubtful: list[Draft] = []
        for batch in self._batches(waiting):
            for draft, output in self._decode(batch, waiting, source, target, self._decoding):
                state = by_draft[id(draft)]
                flags = self._flags(state, output, source, target)
                state.accept(output, flags)
                if SERIOUS.intersection(flags):
                    doubtful.append(draft)
                elif last:
                    self._finished[draft.text] = draft
            yield 1
        doubtful.sort(key=lambda draft: draft.pieces)
        for batch in self._batches(doubtful):
            for draft, output in self._decode(batch, doubtful, source, target, self._decoding.stricter()):
                state = by_draft[id(draft)]
                flags = self._flags(state, output, source, target)
                if severity(flags) < severity(state.flags):
                    state.accept(output, flags)
                if last:
                    self._finished[draft.text] = draft
            yield 1

    def _batches(self, waiting: list[Draft]) -> Iterator[list[Draft]]:
        while waiting:
            batch = [draft for draft in next_batch(waiting, self._budget.tokens) if not draft.tags <= self._cancelled]
            if batch:
                yield batch

    def _decode(
        self, batch: list[Draft], waiting: list[Draft], source: str, target: str, decoding: Decoding
    ) -> list[tuple[Draft, Output]]:
        """The batch's outputs. Without memory for it the batch goes back to `waiting`, to be tried in smaller ones."""
        parts = [part for draft in batch for part in draft.parts]
        size = len(parts) * max(len(part.encoded.tokens) for part in parts)
        try:
            outputs = iter(
                self._engine.generate(
                    [part.encoded for part in parts],
                    source,
                    target,
                    decoding,
                    align=any(draft.align for draft in batch),
                )
            )
        except Exception as error:
            if classify(error) is not Fault.MEMORY:
                raise
            if len(batch) == 1:
                raise OutOfDeviceMemory(
                    f"A sentence of {size} tokens does not fit into the memory of {self._engine.device}: "
                    "free some, or choose a smaller model.",
                    tokens=size,
                ) from error
            self._budget.failed(size)
            waiting.extend(reversed(batch))
            return []
        self._budget.succeeded()
        found = []
        for draft in batch:
            output = assemble(draft.parts, [next(outputs) for _ in draft.parts], target)
            self.tokens += output.token_count
            found.append((draft, output))
        return found

    def _flags(self, state: _Hop, output: Output, source: str, target: str) -> tuple[str, ...]:
        return self._check(state.core, output.text, source, target)


class _Hop:
    """A draft within one hop.

    The text it came with, without the white space around it, and what has been made of it.
    """

    def __init__(self, draft: Draft, text: str, lead: int, core: str, before: Output | None) -> None:
        self.draft = draft
        self.text = text
        self.core = core
        self.flags: tuple[str, ...] = ()
        self._lead = lead
        self._before = before
        self._earlier_flags = draft.flags

    def accept(self, output: Output, flags: tuple[str, ...]) -> None:
        """Takes `output` as the draft's result: white space put back, offsets in the draft's own text."""
        self.flags = flags
        lead, tail = self.text[: self._lead], self.text[self._lead + len(self.core) :]
        alignment = output.alignment
        if alignment is not None:
            alignment = tuple((source + self._lead, place + self._lead) for source, place in alignment)
        if self._before is not None:
            alignment = through(self._before.alignment, alignment)
        self.draft.result = replace(output, text=f"{lead}{output.text}{tail}", alignment=alignment)
        # Letters that the model does not know were left out of what it read: no second try can bring them back.
        unread = (_UNKNOWN_PIECES,) if any(part.encoded.unknown for part in self.draft.parts) else ()
        self.draft.flags = tuple(dict.fromkeys((*self._earlier_flags, *flags, *unread)))


def route(pairs: Iterable[tuple[str, str]], source: str, target: str, *, via_eng: bool) -> list[tuple[str, str]]:
    """The hops from `source` to `target`. Raises UnsupportedPair, or ScriptUnsupported for traditional Mongolian."""
    pairs = frozenset(pairs)
    hops = [(source, target)]
    if via_eng and PIVOT not in (source, target):
        hops = [(source, PIVOT), (PIVOT, target)]
    if pairs.issuperset(hops):
        return hops
    if "mon_Mong" in (source, target):
        raise ScriptUnsupported(
            "This model does not know the traditional Mongolian script (mon_Mong): use mon_Cyrl.",
            source=source,
            target=target,
        )
    hint = ""
    if pairs.issuperset([(source, PIVOT), (PIVOT, target)]):
        hint = " It can go through English: set via_eng."
    elif (source, target) in pairs:
        hint = " It can do so directly: leave via_eng out."
    raise UnsupportedPair(
        f"This model cannot translate from {source} to {target}{' through English' if via_eng else ''}.{hint}",
        source=source,
        target=target,
        via_eng=via_eng,
    )


def _distinct(work: Work) -> list[Draft]:
    """Each sentence once, with the tags of all who want it."""
    tags: dict[str, set[str]] = {}
    align: set[str] = set()
    for item in work.items:
        tags.setdefault(item.text, set()).add(item.tag)
        if item.align:
            align.add(item.text)
    return [Draft(text, frozenset(wanted), text in align) for text, wanted in tags.items()]
