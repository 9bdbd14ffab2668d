"""Making keys and taking them back: by the scheduler while a server runs, by the command line while none does."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

from storage.api_keys import LOCAL, NO_LIMITS, ApiKey, KeyLimits, Role, digest_of, id_of, new_key, opens
from storage.errors import KeyNotFound, KeyRefused
from storage.key_secret import LOCAL_KEY_NAME, SECRET_NAME, make_secret, read_local_key, read_secret, write_private
from storage.key_store import KeyStore
from storage.times import from_iso, to_iso

_NAME = re.compile(r"[\w.@:+-]{1,128}")


@dataclass(frozen=True)
class WantedKey:
    """client_id None: the name is the client's id as well. expires_at: as storage writes times, None for never."""

    name: str
    role: Role = Role.CLIENT
    client_id: str | None = None
    limits: KeyLimits = NO_LIMITS
    expires_at: str | None = None


class KeyKeeper:
    """folder: where the secret is, and the key with which the command line of this machine operates. Call every method
    in one transaction of the store's database."""

    def __init__(self, store: KeyStore, folder: Path) -> None:
        self._store = store
        self._folder = folder

    def create(self, wanted: WantedKey, now: float) -> tuple[ApiKey, str]:
        """-> (what is kept, the key itself, which nobody can show again).

        The first one brings the operator's local key with it: from then on every call needs a key. Raises KeyRefused,
        StorageError.
        """
        self._check(wanted, now)
        known = self._store.all()
        secret = read_secret(self._folder) if known else make_secret(self._folder)
        self._keep_local(known, secret, now)
        return self._add(wanted, secret, now)

    def revoke(self, key_id: str, now: float) -> ApiKey:
        """-> the key, which opens nothing any more; one that was revoked before stays as it was. Raises KeyNotFound."""
        key = self._get(key_id)
        if key.problem(now) == "revoked":
            return key
        self._store.end(key_id, revoked_at=to_iso(now))
        return replace(key, revoked_at=to_iso(now))

    def rotate(self, key_id: str, now: float, grace_seconds: float = 0.0) -> tuple[ApiKey, str]:
        """-> a new key with the name, client, role, limits and end of the old one, which opens for `grace_seconds` more.

        Raises KeyNotFound, KeyRefused for one that is not valid any more.
        """
        old = self._get(key_id)
        if (problem := old.problem(now)) is not None:
            raise KeyRefused(f"The key {key_id} is {problem}; make a new one.", key_id=key_id)
        secret = read_secret(self._folder)
        wanted = WantedKey(old.name, old.role, old.client_id, old.limits, old.expires_at)
        made = self._add_local(secret, now) if _is_local(old) else self._add(wanted, secret, now)
        if grace_seconds > 0:
            until = now + grace_seconds
            self._store.end(key_id, expires_at=min(to_iso(until), old.expires_at or to_iso(until)))
        else:
            self._store.end(key_id, revoked_at=to_iso(now))
        return made

    def reset(self) -> int:
        """Forget every key and the secret; -> how many there were. Without keys a server listens to its own machine only."""
        count = self._store.forget_all()
        for name in (SECRET_NAME, LOCAL_KEY_NAME):
            (self._folder / name).unlink(missing_ok=True)
        return count

    def _get(self, key_id: str) -> ApiKey:
        found = next((key for key in self._store.all() if key.id == key_id), None)
        if found is None:
            raise KeyNotFound(f"There is no key {key_id}; `khelmerch keys list` shows them.", key_id=key_id)
        return found

    def _check(self, wanted: WantedKey, now: float) -> None:
        for field, given in (("name", wanted.name), ("client_id", wanted.client_id or wanted.name)):
            if not _NAME.fullmatch(given):
                raise KeyRefused(
                    f"The {field} of a key is 1 to 128 letters, digits or any of . _ - @ : + .", field=field
                )
        if wanted.name == LOCAL:
            raise KeyRefused(f"{LOCAL} is the name of the key that this machine operates with.", field="name")
        if any(limit < 0 for limit in vars(wanted.limits).values()):
            raise KeyRefused("A limit is a number above 0, or 0 for what the settings say.", field="limits")
        if wanted.expires_at is not None and from_iso(wanted.expires_at) <= now:
            raise KeyRefused("The key would have expired already.", field="expires_at")

    def _add(self, wanted: WantedKey, secret: bytes, now: float) -> tuple[ApiKey, str]:
        key_id, key = new_key()
        made = ApiKey(
            key_id,
            wanted.name,
            wanted.client_id or wanted.name,
            wanted.role,
            digest_of(key, secret),
            wanted.limits,
            to_iso(now),
            wanted.expires_at,
        )
        self._store.add(made)
        return made, key

    def _keep_local(self, known: list[ApiKey], secret: bytes, now: float) -> None:
        """Let there be a file with a valid operator's key: otherwise the next call would lock this machine out."""
        here = read_local_key(self._folder)
        row = next((key for key in known if here is not None and key.id == id_of(here)), None)
        if here is not None and row is not None and opens(row, here, secret) and row.problem(now) is None:
            return
        for lost in known:
            if _is_local(lost) and lost.problem(now) is None:
                self._store.end(lost.id, revoked_at=to_iso(now))
        self._add_local(secret, now)

    def _add_local(self, secret: bytes, now: float) -> tuple[ApiKey, str]:
        made, key = self._add(WantedKey(LOCAL, Role.OPERATOR), secret, now)
        # Before the commit: a file whose key was not stored is made anew, a key that is in no file helps nobody.
        write_private(self._folder / LOCAL_KEY_NAME, key)
        return made, key


def _is_local(key: ApiKey) -> bool:
    return key.name == LOCAL
