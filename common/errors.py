"""The one root error. A class is one sentence that becomes its message, with a stable code; an instance carries data."""

from __future__ import annotations

from typing import Any, ClassVar


class KhelmerchError(Exception):
    """Something that people are told: what is wrong, and what to do."""

    code: ClassVar[str] = "error"
    """Stable, snake_case: what programs go by."""
    status: ClassVar[int] = 500
    """The HTTP status when it reaches a client."""

    def __init__(self, detail: str, **data: Any) -> None:
        """detail: a sentence for people; data: JSON values for programs."""
        super().__init__(detail)
        self.detail = detail
        self.data = data

    def __reduce__(self) -> tuple[Any, ...]:
        # Exceptions pickle by their positional arguments; `data` would be lost on the way out of an actor.
        return _rebuild, (type(self), self.detail, self.data)


def _rebuild(kind: type[KhelmerchError], detail: str, data: dict[str, Any]) -> KhelmerchError:
    return kind(detail, **data)
