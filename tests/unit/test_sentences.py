"""A document's paragraphs on their way to becoming the sentences of a task."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from actors.sentences import Figures, plan_of, refuse_languages, rows
from documents.errors import FileDamaged
from documents.model import Unit

PAIR = ("mon_Cyrl", "cmn_Hans", ["mon_Cyrl"])


@pytest.mark.parametrize("bad", ["\x00", "\ud800", "\udfff"])
@pytest.mark.parametrize("where", ["text", "context"])
def test_a_character_that_stands_in_no_text_is_refused_with_its_place(bad: str, where: str) -> None:
    """PostgreSQL stores no NUL, nothing stores half of a surrogate pair: such a task would fail after it was accepted."""
    given = {"text": "Сайн байна уу.", "context": "", where: f"Сайн {bad} байна."}

    def units() -> Iterator[Unit]:
        yield Unit("Баярлалаа.", place="key:first")
        yield Unit(given["text"], place="key:second", context=given["context"])

    for refusing in (
        lambda: refuse_languages(units, *PAIR),
        lambda: list(rows(units, plan_of(units, *PAIR), Figures())),
    ):
        with pytest.raises(FileDamaged) as refused:
            refusing()
        assert f"U+{ord(bad):04X}" in refused.value.detail and "second" in refused.value.detail
        refused.value.detail.encode()
