"""The translation memory at work: exact, adapted and similar sentences, each client and model apart."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from fresh_database import database_at
from hypothesis import given
from hypothesis import strategies as st

from actors.recall import Filled, MemoryRules, Recall, by_people
from storage.memory_store import CORRECTION, IMPORT, MemoryEntry, Scope
from storage.repository import Repository
from storage.segment_store import NewSegment, StoredSegment
from translation import recall as pure
from translation.recall import adapted, closest, digest, probes

SCOPE = Scope("anna", "mon_Cyrl", "cmn_Hans")


def task(client: str = "anna", model: str = "m", memory: bool = True) -> dict[str, Any]:
    return {
        "client_ip": client,
        "source_lang": "mon_Cyrl",
        "target_lang": "cmn_Hans",
        "model": model,
        "via_eng": False,
        "memory": memory,
    }


@pytest.fixture
def memory(tmp_path: Path) -> Recall:
    return Recall(Repository(database_at(tmp_path / "khelmerch.db")), MemoryRules())


def segments(*sources: str, **more: Any) -> list[NewSegment]:
    return [NewSegment(n, n, "", source, **more) for n, source in enumerate(sources)]


def said(source: str, target: str, *flags: str, **more: Any) -> StoredSegment:
    return StoredSegment(0, 0, "", source, target, flags, more.pop("alignment", None), **more)


def filled(memory: Recall, of: dict[str, Any], batch: list[NewSegment]) -> list[str | None]:
    return [one.target for one in memory.fill(of, batch, Filled())]


def test_what_a_model_said_counts_for_that_model_and_client_only(memory: Recall) -> None:
    memory.learn(task(), [said("Сайн уу", "你好"), said("Баяртай", "再见", "length"), said("Зам", "路", "fuzzy")])
    batch = segments("Сайн уу", "Баяртай", "Зам")
    assert filled(memory, task(), batch) == ["你好", None, "路"]
    assert filled(memory, task(model="other"), batch) == [None] * 3
    assert filled(memory, task(client="ben"), batch) == [None] * 3
    assert filled(memory, task(memory=False), batch) == [None] * 3
    assert filled(memory, {**task(), "via_eng": True}, batch) == [None] * 3


def test_a_correction_counts_for_every_model_and_wins(memory: Recall) -> None:
    memory.learn(task(), [said("Сайн уу", "你好")])
    memory.corrected(task(), "Сайн уу", None, "您好")
    for model in ("m", "other"):
        (one,) = memory.fill(task(model=model), segments("Сайн уу"), Filled())
        assert (one.target, one.origin, one.flags) == ("您好", "memory", None)


def test_a_correction_in_a_context_counts_there_only(memory: Recall) -> None:
    memory.corrected(task(), "Нээх", "menu", "打开")
    assert filled(memory, task(), segments("Нээх", context="menu")) == ["打开"]
    assert filled(memory, task(), segments("Нээх", context="state")) == [None]
    assert filled(memory, task(), segments("Нээх")) == [None]
    memory.corrected(task(), "Нээх", None, "开")
    assert filled(memory, task(), segments("Нээх", context="menu")) == ["打开"]
    assert filled(memory, task(), segments("Нээх", context="state")) == ["开"]


def test_of_a_task_that_does_not_say_its_language_each_sentence_is_known_in_its_own(memory: Recall) -> None:
    auto = {**task(), "source_lang": "auto"}
    memory.learn(auto, [said("Сайн уу", "你好", language="mon_Cyrl"), said("Menu", "菜单", language="eng_Latn")])
    memory.corrected(auto, "Зам", None, "路", "mon_Cyrl")
    assert filled(memory, task(), segments("Сайн уу", "Menu", "Зам")) == ["你好", None, "路"]
    memory.corrected(task(), "Гол", None, "河")
    batch = [NewSegment(0, 0, "", "Гол", language="mon_Cyrl"), NewSegment(1, 1, "", "Menu", language="eng_Latn")]
    assert filled(memory, auto, batch) == ["河", "菜单"]
    assert filled(memory, auto, segments("Гол")) == [None]


def test_what_was_said_with_other_terms_or_without_alignment_is_not_taken(memory: Recall) -> None:
    terms = json.dumps([[0, 5, "гэрээ", "合同"]])
    memory.learn(task(), [said("Гэрээ байна", "有合同", terms=terms), said("Тод зам", "亮路")])
    assert filled(memory, task(), segments("Гэрээ байна", terms=terms)) == ["有合同"]
    assert filled(memory, task(), segments("Гэрээ байна")) == [None]
    assert filled(memory, task(), segments("Тод зам", wants_alignment=True)) == [None]
    memory.learn(task(), [said("Тод зам", "亮路", alignment=((0, 0), (4, 1)))])
    (one,) = memory.fill(task(), segments("Тод зам", wants_alignment=True), Filled())
    assert one.alignment == "[[0, 0], [4, 1]]"


def test_an_import_counts_with_formatting_and_without_so_that_a_document_says_one_thing(memory: Recall) -> None:
    imported = MemoryEntry(digest("Тод зам"), "*", "Тод зам", "亮路", IMPORT)
    memory._repository.memory.put(SCOPE, [imported], 1.0)
    plain = NewSegment(0, 0, "", "Тод зам")
    formatted = NewSegment(1, 1, "", "Тод зам", wants_alignment=True)
    assert filled(memory, task(), [plain, formatted]) == ["亮路", "亮路"]


def test_repeated_sentences_follow_the_first_whatever_the_memory_says_by_then(memory: Recall) -> None:
    memory.corrected(task(), "Сайн уу", None, "您好")
    counts = Filled()
    (first,) = memory.fill(task(), segments("Сайн уу"), counts)
    memory.corrected(task(), "Сайн уу", None, "改了")
    (second,) = memory.fill(task(), [NewSegment(7, 7, "", "Сайн уу", same_as=0)], counts)
    assert (first.target, second.target) == ("您好", "您好")
    assert (counts.sent_less, counts.chars_less, counts.known) == (1, 7, 1)
    (third,) = memory.fill(task(), [NewSegment(8, 8, "", "Сайн уу", same_as=3)], counts)
    assert third.target is None


def test_a_sentence_with_other_numbers_is_adapted_and_marked(memory: Recall) -> None:
    memory.corrected(task(), "Бид 12 файл хадгалав", None, "我们保存了12个文件")
    (one,) = memory.fill(task(), segments("Бид 15 файл хадгалав"), Filled())
    assert (one.target, one.origin, one.flags) == ("我们保存了15个文件", "adapted", "fuzzy")


def test_a_similar_sentence_is_offered_and_not_used(memory: Recall) -> None:
    memory.corrected(task(), "Энэ файлыг хадгалах уу", None, "保存此文件吗")
    (one,) = memory.fill(task(), segments("Энэ файлуудыг хадгалах уу"), Filled())
    assert one.target is None
    assert one.suggestion is not None
    told = json.loads(one.suggestion)
    assert (told["target"], told["origin"]) == ("保存此文件吗", "correction")
    assert 0.85 <= told["score"] <= 0.99
    assert filled(memory, task(client="ben"), segments("Бид 15 файл хадгалав")) == [None]
    strict = Recall(memory._repository, MemoryRules(threshold=1.0))
    assert strict.fill(task(), segments("Энэ файлуудыг хадгалах уу"), Filled())[0].suggestion is None


def test_similar_machine_translations_are_not_offered(memory: Recall) -> None:
    memory.learn(task(), [said("Энэ файлыг хадгалах уу", "保存此文件吗")])
    assert memory.fill(task(), segments("Энэ файлуудыг хадгалах уу"), Filled())[0].suggestion is None


def test_a_memory_that_is_off_neither_learns_nor_knows(memory: Recall) -> None:
    off = Recall(memory._repository, MemoryRules(enabled=False))
    off.learn(task(), [said("Сайн уу", "你好")])
    off.corrected(task(), "Зам", None, "路")
    assert filled(memory, task(), segments("Сайн уу", "Зам")) == [None, None]
    memory.corrected(task(), "Зам", None, "路")
    assert filled(off, task(), segments("Зам")) == [None]
    assert off.exact(SCOPE, ["Зам"]) == [None]
    assert memory.exact(SCOPE, ["Зам", "Гол"]) == ["路", None]


def test_looking_up_two_thousand_sentences_among_many_is_fast(memory: Recall) -> None:
    store = memory._repository.memory
    rows = [by_people(SCOPE, f"Энэ бол {n} дугаартай мөр шүү дээ {n * 7}", f"第{n}行", IMPORT) for n in range(20_000)]
    store.put(SCOPE, rows, 1.0)
    store.put(SCOPE, [MemoryEntry(digest(f"м {n}"), "v", f"м {n}", "x", "translation") for n in range(20_000)], 1.0)
    batch = segments(*(f"Энэ бол {n} дугаартай өөр мөр {n}" for n in range(2_000)))
    began = time.process_time()
    memory.fill(task(), batch, Filled())
    # CPU time, some 0.5 s; comparing each sentence with every one that begins alike takes minutes.
    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    ("source", "known", "target", "language", "expected"),
    [
        ("Сар 15 хоног 3 удаа", "Сар 12 хоног 5 удаа", "12个月5次", "cmn_Hans", "15个月3次"),
        ("5 files", "1 files", "1 файл", "eng_Latn", None),
        ("In 2025", "In 2024", "2024 онд", "mon_Cyrl", "2025 онд"),
        ("In 2025", "In 2024", "2024-нд", "mon_Cyrl", None),
        ("a 3 b 4", "a 2 b 2", "2和2", "cmn_Hans", None),
        ("a 3", "a 2", "二", "cmn_Hans", None),
        ("a 3", "b 2", "2", "cmn_Hans", None),
        ("a 1,500.5", "a 2", "2元", "cmn_Hans", "1,500.5元"),
    ],
)
def test_numbers_are_exchanged_only_where_that_is_safe(
    source: str, known: str, target: str, language: str, expected: str | None
) -> None:
    assert adapted(source, known, target, language) == expected


@given(st.lists(st.sampled_from(["ba", "na", "ka", "ta", "ra"]), min_size=6, max_size=12), st.integers(0, 11))
def test_a_sentence_with_one_word_changed_shares_a_probe(words: list[str], place: int) -> None:
    changed = [*words]
    changed[place % len(words)] = "өөр"
    one, other = probes(" ".join(words), SCOPE), probes(" ".join(changed), SCOPE)
    assert one.head == other.head or one.tail == other.tail


def test_probes_are_different_for_each_client_and_absent_for_a_word_or_two() -> None:
    assert probes("нэг хоёр гурав", SCOPE).head != probes("нэг хоёр гурав", Scope("ben", *SCOPE[1:])).head
    assert probes("нэг хоёр", SCOPE) == pure.Probes(None, None, None)


def test_the_closest_is_named_with_how_close_it_is() -> None:
    assert closest("abcd efgh", ["xxxx", "abcd efgi"], 0.85) == (1, 0.89)
    assert closest("abcd efgh", ["xxxx"], 0.85) is None
    assert closest("ABCD ", ["abcd"], 0.85) == (0, 0.99)


def test_corrections_carry_their_probes() -> None:
    made = by_people(SCOPE, "Энэ бол нэг мөр", "这是一行", CORRECTION)
    assert (made.variant, made.origin, made.head is not None) == ("", CORRECTION, True)
