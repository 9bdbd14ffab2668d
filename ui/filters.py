"""Which tasks are asked for: the controls of the Tasks page as the service takes them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ui.board import View
from ui.choices import AUTO, Catalogue
from ui.client import Languages
from ui.html import STATUSES
from ui.text import Text
from ui.work_rows import Filter

SEARCH_CHARS = 100
TIMES: dict[str, timedelta] = {
    "": timedelta(0),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(days=7),
    "month": timedelta(days=30),
}
SORTS = ("newest", "oldest", "priority", "largest", "longest")

Question = tuple[str | None, int, str | None, str | None, Filter]
"""(status, limit, cursor, search, filter) of `ConsoleClient.tasks`."""


@dataclass(frozen=True)
class Asked:
    """As the controls have it; they come from a browser, so anything may stand in them. pair: 'mon_Cyrl cmn_Hans'."""

    status: Any = "all"
    search: Any = ""
    pair: Any = ""
    time: Any = ""
    sort: Any = "newest"

    @property
    def narrows(self) -> bool:
        return self.status in STATUSES or bool(self._words) or bool(self.pair) or self.time in set(TIMES) - {""}

    @property
    def _words(self) -> str:
        return str(self.search or "").strip()[:SEARCH_CHARS]

    def question(self, view: View, limit: int, now: datetime) -> Question:
        source, _, target = str(self.pair or "").partition(" ")
        span = TIMES.get(self.time) if isinstance(self.time, str) else None
        chosen: Filter = {
            "client": view.client or None,
            "source": source or None,
            "target": target or None,
            # To the minute, so that turning pages asks the same again and again.
            "since": (now - span).replace(second=0, microsecond=0).isoformat() if span else None,
            "sort": self.sort if self.sort in SORTS else "newest",
        }
        status = self.status if self.status in STATUSES else None
        return status, limit, view.cursors[-1] if view.cursors else None, self._words or None, chosen


def pairs(answer: Languages, t: Text) -> list[tuple[str, str]]:
    """(label, value) of every pair that can be chosen when a task is made."""
    able = Catalogue.of(answer)
    found = [(t("any_pair"), "")]
    for source in able.sources():
        name = t("source_auto") if source == AUTO else t.language_name(source)
        found += [(f"{name} → {t.language_name(target)}", f"{source} {target}") for target in able.targets(source)]
    return found
