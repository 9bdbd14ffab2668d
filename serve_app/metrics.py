"""What the scheduler and the database know, as Prometheus reads it. Names and units follow Prometheus' conventions.

Each scrape builds its families anew from the figures it is given: nothing is counted here, so nothing can drift away from
the database. `*_total` and `*_seconds_sum|count` are the stored totals of `storage.total_store`, which never go back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, SummaryMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from storage.states import TaskStatus

Row = Mapping[str, Any]

PREFIX = "khelmerch_"
MIB = 2**20
TRANSLATOR_STATES = ("starting", "ready", "lost", "failed", "draining")
"""Those of `actors.translator_slot.Slot`; every one is told, so that a rule sees 0 and not nothing."""


@dataclass(frozen=True)
class Figures:
    """The answers of the scheduler's calls of these names."""

    queue_status: Row
    task_metrics: Row
    totals: Row
    gpu_status: list[Row]
    system_info: Row


@dataclass(frozen=True)
class Picture:
    """scheduler_up: it answered in time; figures: None when it did not, or when the database could not be read."""

    version: str
    scheduler_up: bool
    ready: bool
    figures: Figures | None


def expose(picture: Picture, accept: str) -> tuple[bytes, str]:
    """-> (the exposition, its media type): the text format, or OpenMetrics where `accept` asks for it."""
    registry = CollectorRegistry()
    registry.register(_Collector(picture))
    encode, media_type = choose_encoder(accept)
    return encode(registry), media_type


class _Collector(Collector):
    def __init__(self, picture: Picture) -> None:
        self._picture = picture

    def collect(self) -> Iterator[Metric]:
        picture = self._picture
        yield _gauge("scheduler_up", "1 if the scheduler answered within the time of a scrape.", picture.scheduler_up)
        yield _gauge(
            "ready", "1 if the server can do its work; GET /health/ready has the reasons why not.", picture.ready
        )
        build = {"version": picture.version}
        if picture.figures is not None:
            build |= {name: str(picture.figures.system_info[name]) for name in ("python", "ray")}
            yield from _queue(picture.figures.queue_status)
            yield from _work(picture.figures.totals, picture.figures.task_metrics)
            yield from _machine(picture.figures.system_info)
            yield from _translators(picture.figures.system_info["translators"])
            yield from _gpus(picture.figures.gpu_status)
        yield InfoMetricFamily(f"{PREFIX}build", "Versions of what runs.", build)


def _gauge(name: str, said: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(PREFIX + name, said, value=float(value))


def _labelled(
    name: str, said: str, labels: tuple[str, ...], values: Iterable[tuple[tuple[str, ...], float | None]]
) -> GaugeMetricFamily:
    """A gauge with a sample for each value that is known."""
    family = GaugeMetricFamily(PREFIX + name, said, labels=labels)
    for named, value in values:
        if value is not None:
            family.add_metric(named, float(value))
    return family


def _queue(queue: Row) -> Iterator[Metric]:
    yield _labelled(
        "tasks",
        "Tasks in the database by state. Goes back when old ones are removed (TASK_RETENTION).",
        ("state",),
        (((status.value,), queue[status.value]) for status in TaskStatus),
    )
    yield _gauge("queue_length", "Tasks that wait to be started.", queue["pending"])
    yield _gauge("queue_limit", "Tasks that may wait (MAX_TASK_QUEUE_SIZE).", queue["max_task_queue_size"])
    yield _gauge("running_tasks_limit", "Tasks that may run at once (MAX_TASKS).", queue["max_tasks"])
    oldest = queue["oldest_pending_age_seconds"] or 0.0
    yield _gauge("queue_oldest_wait_seconds", "Since when the oldest waiting task waits; 0 if none does.", oldest)
    yield _gauge("paused", "1 while nothing is sent to the translators (khelmerch pause).", queue["paused"])
    yield _gauge("draining", "1 while no new task is taken (khelmerch drain).", queue["draining"])


def _work(totals: Row, metrics: Row) -> Iterator[Metric]:
    for name, figure, said in (
        ("segments_translated", "segments", "Sentences that got a translation, repeated ones too."),
        ("segments_flagged", "flagged", "Sentences whose translation is doubtful."),
        ("characters_translated", "chars", "Source characters of the tasks that were completed."),
    ):
        said += " A stored running total: removing old tasks and retrying do not take from it."
        yield CounterMetricFamily(PREFIX + name, said, value=float(totals[figure]))
    yield SummaryMetricFamily(
        f"{PREFIX}task_processing_seconds",
        "Time in processing of the tasks that were completed. A stored running total, as the counters are.",
        count_value=totals["completed"],
        sum_value=totals["milliseconds"] / 1000,
    )
    speed = metrics["characters_per_second"]
    yield _gauge("characters_per_second", "Measured speed of all translators together, in source characters.", speed)


def _machine(info: Row) -> Iterator[Metric]:
    yield _gauge("scheduler_uptime_seconds", "Since when this scheduler runs.", info["uptime_seconds"])
    yield _gauge("nodes", "Machines of the cluster that are alive.", info["nodes"])
    for name, said in (("memory", "Main memory of the head"), ("disk", "The disk that DATA_DIR is on")):
        kinds = ("total", "available" if name == "memory" else "free")
        found = (((kind,), info[f"{name}_{kind}_mib"] * MIB) for kind in kinds)
        yield _labelled(f"{name}_bytes", f"{said}: {' and '.join(kinds)}.", ("kind",), found)


def _translators(translators: list[Row]) -> Iterator[Metric]:
    states = [one["state"] for one in translators]
    yield _labelled(
        "translators",
        "Translators by state.",
        ("state",),
        (((state,), states.count(state)) for state in dict.fromkeys((*TRANSLATOR_STATES, *states))),
    )
    said = "How often a translator was started anew since the scheduler began."
    restarts = CounterMetricFamily(f"{PREFIX}translator_restarts", said, labels=("translator",))
    for one in translators:
        restarts.add_metric((one["name"],), one["restarts"])
    yield restarts


def _gpus(gpus: list[Row]) -> Iterator[Metric]:
    def each(name: str, said: str, column: str, factor: float = 1.0) -> Metric:
        known = (((row["gpu_id"],), row[column]) for row in gpus)
        return _labelled(
            name, said, ("gpu",), ((gpu, None if found is None else found * factor) for gpu, found in known)
        )

    info = InfoMetricFamily(f"{PREFIX}gpu", "Which card it is; without GPUs, a node's CPU.", labels=("gpu",))
    for row in gpus:
        info.add_metric((row["gpu_id"],), {"device": row["device_name"], "uuid": row["uuid"] or ""})
    yield info
    yield _labelled(
        "gpu_memory_bytes",
        "Memory of the GPU: total, used and free.",
        ("gpu", "kind"),
        (((row["gpu_id"], kind), row[f"memory_{kind}"] * MIB) for row in gpus for kind in ("total", "used", "free")),
    )
    yield each("gpu_others_memory_bytes", "Memory held by processes that are not ours.", "others_memory", MIB)
    yield each("gpu_utilization_ratio", "Load, 0 to 1.", "utilization", 0.01)
    yield each("gpu_temperature_celsius", "Temperature.", "temperature")
    yield each("gpu_power_watts", "Power that it draws.", "power_watts")
    yield each("gpu_power_limit_watts", "Power that it may draw.", "power_limit_watts")
    yield each("gpu_ecc_errors", "Uncorrected memory errors since the driver was loaded.", "ecc_errors")
    yield each("gpu_xid", "Number of its last Xid error, 0 for none.", "xid")
    held = ((row["gpu_id"], row["throttling"]) for row in gpus)
    yield _labelled(
        "gpu_throttled",
        "1 while its clocks are held down; GET /gpu_status says why.",
        ("gpu",),
        (((gpu,), None if words is None else bool(words)) for gpu, words in held),
    )
    yield each("gpu_available", "1 if it may be given work; GET /gpu_status has the reason why not.", "is_available")
