"""A few document workers, kept alive between documents; one that dies or takes too long takes only its document along."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
import sys
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from actors.crews import Crew
from actors.document_confinement import CONVERTS, converts
from actors.errors import WorkerFailed
from storage.errors import StorageError

log = logging.getLogger("khelmerch.documents")

MAX_ANSWER_BYTES = 1 << 20
"""Longest line a worker answers with: a problem's description, or the sentences of a small document."""

SMALL_BYTES = 32_768
"""A file up to this size travels to a document worker with others, in one round trip."""

SMALL_TOGETHER = 32
"""Most small documents that a worker is given at once: some 20 ms of its time."""

GATHER_SECONDS = 0.02
"""How long answers wait for those that follow them, so that they are stored together."""

ENDED = frozenset({"died", "stopped"})
"""Reasons of a WorkerFailed whose process has gone; the document may be innocent."""

END_SECONDS = 2.0
"""How long a worker whose pipe has broken may take to end by itself, before it is killed."""


class DocumentRefused(WorkerFailed):
    """The document itself is at fault; `code` and `status` are those of the format that refused it."""

    def __init__(self, detail: str, code: str = "document_error", status: int = 422, **data: Any) -> None:
        super().__init__(detail, code=code, status=status, **data)
        self.code = code  # type: ignore[misc]
        self.status = status  # type: ignore[misc]
        self.data = data

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (self.detail, self.code, self.status, self.data)


def _rebuild(detail: str, code: str, status: int, data: dict[str, Any]) -> DocumentRefused:
    return DocumentRefused(detail, code, status, **data)


@dataclass(frozen=True)
class _Small:
    """A small document's request, the line that a worker will answer with, and the files that it may write."""

    request: bytes
    line: asyncio.Future[bytes]
    files: tuple[str, ...]

    def forget(self) -> None:
        """Nobody waits any more: remove what the worker wrote after they had gone."""
        for file in self.files:
            Path(file).unlink(missing_ok=True)


def _line(op: str, request: dict[str, Any]) -> bytes:
    return json.dumps({"op": op, **request}).encode() + b"\n"


def answered(line: bytes) -> dict[str, Any]:
    """-> what the worker's line says. Raises DocumentRefused, StorageError when the disk is to blame and not the document."""
    answer: dict[str, Any] = json.loads(line)
    if answer.pop("ok"):
        return answer
    if answer["code"] == StorageError.code:
        raise StorageError(f"A file of a document could not be read or written: {answer['detail']}.")
    raise DocumentRefused(answer["detail"], answer["code"], answer["status"], **answer["data"])


def _died(worker: asyncio.subprocess.Process) -> WorkerFailed:
    """Call it when the process has ended."""
    if worker.returncode == -signal.SIGTERM:
        # The kernel and the limits that we set kill otherwise: somebody ends the server, or the machine.
        return WorkerFailed("The process that read the document was told to end. Try again.", reason="stopped")
    return WorkerFailed("The process that read the document died over it.", reason="died")


def _give(back: list[tuple[_Small, bytes]]) -> None:
    for one, line in back:
        if one.line.done():
            one.forget()
        else:
            one.line.set_result(line)
    back.clear()


class DocumentPool:
    """At most `workers` processes; each takes one request at a time. Belongs to one event loop.

    store: the root of the blob store that all files of requests are in: the processes open nothing elsewhere. None: they
    open what a request names, wherever that is.
    """

    def __init__(self, workers: int, memory_bytes: int, seconds: float, store: Path | None = None) -> None:
        self._memory = memory_bytes
        self._store = store
        self._seconds = seconds
        self._workers = workers
        self._places = asyncio.Semaphore(workers)
        self._small: deque[_Small] = deque()
        self._carriers = Crew(workers, self._carry)
        self._idle: dict[bool, list[asyncio.subprocess.Process]] = {False: [], True: []}
        """By whether they may begin LibreOffice."""

    async def run(self, op: str, **request: Any) -> dict[str, Any]:
        """-> the worker's answer. Raises DocumentRefused for a bad document, WorkerFailed when the process died or
        ran longer than it may. Cancelling the call kills the process."""
        async with self._worker(self._converts(request)) as worker:
            assert worker.stdin is not None and worker.stdout is not None
            try:
                worker.stdin.write(_line(op, request))
                await worker.stdin.drain()
                line = await asyncio.wait_for(worker.stdout.readline(), self._seconds)
            except TimeoutError as error:
                raise self._too_slow() from error
            except (BrokenPipeError, ConnectionResetError):
                line = b""
            if not line:
                await self._ended(worker)
                raise _died(worker)
        return answered(line)

    async def run_sized(self, op: str, size: int, **request: Any) -> dict[str, Any]:
        """`run_small` or `run`, by the bytes of the document."""
        return await (self.run_small if size <= SMALL_BYTES else self.run)(op, **request)

    async def look(self, op: str, size: int = SMALL_BYTES + 1, **request: Any) -> dict[str, Any]:
        """`run_sized` for what may be asked for twice: a worker may have died of something else than the document, and
        whoever uploads it would be told that it is at fault. Without a size it has a worker to itself."""
        try:
            return await self.run_sized(op, size, **request)
        except WorkerFailed as error:
            if error.data.get("reason") not in ENDED:
                raise
            log.warning(
                "a document worker died while it looked at a document; asking another", extra={"reason": error.detail}
            )
            return await self.run_sized(op, size, **request)

    async def run_small(self, op: str, **request: Any) -> dict[str, Any]:
        """As `run`, for a document that takes a few milliseconds: several that wait travel to a worker together.

        A worker answers one after the other, so the first one without an answer is the one that it died or hung over:
        that alone fails, the others go out again. Cancelling the call leaves the worker alone; its answer is dropped, and
        the files that it wrote (`out`, `also`) are removed.
        """
        if self._converts(request):
            return await self.run(op, **request)
        files = tuple(path for path in (request.get("out"), *request.get("also", {}).values()) if path)
        asked = _Small(_line(op, request), asyncio.get_running_loop().create_future(), files)
        self._small.append(asked)
        self._carriers.call()
        return answered(await asked.line)

    async def _carry(self) -> None:
        """Take small documents to a worker as long as any wait."""
        await asyncio.sleep(0)  # those that are asked for in this turn go together
        while self._small:
            # Shared between the workers, so that none is idle while another has a long list.
            count = min(SMALL_TOGETHER, -(-len(self._small) // self._workers))
            batch = [self._small.popleft() for _ in range(count)]
            batch = [one for one in batch if not one.line.cancelled()]
            try:
                async with self._worker() as worker:
                    left = await self._through(worker, batch)
            except Exception as error:  # no process could be started: handed to everybody who waits for it
                for one in batch:
                    if not one.line.done():
                        one.line.set_exception(error)
                continue
            except BaseException:
                for one in batch:
                    one.line.cancel()  # one that has its answer stays as it is
                raise
            self._small.extendleft(reversed(left))

    async def _through(self, worker: asyncio.subprocess.Process, batch: list[_Small]) -> list[_Small]:
        """-> those that must go out again. A worker that did not answer them all is dead after."""
        assert worker.stdin is not None and worker.stdout is not None
        waiting = deque(batch)
        back: list[tuple[_Small, bytes]] = []
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            worker.stdin.write(b"".join(one.request for one in batch))
        slow: WorkerFailed | None = None
        dead = False
        while waiting and not (slow or dead):
            try:
                async with asyncio.timeout(GATHER_SECONDS if back else self._seconds):
                    line = await worker.stdout.readline()
            except TimeoutError:
                if not back:
                    slow = self._too_slow()
            except (BrokenPipeError, ConnectionResetError):
                dead = True
            else:
                if line:
                    back.append((waiting.popleft(), line))
                    continue
                dead = True
            _give(back)
        _give(back)
        if dead:
            await self._ended(worker)
        if slow:
            await self._kill(worker)
        if slow or dead:
            guilty = waiting.popleft()
            if guilty.line.done():
                guilty.forget()
            else:
                guilty.line.set_exception(slow or _died(worker))
        return list(waiting)

    def _too_slow(self) -> WorkerFailed:
        return WorkerFailed(
            f"Reading or writing the document took longer than {self._seconds:.0f} s. Split it and send the parts.",
            reason="timeout",
        )

    @asynccontextmanager
    async def _worker(self, converts: bool = False) -> AsyncIterator[asyncio.subprocess.Process]:
        async with self._places:
            worker = await self._idle_worker(converts) or await self._start(converts)
            try:
                yield worker
            except BaseException:
                await self._kill(worker)
                raise
            if worker.stdout is None or worker.stdout.at_eof() or worker.returncode is not None:
                await self._kill(worker)
            else:
                self._idle[converts].append(worker)

    def _converts(self, request: dict[str, Any]) -> bool:
        return self._store is not None and converts(request.get("name", ""))

    async def _idle_worker(self, converts: bool) -> asyncio.subprocess.Process | None:
        """-> one that waits for work. One that died while it waited is nobody's fault, least of all the next document's."""
        while self._idle[converts]:
            worker = self._idle[converts].pop()
            assert worker.stdin is not None
            if worker.returncode is None and not worker.stdin.is_closing():
                return worker
            log.warning("an idle document worker died", extra={"pid": worker.pid})
            await self._kill(worker)
        return None

    async def _start(self, converts: bool) -> asyncio.subprocess.Process:
        if self._idle[not converts]:
            await self._kill(self._idle[not converts].pop())  # of both kinds together there are no more than `workers`
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "actors.document_worker",
            str(self._memory),
            str(os.getpid()),
            *([str(self._store)] if self._store is not None else []),
            *([CONVERTS] if converts else []),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=MAX_ANSWER_BYTES,
        )

    async def _ended(self, worker: asyncio.subprocess.Process) -> None:
        """Wait for a worker whose pipe has broken. To kill it at once would lose what it died of: Popen.send_signal
        takes the exit status for itself, and asyncio then reports 255."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(END_SECONDS):
                await worker.wait()
        await self._kill(worker)

    @staticmethod
    async def _kill(worker: asyncio.subprocess.Process) -> None:
        with contextlib.suppress(ProcessLookupError):
            worker.kill()
        await worker.wait()

    async def close(self) -> None:
        for one in self._small:
            one.line.cancel()
        self._small.clear()
        await self._carriers.close()
        for idle in self._idle.values():
            for worker in idle:
                await self._kill(worker)
            idle.clear()
