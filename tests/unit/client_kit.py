"""Both clients through one door, and lines that break, for tests of `khelmerch_client`."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx

from khelmerch_client import AsyncClient, Client, Retries

QUICK = Retries(first_pause_s=0.001, longest_pause_s=0.002)

Answer = Callable[[httpx.Request], httpx.Response | None]
"""-> an answer in the server's place, or None: the server is asked. May raise httpx.TransportError."""


class Line(httpx.BaseTransport):
    """`before`: may answer in the server's place. `after`: may change what the server answered, or lose it."""

    def __init__(
        self,
        before: Answer = lambda _request: None,
        after: Callable[[httpx.Request, httpx.Response], httpx.Response] = lambda _request, answer: answer,
    ) -> None:
        self._inner = httpx.HTTPTransport()
        self._before, self._after = before, after
        self.requests: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self._before(request) or self._after(request, self._inner.handle_request(request))

    def close(self) -> None:
        self._inner.close()

    def paths(self) -> list[str]:
        return [f"{request.method} {request.url.path}" for request in self.requests]


class AsyncLine(httpx.AsyncBaseTransport):
    """A Line for the other client: what is sent and answered is the same."""

    def __init__(self, line: Line) -> None:
        self._line = line

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if not isinstance(request.stream, httpx.SyncByteStream):
            request.stream = httpx.ByteStream(await request.aread())
        answer = await asyncio.to_thread(self._line.handle_request, request)
        return httpx.Response(answer.status_code, headers=answer.headers, stream=_Both(answer.stream))

    async def aclose(self) -> None:
        self._line.close()


class _Both(httpx.AsyncByteStream):
    def __init__(self, stream: Any) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        blocks = iter(self._stream)
        while (block := await asyncio.to_thread(next, blocks, None)) is not None:
            yield block

    async def aclose(self) -> None:
        self._stream.close()


class Torn(httpx.SyncByteStream):
    """A body that breaks off after so many bytes."""

    def __init__(self, stream: Any, after: int) -> None:
        self._stream, self._left = stream, after

    def __iter__(self) -> Iterator[bytes]:
        for block in self._stream:
            yield block[: self._left]
            self._left -= len(block)
            if self._left <= 0:
                raise httpx.ReadError("broken")

    def close(self) -> None:
        self._stream.close()


class Blocking:
    """An AsyncClient whose methods block, so that one test says what both clients do."""

    def __init__(self, client: Any, loop: asyncio.AbstractEventLoop) -> None:
        self._client, self._loop = client, loop

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        if not callable(found):
            return Blocking(found, self._loop) if type(found).__name__.startswith("Async") else found

        def call(*arguments: Any, **options: Any) -> Any:
            answer = found(*arguments, **options)
            if inspect.isasyncgen(answer):
                return self._flow(answer)
            return self._loop.run_until_complete(answer)

        return call

    def _flow(self, flow: Any) -> Iterator[Any]:
        while True:
            try:
                yield self._loop.run_until_complete(anext(flow))
            except StopAsyncIteration:
                return


class Clients:
    """Makes clients of one kind, and closes them."""

    def __init__(self, kind: str) -> None:
        self._asynchronous = kind == "async"
        self._loop = asyncio.new_event_loop()
        self._open: list[Any] = []

    def of(self, url: str, line: Line | None = None, *, retries: Retries = QUICK, **options: Any) -> Any:
        if self._asynchronous:
            transport = AsyncLine(line) if line is not None else None
            client: Any = Blocking(AsyncClient(url, transport=transport, retries=retries, **options), self._loop)
            self._open.append(client.aclose)
        else:
            client = Client(url, transport=line, retries=retries, **options)
            self._open.append(client.close)
        return client

    def close(self) -> None:
        for close in self._open:
            close()
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()
