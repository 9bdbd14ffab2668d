"""Hard cases, kept as data: one a line, `|` where a sentence ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from translation.segmentation import split

DATA = Path(__file__).parent.parent / "data"
LANGUAGES = ("mon_Cyrl", "cmn_Hans", "eng_Latn", "mon_Mong")


def cases(language: str) -> list[str]:
    lines = (DATA / f"segmentation_{language}.txt").read_text("utf-8").splitlines()
    return [line.replace("\\n", "\n").replace("\\t", "\t") for line in lines if line and not line.startswith("#")]


@pytest.mark.parametrize(("language", "case"), [(lang, case) for lang in LANGUAGES for case in cases(lang)])
def test_a_hard_case_is_split_as_its_data_file_says(language: str, case: str) -> None:
    text = case.replace("|", "").replace("\n\n\n", "\n\n")
    expected = [piece.strip() for piece in case.split("|")]
    assert [sentence.text for sentence in split(text, language)] == expected


@pytest.mark.parametrize("language", ["mon_Cyrl", "cmn_Hans", "eng_Latn"])
def test_there_are_at_least_a_hundred_and_fifty_hard_cases(language: str) -> None:
    assert len(cases(language)) >= 150
