"""Taking tasks in: limits are exact, and a key makes one task."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from pathlib import Path

import pytest
from service_kit import Service

from actors.asked import IdempotencyKey
from actors.errors import ClientQueueFull, ClientQuota, Draining, QueueFull, ServiceError, TooManyFiles
from actors.submission import seconds_to_midnight
from storage.errors import IdempotencyKeyReused
from storage.task_store import NewTask
from storage.upload_store import StoredFile
from translation.errors import UnsupportedPair

KEY = IdempotencyKey("k", "hash")


async def accepted(service: Service, clients: list[str]) -> int:
    """Submit one task for each client at the same time; -> how many were taken."""
    tries = [service.submit(f"t{number}", client) for number, client in enumerate(clients)]
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    assert all(isinstance(one, tuple | ServiceError) for one in outcomes), outcomes
    return sum(isinstance(one, tuple) for one in outcomes)


async def test_the_queue_takes_exactly_its_limit_beside_the_free_places(tmp_path: Path) -> None:
    assert await accepted(Service.of(tmp_path), ["anna"] * 20) == 6  # one place and five that wait


async def test_a_client_may_have_exactly_its_limit_waiting(tmp_path: Path) -> None:
    service = Service.of(tmp_path, max_pending_per_client=2)
    assert await accepted(service, ["anna"] * 10 + ["bob"]) == 4  # the place, two of anna's, and bob's
    with pytest.raises(ClientQueueFull) as refused:
        await service.submit("t99")
    assert (refused.value.code, refused.value.status, refused.value.data["retry_after"]) == (
        "client_queue_full",
        429,
        17,
    )


async def test_what_waits_for_its_time_or_a_pause_counts_for_its_client(tmp_path: Path) -> None:
    service = Service.of(tmp_path, max_pending_per_client=1)
    await service.operations.pause()
    await service.submit("t1")
    with pytest.raises(ClientQueueFull):
        await service.submit("t2")
    await service.submit("t3", "bob")


async def test_a_refused_task_leaves_nothing_behind(tmp_path: Path) -> None:
    service = Service.of(tmp_path, max_queue=1)
    await accepted(service, ["anna"] * 2)
    with pytest.raises(QueueFull):
        await service.submit("refused", key=KEY)
    with pytest.raises(TooManyFiles):
        await Service.of(tmp_path / "b").submit("refused", files=4)
    assert "refused" not in service.dispatcher.pending
    assert service.repository.idempotency.find("anna", "k", "other body") is None


async def test_a_client_that_used_up_its_day_is_told_when_to_come_back(tmp_path: Path) -> None:
    service = Service.of(tmp_path, max_chars_per_day=100)
    service.repository.usage.add("anna", 99, time.time())
    await service.submit("t1")
    service.repository.usage.add("anna", 1, time.time())
    with pytest.raises(ClientQuota) as refused:
        await service.submit("t2")
    assert refused.value.code == "client_quota"
    assert 0 < refused.value.data["retry_after"] <= 86_400
    await service.submit("t3", "bob")


def test_midnight_is_counted_in_utc() -> None:
    assert seconds_to_midnight(1_795_392_000.0 - 60) == 60
    assert seconds_to_midnight(1_795_392_000.0) == 86_400


async def test_the_same_key_and_body_give_the_same_task_even_at_the_same_moment(tmp_path: Path) -> None:
    service = Service.of(tmp_path)
    answers = await asyncio.gather(*(service.submit(f"t{number}", key=KEY) for number in range(5)))
    assert {row["task_id"] for row, _replayed in answers} == {"t0"}
    assert [replayed for _row, replayed in answers] == [False, True, True, True, True]
    assert len(service.dispatcher.pending) == 1


async def test_the_same_key_with_another_body_is_refused_and_another_clients_is_new(tmp_path: Path) -> None:
    service = Service.of(tmp_path)
    await service.submit("t1", key=KEY)
    with pytest.raises(IdempotencyKeyReused):
        await service.submit("t2", key=IdempotencyKey("k", "another"))
    row, replayed = await service.submit("t3", "bob", KEY)
    assert (row["task_id"], replayed) == ("t3", False)
    assert "t2" not in service.dispatcher.pending


async def test_a_known_key_is_answered_while_the_server_takes_nothing_new(tmp_path: Path) -> None:
    service = Service.of(tmp_path)
    await service.submit("t1", key=KEY)
    await service.operations.drain()
    row, replayed = await service.submit("t2", key=KEY)
    assert (row["task_id"], replayed) == ("t1", True)
    with pytest.raises(Draining) as refused:
        await service.submit("t3")
    assert (refused.value.code, refused.value.status) == ("draining", 503)


async def test_a_key_outlives_the_scheduler(tmp_path: Path) -> None:
    await Service.of(tmp_path).submit("t1", key=KEY)
    row, replayed = await Service.of(tmp_path).submit("t2", key=KEY)
    assert (row["task_id"], replayed) == ("t1", True)


async def test_a_task_that_is_asked_for_twice_in_one_moment_is_one_task(tmp_path: Path) -> None:
    service = Service.of(tmp_path)
    answers = await asyncio.gather(service.submit("t1"), service.submit("t2"), service.submit("t1"))
    assert [(row["task_id"], replayed) for row, replayed in answers] == [("t1", False), ("t2", False), ("t1", False)]
    assert [row["task_id"] for row in service.repository.tasks.unfinished()] == ["t1", "t2"]


async def test_a_call_that_is_made_again_with_its_key_is_no_replay(tmp_path: Path) -> None:
    # The ingress removes the files of a replay; those of a call repeated after a lost answer are the task's own.
    service = Service.of(tmp_path)
    assert (await service.submit("t1", key=KEY))[1] is False
    assert (await service.submit("t1", key=KEY))[1] is False
    assert (await service.submit("t2", key=KEY))[1] is True


async def test_a_refused_task_leaves_the_clients_uploads_where_they_are(tmp_path: Path) -> None:
    service = Service.of(tmp_path)
    files = [StoredFile(f"{n}.txt", 1, "ab", f"uploads/aa/{n}") for n in range(4)]
    service.repository.uploads.add("anna", files, time.time())
    with pytest.raises(TooManyFiles):
        await service.submission.submit(NewTask("t1", "anna", "mon_Cyrl", "cmn_Hans", False, 5), None, None)
    assert service.repository.uploads.count("anna") == 4


async def test_a_bad_request_fails_no_other_of_its_burst(tmp_path: Path) -> None:
    service = Service.of(tmp_path)

    asked_for: list[str | None] = []

    def check_pair(source: str, target: str, _via_eng: bool, model: str | None) -> None:
        asked_for.append(model)
        if (source, target) != ("mon_Cyrl", "cmn_Hans"):
            raise UnsupportedPair(f"{source} to {target}")

    service.submission.check_pair = check_pair
    good, other = (NewTask(name, "anna", "mon_Cyrl", "cmn_Hans", False, 5) for name in ("t1", "t4"))
    wrong = NewTask("t2", "anna", "cmn_Hans", "eng_Latn", False, 5)
    many = [StoredFile(f"{n}.txt", 1, "ab", f"uploads/aa/{n}") for n in range(4)]
    third = replace(good, task_id="t3", wanted_model="b")
    burst = [(good, many[:1], None), (wrong, many[:1], None), (third, many, None)]
    outcomes = await service.submission.submit_all([*burst, (other, many[:1], KEY)])
    found = [outcome if isinstance(outcome, Exception) else outcome[0]["task_id"] for outcome in outcomes]
    assert (found[0], type(found[1]), type(found[2]), found[3]) == ("t1", UnsupportedPair, TooManyFiles, "t4")
    assert len(service.dispatcher.pending) == 2
    assert asked_for == [None, None, "b", None]
