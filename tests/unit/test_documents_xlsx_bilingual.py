"""Workbooks in two languages: translations in columns of their own, and everything else where it belongs then."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from documents.model import Output
from documents.sheet import formulas
from documents.sheet.columns import Columns, letters_of, number_of
from documents.xlsx import Xlsx
from tests.unit.office_kit import S, chart, links, make_xlsx, series, strings, text_of, translate

SHEET = "xl/worksheets/sheet1.xml"
STRINGS = "xl/sharedStrings.xml"
WORDS = {"алим": "苹果", "лийр": "梨", "нэр": "名"}
FRUIT = strings("нэр", "алим", "лийр", "тоо")
Parts = dict[str, tuple[str, str | bytes]]


def text(place: str, number: int, style: str = "") -> str:
    return f'<c r="{place}"{style} t="s"><v>{number}</v></c>'


def rows(*lines: str) -> str:
    return "".join(f'<row r="{number}">{line}</row>' for number, line in enumerate(lines, start=1))


# Names in column A, numbers in column B.
LIST = rows(
    text("A1", 0) + text("B1", 3), text("A2", 1) + '<c r="B2"><v>3</v></c>', text("A3", 2) + '<c r="B3"><v>5</v></c>'
)


def both(
    tmp_path: Path,
    lines: str,
    parts: Parts | None = None,
    rest: str = "",
    names: str = "",
    words: dict[str, str] = WORDS,
) -> zipfile.ZipFile:
    source = make_xlsx(tmp_path / "a.xlsx", lines, FRUIT, parts, rest=rest, names=names)
    return translate(Xlsx(), source, words, Output.BILINGUAL)


def shown(written: zipfile.ZipFile) -> dict[str, str]:
    """What cells with a text of their own, a number or a formula show, by place."""
    root = etree.fromstring(written.read(SHEET))
    return {cell.get("r") or "": "".join(map(str, cell.itertext())) for cell in root.iter(f"{{{S}}}c")}


def test_a_translation_stands_in_a_column_beside_its_source(tmp_path: Path) -> None:
    written = both(tmp_path, LIST)
    assert shown(written) == {
        "A1": "0",
        "A2": "1",
        "A3": "2",
        "B1": "名",
        "B2": "苹果",
        "B3": "梨",
        "C1": "3",
        "C2": "3",
        "C3": "5",
    }
    assert text_of(written, STRINGS) == f'<sst xmlns="{S}">{FRUIT}</sst>'


def test_a_translation_looks_like_its_source(tmp_path: Path) -> None:
    source = make_xlsx(tmp_path / "a.xlsx", rows(text("A1", 0, ' s="4"')), "<si><r><rPr><b/></rPr><t>алим</t></r></si>")
    body = text_of(translate(Xlsx(), source, WORDS, Output.BILINGUAL), SHEET)
    assert '<c r="B1" t="inlineStr" s="4"><is><r><rPr><b/></rPr><t>苹果</t></r></is></c>' in body


def test_strings_inside_cells_are_doubled_too(tmp_path: Path) -> None:
    inline = '<c t="inlineStr"><is><t>алим</t></is></c>'
    assert shown(both(tmp_path, f"<row>{inline}<c><v>7</v></c></row>")) == {"A1": "алим", "B1": "苹果", "C1": "7"}


def test_strings_that_are_written_as_results_are_doubled_too(tmp_path: Path) -> None:
    rows = '<row r="1"><c r="A1" t="str"><v>нэг</v></c></row>'
    source = make_xlsx(tmp_path / "a.xlsx", rows)
    body = text_of(translate(Xlsx(), source, {"нэг": "一"}, Output.BILINGUAL), SHEET)
    assert '<c r="A1" t="str"><v>нэг</v></c><c r="B1" t="inlineStr"><is><t>一</t></is></c>' in body


def test_a_heading_over_numbers_is_shown_in_two_wrapped_lines_in_a_row_high_enough(tmp_path: Path) -> None:
    heading = text("A1", 0, ' s="1"')
    lines = (
        f'<row r="1" ht="15">{heading}</row><row r="2" ht="15"><c r="A2"><v>3</v></c></row>'
        '<row r="3"><c r="A3"><v>4</v></c></row>'
    )
    styles = f'<styleSheet xmlns="{S}"><cellXfs><xf numFmtId="1"/><xf numFmtId="0"/></cellXfs></styleSheet>'
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"
    written = both(tmp_path, lines, {"xl/styles.xml": (kind, styles)})
    assert shown(written) == {"A1": "нэр\n名", "A2": "3", "A3": "4"}
    assert '<row r="1" ht="30"><c' in text_of(written, SHEET) and '<row r="2" ht="15">' in text_of(written, SHEET)
    assert '<xf numFmtId="1"/><xf numFmtId="0" applyAlignment="1"><alignment wrapText="1"/></xf>' in text_of(
        written, "xl/styles.xml"
    )


def test_formulas_find_their_cells_again(tmp_path: Path) -> None:
    body = text_of(
        both(tmp_path, LIST + '<row r="4"><c r="B4"><f>SUM(B2:B3)*$B$2&amp;A2&amp;"B2"</f></c></row>'), SHEET
    )
    assert '<c r="C4"><f>SUM(C2:C3)*$C$2&amp;A2&amp;"B2"</f></c>' in body


def test_a_shared_formula_is_written_out_in_each_cell(tmp_path: Path) -> None:
    first = '<row r="4"><c r="B4"><f t="shared" ref="B4:B5" si="0">B2+$B$3+A2</f></c></row>'
    body = text_of(both(tmp_path, f'{LIST}{first}<row r="5"><c r="B5"><f t="shared" si="0"/></c></row>'), SHEET)
    assert "<f>C2+$C$3+A2</f>" in body and "<f>C3+$C$3+A3</f>" in body


def test_what_points_to_cells_follows_them(tmp_path: Path) -> None:
    rest = (
        '<autoFilter ref="A1:B3"><filterColumn colId="1"><filters><filter val="3"/></filters></filterColumn></autoFilter>'
        '<mergeCells count="1"><mergeCell ref="B2:B3"/></mergeCells>'
        '<conditionalFormatting sqref="B2:B3"><cfRule><formula>B2&gt;$B$3</formula></cfRule></conditionalFormatting>'
        '<dataValidations><dataValidation sqref="B2"><formula1>$B$3</formula1></dataValidation></dataValidations>'
        '<hyperlinks><hyperlink ref="B2" location="Хуудас!B3"/></hyperlinks>'
    )
    names = (
        '<definedNames><definedName name="_xlnm.Print_Area">Хуудас!$A$1:$A$3</definedName>'
        '<definedName name="n">Хуудас!$B$2</definedName></definedNames>'
    )
    parts = {"xl/charts/chart1.xml": chart(series("Хуудас!$B$2:$B$3", "3", "5"))}
    written = both(tmp_path, LIST, parts, rest, names)
    body = text_of(written, SHEET)
    for there in (
        *('<autoFilter ref="A1:C3"><filterColumn colId="2">', '<mergeCell ref="C2:C3"/>', 'sqref="C2:C3"'),
        *("<formula>C2&gt;$C$3</formula>", 'sqref="C2"', "<formula1>$C$3<", 'ref="C2" location="Хуудас!C3"'),
    ):
        assert there in body
    assert "Хуудас!$A$1:$B$3" in text_of(written, "xl/workbook.xml")
    assert "Хуудас!$C$2<" in text_of(written, "xl/workbook.xml")
    assert "<c:f>Хуудас!$C$2:$C$3</c:f>" in text_of(written, "xl/charts/chart1.xml")


def test_cells_merged_over_columns_show_both_languages_and_stay_merged(tmp_path: Path) -> None:
    merged = rows(text("A1", 0), text("A2", 1) + text("B2", 2))
    written = both(tmp_path, merged, rest='<mergeCells><mergeCell ref="A1:B1"/></mergeCells>')
    assert shown(written) == {"A1": "нэр\n名", "A2": "1", "B2": "苹果", "C2": "2", "D2": "梨"}
    assert '<mergeCell ref="A1:D1"/>' in text_of(written, SHEET)


def test_cells_merged_downwards_are_so_in_the_translation(tmp_path: Path) -> None:
    body = text_of(both(tmp_path, LIST, rest='<mergeCells><mergeCell ref="A2:A3"/></mergeCells>'), SHEET)
    assert '<mergeCells count="2"><mergeCell ref="A2:A3"/><mergeCell ref="B2:B3"/></mergeCells>' in body


@pytest.mark.parametrize(
    "where",
    [
        {"lines": '<row r="9"><c r="C9"><f>VLOOKUP("x",A1:B3,2,0)</f></c></row>'},
        {"lines": '<row r="9"><c r="C9"><f>COUNTA(1:1)</f></c></row>'},
        {"lines": '<row r="9"><c r="C9"><f>COLUMN(B1)</f></c></row>'},
        {"lines": '<row r="9"><c r="C9"><f>SUM(A1:INDEX(B:B,3))</f></c></row>'},
        {"lines": '<row r="9"><c r="C9"><f>HYPERLINK("#Хуудас!B2")</f></c></row>'},
        {"names": '<definedNames><definedName name="n">Хуудас!$A$1:$B$3</definedName></definedNames>'},
        {"names": '<definedNames><definedName name="n">Хуудас!B3</definedName></definedNames>'},
        {"parts": {"xl/charts/chart1.xml": chart(series("Хуудас!$A$1:$B$1", "нэр"))}},
        {"rest": '<legacyDrawing xmlns:r="r" r:id="rId1"/>'},
        {
            "parts": {
                "xl/pivotTables/p.xml": (
                    "application/vnd.openxmlformats-officedocument.spreadsheetml.pivotTable+xml",
                    f'<pivotTableDefinition xmlns="{S}"/>',
                )
            }
        },
        {
            "rest": '<conditionalFormatting sqref="A2:B3"><cfRule><formula>B2=1</formula></cfRule></conditionalFormatting>'
        },
    ],
)
def test_no_column_comes_between_where_it_would_change_a_meaning(tmp_path: Path, where: dict[str, str]) -> None:
    written = both(tmp_path, LIST + where.pop("lines", ""), **where)  # type: ignore[arg-type]
    assert {place: value for place, value in shown(written).items() if place < "B"} == {
        "A1": "нэр\n名", "A2": "алим\n苹果", "A3": "лийр\n梨",
    }  # fmt: skip


def test_a_table_keeps_its_columns_and_moves_as_a_whole(tmp_path: Path) -> None:
    columns = '<tableColumns><tableColumn id="1" name="нэр"/></tableColumns>'
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.table+xml"
    parts: Parts = {
        "xl/tables/table1.xml": (kind, f'<table xmlns="{S}" ref="C1:C3">{columns}</table>'),
        "xl/worksheets/_rels/sheet1.xml.rels": links(rId1="table:../tables/table1.xml"),
    }
    beside = rows(text("A1", 1) + text("C1", 0), text("A2", 2) + text("C2", 1), text("C3", 2))
    written = both(tmp_path, beside, parts)
    assert shown(written) == {
        "A1": "1",
        "B1": "苹果",
        "A2": "2",
        "B2": "梨",
        "D1": "нэр / 名",
        "D2": "алим\n苹果",
        "D3": "лийр\n梨",
    }
    assert 'ref="D1:D3"' in text_of(written, "xl/tables/table1.xml")


def test_pictures_and_the_order_of_calculation_follow_their_cells(tmp_path: Path) -> None:
    office = "application/vnd.openxmlformats-officedocument."
    drawing = "http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"
    anchor = "<x:twoCellAnchor><x:from><x:col>1</x:col></x:from><x:to><x:col>3</x:col></x:to></x:twoCellAnchor>"
    parts: Parts = {
        "xl/drawings/drawing1.xml": (f"{office}drawing+xml", f'<x:wsDr xmlns:x="{drawing}">{anchor}</x:wsDr>'),
        "xl/worksheets/_rels/sheet1.xml.rels": links(rId1="drawing:../drawings/drawing1.xml"),
        "xl/calcChain.xml": (
            f"{office}spreadsheetml.calcChain+xml", f'<calcChain xmlns="{S}"><c r="B4" i="1"/><c r="A4"/></calcChain>'
        ),
    }  # fmt: skip
    written = both(tmp_path, LIST + '<row r="4"><c r="B4"><f>B2</f></c></row>', parts)
    moved = text_of(written, "xl/drawings/drawing1.xml")
    assert "<x:col>2</x:col></x:from><x:to><x:col>4</x:col>" in moved
    assert '<c r="C4" i="1"/><c r="A4"/>' in text_of(written, "xl/calcChain.xml")


def test_what_quotes_a_doubled_cell_keeps_the_language_of_the_source(tmp_path: Path) -> None:
    quoting = '<row r="4"><c r="B4" t="str"><f>A2</f><v>алим</v></c></row>'
    assert "<f>A2</f><v>алим</v>" in text_of(both(tmp_path, LIST + quoting), SHEET)


def test_a_column_of_which_nothing_was_translated_is_not_doubled(tmp_path: Path) -> None:
    assert shown(both(tmp_path, LIST, words={"нэр": "名"}))["A1"] == "нэр\n名"


def test_columns_keep_their_widths_and_stay_frozen_with_their_translation(tmp_path: Path) -> None:
    source = make_xlsx(tmp_path / "a.xlsx", LIST, FRUIT)
    view = '<sheetViews><sheetView><pane xSplit="1" topLeftCell="B1" state="frozen"/></sheetView></sheetViews>'
    head = f'<dimension ref="A1:A3"/>{view}<cols><col min="1" max="3" width="9"/></cols><sheetData>'
    changed = tmp_path / "b.xlsx"
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b"<sheetData>", head.encode()))
    body = text_of(translate(Xlsx(), changed, WORDS, Output.BILINGUAL), SHEET)
    assert '<dimension ref="A1:B3"/>' in body and 'xSplit="2" topLeftCell="C1"' in body
    assert re.findall(r'min="(\d+)" max="(\d+)"', body) == [("1", "1"), ("2", "2"), ("3", "4")]


@given(st.integers(1, 16_384))
def test_letters_and_numbers_of_columns_fit(number: int) -> None:
    assert number_of(letters_of(number)) == number


@pytest.mark.parametrize(
    ("formula", "moved"),
    [
        ("A1+B1", "A1+C1"),
        ("LOG10(B1)+_B1+name.B1+TAX_1", "LOG10(C1)+_B1+name.B1+TAX_1"),
        ("'Бусад хуудас'!B1+Бусад!B1", "'Бусад хуудас'!B1+Бусад!B1"),
        ("[1]Хуудас!B1+'[b.xlsx]Хуудас'!B1", "[1]Хуудас!B1+'[b.xlsx]Хуудас'!B1"),
        ('Хүснэгт[B1]+"B1"', 'Хүснэгт[B1]+"B1"'),
        ("$B:$C+2:2+Хуудас!B$1#", "$C:$D+2:2+Хуудас!C$1#"),
    ],
)
def test_only_references_to_the_sheet_are_moved(formula: str, moved: str) -> None:
    columns = {"Хуудас": Columns([1])}
    assert formulas.moved(formula, "Хуудас", columns.get) == moved


@given(st.integers(1, 40), st.integers(1, 40), st.sets(st.integers(1, 40), max_size=8))
def test_columns_keep_their_order_and_leave_room_behind_doubled_ones(one: int, other: int, doubled: set[int]) -> None:
    columns = Columns(doubled)
    assert (columns.moved(one) < columns.moved(other)) == (one < other)
    assert columns.moved(one + 1) - columns.moved(one) == 1 + (one in doubled)
