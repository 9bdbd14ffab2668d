"""The spans of a task, made from its history when it is over: processing does nothing for them, and a restart in the middle
loses none."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from actors.tracing import TRACER
from storage.errors import StorageError, TaskNotFound
from storage.repository import Repository
from storage.states import TERMINAL
from storage.times import from_iso

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

log = logging.getLogger("khelmerch.scheduler")

Row = dict[str, Any]

INTERVAL_SECONDS = 2.0
PAGE_EVENTS = 1_000
MAX_CHUNKS = 200
"""Chunk spans of one task; a book has thousands, which no viewer shows. The others are counted on the task's span."""


@dataclass(frozen=True)
class SpanFact:
    """One span. begin, end: Unix seconds."""

    name: str
    begin: float
    end: float
    attributes: dict[str, str | int | float | bool] = field(default_factory=dict)


def spans_of(task: Row, events: Sequence[Row]) -> list[SpanFact]:
    """-> the task's own span first, then what it consists of: queue, prepare and assemble (files), chunks. events: its whole
    history, oldest first, to its last end."""
    whole = SpanFact(
        "task",
        from_iso(events[0]["at"]),
        from_iso(events[-1]["at"]),
        {
            "khelmerch.task_id": task["task_id"],
            "khelmerch.status": task["status"],
            "khelmerch.source_lang": task["source_lang"],
            "khelmerch.target_lang": task["target_lang"],
            "khelmerch.attempts": task["attempt"],
            "khelmerch.files": task["file_count"],
            "khelmerch.segments": task["segments_total"],
            "khelmerch.request_id": events[0]["data"].get("request", ""),
        },
    )
    parts: list[SpanFact] = []
    chunks = 0
    waits_since: float | None = None
    works_since = whole.begin
    for event in events:
        at, kind, data = from_iso(event["at"]), event["kind"], event["data"]
        about = {"khelmerch.attempt": event["attempt"]}
        if kind in ("accepted", "requeued", "retried"):
            waits_since = at
        elif kind == "start" and waits_since is not None:
            parts.append(SpanFact("queue", waits_since, at, about))
            waits_since, works_since = None, at
        elif kind == "prepared":
            parts.append(SpanFact("prepare", works_since, at, {**about, "khelmerch.file": data["file"]}))
        elif kind == "checkpointed":
            chunks += 1
            works_since = at
            if chunks <= MAX_CHUNKS:
                facts = {"khelmerch.translator": data["translator"], "khelmerch.segments": data["segments"]}
                parts.append(SpanFact("chunk", at - data["seconds"], at, {**about, **facts}))
        elif kind == "file_completed":
            parts.append(SpanFact("assemble", works_since, at, {**about, "khelmerch.file": data["file"]}))
    whole.attributes["khelmerch.chunks"] = chunks
    return [whole, *parts]


class TaskTraces:
    """Tells of every task that ends while this process lives."""

    def __init__(self, repository: Repository, provider: TracerProvider) -> None:
        self._repository = repository
        self._tracer = provider.get_tracer(TRACER)
        self._last = repository.events.last_id()

    async def run(self) -> None:
        """For ever."""
        while True:
            await asyncio.sleep(INTERVAL_SECONDS)
            try:
                self.look()
            except StorageError as error:
                log.warning("traces wait for storage", extra={"reason": error.detail})

    def look(self) -> None:
        """Tell of the tasks that ended since the last look. Raises StorageError."""
        while events := self._repository.events.between(self._last, None, PAGE_EVENTS):
            for event in events:
                if event["kind"] in TERMINAL:
                    self._tell(event["task_id"], event["id"])
                self._last = event["id"]

    def _tell(self, task_id: str, upto: int) -> None:
        from opentelemetry import trace
        from opentelemetry.trace import Status, StatusCode
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        try:
            task = self._repository.tasks.get(task_id)
        except TaskNotFound:
            return  # deleted since
        events = self._repository.events.between(0, upto, 1_000_000, task_id=task_id)
        whole, *parts = spans_of(task, events)
        carrier = {"traceparent": events[0]["data"].get("traceparent", "")}
        parent = TraceContextTextMapPropagator().extract(carrier)
        span = self._tracer.start_span(whole.name, parent, attributes=whole.attributes, start_time=_ns(whole.begin))
        inside = trace.set_span_in_context(span, parent)
        for part in parts:
            child = self._tracer.start_span(part.name, inside, attributes=part.attributes, start_time=_ns(part.begin))
            child.end(_ns(part.end))
        if events[-1]["kind"] != "completed":
            span.set_status(Status(StatusCode.ERROR, task["error_code"] or events[-1]["kind"]))
        span.end(_ns(whole.end))


def _ns(seconds: float) -> int:
    return int(seconds * 1e9)
