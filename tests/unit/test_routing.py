"""Which model does what, and sentences that go through two of them."""

from __future__ import annotations

from dispatch_kit import SENTENCE, Shell, dispatcher, task

from actors import decisions as do
from actors.checkpoints import whole
from actors.decisions import Item, Lease, Leg, Pair
from actors.failures import Failure
from actors.lanes import RELAY_CHARS
from actors.routing import Offer, choose, legs_of, models_of, options, paths_of, possible_pairs, shown, sources_of
from actors.team import Translator
from translation.terms import TermMatch

MN, ZH, EN = "mon_Cyrl", "cmn_Hans", "eng_Latn"
STRAIGHT: Pair = (MN, ZH, False)
VIA: Pair = (MN, ZH, True)
WIDE = Offer("wide", frozenset({(MN, ZH), (MN, EN), (EN, ZH)}))
INTO = Offer("into", frozenset({(MN, EN)}))
OUT = Offer("out", frozenset({(EN, ZH)}))


def everybody(_model: str) -> bool:
    return True


def test_the_first_named_model_that_can_do_the_pair_is_taken() -> None:
    assert choose(STRAIGHT, [INTO, WIDE], None, everybody) == "wide"
    assert choose((MN, EN, False), [INTO, WIDE], None, everybody) == "into"
    assert choose((ZH, MN, False), [INTO, WIDE], None, everybody) is None


def test_another_model_is_taken_when_the_first_has_no_healthy_translator() -> None:
    pair: Pair = (MN, EN, False)
    assert choose(pair, [INTO, WIDE], None, lambda model: model != "into") == "wide"
    assert choose(pair, [INTO, WIDE], None, lambda _model: False) == "into"


def test_by_way_of_english_one_model_is_better_than_two_and_two_are_better_than_none() -> None:
    assert list(options(VIA, [INTO, OUT, WIDE])) == ["wide", "into > out", "into > wide", "wide > out"]
    assert choose(VIA, [INTO, OUT], None, everybody) == "into > out"
    assert choose(VIA, [INTO, OUT, WIDE], None, lambda model: model != "wide") == "into > out"


def test_a_task_that_names_a_model_gets_it_or_nothing() -> None:
    assert choose((MN, EN, False), [INTO, WIDE], "wide", everybody) == "wide"
    assert choose(STRAIGHT, [INTO, WIDE], "into", everybody) is None
    assert choose(VIA, [INTO, WIDE], "into", everybody) == "into > wide"


def test_what_can_be_translated_is_the_union_with_combinations() -> None:
    assert possible_pairs([INTO, OUT]) == [(EN, ZH, False), (MN, ZH, True), (MN, EN, False)]
    assert (MN, ZH, False) in possible_pairs([WIDE]) and (MN, ZH, True) not in possible_pairs([WIDE])


def test_a_binding_says_which_legs_there_are() -> None:
    assert legs_of(VIA, "wide") == (Leg(MN, ZH, True, "wide"),)
    assert legs_of(VIA, "into > out") == (Leg(MN, EN, False, "into"), Leg(EN, ZH, False, "out"))


AUTO: Pair = ("auto", ZH, True)


def test_a_task_without_a_source_language_is_bound_for_each_that_it_may_have() -> None:
    bound = choose(AUTO, [INTO, OUT], None, everybody)
    assert bound == "mon_Cyrl: into > out | eng_Latn: out"
    assert paths_of(AUTO, bound) == {
        MN: (Leg(MN, EN, False, "into"), Leg(EN, ZH, False, "out")),
        EN: (Leg(EN, ZH, False, "out"),),
    }
    assert models_of(bound) == ("into", "out")
    assert sources_of(("auto", EN, False), [WIDE, OUT]) == [MN]
    assert choose(("auto", MN, False), [WIDE], None, everybody) is None


def test_people_see_of_a_binding_the_model_alone_where_it_is_the_same() -> None:
    bound = choose(("auto", ZH, False), [WIDE], None, everybody)
    assert (bound, shown(bound)) == ("mon_Cyrl: wide | eng_Latn: wide", "wide")
    assert shown("into > out") == "into > out" and shown("fake:pairs=a-b") == "fake:pairs=a-b" and shown(None) is None


# ---- the core


def shell_with(*translators: tuple[str, str], sentences: int = 10) -> Shell:
    """translators: (name, model)."""
    shell = Shell(dispatcher(), sentences)
    for name, model in translators:
        shell.core.translator_up(Translator(name, name, model, chars_per_second=1_000.0, measured=True))
    return shell


def english(shell: Shell, lease: Lease, text: str = "hello") -> None:
    """The first model's answers arrive and go on."""
    assert shell.core.result(lease.lease_id, 1.0, 0.0) is not None
    shell.core.relay([(item, (text, ("numbers",), None)) for item in lease.items], 0.0)


def last(shell: Shell) -> Lease:
    return shell.sent[-1]


def test_a_bound_task_is_sent_to_its_model_only_and_waits_for_it() -> None:
    shell = shell_with(("x", "wide"))
    shell.add(task("t", model="into"))
    shell.run()
    assert shell.sent == []
    shell.core.translator_up(Translator("y", "y", "into"))
    shell.run()
    assert {lease.translator for lease in shell.sent} == {"y"}


def test_sentences_go_from_the_first_model_to_the_second_and_count_when_they_come_back() -> None:
    shell = shell_with(("x", "into"), ("y", "out"))
    shell.add(task("t", pair=VIA, model="into > out"))
    shell.run()
    first = last(shell)
    assert (first.translator, first.leg) == ("x", Leg(MN, EN, False, "into"))
    assert not any(item.last for item in first.items)
    english(shell, first)
    assert shell.core.jobs["t"].files[1].missing == 10
    shell.run()
    second = last(shell)
    assert (second.translator, second.leg) == ("y", Leg(EN, ZH, False, "out"))
    assert [item.text for item in second.items] == ["hello"] * len(first.items)
    while not shell.of(do.Assemble):
        for lease in list(shell.core.leases.values()):
            if lease.leg.model == "into":
                english(shell, lease)
            else:
                assert shell.answer(lease)
        shell.run()
    assert shell.stored["t", 1] == set(range(10))


def test_the_second_leg_goes_out_again_when_its_translator_dies() -> None:
    shell = shell_with(("x", "into"), ("y", "out"))
    shell.add(task("t", pair=VIA, model="into > out"))
    shell.run()
    english(shell, last(shell))
    shell.run()
    positions = [item.position for item in last(shell).items]
    shell.core.translator_down("y", Failure.TRANSLATOR_LOST, 0.0)
    shell.core.translator_up(Translator("y", "y", "out"))
    sent = [one.lease for one in shell.run() if isinstance(one, do.Send)]
    assert [item.position for lease in sent for item in lease.items] == positions
    assert {lease.leg.model for lease in sent} == {"out"}


def test_english_of_a_task_that_is_over_is_dropped() -> None:
    shell = shell_with(("x", "into"), ("y", "out"))
    shell.add(task("t", pair=VIA, model="into > out"))
    shell.run()
    lease = last(shell)
    assert shell.core.result(lease.lease_id, 1.0, 0.0) is not None
    shell.core.remove("t")
    shell.core.relay([(item, ("hello", (), None)) for item in lease.items], 0.0)
    shell.run()
    assert last(shell) is lease


def test_the_first_model_pauses_while_too_much_waits_for_the_second() -> None:
    shell = shell_with(("x", "into"), sentences=5_000)
    shell.add(task("t", 5_000, pair=VIA, model="into > out"))
    shell.run()
    answered = 0
    while leases := list(shell.core.leases.values()):
        for lease in leases:
            english(shell, lease, SENTENCE)
            answered += len(lease.items)
        shell.run()
    assert RELAY_CHARS <= answered * len(SENTENCE) <= RELAY_CHARS + 4_000
    shell.core.translator_up(Translator("y", "y", "out", chars_per_second=10_000.0, measured=True))
    shell.run()
    assert {lease.leg.model for lease in shell.core.leases.values()} == {"into", "out"}


def test_two_answers_become_one_with_the_doubts_of_both_and_offsets_in_the_source() -> None:
    before = ("good day", ("numbers",), ((0, 0), (5, 5)))
    item = Item("t", 1, 1, 0, "good day", align=True, before=before)
    assert whole(item, ("日安", ("numbers", "script"), ((0, 1), (5, 0))), "cmn_Hans") == (
        "日安",
        ("numbers", "script"),
        ((0, 1), (5, 0)),
    )
    missing = item._replace(terms=(TermMatch(0, 4, "good", "好"),))
    assert whole(missing, ("日安", (), None), "cmn_Hans")[1] == ("numbers", "glossary")
    assert whole(Item("t", 1, 1, 0, "x"), ("y", (), None), "cmn_Hans") == ("y", (), None)


def test_the_end_of_a_file_is_judged_by_what_its_own_model_has_to_do() -> None:
    def first_chunk(*others: tuple[str, str]) -> int:
        shell = shell_with(*others, ("x", "wide"), ("y", "wide"), sentences=50)
        if others:
            shell.add(task("much", 50, files=8, model="into"))
            shell.run()
        shell.add(task("t", 50, model="wide"))
        shell.run()
        return next(lease.chars for lease in shell.sent if lease.leg.model == "wide")

    assert first_chunk(("z", "into")) == first_chunk()


def test_sentences_of_one_file_in_different_languages_go_on_legs_of_their_own() -> None:
    core = dispatcher()
    for name, model in (("one", "into"), ("two", "out")):
        core.translator_up(Translator(name, name, model, chars_per_second=1_000.0, measured=True))
    bound = choose(AUTO, [INTO, OUT], None, everybody)
    assert bound is not None
    core.resume(task("t", 4, pair=AUTO, model=bound), 0.0)
    job = core.jobs["t"]
    items = [job.item(1, n, SENTENCE, False, EN if n % 2 else MN) for n in range(4)]
    core.loaded("t", 1, items, True, 0.0)
    sent = {one.lease.leg: one.lease for one in core.plan(0.0) if isinstance(one, do.Send)}
    mongolian, english = sent[Leg(MN, EN, False, "into")], sent[Leg(EN, ZH, False, "out")]
    assert [item.position for item in mongolian.items] == [0, 2]
    assert [item.position for item in english.items] == [1, 3]
    assert job.waiting_chars == 0 and job.out_chars == 4 * len(SENTENCE)
    # What fails goes out again on its own leg; what is in English joins the other.
    core.failed(english.lease_id, Failure.TRANSLATOR_LOST, "gone", 1.0)
    assert core.result(mongolian.lease_id, 1.0, 1.0) is mongolian
    core.relay([(item, ("english", (), None)) for item in mongolian.items], 1.0)
    decided: list[do.Decision] = []
    seen: list[int] = []
    while not any(isinstance(one, do.Assemble) for one in decided):
        decided = core.plan(100.0)
        assert decided, "the file is never done"
        for lease in [one.lease for one in decided if isinstance(one, do.Send)]:
            assert lease.leg == Leg(EN, ZH, False, "out")
            assert core.result(lease.lease_id, 1.0, 100.0) is lease
            core.checkpointed("t", 1, 1, [item.position for item in lease.items], 100.0)
            seen += [item.position for item in lease.items]
    assert sorted(seen) == [0, 1, 2, 3]
