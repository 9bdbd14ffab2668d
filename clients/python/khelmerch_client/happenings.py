"""What is told of a task while it is followed, and how server-sent events are read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

TERMINAL = frozenset({"completed", "failed", "cancelled", "timeout"})
"""States in which a task is over, and the kinds of the events that say so."""


@dataclass(frozen=True)
class TaskEvent:
    """An entry of a task's history. id: grows, and is what following goes on after. data depends on kind."""

    id: int
    task_id: str
    client_id: str | None
    at: str
    attempt: int
    kind: str
    data: Mapping[str, Any]


@dataclass(frozen=True)
class Progress:
    """How far a task is. progress: 0 to 100."""

    task_id: str
    client_id: str | None
    progress: float
    stage: str


@dataclass(frozen=True)
class Notice:
    """Something about following itself that people should know. polling: from here on the task is asked for, since its events
    do not come."""

    text: str
    polling: bool = False


@dataclass(frozen=True)
class Heartbeat:
    """Nothing happened, and the connection lives."""


Happening = TaskEvent | Progress | Notice


@dataclass(frozen=True)
class Message:
    """One server-sent event as it stands in the stream."""

    event: str
    data: str
    id: str | None
    retry_ms: int | None


class Reader:
    """Lines in, messages out (HTML standard, 9.2.6). A comment is told as a Heartbeat."""

    def __init__(self) -> None:
        self._clear()

    def _clear(self) -> None:
        self._event = ""
        self._data: list[str] = []
        self._id: str | None = None
        self._retry_ms: int | None = None

    def line(self, text: str) -> Message | Heartbeat | None:
        """text: without its end of line; -> what is complete now."""
        if not text:
            return self._dispatched()
        if text.startswith(":"):
            return Heartbeat()
        name, _, value = text.partition(":")
        value = value.removeprefix(" ")
        if name == "event":
            self._event = value
        elif name == "data":
            self._data.append(value)
        elif name == "id" and "\0" not in value:
            self._id = value
        elif name == "retry" and value.isascii() and value.isdigit():
            self._retry_ms = int(value)
        return None

    def _dispatched(self) -> Message | None:
        found = Message(self._event or "message", "\n".join(self._data), self._id, self._retry_ms)
        told = bool(self._data) or found.retry_ms is not None
        self._clear()
        return found if told else None


def happening(message: Message) -> TaskEvent | Progress | None:
    """-> None for kinds that this version does not know. Raises ValueError, KeyError for what is none of ours."""
    if message.event == "task":
        told = json.loads(message.data)
        return TaskEvent(*(told[name] for name in TaskEvent.__dataclass_fields__))
    if message.event == "progress":
        told = json.loads(message.data)
        return Progress(told["task_id"], told["client_id"], told["progress"], told["stage"])
    return None
