"""What operators look at, made up: three GPUs on two nodes with everything that can be wrong, a day's figures, a log."""

from __future__ import annotations

import math
import time
from typing import Any

from actors.rules import BOUNDS
from serve_app import operator_console
from storage.sample_store import SPANS
from storage.times import to_iso

Row = dict[str, Any]


def gpu(gpu_id: str, **changes: Any) -> Row:
    node = gpu_id.partition("/")[0]
    return {
        "gpu_id": gpu_id,
        "node": node,
        "device_name": "NVIDIA L40S",
        "memory_total": 46_068,
        "memory_used": 9_000,
        "memory_free": 37_068,
        "utilization": 87.0,
        "temperature": 61.0,
        "is_available": True,
        "reason": None,
        "current_task_id": None,
        "power_watts": 212.5,
        "power_limit_watts": 350.0,
        "throttling": "",
        "ecc_errors": 0,
        "xid": 0,
        "others_memory": 12,
        "updated_at": to_iso(time.time()),
        "uuid": None,
        **changes,
    }


def cpu() -> Row:
    unknown = ("temperature", "power_watts", "power_limit_watts", "throttling", "ecc_errors", "xid", "others_memory")
    return gpu(
        "laptop/cpu",
        device_name="Intel Xeon (CPU, 2 cores)",
        utilization=34.0,
        memory_total=7_900,
        **dict.fromkeys(unknown),
    )


def translator(name: str, gpu_id: str | None, state: str = "ready", **changes: Any) -> Row:
    return {
        "name": name,
        "state": state,
        "error": None,
        "restarts": 0,
        "model": "/models/nllb-200-distilled-1.3B",
        "gpu_id": gpu_id,
        "node": gpu_id.partition("/")[0] if gpu_id else None,
        "characters_per_second": 3_150.0 if state == "ready" else None,
        "waiting_characters": 12_000,
        "tasks": [{"task_id": "t-anna", "source_lang": "mon_Cyrl", "target_lang": "cmn_Hans"}] if gpu_id else [],
        **changes,
    }


def picture(**held: bool) -> Row:
    """-> as Oversight.cluster. held: paused, draining."""
    sick = {"is_available": False, "reason": "uncorrected ECC errors", "ecc_errors": 2, "xid": 48, "utilization": None}
    return {
        "queue": {
            **dict.fromkeys(("completed", "failed", "cancelled", "timeout"), 0),
            "pending": 14,
            "processing": 3,
            "oldest_pending_age_seconds": 95.0,
            "max_tasks": 10,
            "max_task_queue_size": 50,
            "paused": False,
            "draining": False,
            "idle": False,
            **held,
        },
        "characters_per_second": 6_300.0,
        "devices": [
            gpu("box-1/0"),
            gpu("box-1/1", throttling="heat", temperature=89.0, others_memory=4_096),
            gpu("box-2/0", device_name="<b>NVIDIA H100</b> 80GB HBM3", memory_total=81_559, **sick),
        ],
        "translators": [
            translator("translator-0", "box-1/0"),
            translator("translator-1", "box-1/1", restarts=3),
            translator("translator-2", None, "failed", error="CUDA out of memory", restarts=9),
        ],
        "fleet": {
            "models": "/models/nllb-200-distilled-1.3B",
            "replacing": None,
            "problem": None,
            "translators_wanted": 3,
            "scale": 3,
            "serving": [
                {
                    "model": "/models/nllb-200-distilled-1.3B",
                    "share": 1,
                    "state": "serving",
                    "running_tasks": 3,
                    "translators": [],
                }
            ],
        },
    }


def series(span: str, now: float | None = None) -> Row:
    """-> as Oversight.samples: waves, with a gap in which the server did not run."""
    chosen = SPANS[span]
    until = int(time.time() if now is None else now)
    points = []
    for n in range(chosen.points):
        if chosen.points // 3 < n < chosen.points // 3 + 12:
            continue
        wave = 0.5 + 0.5 * math.sin(n / chosen.points * 9)
        points.append(
            {
                "at": (until - chosen.seconds) // chosen.step * chosen.step + (n + 1) * chosen.step,
                "utilization": round(20 + 75 * wave, 1),
                "characters_per_second": round(6_000 * wave, 1),
                "waiting": round(14 * (1 - wave), 1),
                "running": 3.0,
                "oldest_seconds": round(400 * (1 - wave), 1),
                "completed": 5,
                "failed": int(n % 29 == 0),
                "success_rate": 0.8333 if n % 29 == 0 else 1.0,
            }
        )
    return {"span": span, "seconds": chosen.seconds, "step": chosen.step, "until": until, "points": points}


def in_force(**changes: int | float) -> Row:
    """-> as LiveSettings.in_force, with some values that an operator changed."""
    day = 86_400.0
    limits = {
        "max_tasks": 10,
        "max_task_queue_size": 50,
        "max_pending_per_client": 0,
        "max_chars_per_day": 0,
        "max_file_size": 100 * 1024 * 1024,
        "max_files_per_task": 100,
        "max_text_chars": 20_000,
        "task_timeout": day,
    }
    kept = {"upload": 7 * day, "result": 30 * day, "task": 365 * day, "action": 365 * day, "memory": 0.0}
    configured = {**limits, **{f"{name}_retention": age for name, age in kept.items()}}
    now = {**configured, **changes}
    return {
        "limits": {name: now[name] for name in limits},
        "retention": {name if name == "memory" else f"{name}s": now[f"{name}_retention"] for name in kept},
        "memory": {"enabled": True, "threshold": 0.85, "max_rows": 1_000_000},
        "settings": [
            {
                "name": name,
                "group": bounds.group,
                "unit": bounds.unit,
                "value": now[name],
                "configured": configured[name],
                "changed": name in changes,
                "least": bounds.least,
                "most": bounds.most,
                "zero": bounds.zero,
            }
            for name, bounds in BOUNDS.items()
        ],
    }


def shown_settings(**changes: int | float) -> Row:
    """-> as the console's client tells them."""
    return operator_console._worded(in_force(**changes))


def logged(number: int, what: str, about: str, **details: Any) -> Row:
    return {
        "id": number,
        "at": to_iso(time.time() - 60 * (20 - number)),
        "who": "olga",
        "key_id": "k1",
        "role": "operator",
        "via": ("console", "cli", "api")[number % 3],
        "address": "192.168.1.20",
        "what": what,
        "about": about,
        "details": details,
    }


LOG = [
    logged(4, "keys.create", "Zk3vTq", name="translation-desk", role="client"),
    logged(3, "glossaries.create", "g-1", name="law", entries=240),
    logged(2, "fleet.scale", "3"),
    logged(1, "server.pause", ""),
]

GLOSSARY = {
    "glossary_id": "g-1",
    "client_id": "",
    "name": "law",
    "source_lang": "mon_Cyrl",
    "target_lang": "cmn_Hans",
    "entries": 240,
    "revision": 1,
    "created_at": "2026-11-25T00:00:00.000000Z",
    "updated_at": "2026-11-25T00:00:00.000000Z",
}

REMEMBERED = [
    {"source_lang": "mon_Cyrl", "target_lang": "cmn_Hans", "origin": "translation", "entries": 12_345},
    {"source_lang": "mon_Cyrl", "target_lang": "cmn_Hans", "origin": "correction", "entries": 17},
]


def answer(what: str, *arguments: Any) -> Any:
    """-> what the scheduler says to `oversee`."""
    if what == "cluster":
        return picture()
    if what == "samples":
        return series(*arguments)
    if what == "settings":
        return in_force()
    if what == "change_settings":
        return in_force(**{name: value for name, value in arguments[0].items() if value is not None})
    if what == "actions":
        return {"actions": LOG, "next_cursor": None}
    if what == "glossaries":
        return [GLOSSARY]
    if what == "memory_clients":
        return ["carl"]
    return None
