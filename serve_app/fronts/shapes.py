"""Whose words a refusal is written in, for what refuses before there is a route: the door."""

from __future__ import annotations

from starlette.types import Scope

from serve_app.errors import answer_of
from serve_app.fronts.deepl import words as deepl
from serve_app.fronts.libretranslate import places
from serve_app.fronts.libretranslate import words as libretranslate
from serve_app.fronts.requests import Refuse


def refuse_as(scope: Scope) -> Refuse:
    """-> how the face that this request speaks to refuses; ours are problem documents."""
    if scope["path"].startswith((f"{deepl.PREFIX}/", f"{deepl.PREFIX_3}/")):
        return deepl.refuse
    return libretranslate.refuse if places.is_libretranslate(scope) else answer_of
