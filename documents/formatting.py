"""Where the formatting of a source text goes in its translation. Pure.

With an alignment each target word takes the run of the source word it was made from; without one, run borders are
carried over between anchors (`documents.anchors`) in proportion. Either way no character is lost, added or moved.
"""

from __future__ import annotations

from collections.abc import Sequence

from documents import glued
from documents.anchors import anchors, interpolate
from documents.model import Piece, Unit
from documents.words import Word, fill_signs, smooth, words_of

# What an alignment has no word for is often a particle ("нь", "уу", "бол") that Chinese does not say.
_PARTICLE_LETTERS = 3


def place_runs(unit: Unit, target: str, alignment: Sequence[tuple[int, int]] | None) -> list[Piece]:
    """`target` cut into pieces, each with the index of the run of `unit` whose formatting it takes.

    `alignment` holds (character offset in `unit.text`, character offset in `target`) for each target word piece.
    The texts of the pieces, joined, are `target`; neighbours have different runs; an empty target has no pieces.
    """
    if not target:
        return []
    if len(unit.runs) < 2:
        return [Piece(target, 0)]
    if target == unit.text:
        spans = enumerate(unit.runs)
        return [Piece(target[span.start : span.end], run) for run, span in spans if span.end > span.start]
    inside = glued.glued_runs(unit)
    words = words_of(target, {there for _, there in alignment} if alignment else None)
    if alignment and sum(word.is_text for word in words) < len(_longer_runs(unit, inside, _PARTICLE_LETTERS)):
        words = words_of(target)  # the alignment has fewer words than there are links and bold words
    if not any(word.is_text for word in words):
        return [Piece(target, 0)]
    found = glued.places(unit, target, inside)
    words = glued.split(words, found.values())
    labels = _by_alignment(unit, target, words, alignment) if alignment else _by_position(unit, target, words)
    labels = _literal_runs(unit, target, words, labels)
    sources = _sources(unit, target, words, alignment)
    longer = _longer_runs(unit, inside, _PARTICLE_LETTERS if alignment else 0)
    labels = _no_run_lost(unit, words, labels, sources, longer)
    labels = glued.settled(words, _last_signs(unit, words, labels), inside, found)
    return _pieces(target, words, labels)


def _by_alignment(unit: Unit, target: str, words: list[Word], alignment: Sequence[tuple[int, int]]) -> list[int]:
    """Each word takes the run that most of its characters come from."""
    points = sorted(
        (max(0, min(there, len(target) - 1)), max(0, min(here, len(unit.text) - 1))) for here, there in alignment
    )
    run_of = _run_of_offsets(unit)
    votes: list[dict[int, int]] = [{} for _ in words]
    position = 0
    for index, (there, here) in enumerate(points):
        end = points[index + 1][0] if index + 1 < len(points) else len(target)
        run = run_of[here]
        while position < len(words) - 1 and words[position].end <= there:
            position += 1
        for number in range(position, len(words)):
            word = words[number]
            if word.start >= end:
                break
            shared = min(word.end, end) - max(word.start, there)
            if shared > 0:
                votes[number][run] = votes[number].get(run, 0) + shared
    labels: list[int | None] = [
        max(vote, key=lambda run: (vote[run], -run)) if vote and word.is_text else None
        for vote, word in zip(votes, words, strict=True)
    ]
    main_run = max(range(len(unit.runs)), key=lambda run: (unit.runs[run].end - unit.runs[run].start, -run))
    return smooth(words, fill_signs(words, labels), main_run)


def _by_position(unit: Unit, target: str, words: list[Word]) -> list[int]:
    """Run borders are carried over in proportion between anchors; a word belongs where its middle lies."""
    points = anchors(unit.text, target)
    labels: list[int] = []
    borders: list[float] = []
    for span in unit.runs[1:]:
        there, exact = interpolate(points, span.start)
        borders.append(float(there) if exact else _snap(words, there))
    run = 0
    for word in words:
        while run < len(borders) and word.start + 0.5 > borders[run]:
            run += 1
        labels.append(run)
    return labels


def _snap(words: list[Word], offset: int) -> float:
    """The start of a word nearest to `offset` (or the end of the text)."""
    starts = [word.start for word in words if word.is_text] + [words[-1].end]
    return float(min(starts, key=lambda start: (abs(start - offset), start)))


def _literal_runs(unit: Unit, target: str, words: list[Word], labels: list[int]) -> list[int]:
    """A run whose whole text stands in the translation once (a name, an address) is there and nowhere else."""
    result = list(labels)
    taken: set[int] = set()
    for run, span in enumerate(unit.runs):
        literal = unit.text[span.start : span.end].strip()
        if not any(character.isalnum() for character in literal):
            continue
        if unit.text.count(literal) != 1 or target.count(literal) != 1:
            continue
        start = target.index(literal)
        inside = {
            number for number, word in enumerate(words) if word.start < start + len(literal) and word.end > start
        } - taken
        first, last = min(inside, default=None), max(inside, default=None)
        if first is None or last is None or words[first].start < start or words[last].end > start + len(literal):
            continue  # the literal is part of a longer word there
        others = [number for number, label in enumerate(result) if label == run and number not in inside]
        for number in inside:
            result[number] = run
        for number in others:
            result[number] = _neighbour(result, number, run)
        taken |= inside
    return result


def _neighbour(labels: list[int], number: int, run: int) -> int:
    """The nearest label that is not `run`; `run` itself if there is none."""
    for distance in range(1, len(labels)):
        for other in (number - distance, number + distance):
            if 0 <= other < len(labels) and labels[other] != run:
                return labels[other]
    return run


def _sources(unit: Unit, target: str, words: list[Word], alignment: Sequence[tuple[int, int]] | None) -> list[float]:
    """The source offset that the middle of each word comes from: as aligned, else in proportion between anchors."""
    points = [(there, here) for here, there in alignment or ()]
    turned = [(there, here) for here, there in anchors(unit.text, target)]
    result: list[float] = []
    for word in words:
        own = [here for there, here in points if word.start <= there < word.end]
        middle = (word.start + word.end) // 2
        result.append(sum(own) / len(own) if own else float(interpolate(turned, middle)[0]))
    return result


def _no_run_lost(
    unit: Unit, words: list[Word], labels: list[int], sources: list[float], longer: Sequence[int]
) -> list[int]:
    """Each of the `longer` runs gets a word, as far as there are words: a link must not vanish."""
    result = list(labels)
    counts = dict.fromkeys(range(len(unit.runs)), 0)
    for word, label in zip(words, result, strict=True):
        counts[label] += word.is_text
    for run in longer:
        if counts[run]:
            continue
        span = unit.runs[run]
        middle = (span.start + span.end) / 2
        free = [number for number, word in enumerate(words) if word.is_text and counts[result[number]] > 1]
        if not free:
            break
        chosen = min(free, key=lambda number: (abs(sources[number] - middle), number))
        counts[result[chosen]] -= 1
        result[chosen] = run
        counts[run] += 1
    return result


def _longer_runs(unit: Unit, inside: Sequence[int], letters: int) -> list[int]:
    """The runs with more letters and digits than that; none of those `inside` words, which may be lost."""
    texts = [unit.text[span.start : span.end] for span in unit.runs]
    return [n for n, text in enumerate(texts) if n not in inside and sum(map(str.isalnum, text)) > letters]


def _last_signs(unit: Unit, words: list[Word], labels: list[int]) -> list[int]:
    """The full stop of the translation looks like that of the source, not like the bold word before it."""
    if unit.text[-1:].isalnum():
        return labels
    last = _run_of_offsets(unit)[-1]
    result = list(labels)
    for number in range(len(words) - 1, -1, -1):
        if words[number].is_text:
            break
        result[number] = last
    return result


def _run_of_offsets(unit: Unit) -> list[int]:
    run_of: list[int] = []
    for run, span in enumerate(unit.runs):
        run_of += [run] * (span.end - span.start)
    return run_of


def _pieces(target: str, words: list[Word], labels: list[int]) -> list[Piece]:
    pieces: list[Piece] = []
    start = 0
    for number in range(1, len(words) + 1):
        if number == len(words) or labels[number] != labels[number - 1]:
            end = words[number - 1].end
            pieces.append(Piece(target[start:end], labels[number - 1]))
            start = end
    return pieces
