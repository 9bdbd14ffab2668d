"""What the load test tells of its calls is what happened."""

from __future__ import annotations

import math

from benchmarks.loading.calls import BROKEN, Calls, Kind


def test_broken_and_refused_calls_are_errors_and_only_5xx_are_faults() -> None:
    calls = Calls()
    for status in (200, 204, 404, 429, 500, 503, BROKEN):
        calls.note("status", status, 0.01)
    kind = calls.kinds["status"]
    assert (kind.errors, kind.faults, calls.faults) == (4, 2, 2)
    assert len(kind.milliseconds) == 6, "a broken connection has no time of an answer"
    assert calls.table()[-1] == "| status | 7 | 4 | 2 | 10.0 | 10.0 |"


def test_percentiles_are_of_what_was_answered() -> None:
    kind = Kind(milliseconds=[float(n) for n in range(1, 1001)])
    assert kind.percentile(0.5) < 502 and 989 < kind.percentile(0.99) < 992
    assert Kind(milliseconds=[7.0]).percentile(0.99) == 7.0
    assert math.isnan(Kind().percentile(0.5))
