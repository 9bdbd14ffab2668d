"""The action log on the Settings page: who, when, what and from where, in the visitor's words. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

from ui import limits_markup
from ui.controls import empty, table
from ui.format import clock, duration, full_clock
from ui.html import button, esc
from ui.locale import Visitor
from ui.operator_client import ActionPage, ActionRow, SettingRow
from ui.text import Text


def actions(page: ActionPage, settings: Sequence[SettingRow], turned: int, who: Visitor, now: datetime) -> str:
    """turned: how many pages back this one is; settings: how values of changed ones are to be read."""
    t = who.text
    if not page["actions"] and not turned:
        return empty(t("log_empty"), t("log_empty_body"))
    known = {row["name"]: row for row in settings}
    columns = [(f"c-{name}", t(f"col_{name}")) for name in ("when", "who", "what", "from")]
    cells = [
        [
            f'<span class="num" title="{esc(full_clock(row["at"], who))}">{esc(clock(row["at"], who, now))}</span>',
            f"<b>{esc(row['who'] or t('log_anybody'))}</b>",
            _what(row, known, t),
            f"{esc(t('via_' + row['via']))}<small class='num'>{esc(row['address'])}</small>",
        ]
        for row in page["actions"]
    ]
    newer = button("newer", "", t("newer"), kind="btn-small") if turned else ""
    older = button("older", "", t("older"), kind="btn-small") if page["next_cursor"] else ""
    pager = ""
    if newer or older:
        pager = f'<nav class="pager">{newer}<span>{esc(t("page", n=turned + 1))}</span>{older}</nav>'
    return table(columns, cells, kind="t-actions") + pager


def _what(row: ActionRow, known: Mapping[str, SettingRow], t: Text) -> str:
    """What was done, and under it to what, with the details."""
    key = f"did_{row['what'].replace('.', '_')}"
    told = t(key) if key in t else row["what"]
    name = row["details"].get("name")
    about = " · ".join(
        [
            *([str(name)] if name else []),
            *([_named("about", row["about"], t)] if row["about"] else []),
            *(_detail(what, value, known, t) for what, value in row["details"].items() if what != "name"),
        ]
    )
    return f"{esc(told)}<small>{esc(about)}</small>"


def _detail(what: str, value: Any, known: Mapping[str, SettingRow], t: Text) -> str:
    if what in known:
        parts = (limits_markup.shown(known[what], float(part), t) for part in str(value).split(" > "))
        return f"{t(f'limit_{what}')} {' → '.join(parts)}"
    key = f"detail_{what}"
    return f"{t(key) if key in t else what} {_named(what, value, t)}"


def _named(what: str, value: Any, t: Text) -> str:
    """A value in words, where it is a word of ours."""
    return _VALUES[what](str(value), t) if what in _VALUES else str(value)


def _one_of(prefix: str) -> Callable[[str, Text], str]:
    def named(value: str, t: Text) -> str:
        return t(f"{prefix}{value}") if f"{prefix}{value}" in t else value

    return named


def _statuses(value: str, t: Text) -> str:
    return ", ".join(_one_of("status_")(one, t) for one in value.split(", "))


def _pair(value: str, t: Text) -> str:
    return " → ".join(t.language_name(one) for one in value.split(" > "))


_VALUES: Mapping[str, Callable[[str, Text], str]] = MappingProxyType(
    {
        "about": lambda value, t: t("log_auto") if value == "auto" else value,
        "client": lambda value, t: t("gl_all") if value == "all" else value,
        "role": _one_of("short_"),
        "status": _statuses,
        "origin": _one_of("from_"),
        "pair": _pair,
        "grace_seconds": lambda value, t: duration(float(value), t),
    }
)
