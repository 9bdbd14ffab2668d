"""A result to a file: into a temporary one, gone on with where a connection broke, checked, and then renamed."""

from __future__ import annotations

from pathlib import Path

import httpx

from khelmerch_client._sync.http import Http
from khelmerch_client._sync.io import in_thread, sleep
from khelmerch_client.errors import ClientError
from khelmerch_client.files import Arriving

_WHOLE_IS_THERE = 416


def download(http: Http, path: str, folder: Path, name: str) -> Path:
    """-> where it lies: `name` in the folder, or name-1, name-2, … where that is taken. Whole or not at all.

    Raises Refused, Unreachable, DamagedDownload, OSError.
    """
    arriving = in_thread(Arriving, folder)
    try:
        attempt = 0
        while True:
            before = arriving.size
            try:
                _take(http, path, arriving)
                break
            except ClientError as error:
                # One that brought something forward does not count.
                attempt = 1 if arriving.size > before else attempt + 1
                pause = http.retries.pause(error, attempt, repeatable=True)
                if pause is None:
                    raise
                sleep(pause)
        arriving.check()
        return in_thread(arriving.keep, name)
    finally:
        in_thread(arriving.close)


def _take(http: Http, path: str, arriving: Arriving) -> None:
    going_on = arriving.size > 0 and arriving.tag is not None
    # A part of something compressed on the way could not be joined to the rest.
    headers = {"accept-encoding": "identity"}
    if going_on:
        headers |= {"range": f"bytes={arriving.size}-", "if-range": str(arriving.tag)}
    good = frozenset({_WHOLE_IS_THERE}) if going_on else frozenset()
    with http.stream(path, headers=headers, good=good) as answer:
        if answer.status_code == _WHOLE_IS_THERE and _length(answer) == arriving.size:
            return None  # everything had come when the connection broke
        if answer.status_code != httpx.codes.PARTIAL_CONTENT:
            # Another version than before, or a server that does not know ranges: the whole.
            in_thread(arriving.begin_again)
        if answer.status_code == _WHOLE_IS_THERE:
            return _take(http, path, arriving)
        arriving.tag = _strong(answer.headers.get("etag"))
        for block in answer.iter_bytes():
            in_thread(arriving.write, block)
    return None


def _strong(tag: str | None) -> str | None:
    """-> the tag, if it stands for the same bytes: If-Range takes no other."""
    return tag if tag is not None and tag.startswith('"') else None


def _length(answer: httpx.Response) -> int | None:
    """-> of the whole, as `Content-Range: bytes */123` tells it."""
    text = answer.headers.get("content-range", "").rpartition("/")[2]
    return int(text) if text.isascii() and text.isdigit() else None
