"""Lengths of translations that no good translation has."""

from __future__ import annotations

import re

_FAMILY = {"mon_Cyrl": "mn", "mon_Mong": "mn", "cmn_Hans": "zh", "cmn_Hant": "zh", "eng_Latn": "en"}
# A Chinese character counts as three letters: names in Latin letters inside Chinese text then weigh what they weigh
# elsewhere.
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
_HAN_EXTRA = 2
# Added to both sizes, so that short texts may differ more: "OK" may become a word of ten letters.
_SLACK = 12.0
# Ratios that about 99.5 % of 26,700 human reference pairs keep to (FLORES dev and the starter corpus, by
# benchmarks/guards.py), with a little room: short texts first, then those of LONG_SIZE and more, where a lost clause
# shows. The way back is inverse.
LONG_SIZE = 120
_SHORT = {("mn", "zh"): (0.54, 1.8), ("mn", "en"): (0.54, 1.65), ("zh", "en"): (0.53, 1.65)}
_LONG = {("mn", "zh"): (0.57, 1.6), ("mn", "en"): (0.62, 1.27), ("zh", "en"): (0.53, 1.45)}
_SAME_LANGUAGE = (0.6, 1.6)


def size(text: str) -> int:
    """Letters and digits, a Chinese character as three."""
    return sum(map(str.isalnum, text)) + _HAN_EXTRA * len(_HAN.findall(text))


def smoothed_ratio(source_size: int, target_size: int) -> float:
    """Size of the target over that of the source, both with the slack."""
    return (target_size + _SLACK) / (source_size + _SLACK)


def is_odd_length(source_text: str, target_text: str, source: str, target: str) -> bool:
    """True when the size ratio is outside the bounds of the pair. Raises KeyError for a language we do not know."""
    pair = (_FAMILY[source], _FAMILY[target])
    sizes = size(source_text), size(target_text)
    ratio = smoothed_ratio(*sizes)
    bounds = _LONG if max(sizes) >= LONG_SIZE else _SHORT
    if pair[0] == pair[1]:
        low, high = _SAME_LANGUAGE
    elif pair in bounds:
        low, high = bounds[pair]
    else:
        high, low = (1 / bound for bound in bounds[pair[1], pair[0]])
    return not low <= ratio <= high
