from __future__ import annotations

import random

from actors.fair_queue import FairQueue


def drain(queue: FairQueue, cost: float = 1.0, now: float = 0.0) -> list[str]:
    order = []
    while (item := queue.peek(now)) is not None:
        queue.charge(item, cost, now)
        queue.remove(item)
        order.append(item)
    return order


def test_higher_priorities_go_first_and_older_items_of_one_client_before_newer_ones() -> None:
    queue = FairQueue()
    queue.push("low", "a", 2, 0.0, 0.0)
    queue.push("new", "a", 5, 2.0, 0.0)
    queue.push("old", "a", 5, 1.0, 0.0)
    queue.push("high", "a", 9, 3.0, 0.0)
    assert drain(queue) == ["high", "old", "new", "low"]


def test_one_file_of_a_client_does_not_wait_behind_a_thousand_of_another() -> None:
    queue = FairQueue()
    for n in range(1_000):
        queue.push(f"a{n}", "anna", 5, float(n), 0.0)
    queue.charge("a0", 1.0, 0.0)
    queue.remove("a0")
    queue.push("b", "bold", 5, 5_000.0, 1.0)
    assert drain(queue).index("b") <= 1


def test_a_starved_item_rises_and_is_served_in_bounded_time_whatever_arrives_above_it() -> None:
    queue = FairQueue(ageing_seconds=10.0)
    queue.push("poor", "poor", 0, 0.0, 0.0)
    for second in range(1_000):
        queue.push(f"rich{second}", "rich", 9, float(second), float(second))
        item = queue.peek(float(second))
        assert item is not None
        if item == "poor":
            break
        queue.charge(item, 1.0, float(second))
        queue.remove(item)
    assert 90 <= second <= 120


def test_a_client_that_was_idle_saves_up_no_claim() -> None:
    queue = FairQueue()
    for n in range(100):
        queue.push(f"a{n}", "anna", 5, float(n), 0.0)
        queue.push(f"b{n}", "bold", 5, float(n), 0.0)
    queue.push("c", "cai", 5, 0.0, 0.0)
    order = []
    for _ in range(101):
        item = queue.peek(0.0)
        assert item is not None
        queue.charge(item, 1.0, 0.0)
        queue.remove(item)
    for n in range(20):
        queue.push(f"c{n}", "cai", 5, 0.0, 0.0)
    order = drain(queue)[:30]
    assert 8 <= sum(item.startswith("c") for item in order) <= 12


def test_newcomers_of_a_low_priority_share_equally_after_much_work_of_a_high_one() -> None:
    queue = FairQueue()
    for n in range(20):
        queue.push(f"a{n}", "anna", 2, float(n), 0.0)
    queue.push("h", "high", 9, 0.0, 0.0)
    queue.charge("h", 1_000_000.0, 0.0)
    queue.remove("h")
    for n in range(20):
        queue.push(f"b{n}", "bold", 2, float(n), 0.0)
    first = drain(queue)[:20]
    assert 9 <= sum(item.startswith("b") for item in first) <= 11


def test_clients_that_came_and_went_leave_nothing_behind() -> None:
    queue = FairQueue()
    for n in range(5_000):
        queue.push(f"t{n}", f"client{n}", 5, float(n), float(n))
        queue.charge(f"t{n}", 100.0, float(n))
        queue.remove(f"t{n}")
        queue.peek(float(n))
    assert len(queue.shares) < 100
    assert not queue._flows
    assert sum(map(len, queue._by_virtual.values())) < 100


def test_an_item_that_comes_and_goes_behind_an_older_one_leaves_nothing_behind() -> None:
    queue = FairQueue()
    queue.push("old", "anna", 5, 0.0, 0.0)
    for _ in range(10_000):
        queue.push("young", "anna", 5, 1.0, 0.0)
        queue.remove("young")
    assert len(queue._flows[("anna", 5)].entries) < 100


def test_two_equal_clients_never_differ_by_more_than_their_largest_items() -> None:
    rng = random.Random(3)
    queue = FairQueue()
    for n in range(2_000):
        queue.push(f"a{n}", "anna", 5, float(n), 0.0)
        queue.push(f"b{n}", "bold", 5, float(n), 0.0)
    given = {"a": 0.0, "b": 0.0}
    for _ in range(1_500):
        item = queue.peek(0.0)
        assert item is not None
        cost = rng.uniform(1, 100)
        queue.charge(item, cost, 0.0)
        queue.remove(item)
        given[item[0]] += cost
        assert abs(given["a"] - given["b"]) <= 200
