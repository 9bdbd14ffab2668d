"""What the operator wants of models and translators, and how far it is. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from actors.job import Job
from actors.routing import models_of
from actors.translator_slot import Slot
from translation.model_list import parse

Row = dict[str, Any]


@dataclass(frozen=True)
class Order:
    """What is wanted. before: the models that are being replaced, since `since`, '' when none are; problem: why the last
    change came to nothing; configured: the setting that was in force then: when config.ini changes, config.ini counts."""

    models: str
    configured: str
    before: str = ""
    since: float = 0.0
    instances: int | None = None
    problem: str | None = None

    @property
    def names(self) -> list[str]:
        """The models that are wanted, the preferred one first."""
        return [one.model for one in parse(self.models)]

    @property
    def replaced(self) -> list[str]:
        return [one.model for one in parse(self.before)] if self.before else []


def fleet_state(order: Order, wanted: int, slots: Sequence[Slot], jobs: Collection[Job]) -> Row:
    """-> for people: what is wanted (so many translators), and of each model its state and where it is resident."""
    shares = {one.model: one.share for one in parse(order.models)}
    return {
        "models": order.models,
        "replacing": order.before or None,
        "problem": order.problem,
        "translators_wanted": wanted,
        "scale": order.instances,
        "serving": [
            {
                "model": model,
                "share": shares.get(model),
                "state": _state(model in shares, [slot.state for slot in slots if slot.model == model]),
                "running_tasks": sum(model in models_of(job.facts.model) for job in jobs),
                "translators": [_translator(slot) for slot in slots if slot.model == model],
            }
            for model in dict.fromkeys([*shares, *order.replaced])
        ],
    }


def _translator(slot: Slot) -> Row:
    return {
        "name": slot.name,
        "state": slot.state,
        "node": slot.info.node if slot.info else None,
        "gpu_id": slot.info.gpu_id if slot.info else None,
        "error": slot.error,
    }


def _state(is_wanted: bool, states: list[str]) -> str:
    if not is_wanted:
        return "retiring"
    if "ready" in states:
        return "serving"
    return "failed" if "failed" in states else "loading"
