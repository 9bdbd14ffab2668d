"""Event streams: nothing lost, nothing twice, an end, and no memory for a reader that does not read."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from local_scheduler import LocalApi

from actors.feed import Progress
from serve_app import keyring, live
from serve_app.identity import OPEN, Identity
from storage.api_keys import Role
from storage.key_keeper import WantedKey

pytestmark = pytest.mark.timeout(30)


@pytest.fixture
def api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LocalApi:
    monkeypatch.setattr(live, "GAP_SECONDS", 0.0)
    return LocalApi(tmp_path)


class Reader:
    """One open stream, read without HTTP (httpx's transport would wait for its end). `told`: (event, id, data)."""

    def __init__(self, api: LocalApi, after: int | None = None, **of: str) -> None:
        self._api, self._after, self._of = api, after, of
        self.allowed: Callable[[], Awaitable[bool]] | None = None
        self.told: list[tuple[str, str, dict[str, Any]]] = []
        self.comments = 0
        self.ended = False

    async def open(self) -> Reader:
        hub, scheduler = self._api.services.hub, self._api.services.scheduler
        task_id, client_id = self._of.get("task_id"), self._of.get("client_id")
        subscription = await hub.subscribe(task_id, client_id)
        after = subscription.since if self._after is None else self._after
        self.stream = live.Stream(hub, scheduler, subscription, after, task_id, client_id, allowed=self.allowed)
        self.text: AsyncIterator[bytes] = aiter(self.stream)
        await anext(self.text)  # retry:
        return self

    async def until(self, holds: Any) -> Reader:
        while not holds(self):
            try:
                self._take((await anext(self.text)).decode())
            except StopAsyncIteration:
                self.ended = True
                break
        return self

    async def to_end(self) -> Reader:
        return await self.until(lambda _: False)

    def _take(self, text: str) -> None:
        if text.startswith(":"):
            self.comments += 1
            return
        fields = dict(line.split(": ", 1) for line in text.strip().splitlines())
        self.told.append((fields["event"], fields.get("id", ""), json.loads(fields["data"])))

    @property
    def kinds(self) -> list[str]:
        return [data["kind"] for event, _id, data in self.told if event == "task"]

    @property
    def ids(self) -> list[int]:
        return [int(number) for event, number, _data in self.told if event == "task"]


async def test_a_stream_of_a_task_tells_all_of_it_and_ends_with_it(api: LocalApi) -> None:
    await api.scheduler.service.submit("t1")
    reader = await Reader(api, 0, task_id="t1").open()
    await reader.until(lambda one: one.kinds)
    await api.scheduler.service.submit("t2")
    await api.scheduler.operate("cancel", "t1")
    await reader.to_end()
    assert reader.kinds == ["accepted", "cancelled"] and reader.ended
    assert reader.ids == sorted(reader.ids)
    assert api.services.hub._task is None, "nobody listens: nobody asks"


async def test_a_task_that_was_tried_again_goes_on_after_its_first_end(api: LocalApi) -> None:
    await api.scheduler.service.submit("t1")
    await api.scheduler.operate("cancel", "t1")
    await api.scheduler.operate("retry", "t1")
    reader = await Reader(api, 0, task_id="t1").open()
    await reader.until(lambda one: len(one.kinds) == 3)
    assert reader.kinds == ["accepted", "cancelled", "retried"] and not reader.ended
    await api.scheduler.operate("cancel", "t1")
    assert (await reader.to_end()).kinds[-1] == "cancelled"


@pytest.mark.parametrize("cut", range(6))
async def test_a_reader_that_comes_back_anywhere_hears_everything_once(api: LocalApi, cut: int) -> None:
    for number in range(3):
        await api.scheduler.service.submit(f"t{number}")
    first = await Reader(api, 0).open()
    await first.until(lambda one: len(one.told) == min(cut, 3))
    for number in range(3):
        await api.scheduler.operate("cancel", f"t{number}")
    await first.until(lambda one: len(one.told) == cut)
    second = await Reader(api, first.ids[-1] if first.ids else 0).open()
    await second.until(lambda one: len(one.told) + cut == 6)
    everything = [row["id"] for row in api.scheduler.service.repository.events.between(0, None, 100)]
    assert first.ids + second.ids == everything


async def test_a_client_hears_of_its_own_tasks_only_and_a_new_reader_of_what_comes(api: LocalApi) -> None:
    await api.scheduler.service.submit("t0", client="anna")
    reader = await Reader(api, client_id="anna").open()
    await api.scheduler.service.submit("t1", client="bob")
    await api.scheduler.service.submit("t2", client="anna")
    await reader.until(lambda one: one.told)
    assert [data["task_id"] for _event, _id, data in reader.told] == ["t2"]
    past = await Reader(api, 0, client_id="anna").open()
    await past.until(lambda one: len(one.told) == 2)
    assert [data["task_id"] for _event, _id, data in past.told] == ["t0", "t2"]


async def test_progress_is_told_without_an_id_and_forgotten_with_the_task(api: LocalApi) -> None:
    await api.scheduler.service.submit("t1")
    reader = await Reader(api, task_id="t1").open()
    api.scheduler.feed.progressed([Progress("t1", "anna", 12.5, "translating")], {"t1"})
    await reader.until(lambda one: one.told)
    assert reader.told == [
        ("progress", "", {"task_id": "t1", "client_id": "anna", "progress": 12.5, "stage": "translating"})
    ]
    api.scheduler.feed.progressed([], set())
    assert (await api.scheduler.feed.poll(None, 0, ""))["progress"] == []


async def test_a_reader_that_does_not_read_is_told_to_come_back_and_holds_no_more_than_its_queue(
    api: LocalApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "QUEUE_MESSAGES", 5)
    slow = await Reader(api).open()
    fast = await Reader(api).open()
    for number in range(9):
        await api.scheduler.service.submit(f"t{number}")
        await fast.until(lambda one, n=number: len(one.told) == n + 1)
    assert slow.stream._subscription.queue.qsize() == 5
    await slow.to_end()
    event, _id, data = slow.told[-1]
    assert (event, data) == ("resume", {"last_event_id": slow.ids[-1]})
    again = await Reader(api, data["last_event_id"]).open()
    await again.until(lambda one: len(one.told) == 4)
    assert slow.ids + again.ids == fast.ids


async def test_a_stream_that_has_sent_much_ends_and_is_resumed(api: LocalApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "STREAM_BYTES", 1)
    for number in range(3):
        await api.scheduler.service.submit(f"t{number}")
    last, seen = 0, []
    while last < 3:
        reader = await (await Reader(api, last).open()).to_end()
        seen += reader.ids
        last = reader.told[-1][2]["last_event_id"]
    assert seen == [1, 2, 3]


async def test_a_silent_stream_beats(api: LocalApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "HEARTBEAT_SECONDS", 0.01)
    reader = await Reader(api).open()
    await reader.until(lambda one: one.comments == 2)
    assert reader.told == []


@pytest.mark.parametrize("silent", [False, True])
async def test_a_stream_ends_soon_after_its_key_and_tells_nothing_more(
    api: LocalApi, monkeypatch: pytest.MonkeyPatch, silent: bool
) -> None:
    monkeypatch.setattr(live, "ALLOWED_SECONDS", 0.0)
    monkeypatch.setattr(keyring, "FRESH_SECONDS", 0.0)
    if silent:
        monkeypatch.setattr(live, "HEARTBEAT_SECONDS", 0.01)
    keys = api.scheduler.service.keys
    made, _key = await keys.create(WantedKey("anna", Role.CLIENT, "anna"))
    reader = Reader(api, client_id="anna")
    reader.allowed = partial(api.services.keyring.lets_in, Identity.of_key(made))
    await reader.open()
    await api.scheduler.service.submit("t1", client="anna")
    await reader.until(lambda one: one.told)
    await keys.revoke(made.id)
    if not silent:
        await api.scheduler.service.submit("t2", client="anna")
    await reader.to_end()
    assert reader.ended and [data["task_id"] for _event, _id, data in reader.told] == ["t1"]


async def test_a_stream_that_was_opened_without_keys_ends_with_the_first_key(
    api: LocalApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyring, "FRESH_SECONDS", 0.0)
    assert await api.services.keyring.lets_in(OPEN)
    await api.scheduler.service.keys.create(WantedKey("olga", Role.OPERATOR, "olga"))
    assert not await api.services.keyring.lets_in(OPEN)


async def test_the_events_of_the_api_are_told_as_long_as_the_key_is_good(
    api: LocalApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "ALLOWED_SECONDS", 0.0)
    monkeypatch.setattr(live, "HEARTBEAT_SECONDS", 0.01)
    monkeypatch.setattr(keyring, "FRESH_SECONDS", 0.0)
    keys = api.scheduler.service.keys
    made, key = await keys.create(WantedKey("anna", Role.CLIENT, "anna"))
    await api.scheduler.service.submit("t1", client="anna")
    transport = httpx.ASGITransport(api.app)  # hands the answer over when it has ended

    async def read(path: str) -> str:
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
            return (await http.get(path, headers={"X-API-Key": key})).text

    reading = [asyncio.create_task(read(path)) for path in ("/v1/events", "/v1/tasks/t1/events")]
    while len(api.services.hub._listeners) < len(reading):
        await asyncio.sleep(0.01)
    await keys.revoke(made.id)
    assert all("retry:" in text for text in await asyncio.gather(*reading))
    assert (await read("/v1/events")).count("unauthorised") == 2


async def test_many_readers_cost_the_scheduler_one_call(api: LocalApi, monkeypatch: pytest.MonkeyPatch) -> None:
    polls: list[int | None] = []
    poll = api.scheduler.feed.poll

    async def counted(after: int | None, seen: int, boot: str) -> Any:
        polls.append(after)
        return await poll(after, seen, boot)

    monkeypatch.setattr(api.scheduler.feed, "poll", counted)
    readers = [await Reader(api).open() for _ in range(200)]
    await api.scheduler.service.submit("t1")
    for reader in readers:
        await reader.until(lambda one: one.told)
    assert len(polls) <= 4


async def test_over_http_a_finished_task_is_told_and_a_reader_that_knows_its_end_is_sent_away(api: LocalApi) -> None:
    await api.scheduler.service.submit("t1")
    await api.scheduler.operate("cancel", "t1")
    transport = httpx.ASGITransport(api.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        answer = await http.get("/v1/tasks/t1/events")
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert "retry: 2000" in answer.text and "event: progress" in answer.text
        ids = [line[4:] for line in answer.text.splitlines() if line.startswith("id: ")]
        assert ids == ["1", "2"]
        assert (await http.get("/tasks/t1/events", headers={"Last-Event-ID": "2"})).status_code == 204
        assert (await http.get("/tasks/t1/events?after=2")).status_code == 204
        gone = await http.get("/v1/tasks/nope/events")
        assert (gone.status_code, gone.json()["code"]) == (404, "task_not_found")
        wrong = await http.get("/v1/tasks/t1/events", headers={"Last-Event-ID": "x"})
        assert (wrong.status_code, wrong.json()["code"]) == (422, "invalid_request")
    assert api.services.hub._task is None
    await asyncio.sleep(0)
