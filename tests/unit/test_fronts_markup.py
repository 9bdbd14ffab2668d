"""Markup in short texts: it is all there after, whatever the translator does with it."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serve_app.fronts import markup


async def shouted(texts: Sequence[str]) -> list[str]:
    """Keeps tags and writes everything else in capitals."""
    return [re.sub(r"(<[^<>]*>)|[^<]+|<", lambda m: m[1] or m[0].upper(), text) for text in texts]


async def careless(texts: Sequence[str]) -> list[str]:
    """Loses every tag."""
    return [re.sub(r"<[^<>]*>", "", text).upper() for text in texts]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("plain", "PLAIN"),
        ("<p>one</p><p>two &amp; three</p>", "<p>ONE</p><p>TWO &amp; THREE</p>"),
        ("a <b class='x'>b</b> c", "A <b class='x'>B</b> C"),
        ("<P>one<BR>two</P>", "<P>ONE<BR>TWO</P>"),
        ("<style>p{a:b}</style>text<script>if (a < b) c</script>", "<style>p{a:b}</style>TEXT<script>if (a < b) c</script>"),
        ("<!-- remark -->text<!DOCTYPE x>", "<!-- remark -->TEXT<!DOCTYPE x>"),
        ('<p translate="no">name <i>x</i></p> text', '<p translate="no">name <i>x</i></p> TEXT'),
        ('see <span class="a notranslate">Name</span> here', 'SEE <span class="a notranslate">Name</span> HERE'),
        ("<p>1 &lt; 2</p>", "<p>1 &lt; 2</p>"),
        ("", ""),
    ],
)  # fmt: skip
@pytest.mark.parametrize("send", [shouted, careless])
async def test_text_is_translated_and_markup_stays(source: str, expected: str, send: markup.Translate) -> None:
    assert await markup.translate(source, send) == expected


async def test_tags_of_xml_keep_their_capitals() -> None:
    assert await markup.translate('<Doc a="b"><Name/>text</Doc>', shouted, xml=True) == '<Doc a="b"><Name/>TEXT</Doc>'


async def test_a_translation_that_crosses_tags_is_not_taken() -> None:
    async def crossing(texts: Sequence[str]) -> list[str]:
        return [text.replace("</b></i>", "</i></b>").upper() if "<" in text else text.upper() for text in texts]

    assert await markup.translate("<i>a <b>c</b></i>", crossing) == "<i>A <b>C</b></i>"


TAGS = st.sampled_from(["<b>", "</b>", "<p>", "</p>", "<br>", "<i class='a'>", "</i>", "<!-- x -->", "<img src=x>"])


@given(st.lists(st.one_of(TAGS, st.text("abc <>&;\"'é", max_size=6)), max_size=12).map("".join))
def test_no_tag_is_ever_lost_or_made_up(source: str) -> None:
    import asyncio

    for send in (shouted, careless):
        answer = asyncio.run(markup.translate(source, send))
        assert markup._TOKEN.findall(answer) == markup._TOKEN.findall(source)
