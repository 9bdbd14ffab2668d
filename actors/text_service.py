"""Short texts: split, sent ahead of documents, joined again. Nothing of them is stored."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from actors.decisions import Answers, FailText, Item, Lease, Leg
from actors.dispatch import Dispatcher
from actors.errors import NoTranslators, TextFailed, TextTooLong
from actors.glossaries import Glossaries
from actors.recall import Recall
from actors.sentences import sentences
from actors.texts import Text
from storage.memory_store import Scope
from translation.detection import weights
from translation.languages import AUTO
from translation.segmentation import Sentence, join
from translation.sorting import ScriptWatch, Sorted, plan_for
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


@dataclass(frozen=True)
class Asked:
    """source: our code or 'auto'; sources: from which the target can be reached; `legs_of(language)`: on which way."""

    source: str
    target: str
    sources: Sequence[str]
    legs_of: Callable[[str], Sequence[Leg]]


@dataclass(frozen=True)
class _Part:
    """One text. language: None of one without letters."""

    language: str | None
    sentences: list[tuple[Sentence, Sorted]]

    @classmethod
    def of(cls, text: str, asked: Asked) -> _Part:
        """Raises what `plan_for` and `ScriptWatch.check` do."""
        plan = plan_for(asked.source, asked.target, asked.sources, lambda: [text])
        watch = ScriptWatch(plan)
        watch.see(text)
        watch.check()
        return cls(plan.source if weights(text).total() else None, list(sentences(text, plan)))


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

    async def translate(self, texts: list[str], asked: Asked, wishes: TextWishes) -> list[dict[str, Any]]:
        """-> {"text", "flags", "notes", "terms", "language"} for each text. Raises TextTooLong, TextFailed, NoTranslators,
        NoGlossary, GlossaryUnfit, and for the languages what `plan_for` and `ScriptWatch.check` do."""
        chars = sum(map(len, texts))
        if chars > self._max_chars:
            raise TextTooLong(
                f"The text has {chars} characters; {self._max_chars} are allowed here. Send it as a file."
            )
        # Beside the loop: the model that tells languages apart takes half a second to load.
        parts = await asyncio.to_thread(lambda: [_Part.of(text, asked) for text in texts])
        flat = [found for part in parts for _sentence, found in part.sentences]
        terms = await self._terms(wishes, asked, flat)
        targets = self._known(wishes, asked, flat)
        deadline = asyncio.get_running_loop().time() + TEXT_SECONDS
        groups: dict[str, dict[int, str]] = {}
        for n, found in enumerate(flat):
            if found.language is None:
                targets[n] = found.text, found.flags
            elif n not in targets:
                groups.setdefault(found.language, {})[n] = found.text
        ways = [(asked.legs_of(language), group) for language, group in groups.items()]
        for translated in await asyncio.gather(*(self._through(legs, group, terms, deadline) for legs, group in ways)):
            targets |= translated
        return list(self._joined(parts, targets, terms, asked.target))

    async def _terms(self, wishes: TextWishes, asked: Asked, flat: Sequence[Sorted]) -> Terms:
        """-> the terms in each sentence that has any."""
        ids = self._glossaries.ids(wishes.client_id, wishes.glossaries, asked.source, asked.target)
        if not ids:
            return {}
        found = await self._glossaries.find(ids, asked.source, [one.text for one in flat])
        return {n: some for n, some in enumerate(found) if some and flat[n].language is not None}

    def _known(self, wishes: TextWishes, asked: Asked, flat: Sequence[Sorted]) -> Targets:
        """-> what people wrote of these sentences before."""
        if wishes.client_id is None or not wishes.memory or asked.source == AUTO:
            return {}
        known = self._recall.exact(Scope(wishes.client_id, asked.source, asked.target), [one.text for one in flat])
        return {n: (text, ()) for n, text in enumerate(known) if text is not None}

    async def _through(self, legs: Sequence[Leg], present: dict[int, str], terms: Terms, deadline: float) -> Targets:
        """Sentences of one language, from leg to leg."""
        targets: Targets = {}
        told = terms if len(legs) == 1 else {}
        for leg in legs:
            for n, (text, flags) in (await self._leg(leg, present, told, deadline)).items():
                present[n] = text
                targets[n] = text, (*targets.get(n, ("", ()))[1], *flags)
        return targets

    async def _leg(self, leg: Leg, present: dict[int, str], terms: Terms, deadline: float) -> Targets:
        text_id = f"text-{secrets.token_hex(8)}"
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
    def _joined(parts: list[_Part], targets: Targets, terms: Terms, target: str) -> Iterator[dict[str, Any]]:
        position = 0
        for part in parts:
            translated: list[Sentence] = []
            flags: dict[str, None] = {}
            notes: dict[str, None] = {}
            used: dict[str, dict[str, Any]] = {}
            for sentence, found in part.sentences:
                text, doubts = targets[position]
                translated.append(Sentence(sentence.lead, text))
                for one in occurrences(terms.get(position, ()), text, target):
                    told = used.setdefault(one.term, {"term": one.term, "target": one.target, "used": True})
                    told["used"] = told["used"] and one.used
                missed = (FLAG,) if any(not one["used"] for one in used.values()) else ()
                flags |= dict.fromkeys((*doubts, *missed))
                notes |= dict.fromkeys(found.notes)
                position += 1
            yield {
                "text": join(translated, part.language or target, target),
                "flags": list(flags),
                "notes": list(notes),
                "terms": list(used.values()),
                "language": part.language,
            }

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
