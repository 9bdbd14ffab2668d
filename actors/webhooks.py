"""Sends what webhooks wait for, in a loop of its own beside the scheduler's work; and what clients may do with webhooks."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections import Counter
from typing import Any

import httpx

from actors import webhook_policy as policy
from actors.errors import WebhookRefused
from actors.group_commit import GroupCommit
from actors.webhook_address import Resolve, resolve, target_of
from storage.errors import StaleEpoch, StorageError
from storage.repository import Repository
from storage.times import from_iso, to_iso
from storage.webhook_store import TEST_TYPE, NewWebhook, new_message

log = logging.getLogger("khelmerch.webhooks")

Row = dict[str, Any]

AT_ONCE = 16
"""Messages on their way at once."""

AT_ONCE_PER_WEBHOOK = 4
"""A receiver that does not answer holds up no other."""

ANSWER_SECONDS = 15.0
"""From the first byte sent to the head of the answer, the connection included; its body is not read."""

IDLE_SECONDS = 60.0
"""The longest sleep: whatever wake-up was missed, a message goes out after that."""

MAX_PER_CLIENT = 20
MAX_ERROR_CHARS = 200


class Webhooks:
    """`lookup` resolves names; tests have their own."""

    def __init__(
        self,
        repository: Repository,
        commits: GroupCommit,
        version: str,
        *,
        allow_private: bool,
        lookup: Resolve = resolve,
        chance: random.Random | None = None,
    ) -> None:
        self._repository = repository
        self._commits = commits
        self._agent = f"Khelmerch/{version}"
        self._allow_private = allow_private
        self._lookup = lookup
        self._chance = chance or random.Random()  # noqa: S311 jitter
        self._wake = asyncio.Event()
        self._sending: dict[str, asyncio.Task[None]] = {}
        self._of_webhook: Counter[str] = Counter()
        self._http: httpx.AsyncClient | None = None

    # ---- what clients ask

    async def check(self, url: str, secret: str | None) -> Row:
        """-> {"secret"}: the one given, or a new one. Raises WebhookRefused for what will never be sent to."""
        if secret:
            policy.secret_key(secret)
        await target_of(url, allow_private=self._allow_private, lookup=self._lookup)
        return {"secret": secret or policy.new_secret()}

    async def add(self, client_id: str, url: str, secret: str | None, events: tuple[str, ...]) -> Row:
        """-> the webhook, with its secret. Raises WebhookRefused."""
        checked = await self.check(url, secret)

        def add() -> Row:
            if len(self._repository.webhooks.of_client(client_id)) >= MAX_PER_CLIENT:
                raise WebhookRefused(
                    f"A client may have {MAX_PER_CLIENT} webhooks; remove one that is not needed any more."
                )
            return self._repository.webhooks.add([NewWebhook(client_id, url, checked["secret"], events)], time.time())[
                0
            ]

        row = await self._commits.run(add)
        return {**_shown(row), "secret": row["secret"]}

    async def of_client(self, client_id: str) -> list[Row]:
        return [_shown(row) for row in self._repository.webhooks.of_client(client_id)]

    async def get(self, webhook_id: str) -> Row:
        """Raises WebhookNotFound."""
        return _shown(self._repository.webhooks.get(webhook_id))

    async def remove(self, webhook_id: str) -> None:
        """Raises WebhookNotFound."""
        await self._commits.run(lambda: self._repository.webhooks.remove(webhook_id))

    async def test(self, webhook_id: str) -> Row:
        """Send a message of the type `webhook.test`; -> the delivery. Raises WebhookNotFound, WebhookRefused."""
        hook = self._repository.webhooks.get(webhook_id)
        if hook["disabled"]:
            raise WebhookRefused(f"This webhook is switched off: {hook['disabled']} Make it anew.")
        now = time.time()
        message = new_message(webhook_id, TEST_TYPE, to_iso(now), {"webhook_id": webhook_id}, now)
        await self._commits.run(lambda: self._repository.deliveries.add(message))
        self.wake()
        return {name: message[name] for name in message if name not in ("body", "webhook_id")}

    async def deliveries(self, webhook_id: str, limit: int) -> list[Row]:
        """-> the latest, newest first. Raises WebhookNotFound."""
        self._repository.webhooks.get(webhook_id)
        return self._repository.deliveries.of_webhook(webhook_id, limit)

    # ---- sending

    def wake(self) -> None:
        """A task has ended, or something else is to be sent."""
        self._wake.set()

    async def run(self) -> None:
        """For ever; nothing ends it but another scheduler."""
        try:
            while True:
                self._wake.clear()
                try:
                    seconds = await self._turn()
                except StaleEpoch:
                    return
                except StorageError as error:
                    log.warning("webhooks wait for storage", extra={"reason": error.detail})
                    seconds = 1.0
                except Exception:
                    log.exception("a turn of the webhooks failed; the next one comes")
                    seconds = 1.0
                try:
                    # Not wait_for: in Python 3.11 it loses a cancellation that comes together with the event.
                    async with asyncio.timeout(seconds):
                        await self._wake.wait()
                except TimeoutError:
                    pass  # something is due
        finally:
            for task in self._sending.values():
                task.cancel()
            if self._http is not None:
                await self._http.aclose()

    async def _turn(self) -> float:
        """-> seconds until the next one."""
        if not self._repository.webhooks.any:
            return IDLE_SECONDS
        while await self._commits.run(lambda: self._repository.webhooks.spread(time.time())):
            pass  # one more step
        # More than there is room for: those of a receiver that is full must not hide the others.
        due = self._repository.deliveries.due(time.time(), 8 * AT_ONCE, but=list(self._sending))
        for message in due:
            if len(self._sending) >= AT_ONCE:
                break
            if self._of_webhook[message["webhook_id"]] < AT_ONCE_PER_WEBHOOK:
                self._start(message)
        if self._sending:
            return IDLE_SECONDS  # the next one that comes back wakes us
        following = self._repository.deliveries.next_time()
        return IDLE_SECONDS if following is None else max(0.0, min(IDLE_SECONDS, following - time.time()))

    def _start(self, message: Row) -> None:
        name, webhook_id = message["id"], message["webhook_id"]
        task = asyncio.create_task(self._deliver(message))
        self._sending[name] = task
        self._of_webhook[webhook_id] += 1

        def over(done: asyncio.Task[None]) -> None:
            del self._sending[name]
            self._of_webhook[webhook_id] -= 1
            if not done.cancelled() and (error := done.exception()) is not None:
                # Not written: it is due still, and sent again with the same id.
                log.error("what became of a message was not stored", extra={"message_id": name}, exc_info=error)
            self.wake()

        task.add_done_callback(over)

    async def _deliver(self, message: Row) -> None:
        answer: int | None = None
        error: str | None = None
        asked: float | None = None
        outcome = policy.Verdict.AGAIN
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                answer, asked = await self._post(message)
            outcome = policy.verdict(answer)
            error = None if outcome is policy.Verdict.DELIVERED else f"The receiver answered {answer}."
        except WebhookRefused as refused:
            error = refused.detail
        except TimeoutError:
            error = f"The receiver did not answer within {ANSWER_SECONDS:.0f} s."
        except (httpx.HTTPError, OSError) as failed:
            error = (str(failed) or type(failed).__name__)[:MAX_ERROR_CHARS]
        await self._note(message, outcome, answer, error, asked)

    async def _post(self, message: Row) -> tuple[int, float | None]:
        """-> (status of the answer, seconds that it asks to wait)."""
        target = await target_of(message["url"], allow_private=self._allow_private, lookup=self._lookup)
        body = str(message["body"]).encode()
        headers = {
            **policy.headers(message["id"], int(time.time()), body, message["secret"]),
            "content-type": "application/json",
            "user-agent": self._agent,
            "host": target.host,
        }
        if self._http is None:
            # No proxy of the environment: it would connect to an address that nobody has checked.
            self._http = await asyncio.to_thread(
                httpx.AsyncClient, trust_env=False, follow_redirects=False, timeout=ANSWER_SECONDS
            )
        request = self._http.build_request(
            "POST", target.url, content=body, headers=headers, extensions={"sni_hostname": target.name}
        )
        response = await self._http.send(request, stream=True)
        await response.aclose()  # its body is nobody's business
        wanted = response.headers.get("retry-after", "")
        return response.status_code, float(wanted) if wanted.isascii() and wanted.isdigit() else None

    async def _note(
        self, message: Row, outcome: policy.Verdict, answer: int | None, error: str | None, asked: float | None
    ) -> None:
        now = time.time()
        tries = message["attempts"] + 1
        again = None
        status = outcome.value
        if outcome is policy.Verdict.AGAIN:
            again = policy.next_try(tries, from_iso(message["created_at"]), now, self._chance, asked)
            status = "failed" if again is None else "pending"
        elif outcome is policy.Verdict.GONE:
            status = "failed"

        def note() -> None:
            self._repository.deliveries.tried(message["id"], status, now, again, answer, error)
            if outcome is policy.Verdict.GONE:
                reason = f"The receiver answered {policy.GONE} (Gone)."
                self._repository.webhooks.disable(message["webhook_id"], reason, now)

        await self._commits.run(note)
        if outcome is not policy.Verdict.DELIVERED:
            facts = {"webhook": message["webhook_id"], "message_id": message["id"], "tries": tries, "reason": error}
            log.info("a webhook was not delivered", extra={**facts, "again": again is not None})


def _shown(row: Row) -> Row:
    """Without the secret, which is shown once."""
    return {
        **{name: row[name] for name in ("id", "client_id", "url", "created_at", "disabled")},
        "events": row["events"].split(","),
    }
