"""What a translation must carry over letter by letter: placeholders, markup, addresses."""

from __future__ import annotations

import re

# Every quantifier is bounded or possessive: the time is linear whatever the text.
_URL_CHARS = r"[^\s<>\"“”«»，。；）\u4e00-\u9fff\u0400-\u052f]++"
_ADDRESS = rf"(?:https?|ftp)://{_URL_CHARS}|www\.{_URL_CHARS}"
_MAIL = r"[A-Za-z0-9_.+\-]{1,64}@[A-Za-z0-9\-]{1,63}(?:\.[A-Za-z0-9\-]{1,63}){1,8}"
_PLACEHOLDER = (
    r"%(?:\d{1,2}\$)?[-+#0]{0,3}\d{0,3}(?:\.\d{1,2})?(?:ll?|h|z)?[sdiufFeEgGxXc@](?![A-Za-z])"  # %s %1$s %.2f
    r"|%\(\w{1,64}\)[sdifr]|%[A-Z][A-Z0-9_]{2,40}|%\d{1,2}(?![\d%.,])(?=\D)"  # %(name)s %PRODUCTNAME %1
    r"|\$\(\w{1,40}\)|\$\{[\w.]{1,64}\}|\$\d{1,2}(?![\d.,])"  # $(ARG1) ${x} $1
    r"|\{\{\s?[\w.]{1,64}\s?\}\}|\{[\w.]{0,64}\}"  # {{x}} {name} {0} {}
)
_TAG = r"</?[A-Za-z][\w\-]{0,20}(?:\s[^<>]{0,300})?/?>"
_ENTITY = r"&(?:[A-Za-z]{2,10}|#\d{1,6}|#x[0-9A-Fa-f]{1,6});"

_PROTECTED = re.compile("|".join((_ADDRESS, _MAIL, _PLACEHOLDER, _TAG, _ENTITY)))
_TAG_NAME = re.compile(r"</?[A-Za-z][\w\-]{0,20}")
_LETTER = re.compile(r"[^\W\d_]")


def protected(text: str) -> frozenset[str]:
    """The placeholders, tags (by name: attributes may hold text), entities and addresses in `text`."""
    found = set()
    for match in _PROTECTED.finditer(text):
        item = match.group().rstrip(".,;:!?)") or match.group()
        tag = _TAG_NAME.match(item)
        found.add(tag.group() + ">" if tag else item)
    return frozenset(found)


def without_protected(text: str) -> str:
    """`text` with a space in the place of whatever must be carried over as it is."""
    return _PROTECTED.sub(" ", text)


def has_letters(text: str) -> bool:
    """True when there is something to translate: a letter outside of addresses, placeholders and markup."""
    return bool(_LETTER.search(without_protected(text)))
