"""Who a request is from, and whose work it may touch. The door (`serve_app.door`) finds out; everything behind it asks here."""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from serve_app.errors import RequestError
from storage.api_keys import NO_LIMITS, ApiKey, KeyLimits, Role

SCOPE_KEY = "khelmerch.identity"


class Unauthorised(RequestError):
    """The request has no valid API key."""

    code: ClassVar[str] = "unauthorised"
    status: ClassVar[int] = 401


class Forbidden(RequestError):
    """The key is valid, but does not allow this."""

    code = "forbidden"
    status = 403


class RateLimited(RequestError):
    """More requests in a minute than the key allows."""

    code = "rate_limited"
    status = 429


@dataclass(frozen=True)
class Identity:
    """The holder of a key. key_id None: nobody was asked for one, because there are no keys."""

    key_id: str | None
    name: str
    client_id: str
    role: Role
    limits: KeyLimits = NO_LIMITS

    @classmethod
    def of_key(cls, key: ApiKey) -> Identity:
        return cls(key.id, key.name, key.client_id, key.role, key.limits)

    @property
    def confined_to(self) -> str | None:
        """-> the client whose tasks are all that there is for this one; None for who sees everything."""
        return self.client_id if self.role is Role.CLIENT else None

    @property
    def charged(self) -> str | None:
        """-> whose characters short texts are; None where clients are only names that anybody may give."""
        return self.client_id if self.key_id is not None else None

    def client_for(self, given: str | None) -> str | None:
        """-> the client that something is done for: the key's own, or whom an operator names. `given` as it is, where
        there are no keys. Raises Forbidden when a client names another."""
        if self.key_id is None:
            return given or None
        if given and self.confined_to is not None and given != self.client_id:
            raise Forbidden(
                f"This key belongs to the client {self.client_id}; leave client_id (client_ip) out, or give that one.",
                field="client_id",
            )
        return given or self.client_id


OPEN = Identity(None, "", "", Role.OPERATOR)
"""Everybody, as long as there are no keys: the server then answers this machine only."""


class HasScope(Protocol):
    @property
    def scope(self) -> MutableMapping[str, Any]: ...


def identity_of(request: HasScope) -> Identity:
    """-> whom the door has let in. An application without a door (a test's) is open."""
    found: Identity = request.scope.get(SCOPE_KEY, OPEN)
    return found
