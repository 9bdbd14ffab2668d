"""Webhooks: every end of a task is told, signed, tried again, and nowhere but where it may lead."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import standardwebhooks
from local_scheduler import LocalApi
from webhook_receiver import Receiver

from actors import webhook_policy
from actors.webhook_policy import GIVE_UP_SECONDS
from storage.times import to_iso
from storage.webhook_tables import webhook_deliveries
from tests.support.waiting import aeventually

pytestmark = pytest.mark.timeout(60)

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class Place:
    """The API with its webhooks' loop running."""

    def __init__(self, api: LocalApi, http: httpx.AsyncClient) -> None:
        self.api, self.http = api, http
        self.service = api.scheduler.service

    async def hook(self, url: str, **fields: Any) -> dict[str, Any]:
        answer = await self.http.post("/webhooks", json={"client_id": "anna", "url": url, "secret": SECRET, **fields})
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def deliveries(self, hook: dict[str, Any]) -> list[dict[str, Any]]:
        return list((await self.http.get(f"/webhooks/{hook['id']}/deliveries")).json()["deliveries"])

    async def settled(self, hook: dict[str, Any], count: int = 1) -> list[dict[str, Any]]:
        """-> the deliveries, once `count` of them were tried."""
        return await aeventually(
            lambda: self.deliveries(hook), lambda found: sum(one["attempts"] > 0 for one in found) >= count
        )

    def hurry(self) -> None:
        """All that waits is due now."""
        with self.service.repository.database.transaction() as connection:
            waiting = webhook_deliveries.c.next_at.is_not(None)
            connection.execute(webhook_deliveries.update().where(waiting).values(next_at=to_iso(time.time())))
        self.api.scheduler.webhooks.wake()


@asynccontextmanager
async def place(folder: Path, **scheduler: Any) -> AsyncIterator[Place]:
    api = LocalApi(folder, **scheduler)
    loop = asyncio.create_task(api.scheduler.webhooks.run())
    transport = httpx.ASGITransport(api.app)
    try:
        async with httpx.AsyncClient(transport=transport, base_url="http://test/v1") as http:
            yield Place(api, http)
    finally:
        loop.cancel()
        await asyncio.gather(loop, return_exceptions=True)


async def test_the_end_of_a_task_is_told_and_signed_as_the_scheme_wants_it(tmp_path: Path) -> None:
    async with place(tmp_path) as here:
        with Receiver() as receiver:
            hook = await here.hook(receiver.url)
            await here.service.submit("t1")
            await here.service.submit("t2", client="bob")
            await here.api.scheduler.operate("cancel", "t1")
            await here.api.scheduler.operate("cancel", "t2")
            here.api.scheduler.webhooks.wake()
            (delivery,) = await here.settled(hook)
        ((headers, body),) = receiver.got
        message = standardwebhooks.Webhook(SECRET).verify(body, headers)
        assert message["type"] == "task.cancelled"
        assert message["data"]["task_id"] == "t1" and message["data"]["client_id"] == "anna"
        assert headers["webhook-id"] == delivery["id"] and headers["host"] == f"127.0.0.1:{receiver.port}"
        assert (delivery["status"], delivery["last_status"], delivery["next_at"]) == ("delivered", 204, None)
        with pytest.raises(standardwebhooks.WebhookVerificationError):
            standardwebhooks.Webhook(SECRET).verify(body + b" ", headers)


async def test_only_the_wanted_ends_are_told_and_a_task_may_have_an_address_of_its_own(tmp_path: Path) -> None:
    async with place(tmp_path) as here:
        with Receiver() as receiver, Receiver() as other:
            hook = await here.hook(receiver.url, events=["task.completed"])
            form = {
                "client_ip": "anna",
                "source_lang": "mn",
                "target_lang": "zh",
                "webhook_url": other.url,
                "webhook_secret": SECRET,
            }
            files = {"files": ("a.txt", "Сайн уу?\n".encode())}
            ids = []
            for _ in range(2):
                answer = await here.http.post("/translate/files", data=form, files=files)
                ids.append(answer.json()["task_id"])
            await here.api.scheduler.operate("cancel", ids[0])
            here.api.scheduler.complete(ids[1])
            (delivery,) = await here.settled(hook)
            assert (delivery["type"], delivery["task_id"]) == ("task.completed", ids[1])
            await aeventually(lambda: here.deliveries(hook), lambda _: len(other.got) == 2)
        assert {json.loads(body)["data"]["task_id"] for _headers, body in other.got} == set(ids)
        shown = (await here.http.get(f"/tasks/{ids[0]}")).text + (await here.http.get("/webhooks?client_id=anna")).text
        assert SECRET not in shown


async def test_what_failed_is_tried_again_with_the_same_id_also_by_the_next_scheduler(tmp_path: Path) -> None:
    with Receiver(500, 503, 200, headers={"Retry-After": "100"}) as receiver:
        async with place(tmp_path) as here:
            hook = await here.hook(receiver.url)
            await here.service.submit("t1")
            await here.api.scheduler.operate("cancel", "t1")
            here.api.scheduler.webhooks.wake()
            (delivery,) = await here.settled(hook)
            assert (delivery["status"], delivery["last_status"]) == ("pending", 500)
            assert delivery["next_at"] > to_iso(time.time() + 90), "Retry-After is heeded"
        async with place(tmp_path) as here:
            here.hurry()
            await aeventually(lambda: here.deliveries(hook), lambda found: found[0]["attempts"] == 2)
            here.hurry()
            await aeventually(lambda: here.deliveries(hook), lambda found: found[0]["status"] == "delivered")
    assert len({headers["webhook-id"] for headers, _body in receiver.got}) == 1
    assert len(receiver.got) == 3


async def test_an_end_that_was_not_spread_before_a_crash_is_told_by_the_next_scheduler(tmp_path: Path) -> None:
    with Receiver() as receiver:
        first = LocalApi(tmp_path)
        row = await first.scheduler.webhooks.add("anna", receiver.url, SECRET, ("task.cancelled",))
        await first.scheduler.service.submit("t1")
        await first.scheduler.operate("cancel", "t1")
        async with place(tmp_path) as here:
            (delivery,) = await aeventually(lambda: here.deliveries(row), lambda found: found and found[0]["attempts"])
            assert delivery["status"] == "delivered"
            here.api.scheduler.webhooks.wake()
            await here.service.submit("t2")
            await here.api.scheduler.operate("cancel", "t2")
            here.api.scheduler.webhooks.wake()
            await here.settled(row, 2)
    assert [json.loads(body)["data"]["task_id"] for _headers, body in receiver.got] == ["t1", "t2"]


async def test_gone_switches_off_and_a_redirect_is_not_followed(tmp_path: Path) -> None:
    async with place(tmp_path) as here:
        with Receiver(307, headers={"Location": "http://127.0.0.1:1/"}) as moved, Receiver(410) as gone:
            hooks = [await here.hook(moved.url), await here.hook(gone.url)]
            await here.service.submit("t1")
            await here.api.scheduler.operate("cancel", "t1")
            here.api.scheduler.webhooks.wake()
            (again,), (failed,) = [await here.settled(hook) for hook in hooks]
            assert (again["status"], again["last_status"], len(moved.got)) == ("pending", 307, 1)
            assert (failed["status"], failed["last_status"]) == ("failed", 410)
            shown = (await here.http.get(f"/webhooks/{hooks[1]['id']}")).json()
            assert "410" in shown["disabled"]
            refused = await here.http.post(f"/webhooks/{hooks[1]['id']}/test")
            assert (refused.status_code, refused.json()["code"]) == (422, "webhook_refused")
            await here.service.submit("t2")
            await here.api.scheduler.operate("cancel", "t2")
            here.api.scheduler.webhooks.wake()
            await here.settled(hooks[0], 2)
        assert len(gone.got) == 1


async def test_a_receiver_that_hangs_holds_up_no_other(tmp_path: Path) -> None:
    async with place(tmp_path) as here:
        with Receiver() as slow, Receiver() as quick:
            slow.hold.clear()
            await here.hook(slow.url)
            for number in range(20):
                await here.service.submit(f"t{number}")
                await here.api.scheduler.operate("cancel", f"t{number}")
            here.api.scheduler.webhooks.wake()
            await aeventually(lambda: asyncio.sleep(0, len(slow.got)), lambda count: count == 4)
            hook = await here.hook(quick.url)
            assert (await here.http.post(f"/webhooks/{hook['id']}/test")).status_code == 202
            (delivery,) = await here.settled(hook)
            assert delivery["type"] == "webhook.test" and delivery["status"] == "delivered"
            assert len(slow.got) == 4


async def test_a_name_that_leads_inside_is_refused_at_once_and_again_when_it_is_sent_to(tmp_path: Path) -> None:
    answers = ["93.184.215.14"]

    async def lookup(_host: str, _port: int) -> list[str]:
        return answers

    async with place(tmp_path, allow_private=False, lookup=lookup) as here:
        hook = await here.hook("http://rebinding.example/")
        answers[:] = ["93.184.215.14", "127.0.0.1"]
        refused = await here.http.post("/webhooks", json={"client_id": "anna", "url": "http://inside.example/"})
        assert (refused.status_code, refused.json()["code"]) == (422, "webhook_refused")
        await here.http.post(f"/webhooks/{hook['id']}/test")
        (delivery,) = await here.settled(hook)
        assert delivery["status"] == "pending" and "public internet" in delivery["last_error"]


async def test_removing_a_webhook_takes_what_waits_with_it(tmp_path: Path) -> None:
    async with place(tmp_path) as here:
        with Receiver(500) as receiver:
            hook = await here.hook(receiver.url)
            await here.http.post(f"/webhooks/{hook['id']}/test")
            await here.settled(hook)
            assert (await here.http.delete(f"/webhooks/{hook['id']}")).status_code == 204
        gone = await here.http.get(f"/webhooks/{hook['id']}/deliveries")
        assert (gone.status_code, gone.json()["code"]) == (404, "webhook_not_found")
        assert here.service.repository.deliveries.next_time() is None


async def test_a_message_is_given_up_after_a_day_and_forgotten_later(tmp_path: Path) -> None:
    async with place(tmp_path) as here:
        with Receiver(500) as receiver:
            hook = await here.hook(receiver.url)
            await here.http.post(f"/webhooks/{hook['id']}/test")
            await here.settled(hook)
            old = to_iso(time.time() - GIVE_UP_SECONDS)
            with here.service.repository.database.transaction() as connection:
                connection.execute(webhook_deliveries.update().values(created_at=old))
            here.hurry()
            found = await aeventually(lambda: here.deliveries(hook), lambda found: found[0]["attempts"] == 2)
        assert (found[0]["status"], found[0]["next_at"]) == ("failed", None)
        assert here.service.repository.deliveries.prune(time.time()) == 1


def test_the_receiver_of_the_documentation_runs(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    script = tmp_path / "receiver.py"
    script.write_text(code, encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, str(script), str(port), SECRET]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as receiver:
        try:
            body = b'{"type": "webhook.test"}'
            moment = int(time.time())
            good = webhook_policy.headers("msg_1", moment, body, SECRET)
            bad = {**good, "webhook-signature": "v1,AAAA"}
            late = webhook_policy.headers("msg_3", moment - 3_600, body, SECRET)
            transport = httpx.HTTPTransport(retries=10)
            with httpx.Client(transport=transport, base_url=f"http://127.0.0.1:{port}") as http:
                statuses = [http.post("/", content=body, headers=head).status_code for head in (good, bad, late)]
            assert statuses == [204, 400, 400]
            assert receiver.stdout is not None and receiver.stdout.readline() == f"msg_1 {body.decode()}\n"
        finally:
            receiver.terminate()


async def test_the_loop_ends_when_it_is_told_to_in_the_very_moment_in_which_it_is_woken(tmp_path: Path) -> None:
    webhooks = LocalApi(tmp_path).scheduler.webhooks
    for _ in range(20):
        loop = asyncio.create_task(webhooks.run())
        for _ in range(5):
            await asyncio.sleep(0)
        webhooks.wake()
        await asyncio.sleep(0)
        loop.cancel()
        done, _pending = await asyncio.wait([loop], timeout=5)
        assert done, "it goes on for ever"
