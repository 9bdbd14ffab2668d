"""The visitor's own tasks as cards on the Translate page. Pure: rows in, HTML out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ui.client import TaskDetail, TaskRow
from ui.format import clock, duration, elapsed, remaining
from ui.html import ACTIVE, RETRYABLE, bar, button, esc, failure, file_line, flagged, has_result, pair, pill, zip_link
from ui.locale import Visitor
from ui.text import Text


def name_of(row: TaskDetail, t: Text) -> str:
    """How a person would call the task: its file, or the first and how many more."""
    files = row["files"]
    if not files:
        return t("file_one") if row["file_count"] == 1 else t("file_many", n=row["file_count"])
    if len(files) == 1:
        return files[0]["name"]
    # Chinese counts all files in this phrase, the other two languages count the rest.
    return t("files_more", name=files[0]["name"], n=len(files) if t.language == "zh-CN" else len(files) - 1)


def stage_line(row: TaskRow, who: Visitor, now: datetime) -> str:
    """What happens now, in one line: stage, position, sentences, time left; for a finished task the time it took."""
    t = who.text
    parts: list[str] = []
    if row["status"] in ACTIVE:
        stage = row["stage"] if f"stage_{row['stage']}" in t else "queued"
        parts.append(t(f"stage_{stage}"))
        if row["queue_position"] is not None and row["status"] == "pending":
            parts.append(t("queue_position", n=row["queue_position"]))
        if row["segments_total"]:
            parts.append(t("segments", done=row["segments_done"], total=row["segments_total"]))
        if row["eta_seconds"] is not None:
            parts.append(t("eta", time=remaining(row["eta_seconds"], t)))
    else:
        parts.append(clock(row["completed_at"] or row["created_at"], who, now))
        took = elapsed(row["started_at"], row["completed_at"], now)
        if took is not None and row["completed_at"]:
            parts.append(t("took", time=duration(took, t)))
    if row["attempt"] > 1:
        parts.append(t("attempt", n=row["attempt"]))
    return " · ".join(parts)


def card(row: TaskDetail, who: Visitor, now: datetime) -> str:
    t, task_id, status = who.text, row["task_id"], row["status"]
    name = name_of(row, t)
    active = status in ACTIVE
    percent = f'<span class="num">{row["progress"]:.0f}%</span>' if active else ""
    progress = bar(row["progress"], status, name) if active else ""
    # A task that is cancelled before it began has nothing to show for its files but their names.
    files = "".join(file_line(row, one, t) for one in row["files"])
    actions: list[str] = []
    if sum(has_result(one) for one in row["files"]) > 1:
        actions.append(zip_link(task_id, t))
    if active:
        actions.append(button("cancel", task_id, t("cancel"), label=t("cancel_named", name=name)))
    if status in RETRYABLE:
        actions.append(button("retry", task_id, t("retry")))
    actions.append(f'<a class="btn btn-plain" href="task?id={esc(task_id)}">{esc(t("details"))}</a>')
    if not active:
        actions.append(button("dismiss", task_id, t("remove"), kind="btn-plain"))
    return (
        f'<article class="card" data-task="{esc(task_id)}" data-status="{esc(status)}">'
        f'<div class="card-head"><div><h3 title="{esc(name)}">{esc(name)}</h3>{pair(row, t)}</div>'
        f"{pill(status, t)}</div>"
        f'{progress}<p class="meta"><span>{esc(stage_line(row, who, now))}</span>{percent}</p>'
        f'{failure(row, t)}{flagged(row, t)}<ul class="files">{files}</ul>'
        f'<div class="actions">{"".join(actions)}</div></article>'
    )


def gone(task_id: str, t: Text) -> str:
    return (
        f'<article class="card" data-task="{esc(task_id)}" data-status="gone"><div class="card-head"><div>'
        f"<h3>{esc(t('gone_title'))}</h3></div></div><p class='meta'>{esc(t('gone_body'))}</p>"
        f'<div class="actions">{button("dismiss", task_id, t("remove"), kind="btn-plain")}</div></article>'
    )


def cards(rows: Sequence[tuple[str, TaskDetail | None]], who: Visitor, now: datetime) -> str:
    """All cards, newest first; None stands for a task that the service no longer knows."""
    t = who.text
    if not rows:
        return f'<div class="empty"><p>{esc(t("your_tasks_empty"))}</p></div>'
    inner = "".join(card(row, who, now) if row is not None else gone(task_id, t) for task_id, row in rows)
    active = any(row is not None and row["status"] in ACTIVE for _, row in rows)
    hint = f'<p class="hint" role="status">{esc(t("started_body"))}</p>' if active else ""
    return f'<div class="cards">{hint}{inner}</div>'
