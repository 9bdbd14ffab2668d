"""Sentences and their translations, over SQLite and PostgreSQL."""

from __future__ import annotations

import json

import pytest
from storage_kit import NOW, accept, contents, prepare, start, stored, translated

from storage import segment_statements, segment_store
from storage.errors import NotTogether
from storage.read_files import Read
from storage.repository import Repository
from storage.segment_store import NewSegment, Translated
from storage.states import TaskMove


def texts(repository: Repository, file_id: int) -> list[str | None]:
    return [segment.target for segment in repository.segments.of_file(file_id)]


def test_a_sentence_comes_back_as_it_was_stored(repository: Repository) -> None:
    file_id = start(repository)
    repository.segments.add(file_id, [NewSegment(0, 4, "\t ", "Сайн уу? \U0001f600", wants_alignment=True)])
    repository.segments.add(file_id, [NewSegment(1, 5, "", "123", target="123")])
    assert repository.segments.missing(file_id, -1, 10) == [
        segment_store.MissingSegment(file_id, 0, "Сайн уу? \U0001f600", True)
    ]
    repository.segments.save("t1", 1, [Translated(file_id, 0, "你好", ("length", "unk"), ((0, 0), (5, 1)))])
    first, second = repository.segments.of_file(file_id)
    assert (first.unit, first.lead, first.source, first.target) == (4, "\t ", "Сайн уу? \U0001f600", "你好")
    assert (first.flags, first.alignment) == (("length", "unk"), ((0, 0), (5, 1)))
    assert (second.target, second.flags, second.alignment) == ("123", (), None)


def test_a_sentence_that_has_a_translation_keeps_it(repository: Repository) -> None:
    file_id = start(repository)
    prepare(repository, file_id, ["a", "b"])
    assert repository.segments.save("t1", 1, [translated(file_id, 0, "first")]) == {file_id: 1}
    again = [translated(file_id, 0, "second", "length"), translated(file_id, 1, "other")]
    assert repository.segments.save("t1", 1, again) == {file_id: 1}
    assert texts(repository, file_id) == ["first", "other"]
    task = repository.tasks.get("t1")
    assert (task["segments_done"], task["segments_flagged"]) == (2, 0)


def test_the_same_sentence_twice_in_one_answer_counts_once(repository: Repository) -> None:
    file_id = start(repository)
    prepare(repository, file_id, ["a", "b"])
    saved = repository.segments.save("t1", 1, [translated(file_id, 0, "x"), translated(file_id, 0, "y", "unk")])
    assert saved == {file_id: 1}
    assert texts(repository, file_id) == ["x", None]


def test_repeated_sentences_are_translated_once_and_filled_everywhere(repository: Repository) -> None:
    file_id = start(repository)
    prepare(repository, file_id, ["a", "b", "a", "a"])
    assert [item.position for item in repository.segments.missing(file_id, -1, 10)] == [0, 1]
    assert repository.segments.missing_counts(file_id) == (2, 2)
    assert repository.segments.save("t1", 1, [translated(file_id, 0, "А", "numbers")]) == {file_id: 3}
    assert texts(repository, file_id) == ["А", None, "А", "А"]
    file = repository.tasks.files("t1")[0]
    assert (file["segments_done"], file["segments_flagged"]) == (3, 3)
    assert repository.tasks.get("t1")["segments_flagged"] == 3
    assert repository.tasks.segment_counts(file_id) == (4, 3)


@pytest.mark.parametrize("end", [TaskMove.CANCEL, TaskMove.FAIL, TaskMove.EXPIRE])
def test_a_task_that_is_not_processed_any_more_takes_no_results(repository: Repository, end: TaskMove) -> None:
    file_id = start(repository)
    prepare(repository, file_id, ["a"])
    repository.tasks.move("t1", end, NOW)
    before = contents(repository.database)
    assert repository.segments.save("t1", 1, [translated(file_id, 0)]) is None
    assert contents(repository.database) == before


def test_a_result_of_a_dead_attempt_is_not_saved(repository: Repository) -> None:
    file_id = start(repository)
    prepare(repository, file_id, ["a"])
    for move in (TaskMove.CANCEL, TaskMove.RETRY, TaskMove.START):
        repository.tasks.move("t1", move, NOW)
    before = contents(repository.database)
    assert repository.segments.save("t1", 1, [translated(file_id, 0)]) is None
    assert contents(repository.database) == before
    assert repository.segments.save("t1", 2, [translated(file_id, 0)]) == {file_id: 1}


def test_a_task_that_gave_up_its_place_takes_what_was_out_until_it_is_over(repository: Repository) -> None:
    file_id = start(repository)
    prepare(repository, file_id, ["a", "b"])
    repository.tasks.move("t1", TaskMove.REQUEUE, NOW)
    assert repository.segments.save("t1", 1, [translated(file_id, 0)]) == {file_id: 1}
    assert [missing.position for missing in repository.segments.missing(file_id, -1, 10)] == [1]
    assert repository.tasks.get("t1")["segments_done"] == 1
    repository.tasks.move("t1", TaskMove.CANCEL, NOW)
    assert repository.segments.save("t1", 1, [translated(file_id, 1)]) is None


def test_results_for_a_task_that_never_was_are_not_saved(repository: Repository) -> None:
    accept(repository)
    assert repository.segments.save("t2", 1, [translated(1, 0)]) is None


def test_figures_of_several_files_add_up(repository: Repository) -> None:
    start(repository, files=[stored("a"), stored("b")])
    first, second = (file["id"] for file in repository.tasks.files("t1"))
    prepare(repository, first, ["a", "b", "c"])
    prepare(repository, second, ["d", "dd"])
    answers = [translated(second, 1, "x", "unk"), translated(first, 2), translated(first, 0, "y", "length")]
    assert repository.segments.save("t1", 1, answers) == {first: 2, second: 1}
    task = repository.tasks.get("t1")
    assert (task["segments_total"], task["segments_done"], task["segments_flagged"]) == (5, 3, 2)
    assert task["source_chars"] == 6
    assert [(f["segments_total"], f["segments_done"], f["segments_flagged"]) for f in repository.tasks.files("t1")] == [
        (3, 2, 1),
        (2, 1, 1),
    ]
    assert repository.segments.missing_counts(second) == (1, 1)


def test_missing_sentences_are_handed_out_in_pieces(repository: Repository) -> None:
    file_id = start(repository)
    prepare(repository, file_id, [f"s{n}" for n in range(10)])
    repository.segments.save("t1", 1, [translated(file_id, 3)])
    found: list[int] = []
    while piece := repository.segments.missing(file_id, found[-1] if found else -1, 4):
        found += [item.position for item in piece]
    assert found == [0, 1, 2, 4, 5, 6, 7, 8, 9]


def test_a_file_is_read_out_whole_in_pieces(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segment_store, "ITERATE_ROWS", 4)
    file_id = start(repository)
    for count in (8, 9):
        repository.segments.clear(file_id)
        repository.segments.add(file_id, [NewSegment(n, n, "", f"s{n}") for n in range(count)])
        assert [segment.source for segment in repository.segments.of_file(file_id)] == [f"s{n}" for n in range(count)]
    repository.segments.clear(file_id)
    assert texts(repository, file_id) == []


def test_saving_a_sentence_does_not_look_through_its_whole_file(repository: Repository) -> None:
    if not repository.database.is_sqlite:
        return  # its planner knows the sizes of the tables, which are empty here
    save = str(segment_statements.SAVE_REPEATED.statement.compile(dialect=repository.database.engine.dialect))
    with repository.database.transaction() as connection:
        plan = [row[-1] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {save}", (None,) * save.count("?"))]
    assert any("PRIMARY KEY (file_id=? AND position=?)" in step for step in plan), plan
    assert any("segments_repeated (file_id=? AND same_as=?)" in step for step in plan), plan


def test_answers_of_several_tasks_are_saved_together(repository: Repository) -> None:
    one, two, over = (start(repository, task_id) for task_id in ("t1", "t2", "t3"))
    prepare(repository, one, ["a", "b", "a"])
    prepare(repository, two, ["c"])
    prepare(repository, over, ["d"])
    repository.tasks.move("t3", TaskMove.CANCEL, NOW)
    saved = repository.segments.save_all(
        [
            ("t1", 1, [translated(one, 0, "A", "unk"), translated(one, 1, "B")]),
            ("t3", 1, [translated(over, 0, "D")]),
            ("t2", 2, [translated(two, 0, "of another attempt")]),
            ("t2", 1, [translated(two, 0, "C")]),
        ]
    )
    assert saved == [{one: 3}, None, None, {two: 1}]
    assert (texts(repository, one), texts(repository, two), texts(repository, over)) == (["A", "B", "A"], ["C"], [None])
    first, second = repository.tasks.get("t1"), repository.tasks.get("t2")
    assert (first["segments_done"], first["segments_flagged"]) == (3, 2)
    assert (second["segments_done"], second["segments_flagged"]) == (1, 0)
    found = repository.segments.of_files([two, one])
    assert [segment.target for segment in found[one]] == ["A", "B", "A"]
    assert found[two] == list(repository.segments.of_file(two))


def test_answers_for_one_file_that_come_together_are_counted_once(repository: Repository) -> None:
    one = start(repository, "t1")
    prepare(repository, one, ["a", "b", "a", "c"])
    saved = repository.segments.save_all(
        [("t1", 1, [translated(one, 0, "A", "unk")]), ("t1", 1, [translated(one, 1, "B"), translated(one, 3, "C")])]
    )
    assert saved == [{one: 2}, {one: 2}]
    task, (file,) = repository.tasks.get("t1"), repository.tasks.files("t1")
    assert (
        (task["segments_done"], task["segments_flagged"]) == (file["segments_done"], file["segments_flagged"]) == (4, 2)
    )


def test_a_task_that_gave_up_its_place_takes_what_comes_together(repository: Repository) -> None:
    one, two = start(repository, "t1"), start(repository, "t2")
    prepare(repository, one, ["a"])
    prepare(repository, two, ["b"])
    repository.tasks.move("t1", TaskMove.REQUEUE, NOW)
    saved = repository.segments.save_all([("t1", 1, [translated(one, 0, "A")]), ("t2", 1, [translated(two, 0, "B")])])
    assert saved == [{one: 1}, {two: 1}]


def test_answers_that_are_there_already_are_not_saved_together_with_others(repository: Repository) -> None:
    one, two = start(repository, "t1"), start(repository, "t2")
    prepare(repository, one, ["a"])
    prepare(repository, two, ["b"])
    repository.segments.save("t1", 1, [translated(one, 0, "first")])
    before = contents(repository.database)
    with pytest.raises(NotTogether):
        repository.segments.save_all([("t1", 1, [translated(one, 0, "x")]), ("t2", 1, [translated(two, 0, "y")])])
    assert contents(repository.database) == before


def test_two_answers_of_one_file_are_counted_once_each(repository: Repository) -> None:
    file_id = start(repository)
    prepare(repository, file_id, ["a", "b", "a", "c"])
    first, second = [translated(file_id, 0, "A", "unk")], [translated(file_id, 1, "B"), translated(file_id, 3, "C")]
    assert repository.segments.save_all([("t1", 1, first), ("t1", 1, second)]) == [{file_id: 2}, {file_id: 2}]
    task, file = repository.tasks.get("t1"), repository.tasks.files("t1")[0]
    assert (task["segments_done"], task["segments_flagged"]) == (4, 2)
    assert (file["segments_done"], file["segments_flagged"]) == (4, 2)


def test_what_was_out_when_a_task_gave_up_its_place_is_saved_among_others(repository: Repository) -> None:
    one, two = start(repository, "t1"), start(repository, "t2")
    prepare(repository, one, ["a"])
    prepare(repository, two, ["b"])
    repository.tasks.move("t1", TaskMove.REQUEUE, NOW)
    both = [("t1", 1, [translated(one, 0, "A")]), ("t2", 1, [translated(two, 0, "B")])]
    assert repository.segments.save_all(both) == [{one: 1}, {two: 1}]


def test_what_is_known_of_a_file_when_it_is_read_counts_at_once(repository: Repository) -> None:
    accept(repository)
    file_id = repository.tasks.files("t1")[0]["id"]
    left = NewSegment(1, 0, "", "Привет", target="Привет", flags="untranslated", notes="other_language")
    repository.segments.add(file_id, [NewSegment(0, 0, "", "Сайн уу?", language="mon_Cyrl", notes="normalised"), left])
    notes = {"normalised": 1, "other_language": 1}
    repository.tasks.prepared_all([Read(file_id, 2, 1, 8, 1, "mon_Cyrl", notes)])
    file, task = repository.tasks.files("t1")[0], repository.tasks.get("t1")
    assert (file["segments_flagged"], task["segments_flagged"], file["source_lang"]) == (1, 1, "mon_Cyrl")
    assert json.loads(file["note_counts"]) == notes
    assert repository.segments.languages("t1") == {"mon_Cyrl"}
    (missing,) = repository.segments.missing(file_id, -1, 10)
    assert missing.language == "mon_Cyrl"
    assert [one.position for one in repository.segments.page(file_id, -1, 10, note="other_language")] == [1]
    assert repository.segments.flag_counts([file_id]) == {file_id: {"untranslated": 1}}
