"""What the calls for operators answer: the cluster, figures over time, settings in force, the action log."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

from actors.rules import BOUNDS
from serve_app.system_schemas import GpuRow, QueueStatus, Serving

SpanName = Literal["hour", "day", "week"]


class Point(BaseModel):
    """One bucket. at: its begin, Unix seconds; utilization: mean of all devices, per cent; waiting, running: tasks, means;
    oldest_seconds: the longest that a task had waited; completed, failed: tasks that ended in it; success_rate: 0 to 1."""

    at: int
    utilization: float | None
    characters_per_second: float
    waiting: float
    running: float
    oldest_seconds: float
    completed: int
    failed: int
    success_rate: float | None


class Samples(BaseModel):
    """Buckets of `step` seconds, oldest first; there is none for a time in which the server did not run."""

    span: SpanName
    seconds: int
    step: int
    until: int
    points: list[Point]


class WorkedTask(BaseModel):
    task_id: str
    source_lang: str
    target_lang: str


class ClusterTranslator(BaseModel):
    """characters_per_second: measured, null before the first chunk; waiting_characters: that it still has to do."""

    name: str
    state: str
    error: str | None
    restarts: int
    model: str
    gpu_id: str | None
    node: str | None
    characters_per_second: float | None
    waiting_characters: int
    tasks: list[WorkedTask]


class Device(GpuRow):
    node: str
    updated_at: str


class Cluster(BaseModel):
    """dashboard: of Ray, on the server's own machine; null for who may not operate, or where Ray runs elsewhere."""

    queue: QueueStatus
    characters_per_second: float
    devices: list[Device]
    translators: list[ClusterTranslator]
    fleet: Serving
    dashboard: str | None


class Setting(BaseModel):
    """One that can be changed by POST /admin/settings. value: in force; configured: what config.ini says; changed: an operator
    chose the value; least, most: between which it may be; zero: what 0 stands for, empty where it is not allowed."""

    name: str
    group: Literal["limits", "retention"]
    unit: Literal["count", "bytes", "seconds"]
    value: int | float
    configured: int | float
    changed: bool
    least: int | float
    most: int | float
    zero: str


class SettingsInForce(BaseModel):
    """limits: 0 where there is none; retention: ages in seconds, 0 for ever; settings: each that can be changed."""

    limits: dict[str, float]
    retention: dict[str, float]
    memory: dict[str, Any]
    settings: list[Setting]


def _wanted() -> type[BaseModel]:
    """The model of POST /admin/settings: a field for each rule, with its bounds."""
    fields: dict[str, Any] = {}
    for name, bounds in BOUNDS.items():
        kind: Any = float if bounds.unit == "seconds" else int
        number = Annotated[kind, Field(strict=bounds.unit != "seconds", ge=bounds.least, le=bounds.most)]
        fields[name] = ((number | Literal[0] | None) if bounds.zero else (number | None), None)
    return create_model("SettingsChange", __config__=ConfigDict(extra="forbid"), __doc__=_WANTED, **fields)


_WANTED = """Those that are given change at once; null goes back to what config.ini says. Sizes are bytes, ages seconds; 0 is no
limit, or for ever."""
SettingsChange = _wanted()


class ActionRow(BaseModel):
    """who: the name of the key, empty while there are none; via: console, cli or api; about: what was changed."""

    id: int
    at: str
    who: str
    key_id: str | None
    role: str
    via: Literal["console", "cli", "api"]
    address: str
    what: str = Field(examples=["keys.create"])
    about: str
    details: dict[str, Any]


class ActionPage(BaseModel):
    actions: list[ActionRow]
    next_cursor: str | None
