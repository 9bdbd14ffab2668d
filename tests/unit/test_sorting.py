"""Which language a text is in, and what becomes of each of its sentences."""

from __future__ import annotations

import pytest

from actors.sentences import sentences
from translation.detection import MENKSOFT, detect, detect_all
from translation.errors import (
    LanguageUnknown,
    LanguageUnsupported,
    ScriptUnsupported,
    TranslationError,
    UnsupportedPair,
)
from translation.languages import AUTO
from translation.sorting import LEFT, Plan, ScriptWatch, Sorted, plan_for, sort

MN, ZH, EN, HANT, MONG = "mon_Cyrl", "cmn_Hans", "eng_Latn", "cmn_Hant", "mon_Mong"
TRADITIONAL = "ᠮᠣᠩᠭᠣᠯ ᠬᠡᠯᠡ᠋ᠨ\u202fᠤ ᠨᠣᠮ ᠪᠢᠴᠢᠭ᠌ ᠪᠡ᠍ᠷ ᠰᠤᠷ\u180eᠠ"
PRIVATE = "\ue2f2\ue293\ue2a8\ue30b \ue27d\ue2b5\ue2c0\ue28c \ue2ec\ue271\ue2e5"
RUSSIAN = "Все люди рождаются свободными и равными в своём достоинстве и правах."
KAZAKH = "Барлық адамдар тумысынан азат және қадір-қасиеті мен құқықтары тең болып дүниеге келеді."
UKRAINIAN = "Всі люди народжуються вільними і рівними у своїй гідності та правах, вони наділені розумом."
BURYAT = "Хүн бүхэн түрэхэһөө эрхэ сүлөөтэй, адли нэрэ түрэтэй, эрхэтэй байха."
MONGOLIAN = "Хүн бүр төрж мэндлэхдээ эрх чөлөөтэй, адилхан нэр төртэй, ижил эрхтэй байдаг."
WRONG = MONGOLIAN.translate(str.maketrans("өүӨҮ", "єvЄV"))
ENGLISH = "All human beings are born free and equal in dignity and rights."
SIMPLIFIED, TRADITIONAL_CHINESE = "人人生而自由，在尊严和权利上一律平等。", "人人生而自由，在尊嚴和權利上一律平等。"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (MONGOLIAN, MN),
        (WRONG, MN),
        ("Нийт дүн", MN),
        ("Save", EN),
        (ENGLISH, EN),
        (SIMPLIFIED, ZH),
        (TRADITIONAL_CHINESE, HANT),
        (TRADITIONAL, MONG),
        (PRIVATE, MENKSOFT),
        (RUSSIAN, "ru"),
        (UKRAINIAN, "uk"),
        (KAZAKH, "kk"),
        ("すべての人間は、生まれながらにして自由であり、", "ja"),
        ("모든 인간은 태어날 때부터 자유로우며", "other"),
        ("12345 — 67 %s https://example.mn", ""),
    ],
)
def test_a_text_tells_its_language(text: str, name: str) -> None:
    assert detect(text).name == name


def test_buryat_is_not_mongolian_by_its_letters() -> None:
    assert detect(BURYAT).language is None


def test_a_document_is_in_the_language_of_most_of_it() -> None:
    assert detect_all([ENGLISH, MONGOLIAN, WRONG, "2024"]).name == MN
    assert detect_all([]).name == ""


def test_a_lone_sign_of_a_symbol_font_is_not_menksoft() -> None:
    assert detect("\ue2f2 Хадгалах").name == MN


def auto(target: str, *sources: str, source: str = MN) -> Plan:
    return Plan(source, target, frozenset(sources), is_auto=True)


def given(source: str, target: str) -> Plan:
    return Plan(source, target, frozenset({source}))


@pytest.mark.parametrize(
    ("text", "plan", "wanted"),
    [
        (MONGOLIAN, given(MN, ZH), Sorted(MONGOLIAN, MN)),
        (WRONG, given(MN, ZH), Sorted(MONGOLIAN, MN, (), ("normalised",))),
        ("єнгє", given(MN, ZH), Sorted("өнгө", MN, (), ("normalised",))),
        (UKRAINIAN, given(MN, ZH), Sorted(UKRAINIAN, MN)),
        (ENGLISH, given(MN, EN), Sorted(ENGLISH, None, (), ("target_language",))),
        (ENGLISH, given(MN, ZH), Sorted(ENGLISH, MN)),
        (SIMPLIFIED, given(MN, ZH), Sorted(SIMPLIFIED, None, (), ("target_language",))),
        (SIMPLIFIED, given(EN, HANT), Sorted(TRADITIONAL_CHINESE, None, (), ("target_language",))),
        (TRADITIONAL_CHINESE, given(MN, ZH), Sorted(SIMPLIFIED, None, (), ("target_language",))),
        (MONGOLIAN, given(EN, MN), Sorted(MONGOLIAN, None, (), ("target_language",))),
        (RUSSIAN, given(EN, MN), Sorted(RUSSIAN, EN)),
        ("Монгол улс (Mongolia)", given(MN, EN), Sorted("Монгол улс (Mongolia)", MN)),
        (TRADITIONAL, given(MN, ZH), Sorted(TRADITIONAL, None, LEFT, ("other_script",))),
        (PRIVATE, given(MN, ZH), Sorted(PRIVATE, None, LEFT, ("other_script",))),
        (PRIVATE, given(MONG, ZH), Sorted(PRIVATE, None, LEFT, ("other_script",))),
        (TRADITIONAL, given(MONG, ZH), Sorted(TRADITIONAL, MONG)),
        (SIMPLIFIED, given(ZH, HANT), Sorted(SIMPLIFIED, ZH)),
        ("12:30", given(MN, ZH), Sorted("12:30", None)),
        (MONGOLIAN, auto(ZH, MN, EN), Sorted(MONGOLIAN, MN)),
        (ENGLISH, auto(ZH, MN, EN), Sorted(ENGLISH, EN)),
        (ENGLISH, auto(ZH, MN), Sorted(ENGLISH, None, LEFT, ("other_language",))),
        (RUSSIAN, auto(ZH, MN, EN), Sorted(RUSSIAN, None, LEFT, ("other_language",))),
        (TRADITIONAL_CHINESE, auto(EN, ZH, HANT, source=ZH), Sorted(TRADITIONAL_CHINESE, HANT)),
        (TRADITIONAL, auto(ZH, MN, MONG), Sorted(TRADITIONAL, MONG)),
        (ENGLISH, auto(EN, MN, source=EN), Sorted(ENGLISH, None, (), ("target_language",))),
        (MONGOLIAN, auto(EN, MN, source=EN), Sorted(MONGOLIAN, MN)),
    ],
)
def test_each_sentence_goes_its_way(text: str, plan: Plan, wanted: Sorted) -> None:
    assert sort(text, plan) == wanted


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (RUSSIAN, LanguageUnsupported),
        (TRADITIONAL, ScriptUnsupported),
        (PRIVATE, ScriptUnsupported),
        ("Москва", LanguageUnknown),
        (ENGLISH, UnsupportedPair),
    ],
)
def test_a_text_that_cannot_be_translated_says_why(text: str, error: type[TranslationError]) -> None:
    with pytest.raises(error):
        plan_for(AUTO, ZH, [MN], lambda: [text])


def test_a_text_without_letters_needs_no_language() -> None:
    plan = plan_for(AUTO, ZH, [MN], lambda: ["12345", "%s"])
    assert sort("12345", plan) == Sorted("12345", None)


def test_a_text_in_the_target_language_is_no_error() -> None:
    assert plan_for(AUTO, EN, [MN], lambda: [ENGLISH]) == auto(EN, MN, source=EN)


def test_a_text_mostly_in_a_script_that_no_model_knows_is_refused_whatever_was_given() -> None:
    for text in (TRADITIONAL, PRIVATE):
        watch = ScriptWatch(given(MN, ZH))
        watch.see("Гарчиг")
        watch.see(text)
        with pytest.raises(ScriptUnsupported):
            watch.check()
        watch.see(MONGOLIAN + MONGOLIAN)
        watch.check()


def test_a_sentence_is_sent_without_the_mark_of_its_list() -> None:
    plan = Plan(MN, ZH, frozenset({MN}))
    found = [(sentence.lead, told.text) for sentence, told in sentences("• Нэг зүйл. — Хоёр дахь нь.", plan)]
    assert found == [("• ", "Нэг зүйл."), (" — ", "Хоёр дахь нь.")]
