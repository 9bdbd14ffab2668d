"""Sizes, durations and moments in the visitor's words. Pure."""

from __future__ import annotations

from datetime import UTC, datetime

from ui.locale import Visitor
from ui.text import Text

_KIB = 1024
_UNITS = ("KB", "MB", "GB", "TB")


def size(count: int | None) -> str:
    """Bytes as people read them: 812 B, 14 KB, 2.5 MB."""
    if count is None:
        return ""
    if count < _KIB:
        return f"{count} B"
    value, step = count / _KIB, 0
    while value >= _KIB and step < len(_UNITS) - 1:
        value, step = value / _KIB, step + 1
    return f"{value:.1f} {_UNITS[step]}" if value < 10 and step else f"{value:.0f} {_UNITS[step]}"


def duration(seconds: float | None, t: Text) -> str:
    """The two largest units at most: 45 s, 3 min 20 s, 2 h 5 min, 3 d."""
    if seconds is None:
        return ""
    whole = max(0, round(seconds))
    if whole < 60:
        return t("unit_s", n=whole)
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return t("unit_min", n=minutes) + (f" {t('unit_s', n=rest)}" if rest and minutes < 10 else "")
    hours, rest = divmod(minutes, 60)
    if hours < 24:
        return t("unit_h", n=hours) + (f" {t('unit_min', n=rest)}" if rest else "")
    return t("unit_d", n=hours // 24)


def remaining(seconds: float | None, t: Text) -> str:
    """An estimate, so rounded: whole tens of seconds, then whole minutes."""
    if seconds is None:
        return ""
    coarse = max(10, round(seconds / 10) * 10) if seconds < 60 else round(seconds / 60) * 60
    return duration(coarse, t)


def parse(stamp: str | None) -> datetime | None:
    """An ISO 8601 stamp; one without an offset is UTC, as the contract says."""
    if not stamp:
        return None
    moment = datetime.fromisoformat(stamp)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def clock(stamp: str | None, who: Visitor, now: datetime) -> str:
    """Local time: 18:32 on the same day, otherwise the date too."""
    moment = parse(stamp)
    if moment is None:
        return "–"
    there, today = who.local(moment), who.local(now)
    if there.date() == today.date():
        return there.strftime("%H:%M")
    return there.strftime("%m-%d %H:%M" if there.year == today.year else "%Y-%m-%d %H:%M")


def full_clock(stamp: str | None, who: Visitor) -> str:
    moment = parse(stamp)
    return who.local(moment).strftime("%Y-%m-%d %H:%M:%S %Z") if moment else ""


def ago(stamp: str | None, now: datetime, t: Text) -> str:
    """Relative, in one unit, so that it does not change at every refresh."""
    moment = parse(stamp)
    if moment is None:
        return ""
    seconds = (now - moment).total_seconds()
    if seconds < 60:
        return t("just_now")
    for limit, step, unit in ((3600, 60, "unit_min"), (86400, 3600, "unit_h"), (float("inf"), 86400, "unit_d")):
        if seconds < limit:
            return t("ago", time=t(unit, n=int(seconds // step)))
    raise AssertionError("unreachable: the last limit is infinite")


def elapsed(started: str | None, ended: str | None, now: datetime) -> float | None:
    """Seconds between two stamps, up to now when it goes on; None when it has not begun."""
    begin = parse(started)
    return ((parse(ended) or now) - begin).total_seconds() if begin else None
