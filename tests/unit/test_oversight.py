"""Figures over time and the action log: from the reading to the answer, over a real database."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest
from doors_kit import FakeScheduler
from service_kit import Service
from storage_kit import NOW, accept

from actors.errors import SchedulerUnavailable
from actors.housekeeping import Housekeeping
from actors.oversight import LATE_SECONDS, Oversight, Sources
from actors.oversight_client import OversightClient
from serve_app.actions import MAX_TEXT_CHARS, Actions, Asker
from serve_app.identity import OPEN, Identity
from serve_app.overview import Overview
from storage.action_store import NewAction
from storage.api_keys import Role
from storage.errors import BadCursor
from storage.sample_store import SPANS, Reading
from storage.states import TaskMove
from storage.times import to_iso
from tests.unit.oversight_kit import gpu

HOUR, DAY, WEEK = SPANS["hour"], SPANS["day"], SPANS["week"]


def reading(**changes: Any) -> Reading:
    return Reading(**{"seconds": 10.0, "load": 50.0, "characters": 1_000, "waiting": 2, "running": 1, "oldest": 5.0,
                      "completed": 1, "failed": 0, **changes})  # fmt: skip


@pytest.fixture
def service(tmp_path: Path) -> Service:
    return Service.of(tmp_path / "data")


def test_readings_of_one_bucket_become_one_point(service: Service) -> None:
    samples, begin = service.repository.samples, NOW // 1_800 * 1_800
    samples.add(reading(), begin)
    samples.add(reading(load=None, characters=0, waiting=5, oldest=65.0, completed=0, failed=1), begin + 10)
    (point,) = samples.of(HOUR, begin + 15)
    assert point == {
        "at": begin,
        "utilization": 50.0,
        "characters_per_second": 50.0,
        "waiting": 3.5,
        "running": 1.0,
        "oldest_seconds": 65.0,
        "completed": 1,
        "failed": 1,
        "success_rate": 0.5,
    }
    samples.add(reading(load=None, completed=0), begin + 40)
    assert [row["at"] - begin for row in samples.of(HOUR, begin + 45)] == [0, 30]
    assert (samples.of(HOUR, begin + 45)[1]["utilization"], samples.of(HOUR, begin + 45)[1]["success_rate"]) == (
        None,
        None,
    )
    assert len(samples.of(DAY, begin + 45)) == len(samples.of(WEEK, begin + 45)) == 1


def test_two_weeks_of_readings_leave_no_more_than_a_week_of_points(service: Service) -> None:
    samples = service.repository.samples
    with service.repository.database.transaction():
        for step in range(0, 14 * 86_400, 900):
            samples.add(reading(), NOW + step)
        for step in range(0, 4_000, 10):
            samples.add(reading(), NOW + 14 * 86_400 + step)
    end = NOW + 14 * 86_400 + 4_000
    counts = [len(samples.of(span, end)) for span in SPANS.values()]
    assert counts[0] <= HOUR.points and counts[2] in (WEEK.points - 1, WEEK.points)
    with service.repository.database.transaction() as connection:
        rows = connection.exec_driver_sql("SELECT count(*) FROM samples").scalar_one()
    assert rows <= sum(span.points for span in SPANS.values()) == 744


async def test_the_scheduler_reads_load_queue_and_what_ended(service: Service) -> None:
    done = [500]
    state = service.operations.state

    async def fleet() -> dict[str, Any]:
        return {"models": "m"}

    watch = Oversight(
        service.settings, service.repository, service.dispatcher, Sources(lambda: done[0], dict, fleet, state),
        service.workflow.commits.run,
    )  # fmt: skip
    now = time.time()
    service.repository.gpus.replace_node("box", [gpu("box/0", utilization=80.0), gpu("box/1", utilization=40.0)], now)
    accept(service.repository, "t-old", at=now - 100)
    accept(service.repository, "t-done", at=now - 50)
    service.repository.tasks.move("t-done", TaskMove.START, now - 40)
    service.repository.tasks.move("t-done", TaskMove.EXPIRE, now + 5)
    await watch.sample(now + 10)
    done[0] += 250
    await watch.sample(now + 20)
    await watch.sample(now + 20)  # a clock that stands still counts nothing twice
    points = service.repository.samples.of(WEEK, now + 20)
    assert sum(point["failed"] for point in points) == 1 and points[-1]["utilization"] == 60.0
    assert points[-1]["oldest_seconds"] >= 110.0
    total = sum(row["characters_per_second"] for row in points)
    assert total > 0
    answer = await watch.cluster()
    assert [row["gpu_id"] for row in answer["devices"]] == ["box/0", "box/1"]
    assert answer["queue"]["paused"] is False and answer["fleet"] == {"models": "m"}
    assert (await watch.samples("week"))["step"] == WEEK.step


def test_what_ends_while_it_is_counted_is_counted_once(service: Service) -> None:
    accept(service.repository, "t1", at=NOW)
    service.repository.tasks.move("t1", TaskMove.CANCEL, NOW + 1)
    accept(service.repository, "t2", at=NOW)
    service.repository.tasks.move("t2", TaskMove.START, NOW)
    service.repository.tasks.move("t2", TaskMove.FAIL, NOW + 10)
    ended = service.repository.samples.ended
    assert ended(NOW, NOW + 10) == (0, 0) and ended(NOW + 10, NOW + 20) == (0, 1)
    assert LATE_SECONDS > 0.5


# ---- the action log


def action(what: str = "keys.create", **details: Any) -> NewAction:
    return NewAction("olga", "k1", "operator", "cli", "10.0.0.7", what, "id-1", details)


def test_the_log_is_read_in_pages_newest_first(service: Service) -> None:
    log = service.repository.actions
    for number in range(5):
        log.add(action(name=f"n{number}"), NOW + number // 2)
    first, cursor = log.page(2)
    second, cursor = log.page(2, cursor)
    third, end = log.page(2, cursor)
    assert [row["details"]["name"] for row in (*first, *second, *third)] == ["n4", "n3", "n2", "n1", "n0"]
    assert end is None and first[0]["at"] == to_iso(NOW + 2) and first[0]["address"] == "10.0.0.7"
    log.add(action("server.pause"), NOW)
    assert [row["what"] for row in log.page(9, what="server.")[0]] == ["server.pause"]
    assert len(log.page(9, what="keys.create")[0]) == 5 and log.page(9, what="keys")[0] == []
    for wrong in ("x", "MjAyNi0xMS0yM1QxMDowMDowMFogeA"):
        with pytest.raises(BadCursor):
            log.page(2, wrong)


async def test_old_lines_of_the_log_go_by_their_own_age_and_no_others(tmp_path: Path) -> None:
    for age, left in ((0.0, 2), (10 * 86_400.0, 1)):
        service = Service.of(tmp_path / str(age), action_retention_seconds=age)
        service.repository.actions.add(action(), time.time() - 11 * 86_400)
        service.repository.actions.add(action(), time.time() - 9 * 86_400)

        async def nothing() -> None: ...

        parts = (service.config, service.rules, service.repository, service.blobs, service.dispatcher, service.workflow)
        await Housekeeping(*parts, dict, nothing)._retain()
        assert len(service.repository.actions.page(9)[0]) == left


class Broken:
    async def oversee(self, what: str, *arguments: Any) -> Any:
        raise SchedulerUnavailable("The scheduler does not answer.")


async def test_a_line_that_cannot_be_written_stands_in_the_servers_log(caplog: pytest.LogCaptureFixture) -> None:
    asker = Asker(OPEN, "127.0.0.1", "console")
    await Actions(OversightClient(Broken())).note(asker, "server.pause")  # type: ignore[arg-type]
    (record,) = caplog.records
    assert record.action["what"] == "server.pause" and record.levelname == "ERROR"  # type: ignore[attr-defined]


async def test_long_names_from_outside_are_cut_in_the_log() -> None:
    scheduler = FakeScheduler()
    asker = Asker(Identity("k", "olga", "olga", Role.OPERATOR), "10.0.0.7", "api")
    await Actions(OversightClient(scheduler)).note(asker, "fleet.models", "m" * 9_000, name="n" * 999, nothing=None)  # type: ignore[arg-type]
    (noted,) = scheduler.noted
    assert len(noted.about) == MAX_TEXT_CHARS and len(noted.details["name"]) == MAX_TEXT_CHARS
    assert set(noted.details) == {"name"}


# ---- many who look


class Counting:
    def __init__(self) -> None:
        self.asked = 0
        self.refusal: Exception | None = None

    async def oversee(self, what: str, *arguments: Any) -> Any:
        self.asked += 1
        await asyncio.sleep(0)
        if self.refusal is not None:
            raise self.refusal
        return {"asked": self.asked}


async def test_two_hundred_who_look_at_once_are_one_call() -> None:
    scheduler = Counting()
    overview = Overview(OversightClient(scheduler))  # type: ignore[arg-type]
    answers = await asyncio.gather(*(overview.cluster() for _ in range(200)))
    assert scheduler.asked == 1 and answers == [{"asked": 1}] * 200
    overview.forget()
    assert (await overview.cluster())["asked"] == 2, "who has changed something sees it"


async def test_one_who_goes_away_takes_the_answer_from_nobody_and_a_refusal_is_not_kept() -> None:
    scheduler = Counting()
    overview = Overview(OversightClient(scheduler))  # type: ignore[arg-type]
    first, second = asyncio.create_task(overview.cluster()), asyncio.create_task(overview.cluster())
    await asyncio.sleep(0)
    first.cancel()
    assert (await second)["asked"] == 1
    overview.forget()
    scheduler.refusal = SchedulerUnavailable("gone")
    with pytest.raises(SchedulerUnavailable):
        await overview.cluster()
    scheduler.refusal = None
    assert (await overview.cluster())["asked"] == 3
