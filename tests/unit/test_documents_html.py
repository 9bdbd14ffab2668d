"""Web pages: text and read attributes translated, everything else byte for byte."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from documents.errors import DocumentError, FileDamaged, FileEmpty, FileNoText, UnsupportedType
from documents.html import Html
from documents.limits import Limits
from documents.model import Output
from tests.unit.texts_kit import texts_of, through, units_of

PAGE = """<!DOCTYPE html>
<HTML lang='en' class=x>
<head><meta charset="utf-8"><title>My page</title>
<meta name="description" content="About &quot;tea&quot;"><meta name=generator content="Text">
<style>p { color: red } /* text */</style><script>if (a < b) { document.write("<p>text</p>") }</script></head>
<body>
<!-- a comment -->
<p id=one>Green tea
   with <b>hot milk</b> &amp; <a href="x?a=1&b=2" title="See more">a link</a>.</p>
<p>Press <code>make all</code> and <span translate="no">Acme Corp</span> now<img src=a.png alt="A cup"> please</p>
<ul><li>First item<li>Second item</ul>
<pre>line one
line two</pre><pre><code>x = text</code></pre>
<div translate=no>left <div>as</div> it is</div>
<input type=submit value=Send><input value="mine"><br>Last<br/>words</body></HTML>
"""
XHTML = (
    '<?xml version="1.0" encoding="windows-1251"?>\r\n<!DOCTYPE html [ <!ENTITY x "y>"> ]>\r\n'
    '<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="mn"><head><title/></head>'
    "<body><p/><script/><p>Сайн уу<br/>найз</p></body></html>"
)
FRAGMENT = "Plain & simple <i>text</i> without a body\n"


@pytest.mark.parametrize("data", [PAGE, XHTML, FRAGMENT, PAGE.replace("\n", "\r\n")])
@pytest.mark.parametrize("output", list(Output))
def test_the_identity_translation_gives_back_every_byte(tmp_path: Path, data: str, output: Output) -> None:
    raw = data.encode("cp1251" if data is XHTML else "utf-8")
    assert through(Html(), tmp_path, raw, output=output) == raw


def test_the_units_of_a_page(tmp_path: Path) -> None:
    assert texts_of(Html(), tmp_path, PAGE) == [
        "My page",
        'About "tea"',
        "See more",
        "Green tea with hot milk & a link.",
        "A cup",
        "Press and now please",
        "First item",
        "Second item",
        "line one",
        "line two",
        "Send",
        "Last",
        "words",
    ]
    assert texts_of(Html(), tmp_path, XHTML.encode("cp1251")) == ["Сайн уу", "найз"]


def test_only_the_text_changes(tmp_path: Path) -> None:
    expected = PAGE
    for old, new in [("My page", "一"), ("First item", "二 < 三"), ("line two", "四"), ("Last", "五")]:
        expected = expected.replace(old, new.replace("<", "&lt;"))
    expected = expected.replace("lang='en'", "lang='zh-Hans'")
    changes = {"My page": "一", "First item": "二 < 三", "line two": "四", "Last": "五"}
    assert through(Html(), tmp_path, PAGE, changes).decode() == expected


def test_inline_elements_atoms_and_changed_attributes_go_with_their_words(tmp_path: Path) -> None:
    changes = {"Green tea with hot milk & a link.": 'Ногоон цай "халуун сүү" & холбоос.', "See more": 'Дараах "2"'}
    result = through(Html(), tmp_path, PAGE, changes | {"Press and now please": "Одоо дарна уу"}).decode()
    assert '<a href="x?a=1&b=2" title="Дараах &quot;2&quot;">холбоос</a>.</p>' in result
    assert "&amp;" in result
    assert result.count("<b>") == result.count("</b>") == 1
    start = result.index("<p>Одоо")
    line = result[start : result.index("</p>", start)]
    for atom in ("<code>make all</code>", '<span translate="no">Acme Corp</span>', '<img src=a.png alt="A cup">'):
        assert line.count(atom) == 1


def test_an_attribute_inside_a_translated_sentence_is_translated_too(tmp_path: Path) -> None:
    data = "<p>a <img alt='cup'> b <a id=x title=hint>c</a></p>"
    result = through(Html(), tmp_path, data, str.upper, language="eng_Latn").decode()
    assert result == "<p>A <img alt='CUP'> B <a id=x title=\"HINT\">C</a></p>"


def test_a_declared_encoding_is_read_and_corrected_when_it_does_not_hold_the_translation(tmp_path: Path) -> None:
    result = through(Html(), tmp_path, XHTML.encode("cp1251"), {"найз": "朋友"}).decode()
    assert result == XHTML.replace("windows-1251", "UTF-8").replace("найз", "朋友").replace('"mn"', '"zh-Hans"')
    page = '<meta http-equiv="Content-Type" content="text/html; charset=gb2312"><p>你好</p>'
    assert texts_of(Html(), tmp_path, page.encode("gbk")) == ["你好"]
    result = through(Html(), tmp_path, page.encode("gbk"), {"你好": "өдөр"}, language="mon_Cyrl").decode("gb18030")
    assert "өдөр" in result
    assert through(Html(), tmp_path, "<p>Сайн байна уу</p>".encode("cp1251"), {"Сайн байна уу": "好"}).startswith(
        b"\xef\xbb\xbf<p>"
    )


def test_both_languages_are_interleaved(tmp_path: Path) -> None:
    data = '<title>Tea</title><p id="a" class=k>Tea <b id=c>now</b></p><ul><li>Milk</ul><img alt="Cup">'
    changes = {"Tea": "茶", "Tea now": "喝茶", "Milk": "奶", "Cup": "杯"}
    assert through(Html(), tmp_path, data, changes, Output.BILINGUAL).decode() == (
        '<title>Tea / 茶</title><p id="a" class=k>Tea <b id=c>now</b></p>\n<p class=k lang="zh-Hans">喝<b>茶</b></p>'
        '<ul><li>Milk<br><span lang="zh-Hans">奶</span></ul><img alt="Cup / 杯">'
    )


def test_pictures_and_fields_of_forms_stand_once_in_a_page_in_two_languages(tmp_path: Path) -> None:
    data = "<p>One <img src=a.png> two <input name=q> <svg><path/></svg> three <code>x</code>!</p><ul><li>Tea<img src=b> now</ul>"
    result = through(Html(), tmp_path, data, str.upper, Output.BILINGUAL).decode()
    assert [result.count(one) for one in ("<img", "<input", "<svg", "</svg", "<code>")] == [2, 1, 1, 1, 2]
    assert result.index("<p lang") > result.index("<svg>")
    assert "ONE" in result[result.index("<p lang") :]


def test_runs_tile_the_text(tmp_path: Path) -> None:
    units = units_of(Html(), tmp_path, "<p><b> a </b><i> b</i> <u>c<i>d</u></p>")
    assert [unit.text for unit in units] == ["a b cd"]


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", FileEmpty),
        (b"\n \n", FileNoText),
        (b"PK\x03\x04", UnsupportedType),
        (b"<p>\0\1\2</p>", UnsupportedType),
        ("<p>Энэ бол ".encode() * 9 + b"\xff", FileDamaged),
    ],
)
def test_what_is_no_page_is_refused(tmp_path: Path, data: bytes, error: type[DocumentError]) -> None:
    path = tmp_path / "a.html"
    path.write_bytes(data)
    with pytest.raises(error):
        Html().check(path, Limits())


@pytest.mark.parametrize(
    "part", ["<a ", '<a b="', "<b>x", "<!--", "<![CDATA[", "<pre>", "</b>", "&", "<b></b>", "<script>"]
)
def test_hostile_markup_takes_linear_time(tmp_path: Path, part: str) -> None:
    begin = time.process_time()
    data = "<p>word " + part * 6_000
    assert through(Html(), tmp_path, data) == data.encode()
    assert time.process_time() - begin < 1.5


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None)
@given(
    parts=st.lists(
        st.sampled_from(
            [
                "<p>",
                "</p>",
                "<b>",
                "</b>",
                "<a href=x>",
                "</a>",
                "<br>",
                "<img alt=q>",
                "text ",
                " ",
                "&amp;",
                "<",
                '"',
                "<code>",
                "</code>",
                "<!--",
                "-->",
                "word",
            ]
        ),
        max_size=30,
    )
)
def test_no_tag_is_lost_whatever_the_markup(tmp_path: Path, parts: list[str]) -> None:
    data = "".join(("<p>begin", *parts))
    assert through(Html(), tmp_path, data) == data.encode()
    result = through(Html(), tmp_path, data, lambda text: "новая " + text.upper(), language="mon_Cyrl").decode()
    for alone in ("<br>", "<img ", "<code>"):
        assert result.count(alone) == data.count(alone)
    assert result.count("</b>") - result.count("<b>") == data.count("</b>") - data.count("<b>")


def test_a_code_after_a_space_stays_after_it(tmp_path: Path) -> None:
    result = through(Html(), tmp_path, "<p>Please <b>wait</b> and type <code>x</code>.</p>", str.upper)
    assert result == b"<p>PLEASE <b>WAIT</b> AND TYPE <code>x</code>.</p>"


NAMED_XHTML = '<html xmlns="http://www.w3.org/1999/xhtml"><body>{}</body></html>'


@pytest.mark.parametrize(
    "script",
    [
        "<script>for (i=0;i<n;i++) { a[i]=1 }</script>",
        "<script>//<![CDATA[\nif (a<b) c='>'\n//]]></script>",
        "<script><![CDATA[ write('</script><p>no text</p>') ]]></script>",
        "<script src='a.js'/>",
        "<style>a:after { content: '<b' }</style>",
    ],
)
def test_scripts_of_pages_that_call_themselves_xhtml_are_no_markup(tmp_path: Path, script: str) -> None:
    page = NAMED_XHTML.format(f"{script}<p>first text</p>{script}<p>second text</p>")
    assert texts_of(Html(), tmp_path, page) == ["first text", "second text"]
    result = through(Html(), tmp_path, page, str.upper, language="mon_Cyrl").decode()
    assert result.count(script) == 2


def test_what_is_kept_ends_with_the_element_around_it(tmp_path: Path) -> None:
    page = (
        "<p>one <ruby>漢<rp>(<rt>kan<rp>)</ruby> two</p><p>press <code>x</p><p>three</p>"
        "<ul><li translate=no>kept</ul><p>four</p><div translate=no>kept</p>kept</div>five"
    )
    assert texts_of(Html(), tmp_path, page) == ["one 漢 two", "press", "three", "four", "five"]
    result = through(Html(), tmp_path, page, str.upper, language="mon_Cyrl").decode()
    assert "<rp>(<rt>kan<rp>)</ruby> TWO" in result
    assert "PRESS <code>x</p>" in result


def test_the_tags_that_word_writes_cut_no_sentence(tmp_path: Path) -> None:
    page = '<p>lives in <st1:City w:st="on"><st1:place>Darkhan</st1:place></st1:City>, which is<o:p></o:p></p>'
    assert texts_of(Html(), tmp_path, page) == ["lives in Darkhan, which is"]


def test_the_shortest_comment_ends_at_once(tmp_path: Path) -> None:
    assert texts_of(Html(), tmp_path, "<p>one</p><!--><p>two</p><!-- x --><p>three</p>") == ["one", "two", "three"]


def test_the_words_around_a_box_to_tick_are_not_one_word(tmp_path: Path) -> None:
    page = "<p><input type=radio>Male<input type=radio>Female</p>"
    assert texts_of(Html(), tmp_path, page) == ["Male", "Female"]
    result = through(Html(), tmp_path, page, str.upper, language="mon_Cyrl").decode()
    assert result == page.replace("Male", "MALE").replace("Female", "FEMALE")


def test_a_space_in_tags_of_its_own_parts_words(tmp_path: Path) -> None:
    page = "<p><b>Hello</b><span> </span>big <u>&nbsp;</u> world<a name=x> </a></p>"
    assert texts_of(Html(), tmp_path, page) == ["Hello big world"]
    result = through(Html(), tmp_path, page, str.upper, language="mon_Cyrl").decode()
    # A browser shows white space on both sides of a tag once.
    assert result == "<p><b>HELLO</b> <span> </span>BIG <u>&nbsp;</u> WORLD<a name=x> </a></p>"


def test_programs_in_a_page_end_where_php_says_so(tmp_path: Path) -> None:
    page = "<p>one <?php echo $a->b; ?> two <?= $x > 1 ?></p>"
    assert texts_of(Html(), tmp_path, page) == ["one two"]


@pytest.mark.parametrize("charset", ["windows-1251", "gb2312", "iso-8859-1"])
def test_a_page_in_utf_8_is_read_so_whatever_it_says(tmp_path: Path, charset: str) -> None:
    page = f"<meta charset={charset}><p>Сайн байна уу</p>"
    assert texts_of(Html(), tmp_path, page) == ["Сайн байна уу"]
    assert through(Html(), tmp_path, page) == page.encode()


def test_old_names_of_characters_need_no_semicolon(tmp_path: Path) -> None:
    page = "<p>&nbsp&nbspMilk&nbsp&amp tea &copy 2020, AT&T &none</p>"
    assert texts_of(Html(), tmp_path, page) == ["Milk\xa0& tea © 2020, AT&T &none"]
    assert through(Html(), tmp_path, page) == page.encode()
    assert b"AMP" not in through(Html(), tmp_path, page, str.upper)
