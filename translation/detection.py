"""Which language a text is in: by its script first, then by a model inside a package (py3langid). Pure.

The model is loaded at the first text whose script does not tell. Figures: benchmarks/detection.py, docs/languages.md.
"""

from __future__ import annotations

import functools
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from common.menksoft import menksoft_letters
from translation import chinese
from translation.letters import normalised
from translation.protected import without_protected
from translation.scripts import script_counts

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

MENKSOFT = "menksoft"
"""Traditional Mongolian in Menksoft's private-use code points; no language code of ours."""

_OURS = {"mn": "mon_Cyrl", "en": "eng_Latn"}
# Those of py3langid's classes that people write in each script; the rest (dialects, dead languages) only draws short
# texts away. Sakha, Tuvan and Buryat it does not know.
_CANDIDATES: Mapping[str, frozenset[str]] = {
    "Cyrillic": frozenset({"mn", "ru", "uk", "be", "bg", "mk", "sr", "kk", "ky", "tt", "ba", "tg"}),
    "Latin": frozenset(
        {
            "en", "de", "fr", "es", "pt", "it", "nl", "sv", "da", "no", "fi", "et", "lv", "lt", "pl", "cs", "sk", "sl", "hr",
            "hu", "ro", "sq", "tr", "az", "uz", "tk", "id", "ms", "vi", "tl", "sw", "so", "eu", "ca", "gl", "ga", "cy", "is",
            "af", "eo",
        }
    ),
}  # fmt: skip
_JAPANESE = re.compile("[\u3040-\u30ff]")
_CYRILLIC_WORDS = re.compile(r"[\u0400-\u052f][\w'’ʼ]*+")
# Letters of other languages that Mongolian lacks; those that stand in for ө and ү are not among them.
_FOREIGN = re.compile("[ҒғҚқҢңҺһӘәІіҐґЎўЈјЉљЊњЋћЂђЏџҖҗҲҳҶҷӢӣӮӯ]")
# Buryat is close to Mongolian but for this letter, which names that Mongolian texts quote hardly have.
_BURYAT = re.compile("[Һһ]")
_BURYAT_WEIGHT = 3
_OWN = re.compile("[ӨөҮү]")
_MOST_SAMPLED = 6_000
_SURE = 0.9
# Ours are what people send to this server: in a text of a few words another language must be so much likelier.
_PRIOR = 8.0
# A text of fewer words does not tell languages of one script for sure.
_FEWEST_WORDS = 4
# Of letters in another script than that of the text, in whose language it then is not wholly.
_STRAY_SHARE = 0.1


@dataclass(frozen=True)
class Detected:
    """`name`: a code of ours, an ISO 639-1 code of another language ('ru'), `MENKSOFT`, or '' where nothing tells.
    sure: false where the text is too short to tell languages of one script apart."""

    name: str
    sure: bool = True

    @property
    def language(self) -> str | None:
        """Our code; None for what is none of our languages."""
        return self.name if "_" in self.name else None


UNKNOWN = Detected("", False)


def weights(text: str) -> Counter[str]:
    """Letters by script as `script_counts` gives them, of what is to be translated only, and 'Menksoft' beside them."""
    counts = script_counts(without_protected(text))
    if found := menksoft_letters(text):
        counts["Menksoft"] = found
    return counts


def detect(text: str) -> Detected:
    """The language of most letters of `text`."""
    counts = weights(text)
    script, most = counts.most_common(1)[0]
    if not most:
        return UNKNOWN
    if script == "Menksoft":
        return Detected(MENKSOFT)
    if script == "Mongolian":
        return Detected("mon_Mong")
    if script == "Han" or (script == "other" and counts["Han"] and _JAPANESE.search(text)):
        return _han(text)
    if script == "other":
        return Detected("other")
    return _by_model(text, script)


def _han(text: str) -> Detected:
    kana = len(_JAPANESE.findall(text))
    if kana > 1 and 8 * kana > sum(map(str.isalpha, text)):
        return Detected("ja")
    script = chinese.script_of(text)
    return Detected(script or chinese.HANS, sure=script is not None)


def _by_model(text: str, script: str) -> Detected:
    sample = without_protected(text)[:_MOST_SAMPLED]
    if script == "Cyrillic":
        return _cyrillic(" ".join(_CYRILLIC_WORDS.findall(sample)))
    return _best(_probabilities(sample, script), is_long=_is_long(sample))


def _cyrillic(sample: str) -> Detected:
    """Mongolian also when it is typed with the wrong letters."""
    foreign = len(_FOREIGN.findall(sample)) + _BURYAT_WEIGHT * len(_BURYAT.findall(sample))
    own = len(_OWN.findall(sample))
    found = _probabilities(sample, "Cyrillic")
    fixed = normalised(sample)
    if fixed != sample and not foreign:
        other = _probabilities(fixed, "Cyrillic")
        if other["mn"] > found["mn"] and other["mn"] > max(found.values()) / 2:
            found = other
    if foreign > own / 8:
        # A few in a Mongolian text are those of Kazakh names; more are another language, however short.
        del found["mn"]
        return Detected(max(found, key=found.__getitem__))
    return _best(found, is_long=_is_long(sample))


def _is_long(sample: str) -> bool:
    return len(sample.split()) >= _FEWEST_WORDS


def _best(found: Mapping[str, float], *, is_long: bool) -> Detected:
    name = max(found, key=found.__getitem__)
    if name in _OURS:
        return Detected(_OURS[name], found[name] >= _SURE)
    # Which of several others it is does not matter here.
    return Detected(name, is_long and sum(found.get(one, 0.0) for one in _OURS) <= 1 - _SURE)


def _probabilities(sample: str, script: str) -> dict[str, float]:
    """Of each candidate of the script. The square root of the length keeps naive Bayes from being too sure (as py3langid
    does with norm_probs)."""
    scores = {name: score for name, score in _model().rank(sample) if name in _CANDIDATES[script]}
    best = max(scores.values())
    scale = math.sqrt(len(sample.encode()) or 1)
    shares = {name: math.exp((score - best) / scale) for name, score in scores.items()}
    shares |= {name: share * _PRIOR for name, share in shares.items() if name in _OURS}
    total = sum(shares.values())
    return {name: share / total for name, share in shares.items()}


@functools.cache
def _model() -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE)


def detect_all(texts: Iterable[str]) -> Detected:
    """The language of a document: that of the script with the most letters, judged by a sample of them."""
    counts: Counter[str] = Counter()
    samples: dict[str, list[str]] = {}
    sizes: Counter[str] = Counter()
    for text in texts:
        mine = weights(text)
        counts.update(mine)
        script, most = mine.most_common(1)[0]
        if most and sizes[script] < _MOST_SAMPLED:
            samples.setdefault(script, []).append(text)
            sizes[script] += len(text)
    script, most = counts.most_common(1)[0] if counts else ("", 0)
    return detect("\n".join(samples.get(script, ()))) if most else UNKNOWN


def is_wholly(text: str, script: str) -> bool:
    """True when (nearly) all letters are of one script."""
    counts = weights(text)
    return counts[script] > 0 and counts.total() - counts[script] <= _STRAY_SHARE * counts.total()
