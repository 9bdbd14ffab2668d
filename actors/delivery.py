"""Takes leases to translators and brings their answers back."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping

from ray.exceptions import RayActorError, RayTaskError

from actors.decisions import Answers, Item, Lease
from actors.dispatch import Dispatcher
from actors.failures import Failure
from actors.ray_errors import cause_of
from actors.reaching import AGAIN_SECONDS, pulse_of
from actors.translator_pool import TranslatorPool
from actors.translator_slot import Slot
from translation.runner import Answer, Work, WorkResult
from translation.runner import Item as RunnerItem
from translation.terms import TermMatch

log = logging.getLogger("khelmerch.scheduler")

Others = Mapping[int, tuple[Answer, ...]]
"""The alternatives, by the sentence's place in its lease."""


def work_tag(task_id: str, attempt: int) -> str:
    """Under which a translator knows the work of one attempt (attempt 0: a short text)."""
    return f"{task_id}#{attempt}" if attempt else task_id


def _terms(item: Item) -> tuple[TermMatch, ...]:
    """What a translator is told: of a sentence that goes through two models nobody knows what its terms are in English."""
    return item.terms if item.last and item.before is None else ()


class Delivery:
    """`on_text`, `on_chunk`: take the answers of a lease that still holds; `on_sent`: hears of every lease that goes out;
    `on_failed`: of every one that the engine could not do."""

    def __init__(
        self,
        dispatcher: Dispatcher,
        pool: TranslatorPool,
        wake: Callable[[], None],
        on_sent: Callable[[Lease], None],
        on_text: Callable[[Lease, Answers, Others], None],
        on_chunk: Callable[[Lease, Answers], Awaitable[None]],
        on_failed: Callable[[Lease, Failure, str], None],
    ) -> None:
        self._dispatcher = dispatcher
        self._pool = pool
        self._wake = wake
        self._on_sent = on_sent
        self._on_text = on_text
        self._on_chunk = on_chunk
        self._on_failed = on_failed
        self._calls: set[asyncio.Task[None]] = set()
        self.characters = 0
        """Of source text that translators gave back since the start."""

    def send(self, lease: Lease) -> None:
        slot = self._pool.slots.get(lease.translator)
        if slot is None or slot.handle is None:
            self._dispatcher.failed(lease.lease_id, Failure.TRANSLATOR_LOST, "the translator is gone", time.time())
            return
        call = asyncio.create_task(self._call(slot, lease))
        self._calls.add(call)
        call.add_done_callback(self._calls.discard)
        self._on_sent(lease)

    async def _call(self, slot: Slot, lease: Lease) -> None:
        source, target, via_eng, _model = lease.leg
        items = tuple(
            RunnerItem(item.text, work_tag(item.task_id, item.attempt), item.align, _terms(item))
            for item in lease.items
        )
        try:
            work = Work(lease.lease_id, source, target, via_eng, lease.urgent, items, lease.alternatives)
            result = await self._translated(slot, work)
        except RayTaskError as error:
            cause = cause_of(error)
            log.warning(
                "a chunk failed", extra={"translator": slot.name, "lease": lease.lease_id, "reason": str(cause)}
            )
            reason = next(iter(str(cause).splitlines()), "") or type(cause).__name__
            self._on_failed(lease, Failure.ENGINE_ERROR, reason)
            self._dispatcher.failed(lease.lease_id, Failure.ENGINE_ERROR, reason, time.time())
            self._wake()
            return
        if result is None or self._dispatcher.result(lease.lease_id, result.seconds, time.time()) is None:
            return
        self.characters += lease.chars
        self._wake()
        answers = [None if one is None else (one.text, one.flags, one.alignment) for one in result.answers]
        if lease.items[0].file_id == 0:
            self._on_text(lease, answers, result.others)
            return
        try:
            await self._on_chunk(lease, answers)
        except Exception as error:  # whatever it is: sentences that nobody has would be waited for without end
            log.exception("answers could not be taken in", extra={"translator": slot.name, "lease": lease.lease_id})
            reason = f"what came back could not be stored ({type(error).__name__})"
            self._on_failed(lease, Failure.ENGINE_ERROR, reason)
            self._dispatcher.spoilt(lease, Failure.ENGINE_ERROR, reason, time.time())
            self._wake()

    async def _translated(self, slot: Slot, work: Work) -> WorkResult | None:
        """-> the answers; None when the lease ended with its translator. Raises RayTaskError."""
        assert slot.info is not None
        handle, boot_id = slot.handle, slot.info.boot_id
        while work.id in self._dispatcher.leases:
            try:
                result: WorkResult = await handle.translate.remote(work)
            except RayActorError:
                # Only the connection may have broken: whoever is well is still at it, and is asked for it again.
                while work.id in self._dispatcher.leases and isinstance(await pulse_of(handle, boot_id), Failure):
                    self._pool.suspect(slot.name)
                    await asyncio.sleep(AGAIN_SECONDS)
            else:
                return result
        return None

    def stop_tag(self, tag: str, translators: set[str]) -> None:
        for name in translators:
            slot = self._pool.slots.get(name)
            if slot is not None and slot.handle is not None:
                slot.handle.cancel.remote(tag)
