"""The tus protocol 1.0 (tus.io): what its headers say, and what it wants answered."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Coroutine
from email.utils import formatdate
from typing import Any, ClassVar

from fastapi import Request, Response
from fastapi.routing import APIRoute

from common.errors import KhelmerchError
from serve_app.errors import RequestError, answer_of
from storage.partial_uploads import Partial

VERSION = "1.0.0"
EXTENSIONS = "creation,termination,expiration,checksum"
CHECKSUMS = ("sha256", "sha1")
MEDIA_TYPES = ("application/offset+octet-stream", "application/octet-stream")
"""The protocol's own, and the one that tools know which do not know the protocol."""
MAX_METADATA = 16


class TusVersion(RequestError):
    """The client speaks another version of tus."""

    code: ClassVar[str] = "tus_version"
    status: ClassVar[int] = 412


class UploadBusy(RequestError):
    """Another request is adding to this upload."""

    code = "upload_busy"
    status = 423


class UploadOffset(RequestError):
    """The next byte is another than the client thinks."""

    code = "upload_offset"
    status = 409


class UploadUnfinished(RequestError):
    """A task was asked for of an upload that is not complete."""

    code = "upload_unfinished"
    status = 409


class ChecksumMismatch(RequestError):
    """What arrived is not what was sent. The status is that of the protocol."""

    code = "checksum_mismatch"
    status = 460


class WrongMediaType(RequestError):
    """A part of an upload has a media type of its own."""

    code = "unsupported_media_type"
    status = 415


class TusRoute(APIRoute):
    """Every answer, a refusal too, says which version is spoken; requests must."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handler(request: Request) -> Response:
            try:
                spoken = request.headers.get("tus-resumable")
                if request.method != "OPTIONS" and spoken is None:
                    raise RequestError(f"Send the header Tus-Resumable: {VERSION}.", field="Tus-Resumable")
                if request.method != "OPTIONS" and spoken != VERSION:
                    raise TusVersion(f"This server speaks version {VERSION} of tus.", versions=[VERSION])
                response = await handle(request)
            except KhelmerchError as error:
                response = answer_of(error)
                if isinstance(error, TusVersion):
                    response.headers["Tus-Version"] = VERSION
            response.headers["Tus-Resumable"] = VERSION
            return response

        return handler


def metadata(header: str) -> dict[str, str]:
    """'filename d29ybGQ=,private' -> {"filename": "world", "private": ""}. Raises RequestError."""
    found: dict[str, str] = {}
    for pair in filter(None, (part.strip() for part in header.split(","))):
        key, _, value = pair.partition(" ")
        try:
            found[key] = base64.b64decode(value, validate=True).decode()
        except ValueError as error:  # no base64, no ASCII, no UTF-8 in it
            raise RequestError(
                "Upload-Metadata is a list of a name, a space and the base64 of a text, with commas between.",
                field="Upload-Metadata",
            ) from error
    if len(found) > MAX_METADATA:
        raise RequestError(f"Upload-Metadata has more than {MAX_METADATA} entries.", field="Upload-Metadata")
    return found


def number(request: Request, header: str) -> int:
    """-> the whole number in this header. Raises RequestError."""
    text = request.headers.get(header, "")
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise RequestError(f"Send the header {header} with a number of bytes.", field=header)
    return int(text)


class Checksum:
    """Of one request. Raises RequestError for an algorithm that we do not have."""

    def __init__(self, header: str) -> None:
        name, _, wanted = header.partition(" ")
        try:
            self._wanted = base64.b64decode(wanted, validate=True)
        except ValueError:  # no base64, or no ASCII
            self._wanted = b""
        if name not in CHECKSUMS or not self._wanted:
            raise RequestError(
                f"Upload-Checksum is one of {', '.join(CHECKSUMS)}, a space and the base64 of the digest.",
                field="Upload-Checksum",
            )
        self._hash = hashlib.new(name, usedforsecurity=False)

    def update(self, data: bytes) -> None:
        self._hash.update(data)

    @property
    def holds(self) -> bool:
        return self._hash.digest() == self._wanted


def state(partial: Partial, keep_seconds: float) -> dict[str, str]:
    """-> the headers that say how far an upload is."""
    return {
        "Upload-Offset": str(partial.offset),
        "Upload-Length": str(partial.length),
        "Upload-Expires": formatdate(partial.changed + keep_seconds, usegmt=True),
        "Cache-Control": "no-store",
    }
