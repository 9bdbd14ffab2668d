"""`/v2/…`: texts, documents, languages, usage; glossaries are `glossary_routes`."""

from __future__ import annotations

import mimetypes
from typing import Any

from fastapi import APIRouter, Request, Response

from actors.client import Row
from actors.text_service import TextWishes
from serve_app import conditional
from serve_app.errors import RequestError
from serve_app.fronts import requests
from serve_app.fronts.deepl import glossary_routes, words
from serve_app.fronts.deepl.glossaries import Shelf
from serve_app.fronts.texts import Texts, only_by_english, source_of_document
from serve_app.identity import identity_of
from serve_app.intake import DEFAULT_PRIORITY, Wishes, new_task
from serve_app.services import Services
from storage.errors import TaskNotFound

MAX_TEXTS = 50
_TAG_HANDLING = {None: "text", "": "text", "html": "html", "xml": "xml"}


def routers(services: Services) -> list[APIRouter]:
    """-> versions 2 and 3: of the third there are only glossaries, as in the original."""
    kind = requests.route_class(words.refuse)
    second, third = (
        APIRouter(prefix=prefix, tags=["deepl"], include_in_schema=False, route_class=kind)
        for prefix in (words.PREFIX, words.PREFIX_3)
    )
    texts = Texts(services)
    _texts(second, services, texts)
    _documents(second, services)
    glossary_routes.add_second(second, services, texts)
    glossary_routes.add_third(third, services)
    return [second, third]


def _texts(routes: APIRouter, services: Services, texts: Texts) -> None:

    @routes.post("/translate")
    async def translate(request: Request) -> dict[str, Any]:
        client = words.client_of(request)
        given = await requests.fields(request, lists=("text", "glossary_ids"))
        asked = given.get("text")
        asked = [asked] if isinstance(asked, str) else asked
        if not isinstance(asked, list) or not asked or not all(isinstance(one, str) for one in asked):
            raise RequestError("Parameter 'text' not specified.", field="text")
        if len(asked) > MAX_TEXTS:
            raise RequestError(f"Too many texts in one request; {MAX_TEXTS} are possible.", field="text")
        _check(given)
        form = _TAG_HANDLING.get(given.get("tag_handling"))
        if form is None:
            raise RequestError("Value for 'tag_handling' not supported.", field="tag_handling")
        source, target = words.source_of(given.get("source_lang")), words.target_of(given.get("target_lang"))
        glossaries = await Shelf(services, request).fitting(given, source, target)
        wishes = TextWishes(client, glossaries)
        answers = await texts.translate(identity_of(request), asked, source, target, form, wishes)
        rows = []
        for sent, answer in zip(asked, answers, strict=True):
            row: Row = {"detected_source_language": words.language(answer.source), "text": answer.text}
            if given.get("show_billed_characters") in (True, "1", "true"):
                row["billed_characters"] = len(sent)
            rows.append(row)
        return {"translations": rows}

    @routes.api_route("/languages", methods=["GET", "POST"])
    async def languages(request: Request) -> list[Row]:
        words.client_of(request)
        kind = (await requests.fields(request)).get("type") or "source"
        if kind not in ("source", "target"):
            raise RequestError("Value for 'type' not supported.", field="type")
        _rows, pairs = await texts.languages()
        able = {target for targets in pairs.values() for target in targets} if kind == "target" else set(pairs)
        return words.languages(sorted(able), kind)

    @routes.api_route("/usage", methods=["GET", "POST"])
    async def usage(request: Request) -> Row:
        """Characters that this client had translated today."""
        found = await services.scheduler.usage(words.client_of(request))
        limit = found["characters_per_day"] or words.UNLIMITED
        return {"character_count": found["characters_today"], "character_limit": limit}


def _documents(routes: APIRouter, services: Services) -> None:
    @routes.post("/document")
    async def upload(request: Request) -> Row:
        client = words.client_of(request)
        received = await services.intake.form(request)
        try:
            given = received.fields
            _check(given)
            if len(received.files) != 1:
                raise RequestError("Parameter 'file' not specified.", field="file")
            if given.get("filename"):
                received.files[0] = (given["filename"], received.files[0][1])
            source = words.source_of(given.get("source_lang")) or await source_of_document(services, received)
            target = words.target_of(given.get("target_lang"))
            via = await only_by_english(services, source, target)
            glossaries = await Shelf(services, request).fitting(dict(given), source, target)
            wishes = Wishes(glossaries=glossaries)
            task = new_task(client, source, target, via, DEFAULT_PRIORITY, wishes=wishes)
            stored = await services.intake.store(received.files)
        except BaseException:
            received.discard()
            raise
        row, _replayed = await services.submitting.take(task, stored, None)
        document = words.document_id(row["task_id"])
        return {"document_id": document, "document_key": words.document_key(client, document)}

    async def own(request: Request, document: str) -> Row:
        """-> the task of the document. Raises NotFound for one that is not the caller's."""
        client = words.client_of(request)
        given = await requests.fields(request)
        missing = words.NotFound("Document not found.")
        try:
            row = await services.access.task(request, words.task_id(document))
        except TaskNotFound:
            raise missing from None
        proof = words.document_key(client, words.document_id(row["task_id"]))
        if row["client_ip"] != client or str(given.get("document_key")).upper() != proof:
            raise missing
        return row

    @routes.api_route("/document/{document}", methods=["GET", "POST"])
    async def status(request: Request, document: str) -> Row:
        return words.status_of(await own(request, document))

    @routes.api_route("/document/{document}/result", methods=["GET", "POST"])
    async def result(request: Request, document: str) -> Response:
        row = await own(request, document)
        if row["status"] != "completed":
            raise words.NotReady("Document is not ready yet.")
        file = await services.scheduler.result(row["task_id"], 1)
        path = await services.fetch(file["result_blob"])
        kind = mimetypes.guess_type(file["result_name"])[0] or "application/octet-stream"
        return conditional.file(request, path, file["result_name"], kind, file["result_sha256"])


def _check(given: dict[str, Any]) -> None:
    """Raises RequestError for what cannot be done; ignoring it would give another translation than was asked for."""
    if given.get("formality") in ("more", "less"):
        raise RequestError("'formality' is not supported for given 'target_lang'.", field="formality")
    if given.get("output_format"):
        raise RequestError("Value for 'output_format' not supported.", field="output_format")
