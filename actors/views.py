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
from actors.result_kinds import kinds_of
from actors.routing import possible_pairs
from actors.translator_pool import TranslatorPool
from storage import extra_results
from storage.errors import FileNotInTask
from storage.extra_results import ExtraResult
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
        "queue_position": position,
        "eta_seconds": _eta(row, job, dispatcher),
    }
    if job is not None:
        shown["stage"] = stage_of(job)
    return shown


def _eta(row: Row, job: Job | None, dispatcher: Dispatcher) -> float | None:
    """Remaining characters over measured speed, shared with the other tasks that run; None while nothing is known."""
    if row["status"] in TERMINAL:
        return 0.0
    measured = [one for one in dispatcher.fleet.translators.values() if one.measured]
    if job is None or not measured or stage_of(job) == "preparing":
        return None
    speed = sum(one.chars_per_second for one in measured)
    mine = job.waiting_chars + job.out_chars
    everybody = sum(other.waiting_chars + other.out_chars for other in dispatcher.jobs.values())
    active = sum(1 for other in dispatcher.jobs.values() if other.waiting_chars + other.out_chars > 0)
    return float(round(min(mine * max(1, active), everybody) / speed, 1))


def estimate(characters: int, dispatcher: Dispatcher) -> float | None:
    """-> seconds for so much more work behind what there is; None while no translator has been measured."""
    speed = sum(one.chars_per_second for one in dispatcher.fleet.translators.values() if one.measured)
    waiting = sum(job.waiting_chars + job.out_chars for job in dispatcher.jobs.values())
    return round((characters + waiting) / speed, 1) if speed else None


def task_detail(row: Row, files: list[Row], dispatcher: Dispatcher) -> Row:
    return {**task(row, dispatcher), "files": [_file(row, file) for file in files]}


def tasks(repository: Repository, dispatcher: Dispatcher, **chosen: Any) -> Row:
    """-> {"tasks", "next_cursor"}, newest first. chosen: as for `TaskStore.page`."""
    rows, following = repository.tasks.page(**chosen)
    files = repository.tasks.files_of([row["task_id"] for row in rows])
    shown = [task_detail(row, files[row["task_id"]], dispatcher) for row in rows]
    return {"tasks": shown, "next_cursor": following}


def _file(row: Row, file: Row) -> Row:
    shown = {
        key: file[key]
        for key in (
            "n",
            "name",
            "size",
            "status",
            "result_name",
            "result_size",
            "result_sha256",
            "segments_total",
            "segments_done",
            "segments_flagged",
            "error_code",
            "error_message",
        )
    }
    done = file["status"] == "completed" and file["result_blob"] is not None
    download = f"/tasks/{row['task_id']}/files/{file['n']}"
    return {
        **shown,
        "download": download if done else None,
        "flags": json.loads(file["flag_counts"] or "{}"),
        "results": [
            {
                "kind": one.kind,
                "name": one.name,
                "size": one.size,
                "sha256": one.sha256,
                "download": f"{download}?kind={one.kind}",
            }
            for one in (_all_results(row, file) if done else ())
        ],
    }


def _all_results(row: Row, file: Row) -> list[ExtraResult]:
    """-> what was written of a finished file, the result itself first."""
    first = kinds_of(row["output"], False)[0]
    told = (file["result_name"], file["result_size"], file["result_sha256"], file["result_blob"])
    return [ExtraResult(first, *told), *extra_results.from_json(file["extra_results"])]


def _as_row(one: ExtraResult) -> Row:
    return {
        "result_name": one.name,
        "result_size": one.size,
        "result_sha256": one.sha256,
        "result_blob": one.blob,
    }


def queue_status(repository: Repository, config: SchedulerConfig, now: float) -> Row:
    oldest = repository.figures.oldest_pending()
    return {
        **repository.figures.counts(),
        "oldest_pending_age_seconds": round(now - oldest, 3) if oldest is not None else None,
        "max_tasks": config.max_tasks,
        "max_task_queue_size": config.max_queue,
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
        "characters_per_second": round(
            sum(one.chars_per_second for one in dispatcher.fleet.translators.values() if one.measured), 1
        ),
        "tasks_by_status": counts,
    }


def results(repository: Repository, task_id: str) -> Row:
    """-> {"task", "files": a row for each thing that was written of the finished files}. Raises TaskNotFound."""
    row = repository.tasks.get(task_id)
    done = [file for file in repository.tasks.files(task_id) if file["status"] == "completed"]
    return {"task": row, "files": [{**file, **_as_row(one)} for file in done for one in _all_results(row, file)]}


def result(repository: Repository, task_id: str, n: int, kind: str | None = None) -> Row:
    """-> the row of a finished file, with the result of that kind in the place of the first one. Raises TaskNotFound,
    FileNotInTask."""
    file = repository.tasks.file(task_id, n)
    if file["status"] != "completed":
        reason = file["error_message"] or "it is not finished"
        raise FileNotInTask(
            f"File {n} ({file['name']}) cannot be downloaded: {reason}.".replace("..", "."), task_id=task_id, n=n
        )
    if file["result_blob"] is None:
        raise FileNotInTask(f"The result of file {n} was removed after its retention time.", task_id=task_id, n=n)
    row = repository.tasks.get(task_id)
    if kind is None:
        return file
    there = {one.kind: one for one in _all_results(row, file)}
    if kind not in there:
        raise FileNotInTask(
            f"File {n} was not asked for as {kind}: there is {' and '.join(there)}. `output` and `review` of the task say "
            "what is written.",
            task_id=task_id,
            n=n,
            kinds=list(there),
        )
    return {**file, **_as_row(there[kind])}


def segments(repository: Repository, task_id: str, n: int, after: int, limit: int, flag: str | None) -> Row:
    """-> {"segments", "next_after": of the next call, None at the end}. Raises TaskNotFound, FileNotInTask."""
    file = repository.tasks.file(task_id, n)
    found = repository.segments.page(file["id"], after, limit + 1, flag)
    return {
        "segments": [
            {"n": one.position + 1, "source": one.source, "target": one.target, "flags": list(one.flags)}
            for one in found[:limit]
        ],
        "next_after": found[limit - 1].position + 1 if len(found) > limit else None,
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
