"""The phrasebook that the starter model is trained on: three languages that say the same."""

from __future__ import annotations

import itertools
import re
from collections import Counter

import pytest

from training.starter.augment import Texts
from training.starter.clean import LANGUAGES
from training.starter.texts import is_held, phrases
from translation.guards import check

HAN = re.compile("[\u4e00-\u9fff]")
CYRILLIC = re.compile("[\u0400-\u04ff]")
ENDS = str.maketrans("。？！：，", ".?!:,")
# Short Chinese signs and forms are told in many more Mongolian and English letters.
HARMLESS = {"length"}


@pytest.fixture(scope="module")
def book() -> list[Texts]:
    return list(phrases())


def test_there_are_at_least_1500_sentences(book: list[Texts]) -> None:
    assert len(book) >= 1500


def test_no_sentence_stands_twice_in_any_language(book: list[Texts]) -> None:
    for column in zip(*book, strict=True):
        counts = Counter(text.casefold() for text in column)
        assert [text for text, count in counts.items() if count > 1] == []


def test_each_column_is_in_its_own_script(book: list[Texts]) -> None:
    for english, chinese, mongolian in book:
        assert HAN.search(chinese) and not CYRILLIC.search(chinese), chinese
        assert CYRILLIC.search(mongolian) and not HAN.search(mongolian), mongolian
        assert re.search("[A-Za-z]", english) and not HAN.search(english) and not CYRILLIC.search(english), english
        assert not re.search("[єѳvії](?=[а-яөү])|(?<=[а-яөү])[єѳvії]", mongolian), mongolian


def test_the_guards_find_no_number_missing_and_nothing_else_wrong(book: list[Texts]) -> None:
    for phrase in book:
        for (text, language), (other, to) in itertools.permutations(zip(phrase, LANGUAGES, strict=True), 2):
            assert set(check(text, other, language, to)) <= HARMLESS, (text, other)


def test_sentences_end_alike(book: list[Texts]) -> None:
    for phrase in book:
        ends = {text[-1].translate(ENDS) for text in phrase} & set(".?!")
        assert len(ends) <= 1 and (not ends or all(text[-1].translate(ENDS) in ends for text in phrase)), phrase


def test_about_a_sixteenth_is_held_out_whatever_the_order(book: list[Texts]) -> None:
    held = [phrase for phrase in book if is_held(phrase)]
    assert 12 < len(book) / len(held) < 20
    assert set(held) == {phrase for phrase in reversed(book) if is_held(phrase)}
