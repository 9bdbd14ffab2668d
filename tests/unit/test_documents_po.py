"""Gettext catalogues: what is translated, what is kept, and what gettext's own program says to the result."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from documents.errors import DocumentError, FileDamaged, UnsupportedType
from documents.limits import Limits
from documents.model import Options
from documents.naming import result_name
from documents.po import Po
from documents.po_entries import entries, unescaped, written
from tests.unit.texts_kit import texts_of, through, units_of

HEADER = (
    'msgid ""\nmsgstr ""\n"Project-Id-Version: app 1\\n"\n"Language: mn\\n"\n"MIME-Version: 1.0\\n"\n'
    '"Content-Type: text/plain; charset=UTF-8\\n"\n"Content-Transfer-Encoding: 8bit\\n"\n'
    '"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n'
)
CATALOGUE = (
    "# Title comment\n"
    + HEADER
    + """
#. for translators
#: src/a.c:12
#, c-format
msgid "Copied %d of %s"
msgstr ""

#: src/b.c:3
msgctxt "menu"
msgid "Open"
msgstr ""

msgctxt "door"
msgid "Open"
msgstr "Нээлттэй"

#, fuzzy, c-format
#| msgid "Old file"
msgid "File “%s”"
msgstr "Хуучин файл"

msgid "one file"
msgid_plural "%d files"
msgstr[0] ""
msgstr[1] ""

msgid ""
"First line\\n"
"second \\"line\\"\\twith a tab\\n"
msgstr ""

msgid "%d"
msgstr ""

#~ msgid "Gone"
#~ msgstr "Явсан"
"""
)
TEMPLATE = """# SOME DESCRIPTIVE TITLE.
#, fuzzy
msgid ""
msgstr ""
"Project-Id-Version: PACKAGE VERSION\\n"
"Language: \\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=CHARSET\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=INTEGER; plural=EXPRESSION;\\n"

msgid "one file"
msgid_plural "%d files"
msgstr[0] ""
msgstr[1] ""

msgid "Open"
msgstr ""
"""


def checked(data: bytes, tmp_path: Path) -> str:
    """`data` as text, after msgfmt found no fault in it."""
    if program := shutil.which("msgfmt"):
        path = tmp_path / "checked.po"
        path.write_bytes(data)
        found = subprocess.run(
            [program, "-c", "-o", "/dev/null", str(path)], capture_output=True, text=True, check=False
        )
        assert found.returncode == 0, found.stderr
    return data.decode()


def blocks(text: str) -> list[str]:
    return text.split("\n\n")


@pytest.mark.parametrize("data", [CATALOGUE, TEMPLATE, CATALOGUE.replace("\n", "\r\n"), "\ufeff" + CATALOGUE])
def test_the_identity_translation_gives_back_every_byte(tmp_path: Path, data: str) -> None:
    assert through(Po(), tmp_path, data) == data.encode()


def test_messages_without_a_translation_are_read(tmp_path: Path) -> None:
    expected = ["Copied %d of %s", "Open", "File “%s”", "one file", "%d files", "First line", 'second "line"']
    expected += ["with a tab", "%d"]
    assert texts_of(Po(), tmp_path, CATALOGUE) == expected


def test_the_context_of_a_message_is_that_of_its_units(tmp_path: Path) -> None:
    found = units_of(Po(), tmp_path, CATALOGUE, Options(retranslate=True))
    assert [unit.context for unit in found if unit.text == "Open"] == ["menu", "door"]
    assert {unit.context for unit in found if unit.text != "Open"} == {""}


def test_a_translated_catalogue_is_filled_and_the_rest_of_it_stays(tmp_path: Path) -> None:
    def louder(text: str) -> str:
        return text.upper().replace("%D", "%d").replace("%S", "%s")

    result = checked(through(Po(), tmp_path, CATALOGUE, louder, language="mon_Cyrl"), tmp_path)
    before, after = blocks(CATALOGUE), blocks(result)
    assert len(before) == len(after)
    for number in (0, 3, 8):  # the header says all already, a translated message, an obsolete one
        assert after[number] == before[number]
    assert after[1] == before[1].replace('msgstr ""', 'msgstr "COPIED %d OF %s"')
    assert after[4] == '#, c-format\nmsgid "File “%s”"\nmsgstr "FILE “%s”"'
    assert after[5].endswith('msgstr[0] "ONE FILE"\nmsgstr[1] "%d FILES"')
    assert after[6].endswith('msgstr ""\n"FIRST LINE\\n"\n"SECOND \\"LINE\\"\\tWITH A TAB\\n"')
    assert after[7] == 'msgid "%d"\nmsgstr "%d"'


@pytest.mark.parametrize(("language", "forms"), [("cmn_Hans", 1), ("cmn_Hant", 1), ("eng_Latn", 2), ("mon_Cyrl", 2)])
def test_a_template_becomes_a_catalogue_of_the_language(tmp_path: Path, language: str, forms: int) -> None:
    words = {"one file": "нэг 文件", "%d files": "%d 文件", "Open": "打开"}
    result = checked(through(Po(), tmp_path, TEMPLATE, words, language=language), tmp_path)
    locale = {"cmn_Hans": "zh_CN", "cmn_Hant": "zh_TW", "eng_Latn": "en", "mon_Cyrl": "mn"}[language]
    assert f'"Language: {locale}\\n"' in result
    assert "charset=UTF-8" in result
    assert f"nplurals={forms};" in result
    assert "fuzzy" not in result
    assert result.count("msgstr[") == forms
    assert f'msgstr[{forms - 1}] "%d 文件"' in result
    assert result_name("app.pot", language) == f"app.{language}.po"


def test_translations_into_another_language_are_replaced_when_the_task_names_its_own(tmp_path: Path) -> None:
    assert "File “%s”" in texts_of(Po(), tmp_path, CATALOGUE, Options(target_language="mon_Cyrl"))
    options = Options(target_language="cmn_Hans")
    assert texts_of(Po(), tmp_path, CATALOGUE, options).count("Open") == 2
    result = checked(through(Po(), tmp_path, CATALOGUE, {"Open": "打开"}, options=options), tmp_path)
    assert result.count('msgstr "打开"') == 2
    assert "Нээлттэй" not in result
    assert '"Language: zh_CN\\n"' in result


def test_all_is_translated_anew_where_that_is_asked_for(tmp_path: Path) -> None:
    options = Options(retranslate=True)
    result = through(Po(), tmp_path, CATALOGUE, {"Open": "X"}, language="mon_Cyrl", options=options).decode()
    assert result.count('msgstr "X"') == 2


def test_a_plural_rule_that_kept_messages_follow_is_kept(tmp_path: Path) -> None:
    data = (
        HEADER.replace('"Language: mn\\n"\n', "").replace("nplurals=2; plural=(n != 1);", "nplurals=1; plural=0;")
        + '\nmsgid "a file"\nmsgid_plural "files"\nmsgstr[0] "файл"\n\nmsgid "a day"\nmsgid_plural "days"\nmsgstr[0] ""\n'
    )
    result = checked(through(Po(), tmp_path, data, {"days": "өдөр"}, language="mon_Cyrl"), tmp_path)
    assert 'msgstr[0] "файл"' in result
    assert "nplurals=1;" in result
    assert 'msgstr[0] "өдөр"\n' in result


def test_a_catalogue_without_a_header_gets_one(tmp_path: Path) -> None:
    result = checked(through(Po(), tmp_path, 'msgid "Open"\nmsgstr ""\n', {"Open": "打开"}), tmp_path)
    assert result.startswith('msgid ""\nmsgstr ""\n"Language: zh_CN\\n"\n')
    assert result.endswith('\n\nmsgid "Open"\nmsgstr "打开"\n')


@pytest.mark.parametrize("charset", ["windows-1251", "ISO-8859-1", "ASCII", "GBK"])
def test_the_encoding_becomes_utf8_where_it_lacks_a_letter(tmp_path: Path, charset: str) -> None:
    data = HEADER.replace("UTF-8", charset) + '\nmsgid "Open"\nmsgstr ""\n'
    assert through(Po(), tmp_path, data.encode(), {"Open": "Shut"}).decode().count(f"charset={charset}") == 1
    result = through(Po(), tmp_path, data.encode(), {"Open": "Ᏸ 打 өү"})
    assert "charset=UTF-8" in result.decode()
    assert 'msgstr "Ᏸ 打 өү"' in result.decode()


def test_a_text_in_its_own_encoding_is_read(tmp_path: Path) -> None:
    data = (HEADER.replace("UTF-8", "windows-1251") + '\nmsgid "Нээх"\nmsgstr ""\n').encode("cp1251")
    assert texts_of(Po(), tmp_path, data) == ["Нээх"]
    no_charset = 'msgid "Нээх номын сан"\nmsgstr ""\n'.encode("cp1251")
    assert through(Po(), tmp_path, no_charset) == no_charset
    assert 'msgid "Нээх номын сан"\nmsgstr "А"' in through(Po(), tmp_path, no_charset, {"Нээх номын сан": "А"}).decode()


def test_long_translations_are_wrapped_as_gettext_does(tmp_path: Path) -> None:
    data = HEADER + '\nmsgid "a"\nmsgstr ""\n'
    result = through(Po(), tmp_path, data, {"a": "word " * 40 + "end"}).decode()
    lines = result.split('msgid "a"\n')[1].splitlines()
    assert lines[0] == 'msgstr ""'
    assert all(len(line) <= 79 for line in lines)
    if shutil.which("msgcat"):
        (tmp_path / "r.po").write_text(result, "utf-8")
        again = subprocess.run(["msgcat", str(tmp_path / "r.po")], capture_output=True, check=True).stdout.decode()
        assert again.split('msgid "a"\n')[1] == result.split('msgid "a"\n')[1]


def test_a_flag_above_an_obsolete_message_belongs_to_it(tmp_path: Path) -> None:
    data = HEADER + '\n#, fuzzy\n#~ msgid "a"\n#~ msgstr "b"\n\nmsgid "c"\nmsgstr "d"\n'
    assert texts_of(Po(), tmp_path, data) == []


@pytest.mark.parametrize(
    ("data", "error"),
    [
        ("just text\n", FileDamaged),
        ('msgid "a\n', FileDamaged),
        ('msgid "a"\n', FileDamaged),
        ('msgctxt "a"\n', FileDamaged),
        ('msgid "a"\nmsgid "b"\nmsgstr ""\n', FileDamaged),
        ('msgid "a"\nmsgid_plural "b"\nmsgstr[1] ""\n', FileDamaged),
        ('msgstr "a"\n', FileDamaged),
        ('msgid "\\q"\nmsgstr ""\n', FileDamaged),
        ("# only a comment\n", UnsupportedType),
    ],
)
def test_what_is_no_catalogue_is_refused(tmp_path: Path, data: str, error: type[DocumentError]) -> None:
    path = tmp_path / "a.po"
    path.write_text(data, "utf-8")
    with pytest.raises(error):
        Po().check(path, Limits())


@given(st.text(st.characters(exclude_categories=["Cs"], max_codepoint=0x2FFF), max_size=200), st.booleans())
def test_any_text_survives_its_escapes(text: str, wraps: bool) -> None:
    text = "".join(sign for sign in text if sign not in "\x80\x85")
    entry = next(entries(f'msgid "x"\n{written("msgstr", text, chr(10), wraps)}\n'))
    assert entry.targets[0].value == text
    assert unescaped("\\101\\x42\\'", 1) == "AB'"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(
    st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40), max_size=5, unique=True)
)
def test_any_catalogue_comes_back_with_its_translations(tmp_path: Path, texts: list[str]) -> None:
    data = HEADER + "".join(f'\n{written("msgid", text, chr(10), True)}\nmsgstr ""\n' for text in texts)
    assert through(Po(), tmp_path, data) == data.encode()
    result = through(Po(), tmp_path, data, lambda text: text[::-1] + "字", language="mon_Cyrl").decode()
    found = {entry.source.value: entry.targets[0].value for entry in entries(result) if entry.source}
    changed = any(any(character.isalpha() for character in text) for text in texts)
    assert all((found[text] != "") is changed for text in texts)
