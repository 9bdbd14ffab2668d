"""PDFs whose fonts say signs, radicals, or codes of private use for letters."""

from __future__ import annotations

from pathlib import Path

import pikepdf
import pytest
import uharfbuzz as harfbuzz
from pdf_kit import lines, make_pdf, noto, page_bytes, raw_pdf, seen, texts, translated
from pikepdf import Dictionary, Name
from reportlab.pdfgen.canvas import Canvas

from documents.pdf import FileUnreadable
from documents.pdf_pages import surfaces
from documents.pdf_pages.fonts import Font
from documents.pdf_pages.letters import of_symbol, plain

MENKSOFT = "\ue2b5\ue276\ue2c1"


def with_font(path: Path, content: bytes, base: str, mapped: dict[int, str] | None = None, **more: object) -> Path:
    """/F2 is a font called `base`; `mapped`: what its codes mean, where it says so."""
    font = Dictionary(Type=Name.Font, Subtype=Name.TrueType, BaseFont=Name("/" + base), FirstChar=0, Widths=[600] * 256)
    for key, value in more.items():
        font["/" + key] = value
    raw_pdf(path, content, Dictionary(Font=Dictionary(F2=font)))
    if mapped is not None:
        rows = "".join(f"<{code:02X}> <{text.encode('utf-16-be').hex()}>\n" for code, text in mapped.items())
        with pikepdf.open(path, allow_overwriting_input=True) as pdf:
            body = f"{len(mapped)} beginbfchar\n{rows}endbfchar".encode()
            pdf.pages[0].Resources.Font.F2.ToUnicode = pdf.make_stream(body)
            pdf.save(path)
    return path


def test_a_sign_of_which_no_letter_is_known_stays_where_it_is(tmp_path: Path) -> None:
    boxes = b"BT /F2 12 Tf 60 700 Td (o) Tj /F1 12 Tf ( Yes ) Tj /F2 12 Tf (o) Tj /F1 12 Tf ( No) Tj ET"
    path = with_font(tmp_path / "a.pdf", boxes, "ABCDEF+Wingdings")
    assert texts(path) == ["Yes", "No"]
    (new,) = page_bytes(translated(path, lambda text: "标题"))
    assert new.count(b"(o) Tj") == 2


def test_signs_of_mathematics_are_read_with_their_sentence(tmp_path: Path) -> None:
    dose = b"BT /F1 12 Tf 60 700 Td (At least ) Tj /F2 12 Tf (\263) Tj /F1 12 Tf ( five milligrams of ) Tj /F2 12 Tf (b) Tj ET"
    path = with_font(tmp_path / "a.pdf", dose, "Symbol")
    assert texts(path) == ["At least ≥ five milligrams of β"]
    assert seen(translated(path, lambda text: f"标题 {text}")) == "标题Atleast≥fivemilligramsofβ"
    private = with_font(tmp_path / "b.pdf", dose, "ABCDEF+SymbolMT", {0xB3: "\uf0b3", 0x62: "\uf062"})
    assert texts(private) == ["At least ≥ five milligrams of β"]


def test_a_symbol_font_with_an_order_of_its_own_is_not_guessed(tmp_path: Path) -> None:
    own = Dictionary(Differences=[0x62, Name("/g3")])
    path = with_font(
        tmp_path / "a.pdf", b"BT /F1 12 Tf 60 700 Td (Value ) Tj /F2 12 Tf (b) Tj ET", "Symbol", Encoding=own
    )
    assert texts(path) == ["Value"]


@pytest.mark.parametrize(
    ("code", "sign"), [(0x61, "α"), (0xB7, "•"), (0xE5, "∑"), (0xE6, ""), (0x20, ""), (0xF0A3, "≤")]
)
def test_codes_of_the_symbol_font(code: int, sign: str) -> None:
    assert of_symbol(code) == sign


def test_radicals_are_read_as_the_characters_that_they_show() -> None:
    assert plain("⼈⺠⼤会堂 ⻓城 ⻔⼝ ﬁle ⺀") == "人民大会堂 长城 门口 file ⺀"


def test_a_page_that_a_browser_printed_says_characters_and_no_radicals(tmp_path: Path) -> None:
    path = with_font(tmp_path / "a.pdf", b"BT /F2 12 Tf 60 700 Td (abc) Tj ET", "Own", {97: "⼈", 98: "⺠", 99: "⽇"})
    assert texts(path) == ["人民日"]


def test_words_in_the_codes_of_menksoft_are_text(tmp_path: Path) -> None:
    codes = {**dict(zip(range(97, 100), MENKSOFT, strict=True)), 32: " ", 33: "\uf0a7"}
    path = with_font(tmp_path / "a.pdf", b"BT /F2 12 Tf 60 700 Td (! abc ab) Tj ET", "MenkQaganTig", codes)
    assert texts(path) == [f"{MENKSOFT} {MENKSOFT[:2]}"]


def test_a_form_to_fill_in_keeps_all_its_lines(tmp_path: Path) -> None:
    path = make_pdf(
        tmp_path / "a.pdf", lambda canvas: lines(canvas, 60, 700, "Нэр: ______ Огноо: ______ Гарын үсэг: ______")
    )
    assert texts(path) == ["Нэр:", "Огноо:", "Гарын үсэг:"]


def test_letters_set_wide_are_words(tmp_path: Path) -> None:
    wide = b"BT /F1 12 Tf 3.5 Tc 60 700 Td [(PUBLIC) -700 (NOTICE)] TJ ET"
    assert texts(raw_pdf(tmp_path / "a.pdf", wide)) == ["PUBLIC NOTICE"]


def test_an_initial_belongs_to_its_name_and_a_letter_before_a_gap_to_the_list(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        lines(canvas, 60, 700, "Б. Энхбаяр даргаар томилогдов")
        canvas.drawString(60, 600, "Б.")
        canvas.drawString(80, 600, "Хоёр дахь зүйл")

    assert texts(make_pdf(tmp_path / "a.pdf", draw)) == ["Б. Энхбаяр даргаар томилогдов", "Хоёр дахь зүйл"]


def test_a_map_of_billions_of_codes_is_not_read() -> None:
    with pikepdf.new() as pdf:
        font = Dictionary(
            Type=Name.Font, Subtype=Name.Type0, BaseFont=Name.Own,
            Encoding=pdf.make_stream(b"1 begincidrange <00000000> <FFFFFFFF> 0 endcidrange"),
            DescendantFonts=[Dictionary(Type=Name.Font, Subtype=Name.CIDFontType0, BaseFont=Name.Own)],
        )  # fmt: skip
        with pytest.raises(ValueError, match="more codes"):
            Font(font)


def test_letters_are_known_by_the_glyphs_that_codes_draw(tmp_path: Path) -> None:
    data = noto().read_bytes()
    letters = harfbuzz.Font(harfbuzz.Face(data))
    glyphs = b"".join(letters.get_nominal_glyph(ord(letter)).to_bytes(2, "big") for letter in "Монгл")
    path = raw_pdf(tmp_path / "a.pdf", b"BT /F2 12 Tf 60 700 Td <004100420043004400420045> Tj ET")
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        descriptor = Dictionary(Type=Name.FontDescriptor, FontName=Name.Own, Flags=4, FontFile2=pdf.make_stream(data))
        identity = Dictionary(Registry=pikepdf.String("Adobe"), Ordering=pikepdf.String("Identity"), Supplement=0)
        descendant = Dictionary(
            Type=Name.Font, Subtype=Name.CIDFontType2, BaseFont=Name.Own, CIDSystemInfo=identity, DW=600,
            FontDescriptor=pdf.make_indirect(descriptor), CIDToGIDMap=pdf.make_stream(bytes(2 * 0x41) + glyphs),
        )  # fmt: skip
        pdf.pages[0].Resources.Font.F2 = Dictionary(
            Type=Name.Font, Subtype=Name.Type0, BaseFont=Name.Own, Encoding=Name("/Identity-H"),
            DescendantFonts=[descendant],
        )  # fmt: skip
        pdf.save(path)
    assert texts(path) == ["Монгол"]


def test_a_typeface_that_zapf_drew_is_none_of_signs(tmp_path: Path) -> None:
    content = b"BT /F2 12 Tf 60 700 Td (Invitation) Tj ET"
    path = with_font(tmp_path / "a.pdf", content, "ZapfChancery-MediumItalic", Encoding=Name.WinAnsiEncoding)
    assert texts(path) == ["Invitation"]


def test_text_in_a_font_that_is_broken_counts_as_unreadable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = with_font(tmp_path / "a.pdf", b"BT /F1 12 Tf 60 700 Td (Title) Tj /F2 12 Tf (Body) Tj ET", "Own")

    def font(dictionary: pikepdf.Object) -> Font:
        if dictionary.BaseFont == Name.Own:
            raise TypeError("as libraries do")
        return Font(dictionary)

    monkeypatch.setattr(surfaces, "Font", font)
    with pytest.raises(FileUnreadable):
        texts(path)


def test_a_font_without_a_number_is_read_once_a_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = raw_pdf(tmp_path / "a.pdf", b"BT /F1 12 Tf 60 700 Td " + b"(Hello) Tj " * 50 + b"ET")
    read: list[object] = []

    def font(dictionary: pikepdf.Object) -> Font:
        read.append(dictionary)
        return Font(dictionary)

    monkeypatch.setattr(surfaces, "Font", font)
    texts(path)
    assert len(read) == 2
