"""How each family of models wants its input: where language codes and `</s>` stand."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import Enum

from translation.engine import Encoded
from translation.errors import UnsupportedPair
from translation.languages import LANGUAGES, all_pairs
from translation.pieces import Pieces, Splitter

END = "</s>"


class Family(Enum):
    """NLLB: `[khk_Cyrl] pieces </s>`, target code forced. M2M100: the same with `__mn__`. MARIAN: `pieces </s>`, a
    `>>code<<` before them where there are several targets. MADLAD: `<2mn> pieces </s>`, the target's code first. CHAT:
    a prompt (`translation.chat`), no codes. PLAIN: pieces only (the model adds what it wants)."""

    NLLB = "nllb"
    M2M100 = "m2m100"
    MARIAN = "marian"
    MADLAD = "madlad"
    CHAT = "chat"
    PLAIN = "plain"


_M2M100 = {"mon_Cyrl": "__mn__", "cmn_Hans": "__zh__", "eng_Latn": "__en__"}
# A code that MADLAD-400 does not have is cut into pieces, and the model then writes Spanish: it must be in the vocabulary.
_MADLAD = {"mon_Cyrl": "<2mn>", "cmn_Hans": "<2zh>", "eng_Latn": "<2en>"}
_MARIAN = {
    "mon_Cyrl": (">>khk_Cyrl<<", ">>khk<<", ">>mon<<", ">>mn<<"),
    "cmn_Hans": (">>cmn_Hans<<", ">>zho_Hans<<", ">>cmn<<", ">>zho<<", ">>zh<<"),
    "cmn_Hant": (">>cmn_Hant<<", ">>zho_Hant<<"),
    "eng_Latn": (">>eng<<", ">>eng_Latn<<", ">>en<<"),
}


def code_token(family: Family, language: str, vocabulary: Collection[str]) -> str | None:
    """The model's own token for a language, None where its vocabulary has none."""
    candidates: Sequence[str | None]
    if family is Family.NLLB:
        candidates = (LANGUAGES[language].nllb,)
    elif family is Family.M2M100:
        candidates = (_M2M100.get(language),)
    elif family is Family.MARIAN:
        candidates = _MARIAN.get(language, ())
    elif family is Family.MADLAD:
        candidates = (_MADLAD.get(language),)
    else:
        candidates = ()
    return next((token for token in candidates if token is not None and token in vocabulary), None)


def family_of(vocabulary: Collection[str]) -> Family | None:
    """NLLB, M2M-100 or MADLAD-400, recognised by English's code, which every such model has; None for the others."""
    signs = {"eng_Latn": Family.NLLB, "__en__": Family.M2M100, "<2en>": Family.MADLAD}
    return next((family for sign, family in signs.items() if sign in vocabulary), None)


def multilingual_pairs(family: Family, vocabulary: Collection[str]) -> frozenset[tuple[str, str]]:
    """Every direction between the languages whose code the vocabulary has."""
    return all_pairs(frozenset(code for code in LANGUAGES if code_token(family, code, vocabulary) is not None))


@dataclass(frozen=True)
class Layout:
    """One model's input: `encode` for the source side, `target_prefix` for what decoding is forced to begin with.

    `codes` are the special tokens for languages (by our code); `forced` a prefix of the model's own, for PLAIN models.
    """

    family: Family
    codes: dict[str, str]
    directions: frozenset[tuple[str, str]]
    splitter: Splitter
    forced: tuple[str, ...] = ()

    def encode(self, texts: Sequence[str], source: str, target: str) -> list[Encoded]:
        self.check(source, target)
        return [
            self._wrap(text, pieces, source, target)
            for text, pieces in zip(texts, self.splitter.split(texts), strict=True)
        ]

    def _wrap(self, text: str, pieces: Pieces, source: str, target: str) -> Encoded:
        before: tuple[str, ...] = ()
        after: tuple[str, ...] = () if self.family is Family.PLAIN else (END,)
        if self.family in (Family.NLLB, Family.M2M100):
            before = (self.codes[source],)
        elif self.family is Family.MADLAD or (self.family is Family.MARIAN and target in self.codes):
            before = (self.codes[target],)
        starts = (-1,) * len(before) + pieces.starts + (-1,) * len(after)
        return Encoded(text, before + pieces.tokens + after, starts, pieces.unknown)

    def target_prefix(self, target: str) -> tuple[str, ...]:
        """What every translation begins with and does not belong to its text."""
        if self.family in (Family.NLLB, Family.M2M100):
            return (self.codes[target],)
        return self.forced

    def check(self, source: str, target: str) -> None:
        """Raises UnsupportedPair. The last line of defence: an unknown code would silently give another language."""
        if (source, target) not in self.directions:
            raise UnsupportedPair(
                f"This model cannot translate from {source} to {target}.", source=source, target=target
            )
