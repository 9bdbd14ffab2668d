"""Names from hostile clients become names and nothing more."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serve_app import names
from serve_app.errors import RequestError


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("report.docx", "report.docx"),
        ("Тайлан 2026.docx", "Тайлан 2026.docx"),
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\Users\\me\\a.txt", "a.txt"),
        ("con.txt", "_con.txt"),
        ("NUL", "_NUL"),
        ("Con .tar.txt", "_Con .tar.txt"),
        ("COM¹.txt", "_COM¹.txt"),
        ("lpt9.docx", "_lpt9.docx"),
        ("conout$", "_conout$"),
        ("console.txt", "console.txt"),
        ("com10.txt", "com10.txt"),
        ("a\u202etxt.exe", "atxt.exe"),
        ("a\x00b\n.txt", "ab.txt"),
        ("...", "file"),
        ("", "file"),
        ('a<b>:"c|?*.txt', "a_b___c___.txt"),
    ],
)
def test_a_name_keeps_what_is_a_name(given_name: str, kept: str) -> None:
    assert names.file_name(given_name) == kept


@given(st.text(max_size=600))
def test_no_name_leads_anywhere(text: str) -> None:
    name = names.file_name(text)
    assert name and "/" not in name and "\\" not in name and name not in (".", "..")
    assert len(name.encode()) <= names.MAX_NAME_BYTES
    assert not any(unicodedata.category(char)[0] == "C" for char in name)


def test_a_long_name_keeps_its_suffix() -> None:
    assert names.file_name("ө" * 500 + ".docx").endswith("ө.docx")


@pytest.mark.parametrize("given_id", ["user123", "a@b.mn", "ab:cd+1", "Бат"])
def test_client_ids_that_are_fine(given_id: str) -> None:
    assert names.client_id(given_id) == given_id


@pytest.mark.parametrize("given_id", ["", " ", "a b", "../x", "x" * 129, "a\nb"])
def test_client_ids_that_are_not(given_id: str) -> None:
    with pytest.raises(RequestError):
        names.client_id(given_id)
