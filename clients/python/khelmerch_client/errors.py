"""What can go wrong: one root, whose `code` is what programs go by and whose `message` is a sentence for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class ClientError(Exception):
    """Every error of this package. OSError comes through where a file of this machine cannot be read or written."""

    def __init__(
        self,
        message: str,
        *,
        code: str,
        status: int | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
        data: Mapping[str, Any] | None = None,
    ) -> None:
        """code: stable, snake_case. status: of HTTP, None when there was no answer. request_id: what the server's log has.
        retry_after: seconds, when the server says so. data: the other fields of the problem document."""
        super().__init__(message)
        self.message = message
        self.code = code
        self.status = status
        self.request_id = request_id
        self.retry_after = retry_after
        self.data = dict(data or {})

    def __reduce__(self) -> tuple[Any, ...]:
        # Exceptions pickle by their positional arguments; the rest would be lost on the way out of a worker process.
        facts = (self.code, self.status, self.request_id, self.retry_after, self.data)
        return _rebuild, (type(self), self.message, *facts)


def _rebuild(
    kind: type[ClientError],
    message: str,
    code: str,
    status: int | None,
    request_id: str | None,
    retry_after: float | None,
    data: dict[str, Any],
) -> ClientError:
    return kind(message, code=code, status=status, request_id=request_id, retry_after=retry_after, data=data)


class Unreachable(ClientError):
    """No answer came, or the answer of a proxy whose server is starting or gone (502, 503, 504 without a problem)."""


class NoConnection(Unreachable):
    """Nobody answers at the address: nothing was sent."""


class NotKhelmerch(ClientError):
    """Something answers at the address that is no Khelmerch server."""


class DamagedDownload(ClientError):
    """What arrived is not what the server has; nothing was kept."""


class StillRunning(ClientError):
    """A task was not over in the time that was given."""


class Refused(ClientError):
    """The server refused the request; `code` is that of its problem document."""


class Unauthorised(Refused):
    """401: no valid API key."""


class Forbidden(Refused):
    """403: the key does not allow this."""


class NotFound(Refused):
    """404: there is no such thing, or it is another client's."""


class Conflict(Refused):
    """409: not possible in the state that it is in."""


class TooLarge(Refused):
    """413: a file or a text that is too long."""


class Invalid(Refused):
    """400, 415 or 422: something is wrong with the request, a file or a language."""


class TooManyRequests(Refused):
    """429: a queue, a quota or a rate is at its limit; `retry_after` says when to come back."""


class ServerTrouble(Refused):
    """5xx: the server cannot do it now."""


_KINDS: dict[int, type[Refused]] = {
    400: Invalid,
    401: Unauthorised,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    413: TooLarge,
    415: Invalid,
    422: Invalid,
    429: TooManyRequests,
}


def kind_of(status: int) -> type[Refused]:
    """-> the class of a refusal with this status."""
    return _KINDS.get(status, ServerTrouble if status >= 500 else Refused)
