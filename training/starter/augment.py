"""Sentences made of those of the corpus, for what it has too little of: numbers, codes, headings, lists, running text."""

from __future__ import annotations

import random
import re
import string
from collections.abc import Sequence

Texts = tuple[str, str, str]
"""English, Chinese, Mongolian."""

_NUMBER = re.compile(r"(?<![\w%{$.,-])[0-9]+(?:[.,:/-][0-9]+)*(?![\w}])")
_SENTENCE_END = re.compile(r"[.!?。！？]$")


def varied(texts: Texts, others: Sequence[Texts], rng: random.Random) -> Texts:
    """`texts`, or something near them: the same in three languages. `others`: where a second sentence may come from."""
    chance = rng.random()
    if chance < 0.6:
        texts = renumbered(texts, rng)
    if chance < 0.04:
        return with_code(texts, rng)
    if chance < 0.08:
        return in_a_list(texts, rng)
    if chance < 0.10:
        return texts[0].upper(), texts[1], texts[2].upper()
    if chance < 0.16:
        return joined(texts, rng.choice(others))
    return texts


def renumbered(texts: Texts, rng: random.Random) -> Texts:
    """Numbers that stand in all three texts become others with as many digits."""
    found = [_NUMBER.findall(text) for text in texts]
    if not found[0] or not sorted(found[0]) == sorted(found[1]) == sorted(found[2]):
        return texts
    other = {number: _like(number, rng) for number in set(found[0])}
    english, chinese, mongolian = (_NUMBER.sub(lambda match: other[match[0]], text) for text in texts)
    return english, chinese, mongolian


def _like(number: str, rng: random.Random) -> str:
    """Of the same form; a group of digits that did not begin with 0 does not, and neither does a longer one become 0."""
    return re.sub(r"[0-9]+", lambda group: _digits(group[0], rng), number)


def _digits(group: str, rng: random.Random) -> str:
    first = group[0] if group[0] == "0" else rng.choice("123456789")
    return first + "".join(rng.choices(string.digits, k=len(group) - 1))


def with_code(texts: Texts, rng: random.Random) -> Texts:
    """With a code behind a colon or in brackets, which must come through unchanged."""
    code = _code(rng)
    plain = [text.rstrip(" .。!?！？:：") for text in texts]
    if rng.random() < 0.5:
        return f"{plain[0]} ({code})", f"{plain[1]}（{code}）", f"{plain[2]} ({code})"
    return f"{plain[0]}: {code}", f"{plain[1]}：{code}", f"{plain[2]}: {code}"


def _code(rng: random.Random) -> str:
    def letters(count: int) -> str:
        return "".join(rng.choices(string.ascii_uppercase, k=count))

    def number(count: int) -> str:
        return _digits("1" * count, rng)

    word = "".join(rng.choices(string.ascii_lowercase, k=rng.randint(3, 8)))
    forms = (
        f"{letters(2)}-{number(4)}",
        f"{letters(3)}{number(3)}",
        f"{number(2)}{letters(1)}",
        f"{word}@{word[:4]}.mn",
        f"https://www.{word}.com/{letters(2).lower()}",
        f"{number(4)}-{number(2)}-{number(2)}",
        f"{number(2)}:{number(2)}",
        f"+976 {number(4)}-{number(4)}",
        f"{number(1)},{number(3)},{number(3)}",
        f"{number(rng.randint(1, 7))}",
        f"{number(2)}.{number(1)}%",
        f"{word}.{rng.choice(('docx', 'pdf', 'xlsx', 'txt'))}",
        f"v{number(1)}.{number(1)}.{number(1)}",
        f"{{{word}}}",
        "%s",
    )
    return rng.choice(forms)


def in_a_list(texts: Texts, rng: random.Random) -> Texts:
    """With the number, letter or bullet of a list in front."""
    count = rng.randint(1, 30)
    mark = rng.choice(
        (f"{count}.", f"{count})", f"({count})", f"{rng.randint(1, 12)}.{count}", "•", "-", "–", "a)", "IV.")
    )
    english, chinese, mongolian = (f"{mark} {text}" for text in texts)
    return english, chinese, mongolian


def joined(texts: Texts, second: Texts) -> Texts:
    """Two sentences after each other, if both are sentences."""
    if not all(_SENTENCE_END.search(text) for text in (*texts, *second)):
        return texts
    return f"{texts[0]} {second[0]}", texts[1] + second[1], f"{texts[2]} {second[2]}"
