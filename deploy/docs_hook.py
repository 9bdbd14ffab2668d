"""For mkdocs: pages link to files of the repository that are not pages (samples, units, sources). In the site they stand as
the file's path, since the site holds pages only."""

from __future__ import annotations

import re
from pathlib import Path
from posixpath import normpath
from typing import Any

ROOT = Path(__file__).parents[1]
_LINK = re.compile(r"(?<!!)\[([^\]]+)\]\((\.\.[^)\s]*)\)")


def on_page_markdown(markdown: str, *, page: Any, config: Any, files: Any) -> str:
    """-> the page, its links out of docs/ as paths. Raises FileNotFoundError for one that leads nowhere."""
    folder = f"docs/{page.file.src_uri}".rpartition("/")[0]

    def path(match: re.Match[str]) -> str:
        target = normpath(f"{folder}/{match[2].partition('#')[0]}")
        if target.startswith("docs/"):
            return match[0]
        if not (ROOT / target).exists():
            raise FileNotFoundError(f"{page.file.src_uri} links to {target}, which is not there")
        return f"{match[1]} (`{target}`)" if match[1] != target else f"`{target}`"

    return _LINK.sub(path, markdown)
