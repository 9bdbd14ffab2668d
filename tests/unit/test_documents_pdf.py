"""PDFs: what is translated, what stays, and where the translation stands."""

from __future__ import annotations

from pathlib import Path

import pikepdf
import pytest
from pdf_kit import (
    NOTO,
    NOTO_ITALIC,
    SONG,
    lines,
    make_pdf,
    page_bytes,
    picture,
    raw_pdf,
    seen,
    shown,
    streams,
    surfaces,
    texts,
    translated,
    units,
)
from reportlab.lib import colors
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Table, TableStyle

from documents.pdf_pages.lexer import operations

TITLE = "Тайлангийн гарчиг"
FIRST = ("Энэхүү тайланд 2024 оны эдийн засгийн үзүүлэлтийг нэгтгэн", "дүгнэж, өмнөх оны мөн үетэй харьцуулсан болно.")
CHINESE = "本报告汇总了二〇二四年的经济指标。"


def article(canvas: Canvas) -> None:
    lines(canvas, 60, 760, TITLE, size=18)
    lines(canvas, 60, 720, *FIRST)
    lines(canvas, 60, 640, "Хоёр дахь догол мөр энд байна.")
    lines(canvas, 290, 40, "17")


def test_lines_of_a_paragraph_are_one_unit_and_a_page_number_is_none(tmp_path: Path) -> None:
    assert texts(make_pdf(tmp_path / "a.pdf", article)) == [TITLE, " ".join(FIRST), "Хоёр дахь догол мөр энд байна."]


def test_a_word_parted_by_a_hyphen_is_joined_and_a_compound_is_not(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        lines(
            canvas,
            60,
            700,
            "Хуулийн төслийг хэлэлцэх журмыг хуулиар тогтоо-",
            "но гэж заасан бөгөөд энэ нь Улаанбаатар-",
            "Дархан чиглэлд ч мөн адил хамаарах юм.",
        )

    assert texts(make_pdf(tmp_path / "a.pdf", draw)) == [
        "Хуулийн төслийг хэлэлцэх журмыг хуулиар тогтооно гэж заасан бөгөөд энэ нь Улаанбаатар-Дархан чиглэлд ч мөн "
        "адил хамаарах юм."
    ]


def test_chinese_lines_are_joined_without_a_space(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        lines(canvas, 60, 700, "中华人民共和国宪法是国家的根本法，", "拥有最高的法律效力。", font=SONG)

    assert texts(make_pdf(tmp_path / "a.pdf", draw)) == ["中华人民共和国宪法是国家的根本法，拥有最高的法律效力。"]


def test_two_columns_are_read_one_by_one(tmp_path: Path) -> None:
    left = ("Зүүн баганын эхний мөр энд байна,", "зүүн баганын хоёр дахь мөр мөн энд,", "зүүн баганын төгсгөл.")
    right = ("Баруун баганын эхний мөр энд байгаа,", "баруун баганын хоёр дахь мөр мөн энд,", "баруун баганын төгсгөл.")

    def draw(canvas: Canvas) -> None:
        lines(canvas, 50, 700, *left)
        lines(canvas, 310, 700, *right)

    assert texts(make_pdf(tmp_path / "a.pdf", draw)) == [" ".join(left), " ".join(right)]


def test_each_cell_of_a_ruled_table_is_a_unit_and_numbers_stay(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        table = Table([["Нэр", "Тоо"], ["Улаан\nалим", "12"], ["Талх", "300"]], colWidths=[60, 60])
        table.setStyle(
            TableStyle([("GRID", (0, 0), (-1, -1), 0.5, colors.black), ("FONTNAME", (0, 0), (-1, -1), NOTO)])
        )
        table.wrapOn(canvas, 400, 400)
        table.drawOn(canvas, 60, 600)

    path = make_pdf(tmp_path / "a.pdf", draw)
    assert texts(path) == ["Нэр", "Тоо", "Улаан алим", "Талх"]
    out = translated(path, lambda text: "名称")
    assert seen(out).count("名称") == 4
    assert "12" in seen(out) and "300" in seen(out)


def test_dots_and_page_numbers_of_a_table_of_contents_are_no_part_of_its_titles(tmp_path: Path) -> None:
    path = make_pdf(tmp_path / "a.pdf", lambda canvas: lines(canvas, 60, 700, "Нэгдүгээр бүлэг ................ 12"))
    assert texts(path) == ["Нэгдүгээр бүлэг"]
    assert "................12" in seen(translated(path, lambda text: "第一章"))


def test_bullets_and_numbers_of_a_list_stay_where_they_are(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        lines(canvas, 60, 700, "•  Эхний зүйл", "•  Дараагийн зүйл")
        lines(canvas, 60, 600, "1)  Нэгдүгээр алхам", "2)  Хоёрдугаар алхам")

    path = make_pdf(tmp_path / "a.pdf", draw)
    assert texts(path) == ["Эхний зүйл", "Дараагийн зүйл", "Нэгдүгээр алхам", "Хоёрдугаар алхам"]
    old, new = shown(path), shown(translated(path, lambda text: f"项目{len(text)}"))
    assert {"1)", "2)", "•", "项目10", "项目14", "项目15", "项目16"} == set(new)
    assert all(new[label][0] == pytest.approx(old[label][0]) for label in ("1)", "2)"))


def test_italics_raised_numbers_and_colours_are_runs(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawString(60, 700, "Энэ нь ")
        canvas.setFillColorRGB(1, 0, 0)
        canvas.drawString(60 + canvas.stringWidth("Энэ нь ", NOTO, 11), 700, "улаан")
        canvas.setFont(NOTO_ITALIC, 11)
        canvas.setFillColorRGB(0, 0, 0)
        canvas.drawString(60 + canvas.stringWidth("Энэ нь улаан ", NOTO, 11), 700, "налуу")
        canvas.setFont(NOTO, 7)
        canvas.drawString(61 + canvas.stringWidth("Энэ нь улаан налуу", NOTO, 11), 705, "2")

    (unit,) = units(make_pdf(tmp_path / "a.pdf", draw))
    assert unit.text in ("Энэ нь улаан налуу2", "Энэ нь улаан налуу 2")
    assert [unit.text[run.start : run.end].strip() for run in unit.runs] == ["Энэ нь", "улаан", "налуу", "2"]


def test_the_source_is_gone_and_the_translation_can_be_found(tmp_path: Path) -> None:
    path = make_pdf(tmp_path / "a.pdf", article)
    out = translated(path, lambda text: CHINESE)
    assert seen(out) == CHINESE * 3 + "17"
    assert not any(
        glyph.text in "Тайлн" for surface in surfaces(out) for row in surface.drawn.glyphs.values() for glyph in row
    )
    with pikepdf.open(out) as pdf:
        assert str(pdf.Root.Lang) == "zh-Hans"
        assert [float(value) for value in pdf.pages[0].MediaBox] == [0, 0, 595, 842]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("mon_Cyrl", "Өвөл үүлэрхэг, «Ү» үсэг"),
        ("cmn_Hant", "繁體中文，「測試」"),
        ("eng_Latn", "The report, 2024"),
        ("cmn_Hans", "《测试》ABC"),
    ],
)
def test_fonts_of_each_target_language_are_embedded(tmp_path: Path, language: str, text: str) -> None:
    out = translated(make_pdf(tmp_path / "a.pdf", article), lambda _: text, language)
    assert seen(out).count(text.replace(" ", "")) == 3
    with pikepdf.open(out) as pdf:
        fonts = [font for name, font in pdf.pages[0].Resources.Font.items() if name.startswith("/Khelmerch")]
        for font in fonts:
            descriptor = font.DescendantFonts[0].FontDescriptor
            assert "/ToUnicode" in font and ("/FontFile2" in descriptor or "/FontFile3" in descriptor)
    assert out.stat().st_size < 400_000


def test_a_letter_that_no_font_has_is_drawn_as_a_box_and_still_found(tmp_path: Path) -> None:
    out = translated(make_pdf(tmp_path / "a.pdf", article), lambda text: "A\U00013000B\U00013001", "eng_Latn")
    assert seen(out).count("A\U00013000B\U00013001") == 3


def test_a_document_whose_translation_is_its_source_comes_back_byte_for_byte(tmp_path: Path) -> None:
    path = make_pdf(tmp_path / "a.pdf", article)
    assert page_bytes(translated(path, lambda text: text, "mon_Cyrl")) == page_bytes(path)


def test_a_unit_that_keeps_its_text_keeps_its_operators(tmp_path: Path) -> None:
    path = make_pdf(tmp_path / "a.pdf", article)
    out = translated(path, lambda text: text if text == TITLE else CHINESE)
    kept = [glyph.text for surface in surfaces(out) for row in surface.drawn.glyphs.values() for glyph in row]
    assert "".join(kept).startswith(TITLE)


def test_pictures_and_drawings_are_not_touched(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        article(canvas)
        canvas.drawImage(picture(), 350, 300)
        canvas.setStrokeColorRGB(0, 0.5, 0)
        canvas.bezier(40, 300, 100, 360, 200, 240, 300, 300)
        canvas.rect(50, 100, 200, 80, fill=1)

    path = make_pdf(tmp_path / "a.pdf", draw)
    out = translated(path, lambda text: CHINESE)
    assert streams(out, "Image") == streams(path, "Image") != []
    assert _drawing(page_bytes(out)[0]) == _drawing(page_bytes(path)[0])


def _drawing(data: bytes) -> list[bytes]:
    text = (b"Tf", b"Tm", b"Tj", b"TJ", b"Tc", b"Tw", b"Tz", b"Ts")
    return [data[item.start : item.end] for item in operations(data) if item.operator not in text]


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_text_of_rotated_pages_keeps_its_direction_and_place(tmp_path: Path, degrees: int) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setPageRotation(degrees)
        canvas.translate(300, 400)
        canvas.rotate(degrees)
        lines(canvas, 0, 0, TITLE)

    path = make_pdf(tmp_path / "a.pdf", draw)
    box, size, direction = shown(path)[TITLE]
    out = translated(path, lambda text: "标题")
    new, new_size, new_direction = shown(out)["标题"]
    assert (new_direction, new_size) == (direction, pytest.approx(size)) == (degrees, 11)
    assert box.contains(new, 3)
    with pikepdf.open(out) as pdf:
        assert pdf.pages[0].obj.get("/Rotate", 0) == degrees


def test_text_keeps_its_colour(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setFillColorRGB(0, 0, 0.4)
        canvas.rect(40, 690, 300, 30, fill=1)
        canvas.setFillColorRGB(1, 1, 1)
        lines(canvas, 50, 700, TITLE)

    (surface,) = surfaces(translated(make_pdf(tmp_path / "a.pdf", draw), lambda text: CHINESE))
    assert {glyph.colour for row in surface.drawn.glyphs.values() for glyph in row} == {(b"1 1 1 rg",)}


def test_text_drawn_twice_to_look_bold_is_read_once_and_taken_out_twice(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        lines(canvas, 60, 700, TITLE)
        lines(canvas, 60.4, 700, TITLE)

    path = make_pdf(tmp_path / "a.pdf", draw)
    assert texts(path) == [TITLE]
    assert seen(translated(path, lambda text: CHINESE)) == CHINESE


def test_what_follows_a_text_in_the_same_operator_does_not_move(tmp_path: Path) -> None:
    content = b"BT /F1 12 Tf 14 TL 2 Tc 60 700 Td [(Heading) -8000 (4711)] TJ 0 -40 Td (Below) Tj ( 12 ) ' ET"
    path = raw_pdf(tmp_path / "a.pdf", content)
    before = shown(path)
    out = translated(path, lambda text: {"Heading": "标题"}.get(text, text))
    assert shown(out)["4711"][0] == pytest.approx(before["4711"][0], abs=0.01)
    assert shown(out)["Below"][0] == pytest.approx(before["Below"][0], abs=0.01)
    assert "Heading" not in shown(out)


def test_a_text_that_says_what_is_shown_goes_with_it(tmp_path: Path) -> None:
    content = b"/Span <</ActualText (Heading) /MCID 3>> BDC BT /F1 12 Tf 60 700 Td (Heading) Tj ET EMC"
    (new,) = page_bytes(translated(raw_pdf(tmp_path / "a.pdf", content), lambda text: "标题"))
    assert b"ActualText" not in new and b"/MCID 3" in new


def test_operators_that_stand_side_by_side_without_a_space_stay_apart(tmp_path: Path) -> None:
    path = raw_pdf(tmp_path / "a.pdf", b"BT/F1 12 Tf 60 700 Td/F1 12 Tf(Heading)Tj 0 -90 Td[(4711)]TJ ET")
    assert seen(translated(path, lambda text: "标题")) == "标题4711"


def test_bullets_far_from_their_items_begin_new_items_too(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        for row, text in enumerate(
            ("Эхний зүйл нь хэлэлцэх асуудлын талаар", "дараагийн зүйл нь бас тийм асуудлын талаар")
        ):
            lines(canvas, 60, 700 - 14 * row, "•")
            lines(canvas, 90, 700 - 14 * row, text)

    assert len(texts(make_pdf(tmp_path / "a.pdf", draw))) == 2
