"""A document's paragraphs as the sentences that a task stores and sends. Runs in a document worker."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from documents.errors import FileDamaged
from documents.model import Unit
from translation.segmentation import Sentence, split, without_mark
from translation.sorting import Plan, ScriptWatch, Sorted, language_of_paragraph, plan_for, sort
from translation.terms import Matcher

Units = Callable[[], Iterator[Unit]]

_NO_TEXT = re.compile("[\x00\ud800-\udfff]")
"""NUL, which PostgreSQL does not store, and halves of a surrogate pair, which cannot be written as UTF-8: JSON can name both."""

Row = list[Any]
"""[unit, lead, source, align, same_as, target, language, flags, notes, context, terms] of a sentence. target: None where it is
to be translated; language: '' for that of the task; context: of its unit, None for none; terms: of the glossary, None for
none."""


@dataclass
class Figures:
    """missing: sentences to be translated, repeated ones once; chars: theirs."""

    segments: int = 0
    missing: int = 0
    chars: int = 0
    flagged: int = 0
    notes: Counter[str] = field(default_factory=Counter)


def plan_of(units: Units, source: str, target: str, sources: list[str]) -> Plan:
    """Raises what `plan_for` does."""
    return plan_for(source, target, sources, lambda: (unit.text for unit in units()))


def refuse_languages(units: Units, source: str, target: str, sources: list[str]) -> None:
    """Raises what `plan_of` and `rows` do, without making sentences."""
    watch = ScriptWatch(plan_of(units, source, target, sources))
    for unit in units():
        _require_text(unit)
        watch.see(unit.text)
    watch.check()


def rows(units: Units, plan: Plan, figures: Figures, glossary: Matcher | None = None) -> Iterator[Row]:
    """A row for each sentence, in order. Raises FileDamaged at what is no text, and ScriptUnsupported after the last, for a
    document that is (mostly) in a script that is not translated here.

    A sentence without letters is its own translation, and so is one that is left. `same_as` points to the first equal
    sentence of the file whose unit has the same context.
    """
    first: dict[tuple[str, str, str], tuple[int, bool]] = {}
    watch = ScriptWatch(plan)
    for number, unit in enumerate(units()):
        _require_text(unit)
        watch.see(unit.text)
        align = len(unit.runs) > 1
        for sentence, found in sentences(unit.text, plan):
            language = found.language if plan.is_auto and found.language else ""
            same_as = None
            if found.language is not None:
                key = found.text, language, unit.context
                same_as, aligned = first.get(key, (None, False))
                if same_as is None or (align and not aligned):
                    # One that must have its formatting put back cannot take the translation of one that need not.
                    first[key] = figures.segments, align
                    same_as = None
                    figures.missing += 1
                    figures.chars += len(found.text)
            target = found.text if found.language is None else None
            terms = (glossary.find(found.text) if glossary is not None and target is None else None) or None
            told = (language, found.flags, found.notes, unit.context or None, terms)
            yield [number, sentence.lead, found.text, align, same_as, target, *told]
            figures.segments += 1
            figures.flagged += bool(found.flags)
            figures.notes.update(found.notes)
    watch.check()


def no_text(text: str) -> str | None:
    """-> 'U+D800', the first character that stands in no text; None where there is none."""
    found = _NO_TEXT.search(text)
    return f"U+{ord(found.group()):04X}" if found else None


def _require_text(unit: Unit) -> None:
    """Raises FileDamaged."""
    if found := no_text(unit.text) or no_text(unit.context):
        where = f" at {unit.place}" if unit.place else ""
        raise FileDamaged(
            f"The file holds the character {found}{where}, which stands in no text. Take it out and send the file again."
        )


def sentences(text: str, plan: Plan) -> Iterator[tuple[Sentence, Sorted]]:
    """The sentences of a paragraph without the marks of lists and speakers, and what becomes of each."""
    for sentence in map(without_mark, split(text, language_of_paragraph(text, plan))):
        yield sentence, sort(sentence.text, plan)
