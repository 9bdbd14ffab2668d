"""What the API shows: rows of storage joined with what the dispatcher knows at the moment. Pure reading."""

from __future__ import annotations

import json
import platform
import time
from collections.abc import Mapping, Sequence
from typing import Any

import psutil
import ray

from actors.config import SchedulerConfig
from actors.dispatch import Dispatcher
from actors.job import Job
from actors.model_fleet import ModelFleet
from actors.result_views import file_view
from actors.routing import possible_pairs
from actors.routing import shown as shown_model
from actors.rules import Rules
from actors.translator_pool import TranslatorPool
from storage.repository import Repository
from storage.states import TERMINAL, TaskStatus
from translation.catalogue import ModelDescription
from translation.languages import Language

Row = dict[str, Any]

TRANSLATED_SHARE = 0.98
"""The part of a file's progress that translating makes up; the rest is writing the document."""

RECENT_SECONDS = 3_600.0
"""Over which time throughput is given."""


def progress_of(job: Job, files: list[Row]) -> float:
    """-> per cent: each file counts by its size, and within it by the sentences that are translated."""
    total = sum(max(1, file["size"]) for file in files)
    done = 0.0
    for file in files:
        status = job.files[file["id"]].status if file["id"] in job.files else file["status"]
        if status in ("completed", "failed"):
            share = 1.0
        elif file["segments_total"]:
            share = TRANSLATED_SHARE * file["segments_done"] / file["segments_total"]
        else:
            share = 0.0
        done += share * max(1, file["size"])
    return round(100.0 * done / total, 1)


def stage_of(job: Job) -> str:
    """The stage of the file that is furthest back, as people would say it: preparing, translating or assembling."""
    statuses = {file.status for file in job.files.values()}
    if "prepared" in statuses:
        return "translating"
    if statuses & {"pending", "preparing"}:
        return "preparing"
    return "assembling"


def task(row: Row, dispatcher: Dispatcher) -> Row:
    """-> the task's columns with its place in the queue (1 is next) and the seconds it will still take."""
    job = dispatcher.jobs.get(row["task_id"])
    position = dispatcher.pending_position(row["task_id"]) if row["status"] == TaskStatus.PENDING else None
    shown = {
        **row,
        "via_eng": bool(row["via_eng"]),
        "model": shown_model(row["model"]),
        "memory": bool(row["memory"]),
        "glossaries": json.loads(row["glossaries"] or "[]"),
        "queue_position": position,
        "eta_seconds": _eta(row, job, dispatcher),
    }
    if job is not None:
        shown["stage"] = stage_of(job)
    return shown


def measured_speed(dispatcher: Dispatcher) -> float:
    """-> characters per second of all translators that have been measured."""
    return sum(one.chars_per_second for one in dispatcher.fleet.translators.values() if one.measured)


def _waiting_chars(dispatcher: Dispatcher) -> float:
    return sum(job.waiting_chars + job.out_chars for job in dispatcher.jobs.values())


def _eta(row: Row, job: Job | None, dispatcher: Dispatcher) -> float | None:
    """Remaining characters over measured speed, shared with the other tasks that run; None while nothing is known."""
    if row["status"] in TERMINAL:
        return 0.0
    speed = measured_speed(dispatcher)
    if job is None or not speed or stage_of(job) == "preparing":
        return None
    mine = job.waiting_chars + job.out_chars
    active = sum(1 for other in dispatcher.jobs.values() if other.waiting_chars + other.out_chars > 0)
    return float(round(min(mine * max(1, active), _waiting_chars(dispatcher)) / speed, 1))


def estimate(characters: int, dispatcher: Dispatcher) -> float | None:
    """-> seconds for so much more work behind what there is; None while no translator has been measured."""
    speed = measured_speed(dispatcher)
    return round((characters + _waiting_chars(dispatcher)) / speed, 1) if speed else None


def task_detail(row: Row, files: list[Row], dispatcher: Dispatcher) -> Row:
    shown = [file_view(row, file) for file in files]
    return {
        **task(row, dispatcher),
        "terms": {what: sum(file["terms"].get(what, 0) for file in shown) for what in ("used", "missed")},
        "memory_matches": sum(file["memory_matches"] for file in shown),
        "files": shown,
    }


def tasks(repository: Repository, dispatcher: Dispatcher, **chosen: Any) -> Row:
    """-> {"tasks", "next_cursor"}, newest first. chosen: as for `TaskStore.page`."""
    rows, following = repository.tasks.page(**chosen)
    files = repository.tasks.files_of([row["task_id"] for row in rows])
    shown = [task_detail(row, files[row["task_id"]], dispatcher) for row in rows]
    return {"tasks": shown, "next_cursor": following}


def queue_status(repository: Repository, rules: Rules, now: float) -> Row:
    oldest = repository.figures.oldest_pending()
    return {
        **repository.figures.counts(),
        "oldest_pending_age_seconds": round(now - oldest, 3) if oldest is not None else None,
        "max_tasks": rules.max_tasks,
        "max_task_queue_size": rules.max_task_queue_size,
    }


def task_metrics(repository: Repository, dispatcher: Dispatcher, now: float) -> Row:
    """Success rate and mean time over everything that is kept; throughput over the last hour."""
    counts = repository.figures.counts()
    judged = sum(counts[status] for status in ("completed", "failed", "timeout"))
    ever = repository.figures.of_tasks(0.0)
    recent = repository.figures.of_tasks(now - RECENT_SECONDS)
    gpus = [row["utilization"] for row in repository.gpus.all() if row["utilization"] is not None]
    return {
        "total_tasks": sum(counts.values()),
        # Cancelled tasks were nobody's fault: they count neither way.
        "success_rate": round(counts["completed"] / judged, 4) if judged else None,
        "mean_processing_seconds": ever["mean_processing_seconds"],
        "gpu_utilization": round(sum(gpus) / len(gpus), 1) if gpus else None,
        "throughput": {
            "period_seconds": RECENT_SECONDS,
            "tasks": recent["completed"],
            "segments": recent["segments"],
            "characters": recent["chars"],
        },
        "characters_per_second": round(measured_speed(dispatcher), 1),
        "tasks_by_status": counts,
    }


def system_info(config: SchedulerConfig, pool: TranslatorPool, started_at: float) -> Row:
    resources = ray.cluster_resources()
    memory = psutil.virtual_memory()
    disk = psutil.disk_usage(str(config.blob_root))
    return {
        "version": config.version,
        "platform": platform.platform(),
        "python": platform.python_version(),
        "ray": ray.__version__,
        "cpu_count": psutil.cpu_count(),
        "memory_total_mib": memory.total // 2**20,
        "memory_available_mib": memory.available // 2**20,
        "disk_total_mib": disk.total // 2**20,
        "disk_free_mib": disk.free // 2**20,
        "nodes": sum(1 for node in ray.nodes() if node["Alive"]),
        "cluster_gpus": resources.get("GPU", 0.0),
        "cluster_cpus": resources.get("CPU", 0.0),
        "model": config.translator.engine.model,
        "beam_size": config.translator.beam_size,
        "uptime_seconds": round(time.time() - started_at, 1),
        "translators": [
            {
                "name": slot.name,
                "state": slot.state,
                "error": slot.error,
                "restarts": slot.restarts,
                "pid": slot.info.pid if slot.info else None,
                "gpu_id": slot.info.gpu_id if slot.info else None,
                "device": slot.info.device if slot.info else None,
                "model": slot.info.model if slot.info else None,
            }
            for slot in pool.slots.values()
        ],
    }


def health(config: SchedulerConfig, pool: TranslatorPool, storage_problem: str | None, unfit: Sequence[str]) -> Row:
    """-> {"ready", "reasons"}: not ready when storage or every translator is gone, or no GPU is fit to work."""
    reasons = [storage_problem] if storage_problem else []
    if not pool.ready:
        failed = [slot.error for slot in pool.slots.values() if slot.error]
        reasons.append(
            f"No translator is ready: {failed[0]}"
            if failed
            else "No translator is ready yet; the model is being loaded."
        )
    elif unfit:
        reasons.append(f"No GPU can be given work: {'; '.join(unfit)}.")
    return {
        "ready": not reasons,
        "reasons": reasons,
        "translators": len(pool.ready),
        "version": config.version,
    }


def languages(known: Mapping[str, Language], models: ModelFleet) -> Row:
    """The languages, and the pairs that the models can do between them, straight or by way of English."""
    pairs = possible_pairs(models.offers)
    spoken = {code for source, target, _via in pairs for code in (source, target)}
    return {
        "languages": [
            {
                "code": language.code,
                "bcp47": language.bcp47,
                "english_name": language.english_name,
                "native_name": language.native_name,
                "available": code in spoken,
            }
            for code, language in known.items()
        ],
        "pairs": [{"source": source, "target": target, "via_eng": via} for source, target, via in pairs],
        "model": _model(models.first),
        "models": [{**_model(models.described[offer.model]), "model": offer.model} for offer in models.offers],
    }


def _model(model: ModelDescription) -> Row:
    return {
        "name": model.name,
        "architecture": model.architecture,
        "licence": model.licence,
        "size_mb": model.size_mb,
        "starter": model.starter,
        "notice": model.notice,
    }
