"""Mongolian typed with the wrong letters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from documents.encodings import detect as encoding_of
from translation.letters import normalised

RIGHT = "Хөвүүн өглөө бүр сургуульдаа өөрөө явдаг бөгөөд үдээс хойш гэртээ ирдэггүй. Үнэ, Өргөдөл."


@pytest.mark.parametrize(
    ("o", "u", "big_o", "big_u"),
    [("є", "ї", "Є", "Ї"), ("є", "v", "Є", "V"), ("ө", "y", "Ө", "Y"), ("ө", "v", "Ө", "V"), ("ѳ", "ѵ", "Ѳ", "Ѵ")],
)
def test_every_common_way_of_typing_the_two_letters_is_set_right(o: str, u: str, big_o: str, big_u: str) -> None:
    typed = RIGHT.translate(str.maketrans({"ө": o, "ү": u, "Ө": big_o, "Ү": big_u}))
    assert typed != RIGHT
    assert normalised(typed) == RIGHT


@pytest.mark.parametrize(
    ("typed", "right"),
    [
        ("хєвvvн", "хөвүүн"),
        ("хYн", "хүн"),  # a capital within small letters was typed for its shape
        ("YНЭ", "ҮНЭ"),
        ("Ирсэн vv?", "Ирсэн үү?"),
        ("xaн", "хан"),  # Latin x and a
        ("yлс", "үлс"),
        ("yлаан", "улаан"),  # a word of back vowels has no ү
        ("байхгyй", "байхгүй"),  # but its ending -гүй does
        ("үнэ", "үнэ"),
    ],
)
def test_a_word_gets_the_letter_that_its_vowels_and_its_case_ask_for(typed: str, right: str) -> None:
    assert normalised(typed) == right


@pytest.mark.parametrize(
    "text",
    [
        "Version v2 of very easy API, copy OK",
        "v2 хувилбар",
        "PCийг болон HPийн, USB-ийн, Xийг",  # names with Mongolian endings
        "iPhoneийг",
        "Київ хот, Україна улс",  # є and ї after another vowel are Ukrainian
        "Має бути",
        "Київська область є",
        "https://example.mn/vнэ хаяг",
        "%v, {v}, $1 <v>",
        "x² + y² = r² томьёо",
        "Қазақстан Әуе",
        "你好 v y",
        "",
    ],
)
def test_what_is_not_mongolian_with_wrong_letters_is_never_touched(text: str) -> None:
    assert normalised(text) == text


@given(st.text(alphabet="абгдөүєїvyVYxo ШийнUSB2_.{}", max_size=40))
def test_offsets_stay_and_doing_it_twice_changes_nothing(text: str) -> None:
    once = normalised(text)
    assert len(once) == len(text)
    assert normalised(once) == once


def test_the_bytes_of_old_fonts_in_windows_1251_come_out_right(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("old") / "a.txt"
    path.write_bytes(RIGHT.translate(str.maketrans("өүӨҮ", "єїЄЇ")).encode("cp1251"))
    text = path.read_bytes().decode(encoding_of(path).codec)
    assert normalised(text) == RIGHT
