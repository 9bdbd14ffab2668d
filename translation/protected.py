"""What a translation must carry over letter by letter: placeholders, markup, addresses, codes, formulas."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache

# Every quantifier is bounded or possessive: the time is linear whatever the text.
# Mongolian hangs endings on an address (https://x.mn-ийг); behind a slash its letters are part of the address.
_URL_CHARS = (
    r"(?:[^\s<>\"“”‘’«»…—\u3000-\u303f\u4e00-\u9fff\uff00-\uffef\u0400-\u052f]|(?<=[/=_?&])[\u0400-\u052f]++)++"
)
_ADDRESS = rf"(?:https?|ftp)://{_URL_CHARS}|www\.{_URL_CHARS}"
_MAIL = r"[A-Za-z0-9_.+\-]{1,64}@[A-Za-z0-9\-]{1,63}(?:\.[A-Za-z0-9\-]{1,63}){1,8}"
_PLACEHOLDER = (
    r"%(?:\d{1,2}\$)?[-+#0]{0,3}\d{0,3}(?:\.\d{1,2})?(?:ll?|h|z)?[sdiufFeEgGxXc@](?![A-Za-z])"  # %s %1$s %.2f
    r"|(?<!\d)%(?:\d{1,2}\$)?[A-Za-z](?![A-Za-z])"  # %n %S %Y, but 5%A股
    r"|%\(\w{1,64}\)[-+#0 ]{0,3}\d{0,3}(?:\.\d{1,2})?[A-Za-z]|%[A-Z][A-Z0-9_]{2,40}"  # %(name)s %(size).1f %PRODUCTNAME
    r"|%L?\d{1,2}(?![\d%]|[.,]\d)"  # %1 %L1
    # $(ARG1) ${x} $1; $20 and $5 million are money.
    r"|\$\(\w{1,40}\)|\$\{[\w.]{1,64}\}|\$\d(?!\d|[.,]\d| ?(?:thousand|[mb]illion|trillion|[kKmMbB]\b|[bm]n\b))"
    # {{x}} {{ user.name|upper }} {{#if x}}, but {{Two words}} are text.
    r"|\{\{(?:[#/^>!&][ -z|~]{1,60}|\s?[A-Za-z0-9_.\-]{1,64}(?:\s?[|:,=(][ -z|~]{0,60})?\s?)\}\}"
    r"|%?\{[A-Za-z0-9_.\-]{0,64}(?:![rsa])?(?::[!-z]{1,20})?\}"  # {name} {0} {} %{name} {0:N2} {:.1f}
)
# With more words than its name it needs a =: "<All files>" is text.
_TAG = r"</?[A-Za-z][\w\-]{0,20}(?:\s[^<>=]{0,60}=[^<>]{0,300})?\s?/?>"
_ENTITY = r"&(?:[A-Za-z]{2,10}|#\d{1,6}|#x[0-9A-Fa-f]{1,6});"
# A letter or digit of another word; Chinese puts no space between its words and these.
NOT_AFTER, _NOT_BEFORE = r"(?<![^\W\u3400-\u9fff])", r"(?![^\W\u3400-\u9fff])"
# AB-1234, ISO/IEC 27001 without its words, MN-2024-0017, 3F2504E0: capitals and at least two digits, or four and hyphens; also
# with a Mongolian ending (AB-1234-ийг).
_CODE = (
    rf"(?<![\-/.]){NOT_AFTER}[A-Z]{{1,5}}[-/]?\d{{3,12}}(?:[-/][A-Z0-9]{{1,12}}){{0,4}}{_NOT_BEFORE}(?!-[A-Za-z0-9_])"
)
# =SUM(A1:B2), =EDATE(start;months)
_CALL = rf"(?<!=){NOT_AFTER}=[A-Z][A-Z0-9.]{{1,20}}\([^()\s]{{0,100}}\)"
# E = mc², a² + b² = c², x^2: one to three letters of Latin or Greek and digits around operators, with = or ^ among them.
_OPERAND = r"(?:[A-Za-zΑ-Ωα-ω]{1,2}|\d{1,6}(?:\.\d{1,6})?[A-Za-zΑ-Ωα-ω]{0,2})[²³₀-₉]?(?:\^\d{1,3})?"
_FORMULA = (
    rf"(?<!\.){NOT_AFTER}{_OPERAND}(?: ?[-+*/×·] ?{_OPERAND}){{0,6}} ?[=≈≤≥] ?{_OPERAND}"
    rf"(?: ?[-+*/×·=] ?{_OPERAND}){{0,6}}{_NOT_BEFORE}"
)

# Pictures of symbol fonts (Wingdings, Symbol), which Office and LibreOffice write as these; stars, ticks, emoji with what
# joins and tints them.
_PICTURES = "\uf000-\uf0ff\u2600-\u27bf\U0001f000-\U0001faff"
_SYMBOL = f"(?:[{_PICTURES}][\ufe0f\u200d]{{0,2}})++"

_PROTECTED = re.compile(
    "|".join((rf"(?P<address>{_ADDRESS}|{_MAIL})", _PLACEHOLDER, _TAG, _ENTITY, _CODE, _CALL, _FORMULA, _SYMBOL))
)
# Most texts hold nothing of the kind, and one look for these characters says so.
_MAY_HOLD = re.compile(f"[{_PICTURES}]" r"|[%${<&@=≈≤≥]|://|www\.|[A-Z][-/]?\d{3}")
_TAG_NAME = re.compile(r"</?[A-Za-z][\w\-]{0,20}")
_COUNTED = "%${<&"
_LETTER = re.compile(r"[^\W\d_]")
TRAILING = ".,;:!?)-"
"""Behind an address these belong to the sentence, and the hyphen to a Mongolian ending."""


@lru_cache(maxsize=256)
def _may_hold(text: str) -> bool:
    """Kept for a while: each guard of a translation asks it of the same two texts."""
    return _MAY_HOLD.search(text) is not None


def spans(text: str) -> list[tuple[int, int]]:
    """(start, end) of each thing in `text` that must stay as it is, in order; an address without the punctuation after it."""
    if not _may_hold(text):
        return []
    found = []
    for match in _PROTECTED.finditer(text):
        address = match["address"]
        found.append((match.start(), match.start() + len(address.rstrip(TRAILING)) if address else match.end()))
    return found


def key(item: str) -> str:
    """What is compared of an item: all of it, but of a tag its name, since its attributes may hold text."""
    tag = _TAG_NAME.match(item)
    return tag.group() + ">" if tag else item


def protected(text: str) -> Counter[str]:
    """How often each item stands in `text`, as `key` writes them."""
    return Counter(key(text[start:end]) for start, end in spans(text))


def changed(source: str, target: str) -> bool:
    """Whether `target` lacks an item of `source`, or has one for programs that it should not have. Of placeholders, tags and
    entities each counts; of the rest one is enough, as a translation may say "it"."""
    before, after = protected(source), protected(target)
    if any(count > after[item] for item, count in before.items() if item[0] in _COUNTED or not after[item]):
        return True
    return any(
        count > before[item] if item[0] in _COUNTED else not before[item] and _is_program_text(item)
        for item, count in after.items()
    )


def _is_program_text(item: str) -> bool:
    """A placeholder, tag, entity or address, which no translator adds; a code or a formula may be what was in words."""
    return item[0] in _COUNTED or "://" in item or item.startswith("www.") or "@" in item[1:]


def without_protected(text: str) -> str:
    """`text` with a space in the place of whatever must be carried over as it is."""
    return _PROTECTED.sub(" ", text) if _may_hold(text) else text


def has_letters(text: str) -> bool:
    """True when there is something to translate: a letter outside of addresses, placeholders and markup."""
    return bool(_LETTER.search(without_protected(text)))
