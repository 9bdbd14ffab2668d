"""`/v2/…`: texts, documents, languages, usage. Glossaries are not offered; a request that names one is refused."""

from __future__ import annotations

import mimetypes
from typing import Any

from fastapi import APIRouter, Request, Response

from actors.client import Row
from serve_app import conditional
from serve_app.errors import RequestError
from serve_app.fronts import requests
from serve_app.fronts.deepl import words
from serve_app.fronts.texts import Texts, only_by_english, source_of_document
from serve_app.identity import identity_of
from serve_app.intake import DEFAULT_PRIORITY, new_task
from serve_app.services import Services
from storage.errors import TaskNotFound

MAX_TEXTS = 50
_TAG_HANDLING = {None: "text", "": "text", "html": "html", "xml": "xml"}


def router(services: Services) -> APIRouter:
    routes = APIRouter(
        prefix="/v2", tags=["deepl"], include_in_schema=False, route_class=requests.route_class(words.refuse)
    )
    texts = Texts(services)

    @routes.post("/translate")
    async def translate(request: Request) -> dict[str, Any]:
        words.key_of(request)
        given = await requests.fields(request, lists=("text",))
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
        answers = await texts.translate(asked, source, target, form, identity_of(request).charged)
        rows = []
        for sent, answer in zip(asked, answers, strict=True):
            row: Row = {"detected_source_language": words.language(answer.source), "text": answer.text}
            if given.get("show_billed_characters") in (True, "1", "true"):
                row["billed_characters"] = len(sent)
            rows.append(row)
        return {"translations": rows}

    @routes.api_route("/languages", methods=["GET", "POST"])
    async def languages(request: Request) -> list[Row]:
        words.key_of(request)
        kind = (await requests.fields(request)).get("type") or "source"
        if kind not in ("source", "target"):
            raise RequestError("Value for 'type' not supported.", field="type")
        _rows, pairs = await texts.languages()
        able = {target for targets in pairs.values() for target in targets} if kind == "target" else set(pairs)
        return words.languages(sorted(able), kind)

    @routes.api_route("/usage", methods=["GET", "POST"])
    async def usage(request: Request) -> Row:
        """Characters of documents that this key had translated today."""
        found = await services.scheduler.usage(words.client_for(request))
        return {
            "character_count": found["characters_today"],
            "character_limit": found["characters_per_day"] or words.UNLIMITED,
        }

    @routes.get("/glossary-language-pairs")
    async def glossary_pairs(request: Request) -> Row:
        words.key_of(request)
        return {"supported_languages": []}

    @routes.post("/document")
    async def upload(request: Request) -> Row:
        key = words.key_of(request)
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
            task = new_task(words.client_for(request), source, target, via, DEFAULT_PRIORITY)
            stored = await services.intake.store(received.files)
        except BaseException:
            received.discard()
            raise
        row, _replayed = await services.submitting.take(task, stored, None)
        document = words.document_id(row["task_id"])
        return {"document_id": document, "document_key": words.document_key(key, document)}

    async def own(request: Request, document: str) -> Row:
        """-> the task of the document. Raises NotFound for one that is not the caller's."""
        key = words.key_of(request)
        given = await requests.fields(request)
        missing = words.NotFound("Document not found.")
        try:
            row = await services.access.task(request, words.task_id(document))
        except TaskNotFound:
            raise missing from None
        proof = words.document_key(key, words.document_id(row["task_id"]))
        if row["client_ip"] != words.client_for(request) or str(given.get("document_key")).upper() != proof:
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

    return routes


def _check(given: dict[str, Any]) -> None:
    """Raises RequestError for what cannot be done; ignoring it would give another translation than was asked for."""
    if given.get("glossary_id"):
        raise RequestError("Glossaries are not supported.", field="glossary_id")
    if given.get("formality") in ("more", "less"):
        raise RequestError("'formality' is not supported for given 'target_lang'.", field="formality")
    if given.get("output_format"):
        raise RequestError("Value for 'output_format' not supported.", field="output_format")
