"""A client with many tasks gives up a place for a client that has none."""

from __future__ import annotations

from dispatch_kit import Shell, dispatcher, task, translator

from actors import decisions as do


def busy(max_tasks: int = 3, **more: int) -> Shell:
    """Anna holds every place and has more waiting."""
    shell = Shell(dispatcher(max_tasks))
    for n in range(max_tasks + 5):
        shell.add(task(f"a{n}", created=float(n), **more))  # type: ignore[arg-type]
    shell.run()
    return shell


def test_a_single_file_of_another_client_gets_the_place_of_the_youngest_task() -> None:
    shell = busy()
    shell.add(task("b", client="bold", created=9.0), 10.0)
    shell.run(10.0)
    assert shell.of(do.Requeue) == [do.Requeue("a2")]
    assert sorted(shell.core.jobs) == ["a0", "a1", "b"]
    assert "a2" in shell.core.pending


def test_the_place_goes_to_the_client_it_was_made_for_although_others_are_ahead() -> None:
    shell = busy()
    shell.known["a9"] = task("a9", priority=5, created=-5.0)
    shell.add(task("b", client="bold", priority=5, created=9.0), 10.0)
    shell.add(task("a9", client="anna", priority=9, created=-5.0), 10.0)
    shell.run(10.0)
    assert "b" in shell.core.jobs and "a9" not in shell.core.jobs


def test_no_task_is_interrupted_for_a_client_of_lower_priority() -> None:
    shell = busy()
    shell.add(task("b", client="bold", priority=4), 10.0)
    shell.run(10.0)
    assert not shell.of(do.Requeue)


def test_no_task_is_interrupted_while_its_document_is_written() -> None:
    shell = Shell(dispatcher(2))
    for n in range(2):
        shell.add(task(f"a{n}", 0))
    shell.run()
    shell.add(task("b", client="bold"), 10.0)
    shell.run(10.0)
    assert not shell.of(do.Requeue)


def test_a_client_keeps_its_only_task() -> None:
    shell = Shell(dispatcher(2))
    for name in ("anna", "bold", "cai"):
        shell.add(task(name, client=name))
    shell.run()
    shell.run(100.0)
    assert not shell.of(do.Requeue)


def test_tasks_do_not_swap_places_in_every_turn() -> None:
    shell = busy()
    for n in range(3):
        shell.add(task(f"b{n}", client=f"b{n}", created=9.0), 10.0)
    shell.run(10.0)
    shell.run(10.1)
    assert len(shell.of(do.Requeue)) == 1
    shell.run(11.5)
    assert len(shell.of(do.Requeue)) == 2


def test_a_task_that_gave_up_its_place_is_spared_for_a_while() -> None:
    shell = busy(2)
    shell.add(task("b", client="bold"), 10.0)
    shell.run(10.0)
    shell.core.remove("b")
    for n in range(2, 7):
        shell.core.remove(f"a{n}")
    shell.run(12.0)
    assert sorted(shell.core.jobs) == ["a0", "a1"]
    shell.add(task("c", client="cai"), 14.0)
    shell.run(14.0)
    assert shell.of(do.Requeue)[1:] == [do.Requeue("a0")], "a1 gave up its place four seconds ago"


def test_what_was_out_when_a_task_gave_up_its_place_is_not_sent_again() -> None:
    shell = Shell(dispatcher(1))
    shell.core.translator_up(translator())
    shell.add(task("a"))
    shell.run()
    (lease,) = shell.sent
    shell.core.requeued(shell.known["a"], 1.0)
    assert shell.answer(lease, 2.0)
    shell.run(3.0)
    assert shell.sent == [lease]
    assert do.Assemble("a", 1, 1) in shell.of(do.Assemble)


def test_a_requeue_that_storage_refused_is_decided_again() -> None:
    shell = busy()
    shell.add(task("b", client="bold"), 10.0)
    shell.run(10.0, refuse=lambda decision: isinstance(decision, do.Requeue))
    assert len(shell.core.jobs) == 3
    shell.run(12.0)
    assert "b" in shell.core.jobs


def test_a_client_keeps_its_only_task_although_another_has_several_that_are_more_important() -> None:
    shell = Shell(dispatcher(3))
    for n in range(2):
        shell.add(task(f"a{n}", priority=9))
    shell.add(task("b", client="bold"))
    shell.run()
    shell.add(task("c", client="cai"), 10.0)
    shell.run(10.0)
    assert not shell.of(do.Requeue)
