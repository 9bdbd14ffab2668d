"""Markdown: prose translated by source position, all other signs kept."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from documents.errors import DocumentError, FileEmpty, FileNoText, UnsupportedType
from documents.limits import Limits
from documents.markdown import Markdown
from documents.model import Output
from tests.unit.texts_kit import texts_of, through

PAGE = """---
title: kept
---
# Title *here*

Some **bold text**, `code` and [a link](http://x.y "t")
goes on. Snake_case 2 * 3 [ref] ok.

> Quote text
> more

- item one
  with more
- [ ] task

1. first\\
   second

| a b | c |
|---|---|
| one | `x` two |

```py
code text
```

    indented

<div>html</div>

Setext
======

[ref]: http://z "title"
"""


@pytest.mark.parametrize("data", [PAGE, PAGE.replace("\n", "\r\n"), "just text", "* a\n* b\n\n\ttab code\n"])
@pytest.mark.parametrize("output", list(Output))
def test_the_identity_translation_gives_back_every_byte(tmp_path: Path, data: str, output: Output) -> None:
    assert through(Markdown(), tmp_path, data, output=output) == data.encode()


def test_only_prose_is_read(tmp_path: Path) -> None:
    expected = ["Title here", "Some bold text, and a link goes on. Snake_case 2 * 3 ref ok.", "Quote text more"]
    expected += ["item one with more", "task", "first", "second", "a b", "c", "one", "two", "html", "Setext"]
    assert texts_of(Markdown(), tmp_path, PAGE) == expected
    assert texts_of(Markdown(), tmp_path, PAGE.replace("\n", "\r\n")) == expected


def test_emphasis_links_and_code_go_with_their_words(tmp_path: Path) -> None:
    result = through(Markdown(), tmp_path, PAGE, str.upper, language="eng_Latn").decode()
    assert "**BOLD TEXT**" in result.replace("**BOLD TEXT,**", "**BOLD TEXT**")
    assert '[A LINK](http://x.y "t") GOES ON. SNAKE_CASE 2 \\* 3 [REF][ref] OK.' in result
    assert result.count("`code`") == 1
    assert "<div>HTML</div>" in result
    for kept in ("title: kept", "```py\ncode text\n```", "    indented", '[ref]: http://z "title"'):
        assert kept in result
    assert "- [ ] TASK\n" in result
    assert "1. FIRST\\\n   SECOND\n" in result
    assert "| ONE | `x` TWO |" in result


def test_both_languages_are_interleaved(tmp_path: Path) -> None:
    data = "# One\r\n\r\n> two\r\n> more\r\n\r\n- three\r\n\r\n| h |\r\n|---|\r\n| four |\r\n"
    assert through(Markdown(), tmp_path, data, str.upper, Output.BILINGUAL).decode() == (
        "# One\r\n\r\n# ONE\r\n\r\n> two\r\n> more\r\n>\r\n> TWO MORE\r\n\r\n- three\r\n\r\n  THREE\r\n\r\n"
        "| h<br>H |\r\n|---|\r\n| four<br>FOUR |\r\n"
    )


def test_formulas_and_what_site_generators_put_in_are_kept(tmp_path: Path) -> None:
    kept = ("$E_0 = mc^2$", r"$$\int_0^1 x_1 dx$$", r"\(a_1+b\)", "{#id}", "{% tag a %}", "{{< note >}}")
    data = "".join(f"word {one} more\n\n" for one in kept)
    assert texts_of(Markdown(), tmp_path, data) == ["word more"] * len(kept)
    assert through(Markdown(), tmp_path, data, str.upper).decode() == data.replace("word", "WORD").replace(
        "more", "MORE"
    )


@pytest.mark.parametrize("text", ["it costs $5 and $6", r"it \(is\) so"])
def test_prices_and_brackets_are_no_formulas(tmp_path: Path, text: str) -> None:
    assert texts_of(Markdown(), tmp_path, text) == [text.replace("\\", "")]


def test_lines_that_other_programs_read_stay_lines(tmp_path: Path) -> None:
    data = ":::note\nOne\ntwo\n:::\n\nIt is\n$$\nx_1 = y\n$$\nand\n\\[\na\n\\]\n\nTerm\n: Meaning\n: Other\n"
    assert texts_of(Markdown(), tmp_path, data) == ["One two", "It is", "and", "Term", "Meaning", "Other"]
    assert through(Markdown(), tmp_path, data, str.upper).decode() == (
        ":::note\nONE TWO\n:::\n\nIT IS\n$$\nx_1 = y\n$$\nAND\n\\[\na\n\\]\n\nTERM\n: MEANING\n: OTHER\n"
    )
    both = through(Markdown(), tmp_path, data, str.upper, Output.BILINGUAL).decode()
    assert ":::note\nOne\ntwo\n\nONE TWO\n:::\n" in both
    assert "Term / TERM\n: Meaning / MEANING\n" in both


def test_the_lines_below_in_addresses_and_words_are_no_markup(tmp_path: Path) -> None:
    said = "see https://x.y/a_b_c?d=_e and snake_case _x_"
    assert through(Markdown(), tmp_path, "one", {"one": said}).decode() == said.replace("_x_", "\\_x\\_")


def test_text_in_blocks_of_html_is_translated_as_in_a_page(tmp_path: Path) -> None:
    data = '<details><summary title="tip">More</summary>\n\ninside\n\n</details>\n\n<!-- remark -->\n'
    assert texts_of(Markdown(), tmp_path, data) == ["tip", "More", "inside"]
    result = through(Markdown(), tmp_path, data, str.upper).decode()
    assert result.startswith('<details><summary title="TIP">MORE</summary>\n\nINSIDE\n\n</details>\n\n<!-- remark -->')
    both = through(Markdown(), tmp_path, data, str.upper, Output.BILINGUAL).decode()
    assert 'More<br><span lang="zh-Hans">MORE</span></summary>\n\ninside\n\nINSIDE\n\n</details>' in both


def test_a_block_of_html_in_a_quote_stays(tmp_path: Path) -> None:
    assert texts_of(Markdown(), tmp_path, "> <div>\n> text\n> </div>\n") == []


def test_a_footnote_of_one_word_is_text_and_the_address_of_a_link_is_not(tmp_path: Path) -> None:
    data = "One[^1]\n\n[^1]: note\n[a]: http://x.y\n\nTwo[^b]\n\n> [^b]: Other\n[^1]: again\n"
    assert texts_of(Markdown(), tmp_path, data) == ["One", "note", "Two", "Other", "again"]
    expected = data.replace("One", "ONE").replace("note", "NOTE").replace("Two", "TWO")
    assert through(Markdown(), tmp_path, data, str.upper).decode() == expected.replace("Other", "OTHER").replace(
        "again", "AGAIN"
    )


@pytest.mark.parametrize(
    ("source", "translated", "both"),
    [
        ("[^1]: two words\n", "[^1]: TWO WORDS\n", "[^1]: two words\n\n    TWO WORDS\n"),
        ("- [x] two words\n", "- [x] TWO WORDS\n", "- [x] two words\n\n  TWO WORDS\n"),
    ],
)
def test_the_mark_of_a_footnote_and_the_box_of_a_task_are_no_text(
    tmp_path: Path, source: str, translated: str, both: str
) -> None:
    assert texts_of(Markdown(), tmp_path, source) == ["two words"]
    assert through(Markdown(), tmp_path, source, str.upper).decode() == translated
    assert through(Markdown(), tmp_path, source, str.upper, Output.BILINGUAL).decode() == both


@pytest.mark.parametrize("data", ["\\- one\n", "1\\. one\n", "\\# one\n", "-5 one\n"])
def test_what_was_no_list_becomes_none(tmp_path: Path, data: str) -> None:
    assert through(Markdown(), tmp_path, data, str.upper).decode() == data.upper()


def test_a_translation_does_not_become_markup(tmp_path: Path) -> None:
    assert through(Markdown(), tmp_path, "one\n\ntwo\n", {"one": "# a_b_ <b> [x]", "two": "1. c"}).decode() == (
        "\\# a_b\\_ \\<b> \\[x\\]\n\n1\\. c\n"
    )


@pytest.mark.parametrize(
    ("data", "error"),
    [(b"", FileEmpty), (b"\n \n", FileNoText), (b"PK\x03\x04", UnsupportedType), (b"a\0b", UnsupportedType)],
)
def test_what_is_no_text_is_refused(tmp_path: Path, data: bytes, error: type[DocumentError]) -> None:
    path = tmp_path / "a.md"
    path.write_bytes(data)
    with pytest.raises(error):
        Markdown().check(path, Limits())


@pytest.mark.parametrize(
    "part",
    [
        "[",
        "*",
        "**a ",
        "`",
        "> ",
        "<a ",
        "](",
        "$",
        "$$",
        "\\(",
        "{#",
        "<b>\n\n",
        "- ",
        "[a](b",
        "_",
        "![",
        "\\",
        "` `` ",
        "[[",
    ],
)
def test_hostile_markup_takes_linear_time(tmp_path: Path, part: str) -> None:
    begin = time.process_time()
    data = "word " + part * 3_000
    assert through(Markdown(), tmp_path, data) == data.encode()
    assert time.process_time() - begin < 2


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(text=st.text(alphabet="ab \n*_`[]()<>!#->|\\1.\r\t~$:{%}=", max_size=60))
@example(text="\r<!a")  # the parser ends a line at a lone carriage return
def test_any_text_comes_back_the_same(tmp_path: Path, text: str) -> None:
    data = "begin " + text
    assert through(Markdown(), tmp_path, data) == data.encode()
    assert through(Markdown(), tmp_path, data, str.upper)


def test_an_address_in_angle_brackets_is_no_text(tmp_path: Path) -> None:
    data = 'See [the page](<a b> "title") and ![one](<c (d>).\n'
    assert texts_of(Markdown(), tmp_path, data) == ["See the page and one."]
    assert through(Markdown(), tmp_path, data, str.upper) == b'SEE [THE PAGE](<a b> "title") AND ![ONE](<c (d>).\n'


@pytest.mark.parametrize(
    ("source", "translated"),
    [
        ("press [Enter] now\n", "PRESS \\[ENTER\\] NOW\n"),  # no link: nothing of that name is defined
        ("see [Site] and [[Home Page]]\n\n[site]: x\n", "SEE [SITE][Site] AND [[Home Page]]\n\n[site]: x\n"),
        ("use `` a`b `` here\n", "USE `` a`b `` HERE\n"),
        ("an ![icon](a.png){width=50%} here\n", "AN ![ICON](a.png){width=50%} HERE\n"),
        ("and <i>in *side*</i> `code` end\n", "AND <i>IN *SIDE*</i> `code` END\n"),
        ("use `make\nall` here\n", "USE `make\nall` HERE\n"),
        ('an <img src="a"\n  alt="b"> here\n', 'AN <img src="a"\n  alt="b"> HERE\n'),
        ("| a |\n|---|\n| x \\| y |\n", "| A |\n|---|\n| X \\| Y |\n"),
    ],
)
def test_brackets_codes_and_tags_are_what_they_are_for_the_reader(tmp_path: Path, source: str, translated: str) -> None:
    assert through(Markdown(), tmp_path, source, str.upper, language="eng_Latn").decode() == translated


@pytest.mark.parametrize(
    ("source", "translated", "both"),
    [
        ("> [!NOTE]\n> One\n> two\n", "> [!NOTE]\n> ONE TWO\n", "> [!NOTE]\n> One\n> two\n>\n> ONE TWO\n"),
        ("> [!tip]- One\n> two\n", "> [!tip]- ONE\n> TWO\n", "> [!tip]- One / ONE\n> two\n>\n> TWO\n"),
    ],
)
def test_the_mark_of_an_alert_keeps_its_word_and_its_line(
    tmp_path: Path, source: str, translated: str, both: str
) -> None:
    assert through(Markdown(), tmp_path, source, str.upper).decode() == translated
    assert through(Markdown(), tmp_path, source, str.upper, Output.BILINGUAL).decode() == both


def test_a_line_break_in_a_cell_ends_a_unit(tmp_path: Path) -> None:
    data = "| a |\n|---|\n| one<br>**two**<BR /> |\n\nthree<br>four\n"
    assert texts_of(Markdown(), tmp_path, data) == ["a", "one", "two", "three", "four"]
    assert through(Markdown(), tmp_path, data, str.upper).decode() == (
        "| A |\n|---|\n| ONE<br>**TWO**<BR /> |\n\nTHREE<br>FOUR\n"
    )
    both = through(Markdown(), tmp_path, data, str.upper, Output.BILINGUAL).decode()
    assert "| one<br>ONE<br>**two**<br>**TWO**<BR /> |\n\nthree / THREE<br>four / FOUR\n" in both
