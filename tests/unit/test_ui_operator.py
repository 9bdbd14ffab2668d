from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest

from tests.unit import oversight_kit as kit
from tests.unit.fake_operator_client import FakeOperatorClient, key
from ui import action_log
from ui.cluster_cards import health, short
from ui.cluster_page import IDLE_SECONDS, ClusterPage
from ui.document import LocalisedDocument
from ui.locale import Visitor
from ui.plots import nice, plots
from ui.settings_page import SettingsPage
from ui.text import TEXTS, Text

EN = Visitor(Text("en"))
NOW = datetime.now(UTC)
FRESH: dict[str, Any] = {"cursors": []}


def request(language: str = "en") -> Any:
    return SimpleNamespace(headers={"accept-language": language}, cookies={}, query_params={})


def click(action: str, task: str = "") -> Any:
    return gr.EventData(None, {"action": action, "task": task})


@pytest.fixture
def client() -> FakeOperatorClient:
    return FakeOperatorClient()


# ---- the Cluster page


@pytest.mark.parametrize("language", list(TEXTS))
async def test_a_card_for_each_device_tells_what_is_wrong_with_it(client: FakeOperatorClient, language: str) -> None:
    notice, head, body, drawn, _sent, _timer = await ClusterPage(client).on_load("hour", "", request(language))
    t = Text(language)
    assert notice == "" and body.count('class="node"') == 2 and body.count('class="device"') == 3
    for words in ("flag_throttled", "flag_unavailable", "flag_ecc", "cl_healthy"):
        assert t(words, words="heat", reason="uncorrected ECC errors", n=2) in body
    assert "&lt;b&gt;NVIDIA H100" in body and "<b>NVIDIA" not in body
    assert "212 / 350 W" in body and "61 °C" in body and 'href="tasks?task=t-anna"' in body
    assert "CUDA out of memory" in body and t("tr_failed") in body
    assert t("state_working") in head and 'href="http://127.0.0.1:8265"' in head
    assert drawn.count("<svg") == 5


async def test_a_viewer_sees_the_cluster_and_no_button_and_a_client_nothing(client: FakeOperatorClient) -> None:
    client.role = "viewer"
    _notice, head, body, *_rest = await ClusterPage(client).on_load("hour", "", request())
    assert "data-action" not in head + body and "8265" not in head and "translator-0" in body
    client.role = "client"
    notice, head, body, drawn, _sent, timer = await ClusterPage(client).on_load("hour", "", request())
    assert 'data-code="forbidden"' in notice and (head, body, drawn) == (gr.update(),) * 3
    assert timer.value == IDLE_SECONDS


@pytest.mark.parametrize("role", ["viewer", "client"])
async def test_a_button_that_is_pressed_all_the_same_changes_nothing(client: FakeOperatorClient, role: str) -> None:
    client.role = role
    for action, value in (("pause", ""), ("drain", ""), ("resume", ""), ("scale", "1"), ("scale_auto", "")):
        notice = (await ClusterPage(client).on_action("hour", "", request(), click(action, value)))[0]
        assert 'data-code="forbidden"' in notice, action
    assert (client.held, client.scaled) == ({}, 3)


async def test_the_server_is_held_and_scaled_from_the_page(client: FakeOperatorClient) -> None:
    page = ClusterPage(client)
    head = (await page.on_action("hour", "", request(), click("pause")))[1]
    assert 'data-state="paused"' in head and 'data-action="resume"' in head and 'data-action="pause"' not in head
    head = (await page.on_action("hour", "", request(), click("resume")))[1]
    assert 'data-state="working"' in head
    await page.on_action("hour", "", request(), click("scale", "5"))
    assert client.scaled == 5
    notice = (await page.on_action("hour", "", request(), click("scale", "many")))[0]
    assert 'data-code="bad_scale"' in notice and client.scaled == 5
    head = (await page.on_action("hour", "", request(), click("scale_auto")))[1]
    assert client.scaled is None and 'data-action="scale_auto"' not in head


async def test_plots_are_sent_again_only_when_they_have_changed() -> None:
    now = [1_800_000_000.0]
    page = ClusterPage(FakeOperatorClient(clock=lambda: now[0]))
    sent = (await page.on_load("day", "", request()))[4]
    now[0] += 5
    assert (await page.on_tick("day", sent, request()))[3] == gr.update()
    assert isinstance((await page.on_tick("week", sent, request()))[3], str), "another span"
    now[0] += 30
    assert isinstance((await page.on_tick("day", sent, request()))[3], str)


async def test_a_broken_service_gives_a_calm_cluster_page(client: FakeOperatorClient) -> None:
    client.broken = RuntimeError("Traceback (most recent call last)")
    notice = (await ClusterPage(client).on_load("hour", "", request("zh-CN")))[0]
    assert "服务器出了问题" in notice and "Traceback" not in notice
    notice = (await SettingsPage(client).on_load(None, FRESH, request("mn")))[0]
    assert 'data-code="internal"' in notice and "Traceback" not in notice


def test_a_machine_without_a_gpu_has_a_card_without_gpu_figures() -> None:
    from ui.cluster_cards import devices

    cluster: Any = {
        **kit.picture(),
        "devices": [kit.cpu()],
        "translators": [kit.translator("translator-0", "laptop/cpu")],
    }
    markup = devices(cluster, EN, NOW)
    assert "Intel Xeon" in markup and "°C" not in markup and " W<" not in markup and "3,150 characters/s" in markup
    assert devices({**cluster, "devices": []}, EN, NOW).startswith('<div class="empty"')


def test_an_old_reading_is_said_to_be_old() -> None:
    row: Any = kit.gpu("box/0", updated_at="2026-11-01T00:00:00.000000Z")
    assert [kind for kind, _words in health(row, Text("en"), NOW)] == ["warn"]
    assert (short("/models/a/"), short("starter"), short("org/name")) == ("a", "starter", "name")


def test_a_gap_in_the_readings_is_a_gap_in_the_line() -> None:
    samples: Any = kit.series("hour")
    assert re.findall(r'class="line" d="([^"]+)"', plots(samples, EN))[0].count("M") == 2
    samples["points"] = samples["points"][:1]
    assert re.findall(r'class="line" d="([^"]+)"', plots(samples, EN))[0].count("L") == 1, "one reading is seen, too"
    samples["points"] = []
    assert plots(samples, EN).count("plot-none") == 5


def test_the_value_under_the_pointer_is_in_the_page() -> None:
    markup = plots(kit.series("week"), EN)  # type: ignore[arg-type]
    values = json.loads(unescape(re.findall(r'data-values="([^"]+)"', markup)[0]))
    assert all(0 <= x <= 1 and value.endswith("%") and ":" in when for x, value, when in values)
    assert len(markup) < 120_000


@pytest.mark.parametrize(
    ("value", "top"), [(0.0, 1.0), (1.0, 1.0), (1.1, 2.0), (2.3, 2.5), (99.0, 100.0), (101.0, 200.0)]
)
def test_a_scale_ends_at_a_round_number(value: float, top: float) -> None:
    assert nice(value) == top


# ---- the Settings page


async def test_a_key_is_made_and_shown_once(client: FakeOperatorClient) -> None:
    page = SettingsPage(client)
    shown = await page.on_create_key(" desk ", "viewer", 30, None, FRESH, request())
    assert "kh_secret" in shown[0] and shown[-1] == "" and "desk" in shown[3]
    again = await page.on_refresh(None, FRESH, request())
    assert "kh_secret" not in "".join(str(part) for part in again)
    shown = await page.on_create_key("", "viewer", 0, None, FRESH, request("mn"))
    assert TEXTS["mn"]["error_no_name"] in shown[0] and len(client.known) == 1
    shown = await page.on_create_key("two words", "client", 0, None, FRESH, request())
    assert 'data-code="key_refused"' in shown[0] and shown[-1] == gr.update(), "the name stays to be mended"


async def test_a_key_is_replaced_and_revoked(client: FakeOperatorClient) -> None:
    client.known = [key("old"), key("gone", expires_at="2020-01-01T00:00:00Z")]
    page = SettingsPage(client)
    shown = await page.on_refresh(None, FRESH, request())
    assert "data-confirm" in shown[3] and "id-gone" not in shown[3]
    shown = await page.on_action(None, FRESH, request(), click("rotate", "id-old"))
    assert "kh_secret" in shown[0] and "fresh" in shown[3] and "id-old" not in shown[3]
    shown = await page.on_action(None, FRESH, request(), click("revoke", "id-fresh"))
    assert "No keys yet" in shown[3]
    shown = await page.on_action(None, FRESH, request(), click("revoke", "id-nobody"))
    assert 'data-code="key_not_found"' in shown[0]


async def test_a_glossary_is_added_and_deleted(client: FakeOperatorClient, tmp_path: Path) -> None:
    page, file = SettingsPage(client), tmp_path / "law.csv"
    file.write_text("гэрээ,合同\nхууль,法律\n", encoding="utf-8")
    wanted = ("mon_Cyrl", "cmn_Hans", "", str(file), None, FRESH, request())
    shown = await page.on_add_glossary("law", *wanted)
    assert "law: 2 terms." in shown[0] and "all clients" in shown[4] and "glossaries/g-1/entries?format=csv" in shown[4]
    assert TEXTS["en"]["error_no_name"] in (await page.on_add_glossary(" ", *wanted))[0]
    same = ("mon_Cyrl", "mon_Cyrl", *wanted[2:])
    assert TEXTS["en"]["error_same_pair"] in (await page.on_add_glossary("law", *same))[0]
    assert len(client.terms) == 1
    shown = await page.on_action(None, FRESH, request(), click("delete", "g-1"))
    assert "No glossaries yet" in shown[4]


async def test_the_memory_of_a_client_is_shown_filled_and_forgotten(client: FakeOperatorClient, tmp_path: Path) -> None:
    page = SettingsPage(client)
    assert "Choose a client" in (await page.on_refresh(None, FRESH, request()))[5]
    shown = (await page.on_refresh("carl", FRESH, request()))[5]
    assert "12,345" in shown and "memory/export?client_id=carl&amp;source_lang=mon_Cyrl" in shown
    assert "Nothing is remembered of dora" in (await page.on_refresh("dora", FRESH, request()))[5]
    (tmp_path / "a.tmx").write_text("<tmx/>")
    assert "2 of 3" in (await page.on_import(str(tmp_path / "a.tmx"), "carl", FRESH, request()))[0]
    assert TEXTS["en"]["error_no_client"] in (await page.on_import(str(tmp_path / "a.tmx"), None, FRESH, request()))[0]
    assert "12362" in (await page.on_action("carl", FRESH, request(), click("clear", "carl")))[0]


async def test_the_log_is_paged_and_says_who_did_what_from_where(client: FakeOperatorClient) -> None:
    page = SettingsPage(client)
    shown = await page.on_load(None, FRESH, request())
    log = shown[6]
    assert "Created a key" in log and "translation-desk" in log and "olga" in log and "192.168.1.20" in log
    shown = await page.on_action(None, FRESH, request(), click("older"))
    assert shown[7] == {"cursors": ["next"]} and 'data-action="newer"' in shown[6]
    assert 'data-action="older"' not in shown[6]
    assert (await page.on_action(None, shown[7], request(), click("newer")))[7] == FRESH


async def test_limits_and_ages_are_written_as_people_read_them(client: FakeOperatorClient) -> None:
    shown = (await SettingsPage(client).on_load(None, FRESH, request()))[2]
    for words in ("no limit", "100 MB", "20,000", "for ever", "365 d"):
        assert words in shown


async def test_a_setting_is_changed_where_it_stands_and_goes_back_to_config_ini(client: FakeOperatorClient) -> None:
    page = SettingsPage(client)
    shown = await page.on_load(None, FRESH, request())
    assert 'data-action="set max_tasks"' in shown[2] and "reset" not in shown[2]
    shown = await page.on_action(None, FRESH, request(), click("set max_tasks", "20"))
    assert shown[0] == "" and "config.ini: 10" in shown[2] and 'data-action="reset"' in shown[2]
    shown = await page.on_action(None, FRESH, request(), click("set max_tasks", "many"))
    assert TEXTS["en"]["error_bad_setting"] in shown[0] and "config.ini: 10" in shown[2]
    shown = await page.on_action(None, FRESH, request(), click("reset", "max_tasks"))
    assert "config.ini:" not in shown[2]


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", ["role Client", "terms 240", "Time for one task 1 d → no limit"]),
        (
            "zh-CN",
            ["角色 客户", "术语 240", "状态 等待中, 失败", "语言 蒙古语（西里尔文） → 中文（简体）", "客户 所有客户"],
        ),
        ("mn", ["үүрэг Хэрэглэгч", "нэр томьёо 240"]),
    ],
)
def test_details_of_the_log_are_in_the_visitors_language(language: str, told: list[str]) -> None:
    rows = [
        *kit.LOG,
        kit.logged(9, "settings.change", "", task_timeout="86400 > 0"),
        kit.logged(8, "tasks.cancel", "", status="pending, failed", done=3),
        kit.logged(7, "memory.clear", "anna", pair="mon_Cyrl > cmn_Hans", client="all"),
    ]
    who = Visitor(Text(language))
    page: Any = {"actions": rows, "next_cursor": None}
    shown = action_log.actions(page, kit.shown_settings()["settings"], 0, who, datetime.now(UTC))
    for words in told:
        assert words in shown, words


@pytest.mark.parametrize("role", ["viewer", "client"])
async def test_who_is_no_operator_sees_and_changes_nothing_in_the_settings(
    client: FakeOperatorClient, tmp_path: Path, role: str
) -> None:
    client.role, page, file = role, SettingsPage(client), tmp_path / "a.csv"
    file.write_text("a,b")
    for shown in (
        await page.on_load("carl", FRESH, request()),
        await page.on_refresh("carl", FRESH, request()),
        await page.on_create_key("x", "operator", 0, None, FRESH, request()),
        await page.on_add_glossary("x", "mon_Cyrl", "cmn_Hans", "", str(file), None, FRESH, request()),
        await page.on_import(str(file), "carl", FRESH, request()),
        *[
            await page.on_action("carl", FRESH, request(), click(action, "id"))
            for action in ("pause", "revoke", "rotate", "delete", "clear", "older")
        ],
    ):
        assert 'data-code="forbidden"' in shown[0]
        assert all(part == gr.update() for part in shown[1:7])
    assert (client.known, client.terms, client.held) == ([], [], {})


def test_what_a_role_may_not_see_has_no_entry_in_the_navigation() -> None:
    async def nothing(*_unused: Any) -> None: ...

    document = LocalisedDocument(nothing)
    page = document.rewrite("<html lang='en'><head></head><body></body>", "en", "bob", "client")
    assert '<html data-account="bob" data-role="client"' in page
    assert 'html[data-role="client"] .for-viewers{display:none!important}' in page
    assert 'html:not([data-role="operator"]) .for-operators{display:none!important}' in page
