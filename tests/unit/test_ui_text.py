from __future__ import annotations

import string

import pytest

from ui.text import BUILTIN, TEXTS, Text, builtin, everywhere


def _places(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def test_the_three_languages_have_the_same_keys() -> None:
    english = set(TEXTS["en"])
    for language, words in TEXTS.items():
        assert set(words) == english, language


def test_the_three_languages_fill_in_the_same_values() -> None:
    for key, sentence in TEXTS["en"].items():
        for language, words in TEXTS.items():
            if key == "flagged_one":
                continue
            assert _places(words[key]) == _places(sentence), (language, key)


def test_nothing_is_left_in_english_in_the_other_two() -> None:
    same_on_purpose = {"nav_api"}
    for language in ("zh-CN", "mn"):
        left = {key for key, words in TEXTS[language].items() if words == TEXTS["en"][key]}
        assert left <= same_on_purpose, language


def test_chinese_is_written_in_han_and_mongolian_in_cyrillic() -> None:
    for key in TEXTS["en"]:
        if key == "nav_api":
            continue
        assert any("\u4e00" <= c <= "\u9fff" for c in TEXTS["zh-CN"][key]), key
        letters = [c for c in TEXTS["mn"][key].replace("{", " ").replace("}", " ") if c.isalpha()]
        assert any("\u0400" <= c <= "\u04ff" for c in letters), key


def test_a_missing_key_is_an_error_and_not_shown_as_a_key() -> None:
    with pytest.raises(KeyError):
        Text("mn")("no_such_key")


def test_an_unknown_language_reads_english() -> None:
    assert Text("fr")("translate") == "Translate"


def test_gradio_words_are_nested_as_gradio_wants_them() -> None:
    words = builtin("mn")
    assert words["upload_text"]["click_to_upload"] == TEXTS["mn"]["drop_click"]
    assert sum(len(group) for group in words.values()) == len(BUILTIN)


def test_markup_for_everybody_holds_all_three_languages() -> None:
    markup = everywhere("nav_tasks")
    for language, words in TEXTS.items():
        assert f'lang="{language}">{words["nav_tasks"]}<' in markup
