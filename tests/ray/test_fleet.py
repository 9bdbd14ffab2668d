"""Several models side by side, replacing them, and more or fewer translators, all in mid-task."""

from __future__ import annotations

import os
import signal
from typing import Any

import pytest

from actors.errors import BadModels, BadScale, ModelsNeeded, UnknownModel
from tests.ray.conftest import House, MakeHouse
from tests.ray.work import lines, over, ready, working
from tests.support.waiting import aeventually
from translation.errors import ModelNotFound, UnsupportedPair

pytestmark = pytest.mark.ray

INTO = "fake:name=into&delay=0.005&pairs=mon_Cyrl-eng_Latn"
OUT = "fake:name=out&delay=0.005&pairs=eng_Latn-cmn_Hans"
OLD, NEW = "fake:name=old&delay=0.02", "fake:name=new&delay=0.001"


async def models_of_translators(house: House) -> dict[str, list[str]]:
    """-> {model: the states of its translators}."""
    serving = (await house.client.serving())["serving"]
    return {row["model"]: [one["state"] for one in row["translators"]] for row in serving}


async def test_two_models_side_by_side_get_their_pairs(make_house: MakeHouse) -> None:
    house = make_house(f"{INTO}*2, {OUT}", instances=3)
    await ready(house, 3)
    assert {model: len(states) for model, states in (await models_of_translators(house)).items()} == {INTO: 2, OUT: 1}
    task = await over(house, await house.submit(lines(20), target="eng_Latn"))
    assert (task["status"], task["model"]) == ("completed", INTO)
    with pytest.raises(UnsupportedPair):
        await house.submit(lines(1))
    with pytest.raises(UnknownModel, match="fake:name=into"):
        await house.submit(lines(1), target="eng_Latn", model="other")
    (text,) = await house.client.translate_text(["Сайн уу?"], "mon_Cyrl", "cmn_Hans", True)
    assert text["text"] and not any("а" <= letter <= "я" for letter in text["text"])
    pairs = (await house.client.languages())["pairs"]
    assert {"source": "mon_Cyrl", "target": "cmn_Hans", "via_eng": True} in pairs


async def test_via_english_goes_over_two_models_and_survives_the_scheduler(make_house: MakeHouse) -> None:
    house = make_house(f"{INTO}, {OUT}", instances=2)
    task_id = await house.submit(lines(600), via_eng=True)
    await working(house, task_id, 50)
    os.kill(await house.scheduler_pid(), signal.SIGKILL)
    task = await over(house, task_id)
    assert (task["status"], task["segments_done"], task["attempt"]) == ("completed", 600, 1)
    assert task["model"] == f"{INTO} > {OUT}"
    text = await house.result(task_id)
    assert text.count("\n") == 600 and not any("а" <= letter <= "я" or "a" <= letter <= "z" for letter in text)


async def test_a_running_task_finishes_on_the_model_it_began_with(make_house: MakeHouse) -> None:
    house = make_house(OLD, instances=2)
    old = await house.submit(lines(600))
    await working(house, old)
    state = await house.client.set_models(NEW)
    assert (state["models"], state["replacing"]) == (NEW, OLD)
    await aeventually(lambda: models_of_translators(house), lambda found: found.get(NEW) == ["ready"])
    new = await house.submit(lines(30))
    task = await over(house, new)
    assert (task["status"], task["model"]) == ("completed", NEW)
    assert (await house.client.task(old))["status"] == "processing", "the old one still works"
    task = await over(house, old)
    assert (task["status"], task["model"], task["attempt"], task["segments_done"]) == ("completed", OLD, 1, 600)
    assert (await house.result(old)).count("\n") == 600
    await aeventually(lambda: models_of_translators(house), lambda found: found == {NEW: ["ready", "ready"]})


async def test_a_swap_goes_on_after_the_scheduler_was_killed(make_house: MakeHouse) -> None:
    house = make_house(OLD, instances=1)
    old = await house.submit(lines(300))
    await working(house, old)
    await house.client.set_models(NEW)
    os.kill(await house.scheduler_pid(), signal.SIGKILL)
    new = await house.submit(lines(10))
    task = await over(house, old)
    assert (task["status"], task["model"], task["attempt"]) == ("completed", OLD, 1)
    task = await over(house, new)
    assert (task["status"], task["model"]) == ("completed", NEW)
    await aeventually(lambda: models_of_translators(house), lambda found: found == {NEW: ["ready"]})


async def test_a_new_model_that_cannot_be_loaded_leaves_the_old_one(make_house: MakeHouse) -> None:
    house = make_house(OLD, instances=2)
    running = await house.submit(lines(200))
    await working(house, running)
    await house.client.set_models("fake:name=bad&broken=1")
    state = await aeventually(house.client.serving, lambda state: state["problem"])
    assert "told to fail" in state["problem"] and state["models"] == OLD
    assert (await over(house, running))["model"] == OLD
    await aeventually(lambda: models_of_translators(house), lambda found: found == {OLD: ["ready", "ready"]})
    with pytest.raises(ModelNotFound):
        await house.client.set_models("no-such-model")
    with pytest.raises(BadModels):
        await house.client.set_models(", ".join(f"fake:name={n}" for n in range(5)))


async def test_a_model_that_accepted_tasks_need_is_not_taken_away(make_house: MakeHouse) -> None:
    house = make_house(OLD)
    running = await house.submit(lines(300))
    await working(house, running)
    with pytest.raises(ModelsNeeded, match=running):
        await house.client.set_models(INTO)


async def test_translators_come_and_go_in_mid_task(make_house: MakeHouse) -> None:
    house = make_house("fake:delay=0.02", instances=1)
    task_id = await house.submit(lines(1_000))
    await working(house, task_id)
    await house.client.scale(3)
    rows = await ready(house, 3)
    os.kill(await house.scheduler_pid(), signal.SIGKILL)
    assert {row["pid"] for row in await ready(house, 3)} == {row["pid"] for row in rows}
    await house.client.scale(1)

    def one_left(rows: list[dict[str, Any]]) -> bool:
        return [row["state"] for row in rows] == ["ready"]

    await aeventually(house.translators, one_left)
    task = await over(house, task_id)
    assert (task["status"], task["attempt"], task["segments_done"]) == ("completed", 1, 1_000)
    assert "translator_lost" not in await house.kinds(task_id), "they were drained"
    with pytest.raises(BadScale, match="4 GPUs"):
        await house.client.scale(5)


async def test_two_translators_share_a_gpu(make_house: MakeHouse) -> None:
    house = make_house("fake:delay=0.005", instances=2, gpu_share=0.5)
    await ready(house, 2)
    task = await over(house, await house.submit(lines(200)))
    assert task["status"] == "completed"
    with pytest.raises(BadScale, match="takes 0"):
        await house.client.scale(9)
