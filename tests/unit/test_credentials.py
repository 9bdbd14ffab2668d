"""A key in the body of a request: found, and the body is there again for whoever reads it next."""

from __future__ import annotations

import pytest
from starlette.types import Message

from serve_app import credentials


def _form(*parts: tuple[str, str]) -> bytes:
    lines = [f"--b\r\nContent-Disposition: form-data; {head}\r\n\r\n{text}\r\n" for head, text in parts]
    return "".join([*lines, "--b--\r\n"]).encode()


FIELD, OTHER, UPLOAD = ('name="api_key"', "k"), ('name="q"', "x"), ('name="file"; filename="a.txt"', "text")


@pytest.mark.parametrize(
    ("kind", "body", "key"),
    [
        ("application/json", b'{"q": "x", "api_key": " k "}', "k"),
        ("application/json", b'{"q": ', None),
        ("application/x-www-form-urlencoded", b"q=x&api_key=k", "k"),
        ("application/x-www-form-urlencoded", b"q=x&api_key=", None),
        ("", b"", None),
        ("multipart/form-data; boundary=b", _form(OTHER, FIELD, UPLOAD), "k"),
        ("multipart/form-data; boundary=b", _form(UPLOAD, FIELD), None),
        ("multipart/form-data; boundary=b", _form(OTHER), None),
        ("multipart/form-data; boundary=b", b"nonsense", None),
        ("multipart/form-data", _form(FIELD), None),
    ],
)
@pytest.mark.parametrize("step", [1, 7, 10_000])
async def test_the_body_is_there_again_after_the_key_was_looked_for(
    kind: str, body: bytes, key: str | None, step: int
) -> None:
    blocks = [body[start : start + step] for start in range(0, len(body), step)] or [b""]
    sent = iter(
        [{"type": "http.request", "body": one, "more_body": n < len(blocks)} for n, one in enumerate(blocks, 1)]
    )

    async def receive() -> Message:
        return next(sent, {"type": "http.disconnect"})

    found, again = await credentials.key_in_body({"content-type": kind}, receive)
    assert found == key
    messages = []
    while (message := await again())["type"] == "http.request":
        messages.append(message)
    assert b"".join(message["body"] for message in messages) == body and not messages[-1]["more_body"]


@pytest.mark.parametrize(
    ("kind", "most"),
    [("multipart/form-data; boundary=b", credentials.MAX_FORM_BYTES), ("application/json", credentials.MAX_BODY_BYTES)],
)
async def test_no_more_of_a_body_is_held_than_it_takes(kind: str, most: int) -> None:
    held = 0
    head = b'--b\r\nContent-Disposition: form-data; name="q"\r\n\r\n'

    async def receive() -> Message:
        nonlocal held
        block = head if not held else b"x" * 10_000
        held += len(block)
        return {"type": "http.request", "body": block, "more_body": True}

    found, _again = await credentials.key_in_body({"content-type": kind}, receive)
    assert found is None and most < held <= most + 10_000
