"""Glossaries: lists of terms and how they are translated, in as a file or as JSON, and out again."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError

from documents.exchange.terms import TermRow, checked, write
from serve_app import names
from serve_app.actions import Asker
from serve_app.changes import WordChanges, new_glossary
from serve_app.errors import RequestError
from serve_app.identity import Forbidden, Identity, identity_of
from serve_app.intake import boolean
from serve_app.multipart import Received
from serve_app.routes.uploads import form_schema, request_body
from serve_app.schemas import problems
from serve_app.services import Services
from serve_app.word_schemas import GlossaryList, GlossaryRequest, GlossaryRow, Removed, TermEntry, TermsRequest
from storage.errors import GlossaryNotFound
from storage.glossary_store import SHARED, GlossaryTerm

T = TypeVar("T", bound=BaseModel)
GlossaryId = Annotated[str, Path(max_length=64, examples=["g-3f2504e04f8941d3"])]
_MEDIA = {"csv": "text/csv", "tsv": "text/tab-separated-values", "tbx": "application/x-tbx", "json": "application/json"}
_TEXT = {"type": "string"}
_FILE = {"files": {"type": "array", "maxItems": 1, "items": {"type": "string", "format": "binary"}}}
_FIELDS: dict[str, Any] = {
    "name": _TEXT,
    "source_lang": _TEXT,
    "target_lang": _TEXT,
    "client_id": _TEXT,
    "shared": {"type": "boolean", "default": False},
    "replace": {"type": "boolean", "default": False},
}


def router(services: Services) -> APIRouter:
    routes = APIRouter(tags=["glossaries"])
    words, intake = services.words, services.intake

    def changes(request: Request) -> WordChanges:
        return WordChanges(services, Asker.of(request))

    async def found(request: Request, glossary_id: str, *, to_change: bool = False) -> dict[str, Any]:
        """Raises GlossaryNotFound for another client's, too; Forbidden when a client would change a shared one."""
        row = await words.glossary(glossary_id)
        mine = identity_of(request).confined_to
        if mine is not None and row["client_id"] not in (mine, SHARED):
            raise GlossaryNotFound(f"There is no glossary {glossary_id}.", glossary_id=glossary_id)
        if mine is not None and to_change and row["client_id"] == SHARED:
            raise Forbidden("A glossary that all share is changed with a key of the role operator.")
        return row

    @routes.post(
        "/glossaries",
        summary="Make a glossary",
        responses=problems(400, 409, 413, 422, 503),
        openapi_extra=request_body(
            {
                "multipart/form-data": form_schema(
                    {**_FILE, **_FIELDS}, ["files", "name", "source_lang", "target_lang"]
                ),
                "application/json": GlossaryRequest.model_json_schema(),
            }
        ),
    )
    async def create(request: Request) -> GlossaryRow:
        """Of a list of terms (.csv, .tsv, .tbx), or of JSON. `replace`: one of the same name gets these terms."""
        if not _is_form(request):
            wanted = await _json(request, GlossaryRequest)
            client = _owner(identity_of(request), wanted.client_id, wanted.shared)
            new = new_glossary(wanted.name, wanted.source_lang, wanted.target_lang, client, wanted.shared)
            return _row(await changes(request).create_glossary(new, None, _terms(wanted.entries), wanted.replace))
        form = await intake.form(request)
        try:
            fields = form.fields
            for needed in ("name", "source_lang", "target_lang"):
                if not fields.get(needed, "").strip():
                    raise RequestError(f"The field {needed} is missing.", field=needed)
            shared = boolean(fields.get("shared", ""), "shared")
            client = _owner(identity_of(request), fields.get("client_id"), shared)
            new = new_glossary(fields["name"], fields["source_lang"], fields["target_lang"], client, shared)
            replaces = boolean(fields.get("replace", ""), "replace")
            return _row(await changes(request).create_glossary(new, _file(form), (), replaces))
        finally:
            form.discard()

    @routes.get("/glossaries", summary="Glossaries", responses=problems(422, 503))
    async def listing(request: Request, client_id: Annotated[str | None, Query(max_length=128)] = None) -> GlossaryList:
        """The shared ones, and those of the client."""
        client_id = identity_of(request).client_for(client_id)
        client = names.client_id(client_id) if client_id else None
        return GlossaryList(glossaries=[_row(row) for row in await words.glossaries(client)])

    @routes.get("/glossaries/{glossary_id}", summary="A glossary", responses=problems(404, 503))
    async def glossary(request: Request, glossary_id: GlossaryId) -> GlossaryRow:
        return _row(await found(request, glossary_id))

    @routes.delete("/glossaries/{glossary_id}", summary="Remove a glossary", responses=problems(404, 503))
    async def remove(request: Request, glossary_id: GlossaryId) -> Removed:
        """Tasks that were read before keep its terms."""
        await changes(request).remove_glossary(await found(request, glossary_id, to_change=True))
        return Removed(removed=1)

    @routes.get(
        "/glossaries/{glossary_id}/entries",
        summary="A glossary's terms",
        response_class=Response,
        responses={200: {"content": {kind: {} for kind in _MEDIA.values()}}, **problems(404, 422, 503)},
    )
    async def entries(
        request: Request,
        glossary_id: GlossaryId,
        format: Annotated[Literal["csv", "tsv", "tbx", "json"], Query()] = "json",
    ) -> Response:
        """As a file that can be sent in again, or as JSON."""
        await found(request, glossary_id)
        row, terms = await words.terms(glossary_id)
        if format == "json":
            told = TermsRequest.model_construct(entries=[TermEntry.model_construct(**vars(term)) for term in terms])
            return Response(told.model_dump_json(), media_type=_MEDIA[format])
        rows = (TermRow(term.source, term.target, term.match_case) for term in terms)
        name = names.file_name(f"{row['name']}.{format}").encode("ascii", "replace").decode().replace("?", "_")
        return Response(
            write(format, rows, row["source_lang"], row["target_lang"]),
            media_type=_MEDIA[format],
            headers={"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"},
        )

    @routes.post(
        "/glossaries/{glossary_id}/entries",
        summary="Add terms",
        responses=problems(400, 404, 413, 422, 503),
        openapi_extra=request_body(
            {
                "multipart/form-data": form_schema(_FILE, ["files"]),
                "application/json": TermsRequest.model_json_schema(),
            }
        ),
    )
    async def add(glossary_id: GlossaryId, request: Request) -> GlossaryRow:
        """Of a list of terms, or of JSON. A term whose source is there takes the place of the old one."""
        await found(request, glossary_id, to_change=True)
        if not _is_form(request):
            return _row(
                await changes(request).add_terms(
                    glossary_id, None, _terms((await _json(request, TermsRequest)).entries)
                )
            )
        form = await intake.form(request)
        try:
            return _row(await changes(request).add_terms(glossary_id, _file(form), ()))
        finally:
            form.discard()

    return routes


def _owner(identity: Identity, client_id: str | None, shared: bool) -> str | None:
    """-> the client that a new glossary is for, as far as the key says. Raises Forbidden."""
    if not shared:
        return identity.client_for(client_id)
    if identity.confined_to is not None:
        raise Forbidden("A glossary that all share is made with a key of the role operator.")
    return client_id


def _is_form(request: Request) -> bool:
    return request.headers.get("content-type", "").startswith("multipart/form-data")


async def _json(request: Request, kind: type[T]) -> T:
    try:
        return kind.model_validate_json(await request.body() or b"{}")
    except ValidationError as error:
        raise RequestValidationError(
            [{**one, "loc": ("body", *one["loc"])} for one in error.errors(include_url=False)]
        ) from error


def _file(form: Received) -> tuple[str, str]:
    """Raises RequestError."""
    if len(form.files) != 1:
        raise RequestError("Send one list of terms (.csv, .tsv, .tbx) as the multipart field `files`.", field="files")
    name, staged = form.files[0]
    return names.file_name(name), str(staged.path)


def _terms(entries: list[TermEntry]) -> list[GlossaryTerm]:
    """Raises BadTerms."""
    rows = checked(TermRow(one.source, one.target, one.match_case) for one in entries)
    return [GlossaryTerm(row.source, row.target, row.match_case) for row in rows]


def _row(row: dict[str, Any]) -> GlossaryRow:
    return GlossaryRow(**{**row, "client_id": row["client_id"] or None, "shared": row["client_id"] == SHARED})
