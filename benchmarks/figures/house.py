"""A Ray of one's own with logical GPUs, and schedulers in it: real actors, the fake engine, ports and folders of their own."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from actors.client import SchedulerClient
from actors.config import SCHEDULER_NAME, LogConfig, SchedulerConfig, TranslatorConfig
from cluster import ray_head
from cluster.settings import Settings
from storage.blobs import BlobStore
from storage.upload_store import StoredFile
from translation.factory import EngineOptions

VERSION = "figures"


@dataclass
class House:
    """One running scheduler."""

    config: SchedulerConfig
    client: SchedulerClient
    handle: Any = None

    def stored(self, name: str, text: str) -> StoredFile:
        staged = BlobStore(self.config.blob_root).stage()
        staged.write(text.encode())
        staged.finish()
        blob = staged.commit("uploads")
        return StoredFile(name, blob.size, blob.sha256, blob.key)


@contextmanager
def ray_in(folder: Path, gpus: int) -> Iterator[None]:
    """A Ray head in `folder`; this process is connected to it. Ray's environment must be prepared before."""
    base = Settings(project_dir=folder)
    port, dashboard = ray_head.free_ports(2)
    settings = replace(
        base,
        storage=replace(base.storage, data_dir=folder),
        ray=replace(base.ray, port=port, dashboard_port=dashboard, num_gpus=gpus, num_cpus=2),
    )
    try:
        head = ray_head.start(settings, print)
        import ray

        try:
            ray.init(address=head.address, namespace="figures", log_to_driver=False, logging_level="ERROR")
            ray_head.note_children(settings, head)
            yield
        finally:
            ray.shutdown()
    finally:
        ray_head.stop(settings)


def config_in(
    folder: Path,
    model: str = "fake",
    instances: int = 1,
    batch_tokens: int = 2048,
    gpu_share: float = 1.0,
    **changes: Any,
) -> SchedulerConfig:
    """-> settings of a scheduler whose database and blobs lie in `folder`, in a namespace of its own; without a memory, since
    the same sentences are to be translated again and again."""
    log = LogConfig(folder / "logs" / "server.log")
    engine = EngineOptions(model, "fake", "cpu", "auto", 1, folder / "models")
    config = SchedulerConfig(
        version=VERSION,
        database_url=f"sqlite:///{folder / 'khelmerch.db'}",
        blob_root=folder / "blobs",
        log=log,
        translator=TranslatorConfig(engine, 1, batch_tokens, gpus=gpu_share, cpus=0.0, log=log),
        instances=instances,
        document_workers=1,
        document_memory_bytes=1024**3,
        document_seconds=60.0,
        max_tasks=10,
        max_queue=10_000_000,
        max_files_per_task=100,
        max_text_chars=10_000,
        max_file_bytes=10 * 1024**2,
        task_timeout_seconds=600.0,
        upload_retention_seconds=0.0,
        result_retention_seconds=0.0,
        gpu_policy="",
        monitor_interval_seconds=5.0,
        namespace=f"figures-{secrets.token_hex(4)}",
        memory=False,
    )
    return replace(config, **changes)


@contextmanager
def house_of(config: SchedulerConfig) -> Iterator[House]:
    """A running scheduler; it and its translators are gone after."""
    from cluster.deploy import ensure_scheduler

    handle = ensure_scheduler(config)
    try:
        yield House(config, SchedulerClient(config.namespace), handle)
    finally:
        end(config)


def end(config: SchedulerConfig) -> None:
    """Take a scheduler and everything else in its namespace away."""
    import ray
    from ray.exceptions import RayError

    # It may have been killed for good already.
    with contextlib.suppress(ValueError, RayError):
        found = ray.get_actor(SCHEDULER_NAME, namespace=config.namespace)
        ray.get(found.shutdown.remote(), timeout=30)
        ray.kill(found, no_restart=True)
    for row in ray.util.list_named_actors(all_namespaces=True):
        if row["namespace"] == config.namespace:
            with contextlib.suppress(ValueError, RayError):
                ray.kill(ray.get_actor(row["name"], namespace=row["namespace"]), no_restart=True)
