"""OpenDocument texts and presentations: what is translated, what stays, and what a paragraph looks like afterwards."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from documents.errors import DocumentError, FileDamaged, FileEncrypted, FileUnsafe, UnsupportedType
from documents.limits import Limits
from documents.model import Output, Piece
from documents.odf.atoms import collect
from documents.odf.names import full
from documents.odf.rebuild import rebuild
from documents.odf.styles import Styles
from documents.odp import Odp
from documents.odt import Odt
from documents.registry import format_for
from documents.word.atoms import Text
from tests.unit.odf_kit import (
    BOLD,
    NAMESPACES,
    SHEET,
    SLIDES,
    TYPED,
    body,
    changed_parts,
    chart,
    content,
    make,
    manifest,
    master,
    needs_libreoffice,
    opened,
    p,
    root,
    span,
    style,
    text_style,
    texts_of,
    translate,
)

NOTE = (
    '<text:note text:id="ftn1" text:note-class="footnote"><text:note-citation>1</text:note-citation>'
    "<text:note-body><text:p>тайлбар</text:p></text:note-body></text:note>"
)
REMARK = (
    '<office:annotation office:name="a1"><dc:creator xmlns:dc="http://purl.org/dc/elements/1.1/">Бат</dc:creator>'
    "<text:p>санал</text:p></office:annotation>"
)


def test_a_paragraph_is_one_unit_and_spans_that_look_alike_are_one_run(tmp_path: Path) -> None:
    line = p(f"Энэ {span('T1', 'то')}{span('T1', 'д')} {span('T2', 'үг')} {span('T3', 'юм')}.")
    units = list(Odt().read(make(tmp_path / "a.odt", line, automatic=BOLD + TYPED)))
    assert [unit.text for unit in units] == ["Энэ тод үг юм."]
    assert [unit.text[run.start : run.end] for unit in units for run in unit.runs] == ["Энэ ", "тод ", "үг юм."]


def test_the_translation_has_the_formatting_of_its_source(tmp_path: Path) -> None:
    source = make(tmp_path / "a.odt", p(f"Энэ {span('T1', 'тод')} {span('T2', 'үг')}."), automatic=BOLD + TYPED)
    out = translate(Odt(), source, {"Энэ тод үг.": "这是粗体词。"})
    assert body(out).startswith("<text:p>") and body(out).count("<text:span") == 1
    assert "".join(etree.fromstring(f"<x {NAMESPACES}>{body(out)}</x>").itertext()) == "这是粗体词。"


def test_a_document_whose_translation_is_the_same_is_byte_identical(tmp_path: Path) -> None:
    source = make(
        tmp_path / "a.odt", p(f"Энэ  {span('T1', 'тод')}{NOTE}{REMARK}"), automatic=BOLD, parts=chart(p("гарчиг"))
    )
    assert changed_parts(source, translate(Odt(), source, {})) == set()
    with zipfile.ZipFile(tmp_path / "out.odt") as out:
        assert (out.infolist()[0].filename, out.infolist()[0].compress_type) == ("mimetype", zipfile.ZIP_STORED)


def test_notes_and_comments_are_units_and_stay_where_they_were(tmp_path: Path) -> None:
    source = make(tmp_path / "a.odt", p(f"Нэг{NOTE} хоёр{REMARK}."))
    assert texts_of(Odt(), source) == ["Нэг хоёр.", "тайлбар", "санал"]
    out = body(translate(Odt(), source, {"Нэг хоёр.": "一二。", "тайлбар": "注", "санал": "意见"}))
    assert "<text:p>注</text:p></text:note-body>" in out and "<text:p>意见</text:p></office:annotation>" in out
    assert ">Бат<" in out and out.index("一") < out.index("<text:note ") < out.index("<office:annotation ")


def test_tabs_and_line_breaks_cut_units_and_spaces_are_kept(tmp_path: Path) -> None:
    line = p('нэг<text:tab/>хоёр<text:line-break/>гурав<text:s text:c="2"/>дөрөв\n   тав')
    source = make(tmp_path / "a.odt", line)
    assert texts_of(Odt(), source) == ["нэг", "хоёр", "гурав  дөрөв тав"]
    out = translate(Odt(), source, {"нэг": " 一  一", "гурав  дөрөв тав": "三  四 五 "})
    assert body(out) == (
        "<text:p><text:s/>一 <text:s/>一<text:tab/>хоёр<text:line-break/>三 <text:s/>四 五<text:s/></text:p>"
    )


@pytest.mark.parametrize(
    "field",
    [
        "<text:page-number>арав</text:page-number>",
        "<text:date>2024 оны 1 сар</text:date>",
        "<text:title>Гарчиг</text:title>",
        '<text:bookmark-ref text:reference-format="page" text:ref-name="b">а</text:bookmark-ref>',
        "<text:user-defined>Утга</text:user-defined>",
    ],
)
def test_what_a_field_computes_stays(tmp_path: Path, field: str) -> None:
    source = make(tmp_path / "a.odt", p(f"Хуудас {field} дээр"))
    assert texts_of(Odt(), source) == ["Хуудас  дээр"]
    assert field in body(translate(Odt(), source, {"Хуудас  дээр": "在第 页"}))


@pytest.mark.parametrize(("output", "count"), [(Output.TRANSLATED, 1), (Output.BILINGUAL, 2)])
def test_a_field_that_shows_a_number_stands_where_the_translation_has_the_number(
    tmp_path: Path, output: Output, count: int
) -> None:
    page, number = "<text:page-number>3</text:page-number>", '<text:sequence text:name="Зураг">12</text:sequence>'
    source = make(tmp_path / "a.odt", p(f"Хуудас {page}, зураг {number}."))
    assert texts_of(Odt(), source) == ["Хуудас 3, зураг 12."]
    out = body(translate(Odt(), source, {"Хуудас 3, зураг 12.": "图12，第3页。"}, output))
    assert f"第{page}页。" in out and out.count(page) == count
    # A counter in the second language would count on.
    assert out.count(number) == 1 and (f"图{number}" in out) == (output is Output.TRANSLATED)


def test_a_reference_that_quotes_text_is_translated_within_its_field(tmp_path: Path) -> None:
    field = '<text:bookmark-ref text:reference-format="text" text:ref-name="b">бүлэг</text:bookmark-ref>'
    source = make(tmp_path / "a.odt", p(f"Үз: {field}"))
    assert texts_of(Odt(), source) == ["Үз: бүлэг"]
    assert body(translate(Odt(), source, {"Үз: бүлэг": "见：章"})) == (
        '<text:p>见：<text:bookmark-ref text:reference-format="text" text:ref-name="b">章</text:bookmark-ref></text:p>'
    )


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ('<text:sequence-ref text:reference-format="category-and-value" text:ref-name="r">', "</text:sequence-ref>"),
        ('<text:text-input text:description="тайлбар">', "</text:text-input>"),
    ],
)
def test_what_a_cross_reference_calls_a_table_and_what_was_typed_into_a_field_are_text(
    tmp_path: Path, start: str, end: str
) -> None:
    source = make(tmp_path / "a.odt", p(f"Үз: {start}Хүснэгт 1{end}"))
    assert texts_of(Odt(), source) == ["Үз: Хүснэгт 1"]
    assert f"见：{start}表1{end}" in body(translate(Odt(), source, {"Үз: Хүснэгт 1": "见：表1"}))


def test_a_reference_that_shows_a_number_is_part_of_its_sentence(tmp_path: Path) -> None:
    reference = '<text:sequence-ref text:reference-format="value" text:ref-name="r">7</text:sequence-ref>'
    source = make(tmp_path / "a.odt", p(f"Хүснэгт {reference}-г үз"))
    assert texts_of(Odt(), source) == ["Хүснэгт 7-г үз"]
    assert f"请看表{reference}。" in body(translate(Odt(), source, {"Хүснэгт 7-г үз": "请看表7。"}))


def test_a_link_keeps_its_target_and_a_reading_goes(tmp_path: Path) -> None:
    link = '<text:a xlink:type="simple" xlink:href="https://example.org/">холбоос</text:a>'
    ruby = "<text:ruby><text:ruby-base>үг</text:ruby-base><text:ruby-text>уншлага</text:ruby-text></text:ruby>"
    source = make(tmp_path / "a.odt", p(link) + p(ruby))
    assert texts_of(Odt(), source) == ["холбоос", "үг"]
    out = body(translate(Odt(), source, {"холбоос": "链接", "үг": "词"}))
    assert 'xlink:href="https://example.org/">链接</text:a>' in out and "<text:p>词</text:p>" in out


def test_deleted_text_stays_and_inserted_text_is_translated_between_its_marks(tmp_path: Path) -> None:
    deleted = (
        '<text:tracked-changes><text:changed-region text:id="c1"><text:deletion><text:p>устгасан</text:p></text:deletion>'
        "</text:changed-region></text:tracked-changes>"
    )
    inserted = 'А<text:change-start text:change-id="c2"/>нэмсэн<text:change-end text:change-id="c2"/> үг'
    source = make(tmp_path / "a.odt", deleted + p(inserted))
    assert texts_of(Odt(), source) == ["Анэмсэн үг"]
    out = body(translate(Odt(), source, {"Анэмсэн үг": "新增的词"}))
    assert "<text:p>устгасан</text:p>" in out
    assert -1 < out.index("<text:change-start") < out.index("<text:change-end")


def test_the_two_ends_of_a_range_keep_their_order_when_words_change_places(tmp_path: Path) -> None:
    line = (
        f'{span("T1", "Бат")} <text:bookmark-start text:name="b"/>ном {span("T1", "сайн")}<text:bookmark-end text:name="b"/>'
        " уншив"
    )
    source = make(tmp_path / "a.odt", p(line), automatic=BOLD)
    (unit,) = Odt().read(source)
    runs = [unit.text[run.start : run.end].strip() for run in unit.runs]
    pieces = [
        Piece(text, runs.index(word))
        for text, word in (("好", "сайн"), ("读", "уншив"), ("书", "ном"), ("巴特", "Бат"))
    ]
    Odt().write(source, tmp_path / "out.odt", iter([pieces]), "cmn_Hans")
    out = body(tmp_path / "out.odt")
    assert out.index("<text:bookmark-start") < out.index("<text:bookmark-end")


def test_a_form_field_of_word_keeps_the_order_of_its_marks(tmp_path: Path) -> None:
    marked = '<field:fieldmark-start text:name="f"/>нэр<field:fieldmark-end/>'
    source = make(tmp_path / "a.odt", p(f"{span('T1', 'Таны')} {marked} {span('T1', 'байна')}"), automatic=BOLD)

    unit = next(iter(Odt().read(source)))
    assert [unit.text[run.start : run.end].strip() for run in unit.runs] == ["Таны", "нэр", "", "байна"]
    out = source.with_name("out.odt")
    Odt().write(source, out, iter([[Piece("是", 3), Piece("名", 1), Piece("您的", 0)]]), "cmn_Hans")
    assert body(out).index("fieldmark-start") < body(out).index("fieldmark-end")


def test_headers_footers_frames_tables_and_charts_are_read(tmp_path: Path) -> None:
    table = f"<table:table>{'<table:table-row><table:table-cell>'}{p('нүд')}</table:table-cell></table:table-row></table:table>"
    frame = p(f"<draw:frame><draw:text-box>{p('хүрээ')}</draw:text-box></draw:frame>")
    source = make(
        tmp_path / "a.odt",
        table + frame,
        styles=master(p("толгой")),
        parts=chart(f"<chart:title>{p('график')}</chart:title>"),
    )
    assert texts_of(Odt(), source) == ["нүд", "хүрээ", "график", "толгой"]
    out = translate(Odt(), source, {"толгой": "页眉", "график": "图"})
    assert changed_parts(source, out) == {"styles.xml", "Object 1/content.xml"}
    assert "页眉" in content(out, "styles.xml") and "图" in content(out, "Object 1/content.xml")


def test_numbers_and_formulas_in_tables_stay(tmp_path: Path) -> None:
    cells = (
        f'<table:table-cell office:value-type="float" office:value="3">{p("3 сар")}</table:table-cell>'
        f'<table:table-cell table:formula="ooow:sum" office:value-type="string">{p("дүн")}</table:table-cell>'
    )
    assert (
        texts_of(
            Odt(), make(tmp_path / "a.odt", f"<table:table><table:table-row>{cells}</table:table-row></table:table>")
        )
        == []
    )


def test_the_target_language_is_told_where_a_language_was(tmp_path: Path) -> None:
    default = style("", '<style:text-properties fo:language="mn" style:language-asian="ja" style:country-asian="JP"/>')
    styles = f"<office:styles>{default.replace('style:style', 'style:default-style')}</office:styles>"
    silent = '<style:style style:name="Q" style:family="text"><style:text-properties style:language-asian="none"/></style:style>'
    source = make(tmp_path / "a.odt", p("үг"), automatic=silent, styles=styles)
    out = translate(Odt(), source, {"үг": "词"})
    assert 'style:language-asian="zh" style:country-asian="CN"' in content(out, "styles.xml")
    assert 'fo:language="mn"' in content(out, "styles.xml") and 'style:language-asian="none"' in content(out)


def test_letters_of_the_target_look_as_those_of_the_source_did(tmp_path: Path) -> None:
    made = text_style("T1", 'fo:font-weight="bold" fo:font-size="20pt" style:font-size-asian="10pt"')
    source = make(tmp_path / "a.odt", p(span("T1", "үг")), automatic=made)
    out = content(translate(Odt(), source, {"үг": "词"}))
    assert 'style:font-size-asian="20pt" style:font-weight-asian="bold"' in out
    back = content(
        translate(Odt(), make(tmp_path / "b.odt", p("词"), automatic=made), {"词": "үг"}, language="mon_Cyrl")
    )
    assert 'fo:font-size="10pt"' in back and 'fo:font-weight="bold"' in back
    other = translate(Odt(), source, {"үг": "word"}, language="eng_Latn")
    assert 'style:font-size-asian="10pt"' in content(other)


def test_the_prompt_of_a_placeholder_is_translated_within_its_signs(tmp_path: Path) -> None:
    source = make(tmp_path / "a.odt", p("Эрхэм <text:placeholder>&lt;Нэр&gt;</text:placeholder>,"))
    assert texts_of(Odt(), source) == ["Эрхэм ,", "Нэр"]
    assert "<text:placeholder>&lt;姓名&gt;</text:placeholder>" in body(translate(Odt(), source, {"Нэр": "姓名"}))


def test_a_bilingual_text_has_each_translation_below_its_source(tmp_path: Path) -> None:
    head = '<text:h text:outline-level="1" xml:id="x1">Гарчиг</text:h>'
    source = make(tmp_path / "a.odt", head + p(f"Нэг{NOTE}{span('T1', ' үг')}", ' text:style-name="P1"'), automatic=BOLD + style(
        "P1", '<style:paragraph-properties fo:break-before="page"/>', "paragraph"
    ))  # fmt: skip
    out = translate(Odt(), source, {"Гарчиг": "标题", "Нэг үг": "一个词", "тайлбар": "注"}, Output.BILINGUAL)
    assert '<text:h text:outline-level="1" xml:id="x1">Гарчиг</text:h>' in body(out)
    assert '<text:h text:outline-level="1" text:is-list-header="true">标题</text:h>' in body(out)
    assert "<text:p>тайлбар</text:p><text:p>注</text:p></text:note-body>" in body(out)
    below = body(out).rsplit("<text:p ", 1)[1]
    assert below.startswith('text:style-name="Translated1">') and "text:note" not in below
    assert 'style:name="Translated1" style:family="paragraph" style:master-page-name="">' in content(out)
    assert body(out).count("text:note ") == 1


def test_a_bilingual_chart_has_both_in_one_line(tmp_path: Path) -> None:
    source = make(tmp_path / "a.odt", p("1"), parts=chart(f"<chart:title>{p('график')}</chart:title>"))
    out = translate(Odt(), source, {"график": "图"}, Output.BILINGUAL)
    assert "<chart:title><text:p>график / 图</text:p></chart:title>" in content(out, "Object 1/content.xml")


def test_slides_notes_and_footers_are_read_but_no_prompts(tmp_path: Path) -> None:
    frame = '<draw:frame presentation:placeholder="{}"><draw:text-box>{}</draw:text-box></draw:frame>'
    slides = (
        "<presentation:footer-decl presentation:name='f1'>Хөл</presentation:footer-decl>"
        "<presentation:date-time-decl presentation:name='d' presentation:source='fixed'>5-р сар</presentation:date-time-decl>"
        f"<draw:page draw:name='хуудас1'>{frame.format('false', p('Слайд'))}{frame.format('true', p('Дарж бичнэ'))}"
        f"<presentation:notes>{frame.format('false', p('Тэмдэглэл'))}</presentation:notes></draw:page>"
    )
    source = make(tmp_path / "a.odp", slides, SLIDES)
    assert texts_of(Odp(), source) == ["Слайд", "Тэмдэглэл", "Хөл", "5-р сар"]
    out = body(translate(Odp(), source, {"Хөл": "页脚", "Слайд": "幻灯片"}))
    assert (
        ">页脚</presentation:footer-decl>" in out and "<text:p>幻灯片</text:p>" in out and 'draw:name="хуудас1"' in out
    )


def package(path: Path, parts: dict[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as out:
        for name, data in parts.items():
            out.writestr(name, data)
    return path


MIME = "application/vnd.oasis.opendocument.text"
CONTENT = root("document-content", "")
SECRET = manifest("text", {}).replace(
    "</manifest:manifest>",
    '<manifest:file-entry manifest:full-path="content.xml"><manifest:encryption-data/></manifest:file-entry></manifest:manifest>',
)


@pytest.mark.parametrize(
    ("parts", "error", "words"),
    [
        ({"mimetype": MIME, "content.xml": b"\x01\x02", "META-INF/manifest.xml": SECRET}, FileEncrypted, "password"),
        ({"mimetype": MIME, "encrypted-package": b"\x01", "META-INF/manifest.xml": SECRET}, FileEncrypted, "password"),
        ({"mimetype": MIME}, FileDamaged, "content.xml"),
        ({"mimetype": MIME, "content.xml": "<a>"}, FileDamaged, "not valid XML"),
        ({"mimetype": MIME, "content.xml": '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}, FileUnsafe, "document type"),
        ({"mimetype": MIME.replace("text", "spreadsheet"), "content.xml": CONTENT}, UnsupportedType, ".ods"),
        ({"mimetype": MIME.replace("text", "graphics"), "content.xml": CONTENT}, UnsupportedType, "graphics"),
        ({"content.xml": CONTENT}, UnsupportedType, "nothing"),
        ({"mimetype": MIME, "content.xml": CONTENT, "Basic/Standard/Module1.xml": "<a/>"}, UnsupportedType, "macros"),
        ({"mimetype": MIME, "content.xml": CONTENT, "Scripts/python/a.py": "1"}, UnsupportedType, "macros"),
    ],
)  # fmt: skip
def test_what_cannot_be_translated_is_refused_with_its_reason(
    tmp_path: Path, parts: dict[str, str | bytes], error: type[DocumentError], words: str
) -> None:
    with pytest.raises(error, match=words):
        Odt().check(package(tmp_path / "a.odt", parts), Limits())


def test_an_empty_library_of_macros_and_a_manifest_of_openoffice_2_are_no_harm(tmp_path: Path) -> None:
    doctype = '<!DOCTYPE manifest:manifest PUBLIC "-//OpenOffice.org//DTD Manifest 1.0//EN" "Manifest.dtd">\n'
    Odt().check(
        package(
            tmp_path / "a.odt",
            {
                "mimetype": MIME,
                "content.xml": CONTENT,
                "Basic/Standard/script-lb.xml": "<a/>",
                "META-INF/manifest.xml": doctype + re.sub(" xmlns:manifest=[^ ]*", "", manifest("text", {})),
            },
        ),
        Limits(),
    )


def test_a_flat_document_is_refused_by_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_text(root("document", ""))
    with pytest.raises(UnsupportedType, match=r"flat .* \.odt"):
        format_for("a.fodt", path)
    with pytest.raises(FileDamaged):
        format_for("a.odt", path)


def test_a_template_is_taken_and_a_workbook_under_its_name_is_not(tmp_path: Path) -> None:
    template = make(tmp_path / "a.ott", p("үг"), TEXT_TEMPLATE)
    Odt().check(template, Limits())
    with pytest.raises(UnsupportedType, match="spreadsheet"):
        Odt().check(make(tmp_path / "b.odt", "", SHEET), Limits())


TEXT_TEMPLATE = "text-template"

WORDS = st.text(alphabet="аб \t\n", max_size=8)


@given(st.lists(st.tuples(st.sampled_from(["", "T1", "T2", "s", "tab"]), WORDS), max_size=8))
def test_a_paragraph_that_is_built_again_says_the_same(parts: list[tuple[str, str]]) -> None:
    made = {"s": "<text:s/>", "tab": "<text:tab/>"}
    inner = "".join(made.get(kind) or (span(kind, text) if kind else text) for kind, text in parts)
    document = etree.fromstring(
        f"<x {NAMESPACES}><office:automatic-styles>{BOLD}{TYPED}</office:automatic-styles>{p(inner)}</x>"
    )
    paragraph = document.find(full("text:p"))
    assert paragraph is not None
    before = _said(paragraph)
    rebuild(paragraph, collect(paragraph), Styles(document))
    assert _said(paragraph) == before


def _said(paragraph: etree._Element) -> str:
    return "".join(atom.text if isinstance(atom, Text) else "|" for atom in collect(paragraph))


@needs_libreoffice
def test_libreoffice_opens_what_is_written(tmp_path: Path) -> None:
    lines = '<text:h text:outline-level="1">Гарчиг</text:h>' + p(f"Энэ {span('T1', 'тод')}{NOTE} үг{REMARK}.")
    source = make(
        tmp_path / "a.odt", lines, automatic=BOLD + TYPED, parts=chart(f"<chart:title>{p('г')}</chart:title>")
    )
    out = translate(Odt(), source, lambda unit: unit.text.upper().translate({ord("Т"): "译"}), Output.BILINGUAL)
    text = opened(out, "txt", tmp_path).read_text(encoding="utf-8-sig")
    assert "Гарчиг\nГАРЧИГ\n" in text and "Энэ тод" in text and "ЭНЭ 译ОД ҮГ." in text
