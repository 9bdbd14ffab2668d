"""What a task is asked for beside its files, as the API wants it in a form or in JSON."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypedDict


class Wishes(TypedDict, total=False):
    """All may be left out. client_id: whose the task is; with an API key it is known. not_before: an ISO 8601 time with its
    zone. glossary: ids or names, ["none"] for not even the server's default."""

    client_id: str | None
    via_eng: bool
    priority: int
    not_before: str
    model: str
    output: Literal["translated", "bilingual", "both"]
    review: bool
    json_keys: Sequence[str]
    sheet_names: bool
    retranslate: bool
    glossary: Sequence[str]
    memory: bool
    webhook_url: str
    webhook_secret: str


class _Term(TypedDict):
    source: str


class TermEntry(_Term, total=False):
    """A term of a glossary. target None or left out: it is not to be translated; several that may be used: with | between.
    match_case: only as it is written."""

    target: str | None
    match_case: bool


def body(source: str, target: str, wishes: Wishes) -> dict[str, Any]:
    """-> the JSON of `POST /translate/files`; what is None is left out."""
    asked: dict[str, Any] = {"source_lang": source, "target_lang": target}
    for name, value in wishes.items():
        if value is not None:
            given = list(value) if isinstance(value, Sequence) and not isinstance(value, str) else value
            asked["client_ip" if name == "client_id" else name] = given
    return asked


def form(asked: Mapping[str, Any]) -> dict[str, str]:
    """-> the same as fields of a form."""
    return {name: _text(value) for name, value in asked.items() if value is not None}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(value) if isinstance(value, list) else str(value)


def new_client_id() -> str:
    """As the server makes one for a client that names none: it is all that such a client has, and must not be guessed."""
    return f"user-{secrets.token_hex(16)}"
