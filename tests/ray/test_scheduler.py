"""The scheduler with real actors: what it promises when processes are killed under it."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest
import ray

from actors.errors import QueueFull
from actors.fleet import Patience
from storage.errors import IllegalTransition
from tests.ray.conftest import MakeHouse
from tests.ray.work import lines, over, ready, working
from tests.support.waiting import aeventually
from translation.engines.fake import CRASH_MARK, HANG_MARK, RAISE_MARK
from translation.runner import Item, Work

pytestmark = pytest.mark.ray


async def test_a_task_becomes_a_translated_file(make_house: MakeHouse) -> None:
    house = make_house()
    task_id = await house.submit(lines(20) + "12345\n")
    task = await over(house, task_id)
    assert (task["status"], task["progress"], task["segments_done"]) == ("completed", 100.0, task["segments_total"])
    text = await house.result(task_id)
    assert text.count("\n") == 21
    assert "12345" in text and "Энэ" not in text


async def test_a_killed_translator_costs_nothing_but_time(make_house: MakeHouse) -> None:
    house = make_house("fake:delay=0.02")
    task_id = await house.submit(lines(300))
    (before,) = await ready(house)
    await working(house, task_id)
    os.kill(before["pid"], signal.SIGKILL)
    task = await over(house, task_id)
    assert task["status"] == "completed"
    assert task["segments_done"] == task["segments_total"] == 300
    assert task["attempt"] == 1
    (after,) = await ready(house)
    assert after["pid"] != before["pid"] and after["restarts"] == 1
    assert (await house.result(task_id)).count("\n") == 300


async def test_a_killed_scheduler_goes_on_with_the_models_that_are_loaded(make_house: MakeHouse) -> None:
    house = make_house("fake:delay=0.02", instances=2)
    task_id = await house.submit(lines(400))
    before = {row["name"]: row["pid"] for row in await ready(house, 2)}
    await working(house, task_id)
    os.kill(await house.scheduler_pid(), signal.SIGKILL)
    task = await over(house, task_id)
    assert task["status"] == "completed" and task["attempt"] == 1
    assert task["segments_done"] == task["segments_total"] == 400
    assert {row["name"]: row["pid"] for row in await ready(house, 2)} == before


async def test_segments_translated_before_a_crash_are_not_translated_again(
    make_house: MakeHouse, tmp_path: Any
) -> None:
    house = make_house("fake:delay=0.02")
    task_id = await house.submit(lines(300))
    await working(house, task_id, 50)
    os.kill(await house.scheduler_pid(), signal.SIGKILL)
    database = sqlite3.connect(tmp_path / "khelmerch.db")
    # A mark that no engine makes: it is still there at the end only if nobody wrote over it.
    with database:
        marked = database.execute("UPDATE segments SET target = '记号' WHERE target IS NOT NULL").rowcount
    database.close()
    assert marked >= 50
    await over(house, task_id)
    assert (await house.result(task_id)).count("记号") == marked


async def test_a_document_that_crashes_its_translator_fails_alone(make_house: MakeHouse) -> None:
    house = make_house("fake:delay=0.001,crash=1")
    poisoned = lines(10, "гурав") + f"Алдаа {CRASH_MARK} энд.\n" + lines(10, "хоёр")
    task_id = await house.submit(lines(30), poisoned, lines(30, "дөрөв"))
    task = await over(house, task_id, 110)
    assert task["status"] == "failed"
    assert [file["status"] for file in task["files"]] == ["completed", "failed", "completed"]
    assert task["files"][1]["error_code"] == "translator_died"
    assert "sentence" in task["files"][1]["error_message"]
    assert (await house.result(task_id, 3)).count("\n") == 30


async def test_a_translator_that_hangs_is_replaced_and_the_text_it_hangs_at_fails_alone(make_house: MakeHouse) -> None:
    house = make_house("fake:crash=1", patience=Patience(2.0, 1.0))
    (before,) = await ready(house)
    task_id = await house.submit(lines(30), f"Алдаа {HANG_MARK} энд.\n", lines(30, "дөрөв"))
    task = await over(house, task_id, 100)
    assert [file["status"] for file in task["files"]] == ["completed", "failed", "completed"]
    assert task["files"][1]["error_code"] == "translator_died"
    (after,) = await ready(house)
    assert after["pid"] != before["pid"] and after["restarts"] == 3


async def test_a_slow_translator_that_gets_on_is_not_replaced(make_house: MakeHouse) -> None:
    # Thirty batches of a quarter of a second in one piece of work, which takes longer than the patience.
    house = make_house("fake:step=0.25", batch_tokens=16, patience=Patience(4.0, 4.0, factor=1.0))
    await ready(house)
    task_id = await house.submit(lines(60))
    assert (await over(house, task_id))["status"] == "completed"
    (row,) = await ready(house)
    assert row["restarts"] == 0


async def test_a_translator_whose_process_stands_still_is_replaced(make_house: MakeHouse) -> None:
    house = make_house("fake:delay=0.02", patience=Patience(silent_seconds=1.0))
    task_id = await house.submit(lines(150))
    (before,) = await ready(house)
    await working(house, task_id)
    os.kill(before["pid"], signal.SIGSTOP)
    task = await over(house, task_id)
    assert (task["status"], task["segments_done"]) == ("completed", 150)
    (after,) = await ready(house)
    assert after["pid"] != before["pid"]


async def test_work_that_is_asked_for_twice_is_done_once(make_house: MakeHouse, tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    house = make_house(f"fake:delay=0.5,journal={journal}")
    (row,) = await ready(house)
    handle = ray.get_actor(row["name"], namespace=house.config.namespace)
    work = Work("w1", "mon_Cyrl", "cmn_Hans", False, False, (Item("нэг"),))
    first, second = await asyncio.gather(handle.translate.remote(work), handle.translate.remote(work))
    assert first == second
    assert len(journal.read_text().splitlines()) == 1


async def test_an_engine_error_fails_the_file_with_the_reason(make_house: MakeHouse) -> None:
    house = make_house("fake:crash=1")
    task_id = await house.submit(f"Алдаа {RAISE_MARK} энд.\n")
    task = await over(house, task_id)
    assert (task["status"], task["error_code"]) == ("failed", "engine_error")
    assert task["error_message"]


async def test_cancel_frees_the_translator_for_the_next_task(make_house: MakeHouse) -> None:
    house = make_house("fake:delay=0.02", max_tasks=1)
    long = await house.submit(lines(5_000))
    await working(house, long)
    short = await house.submit(lines(3, "богино"))
    assert (await house.client.task(short))["queue_position"] == 1
    cancelled = await house.client.cancel(long)
    assert cancelled["status"] == "cancelled"
    began = time.monotonic()
    assert (await over(house, short))["status"] == "completed"
    assert time.monotonic() - began < 20.0, "5,000 sentences would take 100 s"
    with pytest.raises(IllegalTransition):
        await house.client.cancel(long)


async def test_a_retried_task_translates_only_what_is_missing(make_house: MakeHouse) -> None:
    house = make_house("fake:delay=0.01")
    task_id = await house.submit(lines(600))
    await working(house, task_id, 100)
    done = (await house.client.cancel(task_id))["segments_done"]
    assert 100 <= done < 600
    again = await house.client.retry(task_id)
    assert (again["attempt"], again["segments_done"] >= done) == (2, True)
    task = await over(house, task_id)
    assert (task["status"], task["segments_done"], task["segments_total"]) == ("completed", 600, 600)
    with pytest.raises(IllegalTransition):
        await house.client.retry(task_id)


async def test_the_queue_refuses_exactly_at_its_limit_under_concurrency(make_house: MakeHouse) -> None:
    house = make_house("fake:delay=0.05", max_tasks=2, max_queue=3)
    answers = await asyncio.gather(
        *(house.submit(lines(500), client=f"c{n}") for n in range(20)), return_exceptions=True
    )
    refused = [answer for answer in answers if isinstance(answer, QueueFull)]
    assert len(answers) - len(refused) == 5
    assert all(isinstance(answer, str | QueueFull) for answer in answers)
    assert refused[0].status == 429 and refused[0].data["retry_after"] >= 1
    status = await aeventually(house.client.queue_status, lambda row: row["processing"] == 2)
    assert status["pending"] == 3


async def test_a_task_that_takes_too_long_ends_as_timeout_and_keeps_what_is_done(make_house: MakeHouse) -> None:
    house = make_house("fake:delay=0.02", task_timeout_seconds=4.0)
    await ready(house)
    task_id = await house.submit(lines(3, "богино"), lines(5_000))
    task = await over(house, task_id)
    assert (task["status"], task["error_code"]) == ("timeout", "task_timeout")
    assert task["files"][0]["status"] == "completed"
    assert (await house.result(task_id, 1)).count("\n") == 3


async def test_a_short_text_goes_ahead_of_a_document(make_house: MakeHouse) -> None:
    house = make_house("fake:delay=0.02")
    task_id = await house.submit(lines(2_000))
    await working(house, task_id)
    began = time.monotonic()
    (answer,) = await house.client.translate_text(["Сайн байна уу? Баяртай."], "mon_Cyrl", "cmn_Hans", False)
    assert time.monotonic() - began < 10.0, "the document takes 40 s"
    assert answer["text"] and "Сайн" not in answer["text"]
    assert (await house.client.task(task_id))["status"] == "processing"


async def test_one_large_file_is_spread_over_all_translators(make_house: MakeHouse) -> None:
    house = make_house("fake:delay=0.02", instances=3)
    await ready(house, 3)
    task_id = await house.submit(lines(450))
    began = time.monotonic()
    assert (await over(house, task_id))["status"] == "completed"
    assert time.monotonic() - began < 450 * 0.02, "one translator alone needs at least this"


async def test_another_scheduler_that_takes_the_database_stops_the_old_one(
    make_house: MakeHouse, tmp_path: Any
) -> None:
    house = make_house("fake:delay=0.02", max_tasks=1)
    task_id = await house.submit(lines(2_000))
    await working(house, task_id)
    pid = await house.scheduler_pid()
    database = sqlite3.connect(tmp_path / "khelmerch.db")
    with database:
        database.execute("UPDATE scheduler_state SET value = '99' WHERE key = 'epoch'")
        done = database.execute("SELECT count(target) FROM segments").fetchone()[0]
    await aeventually(lambda: asyncio.to_thread(_gone, pid), bool)
    with database:
        assert database.execute("SELECT count(target) FROM segments").fetchone()[0] == done
    database.close()


def _gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        # It may end between opening the file and reading it.
        return True
