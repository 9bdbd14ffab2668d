"""Where a request carries its key. The one place that reads it; a front for other clients adds its place here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import parse_qsl

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.types import Message, Receive

from serve_app.fronts.requests import MAX_BODY_BYTES

SCHEMES = ("bearer", "deepl-auth-key")
HEADER = "X-API-Key"

FIELD = "api_key"
"""Of LibreTranslate's clients, in the body or the query."""

MAX_FORM_BYTES = 64 * 1024
"""So far the key is looked for in a form with files: their fields come first, and they may be large."""


def given_key(headers: Mapping[str, str]) -> str | None:
    """-> the key of `Authorization: Bearer`, `Authorization: DeepL-Auth-Key` or `X-API-Key`, whatever it is worth.
    headers: names in lower case, or in any where the mapping does not care.

    Never from the address, but for LibreTranslate's clients (`key_in_query`): addresses stand in logs and histories.
    """
    scheme, _, key = headers.get("authorization", "").partition(" ")
    if scheme.lower() in SCHEMES and key.strip():
        return key.strip()
    return headers.get(HEADER.lower(), "").strip() or None


def key_in_query(query: bytes) -> str | None:
    """-> the parameter `api_key`, which programs written for LibreTranslate may send in the address."""
    return _stripped(dict(parse_qsl(query.decode("latin-1"))).get(FIELD))


def _stripped(key: object) -> str | None:
    return (key.strip() or None) if isinstance(key, str) else None


async def key_in_body(headers: Mapping[str, str], receive: Receive) -> tuple[str | None, Receive]:
    """-> (the field `api_key` of a JSON object or a form, a `receive` that gives the body again)."""
    kind = headers.get("content-type", "")
    form = _FormHead(kind) if kind.startswith("multipart/form-data") else None
    most = MAX_BODY_BYTES if form is None else MAX_FORM_BYTES
    messages: list[Message] = []
    body = bytearray()
    more = True
    while more and len(body) <= most and not (form is not None and form.over):
        message = await receive()
        messages.append(message)
        more = message["type"] == "http.request" and message.get("more_body", False)
        block = message.get("body", b"")
        body += block
        if form is not None:
            form.write(block)
    again = iter(messages)

    async def replay() -> Message:
        message = next(again, None)
        return message if message is not None else await receive()

    if form is not None:
        return form.key, replay
    return _key_of(bytes(body), kind) if not more else None, replay


def _key_of(body: bytes, kind: str) -> str | None:
    """What is malformed has no key; the route, which comes later, would say what is wrong with it."""
    try:
        if kind.startswith("application/json"):
            found = json.loads(body or b"{}")
            key = found.get(FIELD) if isinstance(found, dict) else None
        else:
            key = dict(parse_qsl(body.decode())).get(FIELD)
    except ValueError:
        return None
    return _stripped(key)


class _FormHead:
    """The fields of a form before its first file. over: nothing more is to be found."""

    def __init__(self, kind: str) -> None:
        boundary = parse_options_header(kind)[1].get(b"boundary")
        self.key: str | None = None
        self.over = not boundary
        self._name, self._value = bytearray(), bytearray()
        self._disposition = b""
        self._text = bytearray()
        self._wanted = False
        calls = {
            "on_part_begin": self._begin,
            "on_header_field": lambda data, start, end: self._name.extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
            "on_header_end": self._header,
            "on_headers_finished": self._headers,
            "on_part_data": self._data,
            "on_part_end": self._end,
        }
        self._parser = MultipartParser(boundary or b"-", calls)  # type: ignore[arg-type]

    def write(self, block: bytes) -> None:
        try:
            self._parser.write(block)
        except MultipartParseError:
            self.over = True

    def _begin(self) -> None:
        self._disposition, self._wanted = b"", False
        self._text.clear()

    def _header(self) -> None:
        if self._name.lower() == b"content-disposition":
            self._disposition = bytes(self._value)
        self._name.clear()
        self._value.clear()

    def _headers(self) -> None:
        options = parse_options_header(self._disposition)[1]
        self.over = self.over or b"filename" in options
        self._wanted = not self.over and options.get(b"name") == FIELD.encode()

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._wanted:
            self._text += data[start:end]

    def _end(self) -> None:
        if self._wanted:
            self.key, self.over = self._text.decode("utf-8", "replace").strip() or None, True
