"""Notes of the Translate page: what can be added, which model answers, what was refused. Pure."""

from __future__ import annotations

from ui.client import Languages
from ui.errors import Problem
from ui.format import size
from ui.html import esc, problem
from ui.text import Text, everywhere
from ui.work_rows import FormatRow


def formats_hint(answer: Languages, formats: list[FormatRow], t: Text) -> str:
    """What can be added, in words; the suffixes on demand, since there are forty."""
    limit = answer.get("max_file_size")
    words = t("files_hint_max", n=len(formats), size=size(limit)) if limit else t("files_hint", n=len(formats))
    listed = " ".join(sorted({suffix for one in formats for suffix in one["suffixes"]}))
    return f'<details class="hint"><summary>{esc(words)}</summary><p>{esc(listed)}</p></details>'


STARTER = (
    '<div class="note note-hint" role="status" data-code="starter">'
    f"<strong>{everywhere('starter_title')}</strong><p>{everywhere('starter_body')}</p></div>"
)


def starter(answer: Languages, t: Text) -> str:
    if not answer["model"]["starter"]:
        return ""
    return problem(Problem(t("starter_title"), t("starter_body"), code="starter"), "hint")


def refusals(sentences: list[str], t: Text) -> str:
    if not sentences:
        return ""
    lines = "".join(f"<li>{esc(sentence)}</li>" for sentence in sentences)
    return f'<div class="note note-error" role="alert"><strong>{esc(t("error_title"))}</strong><ul>{lines}</ul></div>'
