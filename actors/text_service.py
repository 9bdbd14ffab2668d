"""Short texts: split, sent ahead of documents, joined again. Nothing of them is stored."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

from actors.decisions import Answers, FailText, Item, Lease, Leg
from actors.dispatch import Dispatcher
from actors.errors import NoText, NoTranslators, TextFailed, TextTooLong
from actors.glossaries import Glossaries
from actors.recall import Recall
from actors.rules import Rules
from actors.sentences import no_text, sentences
from actors.texts import Text
from storage.memory_store import Scope
from translation.alternatives import Told, worth_showing
from translation.detection import weights
from translation.languages import AUTO
from translation.runner import Answer
from translation.segmentation import Sentence, join
from translation.sorting import ScriptWatch, Sorted, plan_for
from translation.terms import FLAG, TermMatch, occurrences

TEXT_SECONDS = 120.0
"""How long a client's connection is held for a short text; then it hears why instead of waiting for ever."""


Targets = dict[int, tuple[str, tuple[str, ...]]]
"""position -> (translation, flags)"""

Others = dict[int, list[Told]]
"""position -> other translations of the sentence, with their flags"""

Terms = dict[int, tuple[TermMatch, ...]]
"""position -> the glossary's terms in the sentence"""


@dataclass(frozen=True)
class TextWishes:
    """client_id: whose glossaries and memory; glossaries: what it named, None for the server's default; alternatives: as many
    other translations of each text."""

    client_id: str | None = None
    glossaries: tuple[str, ...] | None = None
    memory: bool = True
    alternatives: int = 0


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

    def composed(
        self, told: Sequence[Told], terms: Sequence[tuple[TermMatch, ...]], target: str
    ) -> tuple[str, tuple[str, ...], list[dict[str, Any]]]:
        """-> (the text, its flags, the terms in it), out of what its sentences were translated to."""
        translated: list[Sentence] = []
        flags: dict[str, None] = {}
        used: dict[str, dict[str, Any]] = {}
        for (sentence, _found), (text, doubts), matches in zip(self.sentences, told, terms, strict=True):
            translated.append(Sentence(sentence.lead, text))
            flags |= dict.fromkeys(doubts)
            for one in occurrences(matches, text, target):
                term = used.setdefault(one.term, {"term": one.term, "target": one.target, "used": True})
                term["used"] = term["used"] and one.used
        if any(not term["used"] for term in used.values()):
            flags[FLAG] = None
        return join(translated, self.language or target, target), tuple(flags), list(used.values())


@dataclass
class _Open:
    answer: asyncio.Future[None]
    missing: int
    targets: Targets = field(default_factory=dict)
    others: Others = field(default_factory=dict)


def require_text(texts: Sequence[str]) -> None:
    """Raises NoText for what no answer could tell again."""
    if found := next(filter(None, map(no_text, texts)), None):
        raise NoText(f"The text holds the character {found}, which stands in no text. Take it out.")


class TextService:
    def __init__(
        self,
        dispatcher: Dispatcher,
        wake: Callable[[], None],
        cancel: Callable[[str, set[str]], None],
        rules: Rules,
        glossaries: Glossaries,
        recall: Recall,
    ) -> None:
        self._dispatcher = dispatcher
        self._wake = wake
        self._cancel = cancel
        self._rules = rules
        self._glossaries = glossaries
        self._recall = recall
        self._open: dict[str, _Open] = {}

    async def translate(self, texts: list[str], asked: Asked, wishes: TextWishes) -> list[dict[str, Any]]:
        """-> {"text", "flags", "notes", "terms", "alternatives", "language"} for each text. Raises TextTooLong, NoText,
        TextFailed, NoTranslators, NoGlossary, GlossaryUnfit, and for the languages what `plan_for` and `ScriptWatch.check` do."""
        chars = sum(map(len, texts))
        most = self._rules.max_text_chars
        if chars > most:
            raise TextTooLong(f"The text has {chars} characters; {most} are allowed here. Send it as a file.")
        require_text(texts)
        # Beside the loop: the model that tells languages apart takes half a second to load.
        parts = await asyncio.to_thread(lambda: [_Part.of(text, asked) for text in texts])
        flat = [found for part in parts for _sentence, found in part.sentences]
        terms = await self._terms(wishes, asked, flat)
        known = self._known(wishes, asked, flat)
        targets: Targets = {}
        others: Others = {}
        deadline = asyncio.get_running_loop().time() + TEXT_SECONDS
        groups: dict[str, dict[int, str]] = {}
        for n, found in enumerate(flat):
            if found.language is None:
                targets[n] = found.text, found.flags
            elif n not in known or wishes.alternatives:
                groups.setdefault(found.language, {})[n] = found.text
        ways = [(asked.legs_of(language), group) for language, group in groups.items()]
        through = (self._through(legs, group, terms, deadline, wishes.alternatives) for legs, group in ways)
        for translated, beside in await asyncio.gather(*through):
            targets |= translated
            others |= beside
        for n, told in known.items():
            if n in targets:  # what the model says of it is an alternative, too
                others[n] = [targets[n], *others.get(n, [])]
            targets[n] = told
        return list(self._joined(parts, targets, others, terms, asked.target, wishes.alternatives))

    async def _terms(self, wishes: TextWishes, asked: Asked, flat: Sequence[Sorted]) -> Terms:
        """-> the terms in each sentence that has any."""
        ids = self._glossaries.ids(wishes.client_id, wishes.glossaries, asked.source, asked.target)
        if not ids:
            return {}
        found = await self._glossaries.find(ids, asked.source, [one.text for one in flat])
        return {n: some for n, some in enumerate(found) if some and flat[n].language is not None}

    def _known(self, wishes: TextWishes, asked: Asked, flat: Sequence[Sorted]) -> Targets:
        """-> what people wrote of these sentences before."""
        if wishes.client_id is None or not wishes.memory:
            return {}
        places: dict[str, list[int]] = {}
        for n, one in enumerate(flat):
            language = one.language if asked.source == AUTO else asked.source
            if language is not None:
                places.setdefault(language, []).append(n)
        known: Targets = {}
        for language, mine in places.items():
            told = self._recall.exact(Scope(wishes.client_id, language, asked.target), [flat[n].text for n in mine])
            known |= {n: (text, ()) for n, text in zip(mine, told, strict=True) if text is not None}
        return known

    async def _through(
        self, legs: Sequence[Leg], present: dict[int, str], terms: Terms, deadline: float, alternatives: int
    ) -> tuple[Targets, Others]:
        """Sentences of one language, from leg to leg; the last one's model has alternatives."""
        targets: Targets = {}
        others: Others = {}
        told = terms if len(legs) == 1 else {}
        for leg in legs:
            answer = await self._leg(leg, present, told, deadline, alternatives if leg is legs[-1] else 0)
            before = {n: flags for n, (_text, flags) in targets.items()}
            for n, (text, flags) in answer.targets.items():
                present[n] = text
                targets[n] = text, (*before.get(n, ()), *flags)
            others = {
                n: [(text, (*before.get(n, ()), *doubts)) for text, doubts in some] for n, some in answer.others.items()
            }
        return targets, others

    async def _leg(self, leg: Leg, present: dict[int, str], terms: Terms, deadline: float, alternatives: int) -> _Open:
        text_id = f"text-{secrets.token_hex(8)}"
        items = tuple(Item(text_id, 0, 0, n, text, terms=terms.get(n, ())) for n, text in present.items())
        entry = self._open[text_id] = _Open(asyncio.get_running_loop().create_future(), len(items))
        self._dispatcher.texts.add(Text(text_id, leg, items, alternatives=alternatives))
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
        return entry

    @staticmethod
    def _joined(
        parts: list[_Part], targets: Targets, others: Others, terms: Terms, target: str, most: int
    ) -> Iterator[dict[str, Any]]:
        position = 0
        for part in parts:
            places = range(position, position := position + len(part.sentences))
            found = [terms.get(n, ()) for n in places]
            text, flags, used = part.composed([targets[n] for n in places], found, target)
            # Of a text of several sentences the nth alternative has the nth of each; one that has no more keeps its translation.
            ranked = zip_longest(*(others.get(n, ()) for n in places))
            chosen = ([told or targets[n] for n, told in zip(places, row, strict=True)] for row in ranked)
            beside = (part.composed(row, found, target)[:2] for row in chosen)
            yield {
                "text": text,
                "flags": list(flags),
                "notes": list(dict.fromkeys(note for _sentence, one in part.sentences for note in one.notes)),
                "terms": used,
                "alternatives": [
                    {"text": other, "flags": list(doubts)}
                    for other, doubts in worth_showing(beside, (text, flags), most)
                ],
                "language": part.language,
            }

    def deliver(self, lease: Lease, answers: Answers, others: Mapping[int, tuple[Answer, ...]]) -> None:
        """A translator's answers to some sentences of a text, and alternatives by the place in `answers`; nobody may be
        waiting for it any more."""
        entry = self._open.get(lease.items[0].task_id)
        if entry is None or entry.answer.done():
            return
        for place, (item, answer) in enumerate(zip(lease.items, answers, strict=True)):
            if answer is None:
                entry.answer.set_exception(TextFailed("The text was cancelled."))
                return
            entry.targets[item.position] = answer[:2]
            if place in others:
                entry.others[item.position] = [(other.text, other.flags) for other in others[place]]
        if len(entry.targets) == entry.missing:
            entry.answer.set_result(None)

    def failed(self, decision: FailText) -> None:
        entry = self._open.get(decision.text_id)
        if entry is not None and not entry.answer.done():
            entry.answer.set_exception(TextFailed(decision.message, reason=decision.code))
