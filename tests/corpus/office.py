"""Office documents made by the libraries that other people make theirs with."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import docx
import pptx
import xlsxwriter
from docx.enum.section import WD_ORIENT
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Cm, Pt

from tests.corpus.words import PARAGRAPHS, WORDS


def picture() -> io.BytesIO:
    """A PNG of one colour."""
    rows = b"".join(b"\0" + b"\x30\x60\x90" * 24 for _ in range(24))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 24, 24, 8, 2, 0, 0, 0)
    png = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return io.BytesIO(b"\x89PNG\r\n\x1a\n" + png)


def docx_letter(path: Path) -> None:
    """Headings, formatted runs, lists, a header and a footer."""
    made = docx.Document()
    made.add_heading(WORDS[3], 0)
    for text in PARAGRAPHS[:3]:
        first, _, rest = text.partition(" ")
        paragraph = made.add_paragraph()
        paragraph.add_run(first).bold = True
        paragraph.add_run(" " + rest)
    for style, text in zip(("List Bullet", "List Number", "Quote"), PARAGRAPHS[3:], strict=True):
        made.add_paragraph(text, style)
    section = made.sections[0]
    section.header.paragraphs[0].text = WORDS[0]
    section.footer.paragraphs[0].text = PARAGRAPHS[0]
    made.save(str(path))


def docx_table(path: Path) -> None:
    """A table with merged cells and one inside another, a picture, a comment."""
    made = docx.Document()
    table = made.add_table(rows=4, cols=3, style="Table Grid")
    for number, cell in enumerate(cell for row in table.rows for cell in row.cells):
        cell.text = WORDS[number % len(WORDS)] if number % 3 else str(number * 1.5)
    table.cell(0, 0).merge(table.cell(0, 2)).text = PARAGRAPHS[1]
    table.cell(1, 0).add_table(1, 1).cell(0, 0).text = WORDS[4]
    made.add_picture(picture(), width=Cm(2))
    paragraph = made.add_paragraph(PARAGRAPHS[4])
    made.add_comment(paragraph.runs, text=PARAGRAPHS[2], author="A. B.", initials="AB")
    made.save(str(path))


def docx_sections(path: Path) -> None:
    """Pages across, columns, tabs, breaks, a link and a page number."""
    made = docx.Document()
    made.add_paragraph(f"{WORDS[0]}\t{WORDS[1]}\t42")
    made.add_page_break()
    section = made.add_section()
    section.orientation, section.page_width, section.page_height = (
        WD_ORIENT.LANDSCAPE,
        section.page_height,
        section.page_width,
    )
    paragraph = made.add_paragraph(PARAGRAPHS[0])
    paragraph.add_run().add_break()
    paragraph.add_run(PARAGRAPHS[3]).italic = True
    relation = made.part.relate_to(
        "https://example.mn/", "http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink", True
    )
    paragraph._p.append(
        parse_xml(f'<w:hyperlink {nsdecls("w", "r")} r:id="{relation}"><w:r><w:t>{WORDS[5]}</w:t></w:r></w:hyperlink>')
    )
    footer = section.footer
    footer.is_linked_to_previous = False
    footer.paragraphs[0].text = f"{WORDS[4]} "
    footer.paragraphs[0]._p.append(
        parse_xml(f'<w:fldSimple {nsdecls("w")} w:instr=" PAGE "><w:r><w:t>1</w:t></w:r></w:fldSimple>')
    )
    made.save(str(path))


def docx_runs(path: Path) -> None:
    """Sizes, colours, superscript and words cut into many runs, as spelling checkers leave them."""
    made = docx.Document()
    for text in PARAGRAPHS:
        paragraph = made.add_paragraph()
        for number in range(0, len(text), 7):
            run = paragraph.add_run(text[number : number + 7])
            run.font.size = docx.shared.Pt(9 + number % 5)
            run.font.superscript = number == 14
    made.save(str(path))


def _book(path: Path) -> xlsxwriter.Workbook:
    return xlsxwriter.Workbook(str(path))


def xlsx_table(path: Path) -> None:
    """Text, numbers, dates and formulas under a heading."""
    with _book(path) as book:
        sheet = book.add_worksheet("Data")
        bold = book.add_format({"bold": True, "bottom": 1})
        date = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(0, 0, WORDS[:4], bold)
        for row, text in enumerate(PARAGRAPHS, 1):
            sheet.write(row, 0, text)
            sheet.write_number(row, 1, 46000 + row, date)
            sheet.write_number(row, 2, row * 1.25)
            sheet.write_formula(row, 3, f"=C{row + 1}*2", None, row * 2.5)
        sheet.set_column(0, 0, 40)
        sheet.freeze_panes(1, 0)


def xlsx_rich(path: Path) -> None:
    """Cells with several formats, merged cells, notes, headers of printed pages, links."""
    with _book(path) as book:
        sheet = book.add_worksheet("Rich")
        bold, red = book.add_format({"bold": True}), book.add_format({"color": "red"})
        sheet.write_rich_string(0, 0, f"{WORDS[0]} ", bold, WORDS[1], " ", red, PARAGRAPHS[0])
        sheet.merge_range(2, 0, 4, 2, PARAGRAPHS[3])
        sheet.write_comment(0, 0, PARAGRAPHS[2], {"author": "A"})
        sheet.write_url(6, 0, "https://example.mn/", string=WORDS[2])
        sheet.set_header(f"&L{WORDS[4]}&R&P / &N")
        sheet.set_footer(f"&C&8{WORDS[3]}")


def xlsx_chart(path: Path) -> None:
    """A chart with titles and names from cells, and a second sheet."""
    with _book(path) as book:
        sheet, other = book.add_worksheet("Data"), book.add_worksheet("Other")
        sheet.write_row(0, 0, ["", WORDS[4]])
        for row, word in enumerate(WORDS, 1):
            sheet.write_row(row, 0, [word, row * 3])
        chart = book.add_chart({"type": "column"})
        last = len(WORDS) + 1
        chart.add_series(
            {"name": "=Data!$B$1", "categories": f"=Data!$A$2:$A${last}", "values": f"=Data!$B$2:$B${last}"}
        )
        chart.set_title({"name": PARAGRAPHS[4]})
        chart.set_x_axis({"name": WORDS[1]})
        sheet.insert_chart("D2", chart)
        sheet.insert_textbox("D20", PARAGRAPHS[0])
        other.write(0, 0, PARAGRAPHS[5])


def xlsx_columns(path: Path) -> None:
    """A table with named columns, an autofilter, hidden rows, and the picture of a product."""
    with _book(path) as book:
        sheet = book.add_worksheet("T")
        rows = [[word, number, text] for number, (word, text) in enumerate(zip(WORDS, PARAGRAPHS, strict=False))]
        sheet.add_table(
            0, 0, len(rows), 2, {"data": rows, "columns": [{"header": "Мөр"}, {"header": "No"}, {"header": "Бичвэр"}]}
        )
        sheet.set_row(2, None, None, {"hidden": True})
        sheet.insert_image("F2", "a.png", {"image_data": picture()})


def _slide(made: pptx.presentation.Presentation, layout: int, title: str) -> pptx.slide.Slide:
    slide = made.slides.add_slide(made.slide_layouts[layout])
    slide.shapes.title.text = title
    return slide


def pptx_bullets(path: Path) -> None:
    """Titles, levels of bullets, notes, formatted runs."""
    made = pptx.Presentation()
    for number, text in enumerate(PARAGRAPHS):
        slide = _slide(made, 1, WORDS[number])
        frame = slide.placeholders[1].text_frame
        frame.text = text
        below = frame.add_paragraph()
        below.level = 1
        below.add_run().text = f"{WORDS[number + 1]}: "
        run = below.add_run()
        run.text, run.font.bold, run.font.size = text, True, Pt(20)
        slide.notes_slide.notes_text_frame.text = PARAGRAPHS[-number]
    made.save(str(path))


def pptx_table(path: Path) -> None:
    """A table, a picture, a text box and a group."""
    made = pptx.Presentation()
    slide = _slide(made, 5, WORDS[3])
    table = slide.shapes.add_table(3, 3, Cm(2), Cm(4), Cm(20), Cm(6)).table
    for number, cell in enumerate(table.iter_cells()):
        cell.text = WORDS[number % 8] if number != 4 else "3.14"
    slide.shapes.add_picture(picture(), Cm(1), Cm(12))
    group = slide.shapes.add_group_shape()
    group.shapes.add_textbox(Cm(4), Cm(14), Cm(10), Cm(2)).text_frame.text = PARAGRAPHS[2]
    made.save(str(path))


def pptx_chart(path: Path) -> None:
    """A chart with a title, and its workbook inside."""
    made = pptx.Presentation()
    slide = _slide(made, 5, PARAGRAPHS[0])
    data = CategoryChartData()
    data.categories = list(WORDS[:3])
    data.add_series(WORDS[4], (1.5, 2, 3))
    frame = slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, Cm(2), Cm(4), Cm(16), Cm(10), data)
    frame.chart.has_title = True
    frame.chart.chart_title.text_frame.text = WORDS[5]
    made.save(str(path))


def pptx_plain(path: Path) -> None:
    """Slides that hold nothing but a title or nothing at all, and a link."""
    made = pptx.Presentation()
    slide = _slide(made, 0, PARAGRAPHS[1])
    made.slides.add_slide(made.slide_layouts[6])
    run = slide.placeholders[1].text_frame.paragraphs[0].add_run()
    run.text = WORDS[7]
    run.hyperlink.address = "https://example.mn/"
    made.save(str(path))
