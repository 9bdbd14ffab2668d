"""Puts the parts into a Ray cluster: the scheduler (found or made), then the ingress."""

from __future__ import annotations

import importlib.metadata
import logging
import time
from typing import Any

import ray
from ray import serve
from ray.exceptions import RayActorError, RayTaskError

from actors.config import NAMESPACE, SCHEDULER_NAME, LogConfig, SchedulerConfig, TranslatorConfig
from actors.ray_errors import sentence_of
from actors.task_scheduler import TaskScheduler
from actors.translator_pool import stray_translators
from cluster.errors import ClusterError
from cluster.settings import Settings
from serve_app.door import DoorConfig
from serve_app.in_force import IntakeLimits
from serve_app.ingress import application
from serve_app.services import ServeConfig
from storage.partial_uploads import keep_seconds
from translation.factory import EngineOptions
from translation.model_list import parse

APPLICATION = "khelmerch"
DOCUMENT_MEMORY_BYTES = 1024**3
"""Address space of one document worker: a gigabyte holds any document below MAX_FILE_SIZE, and no zip bomb."""
DOCUMENT_SECONDS = 600.0

SCHEDULER_CALLS = 10_000
"""Calls that wait for the scheduler at once: all of them are short, and Ray's 1,000 would hold up a burst of uploads."""


def version() -> str:
    return importlib.metadata.version("khelmerch")


def scheduler_config(settings: Settings) -> SchedulerConfig:
    log = LogConfig(
        settings.log_file, settings.logging.level, settings.logging.max_log_size, settings.logging.backup_count
    )
    model = settings.model
    cpus = float(settings.ray.num_cpus or ray.cluster_resources().get("CPU", 1.0))
    translators = settings.gpu.gpu_instances or settings.gpu.max_instances or len(parse(model.model))
    engine = EngineOptions(
        model.model,
        model.engine,
        model.device,
        model.compute_type,
        threads=model.threads or max(1, int(cpus) // translators),
        cache_dir=settings.storage.models_dir,
        restrict=model.restrict_vocabulary,
    )
    return SchedulerConfig(
        version=version(),
        database_url=settings.storage.url,
        blob_root=settings.storage.blobs_dir,
        blob_url=settings.storage.blob_url,
        log=log,
        # Translators hold no Ray CPUs: they must start on a full machine, and on GPU nodes the GPU is the scarce thing.
        translator=TranslatorConfig(
            engine,
            model.beam,
            model.batch_tokens,
            gpus=settings.gpu.gpu_share,
            cpus=0.0,
            log=log,
            length_penalty=model.length_penalty,
        ),
        instances=settings.gpu.gpu_instances,
        document_workers=settings.gpu.cpu_instances,
        document_memory_bytes=DOCUMENT_MEMORY_BYTES,
        document_seconds=DOCUMENT_SECONDS,
        max_tasks=settings.tasks.max_tasks,
        max_queue=settings.tasks.max_task_queue_size,
        max_files_per_task=settings.tasks.max_files_per_task,
        max_text_chars=settings.tasks.max_text_chars,
        max_file_bytes=settings.tasks.max_file_size,
        task_timeout_seconds=settings.tasks.task_timeout,
        upload_retention_seconds=settings.tasks.upload_retention,
        result_retention_seconds=settings.tasks.result_retention,
        gpu_policy=settings.gpu.gpu_policy,
        monitor_interval_seconds=settings.gpu.gpu_monitor_interval,
        namespace=NAMESPACE,
        max_pending_per_client=settings.tasks.max_pending_per_client,
        max_chars_per_day=settings.tasks.max_chars_per_day,
        min_instances=settings.gpu.min_instances,
        max_instances=settings.gpu.max_instances,
        task_retention_seconds=settings.tasks.task_retention,
        action_retention_seconds=settings.tasks.action_retention,
        memory=settings.memory.enabled,
        memory_threshold=settings.memory.threshold,
        memory_retention_seconds=settings.memory.retention,
        memory_max_rows=settings.memory.max_rows,
        default_glossary=settings.glossary.default,
        keys_dir=settings.keys_dir,
        allow_private_webhooks=settings.webhooks.allow_private,
        otlp_endpoint=settings.telemetry.otlp_endpoint,
    )


def serve_config(settings: Settings) -> ServeConfig:
    return ServeConfig(
        version=version(),
        namespace=NAMESPACE,
        blob_root=settings.storage.blobs_dir,
        models_dir=settings.storage.models_dir,
        model=settings.model.model,
        limits=IntakeLimits(
            settings.tasks.max_file_size, settings.tasks.max_files_per_task, settings.tasks.max_text_chars
        ),
        log_file=settings.log_file,
        log_level=settings.logging.level,
        blob_url=settings.storage.blob_url,
        keys_dir=settings.keys_dir,
        door=DoorConfig(settings.needs_key, settings.server.allow_unauthenticated, settings.server.cors_origins),
        partial_seconds=keep_seconds(settings.tasks.upload_retention),
        dashboard="" if settings.ray.address else f"http://127.0.0.1:{settings.ray.dashboard_port}",
        otlp_endpoint=settings.telemetry.otlp_endpoint,
    )


def ensure_scheduler(config: SchedulerConfig) -> Any:
    """-> the scheduler, started. One of another version or with other settings is ended and made anew.

    Raises ClusterError with the reason when it cannot start.
    """
    handle = _create(config)
    try:
        answer = ray.get(handle.start.remote())
        if answer["config"] != config:
            # `get_if_exists` gave us a process with old code or old settings. What it holds is in storage.
            ray.get(handle.shutdown.remote())
            ray.kill(handle, no_restart=True)
            _wait_gone(config.namespace)
            handle = _create(config)
            ray.get(handle.start.remote())
    except (RayActorError, RayTaskError) as error:
        raise ClusterError(f"The scheduler did not start: {sentence_of(error)}") from error
    return handle


def _create(config: SchedulerConfig) -> Any:
    actor: Any = TaskScheduler
    return actor.options(
        name=SCHEDULER_NAME,
        namespace=config.namespace,
        lifetime="detached",
        get_if_exists=True,
        max_restarts=-1,
        max_task_retries=0,
        num_cpus=0,
        resources={"node:__internal_head__": 0.001},
        max_concurrency=SCHEDULER_CALLS,
    ).remote(config)


def _wait_gone(namespace: str, seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            ray.get_actor(SCHEDULER_NAME, namespace=namespace)
        except ValueError:
            return
        time.sleep(0.05)
    raise ClusterError("The scheduler of the former version does not end; run `khelmerch down` and `khelmerch up`.")


def start_ingress(settings: Settings) -> None:
    # Serve's own remarks on a good start say nothing to the one who typed `khelmerch up`.
    logging.getLogger("ray.serve").setLevel(logging.WARNING)
    serve.start(
        proxy_location="HeadOnly",
        http_options={"host": settings.server.host, "port": settings.server.port},
        logging_config={"enable_access_log": False},
    )
    serve.run(
        application(serve_config(settings)),
        name=APPLICATION,
        route_prefix="/",
        logging_config={"enable_access_log": False},
    )


def remove() -> None:
    """Take everything of ours out of a cluster that was joined, and leave the cluster as it was."""
    serve.delete(APPLICATION)
    try:
        scheduler = ray.get_actor(SCHEDULER_NAME, namespace=NAMESPACE)
    except ValueError:
        return
    ray.get(scheduler.shutdown.remote())
    ray.kill(scheduler, no_restart=True)
    for name in stray_translators():
        ray.kill(ray.get_actor(name, namespace=NAMESPACE), no_restart=True)
