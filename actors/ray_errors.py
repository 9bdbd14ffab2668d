"""What people and callers want of Ray's errors: the error inside, without Ray's wrapping and traceback."""

from __future__ import annotations

import re

from ray.exceptions import RayTaskError

_OUR_CLASS = re.compile(r"^(?:actors|common|documents|storage|translation)(?:\.\w+)+: ")
"""How a traceback begins its last line for an error of ours, whose message needs no class beside it."""


def cause_of(error: BaseException) -> BaseException:
    """-> what the actor raised, where Ray wrapped it; else the error itself."""
    if isinstance(error, RayTaskError) and isinstance(error.cause, Exception):
        return error.cause
    return error


def sentence_of(error: BaseException) -> str:
    """-> the reason, one line: the last of the message, since Ray puts its traceback before it."""
    lines = [line.strip() for line in str(cause_of(error)).splitlines() if line.strip()]
    return _OUR_CLASS.sub("", lines[-1]) if lines else type(error).__name__
