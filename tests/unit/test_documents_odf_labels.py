"""OpenDocument: content controls, text that stands in attributes, prompts of master pages."""

from __future__ import annotations

import zipfile
from pathlib import Path

from documents.model import Output
from documents.odp import Odp
from documents.ods import Ods
from documents.odt import Odt
from tests.unit.odf_kit import SHEET, SLIDES, body, make, p, texts_of, translate

CONTROL = "<loext:content-control{}>{}</loext:content-control>"
CHOICE = CONTROL.format(
    ' loext:dropdown="true"',
    '<loext:list-item loext:display-text="Тийм" loext:value="1"/><loext:list-item loext:display-text="Үгүй"/>Тийм',
)
LEVEL = '<text:list-level-style-number text:level="1"{} style:num-format="1"/>'
LEVELS = (
    LEVEL.format(' style:num-prefix="Зүйл "')
    + LEVEL.format(' loext:num-list-format="Бүлэг %1%.%2% хэсэг" style:num-prefix="Бүлэг " style:num-suffix=" хэсэг"')
    + LEVEL.format(' loext:num-list-format="%1%." style:num-suffix="."')
)


def styles(path: Path) -> str:
    with zipfile.ZipFile(path) as package:
        return package.read("styles.xml").decode()


def test_text_in_content_controls_is_translated_and_the_box_that_one_ticks_stays(tmp_path: Path) -> None:
    box = CONTROL.format(' loext:checkbox="true"', "☐")
    source = make(tmp_path / "a.odt", p(f"Нэр: {CONTROL.format('', 'энд бич')} {box} зөв"))
    assert texts_of(Odt(), source) == ["Нэр: энд бич  зөв"]
    out = body(translate(Odt(), source, {"Нэр: энд бич  зөв": "姓名：在此填写 对"}))
    assert out.count("<loext:content-control>") == 1
    assert f">{'☐'}</loext:content-control>" in out


def test_a_choice_is_translated_as_the_control_shows_it(tmp_path: Path) -> None:
    source = make(tmp_path / "a.odt", p(CHOICE))
    assert texts_of(Odt(), source) == ["Тийм", "Үгүй"]
    out = body(translate(Odt(), source, {"Тийм": "是", "Үгүй": "否"}))
    assert 'display-text="是"' in out
    assert 'display-text="否"' in out
    assert "是</loext:content-control>" in out


def test_the_words_around_automatic_numbers_are_translated(tmp_path: Path) -> None:
    listed = f'<office:styles><text:list-style style:name="L">{LEVELS}</text:list-style></office:styles>'
    source = make(tmp_path / "a.odt", p("текст"), styles=listed)
    assert texts_of(Odt(), source) == ["текст", "Зүйл 1", "Бүлэг 1.2 хэсэг"]
    words = {"текст": "文", "Зүйл 1": "第1条", "Бүлэг 1.2 хэсэг": "第1.2节"}
    out = styles(translate(Odt(), source, words))
    assert 'style:num-prefix="第" style:num-format="1" style:num-suffix="条"' in out
    assert 'loext:num-list-format="第%1%.%2%节" style:num-prefix="第" style:num-suffix="节"' in out
    assert 'loext:num-list-format="%1%." style:num-suffix="."' in out
    assert "第" not in styles(translate(Odt(), source, words, Output.BILINGUAL))


def test_chinese_numerals_become_digits_where_the_words_around_them_are_translated(tmp_path: Path) -> None:
    level = LEVEL.format(' style:num-prefix="第" style:num-suffix="条"').replace(
        'num-format="1"', 'num-format="一, 二, 三, ..."'
    )
    listed = f'<office:styles><text:list-style style:name="L">{level}</text:list-style></office:styles>'
    source = make(tmp_path / "a.odt", p("文"), styles=listed)
    out = translate(Odt(), source, {"第1条": "Зүйл 1", "文": "текст"}, language="mon_Cyrl")
    assert 'style:num-format="1"' in styles(out) and 'style:num-prefix="Зүйл "' in styles(out)


def test_titles_of_messages_are_translated(tmp_path: Path) -> None:
    rule = '<table:content-validation><table:help-message table:title="Сонго"/></table:content-validation>'
    table = f"<table:content-validations>{rule}</table:content-validations>"
    source = make(tmp_path / "a.ods", table, SHEET)
    assert texts_of(Ods(), source) == ["Сонго"]
    assert 'table:title="选择"' in body(translate(Ods(), source, {"Сонго": "选择"}))
    assert 'table:title="Сонго / 选择"' in body(translate(Ods(), source, {"Сонго": "选择"}, Output.BILINGUAL))


def test_what_a_master_page_says_to_authors_is_no_text_and_its_footer_is(tmp_path: Path) -> None:
    frame = '<draw:frame presentation:class="{}"><draw:text-box>{}</draw:text-box></draw:frame>'
    shapes = frame.format("title", p("дарж бич")) + frame.format("footer", p("хөл"))
    master = (
        f'<office:master-styles><style:master-page style:name="m">{shapes}</style:master-page></office:master-styles>'
    )
    slide = f"<draw:page>{frame.format('title', p('гарчиг'))}</draw:page>"
    assert texts_of(Odp(), make(tmp_path / "a.odp", slide, SLIDES, styles=master)) == ["гарчиг", "хөл"]
