"""Subtitles: timing and tags kept, cues translated as a whole and wrapped to readable lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from documents.ass import Ass
from documents.errors import DocumentError, FileDamaged, FileEmpty, FileNoText, UnsupportedType
from documents.inline import WHITE
from documents.limits import Limits
from documents.model import Output, Piece
from documents.srt import Srt
from documents.subtitles import LINE_CHARS, wrapped
from documents.text_file import TextFormat
from documents.vtt import Vtt
from tests.unit.texts_kit import texts_of, through

SRT = (
    "1\r\n00:00:01,000 --> 00:00:02,500 X1:10 X2:20\r\n<i>Hello there,</i>\r\nmy friend.\r\n\r\n"
    "2\r\n00:00:03,000 --> 00:00:04,000\r\n- One?\r\n- Two!\r\n\r\n"
    "3\r\n00:00:05,000 --> 00:00:06,000\r\n42\r\n"
)
VTT = (
    "WEBVTT - a title\nX: y\n\nSTYLE\n::cue { color: red }\n\nNOTE not shown --\nmore\n\n"
    "intro\n00:01.000 --> 00:02.000 align:start line:0\n<v Bob>Tea &amp; milk<00:01.500> <c.loud>now</c></v>\n\n"
    "00:03.000 --> 00:04.000\nEnd\n"
)
ASS = (
    "[Script Info]\r\nTitle: Test\r\n\r\n[V4+ Styles]\r\nFormat: Name, Fontname\r\nStyle: Default,Arial\r\n\r\n[Events]\r\n"
    "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\r\n"
    "Dialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,{\\an8}Well, {\\i1}hello{\\i0}\\Nthere\r\n"
    "Comment: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,not shown\r\n"
    "Dialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,{\\p1}m 0 0 l 10 10{\\p0}\r\n"
)
SAMPLES: list[tuple[TextFormat, str]] = [(Srt(), SRT), (Vtt(), VTT), (Ass(), ASS)]


@pytest.mark.parametrize(("form", "data"), SAMPLES)
@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("output", list(Output))
def test_the_identity_translation_gives_back_every_byte(
    tmp_path: Path, form: TextFormat, data: str, codec: str, output: Output
) -> None:
    assert through(form, tmp_path, data.encode(codec), output=output) == data.encode(codec)


def test_a_cue_is_one_unit_and_each_speaker_is_one(tmp_path: Path) -> None:
    assert texts_of(Srt(), tmp_path, SRT) == ["Hello there, my friend.", "- One?", "- Two!"]
    assert texts_of(Vtt(), tmp_path, VTT) == ["Tea & milk now", "End"]
    assert texts_of(Ass(), tmp_path, ASS) == ["Well, hello there"]


@pytest.mark.parametrize("line_end", ["\n", "\r", "\r\n"])
@pytest.mark.parametrize(("form", "data"), SAMPLES)
def test_a_line_may_end_as_on_any_system(tmp_path: Path, form: TextFormat, data: str, line_end: str) -> None:
    written = line_end.join(data.splitlines()) + line_end
    assert texts_of(form, tmp_path, written) == texts_of(form, tmp_path, data)
    assert through(form, tmp_path, written.encode()) == written.encode()


def test_times_numbers_and_tags_stay_around_the_translation(tmp_path: Path) -> None:
    result = through(Srt(), tmp_path, SRT, {"Hello there, my friend.": "你好，朋友。", "- One?": "- 一？"}).decode()
    assert result == SRT.replace("<i>Hello there,</i>\r\nmy friend.", "<i>你好，</i>朋友。").replace("- One?", "- 一？")
    result = through(Vtt(), tmp_path, VTT, {"Tea & milk now": "Чай < сүү одоо"}).decode()
    assert "<v Bob>Чай &lt; сүү<00:01.500> <c.loud>одоо</c></v>" in result
    assert result.replace("Чай &lt; сүү<00:01.500> <c.loud>одоо", "Tea &amp; milk<00:01.500> <c.loud>now") == VTT
    result = through(Ass(), tmp_path, ASS, {"Well, hello there": "За, сайн {уу"}).decode()
    line = next(line for line in result.splitlines() if "За" in line)
    assert line.count("{\\i1}") == line.count("{\\i0}") == line.count("{\\an8}") == 1
    assert "(" in line


def test_both_languages_stand_under_each_other(tmp_path: Path) -> None:
    result = through(Srt(), tmp_path, SRT, {"Hello there, my friend.": "你好，朋友。"}, Output.BILINGUAL).decode()
    assert "<i>Hello there,</i>\r\nmy friend.\r\n<i>你好，</i>朋友。\r\n\r\n2\r\n" in result
    result = through(Ass(), tmp_path, ASS, {"Well, hello there": "喂，你好"}, Output.BILINGUAL).decode()
    assert "hello{\\i0}\\Nthere\\N{\\an8}" in result


def test_a_windows_1251_file_becomes_utf_8_when_the_translation_needs_it(tmp_path: Path) -> None:
    data = "1\n00:00:01,000 --> 00:00:02,000\nСайн байна уу\n".encode("cp1251")
    result = through(Srt(), tmp_path, data, {"Сайн байна уу": "你好"})
    assert result == "\ufeff1\n00:00:01,000 --> 00:00:02,000\n你好\n".encode()


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("Short", 1),
        ("Энэ бол хоёр мөрөнд багтах ёстой нэлээд урт өгүүлбэр юм.", 2),
        ("Энэ бол гурван мөр болох ёстой маш урт өгүүлбэр, " * 2, 3),
        ("人人生而自由，在尊严和权利上一律平等。他们赋有理性和良心。", 2),
        ("A" * 90, 1),
    ],
)
def test_long_translations_are_wrapped_to_even_lines(text: str, lines: int) -> None:
    text = text.strip()
    result = "".join(piece.text for piece in wrapped([Piece(text[:10]), Piece(text[10:], 1)]))
    assert WHITE.sub("", result) == WHITE.sub("", text)
    parts = result.split("\n")
    assert len(parts) == lines
    assert lines == 1 or max(map(len, parts)) <= LINE_CHARS
    assert lines == 1 or min(map(len, parts)) * 3 > max(map(len, parts))
    assert not any(part[0] in "，。 " or part[-1] == " " for part in parts)


@pytest.mark.parametrize("form", [Srt(), Vtt(), Ass()])
@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", FileEmpty),
        (b"\n \n", FileNoText),
        (b"just a text", FileDamaged),
        (b"PK\x03\x04", UnsupportedType),
        ("Энэ бол ".encode() * 9 + b"\xff", FileDamaged),
    ],
)
def test_what_is_no_subtitle_is_refused(
    tmp_path: Path, form: TextFormat, data: bytes, error: type[DocumentError]
) -> None:
    path = tmp_path / f"a{form.suffixes[0]}"
    path.write_bytes(data)
    with pytest.raises(error):
        form.check(path, Limits())


def test_too_few_or_too_many_translations_are_an_error(tmp_path: Path) -> None:
    path = tmp_path / "a.srt"
    path.write_text(SRT)
    with pytest.raises(ValueError, match="cue:2"):
        Srt().write(path, tmp_path / "o", iter([[Piece("a")]]), "cmn_Hans")
    with pytest.raises(ValueError, match="more translations"):
        Srt().write(path, tmp_path / "o", iter([[Piece("a")]] * 4), "cmn_Hans")


def test_text_beside_a_drawing_is_translated_and_the_drawing_is_not(tmp_path: Path) -> None:
    line = "Dialogue: 0,0:00:01.00,0:00:02.00,A,,0,0,0,,"
    data = f"[Events]\n{line}{{\\p1}}m 0 0 l {{\\bord1}}9 9{{\\p0}}one\n{line}{{\\an7\\p2}}m 1 b 2\n"
    assert texts_of(Ass(), tmp_path, data) == ["one"]
    assert through(Ass(), tmp_path, data, str.upper).decode() == data.replace("one", "ONE")


@pytest.mark.parametrize("times", ["00:00:01,000 --> 00:00:02,000", "0:00:01.00-->0:00:02.00", "00:01 --> 00:02"])
def test_the_times_of_other_programs_are_times_in_web_subtitles_too(tmp_path: Path, times: str) -> None:
    data = f"WEBVTT\n\n{times}\nHello\n"
    assert through(Vtt(), tmp_path, data, str.upper, language="eng_Latn").decode() == data.replace("Hello", "HELLO")


def test_any_character_may_have_a_name_in_web_subtitles(tmp_path: Path) -> None:
    data = "WEBVTT\n\n00:01.000 --> 00:02.000\ndon&apos;t &eacute;t&eacute; &none;\n"
    assert texts_of(Vtt(), tmp_path, data) == ["don't été &none;"]
    assert through(Vtt(), tmp_path, data) == data.encode()


@pytest.mark.parametrize(("form", "head"), [(Srt(), "1\n"), (Vtt(), "WEBVTT\n\n")])
def test_a_line_break_of_a_web_page_is_one_here(tmp_path: Path, form: TextFormat, head: str) -> None:
    data = f"{head}00:00:01.000 --> 00:00:02.000\none<br />two\n"
    assert texts_of(form, tmp_path, data) == ["one two"]
    assert through(form, tmp_path, data) == data.encode()


def test_a_speaker_may_have_two_lines(tmp_path: Path) -> None:
    data = "1\n00:00:01,000 --> 00:00:02,000\nThey ask:\n-Who?\n-Me and\nyou too.\n"
    assert texts_of(Srt(), tmp_path, data) == ["They ask:", "-Who?", "-Me and you too."]
    result = through(Srt(), tmp_path, data, str.upper, language="eng_Latn").decode()
    assert result.endswith("\nTHEY ASK:\n-WHO?\n-ME AND YOU TOO.\n")
