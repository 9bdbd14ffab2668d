"""Excel workbooks: which cells are translated, which keep their language, and what follows the cells."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from documents.errors import FileDamaged, FileUnsafe, UnsupportedType
from documents.limits import Limits
from documents.model import Output, Span
from documents.sheet.literals import Kept
from documents.xlsx import Xlsx
from tests.unit.office_kit import S, cells, chart, make_xlsx, para, run, series, strings, text_of, texts_of, translate

SHEET = "xl/worksheets/sheet1.xml"
STRINGS = "xl/sharedStrings.xml"
TABLE = "application/vnd.openxmlformats-officedocument.spreadsheetml.table+xml"


def formula(text: str, cached: str = "") -> str:
    return f'<row r="9"><c r="C9" t="str"><f>{text}</f><v>{cached}</v></c></row>'


def table(*columns: str) -> dict[str, tuple[str, str | bytes]]:
    listed = "".join(f'<tableColumn id="{n}" name="{name}"/>' for n, name in enumerate(columns, start=1))
    return {"xl/tables/table1.xml": (TABLE, f'<table xmlns="{S}"><tableColumns>{listed}</tableColumns></table>')}


def test_a_string_is_a_unit_at_the_first_cell_that_shows_it(tmp_path: Path) -> None:
    source = make_xlsx(tmp_path / "a.xlsx", cells(1, 0, 1), strings("алим", "гурил", "12.5"))
    assert [(unit.text, unit.place) for unit in Xlsx().read(source)] == [("алим", "Хуудас!A2"), ("гурил", "Хуудас!A1")]


def test_rich_text_keeps_its_runs_and_loses_the_readings_of_words(tmp_path: Path) -> None:
    rich = "<si><r><t>тод </t></r><r><rPr><b/></rPr><t>үг</t></r><rPh sb='0' eb='1'><t>унших</t></rPh></si>"
    source = make_xlsx(tmp_path / "a.xlsx", cells(0), rich)
    assert next(iter(Xlsx().read(source))).runs == (Span(0, 4), Span(4, 6))
    body = text_of(translate(Xlsx(), source, {"тод үг": "粗 词"}), STRINGS)
    assert '<si><r><t xml:space="preserve">粗 </t></r><r><rPr><b/></rPr><t>词</t></r></si>' in body


def test_lines_of_a_cell_are_units_and_inline_strings_are_read(tmp_path: Path) -> None:
    inline = '<row r="1"><c r="B1" t="inlineStr"><is><t>гурав</t></is></c></row>'
    source = make_xlsx(tmp_path / "a.xlsx", inline, strings("нэг&#10;хоёр_x000D_дөрөв"))
    assert texts_of(Xlsx(), source) == ["нэг", "хоёр", "дөрөв", "гурав"]
    written = translate(Xlsx(), source, {"хоёр": "二", "гурав": "三"})
    assert "нэг\n二_x000D_дөрөв" in text_of(written, STRINGS)
    assert "<is><t>三</t></is>" in text_of(written, SHEET)


def test_text_in_a_cell_that_is_written_as_a_result_without_a_formula_is_text(tmp_path: Path) -> None:
    """SheetJS, and the streams of excelize, write all texts so."""
    rows = (
        '<row r="1"><c r="A1" t="str"><v>нэг &amp; хоёр</v></c></row><row r="2"><c r="A2" t="str"><v>12.5</v></c></row>'
        '<row r="3"><c r="A3" t="str"><f>A1</f><v>нэг &amp; хоёр</v></c></row>'
    )
    source = make_xlsx(tmp_path / "a.xlsx", rows)
    assert [(unit.text, unit.place) for unit in Xlsx().read(source)] == [("нэг & хоёр", "Хуудас!A1")]
    body = text_of(translate(Xlsx(), source, {"нэг & хоёр": "一和二"}), SHEET)
    assert '<c r="A1" t="inlineStr"><is><t>一和二</t></is></c>' in body
    assert '<c r="A2" t="str"><v>12.5</v></c>' in body
    assert "<f>A1</f><v>一和二</v>" in body
    assert text_of(translate(Xlsx(), source, {}), SHEET) == text_of(zipfile.ZipFile(source), SHEET)


@pytest.mark.parametrize("output", Output)
def test_the_results_of_a_formula_that_fills_several_cells_stay_results(tmp_path: Path, output: Output) -> None:
    rows = (
        '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="str"><f t="array" ref="B1:B2">A1:A2</f><v>алим</v></c></row>'
        '<row r="2"><c r="A2" t="s"><v>1</v></c><c r="B2" t="str"><v>үзэм</v></c></row>'
    )
    source = make_xlsx(tmp_path / "a.xlsx", rows, strings("алим", "гурил"))
    assert texts_of(Xlsx(), source) == ["алим", "гурил"]
    body = text_of(translate(Xlsx(), source, {"алим": "苹果", "гурил": "面粉", "үзэм": "葡萄干"}, output), SHEET)
    assert 't="str"><v>үзэм</v>' in body


@pytest.mark.parametrize(
    "where",
    [
        {"rows": formula('IF(A1="тийм",1,2)')},
        {"rows": formula('COUNTIF(A:A,"&lt;&gt;Тий*")')},
        {
            "rest": '<dataValidations><dataValidation><formula1>"Үгүй,Тийм"</formula1></dataValidation></dataValidations>'
        },
        {"rest": '<conditionalFormatting><cfRule text="ий"><formula>1</formula></cfRule></conditionalFormatting>'},
        {"rest": '<autoFilter><filterColumn><filters><filter val="Тийм"/></filters></filterColumn></autoFilter>'},
        {"names": '<definedNames><definedName name="n">IF(A1="Тийм",1)</definedName></definedNames>'},
    ],
)
def test_a_cell_that_something_compares_with_keeps_its_language(tmp_path: Path, where: dict[str, str]) -> None:
    rows = where.pop("rows", "")
    source = make_xlsx(tmp_path / "a.xlsx", cells(0, 1) + rows, strings("Тийм", "Алим"), **where)
    assert texts_of(Xlsx(), source) == ["Алим"]


def test_a_question_mark_in_a_filter_or_a_pivot_table_is_no_wildcard(tmp_path: Path) -> None:
    """As a pattern each answer of a survey would be compared with each text of the workbook."""
    rest = '<autoFilter><filterColumn><filters><filter val="Юу вэ?"/></filters></filterColumn></autoFilter>'
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.pivotCacheDefinition+xml"
    items = f'<pivotCacheDefinition xmlns="{S}"><sharedItems><s v="Хэн бэ?"/></sharedItems></pivotCacheDefinition>'
    texts = strings("Юу вэ?", "Юу вэ!", "Хэн бэ?", "Хэн бэ!")
    parts = {"xl/pivotCache/pivotCacheDefinition1.xml": (kind, items)}
    source = make_xlsx(tmp_path / "a.xlsx", cells(0, 1, 2, 3), texts, parts, rest=rest)
    assert texts_of(Xlsx(), source) == ["Юу вэ!", "Хэн бэ!"]


def test_messages_of_validations_and_tips_of_links_are_translated_and_cut_to_what_excel_takes(tmp_path: Path) -> None:
    rest = (
        '<dataValidations><dataValidation promptTitle="сонго" prompt="нэгийг" error="буруу"/></dataValidations>'
        '<hyperlinks><hyperlink ref="A1" tooltip="зөвлөмж" display="x"/></hyperlinks>'
    )
    source = make_xlsx(tmp_path / "a.xlsx", cells(0), strings("буруу"), rest=rest)
    assert texts_of(Xlsx(), source) == ["буруу", "сонго", "нэгийг", "зөвлөмж"]
    answers = {"сонго": "选" * 40, "нэгийг": "一个", "буруу": "错", "зөвлөмж": "提示"}
    sheet = text_of(translate(Xlsx(), source, answers), SHEET)
    assert f'promptTitle="{"选" * 31}…" prompt="一个" error="错"' in sheet
    assert 'tooltip="提示"' in sheet
    both = text_of(translate(Xlsx(), source, answers, Output.BILINGUAL), SHEET)
    assert 'error="буруу / 错"' in both


def test_a_wildcard_holds_what_it_matches_and_no_pattern_is_slow() -> None:
    kept = Kept()
    kept.formula('COUNTIF(A:A,"*а?б*в")')
    assert kept.holds("ХХ АЙБ юм В")
    assert not kept.holds("аб в")
    assert not kept.holds("айб вг")
    kept.formula('COUNTIF(A:A,"' + "*а" * 100 + '*х")')
    assert not kept.holds("а" * 30_000)


def test_formulas_stay_and_what_they_quote_follows_the_cell(tmp_path: Path) -> None:
    source = make_xlsx(tmp_path / "a.xlsx", cells(0) + formula("A1", "алим"), strings("алим"))
    written = translate(Xlsx(), source, {"алим": "苹果"})
    assert "<f>A1</f><v>苹果</v>" in text_of(written, SHEET)
    assert '</sheets><calcPr fullCalcOnLoad="1"/>' in text_of(written, "xl/workbook.xml")


def test_the_copy_of_a_text_in_a_link_follows_its_cell(tmp_path: Path) -> None:
    links = '<hyperlinks><hyperlink ref="A1" display="алим"/><hyperlink ref="A2" display="өөр"/></hyperlinks>'
    source = make_xlsx(tmp_path / "a.xlsx", cells(0), strings("алим"), rest=links)
    assert texts_of(Xlsx(), source) == ["алим"]
    body = text_of(translate(Xlsx(), source, {"алим": "苹果", "өөр": "别的"}), SHEET)
    assert 'display="苹果"' in body and 'display="өөр"' in body


def test_names_of_table_columns_follow_their_header_cells(tmp_path: Path) -> None:
    source = make_xlsx(tmp_path / "a.xlsx", cells(0, 1), strings("нэр", "дүн"), table("нэр", "дүн"))
    body = text_of(translate(Xlsx(), source, {"нэр": "名", "дүн": "数"}), "xl/tables/table1.xml")
    assert 'name="名"' in body
    assert 'name="数"' in body


def test_two_columns_of_a_table_never_get_one_name(tmp_path: Path) -> None:
    source = make_xlsx(tmp_path / "a.xlsx", cells(0, 1), strings("нийт", "дүн"), table("нийт", "дүн"))
    written = translate(Xlsx(), source, {"нийт": "合计", "дүн": "合计"})
    assert '<t xml:space="preserve">дүн</t>' in text_of(written, STRINGS)
    body = text_of(written, "xl/tables/table1.xml")
    assert 'name="合计"' in body
    assert 'name="дүн"' in body


def test_a_column_keeps_the_name_of_its_header_where_another_string_says_the_same(tmp_path: Path) -> None:
    """A name without its header is a workbook that Excel calls damaged."""
    source = make_xlsx(tmp_path / "a.xlsx", cells(0, 1), strings("нэр") + "<si><r><t>нэр</t></r></si>", table("нэр"))
    written = translate(Xlsx(), source, {"нэр": "名"})
    assert "нэр" not in text_of(written, STRINGS)
    assert 'name="名"' in text_of(written, "xl/tables/table1.xml")


def test_headers_that_formulas_name_keep_their_language(tmp_path: Path) -> None:
    rows = cells(0, 1) + formula("SUM(Table1[нэр])")
    assert texts_of(Xlsx(), make_xlsx(tmp_path / "a.xlsx", rows, strings("нэр", "үг"), table("нэр"))) == ["үг"]


def test_a_chart_says_what_its_cells_say(tmp_path: Path) -> None:
    title = f"<c:title><c:tx><c:rich>{para(run('гарчиг'))}</c:rich></c:tx></c:title>"
    parts = {"xl/charts/chart1.xml": chart(title + series("A1", "алим", "бусад"))}
    source = make_xlsx(tmp_path / "a.xlsx", cells(0), strings("алим"), parts)
    assert texts_of(Xlsx(), source) == ["алим", "гарчиг"]
    body = text_of(translate(Xlsx(), source, {"алим": "苹果", "гарчиг": "标题", "бусад": "x"}), "xl/charts/chart1.xml")
    assert "<c:v>苹果</c:v>" in body
    assert "<c:v>бусад</c:v>" in body
    assert "<a:t>标题</a:t>" in body


def test_labels_that_a_chart_takes_from_cells_say_what_the_cells_say(tmp_path: Path) -> None:
    cache = "<c15:f>A1</c15:f><c15:dlblRangeCache><c:pt idx='0'><c:v>алим</c:v></c:pt></c15:dlblRangeCache>"
    labels = f"<c15:datalabelsRange xmlns:c15='urn:c15'>{cache}</c15:datalabelsRange>"
    parts = {"xl/charts/chart1.xml": chart(f"<c:ser><c:extLst><c:ext>{labels}</c:ext></c:extLst></c:ser>")}
    source = make_xlsx(tmp_path / "a.xlsx", cells(0), strings("алим"), parts)
    assert texts_of(Xlsx(), source) == ["алим"]
    assert "<c:v>苹果</c:v>" in text_of(translate(Xlsx(), source, {"алим": "苹果"}), "xl/charts/chart1.xml")


def test_codes_of_headers_stay(tmp_path: Path) -> None:
    header = '<oddHeader>&amp;L&amp;"Arial,Bold"&amp;14Тайлан А&amp;&amp;Б&amp;RХуудас &amp;P</oddHeader>'
    source = make_xlsx(tmp_path / "a.xlsx", "", "", rest=f"<headerFooter>{header}</headerFooter>")
    assert texts_of(Xlsx(), source) == ["Тайлан А&Б", "Хуудас"]
    body = text_of(translate(Xlsx(), source, {"Тайлан А&Б": "2024 A&B", "Хуудас": "页"}), SHEET)
    assert '&amp;L&amp;"Arial,Bold"&amp;14 2024 A&amp;&amp;B&amp;R页 &amp;P' in body


def test_a_header_is_never_longer_than_excel_takes(tmp_path: Path) -> None:
    rest = "<headerFooter><oddHeader>&amp;LБат&amp;Cтайлан&amp;R&amp;P</oddHeader></headerFooter>"
    source = make_xlsx(tmp_path / "a.xlsx", "", "", rest=rest)
    body = text_of(translate(Xlsx(), source, {"тайлан": "报&告" + "表" * 300}), SHEET)
    header = body.partition("<oddHeader>")[2].partition("</oddHeader>")[0].replace("&amp;", "&")
    assert header.startswith("&LБат&C报&&告表") and header.endswith("…&R&P")
    assert len(header) == 255


def test_comments_are_translated_except_those_that_count_letters_to_a_mention(tmp_path: Path) -> None:
    note = '<comment ref="A1"><text><r><t>санал</t></r></text></comment>'
    thread = "<threadedComment ref='A1'><text>үг</text></threadedComment>"
    mention = "<threadedComment ref='A2'><text>@Бат үг</text><mentions/></threadedComment>"
    parts = {
        "xl/comments1.xml": (
            "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml",
            f'<comments xmlns="{S}">{note}</comments>',
        ),
        "xl/threadedComments/t.xml": ("application/vnd.ms-excel.threadedcomments+xml", f"<T>{thread}{mention}</T>"),
    }
    source = make_xlsx(tmp_path / "a.xlsx", "", "", parts)
    assert texts_of(Xlsx(), source) == ["санал", "үг"]
    written = translate(Xlsx(), source, {"санал": "意见", "үг": "词"})
    assert "<r><t>意见</t></r>" in text_of(written, "xl/comments1.xml")
    assert "<text>词</text>" in text_of(written, "xl/threadedComments/t.xml")


@pytest.mark.parametrize("output", list(Output))
def test_an_engine_that_returns_its_input_changes_no_byte(tmp_path: Path, output: Output) -> None:
    source = make_xlsx(tmp_path / "a.xlsx", cells(0) + formula("A1", "үг"), strings("үг", "хоёр&#10;мөр"), table("үг"))
    written = translate(Xlsx(), source, {}, output)
    before = zipfile.ZipFile(source)
    assert {name: before.read(name) for name in before.namelist()} == {
        name: written.read(name) for name in written.namelist()
    }


def test_a_hundred_thousand_cells_are_read_in_bounded_time(tmp_path: Path) -> None:
    row = "".join(f'<c t="s"><v>{number}</v></c>' for number in range(100))
    source = make_xlsx(
        tmp_path / "a.xlsx", f"<row>{row}</row>" * 1000, strings(*(f"үг {number}" for number in range(100)))
    )
    Xlsx().check(source, Limits())
    assert len(texts_of(Xlsx(), source)) == 100


def test_what_macos_leaves_in_a_package_is_no_part_of_it(tmp_path: Path) -> None:
    left = ("application/vnd.openxmlformats-package.relationships+xml", b"\0\5\26\7")
    source = make_xlsx(tmp_path / "a.xlsx", cells(0), strings("алим"), {"__MACOSX/_rels/._.rels": left})
    Xlsx().check(source, Limits())
    assert translate(Xlsx(), source, {"алим": "苹果"}).read("__MACOSX/_rels/._.rels") == left[1]


def test_bad_workbooks_are_refused_with_their_reason(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedType, match=r"macros.*\.xlsx"):
        Xlsx().check(make_xlsx(tmp_path / "a.xlsx", "", parts={"xl/vbaProject.bin": ("", b"x")}), Limits())
    with pytest.raises(FileDamaged):
        Xlsx().check(make_xlsx(tmp_path / "b.xlsx", "<row>"), Limits())
    with pytest.raises(FileUnsafe):
        Xlsx().check(make_xlsx(tmp_path / "c.xlsx", "<row>" * 300 + "</row>" * 300), Limits())
    with pytest.raises(FileDamaged):
        Xlsx().check(make_xlsx(tmp_path / "d.xlsx", "", "<si>"), Limits())
