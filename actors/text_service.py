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
from actors.sentences import sentences
from actors.texts import Text
from translation.detection import weights
from translation.segmentation import Sentence, join
from translation.sorting import ScriptWatch, Sorted, plan_for

TEXT_SECONDS = 120.0
"""How long a client's connection is held for a short text; then it hears why instead of waiting for ever."""


Targets = dict[int, tuple[str, tuple[str, ...]]]
"""position -> (translation, flags)"""


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
    ) -> None:
        self._dispatcher = dispatcher
        self._wake = wake
        self._cancel = cancel
        self._max_chars = max_chars
        self._open: dict[str, _Open] = {}

    async def translate(self, texts: list[str], asked: Asked) -> list[dict[str, Any]]:
        """-> {"text", "flags", "notes", "language"} for each text. Raises TextTooLong, TextFailed, NoTranslators, and for the
        languages what `plan_for` and `ScriptWatch.check` do."""
        chars = sum(map(len, texts))
        if chars > self._max_chars:
            raise TextTooLong(
                f"The text has {chars} characters; {self._max_chars} are allowed here. Send it as a file."
            )
        # Beside the loop: the model that tells languages apart takes half a second to load.
        parts = await asyncio.to_thread(lambda: [_Part.of(text, asked) for text in texts])
        flat = [found for part in parts for _sentence, found in part.sentences]
        deadline = asyncio.get_running_loop().time() + TEXT_SECONDS
        groups: dict[str, dict[int, str]] = {}
        for n, found in enumerate(flat):
            if found.language is not None:
                groups.setdefault(found.language, {})[n] = found.text
        ways = [(asked.legs_of(language), group) for language, group in groups.items()]
        targets: Targets = {n: (found.text, found.flags) for n, found in enumerate(flat) if found.language is None}
        for translated in await asyncio.gather(*(self._through(legs, group, deadline) for legs, group in ways)):
            targets |= translated
        return list(self._joined(parts, targets, asked.target))

    async def _through(self, legs: Sequence[Leg], present: dict[int, str], deadline: float) -> Targets:
        """Sentences of one language, from leg to leg."""
        targets: Targets = {}
        for leg in legs:
            for n, (text, flags) in (await self._leg(leg, present, deadline)).items():
                present[n] = text
                targets[n] = text, (*targets.get(n, ("", ()))[1], *flags)
        return targets

    async def _leg(self, leg: Leg, present: dict[int, str], deadline: float) -> Targets:
        text_id = f"text-{secrets.token_hex(8)}"
        items = tuple(Item(text_id, 0, 0, n, text) for n, text in present.items())
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
    def _joined(parts: list[_Part], targets: Targets, target: str) -> Iterator[dict[str, Any]]:
        position = 0
        for part in parts:
            translated: list[Sentence] = []
            flags: dict[str, None] = {}
            notes: dict[str, None] = {}
            for sentence, found in part.sentences:
                text, doubts = targets[position]
                translated.append(Sentence(sentence.lead, text))
                flags |= dict.fromkeys(doubts)
                notes |= dict.fromkeys(found.notes)
                position += 1
            yield {
                "text": join(translated, part.language or target, target),
                "flags": list(flags),
                "notes": list(notes),
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
