"""Text files: encodings recognised, lines kept, encodings kept."""

from __future__ import annotations

import codecs
import tracemalloc
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from documents import encodings
from documents.errors import DocumentError, FileDamaged, FileEmpty, FileNoText, FileTooLarge, UnsupportedType
from documents.limits import Limits
from documents.model import Piece
from documents.txt import MAX_LINE_CHARS, Txt
from tests.unit.documents_kit import run_format

LONG_MONGOLIAN = (
    "Хүн бүр төрж мэндлэхэд эрх чөлөөтэй, адилхан нэр төртэй, ижил эрхтэй байдаг. "
    "Оюун ухаан, нандин чанар заяасан хүн гэгч өөр хоорондоо ахан дүүгийн үзэл санаагаар харьцах учиртай."
)
# windows-1251 has no ө and ү; the fonts of its time drew them in the places of є and ї.
LEGACY = str.maketrans("өүӨҮ", "єїЄЇ")
LONG_CHINESE = "人人生而自由，在尊严和权利上一律平等。他们赋有理性和良心，并应以兄弟关系的精神相对待。"
MONGOLIAN = [
    "Файл",
    "Тохиргоо",
    "Сайн байна уу?",
    "МОНГОЛ УЛС",
    "Нууц їг: 12345",
    "1. Бїртгэл\r\n2. Гарах",
    LONG_MONGOLIAN.translate(LEGACY),
]
CHINESE = ["文件", "设置", "你好", "打开文件", "密码：12345", "1. 注册\r\n2. 退出", LONG_CHINESE, "這個檔案"]
ENCODINGS = {
    "utf-8": (b"", "utf-8"),
    "utf-8 with mark": (codecs.BOM_UTF8, "utf-8"),
    "utf-16 little": (codecs.BOM_UTF16_LE, "utf-16-le"),
    "utf-16 big": (codecs.BOM_UTF16_BE, "utf-16-be"),
    "gb18030": (b"", "gb18030"),
    "gb18030 with mark": (b"\x84\x31\x95\x33", "gb18030"),
}


def written(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "a.txt"
    path.write_bytes(data)
    return path


def translated(tmp_path: Path, data: bytes, *targets: str, language: str = "cmn_Hans") -> bytes:
    out = tmp_path / "out.txt"
    Txt().write(written(tmp_path, data), out, iter([[Piece(target)] for target in targets]), language)
    return out.read_bytes()


@pytest.mark.parametrize("text", MONGOLIAN)
def test_mongolian_in_windows_1251_is_recognised(tmp_path: Path, text: str) -> None:
    assert encodings.detect(written(tmp_path, text.encode("cp1251"))).codec == "cp1251"


@pytest.mark.parametrize(
    "text", ["Файл", "Сайн байна уу?", "МОНГОЛ УЛС", "Том 12 345 666 байт", "Гэрээ байгуулах тухай"]
)
def test_the_letters_of_dos_are_told_from_those_of_windows(tmp_path: Path, text: str) -> None:
    for codec in ("cp866", "cp1251"):
        assert encodings.detect(written(tmp_path, text.encode(codec))).codec == codec


@pytest.mark.parametrize("text", CHINESE)
def test_chinese_in_gb18030_is_recognised(tmp_path: Path, text: str) -> None:
    assert encodings.detect(written(tmp_path, text.encode("gb18030"))).codec == "gb18030"


@pytest.mark.parametrize("text", [*MONGOLIAN, *CHINESE, "plain", "это"])
def test_utf_8_comes_before_all_guesses(tmp_path: Path, text: str) -> None:
    assert encodings.detect(written(tmp_path, text.encode())).codec == "utf-8"


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", ["Сайн байна уу\r\n", "plain text\n", LONG_CHINESE + "\n"])
def test_utf_16_without_a_mark_is_recognised_and_kept_so(tmp_path: Path, text: str, codec: str) -> None:
    data = text.encode(codec)
    assert encodings.detect(written(tmp_path, data)).codec == codec
    assert translated(tmp_path, data, "文") == ("文" + text[len(text.rstrip()) :]).encode(codec)


def test_typographic_quotes_of_an_english_windows_text_are_not_taken_for_chinese(tmp_path: Path) -> None:
    path = written(tmp_path, "It’s “fine” – really".encode("cp1252"))
    assert [unit.text for unit in Txt().read(path)] == ["It’s “fine” – really"]


def test_accents_in_an_english_text_are_read_as_windows_1252(tmp_path: Path) -> None:
    path = written(tmp_path, "A café menu with naïve words".encode("cp1252"))
    assert [unit.text for unit in Txt().read(path)] == ["A café menu with naïve words"]


@pytest.mark.parametrize("name", ENCODINGS)
def test_a_file_keeps_its_encoding_and_its_mark(tmp_path: Path, name: str) -> None:
    mark, codec = ENCODINGS[name]
    data = mark + "打开文件\r\n\r\n  设置选项\r\n".encode(codec)
    assert translated(tmp_path, data, "Файл нээх", "Тохиргоо", language="mon_Cyrl") == mark + (
        "Файл нээх\r\n\r\n  Тохиргоо\r\n".encode(codec)
    )


def test_a_windows_1251_file_becomes_utf_8_with_a_mark_when_the_translation_needs_it(tmp_path: Path) -> None:
    data = "Файл нээх\r\nТохиргоо\r\nГарах\r\n".encode("cp1251")
    expected = codecs.BOM_UTF8 + "File “open”\r\n设置\r\nВыход\r\n".encode()
    assert translated(tmp_path, data, "File “open”", "设置", "Выход") == expected
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.txt", "out.txt"]


def test_a_windows_1251_file_stays_one_when_the_translation_fits(tmp_path: Path) -> None:
    data = "Файл нээх\r\nТохиргоо\r\n".encode("cp1251")
    assert translated(tmp_path, data, "Open file", "Settings", language="eng_Latn") == b"Open file\r\nSettings\r\n"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_blank_lines_indentation_and_trailing_spaces_stay(tmp_path: Path, end: str) -> None:
    text = end.join(["", "  нэг", "", "\tхоёр  ", "   ", "12 345", "\u3000гурав", "", ""])
    data = translated(tmp_path, text.encode(), "一", "二", "三")
    assert data.decode() == text.replace("нэг", "一").replace("хоёр", "二").replace("гурав", "三")


def test_a_last_line_without_a_line_end_gets_none(tmp_path: Path) -> None:
    assert translated(tmp_path, "нэг\r\nхоёр".encode(), "一", "二") == "一\r\n二".encode()


def test_mixed_line_ends_stay_mixed(tmp_path: Path) -> None:
    assert translated(tmp_path, "а\rб\r\nв\n\rг".encode(), "1", "2", "3", "4") == b"1\r2\r\n3\n\r4"


def test_a_line_end_inside_a_translation_does_not_add_a_line(tmp_path: Path) -> None:
    assert translated(tmp_path, "нэг\nхоёр\n".encode(), "一\n一", "二\r\n二\ud800") == "一 一\n二 二\n".encode()


def test_a_file_without_any_letter_comes_back_the_same(tmp_path: Path) -> None:
    data = b"12 + 30 = 42\r\n---\r\n"
    Txt().check(written(tmp_path, data), Limits())
    assert translated(tmp_path, data) == data


def test_units_say_their_line(tmp_path: Path) -> None:
    path = written(tmp_path, "нэг\r\n\r\n12\r\nхоёр".encode())
    assert [unit.place for unit in Txt().read(path)] == ["line:1", "line:4"]


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", FileEmpty),
        (codecs.BOM_UTF8, FileEmpty),
        (b" \r\n\t\r\n", FileNoText),
        (b"PK\x03\x04 not a text", UnsupportedType),
        (b"%PDF-1.7\n", UnsupportedType),
        (bytes.fromhex("D0CF11E0A1B11AE1") + b"\0" * 600, UnsupportedType),
        (bytes(range(256)) * 4, UnsupportedType),
        (b"text with \x01 a control character", UnsupportedType),
        (codecs.BOM_UTF16_LE + b"a\0b", FileDamaged),
        (("Энэ бол урт монгол бичвэр юм. " * 5).encode() + b"\xff" + "Тийм".encode(), FileDamaged),
    ],
)
def test_what_is_no_text_is_refused_with_its_own_error(tmp_path: Path, data: bytes, error: type[DocumentError]) -> None:
    with pytest.raises(error):
        Txt().check(written(tmp_path, data), Limits())


def test_a_damaged_file_says_where(tmp_path: Path) -> None:
    start = ("Энэ бол урт монгол бичвэр юм. " * 5).encode()
    with pytest.raises(FileDamaged) as caught:
        Txt().check(written(tmp_path, start + b"\xff" + "Тийм".encode()), Limits())
    assert caught.value.data["offset"] == len(start)


def test_a_file_over_the_limit_is_too_large(tmp_path: Path) -> None:
    with pytest.raises(FileTooLarge) as caught:
        Txt().check(written(tmp_path, b"a" * 11), Limits(max_file_bytes=10))
    assert (caught.value.status, caught.value.data) == (413, {"size": 11, "limit": 10})


def test_too_few_or_too_many_translations_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="line 2"):
        translated(tmp_path, "нэг\nхоёр\n".encode(), "一")
    with pytest.raises(ValueError, match="more translations"):
        translated(tmp_path, "нэг\n".encode(), "一", "二")


def test_a_line_without_end_is_handed_out_in_sentences(tmp_path: Path) -> None:
    text = "Энэ бол нэг өгүүлбэр. " * 5_000
    units = run_format(Txt(), written(tmp_path, text.encode()), tmp_path / "out.txt", lambda unit: unit.text)
    assert len(units) > 5
    assert all(len(unit.text) <= MAX_LINE_CHARS and unit.text.endswith("өгүүлбэр.") for unit in units)
    assert (tmp_path / "out.txt").read_bytes() == text.encode()


def test_a_large_file_is_read_and_written_in_bounded_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    with path.open("w", encoding="utf-8", newline="") as file:
        for _ in range(20_000):
            file.write("Энэ мөрийг олон удаа давтана. " * 6 + "\r\n")
    assert path.stat().st_size > 6_000_000

    def echo() -> Sequence[Sequence[Piece]]:
        return ([Piece(unit.text)] for unit in Txt().read(path))  # type: ignore[return-value]

    tracemalloc.start()
    try:
        Txt().write(path, tmp_path / "out.txt", iter(echo()), "cmn_Hans")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert path.read_bytes() == (tmp_path / "out.txt").read_bytes()
    assert peak < 5_000_000


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(
    text=st.text(alphabet="аб вг中文，ab1 \r\n\t\u3000\u2028\x0c", min_size=1, max_size=80),
    name=st.sampled_from(sorted(ENCODINGS)),
)
def test_the_identity_translation_gives_back_every_byte(tmp_path: Path, text: str, name: str) -> None:
    mark, codec = ENCODINGS[name]
    if not mark and codec == "gb18030":
        text = "打开文件，设置选项。" + text
    source = written(tmp_path, mark + text.encode(codec))
    run_format(Txt(), source, tmp_path / "out.txt", lambda unit: unit.text)
    assert (tmp_path / "out.txt").read_bytes() == source.read_bytes()


def test_a_broken_byte_makes_no_chinese_of_mongolian_in_utf_8(tmp_path: Path) -> None:
    data = LONG_MONGOLIAN.encode() + b" 2010\x96aa " + LONG_MONGOLIAN.encode()
    with pytest.raises(FileDamaged, match="UTF-8"):
        encodings.detect(written(tmp_path, data))
