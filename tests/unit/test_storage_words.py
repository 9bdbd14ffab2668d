"""Glossaries, the translation memory and corrections in storage, over SQLite and PostgreSQL."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine, event
from storage_kit import HOUR, NOW, finish, prepare, start, stored, translated

from storage.errors import GlossaryExists, GlossaryNotFound, SegmentNotFound, SegmentUntranslated
from storage.glossary_store import SHARED, GlossaryTerm, NewGlossary
from storage.memory_store import BY_PEOPLE, CORRECTION, IMPORT, TRANSLATION, MemoryEntry, Scope
from storage.repository import Repository
from storage.segment_store import NewSegment
from storage.states import TaskMove
from storage.task_store import Completed

ANNA, BEN = Scope("anna", "mon_Cyrl", "cmn_Hans"), Scope("ben", "mon_Cyrl", "cmn_Hans")


def glossary(number: int, name: str = "law", client: str = "anna") -> NewGlossary:
    return NewGlossary(f"g-{number}", client, name, "mon_Cyrl", "cmn_Hans")


def entry(key: str, variant: str = BY_PEOPLE, origin: str = IMPORT, **more: Any) -> MemoryEntry:
    return MemoryEntry(key, variant, f"эх {key}", f"译 {key}", origin, **more)


def test_a_glossary_keeps_its_terms_in_order(repository: Repository) -> None:
    terms = [GlossaryTerm("гэрээ", "合同"), GlossaryTerm("ХХК", None, True)]
    row = repository.glossaries.create(glossary(1), terms, NOW)
    assert (row["entries"], row["revision"]) == (2, 1)
    assert repository.glossaries.entries("g-1") == terms
    row = repository.glossaries.add_entries(
        "g-1", [GlossaryTerm("гэрээ", "契约"), GlossaryTerm("банк", "银行")], NOW + 1
    )
    assert (row["entries"], row["revision"]) == (3, 2)
    assert [one.target for one in repository.glossaries.entries("g-1")] == ["契约", None, "银行"]


def test_a_name_is_taken_once_for_each_client_and_replaced_on_request(repository: Repository) -> None:
    first = repository.glossaries.create(glossary(1), [GlossaryTerm("а", "甲")], NOW)
    assert repository.glossaries.create(glossary(1), [GlossaryTerm("б", "乙")], NOW) == first
    repository.glossaries.create(glossary(2, client="ben"), [GlossaryTerm("а", "丙")], NOW)
    with pytest.raises(GlossaryExists):
        repository.glossaries.create(glossary(3), [GlossaryTerm("а", "乙")], NOW)
    row = repository.glossaries.create(glossary(3), [GlossaryTerm("а", "乙")], NOW, replace=True)
    assert (row["glossary_id"], row["revision"]) == ("g-1", 2)
    assert repository.glossaries.entries("g-1") == [GlossaryTerm("а", "乙")]


def test_clients_see_their_own_and_the_shared_glossaries_only(repository: Repository) -> None:
    for number, client in enumerate((SHARED, "anna", "ben")):
        repository.glossaries.create(glossary(number, client=client), [GlossaryTerm("а", "甲")], NOW)
    assert [row["glossary_id"] for row in repository.glossaries.visible("anna")] == ["g-0", "g-1"]
    assert [row["glossary_id"] for row in repository.glossaries.visible(None)] == ["g-0"]
    assert repository.glossaries.find("anna", "law")["glossary_id"] == "g-1"
    assert repository.glossaries.find(None, "law")["glossary_id"] == "g-0"
    with pytest.raises(GlossaryNotFound):
        repository.glossaries.find("anna", "g-2")


def test_a_removed_glossary_takes_its_terms_along(repository: Repository) -> None:
    repository.glossaries.create(glossary(1), [GlossaryTerm("а", "甲")], NOW)
    repository.glossaries.remove("g-1")
    assert repository.glossaries.entries("g-1") == []
    with pytest.raises(GlossaryNotFound):
        repository.glossaries.get("g-1")


def test_the_memory_of_one_client_is_not_the_other_ones(repository: Repository) -> None:
    repository.memory.put(ANNA, [entry("k", head=5)], NOW)
    assert repository.memory.find(BEN, ["k"]) == {}
    assert repository.memory.similar(BEN, "head", [5]) == []
    assert not repository.memory.has_people(BEN)
    assert [one.target for one in repository.memory.find(ANNA, ["k", "x"])["k"]] == ["译 k"]
    assert repository.memory.has_people(ANNA)


def test_an_import_does_not_undo_a_correction_and_a_correction_undoes_everything(repository: Repository) -> None:
    repository.memory.put(ANNA, [entry("k")], NOW)
    repository.memory.put(ANNA, [MemoryEntry("k", BY_PEOPLE, "эх", "改", CORRECTION)], NOW + 1)
    repository.memory.put(ANNA, [entry("k"), entry("k")], NOW + 2)
    (known,) = repository.memory.find(ANNA, ["k"])["k"]
    assert (known.target, known.origin) == ("改", CORRECTION)
    repository.memory.put(ANNA, [MemoryEntry("k", BY_PEOPLE, "эх", "再改", CORRECTION)], NOW + 3)
    assert repository.memory.find(ANNA, ["k"])["k"][0].target == "再改"


def test_what_models_said_goes_when_it_is_old_or_too_much(repository: Repository) -> None:
    for number in range(5):
        repository.memory.put(ANNA, [entry(f"k{number}", "m|", TRANSLATION)], NOW + number)
    repository.memory.put(ANNA, [entry("mine", origin=CORRECTION)], NOW - HOUR)
    repository.memory.put(BEN, [entry("k0", "m|", TRANSLATION)], NOW)
    assert list(repository.memory.clients()) == ["anna", "ben"]
    assert repository.memory.prune("anna", NOW + 2) == 2
    assert repository.memory.shrink("anna", 3) == 1
    assert repository.memory.shrink("anna", 3) == 0
    assert sorted(repository.memory.find(ANNA, [f"k{n}" for n in range(5)] + ["mine"])) == ["k3", "k4", "mine"]
    assert repository.memory.counts("anna") == [
        {"source_lang": "mon_Cyrl", "target_lang": "cmn_Hans", "origin": CORRECTION, "entries": 1},
        {"source_lang": "mon_Cyrl", "target_lang": "cmn_Hans", "origin": TRANSLATION, "entries": 2},
    ]
    assert repository.memory.clear("anna", ("cmn_Hans", "mon_Cyrl"), None) == 0
    assert repository.memory.clear("anna", None, TRANSLATION) == 2
    assert [one.digest for _when, one in repository.memory.page(ANNA, ("", ""), 10)] == ["mine"]


def test_the_memory_is_read_in_pages_each_entry_once(repository: Repository) -> None:
    entries = [entry(f"k{n}", variant) for n in range(7) for variant in ("", "m|", "n|")]
    repository.memory.put(ANNA, entries, NOW)
    repository.memory.put(BEN, entries[:3], NOW)
    after, seen = ("", ""), []
    while page := repository.memory.page(ANNA, after, 4):
        seen += [(one.digest, one.variant) for _when, one in page]
        after = seen[-1]
    assert sorted(seen) == sorted((one.digest, one.variant) for one in entries)


def test_a_correction_is_stored_for_equal_sentences_and_ends_their_doubts(repository: Repository) -> None:
    file_id = start(repository)
    prepare(repository, file_id, ["а", "б", "а"])
    repository.segments.save("t1", 1, [translated(file_id, 0, "甲", "numbers"), translated(file_id, 1, "乙", "length")])
    task, file = repository.tasks.get("t1"), repository.tasks.file("t1", 1)
    assert (task["segments_flagged"], file["segments_flagged"]) == (3, 3)
    done = repository.corrections.correct(task, file, 2, "改", NOW)
    assert (done.source, done.positions) == ("а", (0, 2))
    assert [(one.target, one.flags, one.origin) for one in repository.segments.of_file(file_id)] == [
        ("改", (), "correction"),
        ("乙", ("length",), None),
        ("改", (), "correction"),
    ]
    file = repository.tasks.file("t1", 1)
    assert (repository.tasks.get("t1")["segments_flagged"], file["segments_flagged"], file["corrections"]) == (1, 1, 1)


def test_a_correction_of_a_sentence_that_stands_very_often_is_a_statement_of_a_few_parameters(
    repository: Repository,
) -> None:
    file_id = start(repository)
    prepare(repository, file_id, ["тийм"] * 100)
    repository.segments.save("t1", 1, [translated(file_id, 0, "是")])
    parameters: list[int] = []

    def count(_connection: Any, _cursor: Any, statement: str, given: Any, _context: Any, many: bool) -> None:
        if not many and statement.startswith("UPDATE segments"):
            parameters.append(len(given))

    event.listen(Engine, "before_cursor_execute", count)
    try:
        task, file = repository.tasks.get("t1"), repository.tasks.file("t1", 1)
        done = repository.corrections.correct(task, file, 50, "对", NOW)
    finally:
        event.remove(Engine, "before_cursor_execute", count)
    assert len(done.positions) == 100
    assert parameters and max(parameters) < 20
    assert {one.target for one in repository.segments.of_file(file_id)} == {"对"}


def test_a_correction_stays_within_its_context(repository: Repository) -> None:
    file_id = start(repository)
    rows = [NewSegment(n, n, "", "Нээх", context=context, target="开") for n, context in enumerate(("a", "b", "a"))]
    repository.segments.add(file_id, rows)
    done = repository.corrections.correct(repository.tasks.get("t1"), repository.tasks.file("t1", 1), 0, "打开", NOW)
    assert (done.positions, done.context) == ((0, 2), "a")


def test_what_is_not_there_or_not_translated_cannot_be_corrected(repository: Repository) -> None:
    file_id = start(repository)
    prepare(repository, file_id, ["а"])
    task, file = repository.tasks.get("t1"), repository.tasks.file("t1", 1)
    with pytest.raises(SegmentUntranslated):
        repository.corrections.correct(task, file, 0, "改", NOW)
    with pytest.raises(SegmentNotFound):
        repository.corrections.correct(task, file, 1, "改", NOW)


def test_a_corrected_file_is_written_anew_while_its_task_stays_as_it_ended(repository: Repository) -> None:
    file_id = start(repository)
    prepare(repository, file_id, ["а"])
    repository.segments.save("t1", 1, [translated(file_id, 0)])
    repository.tasks.complete_file(file_id, 1, stored(blob="results/aa/old"))
    finish(repository, "t1", TaskMove.COMPLETE, NOW)
    before = repository.tasks.get("t1")
    assert repository.corrections.outdated("t1") == []
    repository.corrections.correct(before, repository.tasks.file("t1", 1), 0, "改", NOW)
    (outdated,) = repository.corrections.outdated("t1")
    new = Completed(file_id, 1, stored(blob="results/aa/new"), terms={"used": 1, "missed": 0})
    assert repository.corrections.rewritten(new, outdated["corrections"], "t1", 1, NOW) == ["results/aa/old"]
    assert repository.corrections.outdated("t1") == []
    assert repository.tasks.file("t1", 1)["result_blob"] == "results/aa/new"
    assert repository.tasks.get("t1") == before
    late = Completed(file_id, 2, stored(blob="results/aa/late"))
    assert repository.corrections.rewritten(late, 1, "t1", 1, NOW) is None


def test_the_mark_of_a_similar_sentence_stays_beside_the_doubts(repository: Repository) -> None:
    file_id = start(repository)
    rows = [NewSegment(n, n, "", f"эх {n}", suggestion='{"score": 0.9}') for n in range(2)]
    repository.segments.add(file_id, rows)
    repository.tasks.prepared(file_id, 2, 0, 8)
    repository.segments.save("t1", 1, [translated(file_id, 0, "译", "numbers"), translated(file_id, 1)])
    assert [one.flags for one in repository.segments.of_file(file_id)] == [("numbers", "fuzzy"), ("fuzzy",)]
    assert repository.tasks.file("t1", 1)["segments_flagged"] == 1
