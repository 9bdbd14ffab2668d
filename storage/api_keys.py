"""API keys: what one looks like, what is kept of it, and whether it is valid. Pure.

A key is `kh_<id>_<secret>`, shown once. What is stored is an HMAC-SHA256 of it under a secret of the server's own
(`storage.key_secret`): whoever reads the database, or writes a row into it, has no key.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from enum import StrEnum

from storage.times import from_iso

ID_CHARS, SECRET_BYTES = 10, 32
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # no letters that are read as another
_KEY = re.compile(rf"kh_([{_ALPHABET}]{{{ID_CHARS}}})_([A-Za-z0-9_-]{{43}})")

LOCAL = "local"
"""Name of the operator's key of this machine, which is kept in DATA_DIR for the command line."""


class Role(StrEnum):
    """What the holder of a key may do."""

    CLIENT = "client"
    """Its own tasks, and nobody else's."""
    VIEWER = "viewer"
    """See everything, change nothing."""
    OPERATOR = "operator"
    """Everything."""


@dataclass(frozen=True)
class KeyLimits:
    """0 everywhere: as the settings say. Characters are of a UTC day; max_file_bytes can only lower MAX_FILE_SIZE."""

    requests_per_minute: int = 0
    chars_per_day: int = 0
    max_pending: int = 0
    max_file_bytes: int = 0


NO_LIMITS = KeyLimits()


@dataclass(frozen=True)
class ApiKey:
    """All that is kept of a key. digest: see `digest_of`; times as storage writes them."""

    id: str
    name: str
    client_id: str
    role: Role
    digest: str
    limits: KeyLimits
    created_at: str
    expires_at: str | None = None
    revoked_at: str | None = None
    last_used_at: str | None = None

    def problem(self, now: float) -> str | None:
        """-> why it opens nothing: 'revoked' or 'expired'; None when it is valid."""
        if self.revoked_at is not None and from_iso(self.revoked_at) <= now:
            return "revoked"
        if self.expires_at is not None and from_iso(self.expires_at) <= now:
            return "expired"
        return None


def new_key() -> tuple[str, str]:
    """-> (id, key): 256 random bits behind an id that says which row they belong to."""
    key_id = "".join(secrets.choice(_ALPHABET) for _ in range(ID_CHARS))
    return key_id, f"kh_{key_id}_{secrets.token_urlsafe(SECRET_BYTES)}"


def id_of(key: str) -> str | None:
    """-> the id in a key; None for what is no key."""
    found = _KEY.fullmatch(key)
    return found[1] if found else None


def digest_of(key: str, secret: bytes) -> str:
    return hmac.new(secret, key.encode(), hashlib.sha256).hexdigest()


def opens(row: ApiKey, key: str, secret: bytes) -> bool:
    """Is this the key of that row? Takes as long for a wrong one as for the right one."""
    return hmac.compare_digest(row.digest, digest_of(key, secret))


def hidden(text: str) -> str:
    """-> the text with every key in it cut down to its id."""
    return _KEY.sub(r"kh_\1_***", text) if "kh_" in text else text
