"""Which model does a task: one that can do the pair, or by way of English one model for each hop. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from actors.decisions import Leg, Pair
from translation.errors import ScriptUnsupported, UnsupportedPair
from translation.languages import AUTO, LANGUAGES, PIVOT

THEN = " > "
"""Between the two models of a task that goes through both, as it is stored and shown."""

EACH, OF = " | ", ": "
"""Of a task whose source language is found out: between the languages that it may have, and between each and its models."""


@dataclass(frozen=True)
class Offer:
    """A model that new work may be given to, with its direct directions in our codes."""

    model: str
    pairs: frozenset[tuple[str, str]]

    def can(self, pair: Pair) -> bool:
        source, target, via_eng = pair
        if via_eng:
            return (source, PIVOT) in self.pairs and (PIVOT, target) in self.pairs
        return (source, target) in self.pairs


def legs_of(pair: Pair, bound: str) -> tuple[Leg, ...]:
    """-> one leg, or two when `bound` (a task's model, as `options` writes it) names a model for each hop."""
    source, target, via_eng = pair
    first, then, second = bound.partition(THEN)
    if not then:
        return (Leg(source, target, via_eng, bound),)
    return (Leg(source, PIVOT, False, first), Leg(PIVOT, target, False, second))


def paths_of(pair: Pair, bound: str) -> dict[str, tuple[Leg, ...]]:
    """-> the legs of sentences in each language that a task may have; '' stands for the one that was given."""
    if pair[0] != AUTO:
        return {"": legs_of(pair, bound)}
    return {source: legs_of(_from(source, pair), one) for source, one in _each(bound).items()}


def models_of(bound: str) -> tuple[str, ...]:
    """-> the models that a task needs which is bound to these; none when it is bound to none."""
    return tuple(dict.fromkeys(model for one in _each(bound).values() for model in one.split(THEN) if model))


def shown(bound: str | None) -> str | None:
    """-> what people are told of `bound`: the models alone, where they are the same whatever the language."""
    found = set(_each(bound or "").values())
    return found.pop() if len(found) == 1 else bound


def _each(bound: str) -> dict[str, str]:
    """-> {language: its models}; '' for the language of a task that has only one."""
    found: dict[str, str] = {}
    for part in bound.split(EACH):
        language, of, models = part.partition(OF)
        if not of or language not in LANGUAGES:
            return {"": bound} if bound else {}
        found[language] = models
    return found


def _from(source: str, pair: Pair) -> Pair:
    """The pair of sentences in `source`, of a task whose source language is found out."""
    _auto, target, via_eng = pair
    return source, target, via_eng and PIVOT not in (source, target)


def sources_of(pair: Pair, offers: Sequence[Offer], wanted: str | None = None) -> list[str]:
    """-> the languages from which a task of this pair can be translated."""
    if pair[0] != AUTO:
        return [pair[0]] if is_possible(pair, offers, wanted) else []
    return [one for one in LANGUAGES if one != pair[1] and is_possible(_from(one, pair), offers, wanted)]


def is_possible(pair: Pair, offers: Sequence[Offer], wanted: str | None = None) -> bool:
    """Can models do it? Of a task whose source language is found out: for some language."""
    if pair[0] == AUTO:
        return bool(sources_of(pair, offers, wanted))
    return next(options(pair, offers, wanted), None) is not None


def require_possible(pair: Pair, offers: Sequence[Offer], wanted: str | None = None) -> None:
    """Raises ScriptUnsupported, UnsupportedPair when no model (not the one that is wanted) can do it."""
    if is_possible(pair, offers, wanted):
        return
    source, target, via_eng = pair
    languages = {"source_lang": source, "target_lang": target}
    if "mon_Mong" in (source, target):
        raise ScriptUnsupported(
            "No model here knows the traditional Mongolian script (mon_Mong): use mon_Cyrl.", **languages
        )
    alone = wanted or (offers[0].model if len(offers) == 1 else None)
    who = f"The model {alone} cannot" if alone else "None of the models can"
    raise UnsupportedPair(
        f"{who} translate {'anything' if source == AUTO else source} to {target}"
        f"{' by way of English' if via_eng else ''}. GET /languages lists what is possible.",
        **languages,
    )


def options(pair: Pair, offers: Sequence[Offer], wanted: str | None = None) -> Iterator[str]:
    """-> what a task may be bound to, the best first: the first-named model, one model rather than two.

    wanted: this model must have a part in it.
    """
    for offer in offers:
        if wanted in (None, offer.model) and offer.can(pair):
            yield offer.model
    source, target, via_eng = pair
    if not via_eng:
        return
    for first in offers:
        for second in offers:
            if first is second or wanted not in (None, first.model, second.model):
                continue
            if (source, PIVOT) in first.pairs and (PIVOT, target) in second.pairs:
                yield f"{first.model}{THEN}{second.model}"


def choose(pair: Pair, offers: Sequence[Offer], wanted: str | None, is_healthy: Callable[[str], bool]) -> str | None:
    """-> what a task is bound to: the best choice with a healthy translator for each hop, else the best; None when no
    model can do the pair. Of a task whose source language is found out: for each language that can be translated."""
    if pair[0] == AUTO:
        found = {
            source: choose(_from(source, pair), offers, wanted, is_healthy)
            for source in sources_of(pair, offers, wanted)
        }
        return EACH.join(f"{source}{OF}{bound}" for source, bound in found.items()) or None
    possible = list(options(pair, offers, wanted))
    for bound in possible:
        if all(is_healthy(model) for model in models_of(bound)):
            return bound
    return possible[0] if possible else None


def possible_pairs(offers: Sequence[Offer]) -> list[Pair]:
    """-> every pair that can be translated: straight where that is possible, else by way of English."""
    direct = {pair for offer in offers for pair in offer.pairs}
    into = {source for source, target in direct if target == PIVOT}
    out_of = {target for source, target in direct if source == PIVOT}
    through = {(source, target) for source in into for target in out_of if source != target} - direct
    return sorted([(*pair, False) for pair in direct] + [(*pair, True) for pair in through])
