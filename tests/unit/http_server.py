"""An application behind a real HTTP server, in a thread: for clients that are not ours."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, TypeVar

import uvicorn

T = TypeVar("T")


class Served:
    """`url`: where it is. `tasks`: what runs beside it on the same event loop."""

    def __init__(self, app: Any, *tasks: Callable[[], Awaitable[None]]) -> None:
        self._server = uvicorn.Server(
            uvicorn.Config(app, port=0, log_level="critical", lifespan="off", timeout_graceful_shutdown=1)
        )
        self._tasks = tasks
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._started = threading.Event()
        self.url = ""

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        beside = [asyncio.ensure_future(task()) for task in self._tasks]
        serving = asyncio.create_task(self._server.serve())
        while not self._server.started:
            await asyncio.sleep(0.01)
        port = self._server.servers[0].sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self._started.set()
        await serving
        for task in beside:
            task.cancel()
        await asyncio.gather(*beside, return_exceptions=True)

    def do(self, work: Callable[[], T]) -> T:
        """-> what `work` returns, called on the server's event loop."""

        async def call() -> T:
            return work()

        return asyncio.run_coroutine_threadsafe(call(), self._loop).result(30)

    def __enter__(self) -> Served:
        self._thread.start()
        assert self._started.wait(30)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        self._thread.join(30)
