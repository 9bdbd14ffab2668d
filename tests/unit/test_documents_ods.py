"""OpenDocument spreadsheets: cells, what formulas compare with, results, charts, bilingual cells."""

from __future__ import annotations

from pathlib import Path

import pytest

from documents.limits import Limits
from documents.model import Output
from documents.odf.cells import column_name
from documents.ods import Ods
from tests.unit.odf_kit import (
    SHEET,
    body,
    cell,
    changed_parts,
    chart,
    content,
    formula,
    make,
    master,
    needs_libreoffice,
    opened,
    p,
    row,
    sheet,
    texts_of,
    translate,
)

CSV = "csv:Text - txt - csv (StarCalc):44,34,76"  # comma, quote, UTF-8


def test_cells_are_called_as_spreadsheets_call_them(tmp_path: Path) -> None:
    repeated = '<table:table-cell table:number-columns-repeated="26"/>'
    rows = (
        row(cell("нэг"), repeated, cell("хоёр")),
        '<table:table-row table:number-rows-repeated="3"/>',
        row(cell("гурав")),
    )
    source = make(tmp_path / "a.ods", sheet("Хуудас", *rows), SHEET)
    assert [unit.place for unit in Ods().read(source)] == ["Хуудас!A1", "Хуудас!AB1", "Хуудас!A5"]
    assert [column_name(number) for number in (25, 26, 701, 702)] == ["Z", "AA", "ZZ", "AAA"]


def test_numbers_dates_and_formulas_stay_and_results_follow_the_cells_they_quote(tmp_path: Path) -> None:
    numbers = f'<table:table-cell office:value-type="float" office:value="10">{p("10 сар")}</table:table-cell>'
    rows = row(cell("Нийт"), numbers, formula("of:=[.A1]", "Нийт"), formula("of:=[.B9]", "өөр"))
    source = make(tmp_path / "a.ods", sheet("Хуудас", rows), SHEET)
    assert texts_of(Ods(), source) == ["Нийт"]
    out = body(translate(Ods(), source, {"Нийт": "合计"}))
    assert formula("of:=[.A1]", "合计") in out and formula("of:=[.B9]", "өөр") in out and "10 сар" in out


@pytest.mark.parametrize(
    "comparison",
    [
        formula('of:=IF([.A1]="Тийм";1;2)', "1"),
        formula('of:=COUNTIF([.A1:.A9];"Ти*")', "1"),
    ],
)
def test_a_cell_that_a_formula_compares_with_keeps_its_language(tmp_path: Path, comparison: str) -> None:
    source = make(tmp_path / "a.ods", sheet("Хуудас", row(cell("Тийм"), cell("үг"), comparison)), SHEET)
    assert texts_of(Ods(), source) == ["үг"]


@pytest.mark.parametrize(
    "part",
    [
        '<table:content-validations><table:content-validation table:condition="of:cell-content-is-in-list(&quot;Тийм&quot;)"/>'
        "</table:content-validations>",
        '<table:database-ranges><table:database-range><table:filter><table:filter-condition table:value="Тийм"/></table:filter>'
        "</table:database-range></table:database-ranges>",
        "<calcext:conditional-formats><calcext:conditional-format>"
        '<calcext:condition calcext:value="contains-text(&quot;ий&quot;)"/>'
        "</calcext:conditional-format></calcext:conditional-formats>",
        '<table:data-pilot-tables><table:data-pilot-table><table:data-pilot-field table:source-field-name="Тийм"/>'
        "</table:data-pilot-table></table:data-pilot-tables>",
    ],
)
def test_a_cell_that_a_choice_a_filter_or_a_pivot_table_names_keeps_its_language(tmp_path: Path, part: str) -> None:
    source = make(tmp_path / "a.ods", sheet("Хуудас", row(cell("Тийм"), cell("үг"))) + part, SHEET)
    assert texts_of(Ods(), source) == ["үг"]


def test_a_style_that_depends_on_a_text_keeps_it(tmp_path: Path) -> None:
    styles = (
        '<office:styles><style:style style:name="a" style:family="table-cell">'
        '<style:map style:condition="cell-content()=&quot;Тийм&quot;"/></style:style></office:styles>'
    )
    assert texts_of(Ods(), make(tmp_path / "a.ods", sheet("Хуудас", row(cell("Тийм"))), SHEET, styles=styles)) == []


def test_comments_and_headers_are_read_and_the_value_beside_the_text_goes(tmp_path: Path) -> None:
    remark = f"<office:annotation>{p('санал')}</office:annotation>"
    noted = (
        f'<table:table-cell office:value-type="string" office:string-value="үг">{remark}{p("үг")}</table:table-cell>'
    )
    header = master(p("Хуудас <text:page-number>1</text:page-number>"))
    source = make(tmp_path / "a.ods", sheet("Хуудас", row(noted)), SHEET, styles=header)
    assert [(unit.text, unit.place) for unit in Ods().read(source)] == [
        ("санал", "Хуудас!A1"),
        ("үг", "Хуудас!A1"),
        ("Хуудас 1", "styles:1"),
    ]
    out = translate(Ods(), source, {"үг": "词", "Хуудас 1": "第1页"})
    assert "office:string-value" not in body(out) and "第<text:page-number>1</text:page-number>页" in content(
        out, "styles.xml"
    )


def test_a_chart_says_what_the_cells_say(tmp_path: Path) -> None:
    inner = f"<chart:title>{p('график')}</chart:title>" + sheet("local-table", row(cell("Нийт"), cell("Тийм")))
    rows = row(cell("Нийт"), cell("Тийм"), formula('of:=[.B1]="Тийм"', "x"))
    source = make(tmp_path / "a.ods", sheet("Хуудас", rows), SHEET, parts=chart(inner))
    assert texts_of(Ods(), source) == ["Нийт", "график"]
    out = content(translate(Ods(), source, {"Нийт": "合计", "график": "图"}), "Object 1/content.xml")
    assert ">合计<" in out and ">Тийм<" in out and ">图<" in out


def test_two_languages_stand_in_two_lines_of_a_cell(tmp_path: Path) -> None:
    source = make(tmp_path / "a.ods", sheet("Хуудас", row(cell("Нийт"), formula("of:=[.A1]", "Нийт"))), SHEET)
    out = body(translate(Ods(), source, {"Нийт": "合计"}, Output.BILINGUAL))
    assert out.count("<text:p>Нийт</text:p><text:p>合计</text:p>") == 2


def test_a_workbook_whose_translation_is_the_same_is_byte_identical(tmp_path: Path) -> None:
    source = make(tmp_path / "a.ods", sheet("Хуудас", row(cell("Нийт"), formula("of:=[.A1]", "Нийт"))), SHEET)
    assert changed_parts(source, translate(Ods(), source, {})) == set()


def test_rows_and_columns_repeated_by_the_million_cost_nothing(tmp_path: Path) -> None:
    cells = '<table:table-cell table:number-columns-repeated="99999999999"/>'
    huge = f'<table:table-row table:number-rows-repeated="1048576">{cells}</table:table-row>'
    source = make(tmp_path / "a.ods", sheet("Хуудас", huge, row(cell("үг"))), SHEET)
    Ods().check(source, Limits())
    assert [unit.place for unit in Ods().read(source)] == ["Хуудас!A1048577"]


@needs_libreoffice
def test_libreoffice_opens_what_is_written(tmp_path: Path) -> None:
    source = make(tmp_path / "a.ods", sheet("Хуудас", row(cell("Нийт"), formula("of:=[.A1]", "Нийт"))), SHEET)
    out = translate(Ods(), source, {"Нийт": "合计"})
    assert opened(out, CSV, tmp_path).read_text().strip() == "合计,合计"
