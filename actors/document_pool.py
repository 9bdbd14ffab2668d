"""A few document workers, kept alive between documents; one that dies or takes too long takes only its document along."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from actors.errors import WorkerFailed

log = logging.getLogger("khelmerch.documents")

MAX_ANSWER_BYTES = 1 << 20
"""Longest line a worker answers with: a problem's description, never a document."""


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


class DocumentPool:
    """At most `workers` processes; each takes one request at a time. Belongs to one event loop."""

    def __init__(self, workers: int, memory_bytes: int, seconds: float) -> None:
        self._memory = memory_bytes
        self._seconds = seconds
        self._places = asyncio.Semaphore(workers)
        self._idle: list[asyncio.subprocess.Process] = []

    async def run(self, op: str, **request: Any) -> dict[str, Any]:
        """-> the worker's answer. Raises DocumentRefused for a bad document, WorkerFailed when the process died or
        ran longer than it may. Cancelling the call kills the process."""
        async with self._worker() as worker:
            assert worker.stdin is not None and worker.stdout is not None
            try:
                worker.stdin.write(json.dumps({"op": op, **request}).encode() + b"\n")
                await worker.stdin.drain()
                line = await asyncio.wait_for(worker.stdout.readline(), self._seconds)
            except TimeoutError as error:
                raise WorkerFailed(
                    f"Reading or writing the document took longer than {self._seconds:.0f} s. Split it and send the parts.",
                    reason="timeout",
                ) from error
            except (BrokenPipeError, ConnectionResetError):
                line = b""
        if not line:
            raise WorkerFailed("The process that read the document died over it.", reason="died")
        answer: dict[str, Any] = json.loads(line)
        if not answer.pop("ok"):
            raise DocumentRefused(answer["detail"], answer["code"], answer["status"], **answer["data"])
        return answer

    @asynccontextmanager
    async def _worker(self) -> AsyncIterator[asyncio.subprocess.Process]:
        async with self._places:
            worker = await self._idle_worker() or await self._start()
            try:
                yield worker
            except BaseException:
                await self._kill(worker)
                raise
            if worker.stdout is None or worker.stdout.at_eof() or worker.returncode is not None:
                await self._kill(worker)
            else:
                self._idle.append(worker)

    async def _idle_worker(self) -> asyncio.subprocess.Process | None:
        """-> one that waits for work. One that died while it waited is nobody's fault, least of all the next document's."""
        while self._idle:
            worker = self._idle.pop()
            assert worker.stdin is not None
            if worker.returncode is None and not worker.stdin.is_closing():
                return worker
            log.warning("an idle document worker died", extra={"pid": worker.pid})
            await self._kill(worker)
        return None

    async def _start(self) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "actors.document_worker",
            str(self._memory),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=MAX_ANSWER_BYTES,
        )

    @staticmethod
    async def _kill(worker: asyncio.subprocess.Process) -> None:
        with contextlib.suppress(ProcessLookupError):
            worker.kill()
        await worker.wait()

    async def close(self) -> None:
        for worker in self._idle:
            await self._kill(worker)
        self._idle.clear()
