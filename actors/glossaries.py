"""Glossaries: kept for one client or for all, chosen for tasks, handed to whoever looks for their terms."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from actors.document_pool import DocumentPool
from actors.errors import GlossaryUnfit, NoGlossary
from actors.group_commit import GroupCommit
from actors.word_files import matcher
from storage.blobs import WORK, BlobStore
from storage.errors import GlossaryNotFound
from storage.glossary_store import GlossaryTerm, NewGlossary
from storage.repository import Repository
from storage.task_store import NewTask
from translation.languages import AUTO
from translation.terms import TermMatch

Row = dict[str, Any]

NONE = "none"
"""What a task names to have no glossary, not even the server's default."""

MOST_GLOSSARIES = 10
"""Of one task."""

UNUSED_SECONDS = 3_600.0
"""A list that nobody has read for so long is removed; a document worker reads one within minutes of being told."""


class Glossaries:
    """default: the name of the shared glossary that tasks without a wish get, '' for none."""

    def __init__(
        self, repository: Repository, commits: GroupCommit, checks: DocumentPool, blobs: BlobStore, default: str
    ) -> None:
        self._repository = repository
        self._commits = commits
        self._checks = checks
        self._blobs = blobs
        self._default = default
        self._listings: dict[tuple[Any, ...], tuple[Path, float]] = {}

    # ---- keeping them

    async def create(
        self, new: NewGlossary, file: tuple[str, str] | None, entries: Sequence[GlossaryTerm], replaces: bool
    ) -> Row:
        """-> its row. file: (name, path) of a list of terms, in the place of `entries`.

        Raises DocumentRefused, GlossaryExists.
        """
        terms = await self._terms(file, new.source_lang, new.target_lang) if file else entries
        return await self._commits.run(
            lambda: self._repository.glossaries.create(new, terms, time.time(), replace=replaces)
        )

    async def add(self, glossary_id: str, file: tuple[str, str] | None, entries: Sequence[GlossaryTerm]) -> Row:
        """-> the row, with these terms more. Raises DocumentRefused, GlossaryNotFound."""
        row = self._repository.glossaries.get(glossary_id)
        terms = await self._terms(file, row["source_lang"], row["target_lang"]) if file else entries
        return await self._commits.run(lambda: self._repository.glossaries.add_entries(glossary_id, terms, time.time()))

    async def _terms(self, file: tuple[str, str], source: str, target: str) -> list[GlossaryTerm]:
        out = self._blobs.scratch(WORK)
        try:
            await self._checks.look(
                "read_terms", name=file[0], path=file[1], source=source, target=target, out=str(out)
            )
            return await asyncio.to_thread(_read, out)
        finally:
            out.unlink(missing_ok=True)

    async def remove(self, glossary_id: str) -> None:
        """Raises GlossaryNotFound."""
        self._repository.glossaries.get(glossary_id)
        await self._commits.run(lambda: self._repository.glossaries.remove(glossary_id))

    async def rename(self, glossary_id: str, name: str) -> Row:
        """-> the row. Raises GlossaryNotFound, GlossaryExists."""
        return await self._commits.run(lambda: self._repository.glossaries.rename(glossary_id, name, time.time()))

    async def get(self, glossary_id: str) -> Row:
        """Raises GlossaryNotFound."""
        return self._repository.glossaries.get(glossary_id)

    async def visible(self, client_id: str | None) -> list[Row]:
        return self._repository.glossaries.visible(client_id)

    async def entries(self, glossary_id: str) -> tuple[Row, list[GlossaryTerm]]:
        """Raises GlossaryNotFound."""
        return self._repository.glossaries.get(glossary_id), self._repository.glossaries.entries(glossary_id)

    # ---- choosing them

    def chosen(self, task: NewTask) -> NewTask:
        """The task with the ids of its glossaries in the place of what the client named. Raises NoGlossary, GlossaryUnfit."""
        ids = self.ids(
            task.client_ip, json.loads(task.glossaries) if task.glossaries else None, task.source_lang, task.target_lang
        )
        return replace(task, glossaries=json.dumps(ids) if ids else None)

    def ids(self, client_id: str | None, wanted: Sequence[str] | None, source: str, target: str) -> list[str]:
        """-> of what a client named, by id or name; wanted None: the default, where it fits."""
        if wanted is None:
            return self._default_ids(source, target)
        if list(wanted) == [NONE]:
            return []
        if source == AUTO:
            raise GlossaryUnfit("A glossary needs to know the language: give source_lang instead of auto.")
        if len(wanted) > MOST_GLOSSARIES:
            raise GlossaryUnfit(f"{MOST_GLOSSARIES} glossaries at most can be used at once.")
        rows = []
        for name in wanted:
            try:
                row = self._repository.glossaries.find(client_id, name)
            except GlossaryNotFound as error:
                raise NoGlossary(error.detail, glossary=name) from error
            if {row["source_lang"], row["target_lang"]} != {source, target}:
                raise GlossaryUnfit(
                    f"Glossary {row['name']} is for {row['source_lang']} and {row['target_lang']}, not for {source} and "
                    f"{target}.",
                    glossary=name,
                )
            rows.append(row)
        return list(dict.fromkeys(row["glossary_id"] for row in rows))

    def _default_ids(self, source: str, target: str) -> list[str]:
        if not self._default:
            return []
        try:
            row = self._repository.glossaries.find(None, self._default)
        except GlossaryNotFound:
            return []  # it was not made yet, or removed
        fits = {row["source_lang"], row["target_lang"]} == {source, target}
        return [row["glossary_id"]] if fits else []

    # ---- using them

    async def listing(self, ids: Sequence[str], source: str) -> Path | None:
        """-> a file of JSON lines [source, target, match_case] with the terms of these glossaries, from `source`; None when
        all of them are gone. A glossary that changes has another file."""
        rows = self._repository.glossaries.revisions(ids)
        there = [rows[one] for one in ids if one in rows]
        if not there:
            return None
        key = (source, *((row["glossary_id"], row["revision"]) for row in there))
        now = time.time()
        known = self._listings.get(key)
        if known is not None and known[0].exists():
            os.utime(known[0])
            self._listings[key] = known[0], now
            return known[0]
        terms = [
            (one.source, one.target, one.match_case)
            if row["source_lang"] == source
            else (one.target or one.source, one.source if one.target else None, one.match_case)
            for row in there
            for one in self._repository.glossaries.entries(row["glossary_id"])
        ]
        path = self._blobs.scratch(f"{WORK}terms-")
        await asyncio.to_thread(_write, path, terms)
        self._listings[key] = path, now
        for old, (unused, last) in list(self._listings.items()):
            if now - last > UNUSED_SECONDS:
                del self._listings[old]
                unused.unlink(missing_ok=True)
        return path

    async def find(self, ids: Sequence[str], source: str, texts: Sequence[str]) -> list[tuple[TermMatch, ...]]:
        """-> the terms in each of these texts."""
        path = await self.listing(ids, source)
        if path is None:
            return [()] * len(texts)
        return await asyncio.to_thread(lambda: [tuple(matcher(str(path), source).find(text)) for text in texts])


def new_id() -> str:
    return f"g-{secrets.token_hex(8)}"


def _write(path: Path, terms: Sequence[tuple[str, str | None, bool]]) -> None:
    # The alternatives of a translation are as many sources when it is read the other way.
    lines = [
        json.dumps([one.strip(), target, match_case], ensure_ascii=False)
        for source, target, match_case in terms
        for one in (source.split("|") if target is not None else [source])
        if one.strip()
    ]
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")


def _read(path: Path) -> list[GlossaryTerm]:
    with path.open(encoding="utf-8") as lines:
        return [GlossaryTerm(*json.loads(line)) for line in lines]
