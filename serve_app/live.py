"""One long call to the scheduler, fanned out to every open event stream.

A stream first reads what it missed from the history, in pages, then takes what comes. Nothing is kept for a reader that is
slow beyond QUEUE_MESSAGES: it is told to come back, and reads the rest from the history.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event

from actors.client import Row, SchedulerClient
from common.errors import KhelmerchError
from storage.states import TERMINAL

log = logging.getLogger("khelmerch.api")

HEARTBEAT_SECONDS = 15.0
"""Proxies close what is silent for a minute or less."""

RETRY_MS = 2_000
"""How long a reader whose stream broke waits before it comes back."""

QUEUE_MESSAGES = 500
PAGE_EVENTS = 500
GAP_SECONDS = 0.05
"""Between two calls to the scheduler: at thousands of events a second they come in twenty lots, not in thousands."""

STREAM_SECONDS = 3_600.0
STREAM_BYTES = 16 * 2**20
"""A stream that is older or has sent more ends and is to be resumed. Serve's proxy takes all that we send for a client that
does not read, so this is what bounds its memory."""

TROUBLE_SECONDS = 1.0

ALLOWED_SECONDS = 2.0
"""How old the knowledge may be that a reader's key is still good when the reader is told something. A stream of which there is
nothing to tell looks at each heartbeat."""


@dataclass(frozen=True)
class Told:
    """One thing that happened. number: the event's id, None for progress, which has none; text: as it goes over the wire."""

    number: int | None
    task_id: str
    client_id: str
    kind: str
    text: bytes


def _event(row: Row) -> Told:
    data = {name: row[name] for name in ("id", "task_id", "client_id", "at", "attempt", "kind", "data")}
    text = format_sse_event(data_str=json.dumps(data, ensure_ascii=False), event="task", id=str(row["id"]))
    return Told(row["id"], row["task_id"], row["client_id"], row["kind"], text)


def progress(row: Row) -> Told:
    """row: {"task_id", "client_id", "percent", "stage"}"""
    data = {"task_id": row["task_id"], "client_id": row["client_id"], "progress": row["percent"], "stage": row["stage"]}
    text = format_sse_event(data_str=json.dumps(data), event="progress")
    return Told(None, row["task_id"], row["client_id"], "progress", text)


class Subscription:
    """What one stream waits for: of a task, of a client, or of all."""

    def __init__(self, task_id: str | None, client_id: str | None) -> None:
        self._task_id = task_id
        self._client_id = client_id
        self.queue: asyncio.Queue[Told] = asyncio.Queue(QUEUE_MESSAGES)
        self.lost = False
        self.since = 0
        """Events up to this id are not in the queue."""

    def offer(self, told: Told) -> None:
        if self._task_id not in (None, told.task_id) or self._client_id not in (None, told.client_id):
            return
        if not self.lost:
            try:
                self.queue.put_nowait(told)
            except asyncio.QueueFull:
                self.lost = True


class Hub:
    """Asks the scheduler as long as anybody listens."""

    def __init__(self, scheduler: SchedulerClient) -> None:
        self._scheduler = scheduler
        self._listeners: set[Subscription] = set()
        self._task: asyncio.Task[None] | None = None
        self._last: int | None = None
        self._beginning = asyncio.Lock()

    async def subscribe(self, task_id: str | None, client_id: str | None) -> Subscription:
        """Raises SchedulerUnavailable."""
        async with self._beginning:
            if self._task is None or self._task.done():
                start = await self._scheduler.feed(None, 0, "")
                self._last = start["last"]
                self._task = asyncio.create_task(self._run(start))
        found = Subscription(task_id, client_id)
        assert self._last is not None
        found.since = self._last
        self._listeners.add(found)
        return found

    def leave(self, subscription: Subscription) -> None:
        self._listeners.discard(subscription)
        if not self._listeners and self._task is not None:
            self._task.cancel()
            self._task = None

    async def _run(self, at: Row) -> None:
        while True:
            try:
                at = await self._scheduler.feed(at["last"], at["seen"], at["boot"])
            except KhelmerchError as error:
                # Readers hear heartbeats meanwhile, and then all that happened.
                log.warning("the events of tasks do not come", extra={"reason": error.detail})
                await asyncio.sleep(TROUBLE_SECONDS)
                continue
            for told in (*map(_event, at["events"]), *map(progress, at["progress"])):
                for listener in self._listeners:
                    listener.offer(told)
            self._last = at["last"]
            await asyncio.sleep(GAP_SECONDS)


class Stream:
    """The text of one event stream. after: the last event that the reader knows; first: what it is told before all else."""

    def __init__(
        self,
        hub: Hub,
        scheduler: SchedulerClient,
        subscription: Subscription,
        after: int,
        task_id: str | None,
        client_id: str | None,
        first: bytes = b"",
        allowed: Callable[[], Awaitable[bool]] | None = None,
    ) -> None:
        """allowed: may the reader still be told? Asked now and then; the stream ends when not."""
        self._hub = hub
        self._scheduler = scheduler
        self._subscription = subscription
        self._last = min(after, subscription.since)
        self._task_id = task_id
        self._client_id = client_id
        self._first = first
        self._sent = 0
        self._until = time.monotonic() + STREAM_SECONDS
        self._allowed = allowed
        self._asked_at = time.monotonic()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            yield format_sse_event(retry=RETRY_MS)
            if self._first:
                yield self._first
            over = False
            async for told in self._missed():
                if not await self._may_go_on():
                    return
                over = self._ends(told)
                yield self._sending(told)
            if over:
                return
            while not self._must_come_back():
                try:
                    # Not wait_for: in Python 3.11 it loses a cancellation that comes together with an event.
                    async with asyncio.timeout(HEARTBEAT_SECONDS):
                        told = await self._subscription.queue.get()
                except TimeoutError:
                    if not await self._may_go_on():
                        return
                    yield KEEPALIVE_COMMENT
                    continue
                # Who comes again after this is told why not.
                if not await self._may_go_on():
                    return
                if told.number is not None and told.number <= self._last:
                    continue
                yield self._sending(told)
                if self._ends(told):
                    return
            yield format_sse_event(data_str=json.dumps({"last_event_id": self._last}), event="resume", retry=0)
        finally:
            self._hub.leave(self._subscription)

    async def _missed(self) -> AsyncIterator[Told]:
        upto = self._subscription.since
        while self._last < upto and not self._must_come_back():
            page = await self._scheduler.past_events(
                self._last, upto, PAGE_EVENTS, task_id=self._task_id, client_id=self._client_id
            )
            for row in page:
                yield _event(row)
            if len(page) < PAGE_EVENTS:
                self._last = max(self._last, upto)

    async def _may_go_on(self) -> bool:
        if self._allowed is None or time.monotonic() - self._asked_at < ALLOWED_SECONDS:
            return True
        self._asked_at = time.monotonic()
        return await self._allowed()

    def _ends(self, told: Told) -> bool:
        """Is the one task of this stream over? What comes after it in the history (a retry) is looked at before."""
        return self._task_id is not None and told.kind in TERMINAL

    def _must_come_back(self) -> bool:
        too_slow = self._subscription.lost and self._subscription.queue.empty()
        return too_slow or self._sent > STREAM_BYTES or time.monotonic() > self._until

    def _sending(self, told: Told) -> bytes:
        if told.number is not None:
            self._last = told.number
        self._sent += len(told.text)
        return told.text
