"""The Settings page as HTML: keys, glossaries, the memory. Pure: rows in, HTML out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import quote, urlencode

from ui.controls import asking, empty, table
from ui.format import ago, clock, parse
from ui.html import esc
from ui.locale import Visitor
from ui.operator_client import GlossaryRow, KeyRow, MemoryRow, NewKeyRow
from ui.text import Text

KEY_FIELD = "kh-new-key"


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
