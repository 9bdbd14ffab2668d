"""LibreTranslate's words for languages and refusals."""

from __future__ import annotations

from typing import Any

from fastapi import Response

from common.errors import KhelmerchError
from serve_app.errors import Refusal, RequestError
from translation.languages import LANGUAGES, normalise

AUTO = "auto"


def refuse(error: KhelmerchError) -> Response:
    """{"error": …}. What is wrong with the request is 400 there, with the key 403."""
    status = {401: 403, 422: 400, 415: 400, 409: 400}.get(error.status, error.status)
    headers = {"Retry-After": str(error.data.get("retry_after", 5))} if error.status in (429, 503) else {}
    return Refusal({"error": error.detail}, status, headers)


def code_of(language: str) -> str:
    """Our code -> its (mn, mn-Mong, zh-Hans, zh-Hant, en)."""
    return LANGUAGES[language].bcp47


def source_of(given: str) -> str | None:
    """-> our code; None when it is to be found out. Raises UnknownLanguage."""
    return None if given == AUTO else normalise(given)


def number_of(given: dict[str, Any], name: str, most: int) -> int:
    """-> a number from 0 to `most`, 0 where it is not given. Raises RequestError in its words."""
    found = given.get(name) or 0
    try:
        number = int(found)
    except (TypeError, ValueError):
        raise RequestError(f"Invalid request: {name} parameter is not a number", field=name) from None
    if not 0 <= number <= most:
        raise RequestError(f"Invalid request: '{name}' parameter must be between 0 and {most}", field=name)
    return number


def languages(rows: list[dict[str, Any]], pairs: dict[str, list[str]]) -> list[dict[str, Any]]:
    return [
        {
            "code": row["bcp47"],
            "name": row["english_name"],
            "targets": sorted(code_of(target) for target in pairs.get(row["code"], [])),
        }
        for row in rows
    ]


def detected(source: str, confidence: float) -> dict[str, Any]:
    """confidence: 0 to 1; theirs goes to 100."""
    return {"language": code_of(source), "confidence": round(100 * confidence, 1)}
