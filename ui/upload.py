"""The place for files, and the pile of those that were added: what a look at each one found stays with it."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ui.client import ConsoleClient
from ui.text import everywhere
from ui.work_rows import FileReport

Chosen = list[tuple[str, Path]]

MAX_FILES = 500
"""In one pile: a folder that was dropped by mistake must not fill the page; a task takes fewer anyway."""

TELL_SECONDS = 0.4
"""How often the list is drawn anew while many files are looked at."""


def drop_markup() -> str:
    """The field in all three languages; static/drop.js makes it work."""
    return (
        f'<div class="drop" role="group"><p class="drop-title">{everywhere("drop_file")}</p><div class="drop-buttons">'
        f'<button type="button" class="btn btn-primary" data-pick="files">{everywhere("drop_click")}</button>'
        f'<button type="button" class="btn" data-pick="folder">{everywhere("drop_folder")}</button></div>'
        f'<p class="hint">{everywhere("drop_hint")}</p>'
        '<input type="file" multiple hidden data-for="files"><input type="file" webkitdirectory hidden data-for="folder">'
        '<div class="drop-progress" aria-hidden="true"><div class="bar bar-processing"><i></i></div>'
        f'<span>{everywhere("drop_uploading")} <b class="num"></b></span></div></div>'
    )


@dataclass
class Added:
    """One file. key: its name in the page; report: None while nobody has looked at it."""

    key: str
    name: str
    path: Path
    report: FileReport | None = None

    @property
    def refused(self) -> bool:
        return self.report is not None and self.report.get("problem") is not None


@dataclass
class Pile:
    """The files that one visitor has added. Changed in place: two events may hold it at once, on one loop."""

    files: list[Added] = field(default_factory=list)
    made: int = 0

    def add(self, told: object) -> int:
        """Take what the browser says that it uploaded; -> how many did not fit. Whether a path is an upload of this visitor
        is asked when it is used, by the service."""
        rows = [one for one in told if isinstance(one, dict)] if isinstance(told, list) else []
        left = 0
        for row in rows:
            name, path = row.get("name"), row.get("path")
            if not isinstance(name, str) or not isinstance(path, str) or not path:
                continue
            if len(self.files) >= MAX_FILES:
                left += 1
                continue
            self.made += 1
            # In a folder that was added, the name has the folders before it; the service wants the file's own.
            self.files.append(Added(f"f{self.made}", name[-300:].rsplit("/", 1)[-1] or "file", Path(path)))
        return left

    def remove(self, key: str) -> None:
        self.files = [one for one in self.files if one.key != key]

    def keep_good(self) -> None:
        self.files = [one for one in self.files if not one.refused]

    def clear(self) -> None:
        self.files = []

    @property
    def chosen(self) -> Chosen:
        return [(one.name, one.path) for one in self.files]

    async def look(self, client: ConsoleClient) -> AsyncIterator[None]:
        """Look at every file that nobody has looked at yet; a turn now and then, to show what is known, and one at the end.
        Raises what the service raises when it cannot look at any."""
        told = time.monotonic()
        for one in list(self.files):
            if one.report is not None:
                continue
            report = await client.preflight(one.name, one.path, None)
            one.report = report
            if time.monotonic() - told > TELL_SECONDS:
                yield
                told = time.monotonic()
        yield


@dataclass(frozen=True)
class Sum:
    """Of all files that can be translated. seconds: until the last is done, None as long as nobody can say."""

    files: int
    refused: int
    segments: int
    characters: int
    seconds: float | None


def summed(files: Iterable[Added]) -> Sum:
    looked = [one for one in files if one.report is not None]
    good = [one.report for one in looked if one.report is not None and not one.refused]
    return Sum(
        len(good),
        sum(one.refused for one in looked),
        sum(one.get("segments") or 0 for one in good),
        sum(one.get("characters") or 0 for one in good),
        _seconds(good),
    )


def _seconds(reports: Sequence[FileReport]) -> float | None:
    """Each estimate counts what waits already; that is to be waited for once."""
    known = [one for one in reports if one.get("estimated_seconds") is not None and one.get("characters_per_second")]
    if not known or len(known) < len(reports):
        return None
    longest = max(known, key=lambda one: one.get("estimated_seconds") or 0.0)
    others = sum(one.get("characters") or 0 for one in known if one is not longest)
    return (longest.get("estimated_seconds") or 0.0) + others / (longest.get("characters_per_second") or 1.0)


def failures(told: Any) -> list[tuple[str, str]]:
    """-> (name, why) of what did not arrive: 'size' or 'lost'."""
    rows = told if isinstance(told, list) else []
    return [
        (str(one.get("name", ""))[-300:], "size" if one.get("failed") == "size" else "lost")
        for one in rows[:MAX_FILES]
        if isinstance(one, dict)
    ]
