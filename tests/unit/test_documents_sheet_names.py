"""Names of sheets on request: in workbooks of both kinds, everything that names a sheet follows."""

from __future__ import annotations

from pathlib import Path

import pytest

from documents.limits import Limits
from documents.model import Options, Output, Piece
from documents.odf import references as ods_references
from documents.ods import Ods
from documents.ooxml.texts import Texts
from documents.sheet import references
from documents.sheet.literals import Kept
from documents.sheet.naming import SheetNames
from documents.xlsx import Xlsx
from tests.unit import odf_kit
from tests.unit.odf_kit import (
    SHEET,
    body,
    cell,
    content,
    formula,
    make,
    needs_libreoffice,
    opened,
    row,
    sheet,
    translate,
)
from tests.unit.office_kit import R, chart, links, make_xlsx, series, strings

NAMES = Options(sheet_names=True)
PIVOT = "application/vnd.openxmlformats-officedocument.spreadsheetml.pivotCacheDefinition+xml"
TITLES = "application/vnd.openxmlformats-officedocument.extended-properties+xml"


def renamed(words: dict[str, str], kept: Kept | None = None) -> SheetNames:
    names = SheetNames()
    texts = Texts(lambda unit: [Piece(words[unit.text])])
    names.ask(list(words), kept or Kept(), texts)
    return names


WORDS = {"Нэг": "一", "Хоёр дахь": "第二", "Бат's": "O'Neil"}


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("Нэг!A1+SUM(Нэг!A1:B2)", "'一'!A1+SUM('一'!A1:B2)"),
        ("'Хоёр дахь'!$A$1", "'第二'!$A$1"),
        ("'Бат''s'!A1", "'O''Neil'!A1"),
        ("SUM(Нэг:Гурав!A1)", "SUM('一:Гурав'!A1)"),
        ("SUM('Нэг:Хоёр дахь'!A1)", "SUM('一:第二'!A1)"),
        ("Нэг!A1:Нэг!B2", "'一'!A1:'一'!B2"),
        ("НЭГ!A1", "'一'!A1"),
        ('"Нэг!A1"&Нэг!A1', "\"Нэг!A1\"&'一'!A1"),
        ("[1]Нэг!A1+'[1]Нэг'!A1", "[1]Нэг!A1+'[1]Нэг'!A1"),
        ("Table1[Нэг!]+#REF!+МийнНэг!A1", "Table1[Нэг!]+#REF!+МийнНэг!A1"),
        ("Нэг+A1", "Нэг+A1"),
    ],
)
def test_references_of_excel_follow(formula: str, expected: str) -> None:
    assert references.in_formula(formula, renamed(WORDS)) == expected


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("of:=[$Нэг.A1]+[.A1]", "of:=[$'一'.A1]+[.A1]"),
        ("of:=SUM([$'Хоёр дахь'.A1:.B2])", "of:=SUM([$'第二'.A1:.B2])"),
        ("of:=SUM([Нэг.A1:Нэг.B2])", "of:=SUM(['一'.A1:'一'.B2])"),
        ('of:="Нэг.A1"&[Нэг.A1]', "of:=\"Нэг.A1\"&['一'.A1]"),
        ("of:=['file:///a.ods'#$Нэг.A1]", "of:=['file:///a.ods'#$Нэг.A1]"),
        ("of:=[$Нэг.$A$1:.$B$2]+[$'Бат''s'.A:.A]", "of:=[$'一'.$A$1:.$B$2]+[$'O''Neil'.A:.A]"),
    ],
)
def test_references_of_opendocument_follow(formula: str, expected: str) -> None:
    assert ods_references.in_formula(formula, renamed(WORDS)) == expected


def test_names_are_ones_that_programs_take_and_stay_different() -> None:
    long = "長" * 40
    names = renamed(
        {"a1": "Q1: [x]/y?", "b": "same", "c": "Same", "d": long, "e": "???", "f": "'quoted'", "g": "History"}
    )
    assert [names.of(name) for name in "bc"] == ["same", "Same (2)"]
    assert (names.of("a1"), names.of("d"), names.of("e")) == ("Q1 x y", "長" * 31, None)
    assert (names.of("f"), names.of("g")) == ("quoted", None)


def test_a_name_that_another_sheet_keeps_is_not_taken() -> None:
    kept = Kept()
    kept.formula('HYPERLINK("#Хоёр!A1")')
    names = renamed({"Нэг": "Хоёр", "Хоёр": "二"}, kept)
    assert (names.of("Нэг"), names.of("Хоёр")) == ("Хоёр (2)", None)


def test_no_sheet_is_renamed_where_a_formula_makes_addresses_of_texts() -> None:
    kept = Kept()
    kept.formula('INDIRECT(A1&"!B2")')
    assert not renamed({"Нэг": "一"}, kept)


def book(path: Path, rows: str, rest: str = "", more: dict[str, tuple[str, str | bytes]] | None = None) -> Path:
    names = "<definedNames><definedName name='d'>Хуудас!$A$1</definedName></definedNames>"
    return make_xlsx(path, rows, strings("Хуудас"), more, rest, names)


ROWS = '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1"><f>Хуудас!C1</f><v>1</v></c></row>'


def test_everything_in_a_workbook_that_names_the_sheet_follows(tmp_path: Path) -> None:
    listed = "<lpstr>Хуудас</lpstr><lpstr>Хуудас!d</lpstr>"
    source = book(
        tmp_path / "a.xlsx",
        ROWS,
        f'<hyperlinks><hyperlink ref="A1" location="Хуудас!A1"/></hyperlinks><drawing xmlns:r="{R}" r:id="rId1"/>',
        {
            "xl/charts/chart1.xml": chart(series("Хуудас!$A$1", "а")),
            "xl/pivot1.xml": (PIVOT, '<pivotCacheDefinition><worksheetSource sheet="Хуудас"/></pivotCacheDefinition>'),
            "xl/drawings/_rels/drawing1.xml.rels": links(rId1="hyperlink:#Хуудас!A1"),
            "docProps/app.xml": (TITLES, f"<Properties><TitlesOfParts>{listed}</TitlesOfParts></Properties>"),
        },
    )  # fmt: skip
    Xlsx().check(source, Limits())
    assert next((unit.text, unit.place) for unit in Xlsx().read(source, NAMES)) == ("Хуудас", "name of a sheet")
    out = translate(Xlsx(), source, {"Хуудас": "表 1"}, options=NAMES)
    for name, expected in {
        "xl/workbook.xml": ('<sheet name="表 1"', "<definedName name=\"d\">'表 1'!$A$1<"),
        "xl/worksheets/sheet1.xml": ("<f>'表 1'!C1</f>", "location=\"'表 1'!A1\""),
        "xl/charts/chart1.xml": ("'表 1'!$A$1",),
        "xl/pivot1.xml": ('sheet="表 1"',),
        "xl/drawings/_rels/drawing1.xml.rels": ("Target=\"#'表 1'!A1\"",),
        "docProps/app.xml": ("<lpstr>表 1</lpstr><lpstr>'表 1'!d</lpstr>",),
    }.items():
        for one in expected:
            assert one in content(out, name), name


def test_names_of_sheets_stay_unless_they_are_asked_for(tmp_path: Path) -> None:
    source = book(tmp_path / "a.xlsx", ROWS)
    assert odf_kit.texts_of(Xlsx(), source) == ["Хуудас"]  # the cell
    assert "Хуудас!$A$1" in content(translate(Xlsx(), source, {"Хуудас": "表"}), "xl/workbook.xml")


def test_a_workbook_in_two_languages_keeps_its_names(tmp_path: Path) -> None:
    source = book(tmp_path / "a.xlsx", ROWS)
    out = translate(Xlsx(), source, {"Хуудас": "表"}, Output.BILINGUAL, NAMES)
    assert 'name="Хуудас"' in content(out, "xl/workbook.xml")


def test_a_workbook_with_form_controls_keeps_its_names(tmp_path: Path) -> None:
    control = {
        "xl/ctrlProps/ctrlProp1.xml": ("application/vnd.ms-excel.controlproperties+xml", '<a fmlaLink="Хуудас!A1"/>')
    }
    out = translate(Xlsx(), book(tmp_path / "a.xlsx", ROWS, more=dict(control)), {"Хуудас": "表"}, options=NAMES)
    assert 'name="Хуудас"' in content(out, "xl/workbook.xml")


SETTINGS = odf_kit.root(
    "document-settings",
    '<config:config-item-map-named config:name="Tables"><config:config-item-map-entry config:name="Хуудас"/>'
    '</config:config-item-map-named><config:config-item config:name="ActiveTable">Хуудас</config:config-item>',
)


def spreadsheet(path: Path) -> Path:
    link = '<text:a xlink:href="#Хуудас.A1">холбоос</text:a>'
    named = '<table:named-range table:name="d" table:cell-range-address="$Хуудас.$A$1:.$B$2"/>'
    ranges = f"<table:named-expressions>{named}</table:named-expressions>"
    second = sheet("Second", row(formula("of:=[$Хуудас.A1]", "Нийт"), cell(link)))
    return make(
        path,
        sheet("Хуудас", row(cell("Нийт"))) + second + ranges,
        SHEET,
        parts={"settings.xml": ("text/xml", SETTINGS)},
    )


def test_everything_in_a_spreadsheet_that_names_the_sheet_follows(tmp_path: Path) -> None:
    source = spreadsheet(tmp_path / "a.ods")
    out = translate(Ods(), source, {"Хуудас": "表 1", "Нийт": "合计"}, options=NAMES)
    for expected in (
        'table:name="表 1"', "of:=[$'表 1'.A1]", "xlink:href=\"#'表 1'.A1\"", "$'表 1'.$A$1:.$B$2", 'table:name="Second"',
    ):  # fmt: skip
        assert expected in body(out)
    settings = content(out, "settings.xml")
    assert 'config-item-map-entry config:name="表 1"' in settings and ">表 1</config:config-item>" in settings


@needs_libreoffice
def test_libreoffice_finds_the_renamed_sheet(tmp_path: Path) -> None:
    source = spreadsheet(tmp_path / "a.ods")
    out = translate(Ods(), source, {"Хуудас": "表 1", "Нийт": "合计"}, options=NAMES)
    again = opened(out, "fods", tmp_path).read_text()
    assert "of:=[$&apos;表 1&apos;.A1]" in again and "#REF!" not in again
