"""Retry-After follows the rate at which tasks end while others wait."""

from __future__ import annotations

from actors.drain import DEFAULT_SECONDS, MAX_SECONDS, DrainMeter

NOW = 1_795_000_000.0


def test_without_anything_measured_the_answer_is_a_plain_default() -> None:
    assert DrainMeter().seconds(NOW) == DEFAULT_SECONDS


def test_the_mean_time_between_two_ends_is_told() -> None:
    meter = DrainMeter()
    meter.observe(50, NOW)
    for number in range(1, 11):
        meter.ended(NOW + 4 * number)
    assert meter.seconds(NOW + 40) == 4


def test_idle_time_before_the_rush_does_not_count_as_slowness() -> None:
    meter = DrainMeter()
    meter.ended(NOW)
    meter.observe(0, NOW + 1)
    meter.observe(50, NOW + 500)
    meter.ended(NOW + 502)
    meter.ended(NOW + 504)
    assert meter.seconds(NOW + 504) == 2


def test_a_standstill_is_seen_though_it_went_fast_before() -> None:
    meter = DrainMeter()
    meter.observe(50, NOW)
    for number in range(100):
        meter.ended(NOW + number / 10)
    assert meter.seconds(NOW + 10 + 120) >= 120


def test_the_answer_stays_between_a_second_and_an_hour() -> None:
    meter = DrainMeter()
    meter.observe(50, NOW)
    for number in range(1000):
        meter.ended(NOW + number / 100)
    assert meter.seconds(NOW + 10) == 1
    assert meter.seconds(NOW + 1_000_000) == MAX_SECONDS
