"""The places for translators, as the pool keeps them, and what it is to make of them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from actors.placing import RESTARTS_MEAN_FAILURE, Place
from actors.team import Translator
from actors.translator_actor import TranslatorInfo


@dataclass
class Slot:
    """One place for a translator. model: as the operator names it; state: starting, ready, lost, failed, draining; error:
    why it failed, for people; failures: in a row."""

    name: str
    gpus: float
    model: str
    handle: Any = None
    info: TranslatorInfo | None = None
    state: str = "starting"
    error: str | None = None
    restarts: int = 0
    failures: int = 0
    task: asyncio.Task[None] | None = None
    suspect: asyncio.Event | None = None
    retiring: bool = False

    def translator(self) -> Translator:
        """-> it as the dispatcher sees it, once it is up."""
        assert self.info is not None
        info = self.info
        return Translator(self.name, info.gpu_id, self.model, info.pairs, chunk_seconds=info.chunk_seconds)

    def place(self, names: Mapping[str, float]) -> Place:
        """names: those that are wanted, with the GPUs of each."""
        settled = self.state == "ready" or (self.state == "failed" and self.failures >= RESTARTS_MEAN_FAILURE)
        return Place(
            self.name,
            self.model,
            is_ready=self.state == "ready",
            is_settled=settled,
            is_leaving=self.state == "draining",
            is_retiring=self.retiring,
            fits=self.gpus in names.values(),
            holds_gpu=self.gpus > 0,
        )


@dataclass(frozen=True)
class Wanted:
    """What there should be. names: of the places, with the GPUs of each; models: how many each; needed: models that running
    tasks are bound to."""

    names: Mapping[str, float]
    models: Mapping[str, int]
    needed: frozenset[str] = frozenset()
