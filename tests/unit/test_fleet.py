from __future__ import annotations

import pytest
from dispatch_kit import PAIR, Shell, dispatcher, task, translator
from fake_nvml import FakeDevice, FakeNvml

from actors import decisions as do
from actors.dispatch import Dispatcher
from actors.failures import Failure
from actors.fleet import REST_MAX_SECONDS, SAMPLE_AGE_SECONDS, Fleet
from actors.gpu_policy import GpuSample
from actors.gpu_sampling import Sampler
from actors.housekeeping import tell


def test_the_measured_speed_follows_and_one_odd_answer_does_not_make_it_absurd() -> None:
    fleet = Fleet()
    one = translator(speed=1_000.0)
    fleet.add(one, 0.0)
    for _ in range(20):
        fleet.measured("gpu", 4_000, 1.0)
    assert one.chars_per_second == pytest.approx(4_000, rel=0.02)
    fleet.measured("gpu", 1_000_000, 0.001)
    assert one.chars_per_second < 16_000
    assert fleet.total_speed() == pytest.approx(one.chars_per_second)


def fail_everything(core: Dispatcher, name: str, now: float) -> int:
    mine = [lease.lease_id for lease in core.leases.values() if lease.translator == name]
    for lease_id in mine:
        core.failed(lease_id, Failure.ENGINE_ERROR, "broken", now)
    return len(mine)


def test_a_gpu_that_fails_everything_at_once_draws_little_work_and_condemns_no_document() -> None:
    shell = Shell(dispatcher(), sentences=400)
    shell.core.translator_up(translator("good"))
    shell.core.translator_up(translator("bad"))
    shell.add(task("t", 400))
    now, failures = 0.0, 0
    while shell.core.jobs.get("t") is None or shell.core.jobs["t"].files[1].status == "prepared":
        shell.run(now)
        failures += fail_everything(shell.core, "bad", now)
        for lease in [one for one in shell.core.leases.values() if one.translator == "good"][:1]:
            shell.answer(lease, now)
        now += 0.5
        assert now < 500
    assert shell.core.jobs["t"].files[1].status == "assembling"
    assert not shell.of(do.FailFile)
    assert failures < 12


def test_a_rested_translator_is_tried_with_one_chunk_and_trusted_again_after_a_result() -> None:
    shell = Shell(dispatcher(), sentences=900)
    shell.core.translator_up(translator("gpu"))
    shell.add(task("t", 900))
    shell.run()
    fail_everything(shell.core, "gpu", 0.0)
    assert [one for one in shell.run(0.0) if isinstance(one, do.Send)] == []
    assert shell.core.next_wake(0.0) is not None
    sent = [one.lease for one in shell.run(REST_MAX_SECONDS) if isinstance(one, do.Send)]
    assert len(sent) == 1
    while sent and sent[0].crashes:
        # What was in work at the failure goes out by itself, so that a second failure has one cause.
        assert len(sent) == 1
        shell.answer(sent[0], REST_MAX_SECONDS)
        sent = [one.lease for one in shell.run(REST_MAX_SECONDS) if isinstance(one, do.Send)]
    assert len(sent) == 2


def test_a_translator_that_cannot_be_reached_is_not_sent_to_in_an_endless_loop() -> None:
    core = dispatcher()
    shell = Shell(core)
    core.translator_up(translator())
    shell.add(task("t"))
    for _ in range(100):
        decided = core.plan(0.0)
        if not decided:
            break
        for decision in decided:
            shell._obey(decision, 0.0)
            if isinstance(decision, do.Send):
                core.failed(decision.lease.lease_id, Failure.TRANSLATOR_LOST, "gone", 0.0)
    else:
        raise AssertionError("it goes on for ever")


def test_a_translator_that_comes_back_unannounced_starts_empty_and_its_work_goes_out_again() -> None:
    shell = Shell(dispatcher(), sentences=5)
    shell.core.translator_up(translator())
    shell.add(task("t", 5))
    shell.run()
    old = shell.sent[0]
    shell.core.translator_up(translator())
    shell.run()
    assert not shell.answer(old)
    assert {item.position for lease in shell.core.leases.values() for item in lease.items} == set(range(5))


def test_a_pair_is_sent_only_to_translators_that_can_do_it() -> None:
    shell = Shell(dispatcher())
    one = translator("other")
    one.pairs = frozenset({("eng_Latn", "mon_Cyrl")})
    shell.core.translator_up(one)
    shell.add(task("t"))
    shell.run()
    assert not shell.sent
    other = translator("right")
    other.pairs = frozenset({PAIR[:2]})
    shell.core.translator_up(other)
    shell.run()
    assert {lease.translator for lease in shell.sent} == {"right"}


def test_only_the_work_a_translator_was_at_is_blamed_for_its_death() -> None:
    shell = Shell(dispatcher(), sentences=50)
    shell.core.translator_up(translator())
    shell.add(task("t", 50))
    shell.run()
    running, queued = shell.sent
    shell.core.translator_down("gpu", Failure.TRANSLATOR_DIED, 1.0)
    shell.core.translator_up(translator("new"))
    crashes: dict[int, int] = {}
    for _ in range(20):
        shell.run(1.0)
        for lease in list(shell.core.leases.values()):
            crashes |= {item.position: lease.crashes for item in lease.items}
            shell.answer(lease, 1.0)
    assert {crashes[item.position] for item in running.items} == {1}
    assert {crashes[item.position] for item in queued.items} == {0}


def test_free_memory_changes_what_the_policy_sees() -> None:
    fleet = Fleet()
    one = translator()
    fleet.add(one, 0.0)
    assert fleet.views([one], PAIR)[0].memory_free_mib is None
    fleet.sampled("gpu", GpuSample(123), 0.0)
    assert fleet.views([one], PAIR)[0].memory_free_mib == 123


def on(shell: Shell) -> set[str]:
    return {lease.translator for lease in shell.core.leases.values()}


def test_a_hot_gpu_gets_no_work_and_gets_some_again_when_it_has_cooled() -> None:
    # From NVML to the leases, with nothing but Ray and storage left out.
    hot = FakeDevice(temperature=95)
    sampler = Sampler(FakeNvml(FakeDevice(uuid="GPU-b"), hot), "box")
    shell = Shell(dispatcher(), sentences=900)
    shell.core.translator_up(translator("box/0"))
    shell.core.translator_up(translator("box/1"))
    shell.add(task("t", 900))
    tell(shell.core, sampler.sample({}), 0.0)
    shell.run(0.0)
    assert on(shell) == {"box/0"}
    hot.temperature = 80
    tell(shell.core, sampler.sample({}), 10.0)
    shell.run(10.0)
    assert on(shell) == {"box/0"}
    hot.temperature = 70
    tell(shell.core, sampler.sample({}), 20.0)
    shell.run(20.0)
    assert on(shell) == {"box/0", "box/1"}


def test_a_sample_that_is_too_old_counts_as_unknown() -> None:
    shell = Shell(dispatcher(), sentences=900)
    shell.core.translator_up(translator("gpu"))
    shell.add(task("t", 900))
    shell.core.fleet.sampled("gpu", GpuSample(1, unfit="too hot"), 0.0)
    shell.run(1.0)
    assert not on(shell)
    assert shell.core.fleet.unfit() == ["gpu: too hot"]
    assert shell.core.next_wake(1.0) == SAMPLE_AGE_SECONDS
    shell.run(SAMPLE_AGE_SECONDS)
    assert on(shell) == {"gpu"}
    assert shell.core.fleet.unfit() == []
    assert shell.core.fleet.translators["gpu"].memory_free_mib is None


def test_our_own_load_is_not_taken_for_somebody_elses() -> None:
    shell = Shell(dispatcher(), sentences=2)
    one = translator("gpu")
    shell.core.translator_up(one)
    shell.add(task("t", 2))
    shell.run()
    shell.answer(shell.sent[0])
    for seconds, seen in ((1.0, None), (2.0, 90.0)):
        shell.core.fleet.sampled("gpu", GpuSample(1, 90.0), seconds)
        assert one.utilization == seen
