"""What Prometheus is told: what the database holds, counters that never go back, and no figures where there are none."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse

from actors.errors import SchedulerUnavailable
from serve_app.routes import metrics
from storage.errors import StorageError
from storage.states import TaskMove
from tests.unit.metrics_kit import StoredScheduler, scheduler
from tests.unit.storage_kit import NOW, accept, prepare, start, translated

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]
SPENT = 12.5


@pytest.fixture
def stored(tmp_path: Path) -> StoredScheduler:
    """Two completed tasks, one that failed in the middle, one that runs, one that waits."""
    made = scheduler(tmp_path / "data")
    repository = made.repository
    for task_id, sentences in (
        ("t1", ["нэг", "хоёр", "нэг"]),
        ("t2", ["гурав"]),
        ("t3", ["дөрөв", "тав"]),
        ("t4", ["а"]),
    ):
        file_id = start(repository, task_id)
        prepare(repository, file_id, sentences)
        repository.segments.save(task_id, 1, [translated(file_id, 0, "译文", *(["length"] if task_id != "t2" else []))])
    for task_id in ("t1", "t2"):
        repository.tasks.move(task_id, TaskMove.COMPLETE, NOW + SPENT)
    repository.tasks.move("t3", TaskMove.FAIL, NOW + 1, error_code="x", error_message="x")
    accept(repository, "t5")
    return made


@pytest.fixture
def http(stored: StoredScheduler) -> Iterator[TestClient]:
    with TestClient(stored.app(), raise_server_exceptions=False) as client:
        yield client


def samples(http: TestClient) -> Samples:
    answer = http.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    return {
        (sample.name.removeprefix("khelmerch_"), tuple(sorted(sample.labels.items()))): sample.value
        for family in parse(answer.text)
        for sample in family.samples
    }


def one(found: Samples, name: str, **labels: str) -> float:
    return found[name, tuple(sorted(labels.items()))]


def ask(stored: StoredScheduler, query: str) -> Any:
    with closing(sqlite3.connect(stored.service.config.database_url.removeprefix("sqlite:///"))) as connection:
        return connection.execute(query).fetchall()


COUNTERS = ("segments_translated_total", "segments_flagged_total", "characters_translated_total")
COUNTERS += ("task_processing_seconds_count", "task_processing_seconds_sum")


def counters(found: Samples) -> dict[str, float]:
    return {name: one(found, name) for name in COUNTERS}


def test_every_figure_is_what_the_database_says(stored: StoredScheduler, http: TestClient) -> None:
    found = samples(http)
    by_state = dict(ask(stored, "SELECT status, count(*) FROM tasks GROUP BY status"))
    assert by_state == {"completed": 2, "failed": 1, "processing": 1, "pending": 1}
    for state in ("pending", "processing", "completed", "failed", "cancelled", "timeout"):
        assert one(found, "tasks", state=state) == by_state.get(state, 0)
    assert one(found, "queue_length") == ask(stored, "SELECT count(*) FROM task_queue")[0][0] - by_state["processing"]
    [(done,)] = ask(stored, "SELECT count(target) FROM segments")
    [(flagged,)] = ask(stored, "SELECT count(*) FROM segments WHERE flags IS NOT NULL")
    assert one(found, "segments_translated_total") == done == 5  # the repeated sentence counts twice
    assert one(found, "segments_flagged_total") == flagged == 4
    [(chars,)] = ask(
        stored,
        "SELECT sum(length(source)) FROM segments JOIN task_files ON file_id = id JOIN tasks USING (task_id) "
        "WHERE tasks.status = 'completed'",
    )
    assert one(found, "characters_translated_total") == chars == len("нэгхоёрнэггурав")
    assert (one(found, "task_processing_seconds_count"), one(found, "task_processing_seconds_sum")) == (2, 2 * SPENT)
    assert one(found, "queue_oldest_wait_seconds") > 0


def test_gpus_and_translators_are_told_in_base_units_and_what_is_unknown_is_left_out(http: TestClient) -> None:
    found = samples(http)
    assert one(found, "gpu_memory_bytes", gpu="box/0", kind="used") == 9_000 * 2**20
    assert one(found, "gpu_utilization_ratio", gpu="box/0") == pytest.approx(0.87)
    assert one(found, "gpu_temperature_celsius", gpu="box/0") == 61
    assert one(found, "gpu_power_watts", gpu="box/0") == 212.5
    assert one(found, "gpu_throttled", gpu="box/0") == 1
    assert (one(found, "gpu_available", gpu="box/0"), one(found, "gpu_available", gpu="box/1")) == (1, 0)
    assert one(found, "gpu_info", gpu="box/0", device="NVIDIA L40S", uuid="GPU-1") == 1
    sick = {name for name, labels in found if ("gpu", "box/1") in labels}
    assert sick == {"gpu_memory_bytes", "gpu_others_memory_bytes", "gpu_available", "gpu_info"}
    states = {state: one(found, "translators", state=state) for state in ("ready", "failed", "starting", "lost")}
    assert states == {"ready": 2, "failed": 1, "starting": 0, "lost": 0}
    assert one(found, "translator_restarts_total", translator="translator-1") == 3
    assert one(found, "disk_bytes", kind="free") == 500 * 2**20


def test_counters_keep_what_removed_tasks_have_added(stored: StoredScheduler, http: TestClient) -> None:
    before = samples(http)
    assert stored.repository.retention.expire_tasks(NOW + 1e6)[0] == 3
    after = samples(http)
    assert counters(after) == counters(before)
    assert one(after, "tasks", state="completed") == 0  # the gauge tells what is there


def test_counters_keep_what_a_retry_from_the_start_throws_away_and_go_on(
    stored: StoredScheduler, http: TestClient
) -> None:
    before = counters(samples(http))
    repository = stored.repository
    repository.tasks.move("t3", TaskMove.RETRY, NOW + 2)
    repository.changes.begin_anew("t3")
    assert counters(samples(http)) == before
    repository.tasks.move("t3", TaskMove.START, NOW + 3)
    file_id = repository.tasks.files("t3")[0]["id"]
    prepare(repository, file_id, ["дөрөв", "тав"])
    repository.segments.save("t3", 2, [translated(file_id, 0), translated(file_id, 1)])
    assert counters(samples(http))["segments_translated_total"] == before["segments_translated_total"] + 2


def test_counters_hold_while_tasks_are_removed_one_by_one(stored: StoredScheduler, http: TestClient) -> None:
    before = counters(samples(http))
    while stored.repository.retention.expire_tasks(NOW + 1e6, limit=1)[0]:
        assert counters(samples(http)) == before


def test_what_is_undone_is_not_added_to_the_totals(stored: StoredScheduler) -> None:
    before = stored.repository.totals.now()
    with pytest.raises(RuntimeError), stored.repository.database.transaction():
        stored.repository.retention.expire_tasks(NOW + 1e6)
        raise RuntimeError
    assert stored.repository.totals.now() == before


def test_a_paused_server_says_so(stored: StoredScheduler, http: TestClient) -> None:
    assert one(samples(http), "paused") == 0
    asyncio.run(stored.service.operations.pause())
    assert one(samples(http), "paused") == 1


def test_a_server_that_is_not_ready_says_so(stored: StoredScheduler, http: TestClient) -> None:
    assert (one(samples(http), "ready"), one(samples(http), "scheduler_up")) == (1, 1)
    stored.ready = False
    assert (one(samples(http), "ready"), one(samples(http), "scheduler_up")) == (0, 1)


def test_without_the_scheduler_there_are_no_figures_but_that_it_is_gone(
    stored: StoredScheduler, http: TestClient
) -> None:
    stored.health_refusal = SchedulerUnavailable("gone")
    assert samples(http) == {
        ("scheduler_up", ()): 0,
        ("ready", ()): 0,
        ("build_info", (("version", "1.2.3"),)): 1,
    }


def test_a_scheduler_that_hangs_is_told_within_the_time_of_a_scrape(
    stored: StoredScheduler, http: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never() -> dict[str, Any]:
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(metrics, "SCRAPE_SECONDS", 0.01)
    monkeypatch.setattr(stored, "totals", never)
    assert one(samples(http), "scheduler_up") == 0


def test_without_the_database_the_scheduler_is_up_and_there_are_no_figures(
    stored: StoredScheduler, http: TestClient
) -> None:
    stored.ready, stored.refusal = False, StorageError("the disk is full")
    found = samples(http)
    assert (one(found, "scheduler_up"), one(found, "ready")) == (1, 0)
    assert not [name for name, _labels in found if name.startswith(("tasks", "segments", "gpu"))]


def test_openmetrics_is_answered_to_who_asks_for_it_and_two_scrapes_share_nothing(http: TestClient) -> None:
    kind = "application/openmetrics-text; version=1.0.0"
    first, second = (http.get("/metrics", headers={"accept": kind}) for _ in range(2))
    assert first.headers["content-type"].startswith(kind)
    families = [list(parse_openmetrics(answer.text)) for answer in (first, second)]
    assert [one.name for one in families[0]] == [one.name for one in families[1]]


def test_every_figure_says_what_it_is_and_is_named_by_the_conventions(http: TestClient) -> None:
    for family in parse(http.get("/metrics").text):
        assert family.name.startswith("khelmerch_")
        assert family.documentation.endswith((".", "why.", "not.")), family.name
        assert not family.name.endswith(("_mib", "_percent", "_ms")), family.name
