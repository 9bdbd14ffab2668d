"""What an operator may change while the server works: how much is taken on, and how long things are kept. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from common.quantities import Unit

if TYPE_CHECKING:
    from actors.config import SchedulerConfig

Value = int | float
_DAY = 86_400.0
_GB = 1024**3


@dataclass
class Rules:
    """In force now. One object for all parts of the scheduler: each looks here when it matters, so that a change holds at once.

    The names are those of config.ini in small letters (memory_retention: RETENTION of [MEMORY]). Sizes are bytes, times
    seconds; 0 means no limit, or for ever, where it is allowed.
    """

    max_tasks: int
    max_task_queue_size: int
    max_pending_per_client: int
    max_chars_per_day: int
    max_file_size: int
    max_files_per_task: int
    max_text_chars: int
    task_timeout: float
    upload_retention: float
    result_retention: float
    task_retention: float
    action_retention: float
    memory_retention: float

    @classmethod
    def of(cls, config: SchedulerConfig) -> Rules:
        """As config.ini says."""
        return cls(
            config.max_tasks,
            config.max_queue,
            config.max_pending_per_client,
            config.max_chars_per_day,
            config.max_file_bytes,
            config.max_files_per_task,
            config.max_text_chars,
            config.task_timeout_seconds,
            config.upload_retention_seconds,
            config.result_retention_seconds,
            config.task_retention_seconds,
            config.action_retention_seconds,
            config.memory_retention_seconds,
        )


@dataclass(frozen=True)
class Bounds:
    """Of one rule. zero: what 0 stands for where it is allowed beside `least` to `most`, else empty."""

    unit: Unit
    least: Value
    most: Value
    zero: str = ""
    group: Literal["limits", "retention"] = "limits"

    def allows(self, value: Value) -> bool:
        whole = self.unit == "seconds" or value == int(value)
        return whole and (self.least <= value <= self.most or (value == 0 and bool(self.zero)))


_NO_LIMIT, _FOR_EVER = "no limit", "keep for ever"
_KEPT = Bounds("seconds", 60, 3_650 * _DAY, _FOR_EVER, "retention")

BOUNDS: Mapping[str, Bounds] = MappingProxyType(
    {
        "max_tasks": Bounds("count", 1, 100_000),
        "max_task_queue_size": Bounds("count", 1, 10_000_000),
        "max_pending_per_client": Bounds("count", 1, 10_000_000, _NO_LIMIT),
        "max_chars_per_day": Bounds("count", 1, 10**15, _NO_LIMIT),
        "max_file_size": Bounds("bytes", 1024, 64 * _GB),
        "max_files_per_task": Bounds("count", 1, 100_000),
        "max_text_chars": Bounds("count", 1, 10_000_000),
        "task_timeout": Bounds("seconds", 1, 365 * _DAY),
        "upload_retention": _KEPT,
        "result_retention": _KEPT,
        "task_retention": _KEPT,
        "action_retention": _KEPT,
        "memory_retention": _KEPT,
    }
)
"""Of every rule, in the order in which they are shown. config.ini has the same."""
