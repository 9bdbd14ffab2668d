"""The typed way to what the scheduler knows of words: glossaries, the translation memory, corrections.

Errors and restarts are as for `SchedulerClient`. A call that is made twice does no harm: glossaries have the caller's id.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from actors.client import SchedulerClient
from storage.glossary_store import GlossaryTerm, NewGlossary
from storage.memory_store import Scope

Row = dict[str, Any]
File = tuple[str, str]
"""(the name that its owner gave it, the path)."""


class WordsClient:
    def __init__(self, scheduler: SchedulerClient) -> None:
        self._scheduler = scheduler

    async def create_glossary(
        self, new: NewGlossary, file: File | None, entries: Sequence[GlossaryTerm], replaces: bool
    ) -> Row:
        """-> its row. Raises DocumentRefused (bad_glossary), GlossaryExists."""
        return await self._scheduler.words("glossaries", "create", new, file, list(entries), replaces)

    async def add_terms(self, glossary_id: str, file: File | None, entries: Sequence[GlossaryTerm]) -> Row:
        """-> its row. Raises DocumentRefused (bad_glossary), GlossaryNotFound."""
        return await self._scheduler.words("glossaries", "add", glossary_id, file, list(entries))

    async def rename_glossary(self, glossary_id: str, name: str) -> Row:
        """-> its row. Raises GlossaryNotFound, GlossaryExists."""
        return await self._scheduler.words("glossaries", "rename", glossary_id, name)

    async def glossaries(self, client_id: str | None) -> list[Row]:
        """-> those of the client and the shared ones."""
        return await self._scheduler.words("glossaries", "visible", client_id)

    async def glossary(self, glossary_id: str) -> Row:
        """Raises GlossaryNotFound."""
        return await self._scheduler.words("glossaries", "get", glossary_id)

    async def terms(self, glossary_id: str) -> tuple[Row, list[GlossaryTerm]]:
        """Raises GlossaryNotFound."""
        return await self._scheduler.words("glossaries", "entries", glossary_id)

    async def remove_glossary(self, glossary_id: str) -> None:
        """Raises GlossaryNotFound."""
        await self._scheduler.words("glossaries", "remove", glossary_id)

    async def correct(self, task_id: str, n: int, position: int, target: str) -> Row:
        """-> the sentence, and how many were changed. Raises as `Corrections.correct`."""
        return await self._scheduler.words("corrections", "correct", task_id, n, position, target)

    async def rebuild(self, task_id: str) -> None:
        """The task's finished files are written anew where they were corrected. Raises TaskNotFound."""
        await self._scheduler.words("corrections", "rebuild", task_id)

    async def import_memory(self, client_id: str, path: str) -> Row:
        """-> {"read", "stored", "skipped"}. Raises MemoryOff, DocumentRefused (bad_memory)."""
        return await self._scheduler.words("memory", "load", client_id, path)

    async def export_memory(self, scope: Scope, origins: Sequence[str]) -> Row:
        """-> {"path" of a TMX file, which the caller removes, "units"}. Raises MemoryOff."""
        return await self._scheduler.words("memory", "export", scope, list(origins))

    async def memory_status(self, client_id: str) -> Row:
        return await self._scheduler.words("memory", "status", client_id)

    async def clear_memory(self, client_id: str, pair: tuple[str, str] | None, origin: str | None) -> Row:
        """-> {"removed"}"""
        return await self._scheduler.words("memory", "clear", client_id, pair, origin)
