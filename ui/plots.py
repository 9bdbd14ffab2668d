"""Figures over time as inline SVG. Pure: points in, HTML out.

Not gr.LinePlot: it loads a charting engine of some 800 kB, draws each refresh anew on a canvas (the page jumps), and takes its
colours once, so that dark mode needs a reload. These take theirs from the theme and keep their place.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from ui.format import duration
from ui.html import esc
from ui.locale import Visitor
from ui.operator_client import PointRow, SamplesRow
from ui.text import Text

WIDTH, HEIGHT = 600, 100
TICKS = 2
GAP_STEPS = 2.5
"""The line breaks where readings are further apart than so many buckets: the server did not run."""

NICE = (1.0, 2.0, 2.5, 5.0, 10.0)

# The value under the pointer, in the plot's own head; all plots of the block move together.
READ_JS = """
const show = (share) => element.querySelectorAll('.plot[data-values]').forEach((plot) => {
  const values = JSON.parse(plot.dataset.values);
  const read = plot.querySelector('.plot-read'), mark = plot.querySelector('.plot-mark');
  if (share === null) { read.textContent = plot.dataset.last; mark.style.opacity = 0; return; }
  let best = null;
  values.forEach((one) => { if (best === null || Math.abs(one[0] - share) < Math.abs(best[0] - share)) best = one; });
  if (!best) return;
  read.textContent = `${best[2]} · ${best[1]}`;
  mark.style.left = `${best[0] * 100}%`; mark.style.opacity = 1;
});
element.addEventListener('pointermove', (event) => {
  const field = event.target.closest('.plot-field');
  if (!field) { show(null); return; }
  const box = field.getBoundingClientRect();
  show(Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)));
});
element.addEventListener('pointerleave', () => show(null));
"""


@dataclass(frozen=True)
class Plot:
    """One figure: its name, how it is read and written. top: of the scale, None: as the figures need it; low: is the
    lowest value the one to tell?"""

    key: str
    value: Callable[[PointRow], float | None]
    write: Callable[[float, Text], str]
    top: float | None = None
    low: bool = False


def _percent(value: float, _t: Text) -> str:
    return f"{value:.0f} %"


def _count(value: float, _t: Text) -> str:
    return f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:.1f}"


PLOTS = (
    Plot("plot_load", lambda point: point["utilization"], _percent, 100.0),
    Plot("plot_speed", lambda point: point["characters_per_second"], _count),
    Plot("plot_queue", lambda point: point["waiting"], _count),
    Plot("plot_wait", lambda point: point["oldest_seconds"], duration),
    Plot(
        "plot_success",
        lambda point: None if point["success_rate"] is None else 100.0 * point["success_rate"],
        _percent,
        100.0,
        low=True,
    ),
)


def plots(samples: SamplesRow, who: Visitor) -> str:
    drawn = "".join(_plot(one, samples, who) for one in PLOTS)
    return f'<div class="plots" data-span="{esc(samples["span"])}">{drawn}</div>'


def _plot(plot: Plot, samples: SamplesRow, who: Visitor) -> str:
    t = who.text
    begin = samples["until"] - samples["seconds"]
    found = [(point["at"], value) for point in samples["points"] if (value := plot.value(point)) is not None]
    name = t(plot.key)
    if not found:
        words = t("plot_none_ended") if plot.key == "plot_success" and samples["points"] else t("plot_none")
        return (
            f'<figure class="plot {plot.key}"><figcaption><b>{esc(name)}</b></figcaption>'
            f'<div class="plot-field plot-none">{esc(words)}</div>{_times(samples, who)}</figure>'
        )
    top = plot.top or nice(max(value for _at, value in found))
    placed = [
        ((at - begin + samples["step"] / 2) / samples["seconds"], min(1.0, value / top), at, value)
        for at, value in found
        if at >= begin - samples["step"]
    ]
    values = [[round(_inside(x), 4), plot.write(value, t), _moment(at, samples, who)] for x, _y, at, value in placed]
    last = plot.write(found[-1][1], t)
    edge_value = (min if plot.low else max)(value for _at, value in found)
    edge = t("plot_lowest" if plot.low else "plot_highest", value=plot.write(edge_value, t))
    label = t("plot_read", name=name, last=last, edge=edge)
    packed = esc(json.dumps(values, ensure_ascii=False, separators=(",", ":")))
    return (
        f'<figure class="plot {plot.key}" data-values="{packed}" data-last="{esc(last)}">'
        f'<figcaption><b>{esc(name)}</b><span class="plot-read num">{esc(last)}</span>'
        f'<small class="num">{esc(edge)}</small></figcaption>'
        f'<div class="plot-field"><span class="plot-top num">{esc(plot.write(top, t))}</span>'
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" role="img" aria-label="{esc(label)}">'
        f'<path class="grid" d="M0 0.5H{WIDTH}M0 {HEIGHT / 2}H{WIDTH}M0 {HEIGHT - 0.5}H{WIDTH}"/>'
        f'{_paths([(x, y) for x, y, _at, _value in placed], samples)}</svg><i class="plot-mark"></i></div>'
        f"{_times(samples, who)}</figure>"
    )


def _inside(share: float) -> float:
    return min(1.0, max(0.0, share))


def _paths(points: Sequence[tuple[float, float]], samples: SamplesRow) -> str:
    """Line and the area below it, broken where there were no readings."""
    widest = GAP_STEPS * samples["step"] / samples["seconds"]
    runs: list[list[tuple[float, float]]] = []
    for x, y in points:
        if not runs or x - runs[-1][-1][0] > widest:
            runs.append([])
        runs[-1].append((x, y))
    half = samples["step"] / samples["seconds"] / 2
    lines, areas = "", ""
    for run in runs:
        if len(run) == 1:  # alone it would be no line: as wide as its bucket
            run = [(run[0][0] - half, run[0][1]), (run[0][0] + half, run[0][1])]
        drawn = [(round(_inside(x) * WIDTH, 1), round(HEIGHT - 1 - y * (HEIGHT - 2), 1)) for x, y in run]
        path = "L".join(f"{x:g} {y:g}" for x, y in drawn)
        lines += f"M{path}"
        areas += f"M{drawn[0][0]:g} {HEIGHT}L{path}L{drawn[-1][0]:g} {HEIGHT}Z"
    return f'<path class="area" d="{areas}"/><path class="line" d="{lines}"/>'


def nice(value: float) -> float:
    """-> the least of 1, 2, 2.5, 5, 10, 20 … that is no less, and at least 1: the top of a scale."""
    power = 1.0
    while value > 10.0 * power:
        power *= 10.0
    return next(one * power for one in NICE if one * power >= value)


def _moment(at: float, samples: SamplesRow, who: Visitor) -> str:
    local = who.local(datetime.fromtimestamp(at, UTC))
    return local.strftime("%m-%d %H:%M" if samples["seconds"] > 86_400 else "%H:%M")


def _times(samples: SamplesRow, who: Visitor) -> str:
    """The scale of time: begin, middle, end."""
    begin = samples["until"] - samples["seconds"]
    marks = [_moment(begin + samples["seconds"] * n / TICKS, samples, who) for n in range(TICKS + 1)]
    return f'<p class="plot-times num" aria-hidden="true">{"".join(f"<span>{esc(one)}</span>" for one in marks)}</p>'
