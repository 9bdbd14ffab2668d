"""The typed way to what operators look at. Errors and restarts are as for `SchedulerClient`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from actors.client import SchedulerClient
from actors.rules import Value
from storage.action_store import NewAction

Row = dict[str, Any]


class OversightClient:
    def __init__(self, scheduler: SchedulerClient) -> None:
        self._scheduler = scheduler

    async def cluster(self) -> Row:
        """-> devices, translators, queue and fleet as one picture; see Oversight.cluster."""
        return await self._scheduler.oversee("cluster")

    async def samples(self, span: str) -> Row:
        """-> figures over time; see Oversight.samples. span: hour, day or week."""
        return await self._scheduler.oversee("samples", span)

    async def settings(self) -> Row:
        """-> limits and ages in force; see LiveSettings.in_force."""
        return await self._scheduler.oversee("settings")

    async def change_settings(self, wanted: Mapping[str, Value | None]) -> Row:
        """-> as `settings`. None: as config.ini says. Raises BadSetting."""
        return await self._scheduler.oversee("change_settings", dict(wanted))

    async def note(self, action: NewAction) -> None:
        """A call that is made twice writes two lines, which differ in their time only."""
        await self._scheduler.oversee("note", action)

    async def actions(self, limit: int, cursor: str | None, what: str | None) -> Row:
        """-> {"actions", "next_cursor"}, newest first. Raises BadCursor."""
        return await self._scheduler.oversee("actions", limit, cursor, what)

    async def glossaries(self) -> list[Row]:
        """-> those of all clients, shared ones first."""
        return await self._scheduler.oversee("glossaries")

    async def memory_clients(self) -> list[str]:
        return await self._scheduler.oversee("memory_clients")
