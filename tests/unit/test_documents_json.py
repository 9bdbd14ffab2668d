"""JSON: strings translated in place, everything else byte for byte."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from documents.errors import DocumentError, FileDamaged, FileEmpty, FileUnsafe
from documents.json_file import Json
from documents.limits import Limits
from documents.model import Options
from tests.unit.texts_kit import texts_of, through

DATA = (
    '{ "title" : "Hello \\"you\\"",\r\n\t"n": 1.50, "url": "https://a.b/c", "id": "ERR_1",\n'
    '"list": ["one\\ntwo", {"text": "\\u0442\\u0438\\u0439\\u043c", "text": "a\\/b"}], "e": "", "x": null}\n'
)


@pytest.mark.parametrize("data", [DATA, '"just text"', "[]", '["a", ["b"], {"c": {"d": "e"}}]'])
def test_the_identity_translation_gives_back_every_byte(tmp_path: Path, data: str) -> None:
    assert through(Json(), tmp_path, data) == data.encode()


def test_escapes_that_are_no_characters_are_left_out_of_the_text_and_stay_in_the_file(tmp_path: Path) -> None:
    data = r'{"a": "\ud83d one\u0000", "b": "two"}'
    assert texts_of(Json(), tmp_path, data) == ["one", "two"]
    assert through(Json(), tmp_path, data, {"two": "2"}).decode() == data.replace("two", "2")


def test_values_are_read_and_keys_are_not(tmp_path: Path) -> None:
    assert texts_of(Json(), tmp_path, DATA) == ['Hello "you"', "one", "two", "тийм", "a/b"]


def test_only_strings_under_the_chosen_keys_are_read(tmp_path: Path) -> None:
    assert texts_of(Json(), tmp_path, DATA, Options(json_keys=("text",))) == ["тийм", "a/b"]
    assert texts_of(Json(), tmp_path, DATA, Options(json_keys=("list",))) == ["one", "two", "тийм", "a/b"]


def test_translations_are_escaped_as_their_sources_were(tmp_path: Path) -> None:
    changes = {'Hello "you"': '你 "好" \\', "two": "二", "тийм": "да", "a/b": "c/d"}
    result = through(Json(), tmp_path, DATA, changes).decode()
    assert result == (
        DATA.replace('Hello \\"you\\"', '你 \\"好\\" \\\\')
        .replace("ntwo", "n二")
        .replace("\\u0442\\u0438\\u0439\\u043c", "\\u0434\\u0430")
        .replace("a\\/b", "c\\/d")
    )
    assert json.loads(result)["title"] == '你 "好" \\'


@pytest.mark.parametrize(
    "text",
    [
        *(
            "550e8400-e29b-41d4-a716-446655440000",
            "usr_9f8e",
            "9f8e7d6c5b",
            "/api/v1/users",
            "../a",
            "C:\\a",
            "#ffcc00",
        ),
        *("2026-01-01T00:00:00Z", "userName", "user_name", "ab.png", "org.example.main", "tel:+976"),
    ],
)
def test_strings_for_programs_are_no_text(tmp_path: Path, text: str) -> None:
    assert texts_of(Json(), tmp_path, json.dumps([text])) == []


@pytest.mark.parametrize(
    "text", ["well-known", "a/b", "5kg", "iPhone", "U.S.", "etc.", "Файл_нэр", "e.g.", "тийм.үгүй"]
)
def test_what_may_be_a_word_is_text(tmp_path: Path, text: str) -> None:
    assert texts_of(Json(), tmp_path, json.dumps([text])) == [text]


@pytest.mark.parametrize(
    ("data", "error"),
    [(b"", FileEmpty), (b"{'a': 1}", FileDamaged), (b'{"a": "b"', FileDamaged), (b"[" * 100_000, FileUnsafe)],
)
def test_what_is_no_json_is_refused(tmp_path: Path, data: bytes, error: type[DocumentError]) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(data)
    with pytest.raises(error):
        Json().check(path, Limits())
