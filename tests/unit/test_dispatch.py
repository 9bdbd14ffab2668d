"""The dispatcher's decisions one by one; what it does under accidents is in test_dispatch_machine.py."""

from __future__ import annotations

import random

from dispatch_kit import BACK, Shell, dispatcher, task, translator

from actors import decisions as do
from actors.decisions import Leg
from actors.dispatch import Dispatcher, Limits
from actors.failures import Failure
from actors.texts import Text


def test_a_document_travels_from_waiting_to_its_end() -> None:
    shell = Shell(dispatcher(), sentences=3)
    shell.core.translator_up(translator())
    shell.add(task("t", 3))
    shell.run()
    assert shell.answer(shell.sent[0])
    shell.run()
    assert shell.of(do.Assemble) == [do.Assemble("t", 1, 1)]
    shell.core.file_over("t", 1, 1, failed=False)
    shell.run()
    assert shell.of(do.Finish) == [do.Finish("t", 1, 0)]


def test_no_more_than_max_tasks_are_processed_at_once() -> None:
    shell = Shell(dispatcher(max_tasks=2))
    for n in range(5):
        shell.add(task(f"t{n}", client=f"c{n}"))
    shell.run()
    assert len(shell.of(do.Start)) == len(shell.core.jobs) == 2
    assert shell.core.waiting_tasks() == 3


def test_a_start_that_storage_refused_is_tried_again_and_holds_no_place() -> None:
    shell = Shell(dispatcher(max_tasks=1))
    shell.add(task("t"))
    shell.run(refuse=lambda decision: isinstance(decision, do.Start))
    assert not shell.core.jobs and not shell.core.pending.starting
    shell.run()
    assert list(shell.core.jobs) == ["t"]


def test_decisions_behind_one_that_failed_are_not_lost() -> None:
    shell = Shell(dispatcher(max_tasks=9))
    shell.core.translator_up(translator())
    for n in range(3):
        shell.add(task(f"t{n}", status="pending"))
    shell.run(refuse=lambda decision: isinstance(decision, do.Prepare) and decision.task_id == "t1")
    shell.run()
    assert {one.task_id for one in shell.of(do.Prepare)} == {"t0", "t1", "t2"}  # type: ignore[union-attr]


def test_a_translator_holds_two_chunks_and_gets_the_next_when_one_is_done() -> None:
    shell = Shell(dispatcher(), sentences=50)
    shell.core.translator_up(translator())
    shell.add(task("t", 50))
    shell.run()
    assert len(shell.sent) == 2
    shell.answer(shell.sent[0])
    shell.run()
    assert len(shell.sent) == 3


def test_a_file_whose_sentences_were_counted_too_high_still_ends() -> None:
    shell = Shell(dispatcher(), sentences=3)
    shell.core.translator_up(translator())
    shell.add(task("t", 7))
    shell.run()
    for lease in shell.sent:
        shell.answer(lease)
    shell.run()
    assert shell.of(do.Assemble)


def test_a_file_whose_sentences_were_counted_too_low_is_not_written_early() -> None:
    shell = Shell(dispatcher(), sentences=60)
    shell.core.translator_up(translator())
    shell.add(task("t", 2))
    shell.run()
    shell.answer(shell.sent[0])
    shell.run()
    assert not shell.of(do.Assemble)


def test_the_same_checkpoint_twice_does_not_end_a_file() -> None:
    shell = Shell(dispatcher(), sentences=30)
    shell.core.translator_up(translator())
    shell.add(task("t", 30))
    shell.run()
    first = shell.sent[0]
    shell.answer(first)
    for _ in range(5):
        shell.core.checkpointed("t", 1, 1, [item.position for item in first.items], 0.0)
    shell.run()
    assert not shell.of(do.Assemble)


def test_results_from_before_a_task_was_taken_up_again_do_not_end_its_file_early() -> None:
    shell = Shell(dispatcher(), sentences=10)
    shell.core.translator_up(translator())
    shell.add(task("t", 10))
    shell.run()
    old = list(shell.sent)
    shell.core.resume(task("t", 10), 0.0)
    shell.run()
    for lease in old:
        shell.answer(lease)
    shell.run()
    for lease in shell.sent[len(old) :]:
        shell.answer(lease)
    shell.run()
    assert len(shell.stored[("t", 1)]) == 10
    assert len(shell.of(do.Assemble)) == 1


def test_leases_from_before_a_task_was_taken_up_again_do_not_send_its_sentences_twice() -> None:
    shell = Shell(dispatcher(), sentences=10)
    shell.core.translator_up(translator("old"))
    shell.add(task("t", 10))
    shell.run()
    old = list(shell.sent)
    shell.core.resume(task("t", 10), 0.0)
    shell.core.translator_up(translator("new"))
    shell.run()
    shell.core.failed(old[0].lease_id, Failure.TRANSLATOR_LOST, "gone", 0.0)
    shell.core.untranslated(old[-1].items, 0.0)
    for _ in range(10):
        shell.run(10.0)
        for lease in list(shell.core.leases.values()):
            shell.answer(lease, 10.0)
    again = [item.position for lease in shell.sent[len(old) :] for item in lease.items]
    assert sorted(again) == list(range(10))


def test_a_task_does_not_end_before_the_failure_of_its_last_file_is_stored() -> None:
    shell = Shell(dispatcher(), sentences=1)
    for n in range(4):
        shell.core.translator_up(translator(f"gpu{n}"))
    shell.add(task("t", 1, files=2))
    shell.run()
    now = 0.0
    while not shell.of(do.FailFile):
        for lease in list(shell.core.leases.values()):
            if any(item.file_id == 1 for item in lease.items):
                shell.core.failed(lease.lease_id, Failure.ENGINE_ERROR, "no", now)
            else:
                shell.answer(lease)
        now += 100.0
        shell.run(now)
    shell.core.file_over("t", 1, 2, failed=False)
    shell.run(now)
    assert not shell.of(do.Finish)
    shell.core.file_over("t", 1, 1, failed=True)
    shell.run(now)
    assert shell.of(do.Finish) == [do.Finish("t", 1, 1)]


def test_a_late_lease_is_reported_once_and_not_in_every_turn() -> None:
    shell = Shell(dispatcher(timeout=10_000_000.0))
    shell.core.translator_up(translator())
    shell.add(task("t"))
    shell.run()
    late = shell.sent[0].deadline + 1
    assert shell.run(late) == [do.Replace("gpu", "no_progress")]
    assert shell.run(late) == []


def test_nothing_is_sent_to_a_translator_that_will_be_replaced() -> None:
    shell = Shell(dispatcher(timeout=10_000_000.0), sentences=50)
    shell.core.translator_up(translator())
    shell.add(task("t", 50))
    shell.run()
    late = shell.sent[1].deadline + 1
    shell.run(late)
    shell.answer(shell.sent[0], late)
    assert not [one for one in shell.run(late) if isinstance(one, do.Send)]


def test_a_task_that_ran_too_long_expires_and_nothing_of_it_is_sent_with_that() -> None:
    shell = Shell(dispatcher(timeout=100.0))
    shell.add(task("t"))
    shell.run()
    shell.core.translator_up(translator())
    assert next(one for one in shell.run(101.0) if isinstance(one, do.Expire | do.Send)) == do.Expire("t")


def test_a_paused_dispatcher_sends_and_starts_nothing_and_the_time_limit_stands_still() -> None:
    shell = Shell(dispatcher(timeout=100.0))
    shell.add(task("running"))
    shell.run()
    shell.core.pause(10.0)
    shell.core.translator_up(translator())
    shell.add(task("waiting", client="bold"))
    shell.core.texts.add(Text("text", Leg(*BACK), shell_items()))
    assert shell.run(500.0) == []
    assert shell.core.idle
    assert shell.core.next_wake(500.0) is None
    shell.core.unpause(500.0)
    decided = shell.run(500.0)
    assert do.Start("waiting") in decided and do.Expire("running") not in decided
    assert do.Expire("running") in shell.run(591.0)


def shell_items() -> tuple[do.Item, ...]:
    return (do.Item("text", 0, 0, 0, "сайн уу"),)


def test_a_draining_dispatcher_finishes_what_runs_and_starts_nothing() -> None:
    shell = Shell(dispatcher(max_tasks=1), sentences=1)
    shell.core.translator_up(translator())
    shell.add(task("running", 1))
    shell.add(task("waiting", 1, created=1.0))
    shell.run()
    shell.core.draining = True
    assert not shell.core.idle
    shell.answer(shell.sent[0])
    shell.run()
    shell.core.file_over("running", 1, 1, failed=False)
    shell.run()
    shell.core.remove("running")
    assert shell.run() == [] and shell.core.idle
    assert shell.core.waiting_tasks() == 1


def test_a_task_with_a_later_start_waits_for_its_time_without_holding_up_the_clients_others() -> None:
    shell = Shell(dispatcher())
    shell.add(task("later", created=0.0, not_before=50.0))
    shell.add(task("now", created=1.0))
    shell.run(2.0)
    assert shell.of(do.Start) == [do.Start("now")]
    assert shell.core.pending_position("later") is None and shell.core.waiting_tasks() == 1
    assert shell.core.next_wake(2.0) == 50.0
    shell.run(50.0)
    assert shell.of(do.Start)[1:] == [do.Start("later")]


def test_the_priority_of_a_waiting_task_can_be_changed() -> None:
    shell = Shell(dispatcher(max_tasks=1))
    for n in range(3):
        shell.add(task(f"t{n}", client=f"c{n}", created=float(n)))
    shell.core.reprioritise("t2", 9, 0.0)
    assert shell.core.pending_position("t2") == 1
    shell.run()
    assert shell.of(do.Start) == [do.Start("t2")]


def test_a_running_task_is_sent_by_its_new_priority() -> None:
    shell = Shell(dispatcher(), sentences=200)
    for name in ("a", "b"):
        shell.add(task(name, 200, client=name))
    shell.run()
    shell.core.reprioritise("b", 9, 1.0)
    shell.core.translator_up(translator(speed=2_000.0))
    shell.run(1.0)
    assert {item.task_id for lease in shell.sent for item in lease.items} == {"b"}
    assert shell.core.jobs["b"].facts.priority == 9
    shell.core.reprioritise("b", 0, 2.0)
    for lease in list(shell.sent):
        shell.answer(lease, 2.0)
    sent = len(shell.sent)
    shell.run(2.0)
    assert {item.task_id for lease in shell.sent[sent:] for item in lease.items} == {"a"}
    shell.core.reprioritise("unknown", 3, 3.0)


def test_clients_get_equal_shares_even_when_one_uses_two_language_pairs() -> None:
    shell = Shell(dispatcher(), sentences=4_000)
    shell.core.translator_up(translator())
    shell.add(task("anna1", 4_000, client="anna"))
    shell.add(task("anna2", 4_000, client="anna", pair=BACK))
    shell.add(task("bold", 4_000, client="bold"))
    shell.add(task("cai", 4_000, client="cai", pair=BACK))
    chars = {"anna": 0, "bold": 0, "cai": 0}
    shell.run()
    for n in range(300):
        lease = shell.sent[n]
        for item in lease.items:
            chars[item.task_id.rstrip("12")] += len(item.text)
        shell.answer(lease)
        shell.run()
    assert max(chars.values()) - min(chars.values()) <= 0.05 * sum(chars.values())


def test_short_texts_go_before_documents() -> None:
    shell = Shell(dispatcher())
    shell.add(task("t"))
    shell.run()
    shell.core.translator_up(translator())
    shell.core.texts.add(Text("text", Leg(*BACK), shell_items()))
    shell.run()
    assert shell.sent[0].urgent and not shell.sent[1].urgent


def test_the_end_of_a_file_is_not_given_to_a_slow_gpu_that_would_hold_it_up() -> None:
    shell = Shell(dispatcher(), sentences=250)
    shell.core.translator_up(translator("fast", 10_000.0))
    shell.core.translator_up(translator("slow", 10.0))
    shell.add(task("t", 250))
    shell.run()
    while shell.core.jobs["t"].files[1].open:
        lease = next(iter(shell.core.leases.values()))
        assert lease.translator == "fast"
        shell.answer(lease, seconds=lease.chars / 10_000.0)
        shell.run()


def test_the_work_of_a_removed_task_is_named_with_its_translators() -> None:
    shell = Shell(dispatcher())
    shell.core.translator_up(translator())
    shell.add(task("t"))
    shell.run()
    assert shell.core.remove("t") == {"gpu"}
    shell.answer(shell.sent[0])
    assert shell.core.remove("t") == set()
    assert not shell.core.jobs and not shell.core.leases


def test_news_of_an_earlier_attempt_changes_nothing() -> None:
    shell = Shell(dispatcher())
    shell.core.translator_up(translator())
    shell.add(task("t", attempt=2))
    shell.run()
    shell.core.checkpointed("t", 1, 1, range(10), 0.0)
    shell.core.file_over("t", 1, 1, failed=True)
    shell.run()
    assert shell.core.jobs["t"].files[1].missing == 10
    assert not shell.of(do.Assemble) and not shell.of(do.Finish)


def test_a_task_of_the_lowest_priority_gets_a_place_in_bounded_time_whatever_arrives_above_it() -> None:
    core = Dispatcher(Limits(max_tasks=1, ageing_seconds=10.0), random.Random(1))
    core.add(task("poor", client="poor", priority=0), 0.0)
    for second in range(1_000):
        now = float(second)
        core.add(task(f"rich{second}", client="rich", priority=9, created=now), now)
        (start,) = [one for one in core.plan(now) if isinstance(one, do.Start)]
        if start.task_id == "poor":
            break
        core.resume(task(start.task_id, client="rich", priority=9), now)
        core.remove(start.task_id)
    assert 90 <= second <= 120, "nine levels of ten seconds, and no sooner"
