"""Limits and ages that an operator changes while the server works. They outlast restarts; config.ini stays what they go back
to."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from typing import Any

from actors.config import SchedulerConfig
from actors.errors import BadSetting
from actors.rules import BOUNDS, Rules, Value
from common.quantities import allowed, written
from storage.repository import Repository
from storage.state_store import SETTINGS

log = logging.getLogger("khelmerch.scheduler")

Row = dict[str, Any]


class LiveSettings:
    """rules: the one object that all parts go by. run: a piece of work in a transaction of its own; on_change: hears the rules
    whenever they are others than before."""

    def __init__(
        self,
        config: SchedulerConfig,
        rules: Rules,
        repository: Repository,
        run: Callable[[Callable[[], Any]], Awaitable[Any]],
        on_change: Callable[[Rules], None],
    ) -> None:
        self.rules = rules
        self._config = config
        self._repository = repository
        self._run = run
        self._on_change = on_change
        self._configured = asdict(Rules.of(config))
        self._changed: dict[str, Value] = {}

    def restore(self) -> None:
        """Be as before the restart. What the bounds do not allow any more is as config.ini says."""
        known = json.loads(self._repository.state.text(SETTINGS) or "{}")
        self._take({name: value for name, value in known.items() if name in BOUNDS and BOUNDS[name].allows(value)})
        if self._changed:
            log.info("settings that an operator changed are in force", extra={"changed": self._changed})

    async def change(self, wanted: Mapping[str, Value | None]) -> Row:
        """-> as `in_force`. None: as config.ini says. All of it or nothing. Raises BadSetting."""
        for name, value in wanted.items():
            if name not in BOUNDS:
                raise BadSetting(f"{name} is no setting that can be changed here: {', '.join(BOUNDS)}.", setting=name)
            if value is not None and not BOUNDS[name].allows(value):
                raise BadSetting(_refusal(name, value), setting=name)
        changed = self._changed | {name: value for name, value in wanted.items() if value is not None}
        changed = {name: value for name, value in changed.items() if wanted.get(name, value) is not None}
        text = json.dumps(changed)
        await self._run(lambda: self._repository.state.set_text(SETTINGS, text))
        self._take(changed)
        log.info("settings changed", extra={"changed": changed})
        return await self.in_force()

    async def in_force(self) -> Row:
        """-> {"limits", "retention", "memory", "settings"}. A limit of 0: none; ages in seconds, 0: for ever. settings: a row
        for each that can be changed."""
        now = asdict(self.rules)
        settings = [
            {
                "name": name,
                "group": bounds.group,
                "unit": bounds.unit,
                "value": now[name],
                "configured": self._configured[name],
                "changed": name in self._changed,
                "least": bounds.least,
                "most": bounds.most,
                "zero": bounds.zero,
            }
            for name, bounds in BOUNDS.items()
        ]
        return {
            "limits": {name: now[name] for name, bounds in BOUNDS.items() if bounds.group == "limits"},
            "retention": {
                f"{name.removesuffix('_retention')}{'' if name.startswith('memory') else 's'}": now[name]
                for name, bounds in BOUNDS.items()
                if bounds.group == "retention"
            },
            "memory": {
                "enabled": self._config.memory,
                "threshold": self._config.memory_threshold,
                "max_rows": self._config.memory_max_rows,
            },
            "settings": settings,
        }

    def _take(self, changed: Mapping[str, Value]) -> None:
        self._changed = dict(changed)
        before = asdict(self.rules)
        for name, value in {**self._configured, **self._changed}.items():
            setattr(self.rules, name, value)
        if asdict(self.rules) != before:
            self._on_change(self.rules)


def _refusal(name: str, value: Value) -> str:
    bounds = BOUNDS[name]
    possible = allowed(bounds.least, bounds.most, bounds.unit, bounds.zero)
    return f"{name} cannot be {written(value, bounds.unit)}: it is {possible}."
