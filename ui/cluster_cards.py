"""The Cluster page as HTML: what the server does, a card for each node and device, translators, models. Pure."""

from __future__ import annotations

from datetime import datetime
from itertools import groupby
from urllib.parse import quote

from ui.controls import empty, state_bar, table
from ui.format import ago, elapsed, size
from ui.html import button, esc
from ui.locale import Visitor
from ui.operator_client import OPERATOR, ClusterRow, DeviceRow, TranslatorRow
from ui.text import Text

STALE_SECONDS = 60.0
"""As the dispatcher counts it: an older reading is unknown."""

OTHERS_MIB = 512
"""Of other processes' memory less is a display or a monitoring tool."""

MIB = 1024 * 1024
_TRANSLATOR_PILLS = {"ready": "completed", "starting": "processing", "draining": "processing"}
_MODEL_PILLS = {"serving": "completed", "loading": "processing", "retiring": "pending", "failed": "failed"}


def head(cluster: ClusterRow, t: Text, role: str) -> str:
    """The state, the summary and for operators the controls."""
    translators, queue, fleet = cluster["translators"], cluster["queue"], cluster["fleet"]
    summary = t(
        "cl_summary",
        ready=sum(one["state"] == "ready" for one in translators),
        wanted=fleet["translators_wanted"],
        speed=f"{cluster['characters_per_second']:,.0f}",
        running=queue["processing"],
        waiting=queue["pending"],
    )
    operates = role == OPERATOR
    controls = _controls(cluster, t) if operates else ""
    return (
        f'<section class="op-panel op-head">{state_bar(queue, t, may_change=operates)}'
        f'<p class="summary">{esc(summary)}</p>{controls}</section>'
    )


def _controls(cluster: ClusterRow, t: Text) -> str:
    fleet = cluster["fleet"]
    auto = (
        button("scale_auto", "", t("cl_scale_auto"), kind="btn-small btn-plain") if fleet["scale"] is not None else ""
    )
    scaled = f'<p class="hint">{esc(t("cl_scaled", n=fleet["scale"]))}</p>' if fleet["scale"] is not None else ""
    dashboard = ""
    if cluster["dashboard"]:
        dashboard = (
            f'<a class="btn btn-small" href="{esc(cluster["dashboard"])}" target="_blank" rel="noreferrer" '
            f'title="{esc(t("cl_dashboard_hint"))}">{esc(t("cl_dashboard"))} ↗</a>'
        )
    return (
        f'<div class="op-controls"><span data-form><label>{esc(t("cl_scale"))} <input type="number" min="1" max="4096" '
        f'value="{fleet["translators_wanted"]}"></label>{button("scale", "", t("cl_scale_apply"), kind="btn-small")}{auto}'
        f"</span>{dashboard}</div>{scaled}"
    )


def devices(cluster: ClusterRow, who: Visitor, now: datetime) -> str:
    t = who.text
    if not cluster["devices"]:
        return empty(t("cl_empty"), t("cl_empty_body"))
    rows = sorted(cluster["devices"], key=lambda row: (row["node"], row["gpu_id"]))
    nodes = [(name, list(group)) for name, group in groupby(rows, key=lambda row: row["node"])]
    return "".join(_node(name, group, cluster["translators"], who, now) for name, group in nodes)


def _node(name: str, rows: list[DeviceRow], translators: list[TranslatorRow], who: Visitor, now: datetime) -> str:
    t = who.text
    many = t("cl_device_one") if len(rows) == 1 else t("cl_device_many", n=len(rows))
    speed = sum(one["characters_per_second"] or 0.0 for one in translators if one["node"] == name)
    cards = "".join(
        _device(row, [one for one in translators if one["gpu_id"] == row["gpu_id"]], who, now) for row in rows
    )
    return (
        f'<section class="node" data-node="{esc(name)}"><header><h3>{esc(name)}</h3>'
        f'<span class="quiet num">{esc(t("cl_node", devices=many, speed=f"{speed:,.0f}"))}</span></header>'
        f'<div class="devices">{cards}</div></section>'
    )


def _device(row: DeviceRow, translators: list[TranslatorRow], who: Visitor, now: datetime) -> str:
    t = who.text
    is_cpu = row["gpu_id"].endswith("/cpu")
    heat, power = row["temperature"], row["power_watts"]
    limit = f" / {row['power_limit_watts']:.0f}" if row["power_limit_watts"] else ""
    speeds = [one["characters_per_second"] for one in translators if one["characters_per_second"] is not None]
    facts = [(t("cl_speed"), t("cl_speed_of", n=f"{sum(speeds):,.0f}") if speeds else "–")]
    if not is_cpu:
        facts.insert(0, (t("cl_power"), "–" if power is None else f"{power:.0f}{limit} W"))
        facts.insert(0, (t("cl_heat"), "–" if heat is None else f"{heat:.0f} °C"))
    listed = "".join(f"<dt>{esc(name)}</dt><dd class='num'>{esc(value)}</dd>" for name, value in facts)
    flags = health(row, t, now)
    pills = "".join(f'<span class="pill pill-{kind}"><i></i>{esc(words)}</span>' for kind, words in flags)
    used = f"{size(int(row['memory_used'] * MIB))} / {size(int(row['memory_total'] * MIB))}"
    share = 100.0 * row["memory_used"] / row["memory_total"] if row["memory_total"] else 0.0
    load = row["utilization"]
    return (
        f'<article class="device" data-device="{esc(row["gpu_id"])}"><h4>{esc(row["device_name"])}</h4>'
        f'<p class="quiet">{esc(row["gpu_id"])}</p><div class="flags">{pills}</div>'
        f"{_meter(t('cl_memory'), share, used)}{_meter(t('cl_load'), load or 0.0, '–' if load is None else f'{load:.0f} %')}"
        f'<dl class="facts">{listed}<dt>{esc(t("cl_works_at"))}</dt><dd>{_work(row, translators, t)}</dd></dl></article>'
    )


def _meter(name: str, percent: float, words: str) -> str:
    value = min(100.0, max(0.0, percent))
    return (
        f'<div class="meter"><span>{esc(name)}</span><span class="num">{esc(words)}</span>'
        f'<div class="bar" role="meter" aria-valuemin="0" aria-valuemax="100" aria-valuenow="{value:.0f}" '
        f'aria-label="{esc(name)}"><i style="width:{value:.1f}%"></i></div></div>'
    )


def _work(row: DeviceRow, translators: list[TranslatorRow], t: Text) -> str:
    """Links to the tasks that it has sentences of."""
    tasks = {one["task_id"]: one for translator in translators for one in translator["tasks"]}
    if not tasks:
        return f'<span class="quiet">{esc(t("cl_idle"))}</span>'
    first = next(iter(tasks.values()))
    pair = f"{t.language_name(first['source_lang'])} → {t.language_name(first['target_lang'])}"
    link = f'<a href="tasks?task={quote(first["task_id"], safe="")}">{esc(pair)}</a>'
    more = f' <span class="quiet">{esc(t("cl_more", n=len(tasks) - 1))}</span>' if len(tasks) > 1 else ""
    return link + more


def health(row: DeviceRow, t: Text, now: datetime) -> list[tuple[str, str]]:
    """-> (kind of pill, words) of all that is wrong; one that says it is well when nothing is."""
    flags = []
    if not row["is_available"]:
        flags.append(("failed", t("flag_unavailable", reason=row["reason"] or "?")))
    if row["throttling"]:
        flags.append(("warn", t("flag_throttled", words=row["throttling"])))
    if row["ecc_errors"]:
        flags.append(("failed", t("flag_ecc", n=row["ecc_errors"])))
    if row["xid"]:
        flags.append(("warn", t("flag_xid", n=row["xid"])))
    if (row["others_memory"] or 0) >= OTHERS_MIB:
        flags.append(("warn", t("flag_others", size=size(int(row["others_memory"] or 0) * MIB))))
    if (elapsed(row["updated_at"], None, now) or 0.0) > STALE_SECONDS:
        flags.append(("warn", t("flag_stale", ago=ago(row["updated_at"], now, t))))
    return flags or [("completed", t("cl_healthy"))]


def translators(cluster: ClusterRow, t: Text) -> str:
    rows = cluster["translators"]
    if not rows:
        return empty(t("cl_no_translators"), t("cl_no_translators_body"))
    columns = [
        (f"c-{name}", t(f"col_{name}")) for name in ("translator", "state", "model", "device", "speed", "restarts")
    ]
    cells = []
    for one in sorted(rows, key=lambda row: row["name"]):
        state = one["state"] if f"tr_{one['state']}" in t else "lost"
        error = f'<small class="bad">{esc(one["error"])}</small>' if one["error"] else ""
        speed = one["characters_per_second"]
        cells.append(
            [
                esc(one["name"]),
                f'<span class="pill pill-{_TRANSLATOR_PILLS.get(state, "failed")}"><i></i>{esc(t(f"tr_{state}"))}</span>{error}',
                f'<span title="{esc(one["model"])}">{esc(short(one["model"]))}</span>',
                esc(one["gpu_id"] or "–"),
                f'<span class="num">{esc("–" if speed is None else t("cl_speed_of", n=f"{speed:,.0f}"))}</span>',
                f'<span class="num{" bad" if one["restarts"] else ""}">{one["restarts"]}</span>',
            ]
        )
    return table(columns, cells, kind="t-translators")


def models(cluster: ClusterRow, t: Text) -> str:
    fleet = cluster["fleet"]
    lines = "".join(
        f'<li><b title="{esc(one["model"])}">{esc(short(one["model"]))}</b> '
        f'<span class="pill pill-{_MODEL_PILLS.get(one["state"], "pending")}"><i></i>{esc(t("md_" + one["state"]))}</span> '
        f'<span class="quiet">{esc(t("md_running", n=one["running_tasks"]))}</span></li>'
        for one in fleet["serving"]
    )
    replacing = f'<p class="hint">{esc(t("md_replacing", models=fleet["replacing"]))}</p>' if fleet["replacing"] else ""
    problem = f'<p class="bad">{esc(fleet["problem"])}</p>' if fleet["problem"] else ""
    return f'<ul class="models">{lines}</ul>{replacing}{problem}'


def short(model: str) -> str:
    """The last part of a folder's path; a name stays as it is."""
    return model.rstrip("/").rpartition("/")[2]


def body(cluster: ClusterRow, who: Visitor, now: datetime) -> str:
    t = who.text
    parts = (
        ("cl_devices", devices(cluster, who, now)),
        ("cl_translators", translators(cluster, t)),
        ("cl_models", models(cluster, t)),
    )
    return "".join(f'<section class="op-section"><h2>{esc(t(key))}</h2>{markup}</section>' for key, markup in parts)
