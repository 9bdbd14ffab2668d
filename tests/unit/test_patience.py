"""How long a translator may hold sentences without a sign of work."""

from __future__ import annotations

from dispatch_kit import Shell, dispatcher, task, translator

from actors import decisions as do
from actors.job import TaskFacts
from actors.team import Patience, Translator

REPLACE = do.Replace("gpu", "no_progress")
PATIENCE = Patience(100.0, 10.0)


def at_work(one: Translator, facts: TaskFacts | None = None) -> Shell:
    """-> with one translator, which has been given all that it takes at 0 s; patience 100 s at first, later 10 s."""
    core = dispatcher(timeout=10_000_000.0, patience=PATIENCE)
    shell = Shell(core, sentences=50)
    core.translator_up(one)
    shell.add(facts or task("t", 50))
    shell.run()
    return shell


def test_a_translator_that_does_nothing_is_replaced_soon() -> None:
    shell = at_work(translator(speed=100_000.0))
    assert shell.run(9.9) == []
    assert shell.core.next_wake(9.9) == 10.0
    assert shell.run(10.0) == [REPLACE]


def test_one_that_gets_on_is_left_alone_however_long_it_takes() -> None:
    shell = at_work(translator(speed=100_000.0))
    for now in range(5, 500, 5):
        shell.core.progressed("gpu", float(now))
        assert shell.run(float(now)) == []
    assert shell.run(504.9) == []
    assert shell.run(505.0) == [REPLACE]


def test_a_result_is_progress_for_what_waits_behind_it() -> None:
    shell = at_work(translator(speed=1_000.0))
    first, second = shell.sent
    shell.core.progressed("gpu", 0.0)
    patience = PATIENCE.factor * (first.chars + second.chars) / 1_000.0
    shell.answer(first, patience - 1)
    assert REPLACE not in shell.run(patience + 1)
    assert second.lease_id in shell.core.leases


def test_the_first_answer_may_take_longer() -> None:
    fresh = Translator("gpu", "gpu", chars_per_second=100_000.0)
    shell = at_work(fresh)
    assert shell.run(99.0) == []
    assert shell.run(100.0) == [REPLACE]


def test_a_slow_one_is_given_the_time_that_its_speed_asks_for() -> None:
    shell = at_work(translator(speed=10.0))
    late = PATIENCE.factor * shell.sent[0].chars / 10.0
    assert late > 100.0
    assert shell.run(late - 1) == []
    assert shell.run(late) == [REPLACE]


def test_news_of_one_that_is_being_replaced_or_gone_change_nothing() -> None:
    shell = at_work(translator(speed=100_000.0))
    assert shell.run(10.0) == [REPLACE]
    shell.core.progressed("gpu", 11.0)
    shell.core.progressed("nobody", 11.0)
    assert shell.run(70.0) == [REPLACE], "it is told again"
