"""DeepL's glossaries over ours. One of theirs has dictionaries of several language pairs; each is a glossary of ours.

The first has the id that the client is told; the others have that id, a dot and their languages. So nothing is stored beside
our glossaries: they are listed, changed and removed at `/v1/glossaries` like any other, and those made there are seen here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import Request

from serve_app.actions import Asker
from serve_app.changes import WordChanges, new_glossary
from serve_app.errors import RequestError
from serve_app.fronts.deepl import words
from serve_app.identity import Forbidden, identity_of
from serve_app.services import Services
from storage.errors import GlossaryNotFound
from storage.glossary_store import SHARED, GlossaryTerm, NewGlossary

Row = dict[str, Any]
Pair = tuple[str, str]
"""(source, target), by our codes."""

MOST_AT_ONCE = 5


class Shelf:
    """The glossaries that a caller may use: its own and the shared ones."""

    def __init__(self, services: Services, request: Request) -> None:
        self._words = services.words
        self._changes = WordChanges(services, Asker.of(request))
        self._client = words.client_of(request)
        self._confined = identity_of(request).confined_to is not None

    async def all(self) -> list[list[Row]]:
        """-> the dictionaries of each glossary, its first one first."""
        found: dict[str, list[Row]] = {}
        for row in await self._words.glossaries(self._client):
            found.setdefault(_base(row["glossary_id"]), []).append(row)
        return [sorted(rows, key=lambda row: str(row["glossary_id"])) for rows in found.values()]

    async def get(self, glossary_id: str, *, to_change: bool = False) -> list[Row]:
        """Raises GlossaryNotFound; Forbidden when a client would change a shared one."""
        for rows in await self.all():
            if _base(rows[0]["glossary_id"]) == glossary_id:
                if to_change and self._confined and rows[0]["client_id"] == SHARED:
                    raise Forbidden("A glossary that all share is changed with a key of the role operator.")
                return rows
        raise GlossaryNotFound(f"There is no glossary {glossary_id}.", glossary_id=glossary_id)

    async def dictionary(self, glossary_id: str, pair: Pair, *, to_change: bool = False) -> Row:
        """-> the one from and into these languages. Raises GlossaryNotFound, Forbidden."""
        for row in await self.get(glossary_id, to_change=to_change):
            if (row["source_lang"], row["target_lang"]) == pair:
                return row
        raise GlossaryNotFound(
            f"Glossary {glossary_id} has no dictionary from {pair[0]} into {pair[1]}.", glossary_id=glossary_id
        )

    async def make(self, name: str, dictionaries: Sequence[tuple[Pair, Sequence[GlossaryTerm]]]) -> list[Row]:
        """-> the new glossary. Names need not be told apart there: a second one of a name gets a number.

        Raises RequestError, UnknownLanguage, SameLanguage, GlossaryExists.
        """
        if len({pair for pair, _terms in dictionaries}) < len(dictionaries):
            raise RequestError("A language pair is named twice.", field="dictionaries")
        taken = {row["name"] for rows in await self.all() for row in rows if row["client_id"] != SHARED}
        made: list[NewGlossary] = []
        for pair, _terms in dictionaries:
            wanted = name if not made else _of_pair(name, pair)
            new = self._new(wanted, taken, pair, made[0].glossary_id if made else None)
            taken.add(new.name)
            made.append(new)
        return [
            await self._changes.create_glossary(new, None, terms, False)
            for new, (_pair, terms) in zip(made, dictionaries, strict=True)
        ]

    def _new(self, name: str, taken: set[str], pair: Pair, base: str | None) -> NewGlossary:
        number, free = 1, name
        while free in taken:
            number += 1
            free = f"{name} ({number})"
        new = new_glossary(free, *pair, self._client, False)
        return new if base is None else NewGlossary(**{**vars(new), "glossary_id": f"{base}.{'-'.join(pair)}"})

    async def put(self, glossary_id: str, pair: Pair, terms: Sequence[GlossaryTerm], *, merge: bool) -> Row:
        """-> the dictionary with these terms, alone or beside those that it has; a new one where there is none.

        Raises GlossaryNotFound, Forbidden.
        """
        rows = await self.get(glossary_id, to_change=True)
        there = next((row for row in rows if (row["source_lang"], row["target_lang"]) == pair), None)
        if there is None:
            taken = {row["name"] for others in await self.all() for row in others}
            base = _base(rows[0]["glossary_id"])
            new = self._new(_of_pair(rows[0]["name"], pair), taken, pair, base)
            return await self._changes.create_glossary(
                NewGlossary(**{**vars(new), "client_id": rows[0]["client_id"]}), None, terms, False
            )
        if merge:
            return await self._changes.add_terms(there["glossary_id"], None, terms)
        again = NewGlossary(
            new_glossary("x", *pair, self._client, False).glossary_id, there["client_id"], there["name"], *pair
        )
        return await self._changes.create_glossary(again, None, terms, True)

    async def rename(self, glossary_id: str, name: str) -> None:
        """Raises GlossaryNotFound, Forbidden, RequestError, GlossaryExists."""
        first, *others = await self.get(glossary_id, to_change=True)
        for row in (first, *others):
            pair = row["source_lang"], row["target_lang"]
            wanted = new_glossary(name if row is first else _of_pair(name, pair), *pair, self._client, False).name
            await self._changes.rename_glossary(row, wanted)

    async def remove(self, rows: Sequence[Row]) -> None:
        for row in rows:
            await self._changes.remove_glossary(row)

    async def entries(self, row: Row) -> list[GlossaryTerm]:
        """Raises GlossaryNotFound."""
        _row, terms = await self._words.terms(row["glossary_id"])
        return terms

    async def fitting(self, given: dict[str, Any], source: str | None, target: str) -> tuple[str, ...] | None:
        """-> our ids of the glossaries that a request for a translation names, None when it names none.

        Raises RequestError, GlossaryNotFound.
        """
        several = given.get("glossary_ids") or []
        named = several.split(",") if isinstance(several, str) else several
        if given.get("glossary_id"):
            named = [*named, given["glossary_id"]]
        if not isinstance(named, list) or not all(isinstance(one, str) for one in named) or len(named) > MOST_AT_ONCE:
            raise RequestError(f"'glossary_ids' is a list of {MOST_AT_ONCE} ids at most.", field="glossary_ids")
        if not named:
            return None
        if source is None:
            raise RequestError("'source_lang' must be specified when using a glossary.", field="source_lang")
        return tuple([await self._fitting(one.strip(), source, target) for one in named])

    async def _fitting(self, glossary_id: str, source: str, target: str) -> str:
        rows = {(row["source_lang"], row["target_lang"]): row for row in await self.get(glossary_id)}
        # A list of ours serves the other direction, too.
        row = rows.get((source, target)) or rows.get((target, source))
        if row is None:
            raise RequestError(
                f"Glossary {glossary_id} has no dictionary from {source} into {target}.", field="glossary_id"
            )
        return str(row["glossary_id"])


def _base(glossary_id: str) -> str:
    return glossary_id.partition(".")[0]


def _of_pair(name: str, pair: Pair) -> str:
    return f"{name} [{'-'.join(words.language(code) for code in pair)}]"
