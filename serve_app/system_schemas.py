"""What the calls about the server itself answer, as OpenAPI tells it. More fields may join them."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict


class _Open(BaseModel):
    model_config = ConfigDict(extra="allow")


class QueueStatus(_Open):
    """Tasks by state, the age of the oldest waiting one, and the two limits of config.ini."""

    pending: int
    processing: int
    completed: int
    failed: int
    cancelled: int
    timeout: int
    oldest_pending_age_seconds: float | None
    max_tasks: int
    max_task_queue_size: int
    paused: bool
    draining: bool
    idle: bool


class GpuRow(_Open):
    """Memory in MiB, utilisation per cent, temperature in degrees Celsius; null where the driver does not tell."""

    gpu_id: str
    device_name: str
    memory_total: float
    memory_used: float
    memory_free: float
    utilization: float | None
    temperature: float | None
    is_available: bool
    reason: str | None  # why it is given no work
    current_task_id: str | None
    power_watts: float | None
    power_limit_watts: float | None
    throttling: str | None  # words, "" for none
    ecc_errors: int | None
    xid: int | None
    others_memory: int | None


class Throughput(_Open):
    """What was finished in the last `period_seconds`."""

    period_seconds: float
    tasks: int
    segments: int
    characters: int


class TaskMetrics(_Open):
    """`success_rate` is 0 to 1: completed ones among all tasks that are over, cancelled ones too; null before the first."""

    total_tasks: int
    success_rate: float | None
    mean_processing_seconds: float | None
    gpu_utilization: float | None
    throughput: Throughput
    tasks_by_status: dict[str, int]


class TranslatorRow(_Open):
    name: str
    state: str
    error: str | None
    restarts: int
    gpu_id: str | None
    device: str | None
    model: str | None


class SystemInfo(_Open):
    version: str
    platform: str
    python: str
    ray: str
    cpu_count: int
    memory_total_mib: float
    memory_available_mib: float
    disk_total_mib: float
    disk_free_mib: float
    nodes: int
    cluster_gpus: float
    cluster_cpus: float
    model: str
    uptime_seconds: float
    translators: list[TranslatorRow]


class LanguageRow(_Open):
    code: str
    bcp47: str
    english_name: str
    native_name: str
    available: bool


class PairRow(_Open):
    """`via_eng` true: only by way of English."""

    source: str
    target: str
    via_eng: bool


class ModelNotice(_Open):
    """`notice` is what users of the starter model must know; null for any other model."""

    name: str
    starter: bool
    notice: str | None


class Languages(_Open):
    languages: list[LanguageRow]
    pairs: list[PairRow]
    model: ModelNotice
    formats: list[str]
    max_file_size: int


class ModelRow(_Open):
    """`size_mb` is the download, `gpu_memory_mb` an estimate (translation.memory)."""

    name: str
    repo: str
    architecture: str
    licence: str
    size_mb: int
    languages: list[str]
    commercial_use: bool
    gpu_memory_mb: int
    note: str
    resident: bool


class ResidentTranslator(_Open):
    """`state`: starting, ready, lost, failed, draining."""

    name: str
    state: str
    node: str | None
    gpu_id: str | None
    error: str | None


class ServingModel(_Open):
    """`state`: serving, loading, failed, or retiring (running tasks still need it). `share`: its part of the translators."""

    model: str
    share: int | None
    state: Literal["serving", "loading", "failed", "retiring"]
    running_tasks: int
    translators: list[ResidentTranslator]


class Serving(_Open):
    """`models` is what is wanted, `replacing` what it replaces at present, `problem` why the last change came to nothing;
    `scale`: translators that the operator asked for, null when config.ini counts."""

    models: str
    replacing: str | None
    problem: str | None
    translators_wanted: int
    scale: int | None
    serving: list[ServingModel]


class Models(_Open):
    models: list[ModelRow]
    current: str
    resident: list[str]
    fleet: Serving


class Live(_Open):
    status: Literal["live"]
    version: str


class Ready(_Open):
    ready: bool
    reasons: list[str]
