"""Strings in tables and data that are for programs: no translator touches them, whatever letters they hold."""

from __future__ import annotations

import re

# Without white space and in ASCII; what may be a word or a name of people's (well-known, a/b, Q1, 5kg) is none of these.
_CODE = re.compile(
    r"(?:https?|ftp|mailto|data|tel):\S*"
    r"|[^\s@]+@[^\s@]+\.[^\s@]+"
    r"|(?=\S*[0-9_#])[A-Z0-9_.\-/:#]+"  # ERR_1, AB-12, 2026-01-01T00:00:00Z
    r"|[A-Z]{1,3}(?:[/:][A-Z]{1,3})+"  # USD/MNT, N/A; NAME: and MALE/FEMALE are words
    r"|#[0-9A-Fa-f]{3,8}"  # colours
    r"|[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}|(?=\D*\d)[0-9a-f]{8,}"  # UUIDs, hashes
    r"|(?:\.{0,2}/|[A-Za-z]:\\|\\\\)[!-~]*"  # /usr/lib, ../a, C:\a
    r"|[A-Za-z0-9$]*_[A-Za-z0-9_$.\-]*|[a-z]{2,}[a-z0-9]*(?:[A-Z][a-z0-9]+)+"  # user_id, userName
    r"|[A-Za-z0-9\-]{2,}(?:\.[A-Za-z0-9\-]{2,})+"  # a.png, org.example, x.mn
)


def is_for_programs(text: str) -> bool:
    """An address, an identifier, a path, a colour, a file's name."""
    return _CODE.fullmatch(text.strip()) is not None
