"""Settings: where they come from, what they become, and how wrong ones are refused."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from cluster import config_file
from cluster.errors import SettingsError
from cluster.settings import Settings, load
from cluster.settings_schema import SECTIONS

REPOSITORY = Path(__file__).parents[2]


def given(tmp_path: Path, text: str = "", environ: Mapping[str, str] | None = None) -> Settings:
    """Settings of a project folder whose config/config.ini holds `text`."""
    (tmp_path / "config").mkdir(exist_ok=True)
    (tmp_path / "config" / "config.ini").write_text(text, encoding="utf-8")
    return load(environ=environ or {}, cwd=tmp_path)


def refused(tmp_path: Path, text: str = "", environ: Mapping[str, str] | None = None) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        given(tmp_path, text, environ)
    return caught.value.problems


def test_without_a_file_every_setting_has_its_default(tmp_path: Path) -> None:
    settings = load(environ={}, cwd=tmp_path)
    assert settings.source == "built-in defaults"
    assert (settings.tasks.max_tasks, settings.tasks.max_task_queue_size) == (10, 50)
    assert settings.tasks.max_file_size == 100 * 1024**2
    assert settings.tasks.task_timeout == 86_400
    assert settings.gpu.gpu_instances is None
    assert settings.storage.data_dir == tmp_path / "data"
    assert settings.storage.url == f"sqlite:///{tmp_path}/data/khelmerch.db"
    assert settings.log_file == tmp_path / "data" / "logs" / "server.log"
    assert settings.server.local_url == "http://127.0.0.1:8000"


def test_the_config_file_of_the_repository_is_the_template_and_holds_the_defaults(tmp_path: Path) -> None:
    text = (REPOSITORY / "config" / "config.ini").read_text(encoding="utf-8")
    assert text == config_file.template(SECTIONS)
    of_file, of_nothing = given(tmp_path, text), load(environ={}, cwd=tmp_path / "config" / "..")
    assert config_file.shown(SECTIONS, of_file) == config_file.shown(SECTIONS, load(environ={}, cwd=tmp_path))
    assert of_file.server == of_nothing.server


def test_every_key_of_the_config_file_has_a_comment_above_it() -> None:
    lines = (REPOSITORY / "config" / "config.ini").read_text(encoding="utf-8").splitlines()
    for above, line in pairwise(lines):
        if "=" in line and not line.startswith("#"):
            assert above.startswith("# "), line


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    settings = given(tmp_path, "[SERVER]\nPORT = 8001\n", {"KHELMERCH_SERVER_PORT": "9000"})
    assert settings.server.port == 9000


def test_the_environment_can_put_right_a_wrong_value_of_the_file(tmp_path: Path) -> None:
    settings = given(tmp_path, "[SERVER]\nPORT = x\n", {"KHELMERCH_SERVER_PORT": "9000"})
    assert settings.server.port == 9000


def test_a_key_that_contains_the_sections_name_is_found_in_the_environment(tmp_path: Path) -> None:
    environ = {"KHELMERCH_GPU_GPU_INSTANCES": "3", "KHELMERCH_MODEL_MODEL": "m2m100_418M"}
    settings = load(environ=environ, cwd=tmp_path)
    assert (settings.gpu.gpu_instances, settings.model.model) == (3, "m2m100_418M")


@pytest.mark.parametrize(
    ("text", "size"), [("100MB", 104_857_600), ("2 gb", 2 * 1024**3), ("1.5KB", 1536), ("4096", 4096), ("1024 B", 1024)]
)
def test_sizes_are_read_with_their_units(tmp_path: Path, text: str, size: int) -> None:
    assert given(tmp_path, f"[SETTINGS]\nMAX_FILE_SIZE = {text}\n").tasks.max_file_size == size


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("90s", 90), ("2m", 120), ("1.5h", 5400), ("1D", 86_400), ("1500 ms", 1.5)]
)
def test_times_are_read_with_their_units(tmp_path: Path, text: str, seconds: float) -> None:
    assert given(tmp_path, f"[SETTINGS]\nTASK_TIMEOUT = {text}\n").tasks.task_timeout == pytest.approx(seconds)


def test_retention_zero_keeps_for_ever(tmp_path: Path) -> None:
    assert given(tmp_path, "[SETTINGS]\nRESULT_RETENTION = 0\n").tasks.result_retention == 0


def test_names_in_any_case_a_byte_order_mark_and_comments_behind_values_are_understood(tmp_path: Path) -> None:
    settings = given(tmp_path, "\ufeff[server]\nport = 8123  ; ours\n[Settings]\nmax_tasks = 3 # few\n")
    assert (settings.server.port, settings.tasks.max_tasks) == (8123, 3)


def test_all_wrong_values_are_told_at_once_with_file_key_value_and_what_is_allowed(tmp_path: Path) -> None:
    text = "[SETTINGS]\nMAX_TASKS = zero\nMAX_FILE_SIZE = 10XB\n[MODEL]\nBEAM_SIZE = 17\n"
    problems = refused(tmp_path, text, {"KHELMERCH_RAY_NUM_GPUS": "-1"})
    assert len(problems) == 4
    path = tmp_path / "config" / "config.ini"
    expected = f"{path}: [SETTINGS] MAX_TASKS = 'zero' is not possible; allowed: a whole number from 1 to 100000"
    assert expected in problems
    assert any("BEAM_SIZE = '17'" in problem for problem in problems)
    assert any("environment variable KHELMERCH_RAY_NUM_GPUS" in problem and "'-1'" in problem for problem in problems)


def test_what_is_wrong_only_together_is_told_with_all_places_that_it_may_come_from(tmp_path: Path) -> None:
    [problem] = refused(tmp_path, "[GPU]\nMIN_INSTANCES = 3\n", {"KHELMERCH_GPU_MAX_INSTANCES": "2"})
    assert problem.startswith(f"{tmp_path}/config/config.ini and KHELMERCH_* variables of the environment: [GPU] MIN")
    [problem] = refused(tmp_path, "[GPU]\nMIN_INSTANCES = 3\n")
    assert problem.startswith(f"{tmp_path}/config/config.ini: [GPU] MIN")


@pytest.mark.parametrize(("text", "share"), [("0.5", 0.5), ("1", 1.0), ("2", 2.0), ("1.5", None), ("0", None)])
def test_a_share_of_gpus_is_one_that_ray_can_give(tmp_path: Path, text: str, share: float | None) -> None:
    if share is None:
        [problem] = refused(tmp_path, f"[GPU]\nGPU_SHARE = {text}\n")
        assert "a number from 0.05 to 1, or a whole number up to 64" in problem
    else:
        assert given(tmp_path, f"[GPU]\nGPU_SHARE = {text}\n").gpu.gpu_share == share


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("[SETTINGS]\nMAX_TASK = 3\n", "did you mean MAX_TASKS?"),
        ("[SERVR]\nPORT = 1\n", "did you mean [SERVER]?"),
        ("[SERVER]\nMAX_TASKS = 3\n", "it belongs in [SETTINGS]"),
        ("[SERVER]\nQQ = 3\n", "keys are HOST, PORT, ALLOW_UNAUTHENTICATED"),
    ],
)
def test_an_unknown_name_is_refused_with_the_likely_one(tmp_path: Path, text: str, hint: str) -> None:
    [problem] = refused(tmp_path, text)
    assert hint in problem


def test_an_unknown_variable_is_refused_with_the_likely_one(tmp_path: Path) -> None:
    [problem] = refused(tmp_path, environ={"KHELMERCH_SERVER_PRT": "1"})
    assert "did you mean KHELMERCH_SERVER_PORT?" in problem


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("PORT = 8000\n", "no section headers"),
        ("[SERVER]\nPORT = 1\nPORT = 2\n", "already exists"),
        ("[SERVER]\nPORT\n", "parsing errors"),
    ],
)
def test_a_file_that_is_no_ini_file_is_refused_in_one_sentence(tmp_path: Path, text: str, reason: str) -> None:
    [problem] = refused(tmp_path, text)
    assert reason in problem
    assert "\n" not in problem


def test_a_file_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "config.ini"
    path.write_bytes("[MODEL]\nMODEL = загвар\n".encode("cp1251"))
    with pytest.raises(SettingsError, match="save it as UTF-8"):
        load(path, environ={}, cwd=tmp_path)


def test_a_config_file_that_was_named_must_exist(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"--config: there is no file .*nowhere\.ini"):
        load(Path("nowhere.ini"), environ={}, cwd=tmp_path)
    with pytest.raises(SettingsError, match="KHELMERCH_CONFIG: there is no file"):
        load(environ={"KHELMERCH_CONFIG": "nowhere.ini"}, cwd=tmp_path)


def test_the_option_wins_over_the_variable_that_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "a.ini").write_text("[SERVER]\nPORT = 1111\n")
    (tmp_path / "b.ini").write_text("[SERVER]\nPORT = 2222\n")
    environ = {"KHELMERCH_CONFIG": "b.ini"}
    assert load(environ=environ, cwd=tmp_path).server.port == 2222
    assert load(Path("a.ini"), environ=environ, cwd=tmp_path).server.port == 1111


def test_relative_paths_start_at_the_project_folder_from_wherever_it_is_called(tmp_path: Path) -> None:
    given(tmp_path, "[STORAGE]\nDATA_DIR = kept\n[LOGGING]\nLOG_DIR = log\n")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    settings = load(tmp_path / "config" / "config.ini", environ={}, cwd=elsewhere)
    assert settings.storage.data_dir == tmp_path / "kept"
    assert settings.log_file == tmp_path / "log" / "server.log"


def test_a_model_path_becomes_absolute_and_a_hub_id_stays(tmp_path: Path) -> None:
    (tmp_path / "models" / "mine").mkdir(parents=True)
    for model, expected in {
        "models/mine": str(tmp_path / "models" / "mine"),
        "zh_en.argosmodel": str(tmp_path / "zh_en.argosmodel"),
        "./missing": str(tmp_path / "missing"),
        "facebook/nllb-200-3.3B": "facebook/nllb-200-3.3B",
        "fake:delay=0.01": "fake:delay=0.01",
    }.items():
        assert given(tmp_path, f"[MODEL]\nMODEL = {model}\n").model.model == expected


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.7", "khelmerch.example"])
def test_listening_to_others_needs_a_key_or_a_word_that_it_is_meant(tmp_path: Path, host: str) -> None:
    assert given(tmp_path, f"[SERVER]\nHOST = {host}\n").needs_key
    assert not given(tmp_path, f"[SERVER]\nHOST = {host}\nALLOW_UNAUTHENTICATED = true\n").needs_key


def test_a_wildcard_address_is_reached_through_this_machine(tmp_path: Path) -> None:
    assert given(tmp_path, "[SERVER]\nHOST = 0.0.0.0\n").server.local_url == "http://127.0.0.1:8000"


def test_origins_are_origins_and_nothing_else(tmp_path: Path) -> None:
    found = given(tmp_path, "[SERVER]\nCORS_ORIGINS = https://a.example, http://localhost:3000/\n")
    assert found.server.cors_origins == ("https://a.example", "http://localhost:3000")
    for wrong in ("*", "a.example", "https://a.example/path", "null"):
        assert "CORS_ORIGINS" in refused(tmp_path, f"[SERVER]\nCORS_ORIGINS = {wrong}\n")[0]


def test_the_folder_of_the_keys_is_in_data_dir_unless_it_is_named(tmp_path: Path) -> None:
    assert given(tmp_path, "").keys_dir == tmp_path / "data" / "keys"
    assert given(tmp_path, "[SERVER]\nKEYS_DIR = safe\n").keys_dir == tmp_path / "safe"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.0.0.2"])
def test_loopback_addresses_are_allowed_as_they_are(tmp_path: Path, host: str) -> None:
    settings = given(tmp_path, f"[SERVER]\nHOST = {host}\n")
    assert settings.server.host == host and not settings.needs_key


def test_two_services_on_one_port_are_refused_unless_ray_is_elsewhere(tmp_path: Path) -> None:
    [problem] = refused(tmp_path, "[SERVER]\nPORT = 6379\n")
    assert "[SERVER] PORT and [RAY] PORT are both 6379" in problem
    assert given(tmp_path, "[SERVER]\nPORT = 6379\n[RAY]\nADDRESS = auto\n").server.port == 6379


@pytest.mark.parametrize("key", ["PORT", "DASHBOARD_PORT"])
def test_ports_that_ray_keeps_for_its_workers_are_refused_before_ray_refuses_them(tmp_path: Path, key: str) -> None:
    for port in (10_002, 19_999):
        [problem] = refused(tmp_path, f"[RAY]\n{key} = {port}\n")
        assert f"[RAY] {key} = {port} is among the ports 10002 to 19999" in problem
        assert given(tmp_path, f"[RAY]\n{key} = {port}\nADDRESS = auto\n").ray.address == "auto"
    for port in (10_001, 20_000):
        given(tmp_path, f"[RAY]\n{key} = {port}\n")


def test_settings_and_their_errors_can_be_sent_to_another_process(tmp_path: Path) -> None:
    settings = given(tmp_path, "[RAY]\nNUM_GPUS = 4\n")
    assert pickle.loads(pickle.dumps(settings)) == settings
    error = SettingsError.of(["one", "two"])
    assert pickle.loads(pickle.dumps(error)).problems == ["one", "two"]


def test_a_database_password_is_not_shown(tmp_path: Path) -> None:
    settings = given(tmp_path, "[STORAGE]\nDATABASE_URL = postgresql+psycopg://me:secret@db/khelmerch\n")
    shown = config_file.shown(SECTIONS, settings)["STORAGE"]["DATABASE_URL"]
    assert shown == "postgresql+psycopg://me:***@db/khelmerch"
    assert "secret" in settings.storage.url


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://me:secret@db.example/khelmerch",
        "postgresql+psycopg://me:se%40c%2Fret@[::1]:5432/khelmerch?sslmode=require",
        "postgresql+psycopg:///khelmerch?host=/var/run/postgresql",
        "postgresql+psycopg://me@db",
        "sqlite:////srv/khelmerch/a@b.db",
    ],
)
def test_a_database_url_that_sqlalchemy_reads_is_taken(tmp_path: Path, url: str) -> None:
    settings = given(tmp_path, environ={"KHELMERCH_STORAGE_DATABASE_URL": url})
    assert make_url(settings.storage.url).database in ("khelmerch", "/srv/khelmerch/a@b.db", None)


@pytest.mark.parametrize("rest", ["me:se@c/ret@db/khelmerch", "me:se/cret@db/khelmerch", "me@db:54a2/khelmerch", ":::"])
def test_a_database_url_with_a_bare_character_in_its_password_is_refused_at_the_start(
    tmp_path: Path, rest: str
) -> None:
    [problem] = refused(tmp_path, environ={"KHELMERCH_STORAGE_DATABASE_URL": f"postgresql+psycopg://{rest}"})
    assert "@ is %40" in problem and "cret" not in problem and "ret@" not in problem
