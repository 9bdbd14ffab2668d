"""The client: what a program calls."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import aclosing
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, cast

import httpx

from khelmerch_client._async.admin import AsyncAdmin
from khelmerch_client._async.downloading import download
from khelmerch_client._async.following import AsyncFollowing
from khelmerch_client._async.http import AsyncHttp
from khelmerch_client._async.io import Flow
from khelmerch_client._async.system import AsyncSystem
from khelmerch_client._async.tasks import LARGE_BYTES, AsyncTasks
from khelmerch_client._async.uploads import AsyncUploads
from khelmerch_client._async.webhooks import AsyncWebhooks
from khelmerch_client._async.words import AsyncGlossaries, AsyncMemory
from khelmerch_client.errors import StillRunning
from khelmerch_client.files import OnSent, Saved
from khelmerch_client.happenings import TERMINAL, Happening
from khelmerch_client.models import (
    BulkAnswer,
    CorrectedSegment,
    Event,
    FileReport,
    SegmentRow,
    TaskDetail,
    TaskPage,
    TextAnswer,
)
from khelmerch_client.retrying import Retries
from khelmerch_client.wishes import Wishes

if TYPE_CHECKING:
    from typing_extensions import Unpack

AnyPath = str | Path
PATIENCE_S = 90.0
"""How long following lives through a server that does not answer: long enough for a restart; tasks survive that."""

POLL_S = 2.0
_TEXT_TIMEOUT_S = 120.0


class AsyncClient(AsyncSystem):
    """Speaks to one server, with an API key where it asks for one. Close it, or use it in a `with` block.

    Every method raises a ClientError: Unreachable when nobody answers, and Refused with the server's own sentence.
    """

    def __init__(
        self,
        base_url: str = "http://127.0.0.1:8000",
        *,
        key: str | None = None,
        retries: Retries | None = None,
        timeout_s: float = 60.0,
        transport: httpx.AsyncBaseTransport | None = None,
        agent: str = "khelmerch-client",
    ) -> None:
        """retries: when a call is made again, see Retries. timeout_s: for a part of an answer. transport: of httpx, for tests.
        agent: how the program names itself to the server (User-Agent).
        """
        policy = Retries() if retries is None else retries
        http = AsyncHttp(base_url, key=key, retries=policy, timeout_s=timeout_s, transport=transport, agent=agent)
        super().__init__(http)
        self.uploads = AsyncUploads(http)
        self.glossaries = AsyncGlossaries(http)
        self.memory = AsyncMemory(http)
        self.webhooks = AsyncWebhooks(http)
        self.admin = AsyncAdmin(http)
        self._tasks = AsyncTasks(http, self.uploads)
        self._following = AsyncFollowing(http, self._tasks)

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        await self._http.aclose()

    @property
    def base_url(self) -> str:
        return self._http.base_url

    # Tasks

    async def submit(
        self,
        files: Sequence[AnyPath],
        source: str,
        target: str,
        *,
        idempotency_key: str | None = None,
        large_bytes: int = LARGE_BYTES,
        on_sent: OnSent | None = None,
        **wishes: Unpack[Wishes],
    ) -> str:
        """Upload files and make one task of them; -> its id.

        Files above large_bytes go in resumable parts. idempotency_key: a new one if left out, so that a call that is made
        again after a break makes one task; give your own to be sure of that over the end of your program, with a client_id
        unless you have an API key. on_sent gets the bytes of each block that was sent.
        """
        paths = [Path(file) for file in files]
        options: dict[str, Any] = {"idempotency_key": idempotency_key, "large_bytes": large_bytes, "on_sent": on_sent}
        return (await self._tasks.submit(paths, source, target, wishes, **options))["task_id"]

    async def preflight(self, files: Sequence[AnyPath], source: str | None = None) -> Sequence[FileReport]:
        """What a task of these files would find, a report for each."""
        return await self._tasks.preflight([Path(file) for file in files], source)

    async def task(self, task_id: str) -> TaskDetail:
        """A task with its files."""
        return await self._tasks.get(task_id)

    async def tasks(
        self,
        *,
        status: str | None = None,
        limit: int = 20,
        cursor: str | None = None,
        client_id: str | None = None,
        search: str | None = None,
    ) -> TaskPage:
        """A page of tasks, newest first; its `next_cursor` gets the next one."""
        return await self._tasks.page(status=status, limit=limit, cursor=cursor, client_id=client_id, search=search)

    def iter_tasks(
        self, *, status: str | None = None, client_id: str | None = None, search: str | None = None
    ) -> Flow[TaskDetail]:
        """All tasks that fit, newest first, page after page."""
        return self._tasks.all(status=status, client_id=client_id, search=search)

    async def cancel(self, task_id: str) -> TaskDetail:
        """Finished files stay."""
        return await self._tasks.change(task_id, "cancel")

    async def retry(self, task_id: str, *, from_start: bool = False) -> TaskDetail:
        """Of a task that failed, was cancelled or timed out. from_start: what is translated already is thrown away."""
        return await self._tasks.change(task_id, "retry", params={"from_start": "true"} if from_start else None)

    async def reprioritise(self, task_id: str, priority: int) -> TaskDetail:
        """priority: 0 to 9, larger goes first."""
        return await self._tasks.change(task_id, "priority", json={"priority": priority})

    async def delete(self, task_id: str) -> None:
        """Of a task that is over: its files, sentences and history are gone."""
        await self._tasks.delete(task_id)

    async def cancel_many(
        self,
        *,
        status: Sequence[str] | None = None,
        client_id: str | None = None,
        task_ids: Sequence[str] | None = None,
    ) -> BulkAnswer:
        """Every task that fits all that is given; nothing given is refused."""
        chosen = {"status": status, "client_id": client_id, "task_ids": task_ids}
        return await self._tasks.change_many("cancel", chosen)

    async def retry_many(
        self,
        *,
        status: Sequence[str] | None = None,
        client_id: str | None = None,
        task_ids: Sequence[str] | None = None,
        from_start: bool = False,
    ) -> BulkAnswer:
        """As `cancel_many`."""
        chosen = {"status": status, "client_id": client_id, "task_ids": task_ids}
        return await self._tasks.change_many("retry", chosen, params={"from_start": "true"} if from_start else None)

    async def delete_many(
        self,
        *,
        status: Sequence[str] | None = None,
        client_id: str | None = None,
        task_ids: Sequence[str] | None = None,
    ) -> BulkAnswer:
        """As `cancel_many`; those that are not over are refused."""
        chosen = {"status": status, "client_id": client_id, "task_ids": task_ids}
        return await self._tasks.change_many("delete", chosen)

    def history(self, task_id: str, after: int = 0) -> Flow[Event]:
        """What happened to a task (after the event of that id), oldest first."""
        return self._tasks.history(task_id, after)

    def segments(
        self, task_id: str, *, file: int = 1, flag: str | None = None, note: str | None = None
    ) -> Flow[SegmentRow]:
        """The sentences of one file; only those with a flag or a note, if that is said."""
        return self._tasks.segments(task_id, file=file, flag=flag, note=note)

    async def correct(self, task_id: str, n: int, target: str, *, file: int = 1) -> CorrectedSegment:
        """Say what sentence n of a file should be: the next download has it, and so has every later task of the client."""
        return await self._tasks.correct(task_id, n, target, file)

    async def rebuild(self, task_id: str) -> TaskDetail:
        """Write corrected files anew, as a download does by itself."""
        return await self._tasks.change(task_id, "rebuild")

    # Following

    def follow(
        self, task_id: str, *, after: int = 0, poll_s: float = POLL_S, patience_s: float = PATIENCE_S
    ) -> Flow[Happening]:
        """All that happened to a task (after the event of that id) and what happens, until it is over: TaskEvent, Progress, and
        Notice where following itself is in trouble. Events are resumed where a connection broke; where none come through, a
        Notice says so and the task is asked for every poll_s."""
        return self._following.events(task_id, after=after, poll_s=poll_s, patience_s=patience_s)

    def watch(
        self,
        task_id: str,
        *,
        every_s: float = 1.0,
        patience_s: float = PATIENCE_S,
        on_notice: Callable[[str], None] = lambda _text: None,
    ) -> Flow[TaskDetail]:
        """The task whenever something may have happened to it, at most every every_s; the last one is over."""
        return self._following.watch(task_id, every_s=every_s, patience_s=patience_s, on_notice=on_notice)

    async def wait(
        self,
        task_id: str,
        *,
        timeout_s: float | None = None,
        poll_s: float = POLL_S,
        patience_s: float = PATIENCE_S,
        on_event: Callable[[Happening], None] = lambda _happening: None,
    ) -> TaskDetail:
        """-> the task when it is over, whatever its end. Raises StillRunning after timeout_s, which may be a few seconds late."""
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        options: dict[str, Any] = {"poll_s": poll_s, "patience_s": patience_s, "deadline": deadline}
        async with aclosing(self._following.events(task_id, **options)) as happenings:
            async for one in happenings:
                on_event(one)
        task = await self.task(task_id)
        if task["status"] not in TERMINAL:
            raise StillRunning(f"Task {task_id} was not over after {timeout_s:g} s; it goes on.", code="still_running")
        return task

    # Results

    async def download(
        self, task: str | TaskDetail, folder: AnyPath = ".", *, kinds: Sequence[str] | None = None
    ) -> Sequence[Saved]:
        """Fetch all results that a task has so far, or those of some kinds, into a folder. A file appears whole or not at all,
        and never takes the place of another; a download that breaks goes on where it was."""
        found = await self.task(task) if isinstance(task, str) else task
        return await self._tasks.download(found, Path(folder), kinds)

    async def download_all(self, task_id: str, out: AnyPath) -> Path:
        """All results as one zip; -> the path it got."""
        return await self._tasks.download_all(task_id, Path(out))

    async def fetch(self, path: str, folder: AnyPath, name: str) -> Path:
        """One result by the `download` of a file; -> the path it got."""
        return await download(self._http, path, Path(folder), name)

    # Texts

    async def translate(
        self,
        texts: str | Sequence[str],
        source: str,
        target: str,
        *,
        via_eng: bool = False,
        model: str | None = None,
        client_id: str | None = None,
        glossary: Sequence[str] | None = None,
        memory: bool = True,
        alternatives: int = 0,
    ) -> TextAnswer:
        """A short text, or several, at once. `result` of the answer has the form of `texts`; `alternatives`: as many other
        translations of each, where there are."""
        sentences = texts if isinstance(texts, str) else list(texts)
        asked: dict[str, Any] = {"sentences": sentences, "source_lang": source, "target_lang": target}
        asked |= {"via_eng": via_eng, "memory": memory, "model": model, "client_id": client_id}
        asked |= {"glossary": list(glossary) if glossary is not None else None, "alternatives": alternatives or None}
        given = {name: value for name, value in asked.items() if value is not None}
        options: dict[str, Any] = {"repeatable": True, "timeout_s": _TEXT_TIMEOUT_S}
        return cast(TextAnswer, await self._http.json("POST", "/translate/text", json=given, **options))
