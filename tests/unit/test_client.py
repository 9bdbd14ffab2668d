"""`khelmerch_client` against the real application: both clients do the same, once, and nothing is lost when lines break."""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from client_kit import Clients, Line, Torn
from http_server import Served
from local_scheduler import LocalApi

from khelmerch_client import (
    DamagedDownload,
    Invalid,
    NotFound,
    Notice,
    Progress,
    StillRunning,
    TaskEvent,
    TooManyRequests,
    Unreachable,
)
from khelmerch_client._async import uploads as async_uploads
from khelmerch_client._sync import uploads as sync_uploads

TEXT = "Сайн байна уу? Энэ бол жишээ.\n" * 200


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> LocalApi:
    return LocalApi(tmp_path_factory.mktemp("api"))


@pytest.fixture(scope="module")
def server(api: LocalApi) -> Iterator[Served]:
    """Translates at once what is accepted."""
    with Served(api.app, api.scheduler.work, api.scheduler.webhooks.run) as served:
        yield served


@pytest.fixture(scope="module")
def idle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[LocalApi, Served]]:
    """Translates when a test says so."""
    api = LocalApi(tmp_path_factory.mktemp("idle"))

    async def until_the_end() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await api.scheduler.service.workflow.glossaries._checks.close()

    with Served(api.app, until_the_end) as served:
        yield api, served


@pytest.fixture(params=["sync", "async"])
def clients(request: pytest.FixtureRequest) -> Iterator[Clients]:
    made = Clients(request.param)
    yield made
    made.close()


@pytest.fixture
def report(tmp_path: Path) -> Path:
    path = tmp_path / "report.txt"
    path.write_text(TEXT, encoding="utf-8")
    return path


def test_a_document_goes_in_and_comes_out(clients: Clients, server: Served, report: Path, tmp_path: Path) -> None:
    client = clients.of(server.url)
    sent: list[int] = []
    task_id = client.submit([report], "mn", "zh", client_id="anna", priority=7, on_sent=sent.append)
    task = client.wait(task_id)
    assert (task["status"], task["client_ip"], task["priority"]) == ("completed", "anna", 7)
    assert sum(sent) == report.stat().st_size
    for name in ("report.out.txt", "report.out-1.txt"):  # never over what is there
        (saved,) = client.download(task_id, tmp_path / "out")
        assert (saved.name, saved.kind, saved.path) == ("report.txt", "translated", tmp_path / "out" / name)
        assert saved.path.read_text(encoding="utf-8") == TEXT.upper()
    assert client.download_all(task_id, tmp_path / "all.zip").read_bytes()[:2] == b"PK"
    assert task_id in [one["task_id"] for one in client.iter_tasks(client_id="anna")]


def test_an_answer_that_is_lost_makes_no_second_task(
    clients: Clients, api: LocalApi, server: Served, report: Path
) -> None:
    lost: list[int] = []

    def lose(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        if request.method == "POST" and len(lost) < 2:
            lost.append(answer.status_code)
            answer.read()
            raise httpx.ReadError("lost")
        return answer

    line = Line(after=lose)
    before = server.do(lambda: len(api.scheduler.service.repository.tasks.unfinished()))
    client = clients.of(server.url, line)
    sent: list[int] = []
    task_id = client.submit([report], "mn", "zh", on_sent=sent.append)
    mine = client.task(task_id)["client_ip"]
    assert lost == [200, 200] and before == 0
    assert [one["task_id"] for one in client.iter_tasks(client_id=mine)] == [task_id]
    assert sum(sent) == report.stat().st_size, "what was sent in vain is taken back"


def test_what_changes_something_is_not_sent_again(clients: Clients, server: Served) -> None:
    def break_off(request: httpx.Request) -> httpx.Response | None:
        if request.method == "POST":
            raise httpx.ReadError("lost")
        return None

    line = Line(before=break_off)
    with pytest.raises(Unreachable):
        clients.of(server.url, line).cancel("t1")
    assert line.paths() == ["POST /v1/tasks/t1/cancel"]


def test_a_refusal_says_what_is_wrong_and_can_be_found_in_the_log(
    clients: Clients, server: Served, report: Path
) -> None:
    client = clients.of(server.url)
    with pytest.raises(Invalid) as wrong:
        client.submit([report], "mn", "fr")
    error = wrong.value
    assert (error.code, error.status, error.retry_after) == ("unknown_language", 422, None)
    assert error.request_id and "fr" in error.message and error.data["language"] == "fr"
    with pytest.raises(NotFound) as missing:
        client.task("nope")
    assert missing.value.code == "task_not_found"


def test_a_busy_server_is_asked_again_when_it_says_unless_that_is_far_away(clients: Clients, server: Served) -> None:
    answers: list[tuple[int, str]] = [(503, "0"), (429, "0")]

    def busy(request: httpx.Request) -> httpx.Response | None:
        if not answers:
            return None
        status, seconds = answers.pop(0)
        problem = {"title": "Busy", "detail": "Busy.", "code": "queue_full"}
        return httpx.Response(status, headers={"retry-after": seconds, "x-request-id": "r1"}, json=problem)

    line = Line(before=busy)
    assert clients.of(server.url, line).queue_status()["max_tasks"]
    assert len(line.requests) == 3
    answers.append((429, "3600"))
    with pytest.raises(TooManyRequests) as full:
        clients.of(server.url, line).queue_status()
    assert (full.value.retry_after, full.value.request_id, len(line.requests)) == (3600.0, "r1", 4)


# ---- following


def test_events_go_on_after_a_break_each_once(clients: Clients, server: Served, report: Path) -> None:
    def tear(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        if not request.url.path.endswith("/events"):
            return answer
        return httpx.Response(answer.status_code, headers=answer.headers, stream=Torn(answer.stream, 700))

    line = Line(after=tear)
    client = clients.of(server.url, line)
    task_id = client.submit([report], "mn", "zh")
    events = [one for one in client.follow(task_id) if isinstance(one, TaskEvent)]
    kept = [one["id"] for one in client.history(task_id)]
    assert [one.id for one in events] == kept == sorted(set(kept))
    assert events[0].kind == "accepted" and events[-1].kind == "completed"
    given = [one.headers.get("last-event-id") for one in line.requests if one.url.path.endswith("/events")]
    assert given[0] is None and len(given) > 1 and all(given[1:])


@pytest.mark.parametrize("answer", ["none", "page"])
def test_where_no_events_come_that_is_said_and_the_task_is_asked_for(
    clients: Clients, idle: tuple[LocalApi, Served], report: Path, answer: str
) -> None:
    def without(request: httpx.Request) -> httpx.Response | None:
        if not request.url.path.endswith("/events"):
            return None
        problem = {"title": "Not Found", "detail": "There is nothing here.", "code": "not_found"}
        return httpx.Response(404, json=problem) if answer == "none" else httpx.Response(200, html="<p>Hello")

    api, server = idle
    client = clients.of(server.url, Line(before=without))
    task_id = client.submit([report], "mn", "zh")
    seen = []
    for one in client.follow(task_id, poll_s=0.01):
        seen.append(one)
        if isinstance(one, TaskEvent) and one.kind == "accepted":
            server.do(lambda: api.scheduler.complete(task_id))
    assert isinstance(seen[0], Notice) and seen[0].polling
    assert isinstance(seen[1], Progress)
    kinds = [one.kind for one in seen if isinstance(one, TaskEvent)]
    assert kinds[0] == "accepted" and kinds[-1] == "completed" and len(kinds) == len(set(kinds))


def test_waiting_ends_in_time_and_the_task_goes_on(
    clients: Clients, idle: tuple[LocalApi, Served], report: Path
) -> None:
    api, server = idle
    client = clients.of(server.url)
    task_id = client.submit([report], "mn", "zh")
    with pytest.raises(StillRunning):
        client.wait(task_id, timeout_s=0.2)
    server.do(lambda: api.scheduler.complete(task_id))
    assert client.wait(task_id, timeout_s=30)["status"] == "completed"


def test_following_lives_through_a_server_that_is_away_for_a_while(
    clients: Clients, server: Served, report: Path
) -> None:
    away = {"left": 5}

    def gone(request: httpx.Request) -> httpx.Response | None:
        if request.method == "GET" and away["left"]:
            away["left"] -= 1
            raise httpx.ConnectError("gone")
        return None

    client = clients.of(server.url, Line(before=gone))
    task_id = client.submit([report], "mn", "zh")
    notices: list[str] = []
    tasks = list(client.watch(task_id, every_s=0.0, on_notice=notices.append))
    assert tasks[-1]["status"] == "completed"
    assert notices == ["The server does not answer; waiting for it to come back."]


def test_following_gives_up_on_a_server_that_stays_away(clients: Clients) -> None:
    def gone(request: httpx.Request) -> httpx.Response | None:
        raise httpx.ConnectError("gone")

    client = clients.of("http://127.0.0.1:9", Line(before=gone))
    with pytest.raises(Unreachable, match="No server answers"):
        list(client.watch("t1", patience_s=0.05))
    with pytest.raises(Unreachable, match="No server answers"):
        list(client.follow("t1", patience_s=0.05))


# ---- results


@pytest.fixture(scope="module")
def done(server: Served, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A completed task with a result of some size."""
    path = tmp_path_factory.mktemp("done") / "long.txt"
    path.write_text(TEXT * 20, encoding="utf-8")
    made = Clients("sync")
    client = made.of(server.url)
    yield client.wait(client.submit([path], "mn", "zh"))
    made.close()


def is_result(request: httpx.Request) -> bool:
    return request.url.path.endswith("/files/1")


def test_a_download_that_breaks_goes_on_where_it_was(
    clients: Clients, server: Served, done: Any, tmp_path: Path
) -> None:
    def tear(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        if not is_result(request):
            return answer
        return httpx.Response(answer.status_code, headers=answer.headers, stream=Torn(answer.stream, 50_000))

    line = Line(after=tear)
    (saved,) = clients.of(server.url, line).download(done, tmp_path)
    assert saved.path.read_text(encoding="utf-8") == (TEXT * 20).upper()
    ranges = [request.headers.get("range") for request in line.requests if is_result(request)]
    assert ranges[0] is None and len(ranges) > 2 and all(str(one).startswith("bytes=") for one in ranges[1:])
    assert all(request.headers.get("if-range") for request in line.requests[1:] if is_result(request))
    assert list(tmp_path.iterdir()) == [saved.path]


def test_a_result_that_changed_in_between_comes_whole(
    clients: Clients, server: Served, done: Any, tmp_path: Path
) -> None:
    """The first half of another version, with its tag; the server then has nothing that fits it."""
    first = [True]

    def other(request: httpx.Request) -> httpx.Response | None:
        if is_result(request) and first.pop():
            first.append(False)
            body = Torn(httpx.ByteStream(b"old" * 1_000), 1_500)
            return httpx.Response(200, headers={"etag": f'"{"0" * 64}"'}, stream=body)
        first.append(False)
        return None

    (saved,) = clients.of(server.url, Line(before=other)).download(done, tmp_path)
    assert saved.path.read_text(encoding="utf-8") == (TEXT * 20).upper()


def test_what_is_damaged_on_the_way_is_not_kept(clients: Clients, server: Served, done: Any, tmp_path: Path) -> None:
    def damage(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        if not is_result(request):
            return answer
        body = bytearray(answer.read())
        body[7] ^= 1
        return httpx.Response(answer.status_code, headers=answer.headers, content=bytes(body))

    with pytest.raises(DamagedDownload):
        clients.of(server.url, Line(after=damage)).download(done, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_download_that_stays_broken_leaves_nothing(
    clients: Clients, server: Served, done: Any, tmp_path: Path
) -> None:
    def broken(request: httpx.Request) -> httpx.Response | None:
        if is_result(request):
            raise httpx.ReadError("broken")
        return None

    with pytest.raises(Unreachable):
        clients.of(server.url, Line(before=broken)).download(done, tmp_path)
    assert list(tmp_path.iterdir()) == []


# ---- large files


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (async_uploads, sync_uploads):
        monkeypatch.setattr(module, "PAUSES_S", (0.01,) * 100)
        monkeypatch.setattr(module, "BLOCK_BYTES", 10_000)


@pytest.mark.usefixtures("small_parts")
def test_large_files_go_in_parts_and_go_on_after_a_break(
    clients: Clients, api: LocalApi, server: Served, tmp_path: Path
) -> None:
    large, small = tmp_path / "large.txt", tmp_path / "small.txt"
    large.write_text(TEXT * 10, encoding="utf-8")
    small.write_bytes(b"Hello there, world.\n")
    parts = {"broken": 0, "lost": 0}

    def tear(request: httpx.Request) -> httpx.Response | None:
        if request.method == "PATCH" and parts["broken"] < 3:
            parts["broken"] += 1
            request.stream = _Half(request.stream)
        return None

    def lose(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        if request.method == "PATCH" and not parts["lost"]:
            parts["lost"] += 1
            answer.close()
            raise httpx.ReadError("lost")
        return answer

    sent: list[int] = []
    client = clients.of(server.url, Line(before=tear, after=lose))
    task_id = client.submit([large, small], "mn", "zh", large_bytes=1_000, on_sent=sent.append)
    files = client.task(task_id)["files"]
    assert [(file["name"], file["size"]) for file in files] == [
        ("large.txt", large.stat().st_size),
        ("small.txt", 20),
    ]
    assert parts == {"broken": 3, "lost": 1}
    assert sum(sent) == large.stat().st_size + 20
    rows = server.do(lambda: api.scheduler.service.repository.tasks.files(task_id))
    assert rows[0]["sha256"] == hashlib.sha256(large.read_bytes()).hexdigest()


class _Half(httpx.SyncByteStream):
    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        left = 20_000
        for block in self._stream:
            yield block[:left]
            left -= len(block)
            if left <= 0:
                raise httpx.WriteError("broken")


def test_large_files_of_one_client_at_once_do_not_mix(clients: Clients, server: Served, tmp_path: Path) -> None:
    """The second one is submitted when the first one's file waits already."""
    paths = [tmp_path / "first.txt", tmp_path / "second.txt"]
    for path in paths:
        path.write_text(TEXT, encoding="utf-8")
    inner: list[str] = []

    def between(request: httpx.Request) -> httpx.Response | None:
        if request.url.path == "/v1/translate/files" and not inner:
            inner.append("begun")
            thread = threading.Thread(target=other)
            thread.start()
            thread.join()
        return None

    def other() -> None:
        made = Clients("sync")
        inner.append(made.of(server.url).submit([paths[1]], "mn", "zh", large_bytes=10, client_id="anna"))
        made.close()

    client = clients.of(server.url, Line(before=between))
    task_id = client.submit([paths[0]], "mn", "zh", large_bytes=10, client_id="anna")
    names = [[file["name"] for file in client.task(one)["files"]] for one in (task_id, inner[1])]
    assert names == [["first.txt"], ["second.txt"]]


def test_a_large_file_that_is_refused_is_said_so(clients: Clients, server: Served, tmp_path: Path) -> None:
    path = tmp_path / "a.exe"
    path.write_text(TEXT, encoding="utf-8")
    with pytest.raises(Invalid) as refused:
        clients.of(server.url).submit([path], "mn", "zh", large_bytes=10)
    assert refused.value.code == "unsupported_type"


def test_a_task_that_is_over_is_deleted(clients: Clients, api: LocalApi, server: Served, report: Path) -> None:
    client = clients.of(server.url)
    ids = [client.submit([report], "mn", "zh") for _ in range(2)]
    for task_id in ids:
        client.wait(task_id)
    client.delete(ids[0])
    assert client.delete_many(task_ids=[ids[1]])["done"] == [ids[1]]
    for task_id in ids:
        with pytest.raises(NotFound):
            client.task(task_id)


def test_the_rest_of_the_api_is_there(
    clients: Clients, idle: tuple[LocalApi, Served], report: Path, tmp_path: Path
) -> None:
    client = clients.of(idle[1].url)
    berta = tmp_path.name
    assert client.live()["status"] == "live" and client.ready()["ready"]
    assert client.translate("Сайн", "mn", "zh")["result"] == "[cmn_Hans] Сайн"
    assert client.translate(["a", "b"], "en", "zh")["result"] == ["[cmn_Hans] a", "[cmn_Hans] b"]
    assert client.preflight([report])[0]["language"] == "mon_Cyrl"
    assert client.languages()["pairs"] and client.formats() and client.models()["fleet"]
    assert client.usage("anna")["client_id"] == "anna"
    assert client.task_metrics()["total_tasks"] >= 0 and client.gpu_status() == [] and client.system_info()
    terms = [{"source": "гэрээ", "target": "合同"}]
    made = client.glossaries.add(terms, name=f"law-{tmp_path.name}", source="mn", target="zh", client_id=berta)
    glossary = made["glossary_id"]
    assert client.glossaries.find(made["name"], berta) == glossary
    assert client.glossaries.get(glossary)["entries"] == 1
    assert client.glossaries.terms(glossary)[0]["target"] == "合同"
    assert client.glossaries.add_terms(glossary, [{"source": "Хэлмэрч"}])["entries"] == 2
    csv = client.glossaries.export(glossary, tmp_path / "law.csv")
    assert "合同" in csv.read_text(encoding="utf-8")
    again = client.glossaries.add(csv, name=made["name"], source="mn", target="zh", client_id=berta, replace=True)
    assert again["entries"] == 2
    assert client.glossaries.remove(again["glossary_id"]) == {"removed": 1}
    assert client.memory.status(berta)["client_id"] == berta
    tmx = client.memory.export(tmp_path / "m.tmx", source="mn", target="zh", client_id=berta)
    assert client.memory.add(tmx, berta)["read"] == 0
    assert client.memory.clear(berta) == {"removed": 0}
    hook = client.webhooks.add("http://127.0.0.1:9/", client_id=berta, events=["task.failed"])
    assert [one["id"] for one in client.webhooks.list(berta)] == [hook["id"]]
    assert client.webhooks.get(hook["id"])["events"] == ["task.failed"]
    assert client.webhooks.test(hook["id"])["type"] == "webhook.test"
    assert client.webhooks.deliveries(hook["id"])
    client.webhooks.remove(hook["id"])
    task_id = client.submit([report], "mn", "zh", not_before="2099-01-01T00:00:00Z", client_id=berta)
    assert client.reprioritise(task_id, 9)["priority"] == 9
    assert client.cancel(task_id)["status"] == "cancelled"
    assert client.retry(task_id)["status"] == "pending"
    assert client.cancel_many(client_id=berta, status=["pending"])["done"] == [task_id]
    assert client.retry_many(task_ids=[task_id])["done"] == [task_id]
    assert list(client.segments(task_id)) == []
    assert client.admin.operate("resume")["paused"] is False
    upload = client.uploads.send(report, berta)
    assert upload["client_id"] == berta
