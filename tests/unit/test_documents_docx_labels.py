"""Word: text that stands in attributes, the words around numbers, and content controls that a translation must not lose."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest

from documents import numbers
from documents.docx import Docx
from documents.formatting import place_runs
from documents.model import Output, Unit
from tests.unit.documents_kit import field, make_docx, names, p, r, root_of, texts, translate_docx

CODE = re.compile(r"%(\d)")
CHECKBOX = (
    '<w:sdt><w:sdtPr><w14:checkbox xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml"/></w:sdtPr>'
    f"<w:sdtContent>{r('☐')}</w:sdtContent></w:sdt>"
)
CHOICE = (
    '<w:sdt><w:sdtPr><w:dropDownList><w:listItem w:displayText="Тийм" w:value="1"/>'
    '<w:listItem w:displayText="Үгүй" w:value="2"/></w:dropDownList></w:sdtPr>'
    f"<w:sdtContent>{p(r('Тийм'))}</w:sdtContent></w:sdt>"
)
WATERMARK = p('<w:r><w:pict><v:shape><v:textpath style="x" string="НООЦ"/></v:shape></w:pict></w:r>')


def bound(content: str) -> str:
    return f'<w:sdt><w:sdtPr><w:dataBinding w:xpath="/x"/><w:text/></w:sdtPr><w:sdtContent>{content}</w:sdtContent></w:sdt>'


def upper(unit: Unit) -> str:
    return unit.text.upper()


def bilingual(source: Path) -> Path:
    out = source.with_name("out.docx")
    pieces = (place_runs(unit, unit.text.upper(), None) for unit in list(Docx().read(source)))
    Docx().write(source, out, pieces, "cmn_Hans", Output.BILINGUAL)
    return out


def test_watermarks_and_choices_of_lists_are_translated_a_choice_as_the_control_shows_it(tmp_path: Path) -> None:
    units, root = translate_docx(make_docx(tmp_path / "a.docx", CHOICE + WATERMARK.replace("НООЦ", "нууц")), upper)
    assert units == ["Тийм", "Үгүй", "нууц"]
    found = [element.attrib for element in root.iter("*")]
    assert [value for one in found for name, value in one.items() if "displayText" in name] == ["ТИЙМ", "ҮГҮЙ"]
    assert [one["string"] for one in found if "string" in one] == ["НУУЦ"]
    assert texts(root) == ["ТИЙМ"]


def test_two_choices_of_a_list_never_become_the_same(tmp_path: Path) -> None:
    _, root = translate_docx(make_docx(tmp_path / "a.docx", CHOICE), lambda _: "好")
    shown = [value for one in root.iter("*") for name, value in one.attrib.items() if "displayText" in name]
    assert shown == ["好", "Үгүй"]


def test_choices_and_first_values_of_form_fields_are_translated(tmp_path: Path) -> None:
    data = (
        '<w:r><w:fldChar w:fldCharType="begin"><w:ffData><w:textInput><w:default w:val="нэр"/></w:textInput>'
        '<w:ddList><w:listEntry w:val="улаан"/></w:ddList></w:ffData></w:fldChar></w:r>'
    )
    begin = '<w:r><w:fldChar w:fldCharType="begin"/></w:r>'
    body = p(field("FORMTEXT", r("нэр")).replace(begin, data))
    units, root = translate_docx(make_docx(tmp_path / "a.docx", body), upper)
    assert units == ["нэр", "улаан"]
    assert texts(root) == ["НЭР"]
    values = [value for one in root.iter("*") for name, value in one.attrib.items() if name.endswith("}val")]
    assert values == ["НЭР", "УЛААН"]


def test_a_bilingual_document_says_a_watermark_twice_and_a_choice_in_the_language_of_its_control(
    tmp_path: Path,
) -> None:
    root = root_of(bilingual(make_docx(tmp_path / "a.docx", CHOICE + WATERMARK.replace("НООЦ", "нууц"))))
    values = [value for one in root.iter("*") for value in one.attrib.values()]
    assert "нууц / НУУЦ" in values
    assert "Тийм" in values
    assert texts(root) == ["Тийм", "ТИЙМ"]


def test_the_words_around_automatic_numbers_are_translated_and_a_bullet_is_no_word(tmp_path: Path) -> None:
    levels = ("Бүлэг %1", "%1.%2 дугаар зүйл", "o", "%3.")
    source = make_docx(tmp_path / "a.docx", p(r("текст")), {"numbering": "".join(map(level, levels))})
    answers = {"Бүлэг 1": "第一章", "1.2 дугаар зүйл": "第1.2条", "текст": "文"}
    units, _ = translate_docx(source, lambda unit: answers[unit.text])
    assert units == ["текст", "Бүлэг 1", "1.2 дугаар зүйл"]
    assert labels(tmp_path / "out.docx") == ["第%1章", "第%1.%2条", "o", "%3."]
    assert labels(bilingual(source)) == list(levels)


def test_chinese_numerals_become_digits_where_the_words_around_them_are_translated(tmp_path: Path) -> None:
    numerals = '<w:numFmt w:val="chineseCounting"/>'
    levels = "".join(level(text).replace("<w:lvl>", f"<w:lvl>{numerals}") for text in ("第%1条", "%2、"))
    source = make_docx(tmp_path / "a.docx", p(r("文")), {"numbering": levels})
    for language, kinds in (("mon_Cyrl", ["decimal", "chineseCounting"]), ("cmn_Hant", ["chineseCounting"] * 2)):
        translate_docx(source, lambda unit: {"第1条": "Зүйл 1"}.get(unit.text, "текст"), language)
        with zipfile.ZipFile(tmp_path / "out.docx") as package:
            assert re.findall(r'numFmt w:val="([^"]*)"', package.read("word/numbering.xml").decode()) == kinds


def level(text: str) -> str:
    return f'<w:lvl><w:lvlText w:val="{text}"/></w:lvl>'


def labels(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as package:
        return re.findall(r'lvlText w:val="([^"]*)"', package.read("word/numbering.xml").decode())


@pytest.mark.parametrize(
    ("said", "put"),
    [("Chapter 1", "Chapter %1"), ("第一章", "第%1章"), ("Chapter", None), ("1 of 1", None), ("Chapter 11", None)],
)
def test_a_number_is_put_back_only_where_it_stands_once(said: str, put: str | None) -> None:
    assert numbers.translated("Бүлэг %1", CODE, {"Бүлэг 1": said}.get) == put


def test_the_box_that_one_ticks_stays_in_its_control(tmp_path: Path) -> None:
    body = p(r("Нэр, "), CHECKBOX, r(" зөвшөөрнө"))
    units, root = translate_docx(make_docx(tmp_path / "a.docx", body), lambda _: "同意，姓名")
    assert "☐" not in units[0]
    assert names(root).count("checkbox") == 1
    assert "".join(texts(root)).count("☐") == 1


def test_a_control_that_repeats_a_property_of_the_document_keeps_the_translation(tmp_path: Path) -> None:
    body = p(bound(r("гарчиг"))) + bound(p(r("товч"))) + bound(p(r("123")))
    _, root = translate_docx(make_docx(tmp_path / "a.docx", body), upper)
    assert texts(root) == ["ГАРЧИГ", "ТОВЧ", "123"]
    assert names(root).count("dataBinding") == 1, "the one whose text was not translated"


def test_texts_on_two_pages_stand_on_two_lines_of_the_translation_below(tmp_path: Path) -> None:
    page = "<w:r><w:br w:type='page'/></w:r>"
    root = root_of(bilingual(make_docx(tmp_path / "a.docx", p(page, r("нэг"), page, r("хоёр")))))
    below = root.findall(".//{*}p")[1]
    assert [name for name in names(below) if name in ("br", "t")] == ["t", "br", "t"]
    assert [one.attrib for one in below.iter("{*}br")] == [{}]
