"""What both operators' pages have: buttons that ask back, the server's state with its buttons, and quiet pieces of markup."""

from __future__ import annotations

from ui.html import button, esc
from ui.operator_client import HeldQueue
from ui.text import Text

# As ui.html.CLICK_JS, and besides: a button with data-confirm asks back before it does anything, and a button in a
# data-form takes along what is written in it. Copying works without a secure context, too.
ACTION_JS = """
const disarm = (hit) => {
  if (hit.dataset.armed === undefined) return;
  hit.textContent = hit.dataset.armed; delete hit.dataset.armed; hit.classList.remove('btn-danger');
};
element.addEventListener('click', (event) => {
  const copy = event.target.closest('[data-copy]');
  if (copy) {
    const field = document.getElementById(copy.dataset.copy);
    field.select();
    const done = () => { copy.textContent = copy.dataset.copied; };
    if (navigator.clipboard) navigator.clipboard.writeText(field.value).then(done);
    else if (document.execCommand('copy')) done();
    return;
  }
  if (event.target.closest('a[href]')) return;
  const hit = event.target.closest('[data-action]');
  if (!hit || hit.disabled) return;
  event.preventDefault();
  if (hit.dataset.confirm && hit.dataset.armed === undefined) {
    hit.dataset.armed = hit.textContent; hit.textContent = hit.dataset.confirm; hit.classList.add('btn-danger');
    hit.addEventListener('blur', () => disarm(hit), {once: true});
    setTimeout(() => disarm(hit), 6000);
    return;
  }
  const form = hit.closest('[data-form]');
  const field = form && form.querySelector('input');
  disarm(hit);
  trigger('action', {action: hit.dataset.action, task: hit.dataset.task || (field ? field.value : '')});
});
element.addEventListener('keydown', (event) => {
  const form = event.key === 'Enter' && event.target.matches('input') && event.target.closest('[data-form]');
  if (form) { event.preventDefault(); form.querySelector('[data-action]').click(); }
});
"""

HOLDS = ("pause", "drain", "resume")


def asking(action: str, target: str, words: str, sure: str, *, label: str = "") -> str:
    """A button that asks back."""
    made = button(action, target, words, label=label, kind="btn-small")
    return made.replace("<button ", f'<button data-confirm="{esc(sure)}" ', 1)


def state_of(queue: HeldQueue) -> str:
    return "paused" if queue["paused"] else "draining" if queue["draining"] else "working"


def state_bar(queue: HeldQueue, t: Text, *, may_change: bool) -> str:
    """Whether the server works, is paused or drains, and for operators what can be done about it."""
    state = state_of(queue)
    pill = {"working": "completed", "paused": "failed", "draining": "processing"}[state]
    buttons = ""
    if may_change:
        held: tuple[str, ...] = {
            "working": ("pause", "drain"),
            "paused": ("resume", "drain"),
            "draining": ("resume", "pause"),
        }[state]
        if queue["paused"] and queue["draining"]:
            held = ("resume",)
        buttons = f'<div class="actions">{"".join(button(one, "", t(f"act_{one}")) for one in held)}</div>'
    return (
        f'<div class="op-state" data-state="{state}"><span class="pill pill-{pill}"><i></i>{esc(t(f"state_{state}"))}</span>'
        f'<p class="hint">{esc(t(f"state_{state}_note"))}</p>{buttons}</div>'
    )


def empty(title: str, body: str) -> str:
    return f'<div class="empty"><h3>{esc(title)}</h3><p>{esc(body)}</p></div>'


def table(columns: list[tuple[str, str]], rows: list[list[str]], *, kind: str) -> str:
    """columns: (class, words); rows: cells that are markup already. On a phone each row is a card, its cells named."""
    head = "".join(f'<th scope="col" class="{name}">{esc(words)}</th>' for name, words in columns)
    body = "".join(
        "<tr>"
        + "".join(
            f'<td class="{name}" data-label="{esc(words)}">{cell}</td>'
            for (name, words), cell in zip(columns, row, strict=True)
        )
        + "</tr>"
        for row in rows
    )
    return f'<table class="op-table {kind}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
