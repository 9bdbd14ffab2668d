"""A scheduler that dies between doing what it was asked and saying so: the client asks again, and nothing is done twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ray.exceptions import ActorDiedError
from service_kit import Service

from actors import client as module
from actors.client import Chosen, SchedulerClient
from storage.errors import IllegalTransition
from storage.states import TaskMove


class Method:
    def __init__(self, house: House, name: str) -> None:
        self._house, self._name = house, name

    async def remote(self, *arguments: Any) -> Any:
        operations = self._house.service.operations
        method, given = (arguments[0], arguments[1:]) if self._name == "operate" else (self._name, arguments)
        answer = await getattr(operations, method)(*given)
        if self._house.deaths:
            self._house.die()
            raise ActorDiedError
        return answer


class House:
    """Where the scheduler lives. deaths: how often it dies before its next answers."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.deaths = 0
        self.service = Service.of(folder)

    def die(self) -> None:
        self.deaths -= 1
        # All that the next one knows is what is on the disk.
        self.service = Service.of(self._folder)

    def __getattr__(self, name: str) -> Method:
        return Method(self, name)


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    house = House(tmp_path)
    monkeypatch.setattr(module.ray, "get_actor", lambda *_name, **_options: house)
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.0)
    yield house
    assert not house.deaths, "nothing died: the test shows nothing"


def kinds(house: House, task_id: str) -> list[str]:
    return [event["kind"] for event in house.service.repository.events.of_task(task_id)]


async def test_a_cancel_that_was_done_before_the_scheduler_died_is_no_conflict(house: House) -> None:
    await house.service.submit("t1")
    house.deaths = 2
    await SchedulerClient().cancel("t1")
    assert kinds(house, "t1") == ["accepted", "cancelled"]
    with pytest.raises(IllegalTransition):
        await SchedulerClient().cancel("t1")


async def test_a_retry_that_was_done_before_the_scheduler_died_opens_one_attempt(house: House) -> None:
    await house.service.submit("t1")
    await house.service.operations.cancel("t1")
    house.deaths = 1
    await SchedulerClient().retry("t1")
    assert house.service.repository.tasks.get("t1")["attempt"] == 2
    with pytest.raises(IllegalTransition):
        await SchedulerClient().retry("t1")


async def test_a_repeated_wish_does_not_undo_what_was_done_since(house: House) -> None:
    await house.service.submit("t1")
    client = SchedulerClient()
    house.deaths = 1
    die = house.die

    def and_somebody_retries() -> None:
        die()
        service = house.service
        service.repository.tasks.move("t1", TaskMove.RETRY, 0.0)

    house.die = and_somebody_retries  # type: ignore[method-assign]
    await client.cancel("t1")
    assert kinds(house, "t1") == ["accepted", "cancelled", "retried"]


async def test_many_named_tasks_are_answered_as_done_when_the_call_is_repeated(house: House) -> None:
    for name in ("t1", "t2"):
        await house.service.submit(name)
    house.deaths = 1
    answer = await SchedulerClient().cancel_all(Chosen(task_ids=("t1", "t2")))
    assert answer == {"done": ["t1", "t2"], "refused": []}
