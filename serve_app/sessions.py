"""A browser's log-in: a signed cookie that names a key, not the key. It ends with the key, or after half a day."""

from __future__ import annotations

import hashlib
import hmac
import re
import time

COOKIE = "khelmerch_session"
SESSION_SECONDS = 12 * 3600
_FORM = re.compile(r"1\.([a-z0-9]{1,32})\.(\d{1,12})\.([0-9a-f]{64})")


def _signature(key_id: str, until: str, secret: bytes) -> str:
    return hmac.new(secret, f"session 1.{key_id}.{until}".encode(), hashlib.sha256).hexdigest()


def write(key_id: str, secret: bytes) -> str:
    """-> the value of the cookie."""
    until = str(int(time.time()) + SESSION_SECONDS)
    return f"1.{key_id}.{until}.{_signature(key_id, until, secret)}"


def read(value: str, secret: bytes) -> str | None:
    """-> the id of the key that logged in; None for a cookie that is over, or not ours."""
    found = _FORM.fullmatch(value)
    if found is None or not hmac.compare_digest(found[3], _signature(found[1], found[2], secret)):
        return None
    return found[1] if int(found[2]) > time.time() else None
