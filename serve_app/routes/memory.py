"""The translation memory of a client: TMX in and out, what is in it, forgetting."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import FileResponse
from starlette.background import BackgroundTask

from serve_app.actions import Asker
from serve_app.changes import WordChanges
from serve_app.errors import RequestError
from serve_app.routes.uploads import form_schema, request_body
from serve_app.schemas import problems
from serve_app.services import Services
from serve_app.word_schemas import MemoryImported, MemoryStatus, Removed
from storage.memory_store import CORRECTION, IMPORT, TRANSLATION, Scope
from translation.languages import check_pair

ClientId = Annotated[str | None, Query(max_length=128, description="Whose memory; with a client's key its own")]
Language = Annotated[str | None, Query(max_length=32)]
Origin = Annotated[
    Literal["translation", "correction", "import"] | None, Query(description="Only what came from there")
]


def router(services: Services) -> APIRouter:
    routes = APIRouter(tags=["memory"])
    words, intake = services.words, services.intake

    def changes(request: Request) -> WordChanges:
        return WordChanges(services, Asker.of(request))

    @routes.get("/memory", summary="What the translation memory holds", responses=problems(422, 503))
    async def status(request: Request, client_id: ClientId = None) -> MemoryStatus:
        return MemoryStatus.model_validate(await words.memory_status(services.access.named(request, client_id)))

    @routes.post(
        "/memory",
        summary="Import a translation memory",
        responses=problems(400, 409, 413, 422, 503),
        openapi_extra=request_body(
            {
                "multipart/form-data": form_schema(
                    {"files": {"type": "string", "format": "binary"}, "client_id": {"type": "string"}},
                    ["files"],
                )
            }
        ),
    )
    async def load(request: Request) -> MemoryImported:
        """A TMX file (1.4), for one client. What was corrected here stays as it is."""
        form = await intake.form(request)
        try:
            client = services.access.named(request, form.fields.get("client_id"))
            if len(form.files) != 1:
                raise RequestError("Send one TMX file as the multipart field `files`.", field="files")
            return MemoryImported.model_validate(
                await changes(request).import_memory(client, str(form.files[0][1].path))
            )
        finally:
            form.discard()

    @routes.get(
        "/memory/export",
        summary="Export a translation memory",
        response_class=FileResponse,
        responses={200: {"content": {"application/x-tmx+xml": {}}}, **problems(409, 422, 503)},
    )
    async def export(
        request: Request, source_lang: str, target_lang: str, client_id: ClientId = None, origin: Origin = None
    ) -> FileResponse:
        """As TMX 1.4: what this client has from one language into another."""
        scope = Scope(services.access.named(request, client_id), *check_pair(source_lang, target_lang))
        origins = (origin,) if origin else (TRANSLATION, CORRECTION, IMPORT)
        found = await words.export_memory(scope, origins)
        name = f"{scope.source_lang}-{scope.target_lang}.tmx"
        remove = BackgroundTask(Path(found["path"]).unlink, missing_ok=True)
        return FileResponse(found["path"], filename=name, media_type="application/x-tmx+xml", background=remove)

    @routes.delete("/memory", summary="Forget", responses=problems(422, 503))
    async def clear(
        request: Request,
        client_id: ClientId = None,
        source_lang: Language = None,
        target_lang: Language = None,
        origin: Origin = None,
    ) -> Removed:
        """All that this client has, or only one pair of languages, or what came from one origin."""
        if (source_lang is None) != (target_lang is None):
            raise RequestError("source_lang and target_lang go together.", field="target_lang")
        pair = check_pair(source_lang, target_lang) if source_lang and target_lang else None
        return Removed.model_validate(
            await changes(request).clear_memory(services.access.named(request, client_id), pair, origin)
        )

    return routes
