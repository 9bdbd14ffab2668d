"""What the three Office formats share: which parts there are, by their content types."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import ClassVar

from documents.limits import Limits
from documents.ooxml.package import CONTENT_TYPES, Kind, content_types, is_links
from documents.packaged import Editor, Packaged, Task, check_xml
from documents.sniff import require_zip

__all__ = ["Editor", "Office", "Task"]


class Office(Packaged):
    """A format that is an Office Open XML package."""

    kind: ClassVar[Kind]
    # Content types of the parts that `tasks` reads to find the others.
    map_types: ClassVar[frozenset[str]] = frozenset()

    def recognise(self, path: Path, suffix: str) -> None:
        """See `Format.recognise`."""
        require_zip(path, self.kind.title, suffix)

    def maps(self, package: zipfile.ZipFile, limits: Limits) -> set[str]:
        """Content types, relationships, and the parts of `map_types`."""
        maps = {name for name in package.namelist() if name == CONTENT_TYPES or is_links(name)}
        if CONTENT_TYPES in maps:
            check_xml(package, CONTENT_TYPES, limits)
        types = content_types(package, self.kind)
        maps |= {name for name, content_type in types.items() if content_type in self.map_types}
        for name in sorted(maps & types.keys()):
            check_xml(package, name, limits)
        return maps
