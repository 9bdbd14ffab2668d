"""Short texts whose client waits for the answer: ahead of documents, in memory only. Pure."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace

from actors.decisions import FailText, Item, Lease, Leg
from actors.failures import MAX_CRASHES, Failure


@dataclass(frozen=True)
class Text:
    """text_id stands in `Item.task_id` of its sentences; positions count from 0 over the whole text."""

    text_id: str
    leg: Leg
    items: tuple[Item, ...]
    crashes: int = 0
    failed_on: tuple[str, ...] = ()
    alternatives: int = 0

    @property
    def chars(self) -> int:
        return sum(len(item.text) for item in self.items)


class TextQueue:
    def __init__(self) -> None:
        self._waiting: deque[Text] = deque()

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, text: Text) -> None:
        self._waiting.append(text)

    def waiting(self) -> list[Text]:
        return list(self._waiting)

    def take(self, text: Text) -> None:
        self._waiting.remove(text)

    def forget(self, text_id: str) -> None:
        self._waiting = deque(text for text in self._waiting if text.text_id != text_id)

    def failed(self, lease: Lease, failure: Failure, reason: str) -> list[FailText]:
        """Goes out again, at the front, until it has failed as often as a document may."""
        text = Text(lease.items[0].task_id, lease.leg, lease.items, lease.crashes, lease.failed_on, lease.alternatives)
        if failure is not Failure.TRANSLATOR_LOST:
            text = replace(text, crashes=text.crashes + 1, failed_on=(*text.failed_on, lease.translator))
        if text.crashes >= MAX_CRASHES:
            message = f"The text could not be translated in {text.crashes} tries: {reason}."
            return [FailText(text.text_id, failure.value, message)]
        self._waiting.appendleft(text)
        return []
