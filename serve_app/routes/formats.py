"""Which documents can be translated, and what a task of some would find, without making one."""

from __future__ import annotations

from fastapi import APIRouter, Request

from documents import registry
from serve_app.format_schemas import FileReport, FormatInfo, Preflight
from serve_app.routes.uploads import FILES, form_schema, request_body
from serve_app.schemas import problems
from serve_app.services import Services


def router(services: Services) -> APIRouter:
    routes = APIRouter(tags=["formats"])
    intake = services.intake

    @routes.get("/formats", summary="The formats of documents that are translated")
    async def formats() -> list[FormatInfo]:
        return [
            FormatInfo(
                name=one.name,
                suffixes=list(one.suffixes),
                media_type=one.media_type,
                outputs=sorted(output.value for output in one.outputs),
            )
            for one in registry.formats()
        ]

    @routes.post(
        "/preflight",
        summary="Look at files without translating them",
        responses=problems(400, 413, 422, 503),
        openapi_extra=request_body(
            {"multipart/form-data": form_schema({**FILES, "source_lang": {"type": "string"}}, ["files"])}
        ),
    )
    async def preflight(request: Request) -> Preflight:
        """Format, sentences, characters, scripts, about how long it would take, and why one would be refused. Nothing is
        kept. `source_lang` tells how sentences are split; without it the script decides."""
        received = await intake.form(request)
        try:
            reports = await intake.preflight(received)
        finally:
            received.discard()
        return Preflight(files=[FileReport.model_validate(report) for report in reports])

    return routes
