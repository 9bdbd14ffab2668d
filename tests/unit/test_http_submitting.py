"""What an HTTP client sees: keys, start times, bulk changes, operations; each refusal with its own code."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from actors.asked import IdempotencyKey
from actors.errors import Draining, SchedulerUnavailable
from serve_app import errors
from serve_app.access import Access, Owners
from serve_app.console import ServiceConsoleClient
from serve_app.gradio_files import GradioFiles
from serve_app.identity import OPEN
from serve_app.in_force import IntakeLimits
from serve_app.intake import Intake
from serve_app.live import Hub
from serve_app.methods import Methods
from serve_app.routes import admin, bulk, tasks, uploads
from serve_app.services import Services
from serve_app.submitting import Submitting
from storage.blobs import BlobStore
from storage.errors import IdempotencyKeyReused
from storage.task_store import NewTask
from storage.upload_store import StoredFile

FORM = {"client_ip": "anna", "source_lang": "mn", "target_lang": "zh"}


class FakeScheduler:
    """Remembers tasks and keys as the real one does; `refusal` is raised instead, `gate` holds an answer back."""

    def __init__(self) -> None:
        self.tasks: list[NewTask] = []
        self.keys: dict[tuple[str, str], tuple[str, str]] = {}
        self.refusal: Exception | None = None
        self.gate: asyncio.Event | None = None
        self.calls: list[tuple[str, Any]] = []

    async def oversee(self, what: str, *arguments: Any) -> None:
        """Notes in the action log are looked at elsewhere."""

    async def check_document(self, name: str, path: str, task: NewTask | None = None) -> dict[str, Any]:
        return {"format": "txt"}

    async def submit_once(
        self, task: NewTask, files: list[StoredFile] | None, key: IdempotencyKey | None
    ) -> tuple[dict[str, Any], bool]:
        if self.gate is not None:
            await self.gate.wait()
        if self.refusal is not None:
            raise self.refusal
        if key is not None:
            task_id, body_hash = self.keys.setdefault((task.client_ip, key.key), (task.task_id, key.body_hash))
            if body_hash != key.body_hash:
                raise IdempotencyKeyReused("used before")
            if task_id != task.task_id:
                return {"task_id": task_id, "status": "completed"}, True
        self.tasks.append(task)
        return {"task_id": task.task_id, "status": "pending"}, False

    async def cancel_all(self, chosen: Any) -> dict[str, Any]:
        self.calls.append(("cancel", chosen))
        return {"done": ["t1"], "refused": []}

    async def retry_all(self, chosen: Any, from_start: bool) -> dict[str, Any]:
        self.calls.append(("retry", (chosen, from_start)))
        return {"done": [], "refused": [{"task_id": "t1", "code": "queue_full", "detail": "full"}]}

    async def history(self, task_id: str, after: int, limit: int) -> list[dict[str, Any]]:
        rows = [
            {"id": number, "task_id": task_id, "at": "now", "attempt": 1, "kind": "leased", "data": {}}
            for number in range(1, 8)
        ]
        return [row for row in rows if row["id"] > after][:limit]

    async def pause(self) -> dict[str, Any]:
        return {"paused": True, "draining": False, "idle": False}


class Api:
    def __init__(self, folder: Path) -> None:
        self.scheduler = FakeScheduler()
        self.blobs = BlobStore(folder / "blobs")
        scheduler = cast(Any, self.scheduler)

        async def limits() -> IntakeLimits:
            return IntakeLimits(1000, 10)

        intake = Intake(scheduler, self.blobs, limits)
        submitting = Submitting(scheduler, intake, self.blobs, cast(Any, None))
        access, hub = Access(scheduler, cast(Any, None)), Hub(scheduler)
        resumable = cast(Any, None)
        services = self.services = Services(
            cast(Any, None), scheduler, self.blobs, intake, submitting, access, hub, resumable, *2 * (cast(Any, None),)
        )
        self.app = FastAPI()
        errors.install(self.app, Methods(self.app.openapi, ""))
        for module in (uploads, tasks, bulk, admin):
            self.app.include_router(module.router(services))

    def stored(self) -> int:
        return len(list((self.blobs.root / "uploads").glob("*/*")))


@pytest.fixture
def api(tmp_path: Path) -> Api:
    return Api(tmp_path)


@pytest.fixture
def http(api: Api) -> Iterator[TestClient]:
    with TestClient(api.app, raise_server_exceptions=False) as client:
        yield client


def send(http: TestClient, key: str | None = "k", text: bytes = b"text", **form: str) -> httpx.Response:
    headers = {"Idempotency-Key": key} if key is not None else {}
    return http.post(
        "/translate/files", headers=headers, data={**FORM, **form}, files={"files": ("a.txt", text, "text/plain")}
    )


def refusal(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["code"]


def test_the_same_request_again_gives_the_same_answer_and_keeps_no_second_file(api: Api, http: TestClient) -> None:
    first, second = send(http), send(http)
    assert first.status_code == second.status_code == 200
    assert first.content == second.content
    assert "idempotency-replayed" not in first.headers
    assert second.headers["idempotency-replayed"] == "true"
    assert (len(api.scheduler.tasks), api.stored()) == (1, 1)


def test_other_words_for_the_same_settings_are_the_same_body(api: Api, http: TestClient) -> None:
    send(http)
    assert send(http, source_lang="mon_Cyrl", target_lang="zh-CN", via_eng="no", priority="5").status_code == 200
    assert len(api.scheduler.tasks) == 1


@pytest.mark.parametrize(
    "change", [{"text": b"other"}, {"priority": "6"}, {"not_before": "2026-12-01T00:00:00Z"}, {"target_lang": "en"}]
)
def test_another_body_under_the_same_key_is_refused(http: TestClient, change: dict[str, Any]) -> None:
    send(http)
    assert refusal(send(http, **change)) == (422, "idempotency_key_reused")


def test_wishes_of_a_form_and_of_json_are_the_same(api: Api, http: TestClient) -> None:
    assert send(http, key=None, json_keys="a, b", retranslate="true").status_code == 200
    body = {"client_ip": "anna", "source_lang": "mn", "target_lang": "zh", "json_keys": ["a", "b"], "retranslate": True}
    assert http.post("/translate/files", json=body).status_code == 200
    assert [task.options for task in api.scheduler.tasks] == ['{"json_keys": ["a", "b"], "retranslate": true}'] * 2


def test_the_json_and_the_older_call_know_keys_too(http: TestClient) -> None:
    body = {"client_ip": "anna", "source_lang": "mn", "target_lang": "zh"}
    head = {"Idempotency-Key": "j"}
    answers = [http.post("/translate/files", json=body, headers=head) for _ in range(2)]
    answers.append(http.post("/submit_translation_task", data=body, headers=head))
    assert len({answer.json()["task_id"] for answer in answers}) == 1


@pytest.mark.parametrize("key", ["", "a b", "x" * 256])
def test_a_malformed_key_is_refused(http: TestClient, key: str) -> None:
    assert refusal(send(http, key)) == (422, "invalid_request")


def test_a_key_needs_a_client(http: TestClient) -> None:
    answer = send(http, client_ip="")
    assert refusal(answer) == (422, "invalid_request")
    assert answer.json()["field"] == "client_id"


async def test_a_request_that_is_still_being_answered_is_told_apart(api: Api) -> None:
    api.scheduler.gate = asyncio.Event()
    transport = httpx.ASGITransport(api.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:

        def post(client: str) -> Any:
            body = {"client_ip": client, "source_lang": "mn", "target_lang": "zh"}
            return http.post("/translate/files", json=body, headers={"Idempotency-Key": "k"})

        first = asyncio.create_task(post("anna"))
        others = asyncio.create_task(post("bob"))
        while not (await asyncio.sleep(0)) and len(asyncio.all_tasks()) < 3:
            pass
        second = await post("anna")
        assert refusal(second) == (409, "idempotency_in_progress")
        assert second.headers["retry-after"] == "1"
        api.scheduler.gate.set()
        assert (await first).status_code == (await others).status_code == 200
        assert (await post("anna")).json() == (await first).json()


def test_files_of_a_refused_task_are_removed_and_of_an_uncertain_one_kept(api: Api, http: TestClient) -> None:
    api.scheduler.refusal = Draining("no", retry_after=60)
    answer = send(http)
    assert (refusal(answer), answer.headers["retry-after"]) == ((503, "draining"), "60")
    assert api.stored() == 0
    api.scheduler.refusal = SchedulerUnavailable("it may have been stored")
    assert refusal(send(http)) == (503, "scheduler_unavailable")
    assert api.stored() == 1


async def test_the_console_keeps_the_files_of_an_uncertain_task_as_well(tmp_path: Path) -> None:
    api = Api(tmp_path)
    files = GradioFiles()
    console = ServiceConsoleClient(
        api.services, OPEN, Owners(api.services.scheduler), files, api.services.keyring, "192.0.2.1"
    )
    path = tmp_path / "a.txt"
    files._note([str(path)], OPEN)
    path.write_text("abc\n")
    asked = ("anna", [("a.txt", path)], "mon_Cyrl", "cmn_Hans", False, 5)
    api.scheduler.refusal = Draining("no")
    with pytest.raises(Draining):
        await console.submit(*asked)
    assert api.stored() == 0
    api.scheduler.refusal = SchedulerUnavailable("it may have been stored")
    with pytest.raises(SchedulerUnavailable):
        await console.submit(*asked)
    assert api.stored() == 1
    api.scheduler.refusal = None
    assert await console.submit(*asked) == api.scheduler.tasks[0].task_id


async def test_a_file_of_the_console_that_is_too_large_leaves_nothing_behind(tmp_path: Path) -> None:
    api = Api(tmp_path)
    small, large = tmp_path / "a.txt", tmp_path / "b.txt"
    small.write_text("abc\n")
    large.write_text("a" * 1001)
    with pytest.raises(errors.FileTooLarge):
        await api.services.intake.store_paths([("a.txt", small), ("b.txt", large)], OPEN)
    with pytest.raises(FileNotFoundError):
        await api.services.intake.store_paths([("a.txt", small), ("c.txt", tmp_path / "gone")], OPEN)
    assert list((tmp_path / "blobs" / "staging").iterdir()) == []


def test_a_start_time_is_stored_in_utc_and_needs_its_zone(api: Api, http: TestClient) -> None:
    assert send(http, None, not_before="2026-12-01T08:00:00+08:00").status_code == 200
    assert api.scheduler.tasks[0].not_before == "2026-12-01T00:00:00.000000Z"
    for wrong in ("2026-12-01T08:00:00", "tomorrow", "9999-99-99T00:00Z"):
        assert refusal(send(http, None, not_before=wrong)) == (422, "invalid_request")


def test_bulk_calls_need_a_filter_and_say_what_was_refused(api: Api, http: TestClient) -> None:
    assert refusal(http.post("/tasks/cancel", json={})) == (422, "invalid_request")
    assert refusal(http.post("/tasks/cancel", json={"status": "gone"})) == (422, "invalid_request")
    assert refusal(http.post("/tasks/cancel", json={"statuses": "pending"})) == (422, "invalid_request")
    assert http.post("/tasks/cancel", json={"status": "pending"}).json() == {"done": ["t1"], "refused": []}
    answer = http.post("/tasks/retry?from_start=true", json={"status": ["failed", "timeout"], "client_id": "anna"})
    assert answer.json()["refused"][0]["code"] == "queue_full"
    (_, cancelled), (_, (retried, from_start)) = api.scheduler.calls
    assert cancelled.statuses == ("pending",)
    assert (retried.statuses, retried.client_id, from_start) == (("failed", "timeout"), "anna", True)


def test_history_is_read_in_pages(http: TestClient) -> None:
    page = http.get("/tasks/t1/history?limit=5").json()
    assert ([event["id"] for event in page["events"]], page["next_after"], page["more"]) == ([1, 2, 3, 4, 5], 5, True)
    page = http.get("/tasks/t1/history?limit=5&after=5").json()
    assert ([event["id"] for event in page["events"]], page["next_after"], page["more"]) == ([6, 7], 7, False)


def test_the_state_of_the_server_is_answered(http: TestClient) -> None:
    assert http.post("/admin/pause").json() == {"paused": True, "draining": False, "idle": False}


@pytest.mark.parametrize("priority", [-1, 10, "high", None, 1.5, True])
def test_a_wrong_priority_is_refused(http: TestClient, priority: Any) -> None:
    assert refusal(http.post("/tasks/t1/priority", json={"priority": priority})) == (422, "invalid_request")
