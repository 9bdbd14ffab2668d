"""`Idempotency-Key`: the same request, sent twice, makes one task (draft-ietf-httpapi-idempotency-key-header)."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict

from actors.asked import Files, IdempotencyKey
from serve_app.errors import IdempotencyInProgress, RequestError
from storage.task_store import NewTask

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
PARAMETER = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    "description": "Any unique text, such as a UUID. The same key, client and body give the same task for 24 hours.",
}
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
RETRY_SECONDS = 1


class InFlight:
    """Keys whose requests are being answered by this process, from the moment that their body has arrived."""

    def __init__(self) -> None:
        self._keys: set[tuple[str, str]] = set()

    @contextmanager
    def of(self, client: str, key: str | None) -> Iterator[None]:
        """Raises IdempotencyInProgress. Another replica does not see it; there the database decides."""
        if key is None:
            yield
            return
        if (client, key) in self._keys:
            raise IdempotencyInProgress(
                f"A request with the Idempotency-Key {key!r} is being answered. Ask again in a moment.",
                retry_after=RETRY_SECONDS,
            )
        self._keys.add((client, key))
        try:
            yield
        finally:
            self._keys.discard((client, key))


def given_key(header: str | None, client: str) -> str | None:
    """-> the key. Raises RequestError when it is malformed, or comes without a client."""
    if header is None:
        return None
    if not _KEY.fullmatch(header):
        raise RequestError(f"{HEADER} must be 1 to 255 visible ASCII characters, such as a UUID.", field=HEADER)
    if not client:
        raise RequestError(
            f"With an {HEADER} name your client_id (client_ip) as well: keys belong to clients.", field="client_id"
        )
    return header


def of_body(key: str | None, task: NewTask, files: Files) -> IdempotencyKey | None:
    """-> the key with a hash of what is asked for: the fields as understood, the files by name and content."""
    if key is None:
        return None
    asked = asdict(task)
    for name in ("task_id", "traceparent", "request_id"):  # of this request, not of what it asks for
        del asked[name]
    asked["files"] = [[file.name, file.sha256] for file in files] if isinstance(files, list) else files and files.blobs
    return IdempotencyKey(key, hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest())
