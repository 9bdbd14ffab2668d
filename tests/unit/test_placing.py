"""How many translators of which model there are, and in which order they are changed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.autoscaling import DOWN_AFTER_SECONDS, UP_AFTER_SECONDS, Scaling, scale
from actors.placing import Change, Place, allot, changes, places_on
from translation.model_list import Named, parse, written


def ready(name: str, model: str) -> Place:
    return Place(name, model, is_ready=True, is_settled=True)


def steps(
    places: list[Place], names: Collection[str], wanted: Mapping[str, int], needed: Collection[str] = ()
) -> list[list[Change]]:
    """Carry changes out until there are none; every translator loads at once. -> what was done, turn by turn."""
    done = []
    while todo := changes(places, names, wanted, needed):
        done.append(todo)
        for change in todo:
            places[:] = [place for place in places if place.name != change.name]
            if change.model is not None:
                places.append(ready(change.name, change.model))
        assert len(done) < 50, "it never comes to rest"
    return done


@pytest.mark.parametrize(
    ("total", "shares", "expected"),
    [
        (4, {"a": 3, "b": 1}, {"a": 3, "b": 1}),
        (8, {"a": 3, "b": 1}, {"a": 6, "b": 2}),
        (2, {"a": 99, "b": 1}, {"a": 1, "b": 1}),
        (5, {"a": 1, "b": 1}, {"a": 3, "b": 2}),
        (1, {"a": 1, "b": 3}, {"a": 1, "b": 0}),
        (3, {"a": 1}, {"a": 3}),
    ],
)
def test_translators_are_shared_out_and_no_model_goes_without(
    total: int, shares: dict[str, int], expected: dict[str, int]
) -> None:
    assert allot(total, shares) == expected


@given(
    total=st.integers(0, 40),
    shares=st.dictionaries(st.sampled_from("abcde"), st.integers(1, 99), min_size=1),
)
def test_every_translator_is_given_away(total: int, shares: dict[str, int]) -> None:
    given_away = allot(total, shares)
    assert sum(given_away.values()) == total
    assert total < len(shares) or min(given_away.values()) >= 1


def test_a_share_of_a_gpu_never_reaches_over_two_of_them() -> None:
    assert [places_on(2.0, share) for share in (1.0, 0.5, 0.4, 0.1, 2.0)] == [2, 4, 4, 20, 1]


def test_what_is_missing_comes_at_once_and_what_serves_is_changed_one_by_one() -> None:
    places: list[Place] = []
    assert [len(todo) for todo in steps(places, ("x", "y", "z"), {"a": 3})] == [3]
    assert [len(todo) for todo in steps(places, ("x", "y", "z"), {"b": 3})] == [1, 1, 1]
    assert {place.model for place in places} == {"b"}


def test_nothing_is_changed_while_another_loads() -> None:
    places = [ready("x", "a"), replace(ready("y", "b"), is_ready=False, is_settled=False)]
    assert changes(places, ("x", "y"), {"b": 2}, ()) == []


def test_the_last_translator_of_a_model_stays_as_long_as_a_task_needs_it() -> None:
    places = [ready("x", "a"), ready("y", "a")]
    steps(places, ("x", "y"), {"b": 2}, {"a"})
    assert sorted(place.model for place in places) == ["a", "b"]
    steps(places, ("x", "y"), {"b": 2})
    assert [place.model for place in places] == ["b", "b"]
    assert changes([ready("x", "a")], ("x",), {"b": 1}, {"a"}) == []
    assert changes([ready("x", "a")], (), {"b": 0}, {"a"}) == []


def test_after_a_restart_a_model_that_tasks_need_is_loaded_again() -> None:
    assert changes([], ("x", "y"), {"b": 2}, {"a"}) == [Change("x", "a"), Change("y", "b")]


def test_those_that_do_not_serve_go_first_when_there_are_too_many() -> None:
    places = [replace(ready("x", "a"), is_ready=False, is_settled=False), ready("y", "a")]
    assert changes(places, ("x",), {"a": 1}, ()) == [Change("x", None)]
    leaving = replace(ready("x", "a"), is_ready=False, is_settled=False, is_leaving=True, is_retiring=True)
    assert changes([leaving, ready("y", "a")], ("x",), {"a": 1}, ()) == []


def test_when_a_node_died_the_translators_of_other_nodes_stay() -> None:
    lost = replace(ready("gpu-1", "a"), is_ready=False, is_settled=False)
    places = [ready("gpu-0", "a"), lost, ready("gpu-2", "a")]
    assert steps(places, ("gpu-0", "gpu-1"), {"a": 2}) == [[Change("gpu-1", None)]]
    assert steps(places, ("gpu-0", "gpu-1", "gpu-2"), {"a": 3}) == [[Change("gpu-1", "a")]], "its place comes back"


def test_translators_that_are_too_many_go_though_they_are_ready() -> None:
    places = [ready(f"gpu-{n}", "a") for n in range(3)]
    assert steps(places, ("gpu-0", "gpu-1"), {"a": 2}) == [[Change("gpu-2", None)]]


def test_one_on_the_cpu_is_no_substitute_for_one_on_a_gpu() -> None:
    places = [replace(ready("cpu-0", "a"), fits=False)]
    assert steps(places, ("gpu-0",), {"a": 1}) == [[Change("gpu-0", "a")], [Change("cpu-0", None)]]


def test_one_on_the_cpu_goes_on_until_the_one_on_a_gpu_is_ready() -> None:
    on_cpu = replace(ready("cpu-0", "a"), fits=False)
    loading = replace(ready("gpu-0", "a"), is_ready=False, is_settled=False, holds_gpu=True)
    failed = replace(loading, is_settled=True)
    assert changes([on_cpu, loading], ("gpu-0",), {"a": 1}, ()) == []
    assert changes([on_cpu, failed], ("gpu-0",), {"a": 1}, ()) == [], "slow is better than not at all"
    assert changes([on_cpu, ready("gpu-0", "a")], ("gpu-0",), {"a": 1}, ()) == [Change("cpu-0", None)]


def test_of_two_models_on_the_cpu_each_waits_for_its_own_gpu() -> None:
    on_cpu = [replace(ready(f"cpu-{n}", model), fits=False) for n, model in enumerate("ab")]
    assert changes(on_cpu, ("gpu-0", "gpu-1"), {"a": 1, "b": 1}, ()) == [Change("gpu-0", "a"), Change("gpu-1", "b")]
    half = [*on_cpu, ready("gpu-0", "a"), replace(ready("gpu-1", "b"), is_ready=False, is_settled=False)]
    assert changes(half, ("gpu-0", "gpu-1"), {"a": 1, "b": 1}, ()) == [Change("cpu-0", None)]


def test_a_model_that_the_gpus_have_no_room_for_stays_on_the_cpu() -> None:
    places = [replace(ready(f"cpu-{n}", model), fits=False) for n, model in enumerate("ab")]
    steps(places, ("gpu-0",), allot(1, {"a": 1, "b": 1}))
    assert sorted((place.name, place.model) for place in places) == [("cpu-1", "b"), ("gpu-0", "a")]


def test_an_old_model_on_the_cpu_goes_when_the_new_one_is_ready_on_a_gpu() -> None:
    on_cpu = replace(ready("cpu-0", "a"), fits=False)
    loading = replace(ready("gpu-0", "b"), is_ready=False, is_settled=False)
    assert changes([on_cpu, loading], ("gpu-0",), {"b": 1}, ()) == []
    assert changes([on_cpu, ready("gpu-0", "b")], ("gpu-0",), {"b": 1}, ()) == [Change("cpu-0", None)]


def test_those_with_another_share_of_a_gpu_make_way() -> None:
    places = [replace(ready(f"gpu-{n}", "a"), fits=False, holds_gpu=True) for n in range(2)]
    steps(places, ("gpu-0", "gpu-1", "gpu-2", "gpu-3"), {"a": 4})
    assert sorted(place.name for place in places if place.fits) == ["gpu-0", "gpu-1", "gpu-2", "gpu-3"]


@given(
    before=st.lists(st.sampled_from("abc"), max_size=8),
    count=st.integers(1, 8),
    shares=st.dictionaries(st.sampled_from("abc"), st.integers(1, 5), min_size=1),
)
def test_it_always_comes_to_rest_with_what_is_wanted(before: list[str], count: int, shares: dict[str, int]) -> None:
    names = [f"t{n}" for n in range(count)]
    wanted = allot(count, shares)
    places = [ready(f"t{n}", model) for n, model in enumerate(before)]
    steps(places, names, wanted)
    found = {model: sum(place.model == model for place in places) for model in wanted}
    assert found == wanted and len(places) == count


def test_models_are_named_with_their_shares() -> None:
    assert parse("starter") == (Named("starter"),)
    assert parse("nllb-200-distilled-1.3B*3, /models/opus-zh-en*1") == (
        Named("nllb-200-distilled-1.3B", 3),
        Named("/models/opus-zh-en"),
    )
    assert parse("a*2,b") == (Named("a", 2), Named("b"))
    assert parse("fake:delay=0.1,crash=1") == (Named("fake:delay=0.1,crash=1"),)
    assert written(parse("a*2, b*1")) == "a*2, b"


@pytest.mark.parametrize("text", ["", " , ", "a, a", "a*0", "a*100"])
def test_a_list_of_models_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"share|twice|named"):
        parse(text)


# ---- by backlog


def run(was: Scaling, backlog: float, seconds: float, began: float = 0.0) -> Scaling:
    for second in range(int(seconds) + 1):
        was = scale(was, 1, 8, backlog, began + second)
    return was


def test_a_lasting_backlog_brings_as_many_translators_as_it_needs() -> None:
    assert run(Scaling(1), 200.0, UP_AFTER_SECONDS - 1).count == 1
    assert run(Scaling(1), 200.0, UP_AFTER_SECONDS).count == 4
    assert run(Scaling(1), 1e9, UP_AFTER_SECONDS).count == 8


def test_translators_go_one_by_one_and_late() -> None:
    assert run(Scaling(4), 0.0, DOWN_AFTER_SECONDS - 1).count == 4
    assert run(Scaling(4), 0.0, DOWN_AFTER_SECONDS).count == 3
    assert run(Scaling(4), 0.0, 10 * DOWN_AFTER_SECONDS).count == 1


def test_a_backlog_that_comes_and_goes_changes_nothing() -> None:
    was = Scaling(3)
    for second in range(1_000):
        was = scale(was, 1, 8, 200.0 if second % 8 < 4 else 0.0, float(second))
    assert was.count == 3
    assert run(Scaling(3), 30.0, 1_000).count == 3
