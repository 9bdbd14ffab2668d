"""Which paths are LibreTranslate's: those under its prefix, and at the root those that are not ours."""

from __future__ import annotations

from starlette.types import Scope

PREFIX = "/libretranslate"
_ROOT = frozenset({"/translate", "/translate_file", "/detect", "/frontend/settings", "/health"})
_FILES = "/download_file/"
_LISTING = "/languages"


def is_libretranslate(scope: Scope) -> bool:
    path: str = scope["path"]
    ours = path in _ROOT or path.startswith((f"{PREFIX}/", _FILES))
    return ours or (path == _LISTING and says_nothing(scope))


def says_nothing(scope: Scope) -> bool:
    """Does the client not say what it accepts, as libretranslatepy does? GET /languages is ours for all others."""
    return all(name != b"accept" for name, _value in scope.get("headers", ()))
