"""How many translators there are, of which model each is, and which one is changed next. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from actors.config import TRANSLATOR_PREFIX

RESTARTS_MEAN_FAILURE = 2
"""A new model that fails this often to load is given up, and the old one stays."""


@dataclass(frozen=True)
class Place:
    """A translator there is. is_settled: it serves, or has failed for good; is_leaving: it drains already, and after that
    (is_retiring) there will be none; fits: it takes the GPU, or the share of one, that is wanted; holds_gpu: as long as it
    lives, another may find no room on a GPU."""

    name: str
    model: str
    is_ready: bool
    is_settled: bool
    is_leaving: bool = False
    is_retiring: bool = False
    fits: bool = True
    holds_gpu: bool = False


@dataclass(frozen=True)
class Change:
    """What is to be done with one place: model None, it is drained and given up; else it holds that model afterwards."""

    name: str
    model: str | None


def slot_names(instances: int | None, cluster_gpus: float, gpu_share: float) -> list[tuple[str, float]]:
    """-> (name, GPUs) of the translators that there should be.

    instances None: as many as fit the GPUs of the cluster, or one on the CPU where there is none.
    """
    with_gpu = places_on(cluster_gpus, gpu_share)
    if with_gpu == 0:
        return [(f"{TRANSLATOR_PREFIX}cpu-{n}", 0.0) for n in range(instances or 1)]
    count = with_gpu if instances is None else min(instances, with_gpu)
    return [(f"{TRANSLATOR_PREFIX}gpu-{n}", gpu_share) for n in range(count)]


def places_on(cluster_gpus: float, gpu_share: float) -> int:
    """-> translators that fit: a share below 1 must fit into one GPU, the rest of which stays empty (0.4: two a GPU)."""
    if gpu_share <= 0:
        return 0
    if gpu_share < 1:
        return int(cluster_gpus) * int(1 / gpu_share + 1e-9)
    return int(cluster_gpus / gpu_share)


def allot(total: int, shares: Mapping[str, int]) -> dict[str, int]:
    """-> how many of `total` translators each model gets: by share, none with nothing as long as there are enough, the
    first-named first (largest remainders)."""
    if total < len(shares):
        return {model: int(number < total) for number, model in enumerate(shares)}
    parts = sum(shares.values())
    spare = total - len(shares)
    exact = {model: max(0.0, total * share / parts - 1) for model, share in shares.items()}
    scale = spare / (sum(exact.values()) or 1.0)
    given = {model: int(part * scale + 1e-9) for model, part in exact.items()}
    left = spare - sum(given.values())
    for model in sorted(shares, key=lambda name: given[name] - exact[name] * scale)[:left]:
        given[model] += 1
    return {model: 1 + given[model] for model in shares}


def changes(
    places: Sequence[Place], names: Collection[str], wanted: Mapping[str, int], needed: Collection[str]
) -> list[Change]:
    """-> what to do next so that `names` hold the `wanted` number of each model.

    What is missing comes at once; what serves is changed one by one, so that the others go on. The last translator of a
    model that is not wanted any more stays while it is `needed` by a running task. When a node died, those that serve on
    others stay, whatever their number: a model that is loaded is not thrown away for a name. One on the CPU goes on until
    one on a GPU is ready in its place.
    """
    held = Counter(place.model for place in places)
    filled = Counter(place.model for place in places if place.fits)
    todo: list[Change] = []

    def lacking() -> str | None:
        short = [model for model in wanted if filled[model] < wanted[model]]
        return max(short, key=lambda model: wanted[model] - filled[model]) if short else None

    def may_go(place: Place) -> bool:
        return place.model in wanted or place.model not in needed or held[place.model] > 1

    def stands_in(place: Place) -> bool:
        """It is of another kind, but in nobody's way, and nobody has taken its place yet."""
        return not place.holds_gpu and not any(
            one.fits and one.is_ready and (one.model == place.model or place.model not in wanted) for one in places
        )

    known = {place.name for place in places}
    room = len(names) - sum(place.fits for place in places)
    for name in names:
        if name in known or room <= 0:
            continue
        model = next((old for old in sorted(needed) if not held[old]), None) or lacking() or next(iter(wanted))
        held[model] += 1
        filled[model] += 1
        room -= 1
        todo.append(Change(name, model))
    if todo:
        return todo
    staying = [place for place in places if not place.is_leaving]
    excess = sum(place.fits and not place.is_retiring for place in places) - len(names)
    # One of another kind goes first; then one that serves nobody, then one whose model has too many.
    for place in sorted(
        staying,
        key=lambda one: (one.fits, one.is_ready, filled[one.model] <= wanted.get(one.model, 0), one.name in names),
    ):
        goes = excess > 0 if place.fits else not stands_in(place)
        if goes and may_go(place):
            excess -= place.fits
            held[place.model] -= 1
            filled[place.model] -= place.fits
            todo.append(Change(place.name, None))
    if todo or any(not place.is_settled for place in places):
        return todo
    new = lacking()
    if new is None:
        return []
    over = [
        place for place in staying if place.fits and filled[place.model] > wanted.get(place.model, 0) and may_go(place)
    ]
    over.sort(key=lambda place: (place.is_ready, wanted.get(place.model, 0) - filled[place.model]))
    return [Change(over[0].name, new)] if over else []
