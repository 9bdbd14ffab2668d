"""Places in a source text and its translation that are surely the same: numbers, Latin names, colons, ends."""

from __future__ import annotations

import bisect
import re
from collections import Counter
from collections.abc import Iterator

_LITERAL = re.compile(
    r"https?://[^\s，。；）】》]+"  # addresses
    r"|[\w.+-]+@[A-Za-z0-9-]+\.[A-Za-z0-9.-]*[A-Za-z0-9]"
    r"|\{[^{}\s]*\}|%\d*\$?[sd]|<[^<>]+>"  # placeholders
    r"|\d+(?:[.,:/-]\d+)*"  # numbers, dates, times
    r"|[A-Za-z][A-Za-z0-9_.+-]*[A-Za-z0-9+]|[A-Za-z]"  # names and abbreviations
)
# Signs that mean the same in all our languages, by what they are.
_SIGNS = {
    ":": ":", "：": ":", ";": ";", "；": ";", "?": "?", "？": "?", "!": "!", "！": "!", ".": ".", "。": ".",
    "(": "(", "（": "(", ")": ")", "）": ")",
    "«": "<", "“": "<", "《": "<", "「": "<", "»": ">", "”": ">", "》": ">", "」": ">",
    "…": "…", "→": "→", "=": "=",
}  # fmt: skip


def anchors(source: str, target: str) -> list[tuple[int, int]]:
    """(source offset, target offset) pairs, ascending in both, with (0, 0) and (len, len) at the ends.

    A literal counts where it stands exactly once in each text, a sign where it stands equally often in both.
    """
    found: list[tuple[int, int, int, int]] = []  # source start, source end, target start, target end
    found += _once(_literals(source), _literals(target))
    found += _equally_often(_signs(source), _signs(target))
    points = [(0, 0)]
    for source_start, source_end, target_start, target_end in _ascending(sorted(found)):
        points += [(source_start, target_start), (source_end, target_end)]
    points.append((len(source), len(target)))
    return points


def interpolate(points: list[tuple[int, int]], offset: int) -> tuple[int, bool]:
    """Where `offset` of the source lies in the target by `points`, and whether an anchor says so exactly."""
    sources = [point[0] for point in points]
    right = bisect.bisect_left(sources, offset)
    if sources[right] == offset:
        return points[right][1], True
    (source_0, target_0), (source_1, target_1) = points[right - 1], points[right]
    return target_0 + round((offset - source_0) * (target_1 - target_0) / (source_1 - source_0)), False


def _literals(text: str) -> Iterator[tuple[str, int, int]]:
    for match in _LITERAL.finditer(text):
        yield match.group(), match.start(), match.end()


def _signs(text: str) -> Iterator[tuple[str, int, int]]:
    inside = {offset for _, start, end in _literals(text) for offset in range(start, end)}
    for offset, character in enumerate(text):
        if character in _SIGNS and offset not in inside:
            yield _SIGNS[character], offset, offset + 1


def _once(
    source: Iterator[tuple[str, int, int]], target: Iterator[tuple[str, int, int]]
) -> list[tuple[int, int, int, int]]:
    sources, targets = list(source), list(target)
    counts, target_counts = Counter(what for what, _, _ in sources), Counter(what for what, _, _ in targets)
    places = {what: (start, end) for what, start, end in targets}
    return [
        (start, end, *places[what]) for what, start, end in sources if counts[what] == 1 and target_counts[what] == 1
    ]


def _equally_often(
    source: Iterator[tuple[str, int, int]], target: Iterator[tuple[str, int, int]]
) -> list[tuple[int, int, int, int]]:
    targets: dict[str, list[tuple[int, int]]] = {}
    for what, start, end in target:
        targets.setdefault(what, []).append((start, end))
    sources: dict[str, list[tuple[int, int]]] = {}
    for what, start, end in source:
        sources.setdefault(what, []).append((start, end))
    return [
        (*here, *there)
        for what, heres in sources.items()
        if len(heres) == len(targets.get(what, ()))
        for here, there in zip(heres, targets[what], strict=True)
    ]


def _ascending(found: list[tuple[int, int, int, int]]) -> list[tuple[int, int, int, int]]:
    """The longest part of `found` (sorted by source) that ascends in the target too."""
    tails: list[int] = []  # tails[n]: the smallest end of a chain of length n + 1
    last: list[int] = []  # the number of the last link of that chain
    before: list[int] = []  # of each link the number of the one before it, -1 for the first
    for number, one in enumerate(found):
        # A chain may be extended by `one` if it ends (target_end) at or before where `one` starts.
        position = bisect.bisect_right(tails, one[2])
        before.append(last[position - 1] if position else -1)
        if position == len(tails):
            tails.append(one[3])
            last.append(number)
        elif one[3] < tails[position]:
            tails[position], last[position] = one[3], number
    chain: list[tuple[int, int, int, int]] = []
    link = last[-1] if last else -1
    while link >= 0:
        chain.append(found[link])
        link = before[link]
    return chain[::-1]
