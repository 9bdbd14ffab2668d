"""Clients that send slowly, go away, or meet a full disk: a clear refusal, nothing left behind, others not held up."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from child_process import in_child
from http_server import Served
from local_scheduler import LocalApi
from starlette.types import Message

from serve_app import slow_bodies
from storage.blobs import BlobStore
from tests.support.waiting import eventually

pytestmark = pytest.mark.timeout(60)

HEAD = (
    "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=b\r\n"
    "Content-Length: 1000000\r\nConnection: close\r\n\r\n"
    '--b\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\nthe begin of a text '
)
FORM = {"client_id": "anna"}


def left(store: BlobStore) -> list[str]:
    return sorted(path.name for path in (store.root / "staging").iterdir())


@contextmanager
def begun(url: str, path: str = "/v1/uploadfiles") -> Iterator[socket.socket]:
    """A connection on which an upload has begun, and nothing more comes."""
    parts = httpx.URL(url)
    with socket.create_connection((parts.host, parts.port or 80), timeout=20) as line:
        line.sendall(HEAD.format(path=path).encode())
        yield line


def heard(line: socket.socket) -> str:
    """-> all that the server says before it hangs up."""
    said = b""
    while block := line.recv(65_536):
        said += block
    return said.decode()


@pytest.fixture
def api(tmp_path: Path) -> LocalApi:
    return LocalApi(tmp_path)


@pytest.fixture
def server(api: LocalApi) -> Iterator[Served]:
    with Served(api.app) as served:
        yield served


@pytest.mark.parametrize(("path", "said"), [("/v1/uploadfiles", '"request_timeout"'), ("/translate_file", '"error"')])
def test_a_body_that_stops_coming_is_refused_and_leaves_nothing(
    api: LocalApi, server: Served, monkeypatch: pytest.MonkeyPatch, path: str, said: str
) -> None:
    monkeypatch.setattr(slow_bodies, "SILENT_SECONDS", 0.3)
    with begun(server.url, path) as line:
        eventually(lambda: left(api.services.blobs), len)
        answer = heard(line)
    assert answer.startswith("HTTP/1.1 408") and said in answer and "Send it again" in answer
    assert left(api.services.blobs) == []


async def test_a_body_that_comes_by_the_byte_is_refused_after_its_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(slow_bodies.time, "monotonic", lambda: now[0])
    size = 1

    async def receive() -> Message:
        now[0] += 30
        return {"type": "http.request", "body": b"x" * size, "more_body": True}

    slow = slow_bodies.paced(receive)
    assert [len((await slow())["body"]) for _ in range(2)] == [1, 1]
    with pytest.raises(slow_bodies.RequestTimeout, match="bytes a second"):
        await slow()
    size, now[0] = 30 * slow_bodies.MIN_BYTES_PER_SECOND, 0.0
    steady = slow_bodies.paced(receive)
    assert sum([len((await steady())["body"]) for _ in range(20)]) == 20 * size


async def test_after_its_body_a_request_waits_as_long_as_it_likes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slow_bodies, "SILENT_SECONDS", -1.0)
    messages: Iterator[Any] = iter([{"type": "http.request", "body": b""}, {"type": "http.disconnect"}])

    async def receive() -> Message:
        return dict(next(messages))

    within = slow_bodies.paced(receive)
    monkeypatch.setattr(slow_bodies, "SILENT_SECONDS", 5.0)
    assert (await within())["type"] == "http.request"
    monkeypatch.setattr(slow_bodies, "SILENT_SECONDS", -1.0)
    assert (await within())["type"] == "http.disconnect"


def test_many_slow_clients_hold_nobody_up_and_leave_nothing_when_they_go(api: LocalApi, server: Served) -> None:
    with ExitStack() as lines:
        for _ in range(40):
            lines.enter_context(begun(server.url))
        eventually(lambda: left(api.services.blobs), lambda names: len(names) == 40)
        sent = httpx.post(
            f"{server.url}/v1/uploadfiles", data=FORM, files={"files": ("b.txt", b"text")}, trust_env=False
        )
        assert sent.status_code == 200
    eventually(lambda: left(api.services.blobs), lambda names: not names)


def test_what_a_process_that_is_gone_was_receiving_goes_when_the_next_one_begins(tmp_path: Path) -> None:
    store = BlobStore(tmp_path)
    mine = store.stage()
    in_child(lambda: store.stage().write(b"half a file"))
    other = tmp_path / "staging" / f"in-00000000-1-{'0' * 32}"
    other.touch()  # of another machine, whose processes are not known here
    assert len(left(store)) == 3
    assert store.sweep_dead() == 1
    assert left(store) == sorted([mine.path.name, other.name])
    mine.discard()


# ---- a full disk


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 1 MB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a small disk")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_refuses_uploads_clearly_and_takes_them_again_when_there_is_room(
    tmp_path: Path, small_disk: Path
) -> None:
    api = LocalApi(tmp_path, blob_root=small_disk)
    ballast = small_disk / "ballast"
    with Served(api.app) as server, httpx.Client(base_url=server.url, trust_env=False) as http:
        ballast.write_bytes(b"\0" * 900_000)
        files = {"files": ("a.txt", "Сайн байна уу?\n".encode() * 20_000)}
        body = {**FORM, "source_lang": "mn", "target_lang": "zh"}
        for path, form in (("/v1/uploadfiles", FORM), ("/v1/translate/files", body)):
            refused = http.post(path, data=form, files=files)
            assert (refused.status_code, refused.json()["code"]) == (503, "storage_error")
            assert "is full" in refused.json()["detail"] and refused.headers["retry-after"]
        assert left(api.services.blobs) == [] and not list(small_disk.glob("uploads/*/*"))
        assert http.get("/v1/health/live").status_code == 200
        assert http.get("/v1/tasks").json()["tasks"] == []
        ballast.unlink()
        made = http.post("/v1/translate/files", data=body, files=files)
        assert made.status_code == 200, made.text


def test_a_resumable_upload_on_a_full_disk_goes_on_when_there_is_room(tmp_path: Path, small_disk: Path) -> None:
    api = LocalApi(tmp_path, blob_root=small_disk)
    ballast, text = small_disk / "ballast", b"Hello there, world.\n" * 20_000
    head = {"Tus-Resumable": "1.0.0", "Upload-Length": str(len(text)), "Upload-Metadata": "filename YS50eHQ="}
    with Served(api.app) as server, httpx.Client(base_url=server.url, trust_env=False) as http:
        place = http.post("/v1/uploads/tus", headers=head).headers["location"]
        ballast.write_bytes(b"\0" * 800_000)

        def add(offset: int) -> httpx.Response:
            part = {**head, "Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
            return http.patch(place, headers=part, content=text[offset:])

        refused = add(0)
        assert refused.status_code == 503 and "is full" in refused.json()["detail"]
        offset = int(http.head(place, headers=head).headers["upload-offset"])
        ballast.unlink()
        assert add(offset).headers["upload-offset"] == str(len(text))
        assert left(api.services.blobs) == []
