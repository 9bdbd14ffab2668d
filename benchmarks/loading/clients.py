"""Clients that do what people and programs do: send documents, look how they are, follow them, translate texts, download."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field

import aiohttp

from benchmarks.crashing.documents import SOURCE, sentence, txt
from benchmarks.loading.calls import BROKEN, Calls

TARGETS = ("cmn_Hans", "eng_Latn")
FOLLOW_SECONDS = 20.0
TIMEOUT = aiohttp.ClientTimeout(total=120.0)
SENTENCES = 100_000
"""More than a client sends of any kind: keeps the sentences of different clients apart."""

_WEIGHTS = {"status": 50, "list": 5, "upload": 8, "text": 12, "download": 12, "events": 8, "queue": 5}


@dataclass
class Promises:
    """accepted: id of every task that was acknowledged. wrong: what contradicts a promise."""

    accepted: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


class Client:
    """One client with tasks of its own. pace: mean seconds between an answer and its next call."""

    def __init__(self, number: int, url: str, seed: int, pace: float, calls: Calls, promises: Promises) -> None:
        self._id = f"load-{number}"
        self._url = url
        self._rng = random.Random(f"{seed}-{number}")
        self._pace = pace
        self._calls = calls
        self._promises = promises
        self._tasks: list[str] = []
        self._done: list[str] = []
        self._next = number * SENTENCES
        self._doing: dict[str, Callable[[], Coroutine[None, None, None]]] = {
            "status": self._status,
            "list": self._list,
            "upload": self._upload,
            "text": self._text,
            "download": self._download,
            "events": self._events,
            "queue": self._queue,
        }

    async def run(self, http: aiohttp.ClientSession, until: float) -> None:
        """Until `until` of the monotonic clock."""
        self._http = http
        await asyncio.sleep(self._rng.uniform(0, self._pace))
        await self._upload()
        while time.monotonic() < until:
            (kind,) = self._rng.choices(list(_WEIGHTS), list(_WEIGHTS.values()))
            await self._doing[kind]()
            await asyncio.sleep(self._rng.expovariate(1 / self._pace))

    def _sentences(self, count: int) -> list[str]:
        self._next += count
        return [sentence(self._rng, number) for number in range(self._next - count, self._next)]

    async def _ask(self, kind: str, method: str, path: str, **options: object) -> bytes | None:
        """-> the body of a good answer."""
        began = time.monotonic()
        try:
            async with self._http.request(method, self._url + path, **options) as answer:  # type: ignore[arg-type]
                body = await answer.read()
                status = answer.status
        except (aiohttp.ClientError, TimeoutError):
            status, body = BROKEN, b""
        self._calls.note(kind, status, time.monotonic() - began)
        return body if 200 <= status < 300 else None

    # ---- what a client does

    async def _upload(self) -> None:
        form = aiohttp.FormData(
            {"client_id": self._id, "source_lang": SOURCE, "target_lang": self._rng.choice(TARGETS)}
        )
        text = txt(self._sentences(self._rng.randint(3, 25)))
        form.add_field("files", text, filename="a.txt", content_type="text/plain")
        body = await self._ask("upload", "POST", "/v1/translate/files", data=form)
        if body is not None:
            task_id = json.loads(body)["task_id"]
            self._tasks.append(task_id)
            self._promises.accepted.append(task_id)

    async def _status(self) -> None:
        if not self._tasks:
            return await self._queue()
        task_id = self._rng.choice(self._tasks[-5:])
        body = await self._ask("status", "GET", f"/v1/tasks/{task_id}")
        if body is not None and json.loads(body)["status"] == "completed" and task_id not in self._done:
            self._done.append(task_id)
        return None

    async def _list(self) -> None:
        await self._ask("list", "GET", "/v1/tasks", params={"client_id": self._id, "limit": "20"})

    async def _queue(self) -> None:
        await self._ask("queue", "GET", "/v1/queue_status")

    async def _text(self) -> None:
        body = {"sentences": self._sentences(2), "source_lang": SOURCE, "target_lang": self._rng.choice(TARGETS)}
        await self._ask("text", "POST", "/v1/translate/text", json=body)

    async def _download(self) -> None:
        if not self._done:
            return await self._status()
        task_id = self._rng.choice(self._done)
        body = await self._ask("download", "GET", f"/v1/tasks/{task_id}/files/1")
        if body == b"":
            self._promises.wrong.append(f"the result of {task_id} is empty")
        return None

    async def _events(self) -> None:
        """The newest task, to its end or for a while; what is timed is the time to its first event."""
        if not self._tasks:
            return
        task_id, began, first = self._tasks[-1], time.monotonic(), 0.0
        try:
            async with (
                asyncio.timeout(FOLLOW_SECONDS),
                self._http.get(f"{self._url}/v1/tasks/{task_id}/events") as answer,
            ):
                status = answer.status
                async for _line in answer.content:
                    first = first or time.monotonic()
        except TimeoutError:
            status = 200 if first else BROKEN  # the task takes longer than we follow it
        except aiohttp.ClientError:
            status = BROKEN
        self._calls.note("events", status, (first or time.monotonic()) - began)


async def settled(http: aiohttp.ClientSession, url: str, promises: Promises, seconds: float) -> dict[str, int]:
    """Wait until every accepted task is over, `seconds` at most; -> how many ended how. What is not there, or not over, is
    `lost`."""
    deadline = time.monotonic() + seconds
    open_tasks, ended = list(promises.accepted), {"lost": 0}
    while open_tasks:
        still: list[str] = []
        for task_id in open_tasks:
            async with http.get(f"{url}/v1/tasks/{task_id}") as answer:
                status = (await answer.json())["status"] if answer.status == 200 else "lost"
            if status in ("pending", "processing") and time.monotonic() < deadline:
                still.append(task_id)
            else:
                name = "lost" if status in ("pending", "processing") else status
                ended[name] = ended.get(name, 0) + 1
        open_tasks = still
        if still:
            await asyncio.sleep(0.5)
    return ended
