"""What the routes and the console work with; made once for each replica."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from actors.client import Row, SchedulerClient
from actors.words_client import WordsClient
from documents import registry
from serve_app.access import Access
from serve_app.door import CLOSED_TO_OTHERS, DoorConfig
from serve_app.errors import ResultGone
from serve_app.identity import Identity
from serve_app.intake import Intake, IntakeLimits
from serve_app.live import Hub
from serve_app.resumable import Resumable
from serve_app.submitting import Submitting
from storage.blobs import BlobStore
from storage.partial_uploads import DAY_SECONDS, PartialUploads
from storage.shared_blobs import open_blobs


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
    blob_url: str = ""
    keys_dir: Path = Path()
    door: DoorConfig = CLOSED_TO_OTHERS
    max_text_chars: int = 20_000
    partial_seconds: float = DAY_SECONDS
    """How long unfinished uploads are kept."""
    otlp_endpoint: str = ""
    """Where traces go; empty: nowhere."""


@dataclass(frozen=True)
class Services:
    config: ServeConfig
    scheduler: SchedulerClient
    blobs: BlobStore
    intake: Intake
    submitting: Submitting
    access: Access
    hub: Hub
    resumable: Resumable

    @classmethod
    def of(cls, config: ServeConfig) -> Services:
        return cls.over(config, SchedulerClient(config.namespace))

    @classmethod
    def over(cls, config: ServeConfig, scheduler: SchedulerClient) -> Services:
        blobs = open_blobs(config.blob_root, config.blob_url)
        intake = Intake(scheduler, blobs, config.limits)
        uploads = PartialUploads(config.blob_root, config.partial_seconds)
        resumable = Resumable(scheduler, intake, blobs, uploads)
        submitting = Submitting(scheduler, intake, blobs, resumable)
        return cls(config, scheduler, blobs, intake, submitting, Access(scheduler, uploads), Hub(scheduler), resumable)

    async def fetch(self, key: str) -> Path:
        """-> where a result lies on this machine. Raises ResultGone, StorageError."""
        path = await asyncio.to_thread(self.blobs.fetch, key)
        if not path.exists():
            raise ResultGone("The file is no longer in the store; it may have been removed after its retention time.")
        return path

    @property
    def words(self) -> WordsClient:
        return WordsClient(self.scheduler)

    async def languages(self) -> Row:
        """-> what can be translated now: languages, pairs, the model, suffixes of files and their largest size."""
        suffixes = sorted({suffix for kind in registry.formats() for suffix in kind.suffixes})
        limit = self.config.limits.max_file_bytes
        return {**await self.scheduler.languages(), "formats": suffixes, "max_file_size": limit}

    async def gpus(self, identity: Identity) -> list[Row]:
        """-> the GPUs; which task one works at only to those who see every task."""
        rows = await self.scheduler.gpu_status()
        return rows if identity.confined_to is None else [{**row, "current_task_id": None} for row in rows]
