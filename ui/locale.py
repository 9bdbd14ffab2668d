"""Which language and clock a visitor has. The page and every event of it decide alike, from the same request parts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Protocol
from urllib.parse import unquote
from zoneinfo import ZoneInfo

from ui.text import DEFAULT, TEXTS, Text

LANGUAGE_COOKIE = "khelmerch_lang"
ZONE_COOKIE = "khelmerch_tz"
_ZONE = re.compile(r"[A-Za-z0-9_+-]{1,32}(/[A-Za-z0-9_+-]{1,32}){0,2}")


class RequestLike(Protocol):
    """What gr.Request and starlette's Request have in common."""

    @property
    def headers(self) -> Mapping[str, str]: ...

    @property
    def cookies(self) -> Mapping[str, str]: ...


@dataclass(frozen=True)
class Visitor:
    """Who reads: the words and the time zone."""

    text: Text
    zone: tzinfo = UTC

    def local(self, moment: datetime) -> datetime:
        return moment.astimezone(self.zone)


def normalise(tag: str | None) -> str | None:
    """Our name for a browser's language tag, or None: every Chinese reads zh-CN, any Mongolian reads mn."""
    base = (tag or "").strip().lower().replace("_", "-").split("-")[0]
    return {"zh": "zh-CN", "mn": "mn", "khk": "mn", "en": "en"}.get(base)


def accepted(header: str | None) -> str | None:
    """The best of our languages in an Accept-Language header."""
    ranked: list[tuple[float, int, str]] = []
    for place, part in enumerate((header or "")[:500].split(",")):
        tag, _, parameters = part.partition(";")
        quality = re.search(r"q\s*=\s*([01](?:\.\d{0,3})?)", parameters)
        weight = float(quality[1]) if quality else 1.0
        language = normalise(tag)
        if language and weight > 0:
            ranked.append((-weight, place, language))
    return min(ranked)[2] if ranked else None


def choose(query: str | None, cookie: str | None, header: str | None) -> str:
    """The switch (query) wins over the remembered choice (cookie), that over the browser (header)."""
    return normalise(query) or normalise(cookie) or accepted(header) or DEFAULT


def visitor(request: RequestLike | None) -> Visitor:
    """Of an event. Its page has set the cookies; a browser that refuses them falls back to its own language."""
    if request is None:
        return Visitor(Text(DEFAULT))
    cookies = request.cookies
    language = choose(None, cookies.get(LANGUAGE_COOKIE), request.headers.get("accept-language"))
    assert language in TEXTS
    return Visitor(Text(language), zone_of(cookies.get(ZONE_COOKIE)))


def zone_of(name: str | None) -> tzinfo:
    """UTC when the browser names no zone, or one that this machine's tables lack (they may be older than its own)."""
    name = unquote(name or "")
    if not _ZONE.fullmatch(name):
        return UTC
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        return UTC
