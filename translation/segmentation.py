"""A paragraph into sentences and back.

`split` loses nothing: lead and text of its sentences, put together, are the paragraph. `join` puts translations back
with the original white space, and follows the target's habit only for the plain space between two sentences.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from translation.boundaries import boundaries
from translation.characters import CLOSERS, CONTINUING, OPENERS, TERMINATORS, is_chinese, is_wide
from translation.clauses import MAX_SENTENCE_CHARS, pieces

__all__ = ["MAX_SENTENCE_CHARS", "Sentence", "join", "split", "without_mark"]

# Scripts that put no space between sentences, so that a translation into another script needs one.
_UNSPACED_SOURCES = frozenset({"cmn_Hans", "cmn_Hant", "mon_Mong"})


# Of lists and of speakers, and pictures in their place.
_MARK = re.compile(
    r"(?:(?:[-‐–—•·*▪◦●○■□‣►➢]|(?:[\u2600-\u27bf\U0001f000-\U0001faff][\ufe0f\u200d]{0,2})+)[ \t\u00a0]+)+"
)


@dataclass(frozen=True)
class Sentence:
    """`lead`: the white space before the sentence, verbatim, or what else stays before it. `text`: the sentence; empty
    only in the tail of a paragraph.
    """

    lead: str
    text: str


def split(text: str, language: str) -> list[Sentence]:
    """The sentences of one paragraph, which may hold line breaks, in order.

    No text is longer than MAX_SENTENCE_CHARS[language] characters, begins or ends with white space, or is empty, but
    for the last: trailing white space comes back as Sentence(white space, ''). ''.join(s.lead + s.text for s in
    result) == text. Terminators of every script are recognised in every language. Raises ValueError for a language we
    do not know.
    """
    if language not in MAX_SENTENCE_CHARS:
        raise ValueError(f"no sentence rules for {language!r}; known: {', '.join(MAX_SENTENCE_CHARS)}")
    limit = MAX_SENTENCE_CHARS[language]
    body = text.strip()
    sentences: list[Sentence] = []
    lead = text[: len(text) - len(text.lstrip())]
    if body:
        start = 0
        for end, after in boundaries(body):
            _add(sentences, lead, body[start:end], limit)
            lead, start = body[end:after], after
        _add(sentences, lead, body[start:], limit)
        lead = text[len(text.rstrip()) :]
    if lead:
        sentences.append(Sentence(lead, ""))
    return sentences


def without_mark(sentence: Sentence) -> Sentence:
    """`sentence` with the dash or the bullet that it begins with in its lead: models drop it, or take it for a minus."""
    match = _MARK.match(sentence.text)
    if match is None or match.end() == len(sentence.text):
        return sentence
    return Sentence(sentence.lead + match.group(), sentence.text[match.end() :])


def _add(sentences: list[Sentence], lead: str, text: str, limit: int) -> None:
    previous = 0
    for start, end in pieces(text, limit):
        sentences.append(Sentence(text[previous:start] if previous else lead, text[start:end]))
        previous = end


def join(sentences: Sequence[Sentence], source: str, target: str) -> str:
    """The paragraph from sentences whose texts were translated from `source` into `target`.

    White space stays as it was, but: the space between sentences, of which typists make two, goes away where Chinese
    punctuation or a Chinese character stands beside it and the target is Chinese; a space comes in where the source's
    script had none and the target wants one.
    """
    parts: list[str] = []
    before = ""  # the last character written, '' at the start of the paragraph
    for sentence in sentences:
        lead = sentence.lead
        if before and sentence.text:
            lead = _between(before, lead, sentence.text[0], source, target)
        parts.append(lead)
        parts.append(sentence.text)
        before = (lead + sentence.text)[-1:] or before
    return "".join(parts)


def _between(before: str, lead: str, after: str, source: str, target: str) -> str:
    if before.isspace() or after.isspace():
        return lead
    touches_chinese = is_wide(before) or is_wide(after)
    if lead in (" ", "  ") and is_chinese(target) and not is_chinese(source):
        return "" if touches_chinese else lead
    if lead == "" and source in _UNSPACED_SOURCES and not is_chinese(target):
        # A mark that opens in one language and closes in another (“) opens where a sentence begins.
        opens, closes = before in OPENERS and before not in CLOSERS, after in CLOSERS and after not in OPENERS
        glued = opens or closes or after in CONTINUING or after in TERMINATORS
        # Curly quotation marks are wide in Chinese text only, and this is not.
        untranslated = any(is_wide(char) and char not in "“”‘’" for char in (before, after))
        return "" if glued or untranslated else " "
    return lead
