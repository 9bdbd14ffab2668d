"""Amounts with their units: a translation that has the number must say the same unit, beside it or elsewhere. Pure.

Known are units that are written alike wherever they stand; others (pound, фунт, degree, 度, ¥) are not.
Texts are folded (NFKC) first, so that ℃ is °C, ％ is % and m² is m2.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from translation.numerals import amounts, folded, has_digits
from translation.protected import NOT_AFTER

# Regular expressions of the forms in English, Mongolian and Chinese, in small letters; a full stop is one, a middle dot,
# a space or nothing.
_FORMS = {
    "km2": r"km2 км2 кв.км квадрат.километр\w* square.kilomet(?:er|re)s? 平方公里 平方千米",
    "m2": r"m2 м2 кв.м квадрат.метр\w* м.кв square.met(?:er|re)s? 平方米",
    "m3": r"m3 м3 куб.м cubic.met(?:er|re)s? 立方米",
    "km/h": r"km/h kph км/ц км/цаг\w* kilomet(?:er|re)s?.per.hour kilomet(?:er|re)s?.an.hour "
    r"[公千](?:里|米)(?:/小时|/小時|每小时|每小時)",
    "km": r"km км kilomet(?:er|re)s? километр\w* 公里 千米",
    "cm": r"cm см centimet(?:er|re)s? сантиметр\w* 厘米 公分",
    "mm": r"mm мм millimet(?:er|re)s? миллиметр\w* 毫米",
    "m": r"m м met(?:er|re)s? метр\w* 米",
    "kg": r"kg кг kilos? kilograms? килограмм\w* кило 公斤 千克",
    "mg": r"mg мг milligrams? миллиграмм\w* 毫克",
    "g": r"g г гр grams? грамм\w* 克",
    "t": r"tons? tonnes? тонн\w* 吨 噸",
    "ml": r"ml мл millilit(?:er|re)s? миллилитр\w* 毫升",
    "l": r"l л lit(?:er|re)s? литр\w* 升",
    "ha": r"ha га hectares? гектар\w* 公顷 公頃",
    "kB": r"kb кб килобайт\w* kilobytes? 千字节 千字節",
    "MB": r"mb мб мегабайт\w* megabytes? 兆字节 兆字節 兆",
    "GB": r"gb гб гигабайт\w* gigabytes? 吉字节 吉字節",
    "TB": r"tb тб терабайт\w* terabytes? 太字节 太字節",
    "kWh": r"kwh квт.ц\w* киловатт.цаг\w* kilowatt.hours? 千瓦时 千瓦時 度电 度電",
    "kW": r"kw квт киловатт\w* kilowatts? 千瓦",
    "MW": r"mw мвт мегаватт\w* megawatts? 兆瓦",
    "kHz": r"khz кгц килогерц\w* kilohertz 千赫兹?",
    "MHz": r"mhz мгц мегагерц\w* megahertz 兆赫兹?",
    "GHz": r"ghz ггц гигагерц\w* gigahertz 吉赫兹?",
    "%": r"% percent per.cent percentage хув(?:ь|ий|иа|ьт)\w* процент\w* 个?百分点 個百分點",
    "°C": r"°.?c degrees?.celsius 摄氏度 攝氏度",
    "°F": r"°.?f degrees?.fahrenheit 华氏度 華氏度",
    "USD": r"us\$ \$ usd dollars? us.dollars? ам.?доллар\w* доллар\w* 美元 美金",
    "EUR": r"€ eur euros? евро\w* 欧元 歐元",
    "CNY": r"cny rmb yuan юан\w* 元 人民币 人民幣",
    "MNT": r"₮ mnt tugriks? tögrögs? төгрөг\w* төг 图格里克 圖格里克",
    "JPY": r"jpy yen иен\w* 日元 日圆 日圓",
    "RUB": r"rub roubles? rubles? рубл\w* 卢布 盧布",
}
_UNITS = {unit: re.compile("|".join(forms.replace(".", r"[.·\s]?").split(" "))) for unit, forms in _FORMS.items()}
_BY_LENGTH = sorted((form for text in _FORMS.values() for form in text.replace(".", r"[.·\s]?").split(" ")), key=len)
_AFTER = re.compile(rf"[\s\u00a0-]?({'|'.join(reversed(_BY_LENGTH))})(?![a-z\u0400-\u04ff])")
_BEFORE = {"us$": "USD", "$": "USD", "usd": "USD", "€": "EUR", "eur": "EUR", "cny": "CNY", "rmb": "CNY", "人民币": "CNY",
           "人民幣": "CNY", "₮": "MNT", "mnt": "MNT", "百分之": "%"}  # fmt: skip
# HK$, NT$, A$: units that are not known here.
_OTHER_DOLLAR = re.compile(r"(?<!us)(?<=[a-z])\$$")
_SHARE = re.compile("%|percent|per cent|хув[ьи]|процент|百分|成")
# One letter behind a number may be a mark (page 5 g) or an ending (300-г): that it is missing says nothing.
_SHORT = frozenset({"m", "g", "l", "t"})
_SPEED = re.compile("时速|時速|每小时|每小時|per hour|an hour|цаг")
_DEGREES = frozenset({"°C", "°F"})
_DEGREE = re.compile("градус|degree|[度°]")
# Where a hyphen before a number is surely its sign: before degrees and shares, and not in a range.
_NEGATIVE = re.compile(
    rf"(?<![%°-]){NOT_AFTER}(?<![\d%°] )[-−–]\d+(?:[.,]\d+)?[\s\u00a0]?"
    r"(?:[%°度]|градус|хэм|хувь|percent|per cent|degree)"
)
# Another way to say it: falls, losses, discounts and the cold.
_IS_NEGATIVE = re.compile(
    r"[-−–—]\s?\d|minus|negativ|below|under|drop|f[ae]ll|declin|decreas|reduc|down|loss|lower|less|\boff\b|discount|cold|frost"
    r"|хасах|сөрөг|доош|доогуур|буур|багас|алдагд|хүйт|хямд|хөнгөл|[负負零减減跌降亏虧折低冷寒少]"
)
_LONGEST = 24
"""Characters of the longest form."""


def lost_sign(source: str, target: str) -> bool:
    """Whether degrees or a share below zero in `source` are nowhere below it in `target`."""
    return (
        has_digits(source)
        and _NEGATIVE.search(folded(source).casefold()) is not None
        and _IS_NEGATIVE.search(folded(target).casefold()) is None
    )


@dataclass(frozen=True)
class _Amount:
    """values: what the number may be; units: said before and after it; copies: the unit may mean copies as well."""

    values: frozenset[Fraction]
    units: frozenset[str]
    copies: bool = False


def changed_units(source: str, target: str) -> bool:
    """Whether an amount of `source` stands in `target` with another unit, or without any."""
    if not has_digits(source):
        return False
    source, target = folded(source).casefold(), folded(target).casefold()
    wanted = [one for one in _amounts(source) if one.units]
    if not wanted:
        return False
    have = _amounts(target)
    return any(_is_changed(one, [other for other in have if one.values & other.values], target) for one in wanted)


def _is_changed(amount: _Amount, same: list[_Amount], target: str) -> bool:
    # Of хувь alone nobody knows whether it is a share: two copies are "2 хувь", too.
    if "%" in amount.units and not amount.copies and same and not _SHARE.search(target):
        return True
    told = [other.units for other in same if other.units]
    if not told:
        sure = amount.units - _SHORT
        return bool(same and sure) and not amount.copies and not _is_said(sure, target)
    return not any(amount.units & units for units in told)


def _is_said(units: frozenset[str], text: str) -> bool:
    return any(_UNITS[unit].search(text) for unit in units) or bool(units & _DEGREES and _DEGREE.search(text))


def _amounts(text: str) -> list[_Amount]:
    found = []
    for number in amounts(text):
        # 千米 is a kilometre, not a thousand metres.
        ends = number.start + len(number.run), number.end
        after = next((unit for end in ends if (unit := _AFTER.match(text, end, end + _LONGEST))), None)
        units = {_unit_of(after[1])} if after else set()
        if "km" in units and _SPEED.search(text):
            units.add("km/h")
        before = text[max(0, number.start - 4) : number.start].rstrip()
        if not _OTHER_DOLLAR.search(before):
            units |= {unit for form, unit in _BEFORE.items() if before.endswith(form)}
        copies = after is not None and after[1].startswith("хув")
        found.append(_Amount(frozenset(number.values), frozenset(units), copies))
    return found


@lru_cache(maxsize=1024)
def _unit_of(form: str) -> str:
    return next(unit for unit, forms in _UNITS.items() if forms.fullmatch(form))
