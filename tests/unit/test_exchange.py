"""Lists of terms and translation memories as files: in, out, and what is wrong with them."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from documents.errors import BadMemory, BadTerms
from documents.exchange import tmx
from documents.exchange.languages import code_of
from documents.exchange.terms import MAX_ENTRIES, TermRow, checked, read, write

PAIR = ("mon_Cyrl", "cmn_Hans")


def terms(
    folder: Path, name: str, content: str | bytes, pair: tuple[str, str] = PAIR
) -> list[tuple[str, str | None, bool]]:
    path = folder / "staged"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return [(row.source, row.target, row.match_case) for row in read(name, path, *pair)]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", "гэрээ,合同\nХХК,,true\n"),
        ("a.csv", "\ufeffгэрээ;合同\r\nХХК;;1\r\n"),
        ("a.tsv", "гэрээ\t合同\n\nХХК\t\tyes\n"),
        ("a.csv", "source,target,match_case\nгэрээ,合同,\nХХК,,x\n"),
        ("a.csv", "zh,note,mn,match_case\n合同,,гэрээ,\n,,ХХК,true\n"),
        ("a.csv", "гэрээ,合同\nХХК,,true\n".encode("utf-16")),
    ],
)
def test_tables_are_read_with_and_without_a_head(tmp_path: Path, name: str, content: str | bytes) -> None:
    assert terms(tmp_path, name, content) == [("гэрээ", "合同", False), ("ХХК", None, True)]


@pytest.mark.parametrize(
    ("name", "content", "line", "word"),
    [
        ("a.csv", 'гэрээ,合同\n"бад"x,y\n', 2, "cannot be read"),
        ("a.csv", "гэрээ,合同\n,合同\n", 2, "no source"),
        ("a.csv", "en,mn\nx,y\n", 1, "languages"),
        ("a.tsv", f"гэрээ\t合同\n{'а' * 201}\tx\n", 2, "200"),
        ("a.csv", "--,x\n", 1, "no term"),
        ("a.tbx", '<?xml version="1.0"?>\n<martif>\n<x></martif>', 3, "Opening and ending tag"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, name: str, content: str, line: int, word: str) -> None:
    with pytest.raises(BadTerms, match=word) as error:
        terms(tmp_path, name, content)
    assert error.value.data["line"] == line
    assert f"ine {line}" in error.value.detail


@pytest.mark.parametrize(("name", "content"), [("a.csv", ""), ("a.xlsx", "x"), ("a.csv", b"\x00\x01\x02")])
def test_what_is_no_list_of_terms_is_refused(tmp_path: Path, name: str, content: str | bytes) -> None:
    with pytest.raises(BadTerms):
        terms(tmp_path, name, content)


def test_a_list_that_is_too_long_is_refused() -> None:
    rows = [TermRow(f"а{n}", "x") for n in range(MAX_ENTRIES + 1)]
    assert len(checked(rows[:-1])) == MAX_ENTRIES
    with pytest.raises(BadTerms, match="20000"):
        checked(rows)


@pytest.mark.parametrize("bad", ["\x01", "\x00", "\ufffe", "\ud83d"])
def test_a_term_that_no_file_could_hold_is_refused_and_an_older_one_is_written_without_it(bad: str) -> None:
    for row in (TermRow(f"гэ{bad}рээ", "合同"), TermRow("гэрээ", f"合{bad}同")):
        with pytest.raises(BadTerms, match="Entry 1 has a character that stands in no text"):
            checked([row])
        assert "<term>гэрээ</term>" in write("tbx", [row], "mon_Cyrl", "cmn_Hans").decode()


def test_tbx_of_both_versions_is_read(tmp_path: Path) -> None:
    old = """<?xml version="1.0"?><!DOCTYPE martif SYSTEM "TBXcoreStructV02.dtd">
<martif type="TBX"><text><body>
<termEntry id="1"><langSet xml:lang="mn-MN"><tig><term>гэрээ</term></tig></langSet>
<langSet xml:lang="zh-CN"><tig><term>合同</term></tig><tig><term>契约</term></tig></langSet></termEntry>
<termEntry id="2"><langSet xml:lang="en"><tig><term>only</term></tig></langSet></termEntry>
</body></text></martif>"""
    assert terms(tmp_path, "a.tbx", old) == [("гэрээ", "合同|契约", False)]
    new = """<tbx xmlns="urn:iso:std:iso:30042:ed-2"><text><body><conceptEntry id="1">
<note type="doNotTranslate">yes</note><langSec xml:lang="mn"><termSec><term>Хэлмэрч</term></termSec></langSec>
</conceptEntry></body></text></tbx>"""
    assert terms(tmp_path, "a.tbx", new) == [("Хэлмэрч", None, False)]


def test_entities_of_a_term_base_are_not_resolved(tmp_path: Path) -> None:
    bomb = """<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "xxxxxxxx"><!ENTITY b "&a;&a;&a;">]>
<martif><text><body><termEntry><langSet xml:lang="mn"><tig><term>&b;</term></tig></langSet></termEntry></body></text></martif>"""
    with pytest.raises(BadTerms):
        terms(tmp_path, "a.tbx", bomb)


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=20).map(
    lambda s: "а" + s
)


@settings(deadline=None)  # it writes files
@given(
    st.dictionaries(WORDS.filter(lambda s: "|" not in s), st.none() | WORDS.filter(lambda s: "|" not in s), min_size=1)
)
def test_what_is_written_is_read_again(
    tmp_path_factory: pytest.TempPathFactory, entries: dict[str, str | None]
) -> None:
    folder = tmp_path_factory.mktemp("terms")
    rows = [TermRow(source, target, len(source) % 2 == 0) for source, target in entries.items()]
    for kind in ("csv", "tsv", "tbx"):
        content = write(kind, rows, *PAIR)
        assert terms(folder, f"a.{kind}", content) == [(row.source, row.target, row.match_case) for row in rows]


def test_a_memory_is_written_and_read_again(tmp_path: Path) -> None:
    out = io.BytesIO()
    writer = tmx.Writer(out, "mon_Cyrl", "1.0")
    units = [tmx.Unit(*PAIR, f"Эх <{n}> & текст", f"译文 {n}", when="20261125T203838Z") for n in range(300)]
    writer.add(units[:100])
    writer.add(units[100:])
    writer.close()
    path = tmp_path / "a.tmx"
    path.write_bytes(out.getvalue())
    found = [tmx.Unit(u.source_lang, u.target_lang, u.source, u.target, when=u.when) for u in tmx.read(path)]
    assert found == units


def test_a_memory_of_another_program_is_read_without_its_formatting(tmp_path: Path) -> None:
    path = tmp_path / "a.tmx"
    path.write_text(
        """<?xml version="1.0"?><!DOCTYPE tmx SYSTEM "tmx14.dtd"><tmx version="1.4"><header srclang="EN-US"/><body>
<tu><tuv xml:lang="MN"><seg>Сайн уу</seg></tuv><tuv xml:lang="EN-US"><seg>Hello <bpt i="1">&lt;b></bpt><hi>dear</hi>
world<ept i="1">&lt;/b></ept></seg></tuv><tuv xml:lang="fr"><seg>Bonjour</seg></tuv></tu></body></tmx>"""
    )
    assert [(u.source_lang, u.target_lang, u.source, u.target) for u in tmx.read(path)] == [
        ("eng_Latn", "mon_Cyrl", "Hello dear world", "Сайн уу")
    ]


@pytest.mark.parametrize(
    ("content", "line"),
    [("<tmx>\n<body><tu><tuv><seg>x</seg></tuv></tu></body></tmx>", 2), ("<tmx>\n<body>\n</tmx>", 3), ("x", 1)],
)
def test_a_broken_memory_is_refused_with_the_line(tmp_path: Path, content: str, line: int) -> None:
    path = tmp_path / "a.tmx"
    path.write_text(content)
    with pytest.raises(BadMemory) as error:
        list(tmx.read(path))
    assert error.value.data["line"] == line


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("mn-MN", "mon_Cyrl"),
        ("ZH_cn", "cmn_Hans"),
        ("zh-TW", "cmn_Hant"),
        ("en-GB", "eng_Latn"),
        ("fr", None),
        ("", None),
    ],
)
def test_languages_are_known_by_many_names(name: str, code: str | None) -> None:
    assert code_of(name) == code
