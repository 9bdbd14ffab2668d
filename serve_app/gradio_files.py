"""Whose the files are that browsers have put into Gradio's folder: a path there is no secret, since it is made of the content."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Iterable
from pathlib import Path

from starlette.types import Message, Send

from serve_app.errors import RequestError
from serve_app.identity import Identity

MAX_PATHS = 100_000
"""Uploads that are remembered: days of a busy console, whose folder is swept every day."""

MAX_ANSWER_BYTES = 1 << 20


class GradioFiles:
    """Of one ingress, as Gradio's folder is."""

    def __init__(self) -> None:
        self._owners: OrderedDict[str, set[str]] = OrderedDict()

    def noting(self, send: Send, identity: Identity) -> Send:
        """-> `send` that remembers the paths in Gradio's answer to an upload."""
        body = bytearray()
        good = False

        async def sending(message: Message) -> None:
            nonlocal good
            if message["type"] == "http.response.start":
                good = message["status"] == 200
            elif good and len(body) < MAX_ANSWER_BYTES:
                body.extend(message.get("body", b""))
                if not message.get("more_body", False):
                    # Before the browser has the answer: its next request may name them.
                    self._note(json.loads(bytes(body)), identity)
            await send(message)

        return sending

    def _note(self, paths: list[str], identity: Identity) -> None:
        for path in paths:
            self._owners.setdefault(path, set()).add(identity.client_id)
            self._owners.move_to_end(path)
        while len(self._owners) > MAX_PATHS:
            self._owners.popitem(last=False)

    def require(self, paths: Iterable[Path], identity: Identity) -> None:
        """Raises RequestError for what is no upload at all, or somebody else's. Without keys nobody is somebody else."""
        for path in paths:
            owners = self._owners.get(str(path), set())
            if not owners or (identity.key_id is not None and identity.client_id not in owners):
                raise RequestError("The file is not here any more. Add it again.", field="files")
