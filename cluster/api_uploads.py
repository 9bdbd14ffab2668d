"""Large files to the server in resumable parts (tus 1.0): a connection that breaks costs what was under way, not the file."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import httpx

from cluster.errors import ApiError, ServerUnreachable

LARGE_BYTES = 8 * 2**20
"""Files above go in resumable parts; below, sending the file once more is as quick."""

_BLOCK_BYTES = 256 * 1024
_PATH = "/v1/uploads/tus"
_VERSION = {"Tus-Resumable": "1.0.0"}
_PAUSES_S = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""Between tries that bring nothing forward: about a minute, in which a server can be started again."""

_AGAIN = frozenset({409, 423, 429, 502, 503, 504})
"""Another byte is next than we think, somebody else is writing (we, before the break), the server is starting."""


class Answering(Protocol):
    """What is needed of `ApiClient`."""

    def answer(self, method: str, path: str, **options: Any) -> httpx.Response: ...


class Sent(NamedTuple):
    """An upload that is complete, and the client under which it waits."""

    id: str
    client: str


def send(api: Answering, path: Path, client: str | None = None, on_sent: Callable[[int], None] | None = None) -> Sent:
    """Upload a file, which then waits under the client id; the server chooses one where none is given. on_sent gets the bytes
    of each block; what must be sent again is taken back with a negative number.

    Raises ApiError when the file is refused, ServerUnreachable when no try of a minute brought anything forward.
    """
    length = path.stat().st_size
    facts = {"filename": path.name} | ({"client_id": client} if client else {})
    metadata = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in facts.items())
    head = {**_VERSION, "Upload-Length": str(length), "Upload-Metadata": metadata}
    begun = api.answer("POST", _PATH, headers=head)
    made = begun.json()
    sending = _Sending(api, path, begun.headers["location"], length, on_sent or (lambda _count: None))
    pauses = iter(_PAUSES_S)
    while True:
        before = sending.offset
        try:
            sending.go_on()
            return Sent(made["id"], made["client_id"])
        except (ServerUnreachable, ApiError) as error:
            if isinstance(error, ApiError) and error.problem_status not in _AGAIN:
                raise
            if sending.offset > before:
                pauses = iter(_PAUSES_S)
            pause = next(pauses, None)
            if pause is None:
                raise
            time.sleep(pause)


class _Sending:
    """offset: what the server is known to have."""

    def __init__(self, api: Answering, path: Path, place: str, length: int, on_sent: Callable[[int], None]) -> None:
        self._api, self._path, self._place, self._length, self._on_sent = api, path, place, length, on_sent
        self.offset = 0
        self._told = 0
        self._sure = True

    def go_on(self) -> None:
        """To the end, or an error."""
        if not self._sure:
            self.offset = int(self._api.answer("HEAD", self._place, headers=_VERSION).headers["upload-offset"])
            self._on_sent(self.offset - self._told)
            self._told = self.offset
            if self.offset == self._length:
                return
        self._sure = False
        head = {
            **_VERSION,
            "Upload-Offset": str(self.offset),
            "Content-Type": "application/offset+octet-stream",
            "Content-Length": str(self._length - self.offset),
        }
        self._api.answer("PATCH", self._place, headers=head, content=self._blocks())

    def _blocks(self) -> Iterator[bytes]:
        with self._path.open("rb") as file:
            file.seek(self.offset)
            while block := file.read(_BLOCK_BYTES):
                yield block
                self._told += len(block)
                self._on_sent(len(block))
