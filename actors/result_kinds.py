"""What is written of each file of a task, and how it is called. Pure."""

from __future__ import annotations

from documents.model import Output
from documents.naming import bilingual_name, result_name, review_name

BOTH = "both"
"""The output of a task that wants the translated document and the bilingual one."""

REVIEW = "review"
"""The kind of result that is a table for proof-readers."""


def kinds_of(output: str, review: bool) -> list[str]:
    """-> what is written of each file of a task, the result first."""
    kinds: list[str] = [Output.TRANSLATED.value, Output.BILINGUAL.value] if output == BOTH else [output]
    return [*kinds, REVIEW] if review else kinds


def name_of(kind: str, name: str, source_language: str, target_language: str) -> str:
    """-> the name of one kind of result of the file `name`."""
    if kind == REVIEW:
        return review_name(name, target_language)
    if kind == Output.BILINGUAL:
        return bilingual_name(name, source_language, target_language)
    return result_name(name, target_language)
