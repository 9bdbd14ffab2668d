"""Tables in text: cells translated in place or in a column beside, everything else byte for byte."""

from __future__ import annotations

from pathlib import Path

import pytest

from documents.csv_file import Csv, Tsv
from documents.errors import DocumentError, FileEmpty, FileNoText, UnsupportedType
from documents.limits import Limits
from documents.model import Output
from tests.unit.texts_kit import texts_of, through

DATA = 'name,"a ""big"" word",n\r\nTea,"one, two\nthree",12\r\nAB-12,,"x@y.zz"\r\n'
CASES = [
    (Csv(), DATA),
    (Csv(), DATA.replace("\r\n", "\n")),
    (Tsv(), 'one\ttwo\n1\tthree "q\n'),
    (Csv(), "a;b\n1,5;c\n2,5;d"),
    (Csv(), '"open'),
]


@pytest.mark.parametrize(("form", "data"), CASES)
@pytest.mark.parametrize("output", list(Output))
def test_the_identity_translation_gives_back_every_byte(tmp_path: Path, form: Csv, data: str, output: Output) -> None:
    assert through(form, tmp_path, data, output=output) == data.encode()


def test_cells_with_words_are_read(tmp_path: Path) -> None:
    assert texts_of(Csv(), tmp_path, DATA) == ["name", 'a "big" word', "n", "Tea", "one, two", "three"]
    assert texts_of(Csv(), tmp_path, "a;b\n1,5;c, d\n2,5;e") == ["a", "b", "c, d", "e"]


def test_a_quote_that_never_closes_does_not_swallow_the_rest(tmp_path: Path) -> None:
    data = 'one,"two,three\nfour,five ""six""\n'
    assert texts_of(Csv(), tmp_path, data) == ["one", '"two', "three", "four", 'five ""six""']
    assert through(Csv(), tmp_path, data, {"three": "三"}).decode() == data.replace("three", "三")


def test_a_translation_is_quoted_where_it_must_be(tmp_path: Path) -> None:
    changes = {"Tea": 'a, "b"', 'a "big" word': '"x"', "three": "三"}
    assert through(Csv(), tmp_path, DATA, changes).decode() == (
        'name,"""x""",n\r\n"a, ""b""","one, two\n三",12\r\nAB-12,,"x@y.zz"\r\n'
    )


def test_a_column_stands_beside_each_that_has_words(tmp_path: Path) -> None:
    result = through(
        Csv(), tmp_path, "id,word\r\n1,tea\r\n2,7\r\n3,\r\n", {"word": "字", "tea": "茶"}, Output.BILINGUAL
    ).decode()
    assert result == "id,,word,字\r\n1,,tea,茶\r\n2,,7,\r\n3,,,\r\n"


def test_formulas_are_kept_whatever_they_say(tmp_path: Path) -> None:
    data = 'word,"=IF(A1>3,""Тийм"",""Үгүй"")"\n=A1&" жимс",== text ==\n'
    assert texts_of(Csv(), tmp_path, data) == ["word", "== text =="]
    assert through(Csv(), tmp_path, data, str.upper).decode() == data.replace("word", "WORD").replace("text", "TEXT")


@pytest.mark.parametrize("first", ["sep=;\r\n", '"sep=;"\n'])
def test_the_line_that_names_the_delimiter_is_no_row(tmp_path: Path, first: str) -> None:
    data = f"{first}a,b;1,5\r\n"
    assert texts_of(Csv(), tmp_path, data) == ["a,b"]
    assert through(Csv(), tmp_path, data, str.upper, Output.BILINGUAL).decode() == f"{first}a,b;A,B;1,5\r\n"


@pytest.mark.parametrize(
    ("data", "error"), [(b"", FileEmpty), (b"\n \n", FileNoText), (b"PK\x03\x04", UnsupportedType)]
)
def test_what_is_no_text_is_refused(tmp_path: Path, data: bytes, error: type[DocumentError]) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(data)
    with pytest.raises(error):
        Csv().check(path, Limits())


def test_quotes_inside_a_cell_without_quotes_make_none_around_it(tmp_path: Path) -> None:
    data = 'say "tea" now\tone\n"tea"\ttwo\n'
    result = through(Tsv(), tmp_path, data, {'say "tea" now': '"茶" x', "one": 'a "b"', "tea": "茶"}).decode()
    assert result == '"""茶"" x"\t"a ""b"""\n"茶"\ttwo\n'
    assert through(Tsv(), tmp_path, data, {'say "tea" now': '说 "茶" 了'}).decode() == data.replace(
        "say", "说"
    ).replace('"tea" now', '"茶" 了')


@pytest.mark.parametrize("word", ["NAME:", "TOTAL:", "MALE/FEMALE"])
def test_a_label_in_capitals_is_no_code(tmp_path: Path, word: str) -> None:
    assert texts_of(Csv(), tmp_path, f"{word},USD/MNT,ERR_1,AB-12,12:30\n") == [word]
