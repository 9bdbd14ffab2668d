"""Small pieces of markup. Every value from outside goes through `esc` here, so that a file name stays text."""

from __future__ import annotations

import re
from html import escape
from typing import Any
from urllib.parse import quote

from ui.client import FileRow, TaskDetail, TaskRow
from ui.errors import Problem, explain_code
from ui.format import size
from ui.text import Text

STATUSES = ("pending", "processing", "completed", "failed", "cancelled", "timeout")
ACTIVE = frozenset({"pending", "processing"})
# The service knows 0 to 9 and gives 5 to whoever says nothing.
PRIORITIES = {2: "priority_low", 5: "priority_normal", 8: "priority_high"}
RETRYABLE = frozenset({"failed", "cancelled", "timeout"})
_TASK_ID = re.compile(r"[A-Za-z0-9._:-]{1,80}")

# Clicks inside the markup become one Gradio event; the row or button says what it means in data attributes.
CLICK_JS = """
element.addEventListener('click', (event) => {
  if (event.target.closest('a[href]') || event.target.closest('label') || event.target.closest('textarea')) return;
  const hit = event.target.closest('[data-action]');
  if (!hit || hit.disabled) return;
  event.preventDefault();
  const said = {action: hit.dataset.action, task: hit.dataset.task || '', n: hit.dataset.n || ''};
  const field = hit.closest('.seg') && hit.closest('.seg').querySelector('textarea');
  if (field) said.text = field.value;
  if (!hit.dataset.ask) { trigger('action', said); return; }
  const {ask, askBody, askOk, askBack} = hit.dataset;
  khAsk({title: ask, body: askBody || '', ok: askOk, back: askBack}).then((yes) => yes && trigger('action', said));
});
element.addEventListener('click', (event) => {
  const copy = event.target.closest('[data-copy]');
  if (copy) khCopy(copy, element.querySelector(copy.dataset.copy).innerText);
});
"""


def esc(value: object) -> str:
    return escape(str(value), quote=True)


def is_task_id(value: object) -> bool:
    """Ids come back from the browser: only harmless ones are ever sent on."""
    return isinstance(value, str) and _TASK_ID.fullmatch(value) is not None


def clicked(event: Any) -> tuple[str, str]:
    """(action, task id) of a click that CLICK_JS reported; '' for what is missing or not harmless."""
    data = event._data if isinstance(event._data, dict) else {}
    task_id = data.get("task")
    return str(data.get("action") or ""), task_id if isinstance(task_id, str) and is_task_id(task_id) else ""


def number(event: Any, most: int = 1_000_000) -> int:
    """-> the number that a click carries, 0 for none."""
    given = str(event._data.get("n", "")) if isinstance(event._data, dict) else ""
    return min(int(given), most) if given.isascii() and given.isdigit() and len(given) < 10 else 0


def typed(event: Any, most: int = 10_000) -> str:
    """-> the text of the field beside the button that was pressed."""
    given = event._data.get("text") if isinstance(event._data, dict) else ""
    return given[:most] if isinstance(given, str) else ""


def pill(status: str, t: Text) -> str:
    known = status if status in STATUSES else "pending"
    return f'<span class="pill pill-{known}"><i></i>{esc(t(f"status_{known}"))}</span>'


def bar(progress: float, status: str, label: str) -> str:
    """A progress bar; the width moves by CSS transition because Gradio patches the element instead of replacing it."""
    value = min(100.0, max(0.0, float(progress)))
    shown = 100.0 if status == "completed" else value
    state = esc(status if status in STATUSES else "pending")
    return (
        f'<div class="bar bar-{state}" role="progressbar" aria-valuemin="0" aria-valuemax="100" '
        f'aria-valuenow="{shown:.0f}" aria-label="{esc(label)}"><i style="width:{shown:.1f}%"></i></div>'
    )


def pair(row: TaskRow, t: Text) -> str:
    via = f" <small>{esc(t('via_short'))}</small>" if row["via_eng"] else ""
    source, target = t.language_name(row["source_lang"]), t.language_name(row["target_lang"])
    return f'<span class="pair">{esc(source)} <b aria-hidden="true">→</b> {esc(target)}{via}</span>'


def browser_tag(code: str) -> str:
    """Of one of our languages, for the browser's choice of letters: Han characters differ by language."""
    return {"cmn_Hans": "zh-Hans", "cmn_Hant": "zh-Hant", "mon_Cyrl": "mn", "mon_Mong": "mn-Mong"}.get(code, "en")


def button(
    action: str, task_id: str, words: str, *, label: str = "", kind: str = "", n: int = 0, more: str = ""
) -> str:
    """more: attributes, written by us."""
    aria = f' aria-label="{esc(label)}"' if label else ""
    nth = f' data-n="{n}"' if n else ""
    return (
        f'<button type="button" class="btn {kind}" data-action="{esc(action)}" data-task="{esc(task_id)}"{nth}{aria}{more}>'
        f"{esc(words)}</button>"
    )


def asking(title: str, body: str, ok: str, t: Text) -> str:
    """-> what makes a button ask before it does anything. The page writes them as markup, so they are escaped twice."""
    said = {"ask": title, "ask-body": body, "ask-ok": ok, "ask-back": t("back")}
    return "".join(f' data-{name}="{esc(esc(words))}"' for name, words in said.items())


def problem(what: Problem, kind: str = "error") -> str:
    """The designed error: a title, what to do, and the service's own words where they add something."""
    extra = f'<p class="extra">{esc(what.extra)}</p>' if what.extra else ""
    code = f' data-code="{esc(what.code)}"' if what.code else ""
    role = "alert" if kind == "error" else "status"
    return (
        f'<div class="note note-{kind}" role="{role}"{code}><strong>{esc(what.title)}</strong>'
        f"<p>{esc(what.body)}</p>{extra}</div>"
    )


def download_path(task_id: str, row: FileRow) -> str:
    """The service's own path when it is a path on this host, never a foreign address."""
    given = row.get("download")
    if given and given.startswith("/") and not given.startswith("//") and "\\" not in given:
        return given
    return f"/tasks/{quote(task_id, safe='')}/files/{int(row['n'])}"


def has_result(row: FileRow) -> bool:
    return bool(row.get("result_name"))


def file_line(task: TaskRow, row: FileRow, t: Text, *, preview: bool = True) -> str:
    """One file of a task: its name, then what can be done with it or how far it is. preview: with a button for it."""
    status = row["status"]
    if has_result(row):
        name = str(row["result_name"])
        right = _downloads(task["task_id"], row, t)
        under = f'<span class="sub" title="{esc(name)}">{esc(name)}</span>'
    elif status in ("failed", "timeout") or row.get("error_message"):
        right = f'<span class="quiet bad">{esc(t("file_failed"))}</span>'
        under = f'<span class="sub bad">{esc(row["error_message"])}</span>' if row.get("error_message") else ""
    elif row["segments_total"] and task["status"] in ACTIVE:
        share = 100.0 * row["segments_done"] / row["segments_total"]
        right = f'<span class="quiet num">{share:.0f}%</span>'
        under = bar(share, "processing", row["name"])
    else:
        words = t("file_waiting") if task["status"] in ACTIVE else ""
        right = f'<span class="quiet">{esc(words)}</span>'
        under = f'<span class="sub">{esc(size(row["size"]))}</span>'
    return (
        '<li class="file"><div class="file-main">'
        f'<span class="file-name" title="{esc(row["name"])}">{esc(row["name"])}</span>'
        f'{under}</div><div class="file-side">{_preview(task, row, t) if preview else ""}{right}</div></li>'
    )


def _preview(task: TaskRow, row: FileRow, t: Text) -> str:
    if not row["segments_total"]:
        return ""
    return button(
        "preview",
        task["task_id"],
        t("preview"),
        label=t("preview_named", name=row["name"]),
        kind="btn-small btn-plain",
        n=row["n"],
    )


def _downloads(task_id: str, row: FileRow, t: Text) -> str:
    """A link to each thing that was written of the file: the first one large."""
    name, first = str(row["result_name"]), download_path(task_id, row)
    weight = f" <small>{esc(size(row['result_size']))}</small>" if row.get("result_size") is not None else ""
    links = [
        f'<a class="btn btn-primary btn-small" href="{esc(first)}" download="{esc(name)}" '
        f'aria-label="{esc(t("download_named", name=name))}">{esc(t("download"))}{weight}</a>'
    ]
    for more in row.get("results", ())[1:]:
        href = f"{first}?kind={quote(more['kind'], safe='')}"
        words = t(f"kind_{more['kind']}") if f"kind_{more['kind']}" in t else more["kind"]
        links.append(
            f'<a class="btn btn-small" href="{esc(href)}" download="{esc(more["name"])}" '
            f'aria-label="{esc(t("download_named", name=more["name"]))}">{esc(words)}</a>'
        )
    return "".join(links)


def failure(row: TaskDetail, t: Text) -> str:
    """Why a task ended badly and what to do; empty for any other task."""
    if row["status"] == "cancelled":
        return f'<p class="meta">{esc(t("cancelled_note"))}</p>'
    if row["status"] not in ("failed", "timeout"):
        return ""
    title = t("failed_title") if row["status"] == "failed" else t("timeout_title")
    message = row["error_message"] or ""
    at_fault = [one["name"] for one in row["files"] if one["status"] == "failed"] or [f["name"] for f in row["files"]]
    told = explain_code(row["error_code"] or "", message, t, {"name": at_fault[0]} if len(at_fault) == 1 else None)
    body = t("timeout_note") if row["status"] == "timeout" else told.body
    extra = message if message and message != body else ""
    return problem(Problem(title, body, extra, row["error_code"] or ""))


def flagged(row: TaskRow, t: Text) -> str:
    count = row["segments_flagged"]
    if not count:
        return ""
    words = t("flagged_one") if count == 1 else t("flagged", n=count, total=row["segments_total"])
    return f'<p class="meta warn">{esc(words)}</p>'


def zip_link(task_id: str, t: Text) -> str:
    return (
        f'<a class="btn" href="/download-all?task_id={quote(task_id, safe="")}" download>{esc(t("download_all"))}</a>'
    )
