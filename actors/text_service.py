"""Short texts: split, sent ahead of documents, joined again. Nothing of them is stored."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from actors.decisions import Answers, FailText, Item, Lease, Leg
from actors.dispatch import Dispatcher
from actors.errors import NoTranslators, TextFailed, TextTooLong
from actors.glossaries import Glossaries
from actors.recall import Recall
from actors.texts import Text
from storage.memory_store import Scope
from translation.guards import has_letters
from translation.segmentation import Sentence, join, split
from translation.terms import FLAG, TermMatch, occurrences

TEXT_SECONDS = 120.0
"""How long a client's connection is held for a short text; then it hears why instead of waiting for ever."""


Targets = dict[int, tuple[str, tuple[str, ...]]]
"""position -> (translation, flags)"""

Terms = dict[int, tuple[TermMatch, ...]]
"""position -> the glossary's terms in the sentence"""


@dataclass(frozen=True)
class TextWishes:
    """client_id: whose glossaries and memory; glossaries: what it named, None for the server's default."""

    client_id: str | None = None
    glossaries: tuple[str, ...] | None = None
    memory: bool = True


@dataclass
class _Open:
    answer: asyncio.Future[None]
    missing: int
    targets: Targets = field(default_factory=dict)


class TextService:
    def __init__(
        self,
        dispatcher: Dispatcher,
        wake: Callable[[], None],
        cancel: Callable[[str, set[str]], None],
        max_chars: int,
        glossaries: Glossaries,
        recall: Recall,
    ) -> None:
        self._dispatcher = dispatcher
        self._wake = wake
        self._cancel = cancel
        self._max_chars = max_chars
        self._glossaries = glossaries
        self._recall = recall
        self._open: dict[str, _Open] = {}

    async def translate(self, texts: list[str], legs: Sequence[Leg], wishes: TextWishes) -> list[dict[str, Any]]:
        """-> {"text", "flags", "terms"} for each text, which goes from leg to leg.

        Raises TextTooLong, TextFailed, NoTranslators, NoGlossary, GlossaryUnfit.
        """
        chars = sum(map(len, texts))
        if chars > self._max_chars:
            raise TextTooLong(
                f"The text has {chars} characters; {self._max_chars} are allowed here. Send it as a file."
            )
        source, target = legs[0].source, legs[-1].target
        parts = [split(text, source) for text in texts]
        text_id = f"text-{secrets.token_hex(8)}"
        flat: list[Sentence] = [sentence for sentences in parts for sentence in sentences]
        terms = await self._terms(wishes, source, target, flat)
        targets = self._known(wishes, source, target, flat)
        present = {n: one.text for n, one in enumerate(flat) if has_letters(one.text) and n not in targets}
        deadline = asyncio.get_running_loop().time() + TEXT_SECONDS
        for leg in legs if present else ():
            told = terms if len(legs) == 1 else {}
            for n, (text, flags) in (await self._leg(text_id, leg, present, told, deadline)).items():
                present[n] = text
                targets[n] = text, (*targets.get(n, ("", ()))[1], *flags)
        return list(self._joined(parts, targets, terms, source, target))

    async def _terms(self, wishes: TextWishes, source: str, target: str, flat: Sequence[Sentence]) -> Terms:
        """-> the terms in each sentence that has any."""
        ids = self._glossaries.ids(wishes.client_id, wishes.glossaries, source, target)
        if not ids:
            return {}
        found = await self._glossaries.find(ids, source, [one.text for one in flat])
        return {n: some for n, some in enumerate(found) if some}

    def _known(self, wishes: TextWishes, source: str, target: str, flat: Sequence[Sentence]) -> Targets:
        """-> what people wrote of these sentences before."""
        if wishes.client_id is None or not wishes.memory:
            return {}
        known = self._recall.exact(Scope(wishes.client_id, source, target), [one.text for one in flat])
        return {n: (text, ()) for n, text in enumerate(known) if text is not None}

    async def _leg(self, text_id: str, leg: Leg, present: dict[int, str], terms: Terms, deadline: float) -> Targets:
        items = tuple(Item(text_id, 0, 0, n, text, terms=terms.get(n, ())) for n, text in present.items())
        entry = self._open[text_id] = _Open(asyncio.get_running_loop().create_future(), len(items))
        self._dispatcher.texts.add(Text(text_id, leg, items))
        self._wake()
        try:
            async with asyncio.timeout_at(deadline):
                await entry.answer
        except TimeoutError as error:
            raise NoTranslators(
                f"No translator answered within {TEXT_SECONDS:.0f} s. Look at /health/ready or `khelmerch status`."
            ) from error
        finally:
            del self._open[text_id]
            self._dispatcher.texts.forget(text_id)
            self._cancel(text_id, self._dispatcher.fleet.holders(text_id))
        return entry.targets

    @staticmethod
    def _joined(parts: list[list[Sentence]], targets: Targets, terms: Terms, source: str, target: str) -> Any:
        position = 0
        for sentences in parts:
            translated: list[Sentence] = []
            flags: list[str] = []
            used: dict[str, dict[str, Any]] = {}
            for sentence in sentences:
                text, found = targets.get(position, (sentence.text, ()))
                translated.append(Sentence(sentence.lead, text))
                for one in occurrences(terms.get(position, ()), text, target):
                    told = used.setdefault(one.term, {"term": one.term, "target": one.target, "used": True})
                    told["used"] = told["used"] and one.used
                missed = (FLAG,) if any(not one["used"] for one in used.values()) else ()
                flags += [flag for flag in (*found, *missed) if flag not in flags]
                position += 1
            yield {"text": join(translated, source, target), "flags": flags, "terms": list(used.values())}

    def deliver(self, lease: Lease, answers: Answers) -> None:
        """A translator's answers to some sentences of a text; nobody may be waiting for it any more."""
        entry = self._open.get(lease.items[0].task_id)
        if entry is None or entry.answer.done():
            return
        for item, answer in zip(lease.items, answers, strict=True):
            if answer is None:
                entry.answer.set_exception(TextFailed("The text was cancelled."))
                return
            entry.targets[item.position] = answer[:2]
        if len(entry.targets) == entry.missing:
            entry.answer.set_result(None)

    def failed(self, decision: FailText) -> None:
        entry = self._open.get(decision.text_id)
        if entry is not None and not entry.answer.done():
            entry.answer.set_exception(TextFailed(decision.message, reason=decision.code))
