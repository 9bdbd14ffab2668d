"""What is done to a translation before it is checked: lost items put back, letters and marks as the language has them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from translation.engine import Output
from translation.finishing import finished
from translation.repair import repaired
from translation.typography import chinese, typeset


@pytest.mark.parametrize(
    ("raw", "set_"),
    [
        ("你好,世界!", "你好，世界！"),
        ('他说:"走吧."', "他说：“走吧。”"),
        ("请 保存 文件", "请保存文件"),
        ("版本3.14,见表1.", "版本3.14，见表1。"),
        ("打开https://a.b/c?d=1,e然后看", "打开https://a.b/c?d=1,e然后看"),
        ("使用Python 3编程", "使用Python 3编程"),
        ("<<红楼梦>>是小说", "《红楼梦》是小说"),
        ("(见下文)", "（见下文）"),
        ("等等...", "等等……"),
        ('15"和17"的屏幕', '15"和17"的屏幕'),
        ("北纬47°55'12\"，东经106°55'02\"", "北纬47°55'12\"，东经106°55'02\""),
        ('2024"十佳"企业', "2024“十佳”企业"),
        ("你好&nbsp;世界", "你好&nbsp;世界"),
    ],
)
def test_chinese_is_set_with_its_own_marks_and_twice_changes_nothing(raw: str, set_: str) -> None:
    assert chinese(raw) == set_
    assert chinese(set_) == set_


def test_traditional_quotes_with_corner_brackets_and_other_languages_are_left_alone() -> None:
    assert chinese('他說"走吧"', "cmn_Hant") == "他說「走吧」"
    assert chinese("Hello, world! (ok)", "eng_Latn") == "Hello, world! (ok)"
    assert chinese("Сайн уу, дэлхий!", "mon_Cyrl") == "Сайн уу, дэлхий!"


def test_mongolian_is_written_with_its_own_letters_whatever_the_model_learnt_from() -> None:
    output = Output("хєвvvн PCийг їзэв v2 https://a.b/v", None, 3, ((0, 2),))
    assert finished("孩子看了PC v2 https://a.b/v", output, "cmn_Hans", "mon_Cyrl") == replace(
        output, text="хөвүүн PCийг үзэв v2 https://a.b/v"
    )
    assert finished("хєвvvн", Output("хєвvvн", None, 1), "mon_Cyrl", "eng_Latn").text == "хєвvvн"


def test_the_alignment_follows_what_is_taken_out() -> None:
    output = typeset(Output("请 保存", None, 2, ((0, 0), (1, 2))), "cmn_Hans")
    assert (output.text, output.alignment) == ("请保存", ((0, 0), (1, 1)))


@pytest.mark.parametrize(
    ("source", "raw", "mended"),
    [
        ("%s файл хадгалсан", "% s文件已保存", "%s文件已保存"),
        ("{name} гэж бич", "写{ name }", "写{name}"),
        ("{count} мөр", "{计数}行 {num}", "{计数}行 {count}"),
        ("https://khel.mn/a руу ор", "访问https://khel.mn/b", "访问https://khel.mn/a"),
        ("Энэ нь энгийн өгүүлбэр", "这是普通句子", "这是普通句子"),
        # No word beside it goes with what is exchanged.
        ("info@khel.mn руу бичнэ үү", "请写信至inf@khel.mn联系我们", "请写信至info@khel.mn联系我们"),
        ("%s файлыг устгах", "请删除%z文件", "请删除%s文件"),
        ("https://khel.mn/a үзнэ үү", "请看https://khel.cn/a，谢谢", "请看https://khel.mn/a，谢谢"),
        ("A&nbsp;B", "甲&amp部门乙", "甲&nbsp;部门乙"),
        ("请看AB-1234。", "AB-1243-ийг үзнэ үү.", "AB-1234-ийг үзнэ үү."),
        ("%1 үлдлээ", "剩余50% 10分钟", "剩余50% 10分钟"),
    ],
)
def test_what_is_certain_is_put_back(source: str, raw: str, mended: str) -> None:
    assert repaired(source, Output(raw, None, 1)).text == mended


def test_what_is_not_certain_is_left_to_the_guards() -> None:
    assert repaired("%s ба %d", Output("%x 和 %y", None, 1)).text == "%x 和 %y"
