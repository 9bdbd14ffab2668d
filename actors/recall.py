"""What the translation memory knows of a document's sentences before they are sent, and what it learns of them after.

All of it runs inside transactions of the scheduler, in bulk: a look-up for two thousand sentences is one statement.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from actors.errors import MemoryOff
from storage.correction_store import FUZZY
from storage.memory_store import ANY_MODEL, BY_PEOPLE, CORRECTION, TRANSLATION, MemoryEntry, Scope
from storage.repository import Repository
from storage.segment_store import NewSegment, StoredSegment
from translation import recall
from translation.languages import AUTO

MOST_ALIKE = 50
"""Sentences that share one probe, the newest ones, among which the closest is looked for: lists have thousands."""

MEMORY, ADAPTED = "memory", "adapted"
"""Origins of a segment's translation: known as it is, or with other numbers in it."""


@dataclass(frozen=True)
class MemoryRules:
    """enabled: is there a memory at all; threshold: of similar sentences, 0 to 1; settings: what of the way to translate makes
    a model's translation another one, beside the model itself."""

    enabled: bool = True
    threshold: float = 0.85
    settings: str = ""


@dataclass
class Filled:
    """What the memory did for one file. sent_less, chars_less: sentences that need no translator; known: those for which it
    had something; firsts: position -> what a sentence that others refer to got."""

    sent_less: int = 0
    chars_less: int = 0
    known: int = 0
    firsts: dict[int, dict[str, Any]] = field(default_factory=dict)


def scope_of(task: Mapping[str, Any], language: str | None = None) -> Scope | None:
    """language: that a sentence was found to be in, which counts where the task does not say. None where nobody knows it."""
    source = task["source_lang"] if task["source_lang"] != AUTO else language
    return Scope(task["client_ip"], source, task["target_lang"]) if source else None


class Recall:
    def __init__(self, repository: Repository, rules: MemoryRules) -> None:
        self._repository = repository
        self.rules = rules

    def serves(self, task: Mapping[str, Any]) -> bool:
        return self.rules.enabled and bool(task["memory"])

    def require(self) -> None:
        """Raises MemoryOff."""
        if not self.rules.enabled:
            raise MemoryOff("This server keeps no translation memory ([MEMORY] ENABLED).")

    def variant(self, task: Mapping[str, Any]) -> str:
        """-> for which tasks a model's translation counts: never '', which stands for people."""
        return f"{task['model'] or '-'}|{'en' if task['via_eng'] else ''}|{self.rules.settings}"

    # ---- before

    def fill(self, task: Mapping[str, Any], batch: Sequence[NewSegment], filled: Filled) -> list[NewSegment]:
        """-> the sentences of a file, with translations where the memory has them, and what it has of similar ones."""
        if not self.serves(task):
            return list(batch)
        variant = self.variant(task)
        asked: dict[Scope, list[NewSegment]] = {}
        for one in batch:
            scope = scope_of(task, one.language)
            wanted = one.target is None and one.same_as is None and len(one.source) <= recall.MAX_CHARS
            if wanted and scope is not None:
                asked.setdefault(scope, []).append(one)
        given: dict[int, dict[str, Any]] = {}
        for scope, mine in asked.items():
            given |= self._given(scope, variant, mine)
        return [self._with(one, given, filled) for one in batch]

    def _given(self, scope: Scope, variant: str, asked: Sequence[NewSegment]) -> dict[int, dict[str, Any]]:
        """-> for some of these sentences a translation, or a suggestion."""
        keys = {one.position: _digests(one) for one in asked}
        found = self._repository.memory.find(scope, sorted({key for some in keys.values() for key in some}))
        given: dict[int, dict[str, Any]] = {}
        for one in asked:
            entry = _exact(one, keys[one.position], found, variant) if found else None
            if entry is not None:
                given[one.position] = {"target": entry.target, "alignment": entry.alignment, "origin": MEMORY}
        rest = [one for one in asked if one.position not in given]
        if rest and self.rules.threshold < 1 and self._repository.memory.has_people(scope):
            given |= self._similar(scope, rest)
        return given

    @staticmethod
    def _with(one: NewSegment, given: Mapping[int, dict[str, Any]], filled: Filled) -> NewSegment:
        if one.same_as is not None:  # as the first of its kind, whatever the memory would say by now
            first = filled.firsts.get(one.same_as)
            return one if first is None else replace(one, **first)
        mine = given.get(one.position)
        if mine is None:
            return one
        filled.firsts[one.position] = mine
        filled.known += 1
        if "target" in mine:
            filled.sent_less += 1
            filled.chars_less += len(one.source)
        return replace(one, **mine)

    def _similar(self, scope: Scope, rest: Sequence[NewSegment]) -> dict[int, dict[str, Any]]:
        """-> for some of these sentences a translation with other numbers, or a suggestion."""
        probes = {one.position: recall.probes(one.source, scope) for one in rest}
        pools: dict[str, dict[int, list[tuple[str, MemoryEntry]]]] = {}
        for name in ("skeleton", "head", "tail"):
            values = sorted({value for each in probes.values() if (value := getattr(each, name)) is not None})
            pool: dict[int, list[tuple[str, MemoryEntry]]] = {}
            for entry in self._repository.memory.similar(scope, name, values) if values else ():
                alike = pool.setdefault(getattr(entry, name), [])
                if entry.context is None and len(alike) < MOST_ALIKE:
                    alike.append((recall.normal(entry.source), entry))
            pools[name] = pool
        given: dict[int, dict[str, Any]] = {}
        for one in rest:
            mine = probes[one.position]
            for known, entry in pools["skeleton"].get(mine.skeleton or -1, ()):
                target = recall.adapted(one.source, entry.source, entry.target, scope.target_lang)
                if target is not None:
                    told = _suggestion(entry, recall.closest(one.source, [known], 0.0))
                    given[one.position] = {"target": target, "flags": FUZZY, "origin": ADAPTED, "suggestion": told}
                    break
            else:
                near = [*pools["head"].get(mine.head or -1, ()), *pools["tail"].get(mine.tail or -1, ())]
                best = recall.closest(one.source, [known for known, _entry in near], self.rules.threshold)
                if best is not None:
                    given[one.position] = {"suggestion": _suggestion(near[best[0]][1], best)}
        return given

    def exact(self, scope: Scope, texts: Sequence[str]) -> list[str | None]:
        """-> what people said to each of these short texts."""
        if not self.rules.enabled:
            return [None] * len(texts)
        found = self._repository.memory.find(scope, sorted({recall.digest(text) for text in texts}))
        known = {key: one.target for key, some in found.items() for one in some if one.variant == BY_PEOPLE}
        return [known.get(recall.digest(text)) for text in texts]

    # ---- after

    def learn(self, task: Mapping[str, Any], segments: Sequence[StoredSegment]) -> None:
        """What a model said and nobody doubts is known from now on, for this model and these settings."""
        if not self.serves(task):
            return
        variant = self.variant(task)
        entries: dict[Scope, list[MemoryEntry]] = {}
        for one in segments:
            scope = scope_of(task, one.language)
            if scope is not None and _is_learnt(one):
                key = recall.digest(one.source, one.terms) if one.terms else recall.digest(one.source)
                alignment = json.dumps(one.alignment) if one.alignment is not None else None
                made = MemoryEntry(key, variant, one.source, one.target or "", TRANSLATION, alignment=alignment)
                entries.setdefault(scope, []).append(made)
        for scope, mine in entries.items():
            self._repository.memory.put(scope, mine, time.time())

    def corrected(
        self, task: Mapping[str, Any], source: str, context: str | None, target: str, language: str | None = None
    ) -> None:
        """What somebody wrote counts for every model, and for the sentence in this context only if it has one."""
        scope = scope_of(task, language)
        if self.serves(task) and scope is not None:
            entry = by_people(scope, source, target, CORRECTION, context)
            self._repository.memory.put(scope, [entry], time.time())


def _is_learnt(one: StoredSegment) -> bool:
    """A model said it, and nobody doubts it."""
    return (
        one.origin is None
        and bool(one.target)
        and one.target != one.source
        and set(one.flags) <= {FUZZY}
        and len(one.source) <= recall.MAX_CHARS
    )


def by_people(scope: Scope, source: str, target: str, origin: str, context: str | None = None) -> MemoryEntry:
    probes = recall.probes(source, scope)
    key = recall.digest(source, "context", context) if context else recall.digest(source)
    return MemoryEntry(key, BY_PEOPLE, source, target, origin, context, None, probes.skeleton, probes.head, probes.tail)


def _digests(one: NewSegment) -> tuple[str, ...]:
    """Under what the sentence may be known: corrected in its context, by people at all, by a model with these terms."""
    keys = [recall.digest(one.source)]
    if one.context:
        keys.insert(0, recall.digest(one.source, "context", one.context))
    if one.terms:
        keys.append(recall.digest(one.source, one.terms))
    return tuple(keys)


def _exact(
    one: NewSegment, keys: Sequence[str], found: Mapping[str, Sequence[MemoryEntry]], variant: str
) -> MemoryEntry | None:
    """People before models, the task's own model before others. A model's translation counts with the same terms only, and
    where formatting must be put back the own model's only with its alignment: it says the same again, others may not."""
    for key in keys:
        for entry in found.get(key, ()):
            if entry.variant == BY_PEOPLE:
                return entry
    by_models = {entry.variant: entry for entry in found.get(keys[-1], ())}
    for made in (variant, ANY_MODEL):
        known = by_models.get(made)
        if known is not None and (known.alignment is not None or not one.wants_alignment or made == ANY_MODEL):
            return known
    return None


def _suggestion(entry: MemoryEntry, score: tuple[int, float] | None) -> str:
    told = {"source": entry.source, "target": entry.target, "score": score[1] if score else 0.0, "origin": entry.origin}
    return json.dumps(told, ensure_ascii=False)
