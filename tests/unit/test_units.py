"""Units beside numbers: one that was changed is a doubt, another way to write it is none."""

from __future__ import annotations

import pytest

from translation.guards import check
from translation.units import changed_units, lost_sign


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("5 кг гурил", "5克面粉"),
        ("The road is 12.5 km long.", "这条路长12.5米。"),
        ("温度为20℃。", "Температур 20°F байна."),
        ("Costs €1,500 in all", "总共1500美元"),
        ("Үнэ 3 сая төгрөг", "价格为300万元"),
        ("25% of it", "其中的25"),
        ("Талбай нь 40 м2", "面积为40立方米"),
        ("The file is 20 MB.", "文件大小为 20 GB。"),
        ("Хэрэглээ 350 кВт.ц", "用电量 350 千瓦"),
        ("2.4 GHz сүлжээ", "2.4 MHz 网络"),
        ("Хурд нь 90 км/ц", "全程 90 公里"),
    ],
)
def test_a_changed_unit_is_seen(source: str, target: str) -> None:
    assert changed_units(source, target)


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("5 кг гурил", "5公斤面粉"),
        ("5 кг гурил", "5千克面粉"),
        ("速度为160千米每小时", "160 км/цагийн хурд"),
        ("Хурд нь 90 км/ц", "时速 90 公里"),
        ("90 km/h", "每小时90公里"),
        ("90 kilometres an hour", "90公里/小时"),
        ("20 MB файл", "20 兆的文件"),
        ("1.5 GB чөлөөтэй", "剩余 1.5 吉字节"),
        ("350 кВт·ц", "350 千瓦时"),
        ("Чадал нь 450 МВт", "a capacity of 450 megawatts"),
        ("Costs $3 million", "耗资300万美元"),
        ("Costs US$ 100", "100 ам.доллар болно"),
        ("хүн амын 25 хувь нь", "25% of the population"),
        ("百分之25的人", "25 percent of people"),
        ("5 км зам", "a road of 3 miles"),
        ("20°C дулаан", "20 градус дулаан"),
        ("5 м², 6 м", "5平方米，6米"),
        ("page 5 g", "第5页"),
        ("HK$ 500 or NT$800", "500港元或800新台币"),
    ],
)
def test_another_way_to_write_a_unit_is_no_doubt(source: str, target: str) -> None:
    assert not changed_units(source, target)
    assert not changed_units(target, source)


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("Шөнөдөө -25 хэм байна.", "夜间25度。"),
        ("气温为−3.5℃。", "The temperature is 3.5 °C."),
        ("Growth: -5%", "Өсөлт: 5%"),
    ],
)
def test_a_lost_sign_is_a_doubt_about_the_number(source: str, target: str) -> None:
    assert lost_sign(source, target)
    assert not lost_sign(target, source)


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("Шөнөдөө -25 хэм байна.", "夜间零下25度。"),
        ("-20%", "20% off"),
        ("Growth: -5%", "Өсөлт: -5%"),
        ("20 -30 %, 20-30 %, 20% -30%", "20至30%"),
        ("Хүснэгт -1, бүлэг -3", "表1，第3章"),
    ],
)
def test_a_sign_may_be_said_in_words_and_a_hyphen_is_not_always_one(source: str, target: str) -> None:
    assert not lost_sign(source, target)


def test_a_changed_unit_is_a_doubt_about_the_number() -> None:
    assert check("Урт нь 5 км.", "长5米。", "mon_Cyrl", "cmn_Hans") == ("numbers",)


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("Үнэ: 12₮", "价格：12"),
        ("€50 төлбөр", "付款50"),
        ("Dose: 5 mg", "剂量：5"),
        ("100 км/ц хурдтай", "速度100"),
        ("20°C дулаан", "20 дулаан"),
    ],
)
def test_an_amount_that_lost_its_unit_is_a_doubt(source: str, target: str) -> None:
    assert changed_units(source, target)
