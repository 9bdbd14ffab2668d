"""A tiny HTTP server that answers as the API does, for tests of the command line; what it was asked is kept.

Paths are those without the version, whatever was asked for.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, urlsplit


def task(**changes: Any) -> dict[str, Any]:
    """A task as GET /tasks/{id} tells it, with some fields changed."""
    return {
        "task_id": "t1",
        "status": "processing",
        "stage": "translating",
        "priority": 5,
        "created_at": "2026-11-23T10:00:00Z",
        "started_at": None,
        "completed_at": None,
        "progress": 10.0,
        "error_message": None,
        "error_code": None,
        "client_ip": "user123",
        "source_lang": "mon_Cyrl",
        "target_lang": "cmn_Hans",
        "via_eng": False,
        "file_count": 1,
        "total_file_size": 11,
        "segments_total": 4,
        "segments_done": 1,
        "segments_flagged": 0,
        "queue_position": None,
        "eta_seconds": 12.0,
        "attempt": 1,
        "files": [],
    } | changes


def file(n: int = 1, name: str = "report.txt", **changes: Any) -> dict[str, Any]:
    """A finished file of a task."""
    stem, _, suffix = name.rpartition(".")
    download = changes.get("download", f"/tasks/t1/files/{n}")
    result_name = changes.get("result_name", f"{stem}.cmn_Hans.{suffix}")
    return {
        "n": n,
        "name": name,
        "size": 11,
        "status": "completed",
        "result_name": result_name,
        "result_size": 6,
        "segments_total": 4,
        "segments_done": 4,
        "error_message": None,
        "download": download,
        "results": [{"kind": "translated", "name": result_name, "size": 6, "sha256": "00", "download": download}]
        if download
        else [],
    } | changes


class StubServer:
    """Answers by (method, path). A list answers one entry a call and then its last; a tuple is (status, body)."""

    def __init__(self, answers: dict[tuple[str, str], Any]) -> None:
        self.answers = answers
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        self.headers: list[dict[str, str]] = []
        self.uploads: list[tuple[str, bytes]] = []
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def __enter__(self) -> StubServer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def paths(self) -> list[str]:
        return [f"{method} {path}" for method, path, _ in self.requests]


def _handler(stub: StubServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer("GET", {})

        def do_DELETE(self) -> None:
            self._answer("DELETE", {})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            self._answer("POST", _form(self.headers.get("content-type", ""), body, stub.uploads))

        def _answer(self, method: str, form: dict[str, str]) -> None:
            place = urlsplit(self.path.removeprefix("/v1"))
            stub.requests.append((method, place.path, dict(parse_qsl(place.query)) | form))
            stub.headers.append({name.lower(): value for name, value in self.headers.items()})
            answer = stub.answers.get((method, place.path), (404, {"title": "Not found", "status": 404}))
            if isinstance(answer, list):
                answer = answer.pop(0) if len(answer) > 1 else answer[0]
            status, body = answer if isinstance(answer, tuple) else (200, answer)
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing: the tests look at `requests`."""

    return Handler


def _form(content_type: str, body: bytes, uploads: list[tuple[str, bytes]]) -> dict[str, str]:
    """Fields of a JSON or multipart body; the files of the latter are added to `uploads`."""
    if content_type == "application/json":
        return dict(json.loads(body))
    if not content_type.startswith("multipart/"):
        return {}
    message = BytesParser(policy=HTTP).parsebytes(b"content-type: " + content_type.encode() + b"\r\n\r\n" + body)
    fields: dict[str, str] = {}
    for part in message.iter_parts():  # type: ignore[attr-defined]
        content = part.get_payload(decode=True)
        if part.get_filename():
            uploads.append((part.get_filename(), content))
        else:
            fields[part.get_param("name", header="content-disposition")] = content.decode()
    return fields


def stub_servers() -> Iterator[Callable[[dict[tuple[str, str], Any]], StubServer]]:
    """A fixture's body: -> a function that starts servers with these answers; they are stopped after."""
    started: list[StubServer] = []

    def start(answers: dict[tuple[str, str], Any]) -> StubServer:
        server = StubServer(answers)
        started.append(server.__enter__())
        return server

    yield start
    for server in started:
        server.__exit__(None, None, None)
