"""PDFs: room, shrinking, links, forms, two languages."""

from __future__ import annotations

from pathlib import Path

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pdf_kit import lines, make_pdf, page_bytes, raw_pdf, seen, shown, surfaces, texts, translated, units
from reportlab.pdfgen.canvas import Canvas

from documents.model import Output, Piece
from documents.pdf import Pdf
from documents.pdf_pages.breaking import Piece as Character
from documents.pdf_pages.breaking import broken
from documents.pdf_pages.lexer import operations
from documents.pdf_pages.rewriting import number
from documents.pdf_pages.setting import SMALLEST

LONG = "Өнөөдрийн хуралдаанаар хэлэлцсэн асуудлын талаар товч мэдээлэл бэлтгэж хүргүүллээ. " * 3


def two_paragraphs(canvas: Canvas) -> None:
    lines(canvas, 60, 700, "Нэгдүгээр догол мөрийн эхний мөр нь энд байрлаж байна,", "хоёр дахь мөр.")
    lines(canvas, 60, 655, "Дараагийн догол мөр энд эхэлнэ гэж үзье.")


def test_a_long_translation_grows_into_free_room_and_shrinks_within_bounds(tmp_path: Path) -> None:
    path = make_pdf(tmp_path / "a.pdf", two_paragraphs)
    out = translated(path, lambda text: LONG.strip() if text.startswith("Нэг") else text, "mon_Cyrl")
    assert seen(out).startswith("".join(LONG.split()))
    rows = shown(out)
    (below,) = (box for text, (box, _, _) in rows.items() if text.startswith("Дараагийн"))
    others = [(box, size) for text, (box, size, _) in rows.items() if not text.startswith("Дараагийн")]
    assert len(others) > 2
    assert all(not box.meets(below) for box, _ in others)
    assert all(11 * SMALLEST - 0.01 <= size <= 11 for _, size in others)


def test_a_short_line_may_use_the_room_beside_it(tmp_path: Path) -> None:
    path = make_pdf(tmp_path / "a.pdf", lambda canvas: lines(canvas, 60, 700, "Гарчиг"))
    rows = shown(translated(path, lambda text: "Энэ бол мэдэгдэхүйц урт болсон гарчиг", "mon_Cyrl"))
    assert rows["Энэ бол мэдэгдэхүйц урт болсон гарчиг"][1] == 11


def test_a_line_in_the_middle_of_the_page_stays_there(tmp_path: Path) -> None:
    path = make_pdf(tmp_path / "a.pdf", lambda canvas: canvas.drawCentredString(297.5, 700, "Төвд байрласан гарчиг"))
    box = shown(translated(path, lambda text: "标题"))["标题"][0]
    assert (box.x0 + box.x1) / 2 == pytest.approx(297.5, abs=1)


def test_a_translation_is_not_cut_off_by_the_clip_of_its_cell(tmp_path: Path) -> None:
    content = b"q 60 695 60 14 re W n 0 0 1 rg BT /F1 10 Tf 62 700 Td (Short) Tj ET Q q"
    out = translated(raw_pdf(tmp_path / "a.pdf", content), lambda text: "Хамаагүй урт болсон нүдний текст", "mon_Cyrl")
    (surface,) = surfaces(out)
    for show in surface.drawn.shows:
        if any(isinstance(part, bytes) for part in show.parts):
            assert show.clip.x1 > 500
            assert show.colour == (b"0 0 1 rg",)
    assert seen(out) == "Хамаагүйуртболсоннүднийтекст"


def test_what_the_clip_hid_of_the_source_stays_hidden(tmp_path: Path) -> None:
    """As words for screen readers on a web page that was printed."""
    hidden = b"q 60 600 1 1 re W n BT /F1 12 Tf 60 590 Td (Skip to main content) Tj ET Q"
    path = raw_pdf(tmp_path / "a.pdf", b"BT /F1 12 Tf 60 700 Td (Visible) Tj ET " + hidden)
    (surface,) = surfaces(translated(path, lambda text: "Үндсэн агуулга руу очих холбоос"))
    shows = [show for show in surface.drawn.shows if any(isinstance(part, bytes) for part in show.parts)]
    assert [show.clip.x1 < 100 for show in shows] == [False, True]


def test_a_link_moves_with_its_words_and_keeps_its_target(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        lines(canvas, 60, 700, "Дэлгэрэнгүйг албан ёсны хуудаснаас үзнэ үү.")
        start = 60 + canvas.stringWidth("Дэлгэрэнгүйг ", "Noto", 11)
        end = start + canvas.stringWidth("албан ёсны", "Noto", 11)
        canvas.linkURL("https://example.mn/law", (start, 697, end, 710), relative=0)

    path = make_pdf(tmp_path / "a.pdf", draw)
    (unit,) = units(path)
    assert [unit.text[run.start : run.end].strip() for run in unit.runs][1] == "албан ёсны"
    out = tmp_path / "out.pdf"
    Pdf().write(path, out, iter([[Piece("详情请见", 0), Piece("官方网页", 1), Piece("。", 2)]]), "cmn_Hans")
    with pikepdf.open(out) as pdf:
        link = pdf.pages[0].Annots[0]
        assert str(link.A.URI) == "https://example.mn/law"
        x0, _, x1, _ = (float(value) for value in link.Rect)
    assert x0 == pytest.approx(60 + 4 * 11, abs=2)
    assert x1 == pytest.approx(60 + 8 * 11, abs=2)


def test_a_link_over_a_word_that_is_parted_by_a_hyphen_moves_too(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        lines(canvas, 60, 700, "Read the whole text of the law on the offi-", "cial page")
        canvas.linkURL("https://example.mn/law", (58, 683, 300, 711), relative=0)

    path = make_pdf(tmp_path / "a.pdf", draw)
    with pikepdf.open(translated(path, lambda text: "官方网页")) as pdf:
        assert float(pdf.pages[0].Annots[0].Rect[1]) > 695


def stamped(canvas: Canvas) -> None:
    canvas.beginForm("head")
    lines(canvas, 60, 800, "Компанийн нууц баримт")
    canvas.endForm()
    for page in ("Эхний хуудас", "Дараагийн хуудас"):
        canvas.doForm("head")
        lines(canvas, 60, 700, page)
        canvas.bookmarkPage(page)
        canvas.addOutlineEntry(page, page)
        canvas.showPage()


def test_the_text_of_a_form_on_two_pages_is_translated_once_for_both(tmp_path: Path) -> None:
    path = make_pdf(tmp_path / "a.pdf", stamped)
    assert texts(path) == [
        "Эхний хуудас",
        "Компанийн нууц баримт",
        "Дараагийн хуудас",
        "Эхний хуудас",
        "Дараагийн хуудас",
    ]
    out = translated(path, lambda text: {"Компанийн нууц баримт": "机密文件"}.get(text, "页"))
    assert [seen(out, page).count("机密文件") for page in (0, 1)] == [1, 1]


def test_bookmarks_are_translated_and_lead_where_they_led(tmp_path: Path) -> None:
    out = translated(make_pdf(tmp_path / "a.pdf", stamped), lambda text: f"页{len(text)}")
    with pikepdf.open(out) as pdf, pdf.open_outline() as outline:
        assert [item.title for item in outline.root] == ["页12", "页16"]


def test_bookmarks_of_a_bilingual_document_say_both(tmp_path: Path) -> None:
    source = make_pdf(tmp_path / "a.pdf", stamped)
    out = translated(source, lambda text: f"页{len(text)}", output=Output.BILINGUAL)
    with pikepdf.open(out) as pdf, pdf.open_outline() as outline:
        assert [item.title for item in outline.root] == ["Эхний хуудас / 页12", "Дараагийн хуудас / 页16"]


def test_a_bilingual_document_has_each_page_and_its_translation_facing(tmp_path: Path) -> None:
    path = make_pdf(tmp_path / "a.pdf", stamped)
    out = translated(path, lambda text: {"Компанийн нууц баримт": "机密"}.get(text, "页"), output=Output.BILINGUAL)
    head = "Компанийннууцбаримт"
    for page, wanted in enumerate(([head, "Эхнийхуудас"], ["机密", "页"], [head, "Дараагийнхуудас"], ["机密", "页"])):
        assert sorted(seen(out, page)) == sorted("".join(wanted))
    assert page_bytes(out)[::2] == page_bytes(path)
    with pikepdf.open(out) as pdf:
        assert pdf.Root.PageLayout == pikepdf.Name.TwoColumnLeft


def test_numbers_of_pages_are_shown_twice_in_a_bilingual_document(tmp_path: Path) -> None:
    path = make_pdf(tmp_path / "a.pdf", stamped)
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        pdf.Root.PageLabels = pikepdf.Dictionary(Nums=[0, pikepdf.Dictionary(S=pikepdf.Name.r, St=3)])
        pdf.save(path)
    with pikepdf.open(translated(path, lambda text: "页", output=Output.BILINGUAL)) as pdf:
        assert [page.label for page in pdf.pages] == ["iii", "iii", "iv", "iv"]


def test_too_few_and_too_many_translations_are_refused(tmp_path: Path) -> None:
    path = make_pdf(tmp_path / "a.pdf", two_paragraphs)
    for count in (1, 3):
        with pytest.raises(ValueError):
            Pdf().write(path, tmp_path / "out.pdf", iter([[Piece("页")]] * count), "cmn_Hans")


@given(st.text(st.sampled_from("аб в国，（-)A"), max_size=60), st.floats(1, 12))
def test_breaking_into_rows_loses_nothing_but_spaces(text: str, width: float) -> None:
    pieces = [Character(character, 0, 0.25 if character == " " else 0.6) for character in text]
    rows = broken(pieces, width, width)
    assert "".join(piece.character for row in rows for piece in row).replace(" ", "") == text.replace(" ", "")
    assert all(
        sum(piece.width for piece in row if piece.character != " ") <= width + 1e-6 or len(row) == 1 for row in rows
    )


@given(st.binary(max_size=200))
def test_any_bytes_are_cut_into_operators_without_an_error(data: bytes) -> None:
    position = 0
    for operation in operations(data):
        assert position <= operation.start < operation.end <= len(data)
        position = operation.end


@given(st.binary(max_size=40))
def test_strings_are_read_as_they_were_written(data: bytes) -> None:
    escaped = data.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)").replace(b"\r", b"\\r")
    plain, hexadecimal = operations(b"(%s) Tj <%s> Tj" % (escaped, data.hex().encode()))
    assert plain.operands == hexadecimal.operands == [data]


def test_an_inline_picture_is_passed_over(tmp_path: Path) -> None:
    data = b"q BI /W 2 /H 1 /BPC 8 /CS /G ID \x01 ET ( EI Q BT (a) Tj ET"
    assert [item.operator for item in operations(data)] == [b"q", b"BI", b"Q", b"BT", b"Tj", b"ET"]
    tight = b"BI/W 8/H 1/IM true/D[1 0]ID \x01 EI BT ET"
    assert [item.operator for item in operations(tight)] == [b"BI", b"BT", b"ET"]


@pytest.mark.parametrize(("value", "written"), [(1e-9, b"0"), (-0.0, b"0"), (12.5, b"12.5"), (1e7, b"10000000")])
def test_numbers_are_written_without_an_exponent(value: float, written: bytes) -> None:
    assert number(value) == written
