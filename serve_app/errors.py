"""Every refusal is an RFC 9457 problem document with a stable `code`; nothing internal leaves the server."""

from __future__ import annotations

import http
import json
import logging
from typing import Any, ClassVar

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from ray.exceptions import TaskCancelledError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from actors.errors import ServiceError
from common.errors import KhelmerchError
from serve_app.methods import Methods

log = logging.getLogger("khelmerch.api")

PROBLEM = "application/problem+json"
_TITLES = {460: "Checksum Mismatch"}  # of tus.io, unknown to HTTP
_CODES = {404: "not_found", 405: "method_not_allowed", 413: "too_large"}


class RequestError(ServiceError):
    """The request itself is wrong."""

    code: ClassVar[str] = "invalid_request"
    status: ClassVar[int] = 422


class FileTooLarge(RequestError):
    """A file, or the whole request, is larger than MAX_FILE_SIZE allows."""

    code = "file_too_large"
    status = 413


class FileEmpty(RequestError):
    """A file without a byte in it."""

    code = "file_empty"


class ResultGone(RequestError):
    """A result that was removed after its time."""

    code = "result_gone"
    status = 404


class IdempotencyInProgress(RequestError):
    """A request with the same Idempotency-Key is still being answered."""

    code = "idempotency_in_progress"
    status = 409


class BadMultipart(RequestError):
    """The multipart body breaks off or is malformed."""

    code = "bad_multipart"
    status = 400


class Refusal(JSONResponse):
    """JSON that may repeat what was sent: of half a surrogate pair, which UTF-8 cannot hold, it says `?`."""

    def render(self, content: Any) -> bytes:
        return json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode(errors="replace")


def problem(status: int, code: str, detail: str, headers: dict[str, str] | None = None, **data: Any) -> JSONResponse:
    """-> {"type", "title", "status", "detail", "code", ...data}."""
    body = {
        **data,
        "type": f"urn:khelmerch:error:{code}",
        "title": _TITLES.get(status) or http.HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
    }
    return Refusal(body, status, headers, media_type=PROBLEM)


def answer_of(error: KhelmerchError) -> JSONResponse:
    """-> what a client is told of an error of ours."""
    headers = {}
    if error.status in (429, 503) or "retry_after" in error.data:
        headers["Retry-After"] = str(error.data.get("retry_after", 5))
    if error.status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="khelmerch"'
    return problem(error.status, error.code, error.detail, headers, **error.data)


def nothing_at(path: str) -> JSONResponse:
    return problem(404, "not_found", f"There is nothing at {path}. The calls are listed at /docs.")


def wrong_method(method: str, allowed: list[str]) -> JSONResponse:
    detail = f"{method} is not possible here; use {', '.join(allowed)}."
    return problem(405, "method_not_allowed", detail, {"Allow": ", ".join(allowed)})


def install(app: FastAPI, methods: Methods) -> None:
    """Map every error class of the project, validation errors and the unexpected to problem documents."""

    async def known(_request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, KhelmerchError)
        return answer_of(error)

    async def invalid(_request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        places = [
            {"field": ".".join(str(part) for part in found["loc"][1:]) or "body", "problem": found["msg"]}
            for found in error.errors()
        ]
        detail = "; ".join(f"{place['field']}: {place['problem']}" for place in places)
        return problem(422, "invalid_request", detail, errors=places)

    async def http_error(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)
        if error.status_code == 405 and (allowed := methods.of(request.url.path)):
            return wrong_method(request.method, allowed)
        if isinstance(error.__cause__, UnicodeDecodeError):
            # As what is no JSON for another reason; FastAPI has a status of its own for this one.
            return problem(422, "invalid_request", "The body is no JSON in UTF-8.")
        return problem(
            error.status_code, _CODES.get(error.status_code, "http_error"), str(error.detail), dict(error.headers or {})
        )

    async def unexpected(request: Request, error: Exception) -> JSONResponse:
        if isinstance(error, TaskCancelledError | ClientDisconnect):
            # Serve cancels a request whose client has gone: every tab of the console that is closed, every upload that
            # breaks off. Nobody reads this.
            return problem(408, "client_gone", "The client closed the connection.")
        # Outside of all middleware: the id is told here, too.
        request_id = request.scope.get("state", {}).get("request_id", "")
        log.error(
            "a request failed unexpectedly", extra={"path": request.url.path, "request": request_id}, exc_info=error
        )
        return problem(
            500,
            "internal_error",
            "Something went wrong on our side; it was written to the server's log, under the id in X-Request-ID.",
            {"X-Request-ID": request_id},
        )

    app.add_exception_handler(KhelmerchError, known)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, http_error)
    app.add_exception_handler(Exception, unexpected)
