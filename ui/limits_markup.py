"""Limits and ages on the Settings page: what is in force, what config.ini says, and a field to change each. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from ui.format import duration, size
from ui.html import button, esc
from ui.operator_client import SettingRow, SettingsRow
from ui.text import Text

SET, RESET = "set", "reset"


def limits(settings: SettingsRow, t: Text) -> str:
    """Two lists: how much is taken on, and how long things are kept."""
    columns = "".join(
        f"<div><h3>{esc(t(f'st_{group}'))}</h3>"
        f"{_list([row for row in settings['settings'] if row['group'] == group], t)}</div>"
        for group in ("limits", "retention")
    )
    return f'<div class="op-lists">{columns}</div><p class="hint">{esc(t("st_limits_hint"))}</p>'


def shown(row: SettingRow, value: float, t: Text) -> str:
    """A value of this setting, in words."""
    if not value:
        return t("st_forever" if row["group"] == "retention" else "st_none")
    if row["unit"] == "bytes":
        return size(int(value))
    return duration(value, t) if row["unit"] == "seconds" else f"{value:,.0f}"


def _list(rows: Sequence[SettingRow], t: Text) -> str:
    return f'<dl class="facts">{"".join(_row(row, t) for row in rows)}</dl>'


def _row(row: SettingRow, t: Text) -> str:
    """The value opens a field with what it is now, as it may be written."""
    name = t(f"limit_{row['name']}")
    back = ""
    if row["changed"]:
        was = esc(t("st_configured", value=shown(row, row["configured"], t)))
        back = f"<small>{was}</small>" + button(
            RESET, row["name"], t("st_reset"), label=f"{t('st_reset')}: {name}", kind="btn-small"
        )
    zero = f" · 0: {t('st_forever' if row['group'] == 'retention' else 'st_none')}" if row["zero"] else ""
    bounds = f"{row['least_text']} – {row['most_text']}{zero}"
    save = button(f"{SET} {row['name']}", "", t("st_save"), kind="btn-small")
    field = (
        f'<span class="op-set" data-form><input value="{esc(row["text"])}" size="8" maxlength="24" autocomplete="off" '
        f'aria-label="{esc(name)}">{save}<small>{esc(bounds)}</small></span>'
    )
    opens = esc(f"{name}: {shown(row, row['value'], t)}, {t('st_change')}")
    return (
        f"<dt>{esc(name)}{back}</dt>"
        f'<dd class="num"><details><summary aria-label="{opens}">{esc(shown(row, row["value"], t))}</summary>{field}'
        "</details></dd>"
    )
