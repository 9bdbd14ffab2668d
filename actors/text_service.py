"""Short texts: split, sent ahead of documents, joined again. Nothing of them is stored."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from actors.decisions import Answers, FailText, Item, Lease, Pair
from actors.dispatch import Dispatcher
from actors.errors import NoTranslators, TextFailed
from actors.texts import Text
from translation.guards import has_letters
from translation.segmentation import Sentence, join, split

TEXT_SECONDS = 120.0
"""How long a client's connection is held for a short text; then it hears why instead of waiting for ever."""


@dataclass
class _Open:
    answer: asyncio.Future[None]
    missing: int
    targets: dict[int, tuple[str, tuple[str, ...]]] = field(default_factory=dict)


class TextService:
    def __init__(
        self, dispatcher: Dispatcher, wake: Callable[[], None], cancel: Callable[[str, set[str]], None]
    ) -> None:
        self._dispatcher = dispatcher
        self._wake = wake
        self._cancel = cancel
        self._open: dict[str, _Open] = {}

    async def translate(self, texts: list[str], pair: Pair) -> list[dict[str, Any]]:
        """-> {"text", "flags"} for each text. Raises TextFailed, NoTranslators."""
        source, target, _via = pair
        parts = [split(text, source) for text in texts]
        text_id = f"text-{secrets.token_hex(8)}"
        flat: list[Sentence] = [sentence for sentences in parts for sentence in sentences]
        items = tuple(
            Item(text_id, 0, 0, position, sentence.text)
            for position, sentence in enumerate(flat)
            if has_letters(sentence.text)
        )
        entry = _Open(asyncio.get_running_loop().create_future(), len(items))
        if items:
            self._open[text_id] = entry
            self._dispatcher.texts.add(Text(text_id, pair, items))
            self._wake()
            try:
                await asyncio.wait_for(entry.answer, TEXT_SECONDS)
            except TimeoutError as error:
                raise NoTranslators(
                    f"No translator answered within {TEXT_SECONDS:.0f} s. Look at /health/ready or `khelmerch status`."
                ) from error
            finally:
                del self._open[text_id]
                self._dispatcher.texts.forget(text_id)
                self._cancel(text_id, self._dispatcher.fleet.holders(text_id))
        return list(self._joined(parts, entry.targets, source, target))

    @staticmethod
    def _joined(
        parts: list[list[Sentence]], targets: dict[int, tuple[str, tuple[str, ...]]], source: str, target: str
    ) -> Any:
        position = 0
        for sentences in parts:
            translated: list[Sentence] = []
            flags: list[str] = []
            for sentence in sentences:
                text, found = targets.get(position, (sentence.text, ()))
                translated.append(Sentence(sentence.lead, text))
                flags += [flag for flag in found if flag not in flags]
                position += 1
            yield {"text": join(translated, source, target), "flags": flags}

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
