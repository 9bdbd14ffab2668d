"""A running server whose clients fail: slow ones, ones that go away, and an ingress that is killed while it receives."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from cluster.settings import Settings
from tests.support.waiting import eventually

pytestmark = pytest.mark.acceptance

PAIR = {"source_lang": "mon_Cyrl", "target_lang": "cmn_Hans"}
TEXT = "Файлыг хадгалах уу?\n".encode()
SLOW_CLIENTS = 20
LARGE_CHARS = 1_900_000
"""More than the buffers of a connection hold: a client that stops reading is noticed."""


@pytest.fixture(scope="module")
def api(server_url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server_url, timeout=60.0, trust_env=False) as client:
        yield client


@pytest.fixture
def receiving(server_settings: Settings) -> Callable[[], list[str]]:
    """-> the names of files that are being received."""
    staging = server_settings.storage.blobs_dir / "staging"
    return lambda: sorted(path.name for path in staging.iterdir() if path.name.startswith("in-"))


@contextlib.contextmanager
def begun(url: str) -> Iterator[socket.socket]:
    """A connection on which an upload has begun, and nothing more comes."""
    parts = httpx.URL(url)
    head = (
        f"POST /v1/translate/files HTTP/1.1\r\nHost: {parts.host}\r\nContent-Length: 1000000\r\n"
        "Content-Type: multipart/form-data; boundary=b\r\n\r\n"
        '--b\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\nthe begin of a text '
    )
    with socket.create_connection((parts.host, parts.port or 80), timeout=30) as line:
        line.sendall(head.encode())
        yield line


def submit(api: httpx.Client, text: bytes = TEXT) -> str:
    answer = api.post("/v1/translate/files", data=PAIR, files={"files": ("a.txt", text)})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["task_id"])


def completed(api: httpx.Client, task_id: str) -> bool:
    status = api.get(f"/v1/tasks/{task_id}").json()["status"]
    assert status in ("pending", "processing", "completed")
    return bool(status == "completed")


def test_slow_clients_hold_nobody_up_and_leave_nothing_when_they_go(
    api: httpx.Client, server_url: str, receiving: Callable[[], list[str]]
) -> None:
    with contextlib.ExitStack() as lines:
        for _ in range(SLOW_CLIENTS):
            lines.enter_context(begun(server_url))
        eventually(receiving, lambda names: len(names) == SLOW_CLIENTS)
        task_id = submit(api)
        eventually(lambda: completed(api, task_id), bool)
        assert len(receiving()) == SLOW_CLIENTS
    eventually(receiving, lambda names: not names)


def test_a_download_that_breaks_off_leaves_the_result_as_it_is(api: httpx.Client) -> None:
    task_id = submit(api, b"".join(b"%d\n" % number for number in range(LARGE_CHARS // 8)))
    eventually(lambda: completed(api, task_id), bool, 60.0)
    url = f"/v1/tasks/{task_id}/files/1"
    whole = api.get(url).content
    with api.stream("GET", url) as answer:
        next(answer.iter_raw(1_000))
    assert api.get(url).content == whole
    resumed = api.get(url, headers={"Range": "bytes=1000-"})
    assert resumed.status_code == 206 and resumed.content == whole[1000:]


def _replica() -> tuple[str, Any]:
    """-> (name, handle) of the ingress's one replica."""
    import ray

    (name,) = [
        row["name"]
        for row in ray.util.list_named_actors(all_namespaces=True)
        if row["namespace"] == "serve" and row["name"].startswith("SERVE_REPLICA::khelmerch#ingress#")
    ]
    return name, ray.get_actor(name, namespace="serve")


def test_a_killed_ingress_loses_no_task_and_leaves_nothing_of_what_it_received(
    api: httpx.Client, server_url: str, receiving: Callable[[], list[str]], request: pytest.FixtureRequest
) -> None:
    if request.config.getoption("--server-url"):
        pytest.skip("a server that is not ours is not killed")
    import ray

    task_id = submit(api, TEXT * 200)
    name, replica = _replica()
    with begun(server_url) as line:
        (half,) = eventually(receiving, len)
        process = int(half.split("-")[2])
        ray.kill(replica)
        said = b""
        with contextlib.suppress(OSError):
            while block := line.recv(65_536):
                said += block
        assert said == b"" or said.startswith(b"HTTP/1.1 5"), said

    def answers() -> bool:
        with contextlib.suppress(httpx.TransportError):
            answer = api.get(f"/v1/tasks/{task_id}")
            assert answer.status_code == 200 or (answer.status_code in (500, 503)), answer.text
            return answer.status_code == 200
        return False

    eventually(answers, bool, 60.0)
    assert _replica()[0] != name and not Path("/proc", str(process)).exists()
    assert receiving() == []
    eventually(lambda: completed(api, task_id), bool, 60.0)
    submit(api)
