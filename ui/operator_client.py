"""What the operators' pages need from the service, beside what every page needs (ui/client.py)."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol, TypedDict

from ui.client import AsksFor, Console, ConsoleClient, GpuRow, QueueStatus

VIEWER, OPERATOR = "viewer", "operator"
SPANS = ("hour", "day", "week")
"""How far back the plots look."""


class Me(TypedDict):
    name: str  # of the key; empty as long as there are none
    role: str  # client | viewer | operator


class HeldQueue(QueueStatus):
    paused: bool
    draining: bool
    idle: bool


class DeviceRow(GpuRow):
    node: str
    power_watts: float | None
    power_limit_watts: float | None
    throttling: str | None  # words, "" for none
    ecc_errors: int | None
    xid: int | None  # 0 for none
    others_memory: int | None  # MiB of processes that are not ours
    updated_at: str  # ISO 8601, UTC


class WorkedTask(TypedDict):
    task_id: str
    source_lang: str
    target_lang: str


class TranslatorRow(TypedDict):
    name: str
    state: str  # starting | ready | lost | failed | draining
    error: str | None
    restarts: int
    model: str
    gpu_id: str | None
    node: str | None
    characters_per_second: float | None
    waiting_characters: int
    tasks: list[WorkedTask]


class ServedModel(TypedDict):
    model: str
    share: int | None
    state: str  # serving | loading | failed | retiring
    running_tasks: int


class FleetRow(TypedDict):
    models: str
    replacing: str | None
    problem: str | None
    translators_wanted: int
    scale: int | None
    serving: list[ServedModel]


class ClusterRow(TypedDict):
    queue: HeldQueue
    characters_per_second: float
    devices: list[DeviceRow]
    translators: list[TranslatorRow]
    fleet: FleetRow
    dashboard: str | None  # of Ray, on the server's own machine


class PointRow(TypedDict):
    at: int  # Unix seconds
    utilization: float | None
    characters_per_second: float
    waiting: float
    running: float
    oldest_seconds: float
    completed: int
    failed: int
    success_rate: float | None  # 0 to 1


class SamplesRow(TypedDict):
    span: str
    seconds: int
    step: int
    until: int
    points: list[PointRow]


class SettingRow(TypedDict):
    name: str
    group: str  # limits | retention
    unit: str  # count | bytes | seconds
    value: float
    configured: float  # what config.ini says
    changed: bool
    zero: str  # what 0 stands for, empty where it is not allowed
    text: str  # the value as it may be written
    least_text: str
    most_text: str


class SettingsRow(TypedDict):
    settings: list[SettingRow]


class KeyRow(TypedDict):
    id: str
    name: str
    client_id: str
    role: str
    created_at: str
    expires_at: str | None
    revoked_at: str | None
    last_used_at: str | None


class NewKeyRow(KeyRow):
    key: str  # shown this once


class GlossaryRow(TypedDict):
    glossary_id: str
    name: str
    client_id: str  # empty: shared by all
    source_lang: str
    target_lang: str
    entries: int
    updated_at: str


class MemoryCount(TypedDict):
    source_lang: str
    target_lang: str
    origin: str  # translation | correction | import
    entries: int


class MemoryRow(TypedDict):
    client_id: str
    enabled: bool
    threshold: float
    entries: list[MemoryCount]


class ImportedRow(TypedDict):
    read: int
    stored: int
    skipped: int


class ActionRow(TypedDict):
    id: int
    at: str
    who: str
    role: str
    via: str  # console | cli | api
    address: str
    what: str
    about: str
    details: dict[str, Any]


class ActionPage(TypedDict):
    actions: list[ActionRow]
    next_cursor: str | None


class OperatorClient(ConsoleClient, Protocol):
    """In the name of one person; refuses as `ConsoleClient` does: `forbidden` for all that the role does not allow."""

    async def me(self) -> Me: ...

    # For viewers and operators.

    async def cluster(self) -> ClusterRow: ...

    async def samples(self, span: str) -> SamplesRow:
        """span: one of SPANS."""
        ...

    # For operators.

    async def hold(self, what: str) -> None:
        """what: pause, drain or resume."""
        ...

    async def scale(self, count: int | None) -> None:
        """None: as config.ini says."""
        ...

    async def settings(self) -> SettingsRow: ...

    async def change_setting(self, name: str, text: str | None) -> None:
        """text: as somebody writes it (20, 100MB, 14d); None: as config.ini says."""
        ...

    async def keys(self) -> list[KeyRow]: ...

    async def create_key(self, name: str, role: str, days: int | None) -> NewKeyRow:
        """days: after which it expires; None: never."""
        ...

    async def revoke_key(self, key_id: str) -> None: ...

    async def rotate_key(self, key_id: str) -> NewKeyRow: ...

    async def all_glossaries(self) -> list[GlossaryRow]:
        """Those of all clients."""
        ...

    async def add_glossary(
        self, name: str, source: str, target: str, owner: str, file_name: str, path: Path
    ) -> GlossaryRow:
        """Of a .csv, .tsv or .tbx file; one of the same name gets these terms. owner: a client, empty for all."""
        ...

    async def remove_glossary(self, glossary_id: str) -> None: ...

    async def memory_clients(self) -> list[str]: ...

    async def memory(self, owner: str) -> MemoryRow: ...

    async def import_memory(self, owner: str, path: Path) -> ImportedRow: ...

    async def clear_memory(self, owner: str) -> int:
        """-> how many sentences were forgotten."""
        ...

    async def actions(self, cursor: str | None) -> ActionPage:
        """Newest first."""
        ...


class OperatorConsole(Console, Protocol):
    def of(self, request: AsksFor) -> OperatorClient: ...
