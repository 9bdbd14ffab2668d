"""Source and translation side by side, with the doubts marked and a way to correct them: as HTML, and what its buttons do."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from ui.client import ConsoleClient, FileRow, TaskDetail
from ui.errors import explain
from ui.html import ACTIVE, browser_tag, button, esc, number, problem, typed
from ui.locale import Visitor
from ui.text import Text
from ui.work_rows import SegmentPage, SegmentRow

PAGE_SENTENCES = 25

SHOW_JS = """
let shown = '';
watch('value', () => {
  const section = element.querySelector('.preview'), key = section ? section.dataset.key : '';
  if (key && key !== shown) {
    section.querySelector('h2').focus({preventScroll: true});
    section.scrollIntoView({block: 'start'});
  }
  shown = key;
});
"""
"""A file that has just been opened is brought before the visitor's eyes; turning its pages moves nothing."""


@dataclass(frozen=True)
class Preview:
    """What is looked at: a file, the pages turned (`after` of each), one doubt only, a sentence that is being corrected."""

    task_id: str
    file: int = 1
    pages: tuple[int, ...] = ()
    flag: str = ""
    edited: int = 0
    trouble: str = field(default="", compare=False)

    @property
    def after(self) -> int:
        return self.pages[-1] if self.pages else 0


def step(view: Preview, action: str, said: str, n: int, page: SegmentPage | None) -> Preview:
    """Where a button leads that changes nothing. said: what else it carries, a flag."""
    if action == "flag":
        return Preview(view.task_id, view.file, flag=said)
    if action == "file" and n:
        return Preview(view.task_id, n)
    if action == "before":
        return replace(view, pages=view.pages[:-1], edited=0)
    if action == "behind" and page is not None and page["next_after"] is not None:
        return replace(view, pages=(*view.pages, page["next_after"]), edited=0)
    if action == "edit":
        return replace(view, edited=n)
    return replace(view, edited=0)


async def act(client: ConsoleClient, view: Preview, event: Any, action: str, said: str, who: Visitor) -> Preview:
    """What one of its buttons does."""
    n = number(event)
    view = replace(view, trouble="")
    try:
        if action == "save" and n:
            await client.correct(view.task_id, view.file, n, " ".join(typed(event).split()))
            return replace(view, edited=0)
        page = await _page(client, view) if action == "behind" else None
    except Exception as error:
        return replace(view, trouble=problem(explain(error, who.text)))
    return step(view, action, said, n, page)


async def _page(client: ConsoleClient, view: Preview) -> SegmentPage:
    return await client.segments(view.task_id, view.file, view.after, PAGE_SENTENCES, view.flag or None)


async def draw(client: ConsoleClient, view: Preview, who: Visitor, *, closable: bool) -> str:
    """Never raises: what cannot be had is told in its place."""
    t = who.text
    try:
        task = await client.task(view.task_id)
        page = await _page(client, view)
    except Exception as error:
        return _frame(view, problem(explain(error, t)), "", t, closable)
    found = next((one for one in task["files"] if one["n"] == view.file), None)
    head = _head(task, found, view, t)
    return _frame(view, view.trouble + _table(task, page, view, t) + _pager(page, view, t), head, t, closable)


def _frame(view: Preview, inner: str, head: str, t: Text, closable: bool) -> str:
    close = (
        f'<button type="button" class="btn btn-plain btn-x" data-action="close" aria-label="{esc(t("close"))}">✕</button>'
        if closable
        else ""
    )
    key = f"{esc(view.task_id)}/{view.file}"
    return (
        f'<section class="preview" data-key="{key}" aria-label="{esc(t("preview_title"))}">'
        f'<div class="preview-head"><h2 tabindex="-1">{esc(t("preview_title"))}</h2>{close}</div>{head}{inner}</section>'
    )


def _head(task: TaskDetail, found: FileRow | None, view: Preview, t: Text) -> str:
    """Which file, of several; which doubts there are."""
    files = ""
    if len(task["files"]) > 1:
        files = "".join(
            button("file", "", one["name"], kind="chip", n=one["n"], more=_pressed(one["n"] == view.file))
            for one in task["files"]
            if one["segments_total"]
        )
    elif found is not None:
        files = f'<span class="file-name">{esc(found["name"])}</span>'
    counts = (found.get("flags") if found else None) or {}
    doubts = ""
    if counts:
        chips = [button("flag", "", t("all_sentences"), kind="chip", more=_pressed(not view.flag))]
        chips += [
            button("flag", flag, f"{_doubt(flag, t)} {count}", kind="chip", more=_pressed(view.flag == flag))
            for flag, count in sorted(counts.items())
        ]
        doubts = f'<div class="chips" role="group" aria-label="{esc(t("filter_doubts"))}">{"".join(chips)}</div>'
    return f'<div class="chips">{files}</div>{doubts}'


def _pressed(on: bool) -> str:
    return f' aria-pressed="{"true" if on else "false"}"'


def _doubt(flag: str, t: Text) -> str:
    return t(f"flag_{flag}") if f"flag_{flag}" in t else flag


def _table(task: TaskDetail, page: SegmentPage, view: Preview, t: Text) -> str:
    rows = page["segments"]
    if not rows:
        words = t("preview_waiting") if task["status"] in ACTIVE else t("preview_empty")
        return f'<div class="empty"><p>{esc(words)}</p></div>'
    source, target = t.language_name(task["source_lang"]), t.language_name(task["target_lang"])
    inner = "".join(_sentence(task, row, view, t) for row in rows)
    return (
        f'<div class="segs" role="table" aria-label="{esc(t("preview_title"))}"><div class="seg seg-head" role="row">'
        f'<span role="columnheader">#</span><span role="columnheader">{esc(source)}</span>'
        f'<span role="columnheader">{esc(target)}</span></div>{inner}</div>'
    )


def _sentence(task: TaskDetail, row: SegmentRow, view: Preview, t: Text) -> str:
    n = row["n"]
    marks = "".join(f'<span class="flag">{esc(_doubt(one, t))}</span>' for one in row["flags"])
    if row["origin"] in ("correction", "memory", "adapted"):
        marks += f'<span class="flag flag-calm">{esc(t("origin_" + str(row["origin"])))}</span>'
    if n == view.edited and row["target"] is not None:
        cell = (
            f'<textarea rows="3" aria-label="{esc(t("correct_label"))}" lang="{browser_tag(task["target_lang"])}">'
            f"{esc(row['target'])}</textarea><div class='actions'>"
            f"{button('save', '', t('save'), kind='btn-primary btn-small', n=n)}"
            f"{button('stop', '', t('back'), kind='btn-small')}</div>"
        )
    elif row["target"] is None:
        cell = f'<span class="quiet">{esc(t("untranslated"))}</span>'
    else:
        cell = f'<span lang="{browser_tag(task["target_lang"])}">{esc(row["target"])}</span>' + button(
            "edit", "", t("correct"), label=t("correct_named", n=n), kind="btn-small btn-plain seg-edit", n=n
        )
    doubtful = " seg-doubtful" if row["flags"] else ""
    return (
        f'<div class="seg{doubtful}" role="row" data-n="{n}"><span class="num" role="cell">{n}</span>'
        f'<span role="cell" lang="{browser_tag(task["source_lang"])}">{esc(row["source"])}</span>'
        f'<div role="cell"><div class="seg-target">{cell}</div>{f"<div class=marks>{marks}</div>" if marks else ""}</div></div>'
    )


def _pager(page: SegmentPage, view: Preview, t: Text) -> str:
    if not view.pages and page["next_after"] is None:
        return ""
    before = "" if view.pages else " disabled"
    behind = "" if page["next_after"] is not None else " disabled"
    return (
        f'<nav class="pager"><button type="button" class="btn" data-action="before"{before}>← {esc(t("page_before"))}</button>'
        f'<span class="num">{esc(t("page", n=len(view.pages) + 1))}</span>'
        f'<button type="button" class="btn" data-action="behind"{behind}>{esc(t("page_behind"))} →</button></nav>'
    )
