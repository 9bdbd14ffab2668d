"""What operators do to a running scheduler, and what a restart keeps of it."""

from __future__ import annotations

import asyncio
import os
import signal
import time
import uuid

import pytest

from actors.asked import IdempotencyKey
from actors.client import Chosen
from storage.states import TaskStatus
from storage.task_store import NewTask
from storage.times import from_iso, to_iso
from tests.ray.conftest import House, MakeHouse
from tests.ray.work import lines, over, ready, working
from tests.support.waiting import aeventually

pytestmark = pytest.mark.ray


async def idle(house: House) -> None:
    await aeventually(house.client.queue_status, lambda row: row["idle"])


async def kill_scheduler(house: House) -> None:
    os.kill(await house.scheduler_pid(), signal.SIGKILL)


async def test_a_pause_survives_the_scheduler_and_resume_goes_on(make_house: MakeHouse) -> None:
    house = make_house("fake:delay=0.02")
    running = await house.submit(lines(400))
    await working(house, running)
    await house.client.pause()
    await idle(house)
    waiting = await house.submit(lines(3, "богино"))
    await kill_scheduler(house)
    status = await house.client.queue_status()
    assert status["paused"] is True
    before = (await house.kinds(running)).count("leased")
    assert (await house.client.task(waiting))["status"] == "pending"
    await ready(house)
    assert (await house.kinds(running)).count("leased") == before
    await house.client.resume()
    assert (await over(house, running))["status"] == "completed"
    assert (await over(house, waiting))["status"] == "completed"


async def test_a_drained_scheduler_finishes_what_runs_and_starts_nothing(make_house: MakeHouse) -> None:
    house = make_house("fake:delay=0.02", max_tasks=1)
    running = await house.submit(lines(200))
    waiting = await house.submit(lines(3, "богино"))
    await working(house, running)
    await house.client.drain()
    with pytest.raises(Exception, match="takes nothing new") as refused:
        await house.submit(lines(1))
    assert getattr(refused.value, "code", "") == "draining"
    assert (await over(house, running))["status"] == "completed"
    await idle(house)
    assert (await house.client.task(waiting))["status"] == "pending"
    await house.client.resume()
    assert (await over(house, waiting))["status"] == "completed"


async def test_the_same_key_makes_one_task_across_a_kill(make_house: MakeHouse) -> None:
    house = make_house()
    key = IdempotencyKey("once", "hash")
    tasks = [NewTask(str(uuid.uuid4()), "user123", "mon_Cyrl", "cmn_Hans", False, 5) for _ in range(3)]
    first, replayed = await house.client.submit_once(tasks[0], [house.stored("a.txt", lines(2))], key)
    assert not replayed
    await kill_scheduler(house)
    second, replayed = await house.client.submit_once(tasks[1], [house.stored("a.txt", lines(2))], key)
    assert (second["task_id"], replayed) == (first["task_id"], True)
    with pytest.raises(Exception, match="Idempotency-Key") as refused:
        await house.client.submit_once(tasks[2], [house.stored("b.txt", lines(3))], IdempotencyKey("once", "other"))
    assert getattr(refused.value, "code", "") == "idempotency_key_reused"


async def test_beginning_anew_publishes_nothing_old(make_house: MakeHouse) -> None:
    house = make_house("fake:delay=0.01")
    task_id = await house.submit(lines(300))
    await working(house, task_id, 50)
    await house.client.cancel(task_id)
    again = await house.client.retry(task_id, from_start=True)
    assert (again["attempt"], again["segments_done"]) == (2, 0)
    task = await over(house, task_id)
    assert (task["status"], task["segments_done"], task["segments_total"]) == ("completed", 300, 300)
    assert (await house.result(task_id)).count("\n") == 300


async def test_the_history_tells_what_happened(make_house: MakeHouse) -> None:
    house = make_house("fake:delay=0.02")
    task_id = await house.submit(lines(150))
    (row,) = await ready(house)
    await working(house, task_id)
    os.kill(row["pid"], signal.SIGKILL)
    await over(house, task_id)
    kinds = await aeventually(lambda: house.kinds(task_id), lambda kinds: "completed" in kinds)
    order = ["accepted", "start", "prepared", "leased", "translator_lost", "file_completed", "completed"]
    assert [kind for kind in kinds if kind in order and kinds.index(kind) >= 0][:4] == order[:4]
    assert kinds.index("translator_lost") < len(kinds) - 1 - kinds[::-1].index("leased"), "leased again afterwards"
    assert "checkpointed" in kinds and kinds[-2:] == ["file_completed", "completed"]


async def test_a_client_over_its_characters_fails_that_file_alone(make_house: MakeHouse) -> None:
    house = make_house(max_chars_per_day=2_000)
    task_id = await house.submit(lines(10), lines(500))
    task = await over(house, task_id)
    assert task["status"] == "failed"
    assert [file["status"] for file in task["files"]] == ["completed", "failed"]
    assert task["files"][1]["error_code"] == "client_quota"


async def test_a_task_for_later_starts_later(make_house: MakeHouse) -> None:
    house = make_house()
    await ready(house)
    when = time.time() + 2.0
    later = await house.submit(lines(2), not_before=to_iso(when))
    now = await house.submit(lines(2))
    assert (await over(house, now))["status"] == "completed"
    task = await over(house, later)
    assert task["status"] == "completed" and from_iso(task["started_at"]) >= when


async def test_many_tasks_are_cancelled_and_retried_at_once_up_to_the_limit(make_house: MakeHouse) -> None:
    house = make_house("fake:delay=0.05", max_tasks=1, max_queue=30)
    await house.client.pause()
    made = await asyncio.gather(*(house.submit(lines(50)) for _ in range(30)))
    done = await house.client.cancel_all(Chosen(statuses=(TaskStatus.PENDING,)))
    assert set(done["done"]) == set(made) and done["refused"] == []
    fillers = await asyncio.gather(*(house.submit(lines(50)) for _ in range(10)))
    retried = await house.client.retry_all(Chosen(statuses=(TaskStatus.CANCELLED,)))
    assert len(retried["done"]) == 20
    assert {row["code"] for row in retried["refused"]} == {"queue_full"} and len(retried["refused"]) == 10
    assert (await house.client.queue_status())["pending"] == 30 == len(fillers) + 20


async def test_a_stop_that_does_not_come_is_forgotten(make_house: MakeHouse) -> None:
    house = make_house("fake:delay=0.01")
    task_id = await house.submit(lines(100))
    await working(house, task_id)
    await house.client.prepare_stop()
    await kill_scheduler(house)
    task = await over(house, task_id)
    assert (task["status"], task["attempt"]) == ("completed", 1)
