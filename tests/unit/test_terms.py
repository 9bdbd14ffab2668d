"""Terms of a glossary in texts: where they are found, which wins, and what became of them in a translation."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from translation.terms import Matcher, Term, from_json, lacks, occurrences, to_json


def found(language: str, text: str, *terms: Term) -> list[str]:
    return [text[one.start : one.end] for one in Matcher(terms, language).find(text)]


def test_the_longest_term_wins_and_the_first_of_equally_long_ones() -> None:
    terms = (Term("гэрээ", "合同"), Term("хөдөлмөрийн гэрээ", "劳动合同"))
    assert found("mon_Cyrl", "Хөдөлмөрийн гэрээний дагуу гэрээг", *terms) == ["Хөдөлмөрийн гэрээний", "гэрээг"]
    assert found("cmn_Hans", "劳动合同法和合同", Term("合同", "x"), Term("劳动合同", "y")) == ["劳动合同", "合同"]
    (one,) = Matcher([Term("合同", "a"), Term("合同", "b")], "cmn_Hans").find("合同")
    assert one.target == "a"


def test_overlapping_terms_of_one_length_go_to_the_first_in_the_text() -> None:
    assert found("cmn_Hans", "甲乙丙", Term("乙丙", "x"), Term("甲乙", "y")) == ["甲乙"]
    assert found("cmn_Hans", "甲乙丙丁", Term("甲乙", "x"), Term("乙丙丁", "y")) == ["乙丙丁"]


def test_chinese_needs_no_word_boundaries_but_latin_letters_in_it_do() -> None:
    assert found("cmn_Hans", "请检查网络连接。", Term("网络连接", "x")) == ["网络连接"]
    assert found("cmn_Hans", "ITEM和IT部门", Term("IT", None)) == ["IT"]
    assert found("cmn_Hans", "使用5G网络", Term("5g网络", "x")) == ["5G网络"]


@pytest.mark.parametrize(
    ("term", "text", "expected"),
    [
        ("file", "Files and file's profile", ["Files", "file"]),
        ("policy", "Our policies", ["policies"]),
        ("key", "keys, kies", ["keys"]),
        ("box", "boxes", ["boxes"]),
        ("access right", "Access rights, access  right", ["Access rights", "access  right"]),
        ("C++", "C++ and C", ["C++"]),
        ("US", "US, us, U.S.", ["US"]),
        ("e-mail", "E-mails", ["E-mails"]),
    ],
)
def test_english_terms_are_whole_words_in_any_case_and_in_the_plural(term: str, text: str, expected: list[str]) -> None:
    assert found("eng_Latn", text, Term(term, "x")) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A bank: https://www.bank.mn/name, name@bank.mn", ["bank"]),
        ("{name}, %(name)s and <name> have a name", ["name"]),
        ("{name} is {name} there", []),
    ],
)
def test_a_part_of_an_address_or_a_placeholder_is_no_term(text: str, expected: list[str]) -> None:
    assert found("eng_Latn", text, Term("bank", "银行"), Term("name", "名字")) == expected


def test_an_address_or_a_code_may_be_a_term_as_a_whole() -> None:
    assert found("eng_Latn", "See AB-1234 and x@y.mn", Term("AB-1234", None), Term("x@y.mn", None)) == [
        "AB-1234",
        "x@y.mn",
    ]


def test_match_case_and_abbreviations_keep_their_case() -> None:
    assert found("eng_Latn", "Apple, apple", Term("Apple", None, match_case=True)) == ["Apple"]
    assert found("mon_Cyrl", "ХХК ххк ХХК-ийн", Term("ХХК", "有限责任公司")) == ["ХХК", "ХХК"]
    assert found("mon_Cyrl", "НҮБ-ын нүб", Term("НҮБ", "联合国")) == ["НҮБ"]


def test_a_term_that_is_not_translated_wants_itself() -> None:
    (one,) = Matcher([Term("Khelmerch", None)], "eng_Latn").find("Start Khelmerch now")
    assert one.target == "Khelmerch"


def test_what_became_of_terms_is_told_with_their_places() -> None:
    terms = Matcher([Term("contract", "гэрээ"), Term("bank", "банк|мөнгөний байгууллага")], "eng_Latn").find(
        "The contract of the bank"
    )
    used = occurrences(terms, "Мөнгөний байгууллагын гэрээний", "mon_Cyrl")
    assert [(one.term, one.used, one.place) for one in used] == [
        ("contract", True, (22, 30)),
        ("bank", True, (0, 21)),
    ]
    assert lacks(terms, "Банкны бичиг", "mon_Cyrl") == 1


def test_a_term_is_not_found_inside_another_word_of_the_translation() -> None:
    terms = Matcher([Term("字", "art")], "cmn_Hans").find("字")
    assert lacks(terms, "party", "eng_Latn") == 1
    assert lacks(terms, "an art", "eng_Latn") == 0


@given(st.text(max_size=60), st.sampled_from(["mon_Cyrl", "cmn_Hans", "eng_Latn", "mon_Mong"]))
def test_matches_never_overlap_and_survive_storage(text: str, language: str) -> None:
    terms = [Term(piece, piece.upper()) for piece in (text[:3], text[2:6], text[1:2], "а", "合") if piece.strip()]
    matches = Matcher(terms, language).find(text)
    assert all(a.end <= b.start for a, b in pairwise(matches))
    assert all(0 <= one.start < one.end <= len(text) for one in matches)
    assert list(from_json(to_json(matches))) == matches
