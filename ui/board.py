"""The Tasks page as HTML: table, empty state, paging, and the detail beside it. Pure: rows in, HTML out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from ui.cards import name_of, stage_line
from ui.client import QueueStatus, TaskDetail, TaskPage
from ui.errors import Problem
from ui.facts import facts
from ui.format import ago, clock, duration, elapsed, full_clock, size
from ui.html import (
    ACTIVE,
    RETRYABLE,
    bar,
    button,
    esc,
    failure,
    file_line,
    flagged,
    has_result,
    is_task_id,
    pair,
    pill,
    problem,
    zip_link,
)
from ui.locale import Visitor
from ui.text import Text


@dataclass(frozen=True)
class View:
    """What the visitor looks at: one cursor for each page that was turned, the chosen task, the only client shown."""

    cursors: tuple[str, ...] = ()
    selected: str | None = None
    filtered: bool = False
    client: str = ""


@dataclass(frozen=True)
class Content:
    """One refresh. `detail` is None when nothing is chosen; a problem takes its place when it could not be had."""

    page: TaskPage
    queue: QueueStatus
    detail: TaskDetail | None = None
    trouble: Problem | None = None


def board(content: Content, view: View, who: Visitor, now: datetime) -> str:
    t = who.text
    queue = content.queue
    summary = t("summary", **{k: queue[k] for k in ("processing", "pending", "completed")})
    rows = content.page["tasks"]
    main = table(rows, view, who, now) + pager(content.page, view, t) if rows else empty(view, t)
    side = aside(content, who, now) if view.selected else ""
    split = " has-detail" if side else ""
    body = f'<div class="board{split}"><div class="board-main">{main}</div>{side}</div>'
    only = ""
    if view.client:
        words = t("only_client", client=view.client)
        only = f'<span class="chips">{button("client", "", f"{words} ✕", kind="chip", label=t("every_client"))}</span>'
    return f'<p class="summary">{esc(summary)}{only}</p>{body}'


def step(view: View, action: str, said: str) -> View:
    """Where a button of the board leads that asks nothing of the service."""
    if action == "select" and said:
        return replace(view, selected=None if view.selected == said else said)
    if action == "close":
        return replace(view, selected=None)
    if action == "newer":
        return replace(view, cursors=view.cursors[:-1])
    return view


def table(rows: list[TaskDetail], view: View, who: Visitor, now: datetime) -> str:
    t = who.text
    keys = ("col_status", "col_files", "col_pair", "col_progress", "col_created", "col_duration", "col_client")
    mark = f'<th scope="col" class="col_mark"><span class="unseen">{esc(t("mark"))}</span></th>'
    head = mark + "".join(f'<th scope="col" class="{key}">{esc(t(key))}</th>' for key in keys)
    body = "".join(table_row(row, view, who, now) for row in rows)
    return f'<table class="tasks"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def table_row(row: TaskDetail, view: View, who: Visitor, now: datetime) -> str:
    t, task_id = who.text, row["task_id"]
    chosen = task_id == view.selected
    name = name_of(row, t)
    took = elapsed(row["started_at"], row["completed_at"], now)
    when = ago(row["created_at"], now, t)
    percent = 100.0 if row["status"] == "completed" else row["progress"]
    cells = (
        ("col_status", pill(row["status"], t)),
        (
            "col_files",
            f'<button type="button" class="row-name" data-action="select" data-task="{esc(task_id)}" '
            f'aria-expanded="{"true" if chosen else "false"}" title="{esc(name)}">{esc(name)}</button>'
            f"<small>{esc(size(row['total_file_size']))}</small>",
        ),
        ("col_pair", pair(row, t)),
        ("col_progress", f'{bar(row["progress"], row["status"], name)}<span class="num">{percent:.0f}%</span>'),
        (
            "col_created",
            f'<time datetime="{esc(row["created_at"])}" title="{esc(full_clock(row["created_at"], who))}">'
            f"{esc(clock(row['created_at'], who, now))} <small>{esc(when)}</small></time>",
        ),
        ("col_duration", f'<span class="num">{esc(duration(took, t)) if took is not None else "–"}</span>'),
        (
            "col_client",
            _client(row["client_ip"], t),
        ),
    )
    box = (
        f'<td class="col_mark"><label><input type="checkbox" data-mark="{esc(task_id)}" '
        f'aria-label="{esc(t("mark_named", name=name))}"></label></td>'
    )
    inner = box + "".join(f'<td class="{key}" data-label="{esc(t(key))}">{value}</td>' for key, value in cells)
    mark = ' class="chosen"' if chosen else ""
    return f'<tr{mark} data-action="select" data-task="{esc(task_id)}" data-status="{esc(row["status"])}">{inner}</tr>'


def short(client: str | None) -> str:
    """A random client id is shortened; an address or a name that people gave stays whole."""
    if not client:
        return "–"
    return client if len(client) <= 16 else f"{client[:8]}…"


def _client(client: str | None, t: Text) -> str:
    """A button that shows this client's tasks only, where the name is one that can be sent on."""
    if not client or not is_task_id(client):
        return f'<span class="client" title="{esc(client or "")}">{esc(short(client))}</span>'
    return (
        f'<button type="button" class="row-client" data-action="client" data-task="{esc(client)}" '
        f'title="{esc(t("only_client", client=client))}">{esc(short(client))}</button>'
    )


def empty(view: View, t: Text) -> str:
    if view.filtered or view.cursors:
        words, more = t("tasks_empty_filter"), t("tasks_empty_filter_body")
        act = button("show_all", "", t("show_all"))
    else:
        words, more = t("tasks_empty"), t("tasks_empty_body")
        act = f'<a class="btn btn-primary" href="./">{esc(t("tasks_empty_action"))}</a>'
    return f'<div class="empty empty-big"><h3>{esc(words)}</h3><p>{esc(more)}</p>{act}</div>'


def pager(page: TaskPage, view: View, t: Text) -> str:
    if not view.cursors and not page["next_cursor"]:
        return ""
    newer = " disabled" if not view.cursors else ""
    older = " disabled" if not page["next_cursor"] else ""
    return (
        f'<nav class="pager"><button type="button" class="btn" data-action="newer"{newer}>← {esc(t("newer"))}</button>'
        f'<span class="num">{esc(t("page", n=len(view.cursors) + 1))}</span>'
        f'<button type="button" class="btn" data-action="older"{older}>{esc(t("older"))} →</button></nav>'
    )


def aside(content: Content, who: Visitor, now: datetime) -> str:
    t = who.text
    close = (
        '<button type="button" class="btn btn-plain btn-close" data-action="close" '
        f'aria-label="{esc(t("close"))}">✕</button>'
    )
    row = content.detail
    if row is None:
        inner = problem(content.trouble or Problem(t("gone_title"), t("gone_body")))
        head = f'<div class="detail-head">{close}</div>'
        return f'<aside class="detail" aria-label="{esc(t("detail_title"))}">{head}{inner}</aside>'
    actions: list[str] = []
    if sum(has_result(one) for one in row["files"]) > 1:
        actions.append(zip_link(row["task_id"], t))
    if row["status"] in ACTIVE:
        actions.append(button("cancel", row["task_id"], t("cancel")))
    if row["status"] in RETRYABLE:
        actions.append(button("retry", row["task_id"], t("retry")))
    actions.insert(0, f'<a class="btn btn-primary" href="task?id={esc(row["task_id"])}">{esc(t("open_task"))}</a>')
    files = "".join(file_line(row, one, t, preview=False) for one in row["files"])
    progress = bar(row["progress"], row["status"], name_of(row, t)) if row["status"] in ACTIVE else ""
    return (
        f'<aside class="detail" aria-label="{esc(t("detail_title"))}" data-task="{esc(row["task_id"])}">'
        f'<div class="detail-head"><h3>{esc(name_of(row, t))}</h3>{close}</div>'
        f'<p class="meta">{pill(row["status"], t)}<span>{esc(stage_line(row, who, now))}</span></p>{progress}'
        f'{failure(row, t)}{flagged(row, t)}<ul class="files">{files}</ul><div class="actions">{"".join(actions)}</div>'
        f"{facts(row, who)}</aside>"
    )
