"""The hops in which a model takes a sentence from one language to another. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from translation.errors import ScriptUnsupported, UnsupportedPair
from translation.languages import PIVOT


def route(pairs: Iterable[tuple[str, str]], source: str, target: str, *, via_eng: bool) -> list[tuple[str, str]]:
    """The hops from `source` to `target`. Raises UnsupportedPair, or ScriptUnsupported for traditional Mongolian."""
    pairs = frozenset(pairs)
    hops = [(source, target)]
    if via_eng and PIVOT not in (source, target):
        hops = [(source, PIVOT), (PIVOT, target)]
    if pairs.issuperset(hops):
        return hops
    if "mon_Mong" in (source, target):
        raise ScriptUnsupported(
            "This model does not know the traditional Mongolian script (mon_Mong): use mon_Cyrl.",
            source=source,
            target=target,
        )
    hint = ""
    if pairs.issuperset([(source, PIVOT), (PIVOT, target)]):
        hint = " It can go through English: set via_eng."
    elif (source, target) in pairs:
        hint = " It can do so directly: leave via_eng out."
    raise UnsupportedPair(
        f"This model cannot translate from {source} to {target}{' through English' if via_eng else ''}.{hint}",
        source=source,
        target=target,
        via_eng=via_eng,
    )
