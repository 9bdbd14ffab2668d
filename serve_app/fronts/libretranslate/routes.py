"""/translate, /translate_file, /detect, /languages, /frontend/settings, /health."""

from __future__ import annotations

import asyncio
import mimetypes
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.routing import Match
from starlette.types import Scope

from actors.client import Row
from actors.text_service import TextWishes
from serve_app import conditional, live
from serve_app.errors import RequestError
from serve_app.fronts import detection, requests
from serve_app.fronts.libretranslate import places, words
from serve_app.fronts.texts import Texts, only_by_english, source_of_document
from serve_app.identity import identity_of
from serve_app.intake import DEFAULT_PRIORITY, new_task
from serve_app.routes.tasks import TaskId
from serve_app.services import Services
from translation.alternatives import MOST
from translation.languages import normalise

FILE_SECONDS = 600.0
"""How long POST /translate_file is waited with; a longer document belongs to POST /v1/translate/files."""


def routers(services: Services) -> list[APIRouter]:
    """-> the whole under its prefix; and at the root, where GET /languages is ours for all but clients that say nothing of
    what they accept, as libretranslatepy does."""
    base = requests.route_class(words.refuse)

    class Unsaid(base):  # type: ignore[misc, valid-type]
        def matches(self, scope: Scope) -> tuple[Match, Scope]:
            return super().matches(scope) if places.says_nothing(scope) else (Match.NONE, {})

    texts = Texts(services)
    whole = APIRouter(prefix=places.PREFIX, tags=["libretranslate"], include_in_schema=False, route_class=base)
    root = APIRouter(tags=["libretranslate"], include_in_schema=False, route_class=base)
    unsaid = APIRouter(include_in_schema=False, route_class=Unsaid)
    for routes, listing in ((whole, whole), (root, unsaid)):
        _texts(routes, listing, services, texts)
        _files(routes, services)
    return [whole, unsaid, root]


def _texts(routes: APIRouter, listing: APIRouter, services: Services, texts: Texts) -> None:
    @routes.post("/translate")
    async def translate(request: Request) -> Row:
        given = await _fields(request, services, ("q",))
        asked = given.get("q")
        if isinstance(asked, list) and len(asked) == 1 and not _is_json(request):
            (asked,) = asked  # a form says neither
        several = [one for one in (asked if isinstance(asked, list) else [asked]) if isinstance(one, str) and one]
        if not several or (isinstance(asked, list) and len(several) < len(asked)):
            raise RequestError("Invalid request: missing q parameter", field="q")
        source = words.source_of(requests.text_of(given, "source"))
        target = normalise(requests.text_of(given, "target"))
        form = given.get("format") or "text"
        if form not in ("text", "html"):
            raise RequestError(f"{form} format is not supported", field="format")
        others = words.number_of(given, "alternatives", MOST)
        wishes = TextWishes(alternatives=others)
        answers = await texts.translate(identity_of(request), several, source, target, form, wishes)
        found = [words.detected(one.source, one.confidence) for one in answers]
        row: Row = {"translatedText": [one.text for one in answers] if isinstance(asked, list) else answers[0].text}
        if source is None:
            row["detectedLanguage"] = found if isinstance(asked, list) else found[0]
        if others:
            beside = [list(one.alternatives) for one in answers]
            row["alternatives"] = beside if isinstance(asked, list) else beside[0]
        return row

    @routes.post("/detect")
    async def detect(request: Request) -> list[Row]:
        given = await _fields(request, services)
        return [words.detected(*one) for one in detection.detect(requests.text_of(given, "q"))]

    @listing.get("/languages")
    async def languages() -> list[Row]:
        return words.languages(*await texts.languages())

    @routes.get("/frontend/settings")
    async def settings(request: Request) -> Row:
        rows, pairs = await texts.languages()
        first = next(iter(pairs), None)
        with_keys = identity_of(request).key_id is not None
        answer: Row = {
            "apiKeys": with_keys,
            "keyRequired": with_keys,
            "charLimit": (await services.limits.now()).max_text_chars,
            "frontendTimeout": 500,
            "suggestions": False,
            "filesTranslation": True,
            "supportedFilesFormat": (await services.languages())["formats"],
            "language": None,
        }
        if first is not None:
            names = {row["code"]: row["english_name"] for row in rows}
            source, target = ({"code": words.code_of(code), "name": names[code]} for code in (first, pairs[first][0]))
            answer["language"] = {"source": source, "target": target}
        return answer

    @routes.get("/health")
    async def health() -> Response:
        ready = (await services.scheduler.health())["ready"]
        return Response(
            '{"status":"ok"}' if ready else '{"status":"error"}', 200 if ready else 503, None, "application/json"
        )


def _files(routes: APIRouter, services: Services) -> None:
    @routes.post("/translate_file")
    async def translate_file(request: Request) -> Row:
        """Waits for the translation, as the original does."""
        received = await services.intake.form(request)
        try:
            given: dict[str, Any] = received.fields
            if len(received.files) != 1:
                raise RequestError("Invalid request: missing file parameter", field="file")
            target = normalise(requests.text_of(given, "target"))
            source = words.source_of(requests.text_of(given, "source")) or await source_of_document(services, received)
            via = await only_by_english(services, source, target)
            task = new_task(services.access.client(request, None), source, target, via, DEFAULT_PRIORITY)
            stored = await services.intake.store(received.files)
        except BaseException:
            received.discard()
            raise
        row, _replayed = await services.submitting.take(task, stored, None)
        over = await _over(services, request, row["task_id"])
        if over["status"] != "completed":
            raise RequestError(over["error_message"] or f"The translation was {over['status']}.")
        # Where the client called us: behind a proxy that is another address than ours.
        place = f"{str(request.url).split('?')[0].rsplit('/', 1)[0]}/download_file/{row['task_id']}"
        return {"translatedFileUrl": place}

    @routes.get("/download_file/{task_id}")
    async def download(request: Request, task_id: TaskId) -> Response:
        await services.access.task(request, task_id)
        file = await services.scheduler.result(task_id, 1)
        path = await services.fetch(file["result_blob"])
        kind = mimetypes.guess_type(file["result_name"])[0] or "application/octet-stream"
        return conditional.file(request, path, file["result_name"], kind, file["result_sha256"])


async def _over(services: Services, request: Request, task_id: str) -> Row:
    """-> the task once it is over, or as it is when time is up."""
    subscription = await services.hub.subscribe(task_id, None)
    stream = live.Stream(services.hub, services.scheduler, subscription, 0, task_id, None)
    try:
        async with asyncio.timeout(FILE_SECONDS):
            async for _text in aiter(stream):
                pass  # it ends with the task
    except TimeoutError:
        pass  # told by the status
    finally:
        services.hub.leave(subscription)
    return await services.access.task(request, task_id)


async def _fields(request: Request, services: Services, lists: tuple[str, ...] = ()) -> dict[str, Any]:
    if requests.is_multipart(request):
        form = await services.intake.form(request)
        form.discard()
        return dict(form.fields)
    return await requests.fields(request, lists=lists)


def _is_json(request: Request) -> bool:
    return request.headers.get("content-type", "").startswith("application/json")
