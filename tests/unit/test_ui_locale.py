from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from ui.format import ago, clock, duration, elapsed, remaining, size
from ui.locale import Visitor, accepted, choose, visitor, zone_of
from ui.text import Text

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-CN"),
        ("zh-TW", "zh-CN"),
        ("mn-MN,mn;q=0.9,en-US;q=0.8", "mn"),
        ("de-DE,de;q=0.9,en;q=0.7,mn;q=0.8", "mn"),
        ("fr", None),
        ("zh;q=0, en", "en"),
        ("", None),
        (None, None),
        ("q=;;;,,=", None),
    ],
)
def test_the_browser_decides_the_language(header: str | None, language: str | None) -> None:
    assert accepted(header) == language


def test_the_switch_wins_over_the_remembered_choice_and_that_over_the_browser() -> None:
    assert choose("mn", "zh-CN", "en") == "mn"
    assert choose(None, "zh-CN", "en") == "zh-CN"
    assert choose("xx", "yy", "mn") == "mn"
    assert choose(None, None, "fr") == "en"


def test_an_event_is_answered_in_the_language_and_zone_of_its_cookies() -> None:
    request = SimpleNamespace(
        headers={"accept-language": "en"}, cookies={"khelmerch_lang": "mn", "khelmerch_tz": "Asia%2FUlaanbaatar"}
    )
    who = visitor(request)
    assert who.text.language == "mn"
    assert clock("2026-11-23T10:00:00+00:00", who, NOW) == "18:00"


@pytest.mark.parametrize("name", ["../../etc/passwd", "Mars/Base", "", None, "A" * 200, "Asia/"])
def test_a_strange_zone_is_utc(name: str | None) -> None:
    assert zone_of(name) is UTC


def test_times_are_short_today_and_dated_before() -> None:
    who = Visitor(Text("en"))
    assert clock("2026-11-23T10:05:00+00:00", who, NOW) == "10:05"
    assert clock("2026-11-20T10:05:00", who, NOW) == "11-20 10:05"
    assert clock("2025-11-20T10:05:00Z", who, NOW) == "2025-11-20 10:05"
    assert clock(None, who, NOW) == "–"


def test_relative_times_use_one_unit() -> None:
    t = Text("en")
    assert ago("2026-11-23T11:59:30Z", NOW, t) == "just now"
    assert ago("2026-11-23T11:30:00Z", NOW, t) == "30 min ago"
    assert ago("2026-11-23T02:30:00Z", NOW, Text("zh-CN")) == "9 小时前"
    assert ago("2026-11-20T12:00:00Z", NOW, Text("mn")) == "3 өдөр өмнө"


def test_durations_and_sizes_are_readable() -> None:
    t = Text("en")
    assert [duration(s, t) for s in (0, 59, 200, 3600, 7500, 200000)] == [
        "0 s",
        "59 s",
        "3 min 20 s",
        "1 h",
        "2 h 5 min",
        "2 d",
    ]
    assert [remaining(s, t) for s in (3, 47, 130)] == ["10 s", "50 s", "2 min"]
    assert [size(n) for n in (0, 812, 2048, 2_600_000, 10 << 30)] == ["0 B", "812 B", "2 KB", "2.5 MB", "10 GB"]
    assert elapsed(None, None, NOW) is None
    assert elapsed("2026-11-23T11:59:00Z", None, NOW) == 60
