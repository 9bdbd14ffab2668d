"""The Universal Declaration of Human Rights, paragraph by paragraph."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lxml import html

from training.starter.readers import Triple


def articles(root: Path) -> Iterator[Triple]:
    """Headings and paragraphs of the articles that have as many of them in each language; the others are left out."""
    texts = [_sections(next(root.rglob(f"declaration/{code}.html"))) for code in ("eng", "cmn_hans", "khk")]
    if len({len(sections) for sections in texts}) != 1:
        raise ValueError(f"the declaration has {[len(sections) for sections in texts]} sections")
    for section in zip(*texts, strict=True):
        if len({len(paragraphs) for paragraphs in section}) == 1:
            yield from map(Triple, *section)


def _sections(path: Path) -> list[list[str]]:
    tree = html.fromstring(path.read_text(encoding="utf-8"))
    found: list[list[str]] = []
    for element in tree.iter("h1", "h2", "h3", "p"):
        if str(element.tag) != "p":
            found.append([])
        found[-1].append(" ".join("".join(map(str, element.itertext())).split()))
    return found
