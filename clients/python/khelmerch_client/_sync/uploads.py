"""Large files to the server in resumable parts (tus 1.0): a connection that breaks costs what was under way, not the file."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from khelmerch_client._sync.http import UPLOAD_TIMEOUT_S, Http
from khelmerch_client._sync.io import in_thread, sleep
from khelmerch_client.errors import ClientError, Refused, Unreachable
from khelmerch_client.files import OnSent
from khelmerch_client.models import MadeUpload
from khelmerch_client.retrying import NO_RETRIES

BLOCK_BYTES = 256 * 1024
PAUSES_S = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""Between tries that bring nothing forward: about a minute, in which a server can be started again."""

_PATH = "/uploads/tus"
_VERSION = {"Tus-Resumable": "1.0.0"}
_AGAIN = frozenset({409, 423, 429, 502, 503, 504})
"""Another byte is next than we think, somebody else is writing (we, before the break), the server is starting."""


class Uploads:
    def __init__(self, http: Http) -> None:
        self._http = http

    def send(self, path: Path, client_id: str | None = None, on_sent: OnSent | None = None) -> MadeUpload:
        """Upload a file, which then waits for a task; -> its id, and the client id that the server put it under.

        Raises Refused when the file is, Unreachable when no try of a minute brought anything forward, OSError.
        """
        length = (in_thread(path.stat)).st_size
        facts = {"filename": path.name} | ({"client_id": client_id} if client_id else {})
        metadata = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in facts.items())
        head = {**_VERSION, "Upload-Length": str(length), "Upload-Metadata": metadata}
        # Repeatable: what an answer that was lost has begun is empty, and is swept.
        made = cast(MadeUpload, self._http.json("POST", _PATH, headers=head, repeatable=True))
        sending = _Sending(self._http, path, f"{_PATH}/{made['id']}", length, on_sent or (lambda _count: None))
        pauses = iter(PAUSES_S)
        while True:
            before = sending.offset
            try:
                sending.go_on()
                return made
            except ClientError as error:
                if not isinstance(error, Unreachable) and not (isinstance(error, Refused) and error.status in _AGAIN):
                    raise
                if sending.offset > before:
                    pauses = iter(PAUSES_S)
                pause = next(pauses, None)
                if pause is None:
                    raise
                sleep(max(pause, min(error.retry_after or 0.0, PAUSES_S[-1])))

    def remove(self, upload_id: str) -> None:
        """Give an unfinished upload up. Raises NotFound."""
        self._http.answer("DELETE", f"{_PATH}/{upload_id}", headers=_VERSION)


class _Sending:
    """offset: what the server is known to have."""

    def __init__(self, http: Http, path: Path, place: str, length: int, on_sent: OnSent) -> None:
        self._http, self._path, self._place, self._length, self._on_sent = http, path, place, length, on_sent
        self.offset = 0
        self._told = 0
        self._sure = True

    def go_on(self) -> None:
        """To the end, or an error."""
        if not self._sure:
            answer = self._http.answer("HEAD", self._place, headers=_VERSION, retries=NO_RETRIES)
            self.offset = int(answer.headers["upload-offset"])
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
        options: dict[str, Any] = {"headers": head, "timeout_s": UPLOAD_TIMEOUT_S, "retries": NO_RETRIES}
        self._http.answer("PATCH", self._place, content=self._blocks(), **options)

    def _blocks(self) -> Iterator[bytes]:
        with self._path.open("rb") as file:
            file.seek(self.offset)
            while block := in_thread(file.read, BLOCK_BYTES):
                yield block
                self._told += len(block)
                self._on_sent(len(block))
