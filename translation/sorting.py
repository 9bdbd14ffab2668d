"""What becomes of each sentence of a text: which language it is translated from, or why it is left as it is. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from translation import chinese
from translation.characters import is_chinese
from translation.detection import MENKSOFT, Detected, detect, detect_all, is_wholly, weights
from translation.errors import LanguageUnknown, LanguageUnsupported, ScriptUnsupported, UnsupportedPair
from translation.languages import AUTO, LANGUAGES
from translation.letters import normalised
from translation.protected import has_letters
from translation.scripts import LANGUAGE_OF, SCRIPT_OF

NORMALISED = "normalised"
TARGET_LANGUAGE = "target_language"
OTHER_LANGUAGE = "other_language"
OTHER_SCRIPT = "other_script"
NOTES = (NORMALISED, TARGET_LANGUAGE, OTHER_LANGUAGE, OTHER_SCRIPT)
"""What is reported of a sentence and is no doubt about its translation: typed with the wrong letters and set right; in the
target language already; in a language, or in traditional Mongolian script, that is not translated here. What the last two
say is left as it is, which is a doubt beside."""

LEFT = ("untranslated",)
"""The flags of a sentence that is left although it is not in the target language."""

_TRADITIONAL = ("Mongolian", "Menksoft")
_TO_CONVERT = (
    "The text is traditional Mongolian in Menksoft's private encoding, not in Unicode, and cannot be read here. Convert it to "
    "Unicode first (with Menksoft's own converter, or by saving it from Menksoft Office as Unicode)"
)
_NO_MODEL = "The text is in the traditional Mongolian script, which no model here can translate. Send it in Cyrillic (mon_Cyrl)."


@dataclass(frozen=True)
class Plan:
    """source: the language of sentences that do not tell another. target: '' where it is not known yet. sources: what can be
    translated into the target. is_auto: sentences in another of these are translated from it; otherwise all are taken for
    `source`."""

    source: str
    target: str
    sources: frozenset[str]
    is_auto: bool = False


@dataclass(frozen=True)
class Sorted:
    """text: what the model is given, as long as the sentence; language: from which, None where the text stays."""

    text: str
    language: str | None
    flags: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def plan_for(source: str, target: str, sources: Collection[str], texts: Callable[[], Iterable[str]]) -> Plan:
    """How a text or a document is to be sorted. texts: its paragraphs, which are looked at only for AUTO.

    Raises LanguageUnknown, LanguageUnsupported, ScriptUnsupported, UnsupportedPair.
    """
    able = frozenset(sources)
    if source != AUTO:
        return Plan(source, target, able)
    found = detect_all(texts())
    if found.name and found.language != target:
        refuse(found, able, target)
    # Without a letter there is nothing to translate, from whatever language.
    return Plan(found.language or target, target, able, is_auto=True)


def refuse(found: Detected, sources: Collection[str], target: str | None = None) -> None:
    """Nothing when a text in this language can be translated; otherwise it raises what `plan_for` does."""
    if found.name == MENKSOFT:
        raise ScriptUnsupported(f"{_TO_CONVERT}.", script=MENKSOFT)
    if found.language in sources:
        return
    if found.name == "mon_Mong":
        raise ScriptUnsupported(_NO_MODEL, script="mon_Mong")
    looks = "" if found.name == "other" else f" (it looks like '{found.name}')"
    if found.language is None and not found.sure:
        raise LanguageUnknown(
            f"The text is too short to tell its language{looks}. Say it with source_lang.", detected=found.name
        )
    if found.language is None:
        raise LanguageUnsupported(
            f"The text is in a language that is not translated here{looks}. Known are {', '.join(LANGUAGES)}; if it is one of "
            "them, say which with source_lang.",
            detected=found.name,
        )
    raise UnsupportedPair(
        f"The text is in {found.language}, which no model here can translate{f' to {target}' if target else ''}. "
        "GET /languages lists what is possible.",
        source_lang=found.language,
        target_lang=target,
    )


class ScriptWatch:
    """Counts the letters of a text, to refuse one that is (mostly) in a script that is not translated here."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._all = 0
        self._left = dict.fromkeys(_TRADITIONAL, 0)

    def see(self, text: str) -> None:
        counts = weights(text)
        self._all += counts.total()
        for script in _TRADITIONAL:
            self._left[script] += counts[script]

    def check(self) -> None:
        """Call it after all of the text. Raises ScriptUnsupported."""
        for script, found in (("Mongolian", Detected("mon_Mong")), ("Menksoft", Detected(MENKSOFT))):
            if 2 * self._left[script] > self._all:
                refuse(found, self._plan.sources)


def language_of_paragraph(text: str, plan: Plan) -> str:
    """By whose rules it is split into sentences."""
    if not plan.is_auto:
        return plan.source
    script, most = weights(text).most_common(1)[0]
    return LANGUAGE_OF[script] if most and script in LANGUAGE_OF and script != SCRIPT_OF[plan.source] else plan.source


def sort(text: str, plan: Plan) -> Sorted:
    """What becomes of one sentence."""
    script, most = weights(text).most_common(1)[0]
    if most and script in _TRADITIONAL and not (script == "Mongolian" and _knows_mongolian(plan)):
        return Sorted(text, None, LEFT, (OTHER_SCRIPT,))
    if not has_letters(text):
        return Sorted(text, None)
    if _is_target(text, plan):
        return Sorted(text, None, (), (TARGET_LANGUAGE,))
    if (converted := _from_other_script(text, plan)) is not None:
        return Sorted(converted, None, (), (TARGET_LANGUAGE,))
    language = _language(text, script, plan) if plan.is_auto else plan.source
    if language is None or language not in plan.sources:
        return Sorted(text, None, LEFT, (OTHER_LANGUAGE,))
    return _with_right_letters(text, language)


def _knows_mongolian(plan: Plan) -> bool:
    """Can a sentence in the traditional script go to the model, as what it is?"""
    return "mon_Mong" in (plan.source, plan.target) or (plan.is_auto and "mon_Mong" in plan.sources)


def _is_target(text: str, plan: Plan) -> bool:
    """In the target language as a whole: not so much as a name in the script of the source."""
    if not plan.target:
        return False
    script = SCRIPT_OF[plan.target]
    if plan.source == plan.target:
        found = detect(text)
        return found.language == plan.target or (is_wholly(text, script) and not found.sure)
    if script == SCRIPT_OF[plan.source] or not is_wholly(text, script):
        return False
    found = detect(text)
    return found.language == plan.target or not found.sure


def _from_other_script(text: str, plan: Plan) -> str | None:
    """A Chinese sentence within a text of another language, in the script of the target: the model would take it for that other
    language. None for anything else, and where the conversion moves what stands behind it."""
    if plan.is_auto or not is_chinese(plan.target) or is_chinese(plan.source) or not is_wholly(text, "Han"):
        return None
    found = detect(text)
    if not (found.sure and found.language is not None and is_chinese(found.language)):
        return None
    converted = chinese.converted(text, plan.target)
    return converted if len(converted) == len(text) else None


def _language(text: str, script: str, plan: Plan) -> str | None:
    """Of a sentence of a text whose language was not given; None for what is none of ours."""
    found = detect(text)
    if script == SCRIPT_OF[plan.source] and not found.sure:
        language: str | None = plan.source
    elif found.language is None and not found.sure:
        language = LANGUAGE_OF.get(script)
    else:
        language = found.language
    # A sentence that is not wholly in the target language is one of the text's own, with much of the other in it.
    return plan.source if language == plan.target else language


def _with_right_letters(text: str, language: str) -> Sorted:
    if language == "mon_Cyrl":
        right = normalised(text)
        if right != text:
            found = detect(text)
            if found.language == language or not found.sure:
                return Sorted(right, language, (), (NORMALISED,))
    return Sorted(text, language)
