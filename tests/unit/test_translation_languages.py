from __future__ import annotations

import pickle

import pytest

from translation.errors import SameLanguage, UnknownLanguage
from translation.languages import LANGUAGES, all_pairs, check_pair, normalise


@pytest.mark.parametrize(
    ("written", "ours"),
    [
        ("mn", "mon_Cyrl"),
        ("MN", "mon_Cyrl"),
        ("mon", "mon_Cyrl"),
        ("khk_Cyrl", "mon_Cyrl"),
        ("mn-MN", "mon_Cyrl"),
        ("mn-Mong", "mon_Mong"),
        ("mon_mong", "mon_Mong"),
        ("mn-CN", "mon_Mong"),
        ("mn-Cyrl-CN", "mon_Cyrl"),
        ("mvf", "mon_Mong"),
        ("zh", "cmn_Hans"),
        ("zh-CN", "cmn_Hans"),
        ("zh-Hans", "cmn_Hans"),
        ("zho_Hans", "cmn_Hans"),
        ("cmn_hans", "cmn_Hans"),
        ("zh-Hant", "cmn_Hant"),
        ("zh_TW", "cmn_Hant"),
        ("zh-HK", "cmn_Hant"),
        ("zh-Hans-HK", "cmn_Hans"),
        ("zt", "cmn_Hant"),
        ("en", "eng_Latn"),
        ("en-US", "eng_Latn"),
        ("eng_Latn", "eng_Latn"),
        (" en ", "eng_Latn"),
    ],
)
def test_every_usual_name_of_a_language_is_understood(written: str, ours: str) -> None:
    assert normalise(written) == ours


@pytest.mark.parametrize("code", ["", "fr", "xx", "zh-Latn", "en-Cyrl", "mn-whatever", "chinese", "mon-Hans"])
def test_an_unknown_language_is_refused_with_the_known_ones(code: str) -> None:
    with pytest.raises(UnknownLanguage) as caught:
        normalise(code)
    assert caught.value.code == "unknown_language"
    assert caught.value.data["known"] == list(LANGUAGES)


def test_the_same_language_under_two_names_is_the_same_language() -> None:
    with pytest.raises(SameLanguage):
        check_pair("zh", "zho_Hans")
    assert check_pair("mn", "zh-Hant") == ("mon_Cyrl", "cmn_Hant")


def test_two_scripts_of_one_language_are_no_translation_direction() -> None:
    assert ("cmn_Hans", "cmn_Hant") not in all_pairs(frozenset(LANGUAGES))
    assert ("mon_Cyrl", "cmn_Hant") in all_pairs(frozenset(LANGUAGES))


def test_an_error_keeps_its_data_on_the_way_through_pickle() -> None:
    error = pickle.loads(pickle.dumps(UnknownLanguage("no such language", language="fr")))
    assert (type(error), str(error), error.data) == (UnknownLanguage, "no such language", {"language": "fr"})
