"""The translation memory as a whole: TMX in and out, what is in it, forgetting."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence
from functools import partial
from itertools import islice
from typing import Any

from actors.config import SchedulerConfig
from actors.document_pool import DocumentPool
from actors.group_commit import GroupCommit
from actors.recall import Recall, by_people
from actors.rules import Rules
from documents.exchange.tmx import Unit, Writer
from storage.blobs import WORK, BlobStore
from storage.memory_store import ANY_MODEL, BY_PEOPLE, IMPORT, MemoryEntry, Scope
from storage.repository import Repository
from translation.recall import MAX_CHARS, digest

Row = dict[str, Any]

STEP_ROWS = 1_000
"""Units stored, or read, in one transaction: the loop answers others in between."""


class MemoryExchange:
    def __init__(
        self,
        config: SchedulerConfig,
        rules: Rules,
        repository: Repository,
        commits: GroupCommit,
        checks: DocumentPool,
        blobs: BlobStore,
        recall: Recall,
    ) -> None:
        self._config = config
        self._rules = rules
        self._repository = repository
        self._commits = commits
        self._checks = checks
        self._blobs = blobs
        self._recall = recall

    async def load(self, client_id: str, path: str) -> Row:
        """Take in the TMX file at `path`; -> {"read", "stored", "skipped": too long}. What somebody corrected here stays.

        Raises MemoryOff, DocumentRefused.
        """
        self._recall.require()
        out = self._blobs.scratch(WORK)
        try:
            told = await self._checks.look("read_memory", path=path, out=str(out))
            stored = 0
            with out.open(encoding="utf-8") as lines:
                while rows := await asyncio.to_thread(lambda: list(islice(lines, STEP_ROWS))):
                    entries = await asyncio.to_thread(_entries, client_id, rows)
                    await self._commits.run(partial(self._put, entries))
                    stored += sum(map(len, entries.values()))
        finally:
            out.unlink(missing_ok=True)
        return {"read": told["units"], "stored": stored, "skipped": told["units"] - stored}

    def _put(self, entries: dict[Scope, list[MemoryEntry]]) -> None:
        for scope, some in entries.items():
            self._repository.memory.put(scope, some, time.time())

    async def export(self, scope: Scope, origins: Sequence[str]) -> Row:
        """-> {"path" of a TMX file, which the caller removes, "units"}. origins: only these."""
        self._recall.require()
        path = self._blobs.scratch()
        count, after = 0, ("", "")
        with path.open("wb") as file:
            writer = Writer(file, scope.source_lang, self._config.version)
            while page := self._repository.memory.page(scope, after, STEP_ROWS):
                after = page[-1][1].digest, page[-1][1].variant
                units = [
                    Unit(
                        scope.source_lang,
                        scope.target_lang,
                        one.source,
                        one.target,
                        0,
                        _tmx_time(when),
                        one.variant != BY_PEOPLE,
                    )
                    for when, one in page
                    if one.origin in origins
                ]
                await asyncio.to_thread(writer.add, units)
                count += len(units)
            writer.close()
        return {"path": str(path), "units": count}

    async def status(self, client_id: str) -> Row:
        """-> {"enabled", "threshold", "entries": of each pair and origin}"""
        rules = self._recall.rules
        entries = self._repository.memory.counts(client_id)
        return {"client_id": client_id, "enabled": rules.enabled, "threshold": rules.threshold, "entries": entries}

    async def clear(self, client_id: str, pair: tuple[str, str] | None, origin: str | None) -> Row:
        """-> {"removed"}"""
        return {"removed": await self._all(partial(self._repository.memory.clear, client_id, pair, origin))}

    async def retain(self) -> None:
        """Forget what models said once it is too old, or a client has too much."""
        seconds, most = self._rules.memory_retention, self._config.memory_max_rows
        for client_id in self._repository.memory.clients() if seconds or most else ():
            if seconds:
                await self._all(partial(self._repository.memory.prune, client_id, time.time() - seconds))
            if most:
                await self._all(partial(self._repository.memory.shrink, client_id, most))

    async def _all(self, step: partial[int]) -> int:
        total = 0
        while count := await self._commits.run(step, durable=False):
            total += count
        return total


def _entries(client_id: str, rows: Sequence[str]) -> dict[Scope, list[MemoryEntry]]:
    found: dict[Scope, list[MemoryEntry]] = {}
    for row in rows:
        source_lang, target_lang, source, target, machine = json.loads(row)
        if max(len(source), len(target)) <= MAX_CHARS:
            scope = Scope(client_id, source_lang, target_lang)
            made = MemoryEntry(digest(source), ANY_MODEL, source, target, IMPORT)
            found.setdefault(scope, []).append(made if machine else by_people(scope, source, target, IMPORT))
    return found


def _tmx_time(stamp: str) -> str:
    """TMX writes 20261125T203838Z."""
    return stamp[:19].replace("-", "").replace(":", "") + "Z"
