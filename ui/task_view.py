"""The page of one task as HTML: state, files, timeline, attempts, which GPU did what. Pure."""

from __future__ import annotations

from datetime import datetime

from ui.cards import name_of, stage_line
from ui.client import TaskDetail
from ui.facts import facts
from ui.format import clock, duration, elapsed, full_clock
from ui.html import (
    ACTIVE,
    PRIORITIES,
    RETRYABLE,
    asking,
    bar,
    button,
    esc,
    failure,
    file_line,
    flagged,
    has_result,
    pair,
    pill,
    zip_link,
)
from ui.locale import Visitor
from ui.preflight import grouped
from ui.story import Story
from ui.text import Text
from ui.work_rows import EventRow

GOOD = frozenset({"completed", "file_completed"})
BAD = frozenset({"failed", "timeout", "file_failed", "chunk_failed", "translator_lost"})


def task_view(row: TaskDetail, story: Story, who: Visitor, now: datetime) -> str:
    t = who.text
    progress = bar(row["progress"], row["status"], name_of(row, t)) if row["status"] in ACTIVE else ""
    files = "".join(file_line(row, one, t) for one in row["files"])
    return (
        f'<div class="task-head"><div><a class="back" href="tasks">← {esc(t("nav_tasks"))}</a>'
        f'<h1 id="main" tabindex="-1">{esc(name_of(row, t))}</h1>'
        f'<p class="meta">{pill(row["status"], t)}{pair(row, t)}<span>{esc(stage_line(row, who, now))}</span></p></div>'
        f'<div class="actions">{_actions(row, t)}</div></div>{progress}{failure(row, t)}{flagged(row, t)}'
        f'<div class="task-grid"><div class="task-main">'
        f'<section class="panel"><h2>{esc(t("col_files"))}</h2><ul class="files">{files}</ul></section>'
        f'<section class="panel"><h2>{esc(t("timeline"))}</h2>{_timeline(story, row, who, now)}</section></div>'
        f'<div class="task-side"><section class="panel"><h2>{esc(t("figures"))}</h2>{facts(row, who)}</section>'
        f'<section class="panel"><h2>{esc(t("gpus_work"))}</h2>{_work(story, who, now)}</section>'
        f"{_attempts(story, who, now)}</div></div>"
    )


def _actions(row: TaskDetail, t: Text) -> str:
    task_id, name = row["task_id"], name_of(row, t)
    found: list[str] = []
    if sum(has_result(one) for one in row["files"]) > 1:
        found.append(zip_link(task_id, t))
    if row["status"] in RETRYABLE:
        found.append(button("retry", task_id, t("retry"), kind="btn-primary"))
    if row["status"] in ACTIVE:
        levels = "".join(
            button(
                "priority",
                task_id,
                t(key),
                kind="chip",
                n=value,
                more=f' aria-pressed="{_on(value == row["priority"])}"',
            )
            for value, key in PRIORITIES.items()
        )
        found.append(f'<span class="chips" role="group" aria-label="{esc(t("priority"))}">{levels}</span>')
        ask = asking(t("cancel_ask", name=name), t("bulk_cancel_body"), t("cancel_it"), t)
        found.append(button("cancel", task_id, t("cancel"), more=ask))
    else:
        ask = asking(t("delete_ask", name=name), t("bulk_delete_body"), t("bulk_delete"), t)
        found.append(button("delete", task_id, t("bulk_delete"), more=ask))
    return "".join(found)


def _on(yes: bool) -> str:
    return "true" if yes else "false"


def _timeline(story: Story, row: TaskDetail, who: Visitor, now: datetime) -> str:
    t = who.text
    if not story.milestones:
        return f'<p class="quiet">{esc(t("timeline_empty"))}</p>'
    names = {one["n"]: one["name"] for one in row["files"]}
    items = "".join(_event(one, names, who, now) for one in reversed(story.milestones))
    more = f'<p class="quiet">{esc(t("timeline_more", n=story.left_out))}</p>' if story.left_out else ""
    return f'<ol class="timeline" reversed>{items}</ol>{more}'


def _event(event: EventRow, names: dict[int, str], who: Visitor, now: datetime) -> str:
    t, kind = who.text, event["kind"]
    state = "good" if kind in GOOD else "bad" if kind in BAD else "plain"
    words = t(f"event_{kind}") if f"event_{kind}" in t else kind
    said = _said(event, names, t)
    under = f"<small>{esc(said)}</small>" if said else ""
    return (
        f'<li class="moment moment-{state}"><time datetime="{esc(event["at"])}" title="{esc(full_clock(event["at"], who))}">'
        f"{esc(clock(event['at'], who, now))}</time><div><b>{esc(words)}</b>{under}</div></li>"
    )


def _said(event: EventRow, names: dict[int, str], t: Text) -> str:
    """What an event tells beside its kind, in one line."""
    data = event["data"]
    parts: list[str] = []
    if isinstance(data.get("file"), int):
        parts.append(names.get(data["file"], f"#{data['file']}"))
    if isinstance(data.get("files"), int):
        parts.append(t("file_one") if data["files"] == 1 else t("file_many", n=data["files"]))
    if isinstance(data.get("segments"), int):
        parts.append(t("sentences", n=grouped(data["segments"])))
    if "was" in data and "priority" in data:
        parts.append(f"{data['was']} → {data['priority']}")
    for key in ("gpu", "translator", "model", "reason", "code", "error_code", "message"):
        if data.get(key) and not (key == "translator" and data.get("gpu")):
            parts.append(str(data[key])[:200])
    return " · ".join(parts)


def _work(story: Story, who: Visitor, now: datetime) -> str:
    t = who.text
    if not story.work:
        return f'<p class="quiet">{esc(t("gpus_none"))}</p>'
    most = max(1, *(one.sentences for one in story.work.values()))
    rows = "".join(
        f'<li><div class="meta"><b>{esc(name)}</b><span class="num">{esc(t("sentences", n=grouped(one.sentences)))}</span></div>'
        f"{bar(100 * one.sentences / most, 'processing', name)}"
        f"<small>{esc(t('gpu_line', chunks=one.chunks, time=duration(one.seconds, t), last=clock(one.last, who, now)))}"
        f"{esc(' · ' + t('gpu_failed', n=one.failed)) if one.failed else ''}</small></li>"
        for name, one in sorted(story.work.items())
    )
    return f'<ul class="work">{rows}</ul>'


def _attempts(story: Story, who: Visitor, now: datetime) -> str:
    """Only where there was more than one."""
    if len(story.attempts) < 2:
        return ""
    t = who.text
    rows = []
    for n, one in sorted(story.attempts.items(), reverse=True):
        took = elapsed(one.started, one.ended, now)
        end = pill(one.how, t) if one.how else pill("processing", t)
        rows.append(
            f"<li><span>{esc(t('attempt', n=n))}</span>{end}"
            f"<small>{esc(clock(one.started, who, now))} · {esc(duration(took, t))}</small></li>"
        )
    return f'<section class="panel"><h2>{esc(t("attempts"))}</h2><ul class="attempts">{"".join(rows)}</ul></section>'
