"""What is known of the files before a task is made of them, as HTML. Pure."""

from __future__ import annotations

from ui.choices import AUTO
from ui.errors import explain_code
from ui.format import duration, remaining, size
from ui.html import button, esc
from ui.text import Text
from ui.upload import Added, Pile, Sum, summed
from ui.work_rows import FileReport

UNCLEAR = frozenset({"language_unknown", "language_unsupported"})
"""Problems that go away when the visitor says which language it is."""


def blocks(one: Added, source: str | None, output: str) -> bool:
    """Would a task with this file be refused?"""
    if one.report is None:
        return False
    if (problem := one.report.get("problem")) is not None:
        return problem["code"] not in UNCLEAR or source == AUTO
    return output != "translated" and "bilingual" not in one.report.get("outputs", ())


def listing(pile: Pile, source: str | None, output: str, t: Text) -> str:
    """Every file with what was found, and all of them together; empty when there are none."""
    if not pile.files:
        return ""
    rows = "".join(_row(one, source, output, t) for one in pile.files)
    refused = any(one.refused for one in pile.files)
    drop_bad = button("drop_refused", "", t("drop_refused"), kind="btn-small") if refused else ""
    clear = button("clear", "", t("drop_clear"), kind="btn-small btn-plain")
    return (
        f'<div class="pile"><ul class="chosen" tabindex="0" aria-label="{esc(t("files_label"))}">{rows}</ul>'
        f'<div class="pile-sum"><p class="meta" role="status">{esc(_sum(pile, t))}</p>'
        f'<div class="actions">{drop_bad}{clear}</div></div></div>'
    )


def _sum(pile: Pile, t: Text) -> str:
    looking = sum(one.report is None for one in pile.files)
    if looking:
        return t("looking_many", n=looking)
    found: Sum = summed(pile.files)
    parts = [t("file_one") if found.files == 1 else t("file_many", n=found.files)]
    if found.files:
        parts += [t("sentences", n=grouped(found.segments)), t("characters", n=grouped(found.characters))]
    if found.seconds is not None and found.files:
        parts.append(t("about", time=_time(found.seconds, t)))
    if found.refused:
        parts.append(t("refused_many", n=found.refused))
    return " · ".join(parts)


def _time(seconds: float, t: Text) -> str:
    return duration(max(1.0, seconds), t) if seconds < 10 else remaining(seconds, t)


def grouped(count: int) -> str:
    """Thousands apart, by a narrow space: right in all three languages."""
    return f"{count:,}".replace(",", "\u202f")


def _row(one: Added, source: str | None, output: str, t: Text) -> str:
    bad = blocks(one, source, output)
    state = "looking" if one.report is None else "bad" if bad else "ok"
    notes = "".join(f'<span class="sub {kind}">{esc(words)}</span>' for kind, words in _lines(one, source, output, t))
    remove = (
        f'<button type="button" class="btn btn-plain btn-x" data-action="remove" data-task="{one.key}" '
        f'aria-label="{esc(t("drop_remove_named", name=one.name))}">✕</button>'
    )
    return (
        f'<li class="chosen-file" data-state="{state}"><div class="file-main">'
        f'<span class="file-name" title="{esc(one.name)}">{esc(one.name)}</span>{notes}</div>{remove}</li>'
    )


def _lines(one: Added, source: str | None, output: str, t: Text) -> list[tuple[str, str]]:
    """(css class, sentence)"""
    report = one.report
    if report is None:
        return [("", t("looking"))]
    problem = report.get("problem")
    if problem is not None:
        told = explain_code(problem["code"], problem["detail"], t, {"name": one.name})
        kind = "bad" if problem["code"] not in UNCLEAR or source == AUTO else "warn"
        return [(kind, told.extra or told.body)]
    lines = [("", _facts(report, t))]
    found = report.get("language")
    if found and source not in (None, AUTO, found):
        lines.append(("warn", t("other_language", found=language(found, t), chosen=t.language_name(str(source)))))
    if report.get("untouched"):
        lines.append(("", t("untouched", n=len(report.get("untouched", ())))))
    if output != "translated" and "bilingual" not in report.get("outputs", ()):
        lines.append(("bad", t("not_bilingual")))
    return lines


def _facts(report: FileReport, t: Text) -> str:
    parts = [(report.get("format") or "").upper()]
    if found := report.get("language"):
        parts.append(language(found, t))
    parts += [
        t("sentences", n=grouped(report.get("segments") or 0)),
        t("characters", n=grouped(report.get("characters") or 0)),
    ]
    if (seconds := report.get("estimated_seconds")) is not None:
        parts.append(t("about", time=_time(seconds, t)))
    parts.append(size(report["size"]))
    return " · ".join(part for part in parts if part)


def language(code: str, t: Text) -> str:
    """One of ours by its name, another by its code: ru, menksoft."""
    return t.language_name(code)
