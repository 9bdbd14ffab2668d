"""Puts back what a model altered, where it is certain what it was. Pure.

Certain: an item (see translation.protected) is there but for spaces, case or width; or one item is missing and one stands
there that the source does not have. A number: one of the source is missing, and one with as many digits is there that the
source does not have. Everything else is left to the guards.
"""

from __future__ import annotations

import re
from itertools import pairwise

from translation.edits import Edit, edited
from translation.engine import Output
from translation.numerals import lone_change
from translation.protected import NOT_AFTER, TRAILING, key, protected, spans

# Full-width forms that models write for the marks of placeholders. One character for one, so that places stay.
_NARROW = {code + 0xFEE0: chr(code) for code in range(0x21, 0x7F)} | {0x3000: " "}
_URL_REST = r"[^\s\u3000-\u303f\u4e00-\u9fff\uff00-\uffef\u0400-\u052f]{3,300}"
# In ASCII where nothing marks the end: Chinese and Mongolian words stand right beside these.
_LIKE = {
    "address": re.compile(rf"(?:https?|ftp)[:/ ]\S{_URL_REST}|www\.{_URL_REST}", re.I),
    "mail": re.compile(r"[A-Za-z0-9_.+\-]{1,64} ?@ ?[A-Za-z0-9_.\-]{2,64}"),
    "placeholder": re.compile(
        r"%[A-Za-z0-9_]{1,40}|%с(?!\w)|\$[A-Za-z0-9_]{1,40}|%\( ?\w{1,64} ?\)[sdif]?"
        r"|[%$]?\{{1,2} ?[A-Za-z0-9_][\w.:\-]{0,64} ?\}{1,2}"
        r"|\$\( ?\w{1,64} ?\)|\{ ?\}"
    ),
    "markup": re.compile(r"</?[A-Za-z][^<>\s]{0,40}(?:\s[^<>=]{0,60}=[^<>]{0,300})?>|&[A-Za-z0-9#]{2,10};?"),
    "code": re.compile(rf"{NOT_AFTER}(?<![\-/.])[A-Z]{{1,5}}[-/]?\d{{2,12}}[-/A-Za-z0-9]{{0,40}}"),
}
_MAX_ITEM_CHARS = 300


def repaired(source: str, output: Output) -> Output:
    """The translation of `source` with what it lost put back; untouched, after one quick look, where nothing is lost."""
    output = edited(output, _items(source, output.text))
    number = lone_change(source, output.text)
    return edited(output, [number]) if number else output


def _items(source: str, target: str) -> list[Edit]:
    wanted = spans(source)
    if not wanted:
        return []
    present = protected(target)
    lost = list(dict.fromkeys(source[a:b] for a, b in wanted if key(source[a:b]) not in present))
    if not lost:
        return []
    narrow = target.translate(_NARROW)
    edits = []
    for item in lost:
        edit = _damaged(item, narrow) or _replaced(item, lost, source, target)
        if edit is not None:
            edits.append(edit)
    edits.sort()
    clear = all(one[1] <= following[0] for one, following in pairwise(edits))
    return edits if clear else []


def _damaged(item: str, target: str) -> Edit | None:
    """The one place where the item stands but for spaces and case."""
    if len(item) > _MAX_ITEM_CHARS or item.isalnum():
        return None
    pattern = " ?".join(map(re.escape, item.replace(" ", "")))
    if item[-1].isdigit():
        pattern += r"(?!\d)"
    found = list(re.finditer(pattern, target, re.IGNORECASE))
    return (found[0].start(), found[0].end(), item) if len(found) == 1 else None


def _replaced(item: str, lost: list[str], source: str, target: str) -> Edit | None:
    """The one thing of the item's kind in the target that the source does not have."""
    kind = _kind(item)
    if [other for other in lost if _kind(other) == kind] != [item]:
        return None
    strange = [match for match in _LIKE[kind].finditer(target) if match.group().rstrip(TRAILING) not in source]
    if len(strange) != 1:
        return None
    text = strange[0].group()
    whole = text if kind in ("placeholder", "markup") else text.rstrip(TRAILING) or text
    return strange[0].start(), strange[0].start() + len(whole), item


def _kind(item: str) -> str:
    if "://" in item or item.startswith("www."):
        return "address"
    if "@" in item[1:] and "." in item:
        return "mail"
    if item[0] in "<&":
        return "markup"
    return "placeholder" if item[0] in "%${" else "code"
