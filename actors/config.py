"""What the actors need to know, as plain values: `cluster.deploy` makes it from the settings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from actors.team import PATIENCE, Patience
from translation.factory import EngineOptions

NAMESPACE = "khelmerch"
SCHEDULER_NAME = "task-scheduler"
TRANSLATOR_PREFIX = "translator-"
MONITOR_PREFIX = "gpu-monitor-"


@dataclass(frozen=True)
class LogConfig:
    """Where and how much to log. max_bytes: size of one log file."""

    file: Path
    level: str = "INFO"
    max_bytes: int = 10 * 1024 * 1024
    backups: int = 5


@dataclass(frozen=True)
class TranslatorConfig:
    """One kind of translator. gpus, cpus: what each asks Ray for (fractions allowed). batch_tokens None: what the
    memory of its device allows."""

    engine: EngineOptions
    beam_size: int
    batch_tokens: int | None
    gpus: float
    cpus: float
    log: LogConfig
    length_penalty: float = 1.0


@dataclass(frozen=True)
class SchedulerConfig:
    """Everything the TaskScheduler needs. instances None: as many translators as the cluster has GPUs, at least one.

    translator.engine.model may name several models with their shares (translation.model_list).
    """

    version: str
    database_url: str
    blob_root: Path
    log: LogConfig
    translator: TranslatorConfig
    instances: int | None
    document_workers: int
    document_memory_bytes: int
    document_seconds: float
    max_tasks: int
    max_queue: int
    max_files_per_task: int
    max_text_chars: int
    max_file_bytes: int
    task_timeout_seconds: float
    upload_retention_seconds: float
    result_retention_seconds: float
    gpu_policy: str
    monitor_interval_seconds: float
    namespace: str = NAMESPACE
    max_pending_per_client: int = 0
    """0: no limit."""
    max_chars_per_day: int = 0
    """Characters of one client's documents; 0: no limit."""
    min_instances: int | None = None
    max_instances: int | None = None
    """Both given and no `instances`: as many translators between them as the backlog asks for."""
    blob_url: str = ""
    """A shared store for uploads and results; empty: only `blob_root`."""
    task_retention_seconds: float = 0.0
    """Age at which the rows of tasks that are over go, with their history; 0: never."""
    action_retention_seconds: float = 0.0
    """Age at which the log of what people changed is forgotten; 0: never."""
    memory: bool = True
    memory_threshold: float = 0.85
    """Of similar sentences, 0 to 1; 1: none are looked for."""
    memory_retention_seconds: float = 0.0
    """Age at which what models said is forgotten; 0: never."""
    memory_max_rows: int = 0
    """Entries of one client; 0: no limit."""
    default_glossary: str = ""
    """Name of the shared glossary of tasks that name none; empty: none."""
    keys_dir: Path = Path()
    """Where the secret of the API keys is."""
    allow_private_webhooks: bool = False
    """May webhooks lead to addresses that are not of the public internet?"""
    otlp_endpoint: str = ""
    """Where traces go; empty: nowhere."""
    patience: Patience = PATIENCE
    """With translators that hold a lease and do nothing."""
