"""The figures of one task, as a list. Pure."""

from __future__ import annotations

from ui.client import TaskDetail
from ui.format import full_clock, size
from ui.html import PRIORITIES, esc, pair
from ui.locale import Visitor


def facts(row: TaskDetail, who: Visitor) -> str:
    t = who.text
    level = PRIORITIES.get(row["priority"])
    lines = (
        ("detail_id", f"<code>{esc(row['task_id'])}</code>"),
        ("detail_client", f"<code>{esc(row['client_ip'] or '–')}</code>"),
        ("detail_pair", pair(row, t)),
        ("detail_created", esc(full_clock(row["created_at"], who))),
        ("detail_started", esc(full_clock(row["started_at"], who) or "–")),
        ("detail_finished", esc(full_clock(row["completed_at"], who) or "–")),
        ("detail_size", esc(size(row["total_file_size"]))),
        ("detail_segments", f"{row['segments_done']} / {row['segments_total']}"),
        ("detail_flagged", esc(row["segments_flagged"])),
        ("detail_priority", esc(t(level) if level else row["priority"])),
        ("detail_attempt", esc(row["attempt"])),
    )
    return '<dl class="facts">' + "".join(f"<dt>{esc(t(key))}</dt><dd>{value}</dd>" for key, value in lines) + "</dl>"
