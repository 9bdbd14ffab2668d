"""Word documents: what is translated, what stays, and where formatting and marks end up."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from lxml import etree

from documents.docx import Docx
from documents.errors import UnsupportedType
from documents.limits import Limits
from documents.model import Piece, Span, Unit
from tests.unit.documents_kit import (
    W,
    canonical,
    field,
    first,
    make_docx,
    names,
    p,
    r,
    root_of,
    run_format,
    texts,
    translate_docx,
)

BOLD = "<w:b/>"
UPPER = str.upper


def upper(unit: Unit) -> list[Piece]:
    """A translation of the same length, in the runs of the source."""
    if not unit.runs:
        return [Piece(unit.text.upper())]
    return [Piece(unit.text[span.start : span.end].upper(), run) for run, span in enumerate(unit.runs)]


def test_a_paragraph_split_into_runs_of_the_same_look_is_one_unit_without_runs(tmp_path: Path) -> None:
    body = p(r("Шинэ "), '<w:proofErr w:type="spellStart"/>', r("фай", '<w:lang w:val="mn-MN"/>'), r("л нээх"))
    units = list(Docx().read(make_docx(tmp_path / "a.docx", body)))
    assert units == [Unit("Шинэ файл нээх", (), "document:1")]


def test_a_paragraph_keeps_its_bold_words(tmp_path: Path) -> None:
    body = p(r("Энэ "), r("тод", BOLD), r(" үг."))
    source = make_docx(tmp_path / "a.docx", body)
    assert next(iter(Docx().read(source))).runs == (Span(0, 4), Span(4, 7), Span(7, 11))
    _, root = translate_docx(source, lambda _: [Piece("这个", 0), Piece("粗体", 1), Piece("词。", 2)])
    assert texts(root) == ["这个", "粗体", "词。"]
    bold = [one for one in root.iter(f"{{{W}}}r") if one.find(f"{{{W}}}rPr/{{{W}}}b") is not None]
    assert [texts(one) for one in bold] == [["粗体"]]


def test_formatting_follows_its_words_when_the_translation_puts_them_in_another_order(tmp_path: Path) -> None:
    source = make_docx(tmp_path / "a.docx", p(r("нэг ", BOLD), r("хоёр", "<w:i/>")))
    _, root = translate_docx(source, lambda _: [Piece("二", 1), Piece("一", 0)])
    assert texts(root) == ["二", "一"]
    assert "i" in names(root.findall(f".//{{{W}}}r")[0])
    assert "b" in names(root.findall(f".//{{{W}}}r")[1])


def test_spaces_at_the_ends_of_a_paragraph_stay_where_they_are(tmp_path: Path) -> None:
    source = make_docx(tmp_path / "a.docx", p(r("  нэр: ", BOLD), r("    ", "<w:u w:val='single'/>")))
    units, root = translate_docx(source, lambda _: "名称：")
    assert units == ["нэр:"]
    assert "".join(texts(root)) == "  名称：     "
    assert texts(root)[-1] == "    "


def test_tabs_and_breaks_end_a_unit_and_keep_their_places(tmp_path: Path) -> None:
    body = p(r("нэр"), "<w:r><w:tab/><w:t>утга</w:t><w:br/><w:t>мөр</w:t><w:br w:type='page'/></w:r>")
    units, root = translate_docx(make_docx(tmp_path / "a.docx", body), upper)
    assert units == ["нэр", "утга", "мөр"]
    assert [name for name in names(first(root, "p")) if name in ("t", "tab", "br")] == [
        "t",
        "tab",
        "t",
        "br",
        "t",
        "br",
    ]
    assert texts(root) == ["НЭР", "УТГА", "МӨР"]


def test_a_paragraph_without_a_letter_is_no_unit_and_stays(tmp_path: Path) -> None:
    source = make_docx(tmp_path / "a.docx", p(r("2026-11-23")) + p(r("12 500 ₮")) + p())
    before = zipfile.ZipFile(source).read("word/document.xml")
    assert run_format(Docx(), source, tmp_path / "out.docx", upper) == []
    assert zipfile.ZipFile(tmp_path / "out.docx").read("word/document.xml") == before


def test_tables_headers_footers_notes_and_comments_are_translated(tmp_path: Path) -> None:
    body = f"<w:tbl><w:tr><w:tc>{p(r('нүд'))}</w:tc></w:tr></w:tbl>{p(r('бие'))}"
    parts = {
        "header": p(r("толгой")),
        "footer": p(r("хөл")),
        "footnotes": f'<w:footnote w:id="1">{p("<w:r><w:footnoteRef/></w:r>", r("зүүлт"))}</w:footnote>',
        "endnotes": f'<w:endnote w:id="1">{p(r("төгсгөл"))}</w:endnote>',
        "comments": f'<w:comment w:id="1">{p(r("сэтгэгдэл"))}</w:comment>',
    }
    source = make_docx(tmp_path / "a.docx", body, parts)
    units = run_format(Docx(), source, tmp_path / "out.docx", upper)
    assert [unit.text for unit in units] == ["нүд", "бие", "толгой", "хөл", "зүүлт", "төгсгөл", "сэтгэгдэл"]
    found = [text for kind in parts for text in texts(root_of(tmp_path / "out.docx", f"word/{kind}.xml"))]
    assert found == ["ТОЛГОЙ", "ХӨЛ", "ЗҮҮЛТ", "ТӨГСГӨЛ", "СЭТГЭГДЭЛ"]
    assert "footnoteRef" in names(root_of(tmp_path / "out.docx", "word/footnotes.xml"))


def test_a_hyperlink_stays_around_its_words(tmp_path: Path) -> None:
    body = p(r("Дэлгэрэнгүйг "), f'<w:hyperlink r:id="rId9">{r("энд")}</w:hyperlink>', r(" үзнэ үү."))
    source = make_docx(tmp_path / "a.docx", body)
    _, root = translate_docx(source, lambda _: [Piece("请看", 2), Piece("这里", 1), Piece("的详细信息。", 0)])
    link = first(root, "hyperlink")
    assert texts(link) == ["这里"]
    assert link.get("{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id") == "rId9"
    assert [name for name in names(first(root, "p")) if name in ("hyperlink", "t")] == ["t", "hyperlink", "t", "t"]


def test_a_hyperlink_torn_apart_becomes_two_links(tmp_path: Path) -> None:
    body = p(f'<w:hyperlink r:id="rId9">{r("холбоос")}</w:hyperlink>', r(" ба текст", BOLD))
    _, root = translate_docx(
        make_docx(tmp_path / "a.docx", body), lambda _: [Piece("链接", 0), Piece("和", 1), Piece("文", 0)]
    )
    assert [texts(link) for link in root.iter(f"{{{W}}}hyperlink")] == [["链接"], ["文"]]


def test_a_content_control_stays_once_with_its_properties(tmp_path: Path) -> None:
    control = f'<w:sdt><w:sdtPr><w:id w:val="5"/></w:sdtPr><w:sdtContent>{r("утга")}</w:sdtContent></w:sdt>'
    source = make_docx(tmp_path / "a.docx", p(r("Нэр: "), control, r(" болно", BOLD)))
    _, root = translate_docx(source, lambda _: [Piece("值", 1), Piece("是名称", 0), Piece("吗值值", 1), Piece("吧", 2)])
    assert len(root.findall(f".//{{{W}}}sdt")) == 1
    assert texts(first(root, "sdtContent")) == ["吗值值"]
    assert first(first(root, "sdtPr"), "id").get(f"{{{W}}}val") == "5"
    assert "".join(texts(root)) == "值是名称吗值值吧"


def test_a_block_content_control_is_translated(tmp_path: Path) -> None:
    body = f"<w:sdt><w:sdtPr/><w:sdtContent>{p(r('агуулга'))}</w:sdtContent></w:sdt>"
    units, root = translate_docx(make_docx(tmp_path / "a.docx", body), upper)
    assert units == ["агуулга"]
    assert texts(root) == ["АГУУЛГА"]


def test_field_codes_and_computed_results_are_untouched(tmp_path: Path) -> None:
    body = p(r("Хуудас "), field("PAGE", r("арав")), r(" / "), field("NUMPAGES \\* ARABIC", r("XX")))
    units, root = translate_docx(make_docx(tmp_path / "a.docx", body), upper)
    assert units == ["Хуудас  /"]
    assert texts(root) == ["ХУУДАС ", "арав", " /", " ", "XX"]
    assert [one.text for one in root.iter(f"{{{W}}}instrText")] == [" PAGE ", " NUMPAGES \\* ARABIC "]
    kinds = [one.get(f"{{{W}}}fldCharType") for one in root.iter(f"{{{W}}}fldChar")]
    assert kinds == ["begin", "separate", "end"] * 2


@pytest.mark.parametrize("simple", [False, True])
def test_a_field_that_shows_a_number_stands_where_the_translation_has_the_number(tmp_path: Path, simple: bool) -> None:
    def shows(code: str, number: str) -> str:
        return f'<w:fldSimple w:instr=" {code} ">{r(number)}</w:fldSimple>' if simple else field(code, r(number))

    body = p(r("Хуудас "), shows("PAGE", "3"), r(", нийт "), shows("NUMPAGES", "12"), r("."))
    source = make_docx(tmp_path / "a.docx", body)
    units, root = translate_docx(source, lambda unit: "共12页，第3页。")
    assert units == ["Хуудас 3, нийт 12."]
    assert "".join(texts(root)) == "共12页，第3页。"
    codes = [one.text or one.get(f"{{{W}}}instr") for one in root.iter(f"{{{W}}}instrText", f"{{{W}}}fldSimple")]
    assert codes == [" NUMPAGES ", " PAGE "]
    # A number that the translation lost does not take the field with it.
    _, root = translate_docx(source, lambda unit: "共几页，第3页。")
    assert "".join(texts(root)) == "共几页，第3页。12"


@pytest.mark.parametrize(
    ("translation", "shown"),
    [
        ("第三页，共十二页", "第[3]页，共[12]页"),
        ("共12页，第3页", "共[12]页，第[3]页"),
        ("全12页中的33页", "全[12]页中的33页[3]"),
    ],
)
def test_a_number_that_a_field_shows_is_not_read_twice(tmp_path: Path, translation: str, shown: str) -> None:
    body = p(field("PAGE", r("3")), r("-р хуудас, нийт "), field("NUMPAGES", r("12")))
    _, root = translate_docx(make_docx(tmp_path / "a.docx", body), lambda unit: [Piece(translation, 1)])
    brackets = {"begin": "[", "end": "]"}
    parts = [
        brackets.get(one.get(f"{{{W}}}fldCharType") or "", one.text or "")
        for one in root.iter(f"{{{W}}}t", f"{{{W}}}fldChar")
    ]
    assert "".join(parts) == shown


def test_a_date_that_a_field_shows_is_found_as_the_target_writes_dates(tmp_path: Path) -> None:
    body = p(r("Огноо: "), field("DATE", r("2024-05-01")), r(" өдөр"))
    _, root = translate_docx(make_docx(tmp_path / "a.docx", body), lambda _: "日期：2024年5月1日")
    assert texts(root) == ["日期：", "2024-05-01"]


def test_the_result_of_a_hyperlink_field_is_translated_between_its_marks(tmp_path: Path) -> None:
    body = p(r("Үзэх: "), field('HYPERLINK "https://example.org"', r("гарын авлага")), r(" номыг", BOLD))
    source = make_docx(tmp_path / "a.docx", body)
    _, root = translate_docx(source, lambda _: [Piece("手册", 1), Piece("见", 0), Piece("书", 2)])
    order = [name for name in names(first(root, "p")) if name in ("fldChar", "instrText", "t")]
    assert order == ["fldChar", "instrText", "fldChar", "t", "fldChar", "t", "t"]
    assert texts(root) == ["手册", "见", "书"]


def test_a_table_that_was_pasted_as_a_link_to_a_workbook_is_translated(tmp_path: Path) -> None:
    begin, end = field("LINK Excel.Sheet.12 a.xlsx", "|").split("|")
    table = f"<w:tbl><w:tr><w:tc>{p(r('алим'))}</w:tc></w:tr></w:tbl>"
    units, root = translate_docx(make_docx(tmp_path / "a.docx", p(begin) + table + p(end, r("үг"))), upper)
    assert units == ["алим", "үг"]
    assert texts(root) == ["АЛИМ", "ҮГ"]


def test_the_marks_of_a_field_keep_their_order_where_each_is_an_insertion_of_its_own(tmp_path: Path) -> None:
    """As LibreOffice writes what was inserted while changes were tracked."""
    inserted = field("HYPERLINK x", r("холбоос")).replace("<w:r>", "<w:ins><w:r>").replace("</w:r>", "</w:r></w:ins>")
    source = make_docx(tmp_path / "a.docx", p(r("Энд "), inserted, r(" бий.", BOLD)))
    _, root = translate_docx(source, lambda _: [Piece("链接", 1), Piece("有", 2), Piece("在这里", 0)])
    kinds = [one.get(f"{{{W}}}fldCharType") or "code" for one in root.iter(f"{{{W}}}fldChar", f"{{{W}}}instrText")]
    assert kinds == ["begin", "code", "separate", "end"]


def test_a_field_that_never_ends_does_not_take_the_rest_of_the_document(tmp_path: Path) -> None:
    begin = '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText> PAGE </w:instrText></w:r>'
    deleted = '<w:del><w:r><w:fldChar w:fldCharType="end"/></w:r></w:del>'
    body = p(begin, deleted, r("нэг")) + p(field("AUTHOR", r("Бат")), r("хоёр"))
    units, root = translate_docx(make_docx(tmp_path / "a.docx", body), upper)
    assert units == ["нэг", "хоёр"]
    assert texts(root) == ["НЭГ", "Бат", "ХОЁР"]


def test_a_line_end_in_a_text_is_the_space_that_word_shows(tmp_path: Path) -> None:
    units, root = translate_docx(make_docx(tmp_path / "a.docx", p(r("нэг\n  хоёр"))), upper)
    assert units == ["нэг   хоёр"]
    assert "br" not in names(root)


def test_a_table_of_contents_is_translated_without_its_page_numbers(tmp_path: Path) -> None:
    number = field("PAGEREF _Toc1 \\h", r("7"))
    entry = f'<w:hyperlink w:anchor="_Toc1">{r("Оршил")}<w:r><w:tab/></w:r>{number}</w:hyperlink>'
    opening = (
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText> TOC \\o "1-3" </w:instrText></w:r>'
        '<w:r><w:fldChar w:fldCharType="separate"/></w:r>'
    )
    closing = '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    body = p(opening, entry) + p(entry.replace("Оршил", "Төгсгөл")) + p(closing) + p(r("бие"))
    units, root = translate_docx(make_docx(tmp_path / "a.docx", body), upper)
    assert units == ["Оршил", "Төгсгөл", "бие"]
    assert texts(root) == ["ОРШИЛ", "7", "ТӨГСГӨЛ", "7", "БИЕ"]
    kinds = [one.get(f"{{{W}}}fldCharType") for one in root.iter(f"{{{W}}}fldChar")]
    assert kinds == ["begin", "separate", *["begin", "separate", "end"] * 2, "end"]
    assert [len(link.findall(f".//{{{W}}}tab")) for link in root.iter(f"{{{W}}}hyperlink")] == [1, 1]


def test_deleted_text_is_untouched_and_inserted_text_is_translated(tmp_path: Path) -> None:
    deleted = '<w:del w:id="1" w:author="A"><w:r><w:delText>хуучин</w:delText></w:r></w:del>'
    inserted = f'<w:ins w:id="2" w:author="A">{r("шинэ")}</w:ins>'
    units, root = translate_docx(make_docx(tmp_path / "a.docx", p(r("Энэ "), deleted, inserted, r(" үг"))), upper)
    assert units == ["Энэ шинэ үг"]
    assert [one.text for one in root.iter(f"{{{W}}}delText")] == ["хуучин"]
    assert texts(first(root, "ins")) == ["ШИНЭ"]
    assert first(root, "del").get(f"{{{W}}}author") == "A"


def text_box(inner: str, fallback: str) -> str:
    return (
        "<w:r><mc:AlternateContent><mc:Choice Requires='wps'><w:drawing><wps:txbx><w:txbxContent>"
        f"{inner}</w:txbxContent></wps:txbx></w:drawing></mc:Choice><mc:Fallback><w:pict><v:textbox><w:txbxContent>"
        f"{fallback}</w:txbxContent></v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r>"
    )


def test_a_text_box_is_one_unit_and_both_of_its_writings_get_the_translation(tmp_path: Path) -> None:
    inner = p(r("хайрцаг "), r("дотор", BOLD)) + p(r("хоёр"))
    body = p(r("гадна"), text_box(inner, inner))
    units, root = translate_docx(make_docx(tmp_path / "a.docx", body), upper)
    assert units == ["гадна", "хайрцаг дотор", "хоёр"]
    assert texts(root) == ["ГАДНА", "ХАЙРЦАГ ", "ДОТОР", "ХОЁР", "ХАЙРЦАГ ", "ДОТОР", "ХОЁР"]


def test_text_in_shapes_that_came_from_slides_is_translated(tmp_path: Path) -> None:
    a = "http://schemas.openxmlformats.org/drawingml/2006/main"
    shape = f'<x:lockedCanvas xmlns:x="x" xmlns:a="{a}"><a:p><a:r><a:t>дүрс</a:t></a:r></a:p></x:lockedCanvas>'
    body = p(f"<w:r><w:drawing>{shape}</w:drawing></w:r>", r("үг"))
    units, root = translate_docx(make_docx(tmp_path / "a.docx", body), upper)
    assert units == ["үг", "дүрс"]
    assert [one.text for one in root.iter(f"{{{a}}}t")] == ["ДҮРС"]


def test_text_that_only_the_fallback_of_a_text_box_has_is_a_unit_of_its_own(tmp_path: Path) -> None:
    body = p(text_box(p(r("нэг")), p(r("нэг")) + p(r("зөвхөн энд"))))
    units, root = translate_docx(make_docx(tmp_path / "a.docx", body), upper)
    assert units == ["нэг", "зөвхөн энд"]
    assert texts(root) == ["НЭГ", "НЭГ", "ЗӨВХӨН ЭНД"]


def test_the_same_text_in_two_text_boxes_is_two_units(tmp_path: Path) -> None:
    body = p(text_box(p(r("нэг")), p(r("нэг")))) + p(text_box(p(r("нэг")), p(r("нэг"))))
    units, _ = translate_docx(make_docx(tmp_path / "a.docx", body), upper)
    assert units == ["нэг", "нэг"]


def test_a_fallback_with_other_runs_still_gets_the_whole_translation(tmp_path: Path) -> None:
    body = p(text_box(p(r("тод ", BOLD), r("үг")), p(r("тод үг"))))
    _, root = translate_docx(make_docx(tmp_path / "a.docx", body), lambda _: [Piece("粗", 0), Piece("词", 1)])
    assert texts(root) == ["粗", "词", "粗词"]


def test_a_footnote_mark_stays_at_its_word(tmp_path: Path) -> None:
    mark = '<w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:footnoteReference w:id="2"/></w:r>'
    source = make_docx(tmp_path / "a.docx", p(r("Нууц үг"), mark, r(" хэрэгтэй.")))
    units, root = translate_docx(source, lambda _: [Piece("密码", 0), Piece("是必需的。", 1)])
    assert units == ["Нууц үг хэрэгтэй."]
    assert [name for name in names(first(root, "p")) if name in ("t", "footnoteReference")] == [
        "t",
        "footnoteReference",
        "t",
    ]
    assert texts(root) == ["密码", "是必需的。"]


def test_a_drawing_a_bookmark_and_a_comment_range_keep_their_order_in_the_text(tmp_path: Path) -> None:
    body = p(
        '<w:bookmarkStart w:id="1" w:name="b"/>',
        r("Эхний үг "),
        '<w:commentRangeStart w:id="3"/>',
        r("тайлбартай үг"),
        '<w:commentRangeEnd w:id="3"/><w:r><w:commentReference w:id="3"/></w:r>',
        "<w:r><w:drawing/></w:r>",
        r(" сүүлийн үг"),
        '<w:bookmarkEnd w:id="1"/>',
    )
    _, root = translate_docx(make_docx(tmp_path / "a.docx", body), upper)
    wanted = (
        "bookmarkStart",
        "commentRangeStart",
        "commentRangeEnd",
        "commentReference",
        "drawing",
        "bookmarkEnd",
        "t",
    )
    assert [name for name in names(first(root, "p")) if name in wanted] == [
        "bookmarkStart", "t", "commentRangeStart", "t", "commentRangeEnd", "commentReference", "drawing", "t",
        "bookmarkEnd",
    ]  # fmt: skip


def test_the_end_of_a_range_never_comes_before_its_start(tmp_path: Path) -> None:
    body = p(
        r("нэг "),
        '<w:commentRangeStart w:id="3"/>',
        r("хоёр "),
        '<w:commentRangeEnd w:id="3"/><w:r><w:commentReference w:id="3"/></w:r>',
        r("гурав"),
    )
    source = make_docx(tmp_path / "a.docx", body)
    _, root = translate_docx(source, lambda _: [Piece("三", 2), Piece("一", 0), Piece("的", 2), Piece("二", 1)])
    order = [name for name in names(first(root, "p")) if name.startswith("comment")]
    assert order == ["commentRangeStart", "commentRangeEnd", "commentReference"]


def test_a_bookmark_inside_a_word_group_moves_to_the_edge_of_a_word(tmp_path: Path) -> None:
    body = p(r("нэг хоёр "), '<w:bookmarkStart w:id="1" w:name="b"/>', r("гурав дөрөв"))
    _, root = translate_docx(make_docx(tmp_path / "a.docx", body), lambda _: "one two three four", "eng_Latn")
    assert texts(root) == ["one two ", "three four"]


def test_a_no_break_hyphen_comes_back_as_one_and_a_soft_hyphen_goes(tmp_path: Path) -> None:
    body = p("<w:r><w:t>и</w:t><w:noBreakHyphen/><w:t>мэй</w:t><w:softHyphen/><w:t>л</w:t></w:r>")
    units, root = translate_docx(make_docx(tmp_path / "a.docx", body), upper)
    assert units == ["и\u2011мэйл"]
    assert [name for name in names(first(root, "r")) if name != "rPr"] == ["t", "noBreakHyphen", "t"]


def test_a_run_of_chinese_text_is_marked_as_chinese_and_keeps_its_fonts(tmp_path: Path) -> None:
    source = make_docx(tmp_path / "a.docx", p(r("үг", '<w:rFonts w:ascii="Arial Mon"/><w:b/><w:rtl w:val="0"/>')))
    _, root = translate_docx(source, lambda _: "词")
    properties = first(root, "rPr")
    assert names(properties) == ["rFonts", "b", "rtl", "lang"]
    assert first(properties, "rFonts").get(f"{{{W}}}ascii") == "Arial Mon"
    assert first(properties, "rFonts").get(f"{{{W}}}hint") == "eastAsia"
    assert first(properties, "lang").get(f"{{{W}}}eastAsia") == "zh-CN"


def test_a_run_of_mongolian_text_loses_the_hint_for_the_chinese_font(tmp_path: Path) -> None:
    source = make_docx(tmp_path / "a.docx", p(r("词", '<w:rFonts w:hint="eastAsia"/><w:lang w:eastAsia="zh-CN"/>')))
    _, root = translate_docx(source, lambda _: "үг", "mon_Cyrl")
    assert first(root, "rFonts").attrib == {}
    assert first(root, "lang").get(f"{{{W}}}val") == "mn-MN"


def test_the_identity_translation_gives_back_every_byte_of_every_part(tmp_path: Path) -> None:
    body = p(r("Энэ "), r("тод", BOLD), r(" үг.")) + p(text_box(p(r("нэг")), p(r("нэг")))) + p(field("TOC", r("үг")))
    source = make_docx(tmp_path / "a.docx", body, {"header": p(r("толгой"))}, {"word/media/a.png": b"\x89PNG" * 50})
    run_format(Docx(), source, tmp_path / "out.docx", lambda unit: unit.text)
    with zipfile.ZipFile(source) as before, zipfile.ZipFile(tmp_path / "out.docx") as after:
        assert before.namelist() == after.namelist()
        assert all(before.read(name) == after.read(name) for name in before.namelist())


def test_a_translation_with_the_source_runs_keeps_the_structure_of_the_paragraph(tmp_path: Path) -> None:
    body = p(r("аб "), r("вг", BOLD), f'<w:hyperlink w:anchor="x">{r("де", "<w:i/>")}</w:hyperlink>', r(" ж"))
    source = make_docx(tmp_path / "a.docx", body)
    _, root = translate_docx(source, upper, "xxx")
    expected = root_of(source)
    for one in expected.iter(f"{{{W}}}t"):
        one.text = (one.text or "").upper()
    assert canonical(root) == canonical(expected)


def test_parts_without_text_keep_bytes_order_compression_and_dates(tmp_path: Path) -> None:
    source = make_docx(tmp_path / "a.docx", p(r("үг")), others={"word/media/a.bin": bytes(range(256)) * 9})
    with zipfile.ZipFile(source, "a") as package:
        stored = zipfile.ZipInfo("docProps/thumbnail.jpeg", (1999, 12, 31, 23, 59, 58))
        package.writestr(stored, b"picture")
    run_format(Docx(), source, tmp_path / "out.docx", upper)
    with zipfile.ZipFile(source) as before, zipfile.ZipFile(tmp_path / "out.docx") as after:
        facts = [(one.filename, one.date_time, one.compress_type, one.external_attr) for one in before.infolist()]
        assert facts == [
            (one.filename, one.date_time, one.compress_type, one.external_attr) for one in after.infolist()
        ]
        changed = [name for name in before.namelist() if before.read(name) != after.read(name)]
    assert changed == ["word/document.xml"]


def test_too_few_or_too_many_translations_are_an_error(tmp_path: Path) -> None:
    source = make_docx(tmp_path / "a.docx", p(r("нэг")) + p(r("хоёр")))
    with pytest.raises(ValueError, match="document:2"):
        Docx().write(source, tmp_path / "out.docx", iter([[Piece("一")]]), "cmn_Hans")
    with pytest.raises(ValueError, match="more translations"):
        Docx().write(source, tmp_path / "out.docx", iter([[Piece("一")]] * 3), "cmn_Hans")


def test_characters_that_xml_cannot_hold_are_left_out_of_a_translation(tmp_path: Path) -> None:
    _, root = translate_docx(make_docx(tmp_path / "a.docx", p(r("үг"))), lambda _: "词\x00\x0b\ud800语")
    assert texts(root) == ["词语"]


def test_a_line_end_in_a_translation_becomes_a_break(tmp_path: Path) -> None:
    _, root = translate_docx(make_docx(tmp_path / "a.docx", p(r("үг"))), lambda _: "词\n语")
    assert [name for name in names(first(root, "r")) if name in ("t", "br")] == ["t", "br", "t"]


def test_a_strict_document_is_translated_in_its_own_namespace(tmp_path: Path) -> None:
    source = make_docx(tmp_path / "a.docx", p(r("үг")))
    strict = tmp_path / "strict.docx"
    with zipfile.ZipFile(source) as before, zipfile.ZipFile(strict, "w") as after:
        for name in before.namelist():
            data = before.read(name)
            if name == "word/document.xml":
                data = data.replace(W.encode(), b"http://purl.oclc.org/ooxml/wordprocessingml/main")
            after.writestr(name, data)
    run_format(Docx(), strict, tmp_path / "out.docx", lambda _: "词")
    root = root_of(tmp_path / "out.docx")
    assert [one.text for one in root.iter("{http://purl.oclc.org/ooxml/wordprocessingml/main}t")] == ["词"]


def test_a_document_that_takes_in_another_file_is_refused_with_what_to_do(tmp_path: Path) -> None:
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/aFChunk"
    links = f'<Relationships xmlns="r"><Relationship Id="c" Type="{kind}" Target="a.mht"/></Relationships>'
    others = {"word/_rels/document.xml.rels": links.encode(), "word/a.mht": b"<p>x</p>"}
    source = make_docx(tmp_path / "a.docx", p(r("үг")) + '<w:altChunk r:id="c"/>', others=others)
    with pytest.raises(UnsupportedType, match="save it as"):
        Docx().check(source, Limits())


def test_a_remark_of_the_xml_between_runs_stays(tmp_path: Path) -> None:
    source = make_docx(tmp_path / "a.docx", p(r("нэг "), "<!-- remark -->", r("хоёр")))
    _, root = translate_docx(source, lambda _: "一 二")
    assert "".join(texts(root)) == "一 二"
    assert b"<!-- remark -->" in etree.tostring(root)
