"""Glossary, memory and correction with real actors: what a person sees from upload to the corrected document."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from actors.text_service import TextWishes
from actors.words_client import WordsClient
from storage.glossary_store import GlossaryTerm, NewGlossary
from storage.task_store import NewTask
from tests.ray.conftest import House, MakeHouse
from tests.ray.work import over

pytestmark = pytest.mark.ray

TASK = NewTask("", "anna", "mon_Cyrl", "cmn_Hans", False, 5, glossaries=json.dumps(["law"]))


async def translated(house: House, task: NewTask, text: str) -> str:
    await house.client.submit(task, [house.stored("a.txt", text)])
    done = await over(house, task.task_id)
    assert done["status"] == "completed", (done["error_message"], done["files"])
    return await house.result(task.task_id)


async def test_terms_are_put_in_and_a_correction_is_in_the_document_and_in_the_next_task(
    make_house: MakeHouse, tmp_path: Path
) -> None:
    journal = tmp_path / "journal"
    house = make_house(f"fake:journal={journal}", memory=True)
    words = WordsClient(house.client)
    new = NewGlossary("g-1", "anna", "law", "mon_Cyrl", "cmn_Hans")
    await words.create_glossary(new, None, [GlossaryTerm("гэрээ", "合同")], False)
    first = await translated(house, replace(TASK, task_id="t1"), "Гэрээний дагуу.\nБид 12 зам.\nБид 12 зам.\n")
    assert "合同" in first
    task = await house.client.task("t1")
    assert (task["terms"], task["memory_matches"]) == ({"used": 1, "missed": 0}, 0)

    told = await words.correct("t1", 1, 1, "我们有12条路。")
    assert (told["corrected"], told["origin"]) == (2, "correction")
    assert (await house.client.task("t1"))["files"][0]["outdated"]
    assert (await house.result("t1")).splitlines()[1:] == ["我们有12条路。"] * 2
    after = await house.client.task("t1")
    assert not after["files"][0]["outdated"]
    assert (after["status"], after["completed_at"]) == (task["status"], task["completed_at"])

    before = journal.stat().st_size
    second = await translated(house, replace(TASK, task_id="t2"), "Гэрээний дагуу.\nБид 12 зам.\nБид 15 зам.\n")
    assert second.splitlines() == [first.splitlines()[0], "我们有12条路。", "我们有15条路。"]
    assert journal.stat().st_size == before, "nothing was sent to a translator"
    (one,) = await house.client.translate_text(["Бид 12 зам."], "mon_Cyrl", "cmn_Hans", False, None, TextWishes("anna"))
    assert one["text"] == "我们有12条路。"
    other = replace(TASK, task_id="t3", client_ip="ben", glossaries=None)
    assert "我们有12条路。" not in await translated(house, other, "Бид 12 зам.\n")
