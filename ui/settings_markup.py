"""The Settings page as HTML: state and limits, keys, glossaries, the memory, the action log. Pure: rows in, HTML out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import quote, urlencode

from ui.controls import asking, empty, table
from ui.format import ago, clock, duration, full_clock, parse, size
from ui.html import button, esc
from ui.locale import Visitor
from ui.operator_client import ActionPage, ActionRow, GlossaryRow, KeyRow, MemoryRow, NewKeyRow, SettingsRow
from ui.text import Text

KEY_FIELD = "kh-new-key"


def limits(settings: SettingsRow, t: Text) -> str:
    """Two lists: how much is taken on, and how long things are kept."""
    most = [(t(f"limit_{name}"), _limit(name, value, t)) for name, value in settings["limits"].items()]
    kept = [
        (t(f"keep_{name}"), duration(value, t) if value else t("st_forever"))
        for name, value in settings["retention"].items()
    ]
    return (
        f'<div class="op-lists"><div><h3>{esc(t("st_limits"))}</h3>{_facts(most)}</div>'
        f'<div><h3>{esc(t("st_retention"))}</h3>{_facts(kept)}</div></div><p class="hint">{esc(t("st_limits_hint"))}</p>'
    )


def _limit(name: str, value: float, t: Text) -> str:
    if not value:
        return t("st_none")
    if name == "max_file_size":
        return size(int(value))
    return duration(value, t) if name == "task_timeout" else f"{value:,.0f}"


def _facts(pairs: Sequence[tuple[str, str]]) -> str:
    return (
        '<dl class="facts">'
        + "".join(f'<dt>{esc(name)}</dt><dd class="num">{esc(value)}</dd>' for name, value in pairs)
    ) + "</dl>"


def new_key(made: NewKeyRow, t: Text) -> str:
    """The only place where a key ever stands."""
    return (
        f'<div class="note note-hint" role="status"><strong>{esc(t("key_new", name=made["name"]))}</strong>'
        f"<p>{esc(t('key_new_body'))}</p>"
        f'<div class="op-key"><input id="{KEY_FIELD}" readonly value="{esc(made["key"])}" '
        f'aria-label="{esc(t("col_key"))}"><button type="button" class="btn btn-small" data-copy="{KEY_FIELD}" '
        f'data-copied="{esc(t("key_copied"))}">{esc(t("key_copy"))}</button></div></div>'
    )


def keys(rows: Sequence[KeyRow], who: Visitor, now: datetime) -> str:
    t = who.text
    valid = [row for row in rows if _key_state(row, now) == "key_valid"]
    over = len(rows) - len(valid)
    more = f'<p class="hint">{esc(t("key_more", n=over))}</p>' if over else ""
    if not valid:
        return empty(t("keys_empty"), t("keys_empty_body")) + more
    columns = [
        ("c-key", t("col_key")),
        ("c-role", t("col_role")),
        ("c-used", t("col_used")),
        ("c-until", t("col_until")),
        ("c-do", t("col_do")),
    ]
    cells = [
        [
            f"<b>{esc(row['name'])}</b><small>{esc(row['id'])}</small>",
            esc(t(f"short_{row['role']}")),
            f'<span class="num">{esc(ago(row["last_used_at"], now, t) or t("key_never"))}</span>',
            f'<span class="num">{esc(clock(row["expires_at"], who, now) or "–")}</span>',
            '<div class="actions">'
            + asking(
                "rotate", row["id"], t("key_rotate"), t("key_rotate_sure"), label=f"{t('key_rotate')}: {row['name']}"
            )
            + asking(
                "revoke", row["id"], t("key_revoke"), t("key_revoke_sure"), label=f"{t('key_revoke')}: {row['name']}"
            )
            + "</div>",
        ]
        for row in valid
    ]
    return table(columns, cells, kind="t-keys") + more


def _key_state(row: KeyRow, now: datetime) -> str:
    if row["revoked_at"]:
        return "key_revoked"
    end = parse(row["expires_at"])
    return "key_expired" if end is not None and end <= now else "key_valid"


def glossaries(rows: Sequence[GlossaryRow], who: Visitor, now: datetime) -> str:
    t = who.text
    if not rows:
        return empty(t("gl_empty"), t("gl_empty_body"))
    columns = [
        ("c-glossary", t("col_glossary")),
        ("c-pair", t("col_pair")),
        ("c-client", t("col_client")),
        ("c-terms", t("col_terms")),
        ("c-changed", t("col_changed")),
        ("c-do", t("col_do")),
    ]
    cells = [
        [
            f"<b>{esc(row['name'])}</b>",
            esc(f"{t.language_name(row['source_lang'])} ↔ {t.language_name(row['target_lang'])}"),
            esc(row["client_id"] or t("gl_all")),
            f'<span class="num">{row["entries"]:,}</span>',
            f'<span class="num">{esc(ago(row["updated_at"], now, t))}</span>',
            '<div class="actions">'
            f'<a class="btn btn-small" download href="glossaries/{quote(row["glossary_id"], safe="")}/entries?format=csv" '
            f'aria-label="{esc(t("download_named", name=row["name"]))}">{esc(t("download"))}</a>'
            + asking(
                "delete",
                row["glossary_id"],
                t("gl_delete"),
                t("gl_delete_sure"),
                label=f"{t('gl_delete')}: {row['name']}",
            )
            + "</div>",
        ]
        for row in rows
    ]
    return table(columns, cells, kind="t-glossaries")


def memory(row: MemoryRow | None, t: Text) -> str:
    """Of the chosen client; None: none is chosen."""
    if row is None:
        return empty(t("me_choose"), t("me_choose_body"))
    if not row["enabled"]:
        return f'<p class="hint">{esc(t("me_off"))}</p>'
    owner = row["client_id"]
    if not row["entries"]:
        return empty(t("me_empty", client=owner), t("me_empty_body"))
    pairs: dict[tuple[str, str], dict[str, int]] = {}
    for one in row["entries"]:
        pairs.setdefault((one["source_lang"], one["target_lang"]), {})[one["origin"]] = one["entries"]
    origins = ("translation", "correction", "import")
    columns = [
        ("c-pair", t("col_pair")),
        *((f"c-{name}", t(f"from_{name}")) for name in origins),
        ("c-do", t("col_do")),
    ]
    cells = []
    for (source, target), counts in sorted(pairs.items()):
        asked = urlencode({"client_id": owner, "source_lang": source, "target_lang": target})
        export = f'<a class="btn btn-small" download href="memory/export?{esc(asked)}">{esc(t("me_export"))}</a>'
        cells.append(
            [
                esc(f"{t.language_name(source)} → {t.language_name(target)}"),
                *(f'<span class="num">{counts.get(name, 0):,}</span>' for name in origins),
                f'<div class="actions">{export}</div>',
            ]
        )
    clear = asking("clear", owner, t("me_clear", client=owner), t("me_clear_sure"))
    return table(columns, cells, kind="t-memory") + f'<div class="actions">{clear}</div>'


def actions(page: ActionPage, turned: int, who: Visitor, now: datetime) -> str:
    """turned: how many pages back this one is."""
    t = who.text
    if not page["actions"] and not turned:
        return empty(t("log_empty"), t("log_empty_body"))
    columns = [(f"c-{name}", t(f"col_{name}")) for name in ("when", "who", "what", "from")]
    cells = [
        [
            f'<span class="num" title="{esc(full_clock(row["at"], who))}">{esc(clock(row["at"], who, now))}</span>',
            f"<b>{esc(row['who'] or t('log_anybody'))}</b>",
            _what(row, t),
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


def _what(row: ActionRow, t: Text) -> str:
    """What was done in the visitor's words, and under it to what, with the details as they are stored."""
    key = f"did_{row['what'].replace('.', '_')}"
    told = t(key) if key in t else row["what"]
    name = row["details"].get("name")
    about = " · ".join(
        [
            *([str(name)] if name else []),
            *([row["about"]] if row["about"] else []),
            *(f"{what} {value}" for what, value in row["details"].items() if what != "name"),
        ]
    )
    return f"{esc(told)}<small>{esc(about)}</small>"
