"""The bookmarks of a PDF: their titles are translated, where they lead stays."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pikepdf

from documents.characters import has_letter

MAX_BOOKMARKS = 20_000


def bookmarks(pdf: pikepdf.Pdf) -> Iterator[tuple[Any, str]]:
    """The bookmarks whose titles have letters, from the top, and their titles in one line."""
    root = pdf.Root.get("/Outlines")
    waiting = [root.get("/First")] if isinstance(root, pikepdf.Dictionary) else []
    seen: set[tuple[int, int]] = set()
    while waiting and len(seen) < MAX_BOOKMARKS:
        item = waiting.pop()
        if not isinstance(item, pikepdf.Dictionary) or item.objgen in seen:
            continue
        seen.add(item.objgen)
        title = item.get("/Title")
        text = " ".join(str(title).split()) if isinstance(title, pikepdf.String) else ""
        if has_letter(text):
            yield item, text
        waiting += [item.get("/Next"), item.get("/First")]
