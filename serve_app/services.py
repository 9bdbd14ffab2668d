"""What the routes and the console work with; made once for each replica."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from actors.client import Row, SchedulerClient
from actors.oversight_client import OversightClient
from actors.words_client import WordsClient
from documents import registry
from serve_app.access import Access
from serve_app.actions import Actions
from serve_app.door import CLOSED_TO_OTHERS, DoorConfig
from serve_app.errors import ResultGone
from serve_app.identity import Identity
from serve_app.in_force import IntakeLimits, LimitsInForce
from serve_app.intake import Intake
from serve_app.keyring import Keyring
from serve_app.live import Hub
from serve_app.overview import Overview
from serve_app.resumable import Resumable
from serve_app.submitting import Submitting
from storage.api_keys import Role
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
    """As config.ini says."""
    log_file: Path
    log_level: str
    blob_url: str = ""
    keys_dir: Path = Path()
    door: DoorConfig = CLOSED_TO_OTHERS
    partial_seconds: float = DAY_SECONDS
    """How long unfinished uploads are kept."""
    dashboard: str = ""
    """Address of Ray's dashboard on the server's own machine; empty where Ray is not ours."""
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
    keyring: Keyring
    limits: LimitsInForce

    @classmethod
    def of(cls, config: ServeConfig) -> Services:
        return cls.over(config, SchedulerClient(config.namespace))

    @classmethod
    def over(cls, config: ServeConfig, scheduler: SchedulerClient) -> Services:
        blobs = open_blobs(config.blob_root, config.blob_url)
        blobs.sweep_dead()  # what an ingress before this one was receiving when it was killed
        limits = LimitsInForce(OversightClient(scheduler), config.limits)
        intake = Intake(scheduler, blobs, limits.now)
        uploads = PartialUploads(config.blob_root, config.partial_seconds)
        resumable = Resumable(scheduler, intake, blobs, uploads)
        submitting = Submitting(scheduler, intake, blobs, resumable)
        access, hub, keyring = Access(scheduler, uploads), Hub(scheduler), Keyring(scheduler, config.keys_dir)
        return cls(config, scheduler, blobs, intake, submitting, access, hub, resumable, keyring, limits)

    async def fetch(self, key: str) -> Path:
        """-> where a result lies on this machine. Raises ResultGone, StorageError."""
        path = await asyncio.to_thread(self.blobs.fetch, key)
        if not path.exists():
            raise ResultGone("The file is no longer in the store; it may have been removed after its retention time.")
        return path

    @property
    def words(self) -> WordsClient:
        return WordsClient(self.scheduler)

    @property
    def oversight(self) -> OversightClient:
        return OversightClient(self.scheduler)

    @property
    def actions(self) -> Actions:
        return Actions(self.oversight)

    @cached_property
    def overview(self) -> Overview:
        return Overview(self.oversight)

    async def cluster(self, identity: Identity) -> Row:
        """-> devices, translators, queue and fleet, with the address of Ray's dashboard for operators."""
        address = self.config.dashboard if identity.role is Role.OPERATOR else ""
        return {**await self.overview.cluster(), "dashboard": address or None}

    async def languages(self) -> Row:
        """-> what can be translated now: languages, pairs, the model, suffixes of files and their largest size."""
        suffixes = sorted({suffix for kind in registry.formats() for suffix in kind.suffixes})
        limit = (await self.limits.now()).max_file_bytes
        return {**await self.scheduler.languages(), "formats": suffixes, "max_file_size": limit}

    async def gpus(self, identity: Identity) -> list[Row]:
        """-> the GPUs; which task one works at only to those who see every task."""
        rows = await self.scheduler.gpu_status()
        return rows if identity.confined_to is None else [{**row, "current_task_id": None} for row in rows]
