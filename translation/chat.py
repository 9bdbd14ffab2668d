"""What a chat model is asked, and what of its answer is the translation. Pure text, no model."""

from __future__ import annotations

import re
from collections.abc import Sequence

from translation.lengths import size
from translation.terms import TermMatch, preferred

# The names that the Hy-MT2 model card lists. It says of Mongolian only 蒙古语, not in which script: the guards look at the
# script of every answer.
NAMES = {
    "mon_Cyrl": "蒙古语",
    "mon_Mong": "蒙古语（传统蒙古文）",
    "cmn_Hans": "中文",
    "cmn_Hant": "繁体中文",
    "eng_Latn": "英语",
}
# The card's own words (github.com/Tencent-Hunyuan/Hy-MT2), without a system prompt.
_PROMPT = "将以下文本翻译为 {name}，注意只需要输出翻译后的结果，不要额外解释：\n\n{text}"
# The card's words for terms that are to be translated in a certain way, before the request itself.
_TERMS = "参考下面的翻译：\n{lines}\n\n"
_TERM = "{source} 翻译成 {target}"
_QUOTES = {'"': '"', "“": "”", "「": "」", "『": "』", "«": "»", "‘": "’", "'": "'", "`": "`"}  # fmt: skip
_ALL_QUOTES = frozenset("".join((*_QUOTES, *_QUOTES.values())))
# One letter is at most about two pieces, also in Mongolian, which these vocabularies cut small; a translation is at most
# twice its source (translation.lengths). 32: a word may need a dozen pieces.
_PIECES_PER_LETTER = 2
_ALLOWANCE = 32
_MOST_PIECES = 2048


def prompt(text: str, target: str) -> str:
    """The user's turn. `target`: our code. Raises KeyError for a language without a name here."""
    return _PROMPT.format(name=NAMES[target], text=text)


def terminology(terms: Sequence[TermMatch]) -> str:
    """What stands before the user's turn when there are terms."""
    lines = dict.fromkeys(_TERM.format(source=term.term, target=preferred(term.target)) for term in terms)
    return _TERMS.format(lines="\n".join(lines)) if lines else ""


def most_tokens(text: str) -> int:
    """Where the answer to `text` is cut off, so that a runaway sentence cannot hold the device."""
    return min(_MOST_PIECES, _PIECES_PER_LETTER * max(size(text), len(text)) + _ALLOWANCE)


def translation_in(answer: str, text: str) -> str:
    """The answer without what surely is not the translation of `text`: outer white space, line breaks that the text has
    none of, and one pair of quotation marks around it all where the text has no quotation mark at all.

    Explanations stay: nothing tells them from a translation for sure. The guards see their length.
    """
    found = answer.strip()
    inner = found[1:-1]
    if (
        len(found) > 2
        and _QUOTES.get(found[0]) == found[-1]
        and not _ALL_QUOTES.intersection(inner)
        and not _ALL_QUOTES.intersection(text)
    ):
        found = inner.strip()
    return found if "\n" in text else re.sub(r"\s*[\r\n]\s*", " ", found)
