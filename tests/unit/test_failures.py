from __future__ import annotations

import random

import pytest
from dispatch_kit import SENTENCE, Shell, dispatcher, task, translator

from actors import decisions as do
from actors.decisions import Item, Leg
from actors.failures import BACKOFF_MAX_SECONDS, MAX_CRASHES, Failure, backoff_seconds, judge
from actors.texts import Text, TextQueue


def test_losing_contact_blames_nobody_and_never_gives_up() -> None:
    for crashes in range(10):
        verdict = judge(Failure.TRANSLATOR_LOST, crashes, 5, random.Random(1))
        assert (verdict.delay_seconds, verdict.parts, verdict.give_up) == (0.0, 1, False)


@pytest.mark.parametrize("failure", [Failure.TRANSLATOR_DIED, Failure.ENGINE_ERROR])
def test_the_third_failure_gives_up(failure: Failure) -> None:
    assert [judge(failure, n, 5, random.Random(1)).give_up for n in (1, 2, 3)] == [False, False, True]


def test_the_pause_before_the_next_try_grows_and_is_bounded() -> None:
    rng = random.Random(1)
    means = [sum(backoff_seconds(tries, rng) for _ in range(500)) / 500 for tries in (1, 3, 5, 30)]
    assert means == sorted(means)
    assert max(backoff_seconds(30, rng) for _ in range(500)) <= BACKOFF_MAX_SECONDS


@pytest.mark.parametrize("poison", [0, 7, 19])
def test_a_sentence_that_kills_its_translator_is_found_and_only_its_file_fails(poison: int) -> None:
    shell = Shell(dispatcher(), sentences=20)
    for n in range(4):
        shell.core.translator_up(translator(f"gpu{n}", 10_000.0))
    shell.add(task("t", 20, files=2))
    now, deaths = 0.0, 0
    for _ in range(200):
        shell.run(now)
        for lease in list(shell.core.leases.values()):
            if any((item.file_id, item.position) == (1, poison) for item in lease.items):
                shell.core.translator_down(lease.translator, Failure.TRANSLATOR_DIED, now)
                shell.core.translator_up(translator(lease.translator, 10_000.0))
                deaths += 1
                break
            shell.answer(lease, now)
        now += 1.0
    (failed,) = shell.of(do.FailFile)
    assert isinstance(failed, do.FailFile)
    assert (failed.file_id, failed.code, deaths) == (1, "translator_died", MAX_CRASHES)
    assert failed.message == f"Translating sentence {poison + 1} failed 3 times: its worker process died."
    assert shell.of(do.Assemble) == [do.Assemble("t", 1, 2)]


def test_what_failed_is_sent_to_another_translator_if_there_is_one() -> None:
    shell = Shell(dispatcher(), sentences=1)
    shell.core.translator_up(translator("a", 9_000.0))
    shell.add(task("t", 1))
    shell.run()
    shell.core.translator_up(translator("b", 10.0))
    shell.core.failed(shell.sent[0].lease_id, Failure.ENGINE_ERROR, "no", 0.0)
    shell.run(60.0)
    assert shell.sent[1].translator == "b"


def test_a_second_try_that_finds_no_room_is_kept_and_holds_up_no_other() -> None:
    shell = Shell(dispatcher(), sentences=4)
    shell.core.translator_up(translator())
    shell.add(task("t", 4))
    shell.run()
    shell.core.translator_down("gpu", Failure.TRANSLATOR_LOST, 0.0)
    assert shell.run(5.0) == []
    assert shell.core.next_wake(5.0) is None or shell.core.next_wake(5.0) > 5.0  # type: ignore[operator]
    shell.core.translator_up(translator("new"))
    shell.run(6.0)
    assert {item.position for lease in shell.core.leases.values() for item in lease.items} == {0, 1, 2, 3}


def test_second_tries_are_sent_even_when_they_take_the_last_free_place() -> None:
    shell = Shell(dispatcher(), sentences=2)
    shell.core.translator_up(translator())
    shell.add(task("t", 2))
    shell.run()
    shell.core.translator_down("gpu", Failure.TRANSLATOR_LOST, 0.0)
    shell.core.translator_up(translator("new"))
    sent = [one for one in shell.core.plan(1.0) if isinstance(one, do.Send)]
    assert len(sent) == len(shell.core.leases) == 1


def test_second_tries_of_a_task_that_is_over_are_dropped() -> None:
    shell = Shell(dispatcher())
    shell.core.translator_up(translator())
    shell.add(task("t"))
    shell.run()
    shell.core.translator_down("gpu", Failure.TRANSLATOR_LOST, 0.0)
    shell.core.remove("t")
    shell.core.translator_up(translator())
    assert shell.run(100.0) == []


def test_sentences_that_came_back_without_a_translation_go_out_again() -> None:
    shell = Shell(dispatcher(), sentences=3)
    shell.core.translator_up(translator())
    shell.add(task("t", 3))
    shell.run()
    lease = shell.core.result(shell.sent[0].lease_id, 1.0, 0.0)
    assert lease is not None
    shell.core.untranslated(lease.items, 0.0)
    shell.run()
    assert shell.sent[-1].items == lease.items


def test_a_short_text_is_given_up_after_three_failures_with_a_sentence_for_people() -> None:
    core = dispatcher()
    core.translator_up(translator())
    core.texts.add(Text("text", Leg("mon_Cyrl", "cmn_Hans", False), (Item("text", 0, 0, 0, SENTENCE),)))
    now, failed = 0.0, []
    for _ in range(10):
        for decision in core.plan(now):
            if isinstance(decision, do.Send):
                core.failed(decision.lease.lease_id, Failure.ENGINE_ERROR, "no", now)
            else:
                failed.append(decision)
        now += 100.0
    assert failed == [do.FailText("text", "engine_error", "The text could not be translated in 3 tries: no.")]


def test_a_text_that_nobody_waits_for_is_not_sent() -> None:
    queue = TextQueue()
    queue.add(Text("text", Leg("mon_Cyrl", "cmn_Hans", False), ()))
    queue.forget("text")
    assert not queue


def test_a_second_try_waits_for_a_translator_of_its_pair_while_others_are_free() -> None:
    shell = Shell(dispatcher(), sentences=4)
    shell.core.translator_up(translator())
    shell.add(task("t", 4))
    shell.run()
    shell.core.translator_down("gpu", Failure.TRANSLATOR_LOST, 0.0)
    other = translator("other")
    other.pairs = frozenset({("eng_Latn", "mon_Cyrl")})
    shell.core.translator_up(other)
    shell.run(1.0)
    assert not shell.core.leases
    shell.core.translator_up(translator("right"))
    shell.run(2.0)
    assert {item.position for lease in shell.core.leases.values() for item in lease.items} == {0, 1, 2, 3}
