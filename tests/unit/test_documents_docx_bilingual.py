"""Bilingual Word documents: a paragraph with the translation follows each paragraph."""

from __future__ import annotations

from pathlib import Path

from lxml import etree

from documents.docx import Docx
from documents.model import Output
from tests.unit.documents_kit import W, field, first, make_docx, names, p, r, root_of, texts
from tests.unit.office_kit import translate


def bilingual(tmp_path: Path, body: str, words: dict[str, str]) -> etree._Element:
    translate(Docx(), make_docx(tmp_path / "a.docx", body), words, Output.BILINGUAL).close()
    return first(root_of(tmp_path / "out.docx"), "body")


def test_the_translation_follows_in_the_same_style_and_cell(tmp_path: Path) -> None:
    style = '<w:pPr><w:pStyle w:val="Title"/></w:pPr>'
    cell = f"<w:tbl><w:tr><w:tc>{p(style, r('нүд', '<w:b/>'))}</w:tc></w:tr></w:tbl>"
    body = bilingual(tmp_path, cell + p(r("Apple")), {"нүд": "格"})
    below = first(body, "tc")[1]
    assert texts(body) == ["нүд", "格", "Apple"]
    assert texts(below) == ["格"]
    assert {"pStyle", "b"} <= set(names(below))


def test_what_has_an_identity_stands_in_the_source_only(tmp_path: Path) -> None:
    marks = '<w:bookmarkStart w:id="1" w:name="a"/>', '<w:bookmarkEnd w:id="1"/>'
    note = '<w:r><w:footnoteReference w:id="2"/></w:r>'
    number = '<w:pPr><w:numPr><w:numId w:val="3"/></w:numPr></w:pPr>'
    body = bilingual(
        tmp_path,
        p(number, marks[0], r("нэр"), note, marks[1], r(" юм ", "<w:i/>"), field("PAGE", r("долоо"))),
        {"нэр юм": "名"},
    )
    below = names(body[1])
    assert not {"bookmarkStart", "bookmarkEnd", "footnoteReference", "fldChar"} & set(below)
    assert first(body[1], "numId").get(f"{{{W}}}val") == "0"
    assert {"bookmarkStart", "footnoteReference", "fldChar"} <= set(names(body[0]))


def test_a_page_number_is_shown_again_and_a_counter_does_not_count_on(tmp_path: Path) -> None:
    words = {"Хуудас 7": "第7页", "Зураг 2": "图2"}
    body = bilingual(
        tmp_path, p(r("Хуудас "), field("PAGE", r("7"))) + p(r("Зураг "), field("SEQ Зураг", r("2"))), words
    )
    assert ["".join(texts(one)) for one in body[:4]] == ["Хуудас 7", "第7页", "Зураг 2", "图2"]
    assert ["fldChar" in names(one) for one in body[:4]] == [True, True, True, False]


def test_a_section_ends_after_the_translation(tmp_path: Path) -> None:
    body = bilingual(tmp_path, p("<w:pPr><w:sectPr/></w:pPr>", r("төгсгөл")), {"төгсгөл": "完"})
    assert "sectPr" not in names(body[0])
    assert "sectPr" in names(body[1])


def test_links_lead_on_in_the_translation_and_page_breaks_do_not_repeat(tmp_path: Path) -> None:
    link = f'<w:hyperlink w:anchor="x">{r("холбоос")}</w:hyperlink>'
    body = bilingual(tmp_path, p(link, "<w:r><w:br w:type='page'/></w:r>"), {"холбоос": "链接"})
    assert texts(first(body[1], "hyperlink")) == ["链接"]
    assert "br" not in names(body[1])


def test_a_control_for_plain_text_keeps_its_one_paragraph(tmp_path: Path) -> None:
    control = f"<w:sdt><w:sdtPr><w:text/></w:sdtPr><w:sdtContent>{p(r('утга'))}</w:sdtContent></w:sdt>"
    body = bilingual(tmp_path, control, {"утга": "值"})
    assert [etree.QName(one).localname for one in body] == ["sdt", "p", "sectPr"]
    assert texts(body[1]) == ["值"]
