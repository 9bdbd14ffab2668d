"""Traces from an upload to its file: one trace, with the request's id, made of what really happened; nothing when off."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from local_scheduler import LocalApi
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from actors import tracing
from actors.task_traces import MAX_CHUNKS, TaskTraces, spans_of
from cluster.errors import ClusterError
from cluster.up import up
from serve_app.traces import Traces
from tests.conftest import settings_in

TRACE, CALLER = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
HEAD = {"traceparent": f"00-{TRACE}-{CALLER}-01", "X-Request-ID": "order-77"}
FORM = {"client_ip": "anna", "source_lang": "mn", "target_lang": "zh"}


@pytest.fixture
def told() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def provider(told: InMemorySpanExporter) -> TracerProvider:
    made = TracerProvider()
    made.add_span_processor(SimpleSpanProcessor(told))
    return made


@pytest.fixture
def api(tmp_path: Path, provider: TracerProvider, monkeypatch: pytest.MonkeyPatch) -> LocalApi:
    monkeypatch.setattr(tracing, "provider_of", lambda _endpoint, _part, _version: provider)
    return LocalApi(tmp_path)


def submit(http: TestClient, **headers: str) -> httpx.Response:
    files = [("files", ("a.txt", "Файлыг хадгалах уу?\n".encode()))]
    return http.post("/v1/translate/files", data=FORM, files=files, headers={**HEAD, **headers})


def test_a_task_stands_in_the_trace_of_its_request(
    api: LocalApi, told: InMemorySpanExporter, provider: TracerProvider
) -> None:
    traces = TaskTraces(api.scheduler.service.repository, provider)
    with TestClient(api.app) as http:
        task_id = submit(http).json()["task_id"]
        http.get("/v1/health/live")
    traces.look()
    assert [span.name for span in told.get_finished_spans()] == ["POST /translate/files"]
    api.scheduler.complete(task_id)
    traces.look()
    traces.look()  # what was told is not told again
    request, queue, task = told.get_finished_spans()
    assert (queue.name, task.name) == ("queue", "task")
    for span in (request, queue, task):
        assert f"{span.context.trace_id:032x}" == TRACE
    assert f"{request.parent.span_id:016x}" == CALLER
    assert task.parent.span_id == request.context.span_id and queue.parent.span_id == task.context.span_id
    for span in (request, task):
        assert span.attributes["khelmerch.request_id"] == "order-77"
    assert request.attributes["http.response.status_code"] == 200
    assert (task.attributes["khelmerch.task_id"], task.attributes["khelmerch.status"]) == (task_id, "completed")
    assert request.start_time <= task.start_time <= queue.end_time <= task.end_time


def test_a_task_that_fails_says_so(api: LocalApi, told: InMemorySpanExporter, provider: TracerProvider) -> None:
    traces = TaskTraces(api.scheduler.service.repository, provider)
    with TestClient(api.app) as http:
        http.post(f"/v1/tasks/{submit(http).json()['task_id']}/cancel")
    traces.look()
    (task,) = [span for span in told.get_finished_spans() if span.name == "task"]
    assert task.status.status_code.name == "ERROR" and task.status.description == "cancelled"


def test_a_request_that_is_sent_again_in_another_trace_is_the_same(api: LocalApi) -> None:
    with TestClient(api.app) as http:
        first = submit(http, **{"Idempotency-Key": "k"}).json()
        again = submit(
            http, **{"Idempotency-Key": "k", "traceparent": f"00-{'1' * 32}-{CALLER}-01", "X-Request-ID": "r2"}
        )
    assert again.json() == first and again.headers["idempotency-replayed"] == "true"


def event(at: int, kind: str, attempt: int = 1, **data: Any) -> dict[str, Any]:
    return {"id": at, "at": f"2026-11-26T00:00:{at:02d}.000000Z", "attempt": attempt, "kind": kind, "data": data}


TASK = {
    "task_id": "t1",
    "status": "completed",
    "source_lang": "mon_Cyrl",
    "target_lang": "cmn_Hans",
    "attempt": 2,
    "file_count": 1,
    "segments_total": 9,
}


def test_spans_are_what_happened() -> None:
    chunk = {"translator": "gpu-0", "segments": 4, "seconds": 2.0}
    found = spans_of(
        TASK,
        [
            event(0, "accepted"),
            event(3, "start"),
            event(5, "prepared", file=1),
            event(8, "checkpointed", **chunk),
            event(9, "failed"),
            event(20, "retried", 2),
            event(24, "start", 2),
            event(27, "checkpointed", 2, **chunk),
            event(30, "file_completed", 2, file=1),
            event(31, "completed", 2),
        ],
    )
    start = found[0].begin
    shown = [
        (span.name, span.begin - start, span.end - start, span.attributes.get("khelmerch.attempt")) for span in found
    ]
    assert shown == [
        ("task", 0, 31, None),
        ("queue", 0, 3, 1),
        ("prepare", 3, 5, 1),
        ("chunk", 6, 8, 1),
        ("queue", 20, 24, 2),
        ("chunk", 25, 27, 2),
        ("assemble", 27, 30, 2),
    ]
    assert found[0].attributes["khelmerch.chunks"] == 2


def test_a_book_has_a_limited_number_of_spans() -> None:
    chunk = event(5, "checkpointed", translator="gpu-0", segments=4, seconds=1.0)
    found = spans_of(TASK, [event(0, "accepted"), event(1, "start"), *[chunk] * 500, event(9, "completed")])
    assert len(found) == MAX_CHUNKS + 2 and found[0].attributes["khelmerch.chunks"] == 500


# ---- off, and in want of a package


def test_nothing_is_done_when_it_is_off(tmp_path: Path) -> None:
    assert tracing.provider_of("", "ingress", "1") is None
    api = LocalApi(tmp_path)
    assert Traces not in [one.cls for one in api.app.user_middleware]
    with TestClient(api.app) as http:
        task_id = submit(http).json()["task_id"]
    (accepted,) = api.scheduler.service.repository.events.of_task(task_id)
    assert set(accepted["data"]) == {"files", "bytes", "priority"}


def test_a_missing_exporter_is_said_before_anything_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracing, "_EXPORTER", "opentelemetry_that_is_not.there")
    with pytest.raises(ClusterError, match=r"pip install 'khelmerch\[otel\]'"):
        up(settings_in(tmp_path, telemetry={"otlp_endpoint": "http://127.0.0.1:4318"}), echo=print)
