"""Finds blobs that no row names: what a crash between storing a file and storing its task left behind."""

from __future__ import annotations

import contextlib
from collections.abc import Set
from pathlib import Path

ORPHAN_AGE_SECONDS = 86_400.0
"""A younger blob may belong to a task that is just being made."""


def orphans(root: Path, known: Set[str], before: float) -> list[str]:
    """-> keys of uploads and results that were stored before `before` (Unix seconds) and are not in `known`. Blocking.

    None when no blob at all is known: that is a wrong or an empty database rather than a folder full of leftovers.
    """
    found: list[str] = []
    if not known:
        return found
    for kind in ("uploads", "results"):
        for path in (root / kind).glob("*/*"):
            key = path.relative_to(root).as_posix()
            # It may be removed in the same moment.
            with contextlib.suppress(FileNotFoundError):
                # ctime tells when it was renamed into place; a slow upload of several files was written long before.
                if key not in known and path.stat().st_ctime < before:
                    found.append(key)
    return found
