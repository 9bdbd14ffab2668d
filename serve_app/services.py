"""What the routes work with; made once for each replica."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from actors.client import SchedulerClient
from serve_app.intake import Intake, IntakeLimits
from storage.blobs import BlobStore


@dataclass(frozen=True)
class ServeConfig:
    """Plain values for the ingress, made from the settings by `cluster.deploy`."""

    version: str
    namespace: str
    blob_root: Path
    models_dir: Path
    model: str
    limits: IntakeLimits
    log_file: Path
    log_level: str


@dataclass(frozen=True)
class Services:
    config: ServeConfig
    scheduler: SchedulerClient
    blobs: BlobStore
    intake: Intake

    @classmethod
    def of(cls, config: ServeConfig) -> Services:
        scheduler = SchedulerClient(config.namespace)
        blobs = BlobStore(config.blob_root)
        return cls(config, scheduler, blobs, Intake(scheduler, blobs, config.limits))
