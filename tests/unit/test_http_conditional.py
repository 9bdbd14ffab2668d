"""Answers that a client has already, files in parts, and the id of a request on its way through everything."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from local_scheduler import LocalApi

from actors import logs
from actors.config import LogConfig
from serve_app import request_ids

FORM = {"client_ip": "anna", "source_lang": "mn", "target_lang": "zh"}
TEXT = "Сайн байна уу? Энэ бол жишээ.\n".encode()


@pytest.fixture
def api(tmp_path: Path) -> LocalApi:
    return LocalApi(tmp_path)


@pytest.fixture
def http(api: LocalApi) -> Iterator[TestClient]:
    with TestClient(api.app, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def task_id(http: TestClient) -> str:
    answer = http.post("/translate/files", data=FORM, files={"files": ("a.txt", TEXT)})
    return str(answer.json()["task_id"])


@pytest.mark.parametrize("path", ["/tasks/{}", "/v1/tasks/{}", "/v1/task_status?task_id={}"])
def test_a_task_is_sent_again_only_when_it_has_changed(
    api: LocalApi, http: TestClient, task_id: str, path: str
) -> None:
    url = path.format(task_id)
    first = http.get(url)
    tag = first.headers["etag"]
    for sent in (tag, tag.removeprefix("W/"), f'"other", {tag}', "*"):
        same = http.get(url, headers={"If-None-Match": sent})
        assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", tag)
    assert http.get(url, headers={"If-None-Match": '"other"'}).status_code == 200
    api.scheduler.complete(task_id)
    changed = http.get(url, headers={"If-None-Match": tag})
    assert changed.status_code == 200 and changed.headers["etag"] != tag


@pytest.mark.parametrize("path", ["/v1/tasks/{}/files/1", "/v1/download-all?task_id={}"])
def test_a_broken_download_goes_on_where_it_stopped(api: LocalApi, http: TestClient, task_id: str, path: str) -> None:
    api.scheduler.complete(task_id)
    url = path.format(task_id)
    whole = http.get(url)
    tag = whole.headers["etag"]
    assert whole.headers["accept-ranges"] == "bytes"
    size = http.head(url)
    assert (size.status_code, size.content) == (200, b"")
    assert size.headers["content-length"] == str(len(whole.content)) and size.headers["etag"] == tag
    assert http.head(url.replace(task_id, "t-none")).status_code == 404
    rest = http.get(url, headers={"Range": "bytes=10-", "If-Range": tag})
    assert (rest.status_code, rest.content) == (206, whole.content[10:])
    assert rest.headers["content-range"] == f"bytes 10-{len(whole.content) - 1}/{len(whole.content)}"
    other = http.get(url, headers={"Range": "bytes=10-", "If-Range": '"other"'})
    assert (other.status_code, other.content) == (200, whole.content)
    assert http.get(url, headers={"If-None-Match": tag}).status_code == 304
    for malformed in ("bytes=5-2", "lines=1-2", "bytes=x"):
        ignored = http.get(url, headers={"Range": malformed})
        assert (ignored.status_code, ignored.content) == (200, whole.content)
    beyond = http.get(url, headers={"Range": "bytes=999999-"})
    assert (beyond.status_code, beyond.json()["code"]) == (416, "range_not_satisfiable")
    assert beyond.headers["content-range"] == f"bytes */{len(whole.content)}"
    assert beyond.headers["content-type"] == "application/problem+json"


def test_a_request_has_an_id_in_every_answer_a_refusal_and_a_failure_too(
    api: LocalApi, http: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {"X-Request-ID": "order-77:a.b_c"}
    assert http.get("/v1/tasks/none", headers=given).headers["x-request-id"] == "order-77:a.b_c"
    assert api.scheduler.seen[-1] == ("order-77:a.b_c", "task")
    for indecent in ("a b", "x" * 129, "<script>", ""):
        made = http.get("/v1/tasks/none", headers={"X-Request-ID": indecent}).headers["x-request-id"]
        assert len(made) == 32 and made != indecent

    def broken() -> Any:
        raise RuntimeError("a secret of ours")

    monkeypatch.setattr(api.scheduler, "queue_status", broken)
    failed = http.get("/v1/queue_status", headers=given)
    assert failed.status_code == 500 and "secret" not in failed.text
    assert failed.headers["x-request-id"] == "order-77:a.b_c"


def test_the_id_stands_in_the_log_lines_of_what_was_done_for_it(
    api: LocalApi, http: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "server.log"
    root = logging.getLogger("khelmerch")
    before, level = list(root.handlers), root.level
    monkeypatch.setattr(root, "handlers", [])
    logs.configure(LogConfig(path))
    try:
        made = http.post("/v1/translate/files", data=FORM, files={"files": ("a.txt", TEXT)}).json()["task_id"]
        http.post(f"/v1/tasks/{made}/cancel", headers={"X-Request-ID": "stop-1"})
        http.get("/v1/queue_status", headers={"X-Request-ID": "look-1"})
    finally:
        for handler in root.handlers:
            handler.close()
        root.handlers[:] = before
        root.setLevel(level)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    mine = [line for line in lines if line.get("request") == "stop-1"]
    assert {line["message"] for line in mine} == {"task is over", "request"}
    (access,) = [line for line in mine if line["message"] == "request"]
    assert (access["method"], access["path"], access["status"]) == ("POST", f"/v1/tasks/{made}/cancel", 200)
    assert not [line for line in lines if line.get("request") == "look-1"], "looking leaves no line"


async def test_the_proxy_in_front_leaves_one_decent_id() -> None:
    sent: list[Any] = []

    async def serve(scope: Any, receive: Any, send: Any) -> None:
        headers = dict(scope["headers"])
        await send({"type": "http.response.start", "status": 200, "headers": [(b"x-request-id", b"ours")] * 2})
        await send({"type": "http.response.body", "body": headers[b"x-request-id"]})

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "headers": [(b"x-request-id", b"in decent")], "path": "/", "method": "GET"}
    await request_ids.OneRequestId(serve)(scope, None, send)  # type: ignore[arg-type]
    ids = [value for key, value in sent[0]["headers"] if key == b"x-request-id"]
    assert len(ids) == 1 and ids[0] == sent[1]["body"] and len(ids[0]) == 32
