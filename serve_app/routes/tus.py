"""Resumable uploads by the tus protocol: for large files, and lines that break."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Path, Request, Response
from fastapi.responses import JSONResponse

from serve_app import tus
from serve_app.errors import RequestError
from serve_app.identity import identity_of
from serve_app.schemas import UPLOAD_ID, MadeUpload, problems
from serve_app.services import Services

UploadId = Annotated[str, Path(pattern=UPLOAD_ID, examples=["6f0e1d2c3b4a59687786a5b4c3d2e1f0"])]
Version = Annotated[Literal["1.0.0"], Header(alias="Tus-Resumable", examples=[tus.VERSION])]
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in tus.MEDIA_TYPES},
    }
}


def router(services: Services) -> APIRouter:
    routes = APIRouter(prefix="/uploads/tus", tags=["uploads"], route_class=tus.TusRoute)
    resumable, access = services.resumable, services.access

    @routes.options("", status_code=204, summary="What can be done here")
    async def abilities(request: Request) -> Response:
        headers = {
            "Tus-Version": tus.VERSION,
            "Tus-Extension": tus.EXTENSIONS,
            "Tus-Checksum-Algorithm": ",".join(tus.CHECKSUMS),
            "Tus-Max-Size": str(await services.intake.max_file_bytes(identity_of(request))),
        }
        return Response(status_code=204, headers=headers)

    @routes.post(
        "",
        status_code=201,
        summary="Begin an upload",
        response_model=MadeUpload,
        responses=problems(412, 413, 422, 503),
    )
    async def create(
        request: Request,
        _version: Version,
        length: Annotated[int, Header(alias="Upload-Length", ge=1, le=10**18, description="Bytes")],
        upload_metadata: Annotated[
            str,
            Header(
                alias="Upload-Metadata",
                max_length=8_192,
                description="`filename`, and `client_id` if there is one already and no API key; values in base64",
                examples=["filename aGVscC1tbi5kb2N4,client_id dXNlcjEyMw=="],
            ),
        ],
    ) -> Response:
        """The parts go to the address in `Location`. Once it is complete, the file waits for a task as after POST
        /uploadfiles, under the client id in the answer."""
        given = tus.metadata(upload_metadata)
        name = given.get("filename") or given.get("name") or ""
        if not name:
            raise RequestError("Upload-Metadata must have the file's name as `filename`.", field="Upload-Metadata")
        client = access.client(request, given.get("client_id"))
        most = await services.intake.max_file_bytes(identity_of(request))
        partial = await resumable.create(client, name, length, most)
        answer = MadeUpload(id=partial.id, client_id=client, name=partial.name)
        headers = {
            **tus.state(partial, resumable.uploads.keep_seconds),
            "Location": f"{request.url.path.rstrip('/')}/{partial.id}",
        }
        return JSONResponse(answer.model_dump(), 201, headers)

    @routes.head(
        "/{upload_id}",
        response_class=Response,
        summary="How far an upload is",
        responses=problems(404, 412, 415, 422, 503),
    )
    async def look(request: Request, upload_id: UploadId, _version: Version) -> Response:
        """`Upload-Offset` is the number of the next byte."""
        await access.upload(request, upload_id)
        partial = await resumable.look(upload_id)
        return Response(status_code=200, headers=tus.state(partial, resumable.uploads.keep_seconds))

    @routes.patch(
        "/{upload_id}",
        status_code=204,
        summary="Add to an upload",
        responses=problems(404, 409, 412, 413, 415, 422, 423, 460, 503),
        openapi_extra=_BODY,
    )
    async def append(
        request: Request,
        upload_id: UploadId,
        _version: Version,
        offset: Annotated[int, Header(alias="Upload-Offset", ge=0, le=10**18)],
        checksum: Annotated[
            str | None, Header(alias="Upload-Checksum", max_length=200, description="sha256 or sha1, and base64")
        ] = None,
    ) -> Response:
        """What arrived before a connection broke counts. The last byte is answered once the file was checked and is
        kept."""
        if request.headers.get("content-type", "").split(";")[0].strip() not in tus.MEDIA_TYPES:
            raise tus.WrongMediaType(f"Send the bytes as {tus.MEDIA_TYPES[0]}.", field="Content-Type")
        check = tus.Checksum(checksum) if checksum else None
        await access.upload(request, upload_id)
        partial = await resumable.append(upload_id, offset, request.stream(), check)
        return Response(status_code=204, headers=tus.state(partial, resumable.uploads.keep_seconds))

    @routes.delete(
        "/{upload_id}", status_code=204, summary="Give an upload up", responses=problems(404, 412, 422, 423, 503)
    )
    async def remove(request: Request, upload_id: UploadId, _version: Version) -> Response:
        """A file that was complete waits on: only what is unfinished is removed."""
        await access.upload(request, upload_id)
        await resumable.remove(upload_id)
        return Response(status_code=204)

    return routes
