"""Following a task until it is over: by its events, resumed where they broke off; by asking, where they do not come."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import cast
from urllib.parse import quote

import httpx

from khelmerch_client._async.http import AsyncHttp
from khelmerch_client._async.io import Flow, sleep
from khelmerch_client._async.tasks import AsyncTasks
from khelmerch_client.errors import ClientError, NotFound, Refused, Unreachable
from khelmerch_client.happenings import (
    TERMINAL,
    Happening,
    Heartbeat,
    Notice,
    Progress,
    Reader,
    TaskEvent,
    happening,
)
from khelmerch_client.models import TaskDetail
from khelmerch_client.retrying import NO_RETRIES, Patience

QUIET_S = 40.0
"""A stream is silent for 15 s at most; one that is longer has gone without a word."""

_AWAY = "The server does not answer; waiting for it to come back."
_GONE_ON = frozenset({404, 405, 406, 501})


class _NoEvents(Exception):
    """Events cannot be had from this address."""


@dataclass(frozen=True)
class _End:
    """Of one stream. pause_s: after which it may be opened again; None: the task is over, and there is nothing more."""

    pause_s: float | None


class AsyncFollowing:
    def __init__(self, http: AsyncHttp, tasks: AsyncTasks) -> None:
        self._http = http
        self._tasks = tasks

    async def events(
        self, task_id: str, *, after: int = 0, poll_s: float, patience_s: float, deadline: float | None = None
    ) -> Flow[Happening]:
        """All that happened to the task after this event, and what happens, until it is over or the deadline (of
        time.monotonic) has come. Raises NotFound, and Unreachable when the server stays away for patience_s."""
        polling = False
        async with aclosing(self._streamed(task_id, after, patience_s, deadline)) as happenings:
            async for one in happenings:
                if isinstance(one, Heartbeat):
                    continue
                if isinstance(one, TaskEvent):
                    after = one.id
                polling = isinstance(one, Notice) and one.polling
                yield one
        if polling:
            async with aclosing(self._polled(task_id, after, poll_s, patience_s, deadline)) as asked:
                async for found in asked:
                    yield found

    async def watch(
        self, task_id: str, *, every_s: float, patience_s: float, on_notice: Callable[[str], None]
    ) -> Flow[TaskDetail]:
        """The task whenever something may have happened to it, at most every `every_s`; the last one is over."""
        patience = Patience(patience_s, self._http.retries)
        async with aclosing(self._moments(task_id, every_s, patience_s, on_notice)) as moments:
            async for _moment in moments:
                task = await self._task(task_id, patience, on_notice)
                yield task
                if task["status"] in TERMINAL:
                    return

    async def _moments(
        self, task_id: str, every_s: float, patience_s: float, on_notice: Callable[[str], None]
    ) -> Flow[None]:
        yield None
        last = time.monotonic()
        async with aclosing(self._streamed(task_id, 0, patience_s, None)) as happenings:
            async for one in happenings:
                if isinstance(one, Notice):
                    on_notice(one.text)
                elif time.monotonic() - last >= every_s:
                    yield None
                    last = time.monotonic()
        yield None
        # No events, or somebody tried the task again in this moment.
        while True:
            await sleep(every_s)
            yield None

    async def _task(self, task_id: str, patience: Patience, on_notice: Callable[[str], None]) -> TaskDetail:
        while True:
            try:
                found = await self._http.json("GET", f"/tasks/{quote(task_id, safe='')}", retries=NO_RETRIES)
            except ClientError as error:
                pause = patience.pause(error, time.monotonic())
                if pause is None:
                    raise
                if patience.begun:
                    on_notice(_AWAY)
                await sleep(pause)
            else:
                patience.back()
                return cast(TaskDetail, found)

    async def _streamed(
        self, task_id: str, after: int, patience_s: float, deadline: float | None
    ) -> Flow[Happening | Heartbeat]:
        """Ends when the task is over, at the deadline, and after a notice that events do not come."""
        patience = Patience(patience_s, self._http.retries)
        over = False
        while not over and not _past(deadline):
            pause: float | None = 0.0
            try:
                async with aclosing(self._connection(task_id, after, deadline)) as connection:
                    async for one in connection:
                        patience.back()
                        if isinstance(one, _End):
                            over, pause = over or one.pause_s is None, one.pause_s
                            break
                        if isinstance(one, TaskEvent):
                            after, over = one.id, one.kind in TERMINAL
                        yield one
            except _NoEvents as why:
                yield Notice(f"{why} The task is asked for from time to time instead.", polling=True)
                return
            except (Unreachable, Refused) as error:
                if _past(deadline):
                    return
                pause = patience.pause(error, time.monotonic())
                if pause is None:
                    raise
                if patience.begun:
                    yield Notice(_AWAY)
            if not over and pause:
                await sleep(pause if deadline is None else max(0.0, min(pause, deadline - time.monotonic())))

    async def _connection(
        self, task_id: str, after: int, deadline: float | None
    ) -> Flow[TaskEvent | Progress | Heartbeat | _End]:
        """One stream, as long as it lasts."""
        quiet_s = QUIET_S if deadline is None else max(0.05, min(QUIET_S, deadline - time.monotonic()))
        reader, heard, retry_ms, resumed = Reader(), False, 0, False
        headers = {"accept": "text/event-stream"} | ({"last-event-id": str(after)} if after else {})
        path = f"/tasks/{quote(task_id, safe='')}/events"
        try:
            async with self._http.stream(path, headers=headers, read_timeout_s=quiet_s) as answer:
                if answer.status_code == 204:
                    yield _End(None)
                    return
                if answer.headers.get("content-type", "").split(";")[0].strip() != "text/event-stream":
                    raise _NoEvents("What answers here sends no events.")
                async for line in answer.aiter_lines():
                    heard = True
                    found = reader.line(line)
                    if isinstance(found, Heartbeat):
                        yield found
                    elif found is not None:
                        retry_ms = found.retry_ms if found.retry_ms is not None else retry_ms
                        resumed = resumed or found.event == "resume"
                        try:
                            told = happening(found)
                        except (ValueError, KeyError) as error:
                            raise _NoEvents("What comes as events here is none of ours.") from error
                        if told is not None:
                            yield told
                    if deadline is not None and deadline - time.monotonic() < quiet_s * 0.8:
                        resumed = True  # with a time limit that fits what is left
                        break
        except NotFound as error:
            if error.code.endswith("_not_found"):
                raise
            raise _NoEvents("This server tells no events.") from error
        except Refused as error:
            if error.status in _GONE_ON:
                raise _NoEvents("This server tells no events.") from error
            raise
        except Unreachable as error:
            if not heard and error.status is None and _timed_out(error) and deadline is None:
                raise _NoEvents("No events come through; something on the way holds them back.") from error
            raise
        if not heard:
            raise Unreachable("The stream of events ended before it began.", code="server_unreachable")
        yield _End(0.0 if resumed else retry_ms / 1_000)

    async def _polled(
        self, task_id: str, after: int, poll_s: float, patience_s: float, deadline: float | None
    ) -> Flow[TaskEvent | Progress | Notice]:
        patience = Patience(patience_s, self._http.retries)
        notices: list[str] = []
        seen: Progress | None = None
        while not _past(deadline):
            task = await self._task(task_id, patience, notices.append)
            for text in notices:
                yield Notice(text)
            notices.clear()
            progress = Progress(task_id, task["client_ip"], task["progress"], task["stage"])
            if progress != seen:
                seen = progress
                yield progress
            async with aclosing(self._tasks.history(task_id, after)) as events:
                async for row in events:
                    after = row["id"]
                    facts = row["at"], row["attempt"], row["kind"], row["data"]
                    yield TaskEvent(after, task_id, task["client_ip"], *facts)
            if task["status"] in TERMINAL:
                return
            await sleep(poll_s if deadline is None else max(0.0, min(poll_s, deadline - time.monotonic())))


def _past(deadline: float | None) -> bool:
    return deadline is not None and time.monotonic() >= deadline


def _timed_out(error: Unreachable) -> bool:
    return isinstance(error.__cause__, httpx.ReadTimeout)
