"""PowerPoint presentations: what is translated, what stays, bilingual slides; SmartArt and charts of all Office files."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from documents.docx import Docx
from documents.errors import DocumentError, FileDamaged, FileUnsafe, UnsupportedType
from documents.limits import Limits
from documents.model import Output, Piece, Span
from documents.pptx import Pptx
from tests.unit.documents_kit import make_docx, p, r
from tests.unit.office_kit import (
    CHART,
    DIAGRAM,
    PICTURE,
    chart,
    diagram,
    links,
    make_pptx,
    para,
    run,
    series,
    shape,
    slide,
    text_of,
    texts_of,
    translate,
)

SLIDE = "ppt/slides/slide1.xml"
BOLD = '<a:rPr b="1" lang="mn-MN"/>'


def test_runs_of_one_look_are_one_unit_and_bold_words_are_a_run(tmp_path: Path) -> None:
    content = shape(para(run("Энэ ", '<a:rPr lang="mn-MN"/>'), run("нь "), run("тод", BOLD), "<a:endParaRPr/>"))
    unit = next(iter(Pptx().read(make_pptx(tmp_path / "a.pptx", content))))
    assert (unit.text, unit.runs, unit.place) == ("Энэ нь тод", (Span(0, 7), Span(7, 10)), "slide1:1")


def test_a_translation_takes_the_formatting_and_says_its_language(tmp_path: Path) -> None:
    source = make_pptx(tmp_path / "a.pptx", shape(para(run("үг ", "<a:rPr/>"), run("тод", BOLD), "<a:endParaRPr/>")))
    out = tmp_path / "out.pptx"
    Pptx().write(source, out, iter([[Piece("粗", 1), Piece("词", 0)]]), "cmn_Hans")
    body = text_of(zipfile.ZipFile(out), SLIDE)
    assert (
        '<a:r><a:rPr b="1" lang="zh-CN"/><a:t>粗</a:t></a:r><a:r><a:rPr lang="zh-CN"/><a:t>词</a:t></a:r><a:endParaRPr/>'
        in body
    )


def test_line_breaks_cut_units_and_fields_stay(tmp_path: Path) -> None:
    field = '<a:fld id="{1}" type="slidenum"><a:t>хуудас 1</a:t></a:fld>'
    source = make_pptx(tmp_path / "a.pptx", shape(para(run("нэг"), "<a:br/>", run("хоёр&#10;гурав "), field)))
    assert texts_of(Pptx(), source) == ["нэг", "хоёр", "гурав"]
    body = text_of(translate(Pptx(), source, {"нэг": "一", "хоёр": "二", "гурав": "三"}), SLIDE)
    assert body.index("一") < body.index("<a:br/>") < body.index("二") < body.index("三") < body.index("хуудас 1")


def test_prompts_of_layouts_stay_and_their_own_text_is_translated(tmp_path: Path) -> None:
    layout = shape(para(run("Энд дарна уу")), placeholder=True) + shape(para(run("Манай компани")))
    parts = {"ppt/slideLayouts/slideLayout1.xml": slide(layout, "slideLayout")}
    assert texts_of(Pptx(), make_pptx(tmp_path / "a.pptx", shape(para(run("үг"))), parts)) == ["үг", "Манай компани"]


def test_notes_tables_and_comments_follow_their_slide(tmp_path: Path) -> None:
    parts = {
        "ppt/notesSlides/notesSlide1.xml": slide(shape(para(run("тэмдэглэл"))), "notesSlide"),
        "ppt/comments/comment1.xml": (
            "application/vnd.openxmlformats-officedocument.presentationml.comments+xml",
            '<p:cmLst xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"><p:cm><p:text>санал</p:text></p:cm></p:cmLst>',
        ),
        "ppt/slides/_rels/slide1.xml.rels": links(
            rId1="notesSlide:../notesSlides/notesSlide1.xml", rId2="comments:../comments/comment1.xml"
        ),
    }
    table = f"<a:tbl><a:tr><a:tc><a:txBody>{para(run('нүд'))}</a:txBody></a:tc></a:tr></a:tbl>"
    source = make_pptx(tmp_path / "a.pptx", table, parts)
    assert texts_of(Pptx(), source) == ["нүд", "санал", "тэмдэглэл"]
    written = translate(Pptx(), source, {"санал": "意见"}, Output.BILINGUAL)
    assert "<p:text>санал\n意见</p:text>" in text_of(written, "ppt/comments/comment1.xml")


def test_the_picture_of_a_smartart_says_what_the_smartart_says(tmp_path: Path) -> None:
    parts = {"ppt/diagrams/drawing1.xml": diagram(PICTURE, "үг"), "ppt/diagrams/data1.xml": diagram(DIAGRAM, "үг")}
    source = make_pptx(tmp_path / "a.pptx", "", parts)
    assert texts_of(Pptx(), source) == ["үг"]
    written = translate(Pptx(), source, {"үг": "词"})
    assert all("<a:t>词</a:t>" in text_of(written, name) for name in parts)


def test_the_copy_for_older_readers_is_not_a_unit_of_its_own(tmp_path: Path) -> None:
    box = shape(para(run("үг")))
    content = f"<mc:AlternateContent><mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback></mc:AlternateContent>"
    source = make_pptx(tmp_path / "a.pptx", content)
    assert texts_of(Pptx(), source) == ["үг"]
    assert text_of(translate(Pptx(), source, {"үг": "词"}), SLIDE).count("<a:t>词</a:t>") == 2


def test_a_chart_of_a_word_document_is_translated_and_its_workbook_is_not(tmp_path: Path) -> None:
    cache = "<c:numCache><c:formatCode>Үндсэн</c:formatCode><c:pt><c:v>5</c:v></c:pt></c:numCache>"
    numbers = f"<c:val><c:numRef>{cache}</c:numRef></c:val>"
    title = f"<c:title><c:tx><c:rich>{para(run('гарчиг'))}</c:rich></c:tx></c:title>"
    source = make_docx(tmp_path / "a.docx", p(r("үг")), others={"word/embeddings/a.xlsx": b"PK workbook"})
    with zipfile.ZipFile(source) as old:
        content = {name: old.read(name) for name in old.namelist()}
    types = content["[Content_Types].xml"].decode()
    content["[Content_Types].xml"] = types.replace(
        "</Types>", f'<Override PartName="/word/charts/chart1.xml" ContentType="{CHART}"/></Types>'
    ).encode()
    content["word/charts/chart1.xml"] = chart(title + series("Sheet1!$A$1", "борлуулалт", "2024") + numbers)[1].encode()
    with zipfile.ZipFile(source, "w") as new:
        for name, data in content.items():
            new.writestr(name, data)
    assert texts_of(Docx(), source) == ["үг", "гарчиг", "борлуулалт"]
    written = translate(Docx(), source, {"гарчиг": "标题", "борлуулалт": "销售"})
    body = text_of(written, "word/charts/chart1.xml")
    assert "<a:t>标题</a:t>" in body
    assert "<c:v>销售</c:v>" in body
    assert "<c:f>Sheet1!$A$1</c:f>" in body
    assert "Үндсэн" in body
    assert written.read("word/embeddings/a.xlsx") == b"PK workbook"


def test_a_bilingual_slide_has_a_paragraph_under_each_that_changed(tmp_path: Path) -> None:
    source = make_pptx(tmp_path / "a.pptx", shape(para(run("үг")), para(run("Apple")), para(run("12"))))
    body = text_of(translate(Pptx(), source, {"үг": "词"}, Output.BILINGUAL), SLIDE)
    first = '<a:p><a:r><a:t>үг</a:t></a:r></a:p><a:p><a:r><a:rPr lang="zh-CN"/><a:t>词</a:t></a:r></a:p>'
    assert f"{first}<a:p><a:r><a:t>Apple</a:t></a:r></a:p><a:p><a:r><a:t>12</a:t></a:r></a:p>" in body


@pytest.mark.parametrize("output", list(Output))
def test_an_engine_that_returns_its_input_changes_no_byte(tmp_path: Path, output: Output) -> None:
    parts = {
        "ppt/diagrams/data1.xml": diagram(DIAGRAM, "зураг"),
        "ppt/charts/chart1.xml": chart(series("A1", "цуврал")),
    }
    source = make_pptx(tmp_path / "a.pptx", shape(para(run("нэг "), run("тод", BOLD))), parts)
    written = translate(Pptx(), source, {}, output)
    before = zipfile.ZipFile(source)
    assert {name: before.read(name) for name in before.namelist()} == {
        name: written.read(name) for name in written.namelist()
    }


def test_too_few_and_too_many_translations_are_an_error(tmp_path: Path) -> None:
    source = make_pptx(tmp_path / "a.pptx", shape(para(run("үг"))))
    for pieces in ([], [[Piece("词")], [Piece("词")]]):
        with pytest.raises(ValueError, match="translation"):
            Pptx().write(source, tmp_path / "out.pptx", iter(pieces), "cmn_Hans")


@pytest.mark.parametrize(
    ("parts", "error"),
    [
        ({"ppt/vbaProject.bin": ("", b"x")}, UnsupportedType),
        ({SLIDE: slide("<p:broken>")}, FileDamaged),
        ({SLIDE: ("", "<!DOCTYPE a><a/>")}, None),
        ({"ppt/slides/slide2.xml": (slide("")[0], "<!DOCTYPE a [<!ENTITY x 'y'>]><a/>")}, FileUnsafe),
        ({SLIDE: slide("<p:grpSp>" * 300 + "</p:grpSp>" * 300)}, FileUnsafe),
    ],
)
def test_a_bad_presentation_is_refused_with_its_reason(
    tmp_path: Path, parts: dict[str, tuple[str, str | bytes]], error: type[DocumentError] | None
) -> None:
    source = make_pptx(tmp_path / "a.pptx", "", parts)
    if error is None:
        Pptx().check(source, Limits())
        return
    with pytest.raises(error):
        Pptx().check(source, Limits())


def test_a_word_document_under_another_name_is_told_its_right_name(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedType, match=r"\.docx"):
        Pptx().check(make_docx(tmp_path / "a.pptx", p(r("үг"))), Limits())
