"""Glossaries, the translation memory, and corrections."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote, urlencode

from khelmerch_client._async.downloading import download
from khelmerch_client._async.http import AsyncHttp
from khelmerch_client.models import GlossaryRow, MemoryImported, MemoryStatus, Removed
from khelmerch_client.wishes import TermEntry, form

IMPORT_TIMEOUT_S = 1_800.0
"""A large translation memory is read, hashed and stored before the answer."""


def _path(*parts: str) -> str:
    return "/" + "/".join(quote(part, safe="") for part in parts)


def _given(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


class AsyncGlossaries:
    def __init__(self, http: AsyncHttp) -> None:
        self._http = http

    async def add(
        self,
        terms: Path | Sequence[TermEntry],
        *,
        name: str,
        source: str,
        target: str,
        client_id: str | None = None,
        shared: bool = False,
        replace: bool = False,
    ) -> GlossaryRow:
        """Make a glossary of a file (.csv, .tsv, .tbx) or of terms, for one client or for all. replace: put it in the place of
        one of the same name."""
        fields = _given(name=name, source_lang=source, target_lang=target, client_id=client_id)
        fields |= {"shared": shared, "replace": replace}
        if isinstance(terms, Path):
            found = await self._http.json("POST", "/glossaries", data=form(fields), files=[terms])
        else:
            found = await self._http.json("POST", "/glossaries", json={**fields, "entries": list(terms)})
        return cast(GlossaryRow, found)

    async def list(self, client_id: str | None = None) -> Sequence[GlossaryRow]:
        """The shared ones, and those of the client."""
        found = await self._http.json("GET", "/glossaries", params=_given(client_id=client_id))
        return cast(Sequence[GlossaryRow], found["glossaries"])

    async def find(self, id_or_name: str, client_id: str | None = None) -> str:
        """-> the id of the glossary of that id or name that the client may use: its own before a shared one; what was given
        where there is none."""
        found = [one for one in await self.list(client_id) if id_or_name in (one["glossary_id"], one["name"])]
        found.sort(key=lambda one: (one["glossary_id"] != id_or_name, one["shared"]))
        return found[0]["glossary_id"] if found else id_or_name

    async def get(self, glossary_id: str) -> GlossaryRow:
        return cast(GlossaryRow, await self._http.json("GET", _path("glossaries", glossary_id)))

    async def terms(self, glossary_id: str) -> Sequence[TermEntry]:
        found = await self._http.json("GET", _path("glossaries", glossary_id, "entries"))
        return cast(Sequence[TermEntry], found["entries"])

    async def add_terms(self, glossary_id: str, terms: Path | Sequence[TermEntry]) -> GlossaryRow:
        """One whose source is there takes the place of the old one."""
        path = _path("glossaries", glossary_id, "entries")
        if isinstance(terms, Path):
            return cast(GlossaryRow, await self._http.json("POST", path, files=[terms]))
        return cast(GlossaryRow, await self._http.json("POST", path, json={"entries": list(terms)}))

    async def remove(self, glossary_id: str) -> Removed:
        """Tasks that were read before keep its terms."""
        return cast(Removed, await self._http.json("DELETE", _path("glossaries", glossary_id)))

    async def export(self, glossary_id: str, out: Path) -> Path:
        """To a file whose suffix says as what: .csv, .tsv or .tbx; -> the path it got."""
        query = urlencode({"format": out.suffix.lstrip(".").lower()})
        path = f"{_path('glossaries', glossary_id, 'entries')}?{query}"
        return await download(self._http, path, out.parent, out.name)


class AsyncMemory:
    def __init__(self, http: AsyncHttp) -> None:
        self._http = http

    async def status(self, client_id: str | None = None) -> MemoryStatus:
        return cast(MemoryStatus, await self._http.json("GET", "/memory", params=_given(client_id=client_id)))

    async def add(self, tmx: Path, client_id: str | None = None) -> MemoryImported:
        """Take in a TMX file. What was corrected here stays as it is."""
        options: dict[str, Any] = {"files": [tmx], "timeout_s": IMPORT_TIMEOUT_S}
        found = await self._http.json("POST", "/memory", data=_given(client_id=client_id), **options)
        return cast(MemoryImported, found)

    async def export(
        self, out: Path, *, source: str, target: str, client_id: str | None = None, origin: str | None = None
    ) -> Path:
        """To a TMX file; -> the path it got."""
        query = urlencode(_given(client_id=client_id, source_lang=source, target_lang=target, origin=origin))
        return await download(self._http, f"/memory/export?{query}", out.parent, out.name)

    async def clear(
        self,
        client_id: str | None = None,
        *,
        source: str | None = None,
        target: str | None = None,
        origin: str | None = None,
    ) -> Removed:
        """Forget all, or only what is between two languages, or of one origin (translation, correction, import)."""
        chosen = _given(client_id=client_id, source_lang=source, target_lang=target, origin=origin)
        return cast(Removed, await self._http.json("DELETE", "/memory", params=chosen, timeout_s=IMPORT_TIMEOUT_S))
