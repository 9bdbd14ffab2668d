"""What operators look at: the cluster as one picture, figures over time, the settings in force, and who did what."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from actors import views
from actors.dispatch import Dispatcher
from actors.live_settings import LiveSettings
from actors.rules import Value
from actors.team import Translator
from actors.translator_slot import Slot
from storage.action_store import NewAction
from storage.repository import Repository
from storage.sample_store import SPANS, Reading

Row = dict[str, Any]

SAMPLE_SECONDS = 10.0
"""Between two readings: three in the shortest bucket."""

LATE_SECONDS = 2.0
"""The end of a task is stamped before it is committed: what ended in the last moments is counted by the next reading."""

GLOSSARIES_SHOWN = 500

TASKS_SHOWN = 5
"""Tasks that are named of each translator."""


@dataclass(frozen=True)
class Sources:
    """Where the picture comes from; each is asked anew. characters: that came back from translators since the start."""

    characters: Callable[[], int]
    slots: Callable[[], Mapping[str, Slot]]
    fleet: Callable[[], Awaitable[Row]]
    state: Callable[[], Row]


class Oversight:
    """run: a piece of work in a transaction of its own."""

    def __init__(
        self,
        settings: LiveSettings,
        repository: Repository,
        dispatcher: Dispatcher,
        sources: Sources,
        run: Callable[..., Awaitable[Any]],
    ) -> None:
        self._settings = settings
        self._repository = repository
        self._dispatcher = dispatcher
        self._sources = sources
        self._run = run
        self._sampled_at = time.time()
        self._characters = 0

    # ---- figures over time

    async def sample(self, now: float | None = None) -> None:
        """Take one reading. now: Unix seconds, the clock's if not given."""
        now = time.time() if now is None else now
        characters, since = self._sources.characters(), self._sampled_at
        if now <= since:
            return  # the clock was set back: wait until it has caught up
        completed, failed = self._repository.samples.ended(since - LATE_SECONDS, now - LATE_SECONDS)
        oldest = self._repository.figures.oldest_pending()
        loads = [row["utilization"] for row in self._repository.gpus.all() if row["utilization"] is not None]
        reading = Reading(
            seconds=now - since,
            load=sum(loads) / len(loads) if loads else None,
            characters=characters - self._characters,
            waiting=self._dispatcher.waiting_tasks(),
            running=len(self._dispatcher.jobs),
            oldest=max(0.0, now - oldest) if oldest is not None else 0.0,
            completed=completed,
            failed=failed,
        )
        await self._run(lambda: self._repository.samples.add(reading, now), durable=False)
        self._sampled_at, self._characters = now, characters

    async def samples(self, span: str) -> Row:
        """-> {"span", "seconds", "step", "until", "points"}: see SampleStore.of. span: hour, day or week."""
        now, chosen = time.time(), SPANS[span]
        points = self._repository.samples.of(chosen, now)
        return {"span": span, "seconds": chosen.seconds, "step": chosen.step, "until": int(now), "points": points}

    # ---- the cluster

    async def cluster(self) -> Row:
        """-> {"queue", "characters_per_second", "devices", "translators", "fleet"}: all that the Cluster page shows."""
        queue = {**views.queue_status(self._repository, self._settings.rules, time.time()), **self._sources.state()}
        return {
            "queue": queue,
            "characters_per_second": round(views.measured_speed(self._dispatcher), 1),
            "devices": self._repository.gpus.all(),
            "translators": [self._translator(slot) for slot in self._sources.slots().values()],
            "fleet": await self._sources.fleet(),
        }

    def _translator(self, slot: Slot) -> Row:
        working = self._dispatcher.fleet.translators.get(slot.name)
        return {
            "name": slot.name,
            "state": slot.state,
            "error": slot.error,
            "restarts": slot.restarts,
            "model": slot.model,
            "gpu_id": slot.info.gpu_id if slot.info else None,
            "node": slot.info.node if slot.info else None,
            "characters_per_second": (
                round(working.chars_per_second, 1) if working is not None and working.measured else None
            ),
            "waiting_characters": working.backlog_chars if working is not None else 0,
            "tasks": self._tasks(working) if working is not None else [],
        }

    def _tasks(self, working: Translator) -> list[Row]:
        """Documents that it has sentences of; short texts have no task that anybody could open."""
        known = [self._dispatcher.jobs[task_id].facts for task_id in working.tasks if task_id in self._dispatcher.jobs]
        return [
            {"task_id": one.task_id, "source_lang": one.pair[0], "target_lang": one.pair[1]}
            for one in known[:TASKS_SHOWN]
        ]

    # ---- the settings in force

    async def settings(self) -> Row:
        """See LiveSettings.in_force."""
        return await self._settings.in_force()

    async def change_settings(self, wanted: Mapping[str, Value | None]) -> Row:
        """See LiveSettings.change."""
        return await self._settings.change(wanted)

    # ---- who did what

    async def note(self, action: NewAction) -> None:
        await self._run(lambda: self._repository.actions.add(action, time.time()))

    async def actions(self, limit: int, cursor: str | None, what: str | None) -> Row:
        """-> {"actions", "next_cursor"}, newest first. Raises BadCursor."""
        rows, following = self._repository.actions.page(limit, cursor, what)
        return {"actions": rows, "next_cursor": following}

    # ---- words of all clients

    async def glossaries(self) -> list[Row]:
        """-> the first GLOSSARIES_SHOWN of all clients', shared ones first."""
        return self._repository.glossaries.all(GLOSSARIES_SHOWN)

    async def memory_clients(self) -> list[str]:
        """-> clients that have a translation memory."""
        return list(self._repository.memory.clients())
