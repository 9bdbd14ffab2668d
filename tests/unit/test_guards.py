"""Each guard raises its flag on the damage it is for, and stays quiet on good translations."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from translation.guards import FLAGS, SERIOUS, check, has_letters, severity
from translation.numerals import missing_numbers
from translation.protected import protected

MN, ZH, EN = "mon_Cyrl", "cmn_Hans", "eng_Latn"
LONG_ZH = "我们今天在学校里学习了很多新的东西，老师很高兴。"
LONG_MN = "Бид өнөөдөр сургууль дээр олон шинэ зүйл сурсан, багш их баярласан."
LONG_EN = "Today we learned many new things at school and the teacher was very happy."

GOOD = [
    (LONG_MN, LONG_ZH, MN, ZH),
    (LONG_ZH, LONG_MN, ZH, MN),
    (LONG_EN, LONG_ZH, EN, ZH),
    ("Хурал 2024 оны 5 сарын 1-нд 17:00 цагт болно.", "会议将于2024年5月1日下午5点举行。", MN, ZH),
    ("人口约120万人。", "Хүн ам нь ойролцоогоор 1.2 сая хүн.", ZH, MN),
    ("Хүн ам нь 1 200 000 болсон.", "人口已达120万。", MN, ZH),
    ("价格为１，５００元。", "Үнэ нь 1500 юань.", ZH, MN),
    ("He scored 2 goals in the 1990s.", "他在90年代进了两个球。", EN, ZH),
    ("XX зуунд 3 дайн болсон.", "20世纪发生了三次战争。", MN, ZH),
    ("YouTube, USB", "YouTube, USB", EN, ZH),
    ("Google Chrome", "Google Chrome", MN, ZH),
    (LONG_ZH, LONG_MN, EN, MN),
    ("ISO 9001", "ISO 9001", EN, MN),
    ("%1$s-г устгах уу?", "要删除%1$s吗？", MN, ZH),
    ("Сайтыг https://example.mn/a?b=1 хаягаар үзнэ үү.", "请访问 https://example.mn/a?b=1。", MN, ZH),
    ("哈哈哈哈哈，真好笑！", "Ха ха ха ха ха, үнэхээр инээдтэй юм!", ZH, MN),
    ("12345", "12345", MN, ZH),
    ("她会说汉语。", "她會說漢語。", ZH, "cmn_Hant"),
]

BAD = [
    ("empty", LONG_MN, " ", MN, ZH),
    ("untranslated", LONG_MN, LONG_MN, MN, ZH),
    ("untranslated", LONG_MN, LONG_MN.replace("Бид", "Та") + " 好", MN, ZH),
    ("untranslated", LONG_EN, LONG_EN, EN, MN),
    ("untranslated", "settings", "Settings", EN, ZH),
    ("wrong_script", LONG_MN, LONG_EN, MN, ZH),
    ("wrong_script", LONG_ZH, LONG_MN + "老师很高兴的今天", ZH, MN),
    ("wrong_script", LONG_MN, "今日は学校で新しいことをたくさん勉強しました", MN, ZH),
    ("wrong_script", "Сайн байна уу", "1505", MN, ZH),
    ("repetition", LONG_MN, "我们今天1505050505050", MN, ZH),
    ("repetition", LONG_ZH, "Бид өнөөдөр ххххххххх", ZH, MN),
    ("repetition", LONG_MN, "我们的学校的学校的学校的学校", MN, ZH),
    ("repetition", LONG_ZH, "Бид сурсан " * 6, ZH, MN),
    ("length", LONG_MN * 3, "我们学习。", MN, ZH),
    ("length", "你好", LONG_MN, ZH, MN),
    ("numbers", "Хурал 2024 онд болно.", "会议将于2023年举行。", MN, ZH),
    ("numbers", "Нийт 15 хүн ирсэн.", "一共来了5个人。", MN, ZH),
    ("placeholder", "%s файлыг устгах", "删除文件", MN, ZH),
    ("placeholder", "{name}, сайн уу", "你好", MN, ZH),
    ("placeholder", "$(ARG1) нээх", "打开", MN, ZH),
    ("placeholder", "<b>Анхаар</b>", "<b>注意", MN, ZH),
    ("placeholder", "info@example.mn руу бичнэ үү", "请写信", MN, ZH),
    ("untranslated", "Google Chrome", "Google Chrome", EN, ZH),
    ("untranslated", "INTRODUCTION", "INTRODUCTION", EN, MN),
    ("untranslated", LONG_ZH, LONG_ZH, EN, MN),
    ("wrong_script", LONG_ZH, LONG_ZH[:12] + "老师", EN, MN),
    ("untranslated", "Сайн уу", "Сайн уу", ZH, EN),
    ("untranslated", "是", "是", ZH, MN),
    ("placeholder", "Нээх", "打开%PRODUCTNAME", MN, ZH),
    ("placeholder", "MN-2024 дугаартай гэрээ", "MV-2024号合同", MN, ZH),
    ("unk", LONG_MN, LONG_ZH + "<unk>", MN, ZH),
    ("unk", LONG_MN, LONG_ZH + "⁇", MN, ZH),
]


@pytest.mark.parametrize(("source_text", "target_text", "source", "target"), GOOD)
def test_a_good_translation_gets_no_flag(source_text: str, target_text: str, source: str, target: str) -> None:
    assert check(source_text, target_text, source, target) == ()


@pytest.mark.parametrize(("flag", "source_text", "target_text", "source", "target"), BAD)
def test_a_damaged_translation_gets_its_flag(
    flag: str, source_text: str, target_text: str, source: str, target: str
) -> None:
    assert flag in check(source_text, target_text, source, target)


def test_flags_come_in_a_stable_order() -> None:
    flags = check("%s 2024 онд сургууль дээр", "%d ⁇ school school school school", MN, ZH)
    assert list(flags) == [flag for flag in FLAGS if flag in flags]
    assert len(flags) > 2


def test_nothing_for_nothing_is_no_fault() -> None:
    assert check(" ", "", MN, ZH) == ()


@pytest.mark.parametrize(
    ("text", "item"),
    [
        ("Үзэх: https://mn.wikipedia.org/wiki/Монгол_Улс, дараа нь", "https://mn.wikipedia.org/wiki/Монгол_Улс"),
        ("https://x.mn/а?нэр=бат хуудас", "https://x.mn/а?нэр=бат"),
        ("https://x.mn-ийг нээ", "https://x.mn"),
        ("info@x.mn-д илгээнэ үү", "info@x.mn"),
        ("MN-2024-0017-г авна уу", "MN-2024-0017"),
        ("请看https://x.cn/a！", "https://x.cn/a"),
        ("\uf0fc тэмдэг, Wingdings-ийн зураг", "\uf0fc"),
        ("请看https://x.cn/a查看", "https://x.cn/a"),
    ],
)
def test_addresses_in_mongolian_letters_and_symbols_are_kept_whole_without_an_ending(text: str, item: str) -> None:
    assert set(protected(text)) == {item}


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n",
        "123",
        "2024.05.01 — 3,5 %",
        "https://example.mn/a?b=1",
        "a.b@example.com",
        "%1$s / {name}",
        "<br/>&nbsp;",
        "☺ … !",
    ],
)
def test_text_with_nothing_to_translate_has_no_letters(text: str) -> None:
    assert not has_letters(text)


@pytest.mark.parametrize("text", ["а", "你", "5 км", "ᠮ", "<b>Сайн</b>", "<All files>", "Visit https://example.mn"])
def test_text_with_a_word_has_letters(text: str) -> None:
    assert has_letters(text)


def test_a_wholly_wrong_answer_is_worse_than_a_lost_number() -> None:
    assert severity(("untranslated",)) > severity(("numbers", "placeholder", "length"))
    assert severity(()) == 0
    assert set(FLAGS) >= SERIOUS
    assert all(severity((flag,)) > 0 for flag in FLAGS)


@given(
    source=st.text(max_size=120),
    target=st.text(max_size=120),
    pair=st.sampled_from([(MN, ZH), (ZH, MN), (EN, ZH), ("mon_Mong", ZH), (ZH, "cmn_Hant")]),
)
@settings(max_examples=300, deadline=None)
def test_any_two_texts_can_be_checked(source: str, target: str, pair: tuple[str, str]) -> None:
    assert set(check(source, target, *pair)) <= set(FLAGS)


@pytest.mark.parametrize("unit", ["9", "1,", "<a ", "&a", "{", "%", "a@", "a.", "www.", "хх", "千", "一万", "сая "])
def test_long_hostile_text_is_checked(unit: str) -> None:
    assert set(check(unit * 20_000, unit * 20_000, MN, ZH)) <= set(FLAGS)


def test_the_digits_of_a_price_are_no_other_number() -> None:
    assert missing_numbers("It costs 5.50 now", "现在550") == ["5.50"]
    assert missing_numbers("It costs 12.50 now", "现在1250") == ["12.50"]
    assert not missing_numbers("1.500 км", "1500公里")
    assert not missing_numbers("5.50 доллар", "5美元50美分")
    assert not missing_numbers("2024.05.03", "20240503")


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("Could not open %1.", {"%1"}),
        ("Opening %1", {"%1"}),
        ("Written by $1.", {"$1"}),
        ("%n files of %S at %Y", {"%n", "%S", "%Y"}),
        ("%{name}: {0:N2}, %(size).1f MB", {"%{name}", "{0:N2}", "%(size).1f"}),
        ("Dear {{ user.name|upper }}, {{#if x}}{{y}}", {"{{ user.name|upper }}", "{{#if x}}", "{{y}}"}),
        ("{{Two words}}", set()),
        ("$(ARG1) and =SUM(A1:B2)", {"$(ARG1)", "=SUM(A1:B2)"}),
        ("A&nbsp;B", {"&nbsp;"}),
        ("It costs $20, $3m or $5 million, 5% of %25.5", set()),
        ("上涨5%A股", set()),
    ],
)
def test_placeholders_are_known_whole_in_all_their_forms_and_at_the_end_of_a_sentence(
    text: str, items: set[str]
) -> None:
    assert set(protected(text)) == items


def test_addresses_and_codes_may_get_a_mongolian_ending() -> None:
    assert check("请写信至info@x.mn。", "info@x.mn-д бичнэ үү.", ZH, MN) == ()
    assert check("请看https://x.mn/a。", "https://x.mn/a-г үзнэ үү.", ZH, MN) == ()
    assert check("请看AB-1234。", "AB-1234-ийг үзнэ үү.", ZH, MN) == ()
    assert "placeholder" in check("AB-1234-ийг үзнэ үү.", "请看BA-1234。", MN, ZH)


@pytest.mark.parametrize(
    ("source_text", "target_text", "flags"),
    [
        ("%s of %s files were copied", "%s файлыг хуулсан", ("placeholder",)),
        ("%s files were copied", "%s %s файлыг хуулсан", ("placeholder",)),
        ("<b>One</b> and <b>two</b> words", "<b>Нэг</b> болон хоёр үг", ("placeholder",)),
        ("%s of %s files were copied", "%s файлын %s хуулагдлаа", ()),
        ("Read https://x.mn/a again: https://x.mn/a", "https://x.mn/a-г дахин уншина уу", ()),
    ],
)
def test_each_placeholder_and_tag_counts_but_an_address_once_is_enough(
    source_text: str, target_text: str, flags: tuple[str, ...]
) -> None:
    assert check(source_text, target_text, EN, MN) == flags


def test_codes_and_formulas_need_no_space_in_chinese() -> None:
    assert check("MN-2024 дугаартай гэрээ", "MN-2024号合同", MN, ZH) == ()
    assert "placeholder" in check("合同MN-2024已经签署", "MV-2024 гэрээ байгуулсан", ZH, MN)
    assert set(protected("其中E = mc²是公式，计算=SUM(A1:B2)的值")) == {"E = mc²", "=SUM(A1:B2)"}


@pytest.mark.parametrize(
    ("source_text", "target_text"),
    [
        ("3 billion dollars", "3亿美元"),
        ("3 billion dollars", "3美元"),
        ("5 сая хүн", "5万人"),
        ("120万人", "120 хүн"),
        ("3 тэрбум 500 сая", "36亿"),
        ("3亿5000万", "3 тэрбум 500 сая"),
    ],
)
def test_a_number_of_another_size_is_another_number(source_text: str, target_text: str) -> None:
    assert missing_numbers(source_text, target_text)


@pytest.mark.parametrize(
    ("source_text", "target_text"),
    [
        ("3 billion dollars", "30亿美元"),
        ("3 тэрбум", "three billion"),
        ("15万人", "one hundred and fifty thousand people"),
        ("2 сая 5 мянга", "два, хоёр сая таван мянга"),
        ("500 billion", "5千亿"),
        ("300多万人", "3 сая гаруй хүн"),
        ("1 сая", "a million"),
        ("3 тэрбум 500 сая төгрөг", "35亿图格里克"),
        ("1.2亿元", "120 сая юань"),
        ("120万", "1 сая 200 мянга"),
        ("$1.2bn", "12亿美元"),
        ("3 billionaires", "3位亿万富翁"),
        ("5 саятан", "5 rich people"),
        ("at 10:30 AM", "上午10点半"),
        ("20 зууны эхэн", "20世纪初"),
        ("5千克", "5 кг"),
    ],
)
def test_another_way_to_write_a_large_number_is_no_doubt(source_text: str, target_text: str) -> None:
    assert not missing_numbers(source_text, target_text)


def test_stars_ticks_and_emoji_are_carried_over() -> None:
    assert set(protected("😀 Сайн 👩‍👩‍👧 ★★★ ✓ №5 →")) == {"😀", "👩‍👩‍👧", "★★★", "✓"}
