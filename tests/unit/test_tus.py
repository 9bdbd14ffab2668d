"""Resumable uploads, with tuspy and by hand: what came counts, whatever breaks; the file then waits as any other."""

from __future__ import annotations

import base64
import hashlib
import os
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from http_server import Served
from local_scheduler import LocalApi
from tusclient.client import TusClient

from actors.errors import SchedulerUnavailable
from serve_app import resumable
from serve_app.errors import BadMultipart
from storage.partial_uploads import PartialUploads

TEXT = "Сайн байна уу? Энэ бол жишээ.\n".encode() * 500
VERSION = {"Tus-Resumable": "1.0.0"}


@pytest.fixture
def api(tmp_path: Path) -> LocalApi:
    return LocalApi(tmp_path)


@pytest.fixture
def http(api: LocalApi) -> Iterator[TestClient]:
    with TestClient(api.app, raise_server_exceptions=False) as client:
        yield client


def encoded(**facts: str) -> str:
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in facts.items())


def begin(http: TestClient, text: bytes = TEXT, **facts: str) -> str:
    head = {**VERSION, "Upload-Length": str(len(text)), "Upload-Metadata": encoded(**{"filename": "a.txt", **facts})}
    answer = http.post("/v1/uploads/tus", headers=head)
    assert answer.status_code == 201, answer.text
    return str(answer.headers["location"])


def add(http: TestClient, url: str, offset: int, data: bytes, **headers: str) -> httpx.Response:
    head = {**VERSION, "Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream", **headers}
    return http.patch(url, content=data, headers=head)


def offset(http: TestClient, url: str) -> int:
    return int(http.head(url, headers=VERSION).headers["upload-offset"])


def waiting(api: LocalApi, client: str = "anna") -> list[tuple[str, int, str]]:
    return [(one.name, one.size, one.sha256) for one in api.scheduler.service.repository.uploads.waiting(client)]


WAITING = [("a.txt", len(TEXT), hashlib.sha256(TEXT).hexdigest())]


def left(api: LocalApi) -> list[str]:
    return sorted(path.suffix for path in (api.services.blobs.root / "partial").iterdir())


def test_a_client_that_is_not_ours_uploads_in_pieces_and_resumes(api: LocalApi, tmp_path: Path) -> None:
    path = tmp_path / "тайлан.txt"
    path.write_bytes(TEXT)
    with Served(api.app) as server:
        client = TusClient(f"{server.url}/v1/uploads/tus")
        facts = {"filename": path.name, "client_id": "anna"}
        with path.open("rb") as file:
            first = client.uploader(file_stream=file, chunk_size=1_000, metadata=facts)
            first.upload_chunk()
            first.upload_chunk()
            second = client.uploader(
                file_stream=file, chunk_size=10_000, url=first.url, metadata=facts, upload_checksum=True
            )
            assert second.offset == 2_000
            second.upload()
        assert server.do(lambda: waiting(api)) == [(path.name, *WAITING[0][1:])]
        body = {"client_ip": "anna", "source_lang": "mn", "target_lang": "zh"}
        made = httpx.post(f"{server.url}/v1/translate/files", json=body, trust_env=False)
        assert made.status_code == 200


def test_what_came_counts_and_the_next_process_goes_on(api: LocalApi, http: TestClient, tmp_path: Path) -> None:
    url = begin(http, client_id="anna")
    assert add(http, url, 0, TEXT[:700]).headers["upload-offset"] == "700"
    # A process that died wrote more than it recorded.
    (part,) = (api.services.blobs.root / "partial").glob("*.part")
    with part.open("ab") as file:
        file.write(b"garbage")
    later = LocalApi(tmp_path)
    with TestClient(later.app) as again:
        assert offset(again, url) == 700
        wrong = add(again, url, 707, TEXT[707:])
        assert (wrong.status_code, wrong.json()["code"], wrong.json()["upload_offset"]) == (409, "upload_offset", 700)
        assert add(again, url, 700, TEXT[700:]).status_code == 204
        assert offset(again, url) == len(TEXT)
        assert add(again, url, len(TEXT), b"").status_code == 204
    assert waiting(later) == WAITING
    assert left(later) == [".json"]


async def test_a_connection_that_breaks_leaves_what_had_arrived(
    api: LocalApi, http: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = begin(http, client_id="anna")
    upload_id = url.rsplit("/", 1)[-1]

    nothing: Any = None

    async def breaking() -> AsyncIterator[bytes]:
        yield TEXT[:900]
        with pytest.raises(resumable.tus.UploadBusy):
            await api.services.resumable.append(upload_id, 0, nothing, None)
        raise BadMultipart("gone")

    with pytest.raises(BadMultipart):
        await api.services.resumable.append(upload_id, 0, breaking(), None)
    assert offset(http, url) == 900


async def test_a_long_part_counts_bit_by_bit(api: LocalApi, http: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resumable, "RECORD_BYTES", 1_000)
    url = begin(http)
    upload_id = url.rsplit("/", 1)[-1]
    seen = []

    async def blocks() -> AsyncIterator[bytes]:
        for start in range(0, 5_000, 500):
            seen.append(api.services.resumable.uploads.get(upload_id).offset)
            yield TEXT[start : start + 500]

    await api.services.resumable.append(upload_id, 0, blocks(), None)
    assert seen == [0, 0, 1_000, 1_000, 2_000, 2_000, 3_000, 3_000, 4_000, 4_000]


def test_a_part_with_a_wrong_checksum_does_not_count(http: TestClient) -> None:
    url = begin(http)
    good, bad = (base64.b64encode(hashlib.sha256(data).digest()).decode() for data in (TEXT[:600], TEXT))
    refused = add(http, url, 0, TEXT[:600], **{"Upload-Checksum": f"sha256 {bad}"})
    assert (refused.status_code, refused.json()["code"]) == (460, "checksum_mismatch")
    assert offset(http, url) == 0
    assert add(http, url, 0, TEXT[:600], **{"Upload-Checksum": f"sha256 {good}"}).status_code == 204
    odd = add(http, url, 600, b"x", **{"Upload-Checksum": "md5 abcd"})
    assert (odd.status_code, offset(http, url)) == (422, 600)


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [("a.exe", TEXT, "unsupported_type"), ("a.docx", TEXT, "file_damaged"), ("a.txt", b"\0" * 99, "")],
)
def test_a_file_that_is_refused_when_it_is_whole_leaves_nothing(
    api: LocalApi, http: TestClient, name: str, text: bytes, code: str
) -> None:
    url = begin(http, text, filename=name, client_id="anna")
    answer = add(http, url, 0, text)
    assert 400 <= answer.status_code < 500 and answer.headers["content-type"] == "application/problem+json"
    assert not code or answer.json()["code"] == code
    assert answer.headers["tus-resumable"] == "1.0.0"
    assert left(api) == [] and waiting(api) == []
    assert http.head(url, headers=VERSION).status_code == 404


def test_a_file_whose_client_could_not_be_told_is_not_lost(
    api: LocalApi, http: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = begin(http, client_id="anna")
    add_uploads, calls = api.scheduler.add_uploads, []

    async def unavailable(client_id: str, files: Any) -> None:
        calls.append(files)
        if len(calls) == 1:
            raise SchedulerUnavailable("it may have been stored")
        await add_uploads(client_id, files)

    monkeypatch.setattr(api.scheduler, "add_uploads", unavailable)
    assert add(http, url, 0, TEXT).status_code == 503
    assert offset(http, url) == len(TEXT)
    assert waiting(api) == WAITING
    assert calls[0] == calls[1], "the same blob"


def test_too_large_too_long_and_unfit_requests_are_refused(api: LocalApi, http: TestClient) -> None:
    def code(answer: httpx.Response) -> tuple[int, str]:
        return answer.status_code, answer.json()["code"]

    head = {**VERSION, "Upload-Metadata": encoded(filename="a.txt")}
    large = http.post("/uploads/tus", headers={**head, "Upload-Length": str(2**20 + 1)})
    assert code(large) == (413, "file_too_large")
    assert code(http.post("/uploads/tus", headers=head)) == (422, "invalid_request")
    assert code(http.post("/uploads/tus", headers={**head, "Upload-Length": "0"})) == (422, "invalid_request")
    unnamed = {**VERSION, "Upload-Length": "5", "Upload-Metadata": encoded(client_id="anna")}
    assert code(http.post("/uploads/tus", headers=unnamed)) == (422, "invalid_request")
    for garbled in ("filename !!", b"filename \xe9\xe9", "filename " + base64.b64encode(b"\xff").decode()):
        answer = http.post("/uploads/tus", headers={**head, "Upload-Length": "5", "Upload-Metadata": garbled})
        assert code(answer) == (422, "invalid_request")
    silent = http.post("/uploads/tus", headers={"Upload-Length": "5", "Upload-Metadata": head["Upload-Metadata"]})
    assert code(silent) == (422, "invalid_request")
    old = http.post("/uploads/tus", headers={**head, "Upload-Length": "5", "Tus-Resumable": "0.2.0"})
    assert code(old) == (412, "tus_version") and old.headers["tus-version"] == "1.0.0"
    url = begin(http, b"12345")
    assert code(add(http, url, 0, b"123456")) == (422, "invalid_request")
    assert offset(http, url) == 0
    plain = add(http, url, 0, b"123", **{"Content-Type": "text/plain"})
    assert code(plain) == (415, "unsupported_media_type")
    assert code(add(http, "/uploads/tus/" + "0" * 32, 0, b"1")) == (404, "upload_not_found")
    assert left(api) == [".json", ".part"]


def test_what_can_be_done_is_told_and_an_upload_can_be_given_up(api: LocalApi, http: TestClient) -> None:
    told = http.options("/v1/uploads/tus")
    assert told.status_code == 204 and told.headers["tus-max-size"] == str(2**20)
    assert set(told.headers["tus-extension"].split(",")) == {"creation", "termination", "expiration", "checksum"}
    url = begin(http)
    assert http.delete(url, headers=VERSION).status_code == 204
    assert http.delete(url, headers=VERSION).status_code == 404
    assert left(api) == []


def test_an_upload_that_nobody_goes_on_with_ends_after_its_time(tmp_path: Path) -> None:
    uploads = PartialUploads(tmp_path, 3_600.0)
    old, young = uploads.create("anna", "a.txt", 9), uploads.create("anna", "b.txt", 9)
    then = time.time() - 3_700
    for path in uploads.root.glob(f"{old.id}*"):
        os.utime(path, (then, then))
    assert uploads.sweep() == 2
    assert {path.stem for path in uploads.root.iterdir()} == {young.id}


def test_a_task_takes_the_uploads_that_it_names_and_leaves_the_others(api: LocalApi, http: TestClient) -> None:
    urls = [begin(http, filename=f"{name}.txt", client_id="anna") for name in "abc"]
    ids = [url.rsplit("/", 1)[-1] for url in urls]
    for url in urls[:2]:
        add(http, url, 0, TEXT)
    body = {"client_ip": "anna", "source_lang": "mn", "target_lang": "zh"}
    for wrong, status, code in (
        ([ids[2]], 409, "upload_unfinished"),
        (["0" * 32], 404, "upload_not_found"),
        ([], 422, "invalid_request"),
        (["x"], 422, "invalid_request"),
    ):
        refused = http.post("/v1/translate/files", json={**body, "uploads": wrong})
        assert (refused.status_code, refused.json()["code"]) == (status, code), refused.text
    stranger = http.post("/v1/translate/files", json={**body, "client_ip": "bob", "uploads": [ids[0]]})
    assert (stranger.status_code, stranger.json()["code"]) == (404, "upload_not_found")
    head = {"Idempotency-Key": "once"}
    made = http.post("/v1/translate/files", json={**body, "uploads": [ids[1]]}, headers=head).json()
    assert [file["name"] for file in http.get(f"/v1/tasks/{made['task_id']}").json()["files"]] == ["b.txt"]
    assert [name for name, _size, _hash in waiting(api)] == ["a.txt"]
    again = http.post("/v1/translate/files", json={**body, "uploads": [ids[1]]}, headers=head)
    assert again.json() == made and again.headers["idempotency-replayed"] == "true"
    gone = http.post("/v1/translate/files", json={**body, "uploads": [ids[1]]})
    assert gone.status_code == 422 and gone.json()["code"] == "no_files"
    form = http.post("/submit_translation_task", data={**body, "uploads": ids[0]})
    assert form.status_code == 200 and waiting(api) == []
