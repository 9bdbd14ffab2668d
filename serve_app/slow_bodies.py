"""Bodies that do not come: who sends a byte now and then (slowloris) must not hold a connection and a file for ever."""

from __future__ import annotations

import asyncio
import time
from typing import ClassVar

from starlette.types import Message, Receive

from serve_app.errors import RequestError

SILENT_SECONDS = 60.0
"""Between two blocks; phones that change their network are back by then. What a resumable upload has sent counts."""

GRACE_SECONDS = 60.0
MIN_BYTES_PER_SECOND = 256
"""On average, once a body has been coming for GRACE_SECONDS: less than the oldest modem, more than a slowloris."""


class RequestTimeout(RequestError):
    """The body of a request came too slowly, or not at all."""

    code: ClassVar[str] = "request_timeout"
    status: ClassVar[int] = 408


def paced(receive: Receive) -> Receive:
    """-> the same, until the body is complete with an end to its patience. It raises RequestTimeout."""
    began = time.monotonic()
    taken = 0
    complete = False

    async def within() -> Message:
        nonlocal taken, complete
        if complete:  # what comes now is that the client went away, whenever that is
            return await receive()
        try:
            async with asyncio.timeout(SILENT_SECONDS):
                message = await receive()
        except TimeoutError:
            raise RequestTimeout(
                f"Nothing of the body came for {SILENT_SECONDS:.0f} s. Send it again; large files in parts, to /uploads/tus."
            ) from None
        complete = message["type"] != "http.request" or not message.get("more_body", False)
        taken += len(message.get("body", b""))
        seconds = time.monotonic() - began
        if not complete and seconds > GRACE_SECONDS and taken < seconds * MIN_BYTES_PER_SECOND:
            raise RequestTimeout(
                f"The body came with less than {MIN_BYTES_PER_SECOND} bytes a second. Send it again over a better line."
            )
        return message

    return within
