"""What is wanted of models and translators: kept over restarts, refused with a reason, given up when it cannot be."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from service_kit import Service

from actors import model_fleet
from actors.config import TranslatorConfig
from actors.errors import BadModels, BadScale, UnknownModel
from actors.model_fleet import SWAP_SECONDS, ModelFleet
from actors.team import Translator
from actors.translator_slot import Slot
from storage.state_store import FLEET
from tests.support.waiting import aeventually
from translation.errors import UnsupportedPair
from translation.factory import EngineOptions

OLD, NEW = "fake:name=old", "fake:name=new"
INTO, OUT = "fake:name=into&pairs=mon_Cyrl-eng_Latn", "fake:name=out&pairs=eng_Latn-cmn_Hans"


@pytest.fixture(autouse=True)
def four_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_fleet, "_gpus", lambda: 4.0)


def fleet_of(service: Service, models: str = OLD, share: float = 1.0, **changes: Any) -> ModelFleet:
    engine = EngineOptions(models, "fake")
    translator = TranslatorConfig(engine, 1, 256, share, 0.0, service.config.log)
    config = replace(service.config, **{"translator": translator, "instances": None, **changes})
    return ModelFleet(
        config, service.repository, service.dispatcher, service.workflow.commits.run, service.workflow.rebind
    )


async def test_what_the_operator_wants_outlasts_a_restart_until_the_setting_changes(tmp_path: Path) -> None:
    service = Service.of(tmp_path)
    await fleet_of(service).set_models(NEW)
    await fleet_of(service).scale(3)
    again = fleet_of(service)
    assert (again.order.models, again.order.before, again.order.instances) == (NEW, OLD, 3)
    assert fleet_of(service, "fake:name=third").order.models == "fake:name=third"


async def test_a_change_that_is_not_over_in_time_no_longer_waits_for_tasks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet = fleet_of(Service.of(tmp_path))
    await fleet.set_models(NEW)
    await fleet.tick()
    assert fleet.order.before == OLD
    later = time.time() + SWAP_SECONDS + 1
    monkeypatch.setattr(model_fleet.time, "time", lambda: later)
    await fleet.tick()
    assert fleet.order.before == ""


async def test_a_new_model_that_cannot_be_loaded_is_given_up(tmp_path: Path) -> None:
    fleet = fleet_of(Service.of(tmp_path))
    await fleet.set_models(NEW)
    fleet.translator_failed(Slot("x", 1.0, OLD, failures=9))
    fleet.translator_failed(Slot("y", 1.0, NEW, failures=1))
    assert fleet.order.models == NEW, "one failure may be chance, and the old model is not to blame"
    fleet.translator_failed(Slot("y", 1.0, NEW, error="no room", failures=2))

    async def models() -> str:
        return fleet.order.models

    await aeventually(models, lambda found: found == OLD)
    assert "no room" in (fleet.order.problem or "")


async def test_of_two_changes_at_once_neither_undoes_the_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fleet = fleet_of(Service.of(tmp_path))
    looking, looked = threading.Event(), threading.Event()
    describe = model_fleet.describe

    def slowly(model: str, folder: Path) -> Any:
        looking.set()
        assert looked.wait(10), "nobody let it go on"
        return describe(model, folder)

    monkeypatch.setattr(model_fleet, "describe", slowly)
    models = asyncio.create_task(fleet.set_models(NEW))
    await asyncio.to_thread(looking.wait, 10)
    count = asyncio.create_task(fleet.scale(3))
    await asyncio.sleep(0)
    looked.set()
    await asyncio.gather(models, count)
    assert (fleet.order.models, fleet.order.instances) == (NEW, 3)
    assert json.loads(fleet._repository.state.text(FLEET) or "")["instances"] == 3


async def test_a_model_that_the_operator_took_back_is_not_given_up_as_well(tmp_path: Path) -> None:
    fleet = fleet_of(Service.of(tmp_path))
    await fleet.set_models(NEW)
    back = asyncio.create_task(fleet.set_models(OLD))
    fleet.translator_failed(Slot("y", 1.0, NEW, error="no room", failures=2))
    await back
    await asyncio.gather(*fleet._saving)
    assert (fleet.order.models, fleet.order.before, fleet.order.problem) == (OLD, NEW, None)


async def test_what_cannot_be_is_refused_with_the_bounds(tmp_path: Path) -> None:
    fleet = fleet_of(Service.of(tmp_path), share=2.0)
    with pytest.raises(BadScale, match=r"1 to 2 are .the cluster has 4 GPUs, and a translator takes 2"):
        await fleet.scale(3)
    with pytest.raises(BadModels, match="3 models need as many translators, and there are 2"):
        await fleet.set_models(f"{OLD}, {NEW}, {OUT}")
    with pytest.raises(BadModels, match=r"The model Hy-MT2-1\.8B is named twice"):
        await fleet.set_models("Hy-MT2-1.8B, Hy-MT2-1.8B")
    with pytest.raises(UnknownModel) as refused:
        fleet.check_pair("mon_Cyrl", "cmn_Hans", False, "other")
    assert refused.value.data["known"] == [OLD] and refused.value.status == 422


async def test_pairs_are_those_of_all_models_together(tmp_path: Path) -> None:
    fleet = fleet_of(Service.of(tmp_path), f"{INTO}*3, {OUT}")
    fleet.check_pair("mon_Cyrl", "cmn_Hans", True)
    fleet.check_pair("mon_Cyrl", "eng_Latn", False)
    with pytest.raises(UnsupportedPair):
        fleet.check_pair("mon_Cyrl", "cmn_Hans", False)
    with pytest.raises(UnsupportedPair):
        fleet.check_pair("mon_Cyrl", "eng_Latn", False, OUT)
    assert [leg.model for leg in fleet.legs(("mon_Cyrl", "cmn_Hans", True), None)] == [INTO, OUT]
    assert fleet.wanted(4.0).models == {INTO: 3, OUT: 1}


async def test_short_texts_go_to_the_old_model_until_the_new_one_is_there(tmp_path: Path) -> None:
    service = Service.of(tmp_path)
    fleet = fleet_of(service)
    service.dispatcher.translator_up(Translator("x", "x", OLD))
    await fleet.set_models(NEW)
    assert fleet.legs(("mon_Cyrl", "cmn_Hans", False), None)[0].model == OLD
    service.dispatcher.translator_up(Translator("y", "y", NEW))
    assert fleet.legs(("mon_Cyrl", "cmn_Hans", False), None)[0].model == NEW


async def test_every_model_has_a_translator_or_it_is_said_that_there_is_no_room(tmp_path: Path) -> None:
    service = Service.of(tmp_path)
    assert len(fleet_of(service, f"{OLD}, {NEW}", instances=1).wanted(4.0).names) == 2
    assert "2 models need" in (await fleet_of(service, f"{OLD}, {NEW}", share=4.0).state())["problem"]
    assert (await fleet_of(service, OLD, share=4.0).state())["problem"] is None


async def test_without_a_fixed_number_the_backlog_decides_between_the_bounds(tmp_path: Path) -> None:
    fleet = fleet_of(Service.of(tmp_path), min_instances=2, max_instances=4)
    assert len(fleet.wanted(4.0).names) == 2
    await fleet.scale(1)
    assert len(fleet.wanted(4.0).names) == 1
