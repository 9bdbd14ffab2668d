"""DeepL's words for languages, states and refusals."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any, ClassVar

from fastapi import Request, Response

from common.errors import KhelmerchError
from serve_app.credentials import given_key
from serve_app.errors import Refusal, RequestError
from serve_app.identity import identity_of
from translation.languages import LANGUAGES, normalise

PREFIX, PREFIX_3 = "/v2", "/v3"
"""The second: glossaries of several languages."""

QUOTA_EXCEEDED = 456
"""DeepL's own status for a used-up quota."""

UNLIMITED = 1_000_000_000_000
"""What DeepL says of accounts without a limit."""

_SOURCES = {"mon_Cyrl": "MN", "mon_Mong": "MN-MONG", "cmn_Hans": "ZH", "cmn_Hant": "ZH-HANT", "eng_Latn": "EN"}
_TARGETS = {
    **{code: [name] for code, name in _SOURCES.items()},
    "cmn_Hans": ["ZH", "ZH-HANS"],
    "eng_Latn": ["EN-US", "EN-GB"],
}
_STATUSES = {"pending": "queued", "processing": "translating", "completed": "done"}


class MissingKey(KhelmerchError):
    """The caller did not say who it is."""

    code: ClassVar[str] = "missing_key"
    status: ClassVar[int] = 403


class NotReady(KhelmerchError):
    """The document is not translated yet."""

    code = "document_not_ready"
    status = 503


class NotFound(KhelmerchError):
    """There is no such document, or it is somebody else's."""

    code = "not_found"
    status = 404


def refuse(error: KhelmerchError) -> Response:
    """{"message": …}. What is wrong with the request is 400 there, with the key 403."""
    status = {401: 403, 422: 400, 415: 400, 409: 400}.get(error.status, error.status)
    if error.code == "client_quota":
        status = QUOTA_EXCEEDED
    headers = {"Retry-After": str(error.data.get("retry_after", 5))} if error.status in (429, 503) else {}
    return Refusal({"message": error.detail}, status, headers)


def client_of(request: Request) -> str:
    """-> whose documents the caller's are: those of the key's client; without keys, of everybody who calls with the same
    one, whatever it is. Raises MissingKey."""
    client = identity_of(request).client_for(None)
    if client is not None:
        return client
    key = given_key(request.headers)
    if key is None:
        raise MissingKey(
            "Authorization header is missing. See https://www.deepl.com/docs-api/api-access/authentication/."
        )
    return f"deepl-{hashlib.sha256(key.encode()).hexdigest()[:32]}"


def document_key(client: str, document_id: str) -> str:
    """-> what the original wants beside the id of a document. Here the client's key alone decides, also one made later."""
    return hmac.new(client.encode(), document_id.encode(), hashlib.sha256).hexdigest().upper()


def document_id(task_id: str) -> str:
    return task_id.replace("-", "").upper()


def task_id(document: str) -> str:
    """Raises NotFound."""
    text = document.lower()
    if len(text) != 32 or any(char not in "0123456789abcdef" for char in text):
        raise NotFound("Document not found.")
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def source_of(given: Any) -> str | None:
    """-> our code; None when it is to be found out. Raises UnknownLanguage, RequestError."""
    return normalise(_text(given, "source_lang")) if given else None


def target_of(given: Any) -> str:
    """Raises UnknownLanguage, RequestError."""
    if not given:
        raise RequestError("Value for 'target_lang' not supported.", field="target_lang")
    return normalise(_text(given, "target_lang"))


def _text(given: Any, name: str) -> str:
    if not isinstance(given, str):
        raise RequestError(f"Value for '{name}' not supported.", field=name)
    return given


def language(code: str) -> str:
    """-> DeepL's code for a source language of ours."""
    return _SOURCES[code]


def languages(codes: list[str], kind: str) -> list[dict[str, Any]]:
    """kind: source or target. -> as GET /v2/languages lists them."""
    rows = []
    for code in codes:
        for name in [_SOURCES[code]] if kind == "source" else _TARGETS[code]:
            row: dict[str, Any] = {"language": name, "name": LANGUAGES[code].english_name}
            if kind == "target":
                row["supports_formality"] = False
            rows.append(row)
    return rows


def status_of(row: dict[str, Any]) -> dict[str, Any]:
    """-> a task as the status of a document."""
    answer: dict[str, Any] = {
        "document_id": document_id(row["task_id"]),
        "status": _STATUSES.get(row["status"], "error"),
    }
    if answer["status"] == "error":
        answer["message"] = answer["error_message"] = row["error_message"] or row["status"]
    elif answer["status"] == "translating" and row["eta_seconds"] is not None:
        answer["seconds_remaining"] = round(row["eta_seconds"])
    elif answer["status"] == "done":
        answer["billed_characters"] = row["source_chars"]
    return answer
