"""`/v2/glossaries`, of one language pair each, and `/v3/glossaries`, of several."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from serve_app.errors import RequestError
from serve_app.fronts import requests
from serve_app.fronts.deepl import entries, words
from serve_app.fronts.deepl.glossaries import Pair, Row, Shelf
from serve_app.fronts.texts import Texts
from serve_app.services import Services
from storage.glossary_store import GlossaryTerm

MAX_DICTIONARIES = 20


def add_second(routes: APIRouter, services: Services, texts: Texts) -> None:
    """The calls of version 2."""

    @routes.get("/glossary-language-pairs")
    async def pairs(request: Request) -> Row:
        words.client_of(request)
        _rows, able = await texts.languages()
        listed = [
            {"source_lang": _code(source), "target_lang": _code(target)}
            for source, targets in able.items()
            for target in targets
        ]
        return {"supported_languages": listed}

    @routes.post("/glossaries", status_code=201)
    async def create(request: Request) -> Row:
        shelf, given = Shelf(services, request), await requests.fields(request)
        (row,) = await shelf.make(requests.text_of(given, "name"), [_dictionary(given)])
        return _second(row)

    @routes.get("/glossaries")
    async def listing(request: Request) -> Row:
        return {"glossaries": [_second(rows[0]) for rows in await Shelf(services, request).all()]}

    @routes.get("/glossaries/{glossary_id}")
    async def glossary(request: Request, glossary_id: str) -> Row:
        return _second((await Shelf(services, request).get(glossary_id))[0])

    @routes.get("/glossaries/{glossary_id}/entries")
    async def listed(request: Request, glossary_id: str) -> Response:
        shelf = Shelf(services, request)
        terms = await shelf.entries((await shelf.get(glossary_id))[0])
        return Response(entries.write(terms), media_type=entries.MEDIA)

    @routes.delete("/glossaries/{glossary_id}", status_code=204)
    async def remove(request: Request, glossary_id: str) -> Response:
        shelf = Shelf(services, request)
        await shelf.remove(await shelf.get(glossary_id, to_change=True))
        return Response(status_code=204)


def add_third(routes: APIRouter, services: Services) -> None:
    """The calls of version 3."""

    @routes.post("/glossaries", status_code=201)
    async def create(request: Request) -> Row:
        shelf, given = Shelf(services, request), await requests.fields(request)
        return _third(await shelf.make(requests.text_of(given, "name"), _dictionaries(given)))

    @routes.get("/glossaries")
    async def listing(request: Request) -> Row:
        return {"glossaries": [_third(rows) for rows in await Shelf(services, request).all()]}

    @routes.get("/glossaries/{glossary_id}")
    async def glossary(request: Request, glossary_id: str) -> Row:
        return _third(await Shelf(services, request).get(glossary_id))

    @routes.patch("/glossaries/{glossary_id}")
    async def change(request: Request, glossary_id: str) -> Row:
        """Another name, and entries beside or in the place of those with the same source."""
        shelf, given = Shelf(services, request), await requests.fields(request)
        if "name" not in given and "dictionaries" not in given:
            raise RequestError("Parameter 'name' or 'dictionaries' not specified.", field="name")
        if "dictionaries" in given:
            for pair, terms in _dictionaries(given):
                await shelf.put(glossary_id, pair, terms, merge=True)
        if "name" in given:
            await shelf.rename(glossary_id, requests.text_of(given, "name"))
        return _third(await shelf.get(glossary_id))

    @routes.delete("/glossaries/{glossary_id}", status_code=204)
    async def remove(request: Request, glossary_id: str) -> Response:
        shelf = Shelf(services, request)
        await shelf.remove(await shelf.get(glossary_id, to_change=True))
        return Response(status_code=204)

    @routes.get("/glossaries/{glossary_id}/entries")
    async def listed(request: Request, glossary_id: str) -> Row:
        shelf = Shelf(services, request)
        pair = _pair(dict(request.query_params))
        text = entries.write(await shelf.entries(await shelf.dictionary(glossary_id, pair)))
        told = {**_languages(pair), "entries": text, "entries_format": "tsv"}
        return {"dictionaries": [told]}

    @routes.put("/glossaries/{glossary_id}/dictionaries")
    async def put(request: Request, glossary_id: str) -> Row:
        shelf = Shelf(services, request)
        pair, terms = _dictionary(await requests.fields(request))
        return _of_dictionary(await shelf.put(glossary_id, pair, terms, merge=False))

    @routes.delete("/glossaries/{glossary_id}/dictionaries", status_code=204)
    async def drop(request: Request, glossary_id: str) -> Response:
        shelf = Shelf(services, request)
        pair = _pair(dict(request.query_params))
        await shelf.remove([await shelf.dictionary(glossary_id, pair, to_change=True)])
        return Response(status_code=204)


def _pair(given: dict[str, Any]) -> Pair:
    """Raises RequestError, UnknownLanguage."""
    source, target = words.source_of(given.get("source_lang")), words.target_of(given.get("target_lang"))
    if source is None:
        raise RequestError("Value for 'source_lang' not supported.", field="source_lang")
    return source, target


def _dictionary(given: Any) -> tuple[Pair, list[GlossaryTerm]]:
    """Raises RequestError, UnknownLanguage, BadTerms."""
    if not isinstance(given, dict):
        raise RequestError("A dictionary is an object of languages and entries.", field="dictionaries")
    return _pair(given), entries.read(given.get("entries"), given.get("entries_format") or "tsv")


def _dictionaries(given: dict[str, Any]) -> list[tuple[Pair, list[GlossaryTerm]]]:
    listed = given.get("dictionaries")
    if not isinstance(listed, list) or not 0 < len(listed) <= MAX_DICTIONARIES:
        raise RequestError(f"'dictionaries' is a list of 1 to {MAX_DICTIONARIES}.", field="dictionaries")
    return [_dictionary(one) for one in listed]


def _code(language: str) -> str:
    return words.language(language).lower()


def _languages(pair: Pair) -> dict[str, str]:
    return {"source_lang": _code(pair[0]), "target_lang": _code(pair[1])}


def _of_dictionary(row: Row) -> Row:
    return {**_languages((row["source_lang"], row["target_lang"])), "entry_count": row["entries"]}


def _second(row: Row) -> Row:
    """-> a glossary as version 2 tells it: of its first language pair."""
    told = {"glossary_id": row["glossary_id"].partition(".")[0], "name": row["name"], "ready": True}
    return {**told, "creation_time": row["created_at"], **_of_dictionary(row)}


def _third(rows: list[Row]) -> Row:
    told = {"glossary_id": rows[0]["glossary_id"].partition(".")[0], "name": rows[0]["name"]}
    return {**told, "creation_time": rows[0]["created_at"], "dictionaries": [_of_dictionary(row) for row in rows]}
