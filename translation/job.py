"""One work, step by step.

Its sentences are encoded and its answers checked by one thread (`prepare`, `absorb`), while another decodes (`take`,
`translation.mixed`): a token batch at a time, so that the runner can change over, cancel or stop between any two.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING, Protocol

from translation.alternatives import Told, by_rank, worth_showing
from translation.batches import Batch, Draft, Part, Way, encode_parts, next_batch
from translation.engine import Alignment, Decoding, Encoded, Engine, Output, TermAware
from translation.finishing import finished
from translation.guards import has_letters, severity
from translation.hop import Hop
from translation.hops import route
from translation.ladder import RUNGS, Attempt, whole
from translation.terms import TermMatch

if TYPE_CHECKING:
    from translation.runner import Answer, Item, Work, WorkResult

Check = Callable[[str, str, str, str], tuple[str, ...]]
Key = tuple[str, tuple[TermMatch, ...]]


class _AnswerFactory(Protocol):
    def __call__(self, text: str, flags: tuple[str, ...], alignment: Alignment | None) -> Answer: ...


class Job:
    """`cancel` is for any thread; for the others see the module."""

    def __init__(self, work: Work, engine: Engine, decoding: Decoding, check: Check) -> None:
        self.work = work
        self.future: Future[WorkResult] = Future()
        self.seconds = 0.0
        self.tokens = 0
        self.prepared = False
        self.over = False
        self.going_on = False
        self.alone = False
        """A batch that it shared could not be decoded: it shares none any more."""
        self._engine = engine
        self._fast = self._decoding = decoding
        self._check = check
        self._lock = threading.Lock()
        self._cancelled: frozenset[str] = frozenset()
        self._aware = engine if isinstance(engine, TermAware) else None
        self._drafts = _distinct(work, told=self._aware is not None)
        self._finished: dict[Key, Draft] = {}
        self._hops: list[tuple[str, str]] = []
        self._stage = -1
        self._source = self._target = ""
        self._states: dict[int, Hop] = {}
        self._waiting: list[Draft] = []
        self._way: Way | None = None
        self._doubtful: list[Draft] = []
        self._rung = 0
        self._decoded = 0
        self._others: dict[Key, list[Told]] | None = None

    def cancel(self, tag: str) -> None:
        with self._lock:
            self._cancelled |= {tag}

    @property
    def done(self) -> int:
        """Items that have their answer."""
        finished = self._finished
        return sum(self._key(item) in finished for item in self.work.items)

    @property
    def chars_done(self) -> int:
        """Characters of the source whose translation is there, each distinct sentence once."""
        return sum(len(text) for text, _terms in list(self._finished))

    def answers(self, make: _AnswerFactory) -> tuple[Answer | None, ...]:
        """One for each item, None for the cancelled ones."""
        return tuple(self._answer(self._key(item), item.align, make) for item in self.work.items)

    def others(self, make: _AnswerFactory) -> dict[int, tuple[Answer, ...]]:
        """The alternatives by the item's place, where there are any."""
        found = ((place, (self._others or {}).get(self._key(item))) for place, item in enumerate(self.work.items))
        return {place: tuple(make(text, flags, None) for text, flags in some) for place, some in found if some}

    def _key(self, item: Item) -> Key:
        return item.text, () if self._aware is None else item.terms

    def _answer(self, key: Key, align: bool, make: _AnswerFactory) -> Answer | None:
        draft = self._finished.get(key)
        if draft is None or draft.result is None:
            return None
        return make(draft.result.text, draft.flags, draft.result.alignment if align else None)

    # The thread that decodes.

    def take(self, tokens: int, beside: Batch | None = None) -> Batch | None:
        """The next batch of at most `tokens`; None when nothing waits to be decoded now.

        beside: a batch that has room left. What is taken is decoded in the same way, and no longer than its longest.
        """
        longest = None if beside is None else beside.longest
        if self._others is not None:
            tokens = tokens * self._fast.beam_size // self._decoding.beam_size  # a wide beam takes as much more memory
        with self._lock:
            if beside is not None and (self.alone or not self.prepared or self._way != beside.way):
                return None
            while taken := next_batch(self._waiting, tokens, longest):
                drafts = [draft for draft in taken if not draft.tags <= self._cancelled]
                if drafts:
                    assert self._way is not None
                    self._decoded += 1
                    return Batch(tuple(drafts), self._way)
        return None

    def put_back(self, batch: Batch) -> None:
        """What was taken waits again."""
        with self._lock:
            self._waiting = sorted((*self._waiting, *batch.drafts), key=lambda draft: draft.pieces)
            self._decoded -= 1

    @property
    def exhausted(self) -> bool:
        """Nothing waits and nothing is being decoded or read: the next pass can begin, by `go_on`."""
        with self._lock:
            return self.prepared and not self.over and not self._waiting and not self._decoded

    # The thread beside it.

    def prepare(self) -> None:
        """Encodes the sentences of the first hop. Raises UnsupportedPair and its like."""
        self._hops = route(self._engine.pairs(), self.work.source, self.work.target, via_eng=self.work.via_eng)
        for draft in self._drafts:
            if not has_letters(draft.text):
                draft.result = Output(draft.text, None, 0, ((0, 0),) if draft.align else None)
                self._finished[draft.key] = draft
        self._next_hop([draft for draft in self._drafts if draft.result is None])
        self.prepared = True

    def absorb(self, batch: Batch, outputs: Iterable[Output]) -> None:
        """Checks a batch's outputs and keeps the best of all tries."""
        found = iter(outputs)
        for draft in batch.drafts:
            state = self._states[id(draft)]
            its = [next(found) for _ in draft.parts]
            if self._others is not None:
                self._others[draft.key] = self._beside(state, its)
                continue
            output, flags = self._looked_at(state, its)
            self.tokens += output.token_count
            if state.attempt.flag:
                flags = (*flags, state.attempt.flag)
            if not self._rung or severity(flags) < severity(state.flags):
                state.accept(output, flags)
            if any(rung.wants.intersection(state.flags) for rung in RUNGS[self._rung :]):
                self._doubtful.append(draft)
            else:
                self._finish(draft)
        with self._lock:
            self._decoded -= 1

    def _looked_at(self, state: Hop, outputs: Sequence[Output]) -> tuple[Output, tuple[str, ...]]:
        """-> (the translation as it should stand, its doubts), out of those of the sentence's parts."""
        output = finished(state.core, state.joined(outputs, self._target), self._source, self._target)
        return output, self._check(state.core, output.text, self._source, self._target)

    def _beside(self, state: Hop, outputs: Sequence[Output]) -> list[Told]:
        """-> the alternatives, best first, each with its doubts."""
        assert state.draft.result is not None
        looked = (self._looked_at(state, parts) for parts in by_rank(outputs))
        told = ((state.spaced(output.text), flags) for output, flags in looked)
        return list(worth_showing(told, (state.draft.result.text, state.flags), self.work.alternatives))

    def _finish(self, draft: Draft) -> None:
        if self._stage == len(self._hops) - 1:
            self._finished[draft.key] = draft

    def go_on(self) -> None:
        """The next pass, where this one is exhausted: other tries, then the next hop, alternatives, then `over`."""
        while self.exhausted:
            if self._doubtful:
                self._climb()
            elif self._stage + 1 < len(self._hops):
                self._next_hop([draft for draft in self._drafts if id(draft) in self._states and draft.result])
            elif self.work.alternatives and self._others is None:
                self._ask_for_others()
            else:
                self.over = True

    def _ask_for_others(self) -> None:
        """In a pass of its own, so that a translation is the same whether alternatives are wanted or not."""
        self._others = {}
        self._decoding = self._fast.several(self.work.alternatives)
        states = [state for state in self._states.values() if state.core and state.draft.result is not None]
        self._ask([(state, whole(state.core, self._source, self._target)) for state in states])

    def _climb(self) -> None:
        """The next rung of the ladder, for whatever it may help; after the last one what is doubtful stays so."""
        doubtful, self._doubtful = self._doubtful, []
        if self._rung == len(RUNGS):
            for draft in doubtful:
                self._finish(draft)
            return
        rung = RUNGS[self._rung]
        self._rung += 1
        self._decoding = self._fast.stricter() if rung.stricter else self._fast
        asked: list[tuple[Hop, Attempt]] = []
        for draft in doubtful:
            state = self._states[id(draft)]
            wanted = rung.wants.intersection(state.flags)
            attempt = rung.of(state.core, self._source, self._target) if wanted else None
            if attempt is None:
                self._doubtful.append(draft)
            else:
                asked.append((state, attempt))
        self._ask(asked)

    def _ask(self, asked: Sequence[tuple[Hop, Attempt]]) -> None:
        """Encodes what the model is given, and puts it into the queue."""
        plain = [(state, attempt) for state, attempt in asked if not self._told(state.draft)]
        parts = iter(self._encoded([text for _state, attempt in plain for _at, text in attempt.texts]))
        for state, attempt in plain:
            state.ask(attempt, [next(parts) for _ in attempt.texts])
        for state, attempt in asked:
            if terms := self._told(state.draft):
                state.ask(attempt, self._encoded([text for _at, text in attempt.texts], terms))
        waiting = sorted((state.draft for state, _attempt in asked), key=lambda draft: draft.pieces)
        way = Way(self._source, self._target, self._decoding)
        with self._lock:
            self._waiting, self._way = waiting, way

    def _told(self, draft: Draft) -> tuple[TermMatch, ...]:
        """The terms that the engine is told: by way of English nobody knows what they are there."""
        return draft.terms if len(self._hops) == 1 else ()

    def _encoded(self, texts: Sequence[str], terms: tuple[TermMatch, ...] = ()) -> list[list[Part]]:
        def encode(some: Sequence[str]) -> list[Encoded]:
            if self._aware is not None and terms:
                return self._aware.encode_with_terms(some, [terms] * len(some), self._source, self._target)
            return self._engine.encode(some, self._source, self._target)

        return encode_parts(texts, encode, self._engine.max_source_tokens)

    def _next_hop(self, drafts: Sequence[Draft]) -> None:
        """Each draft's present text (its own, or the result of the hop before) is encoded."""
        self._stage += 1
        self._source, self._target = self._hops[self._stage]
        self._decoding, self._rung = self._fast, 0
        states = []
        for draft in drafts:
            text = draft.text if draft.result is None else draft.result.text
            core = text.strip()
            before, draft.result = draft.result, None
            states.append(Hop(draft, text, core, before, whole(core, self._source, self._target)))
        self._states = {id(state.draft): state for state in states}
        for state in states:
            if not state.core:  # the hop before gave nothing; its flag stays
                state.accept(Output("", None, 0), ())
                self._finish(state.draft)
        self._ask([(state, state.attempt) for state in states if state.core])


def _distinct(work: Work, *, told: bool) -> list[Draft]:
    """Each sentence once, with the tags of all who want it; told: the engine is told its terms, so that they matter."""
    tags: dict[Key, set[str]] = {}
    align: set[Key] = set()
    for item in work.items:
        key = item.text, item.terms if told else ()
        tags.setdefault(key, set()).add(item.tag)
        if item.align:
            align.add(key)
    return [Draft(key[0], frozenset(wanted), key in align, key[1]) for key, wanted in tags.items()]
