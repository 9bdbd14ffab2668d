"""The doctor's lines for machines that this one is not."""

from __future__ import annotations

import json
import socket
from dataclasses import replace
from pathlib import Path
from typing import Any

import pynvml
import pytest
from fake_nvml import FakeDevice, FakeNvml
from typer.testing import CliRunner

from cluster import doctor, doctor_gpu, doctor_host
from cluster.cli import main
from cluster.doctor_gpu import Nvidia
from cluster.settings import Settings, load
from tests.unit.stub_server import StubServer

GIB = 1024**3
T4 = Nvidia("550.54.15", 12040, (("Tesla T4", 16 * GIB),))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load(environ={}, cwd=tmp_path)


def with_model(settings: Settings, **changes: Any) -> Settings:
    return replace(settings, model=replace(settings.model, **changes))


def test_an_old_sqlite_is_a_warning_that_says_what_not_to_do(settings: Settings) -> None:
    [check] = doctor_host.sqlite(settings, (3, 40, 1))
    assert check.level == "warn"
    assert "3.51.3" in check.detail
    assert check.advice
    assert doctor_host.sqlite(settings, (3, 51, 3))[0].level == "ok"


def test_a_gpu_is_named_with_driver_and_cuda(settings: Settings) -> None:
    [check] = doctor_gpu.driver(settings, T4)
    assert (check.level, check.detail) == ("ok", "Tesla T4 (16GB), driver 550.54.15, CUDA up to 12.4")


def test_a_driver_too_old_for_cuda_12_fails(settings: Settings) -> None:
    [check] = doctor_gpu.driver(settings, replace(T4, driver="470.82"))
    assert (check.level, "525" in check.advice) == ("fail", True)


def test_a_gpu_that_the_server_would_give_no_work_is_told_with_the_reason(settings: Settings) -> None:
    lost = FakeDevice(fails={"handle": pynvml.NVML_ERROR_GPU_IS_LOST})
    nvml = FakeNvml(FakeDevice(), FakeDevice(uuid="GPU-b", ecc=3), lost, FakeDevice(uuid="GPU-c", throttle=0x20))
    found = doctor_gpu.read_nvml(nvml)
    first, ecc, gone, slow = doctor_gpu.driver(settings, found)
    assert first.level == "ok" and "driver 550.54.15, CUDA up to 12.4" in first.detail
    assert [one.level for one in (ecc, gone, slow)] == ["warn"] * 3
    assert "GPU/1: 3 uncorrected ECC errors" in ecc.detail
    assert "GPU/2: NVML cannot read this GPU: GPU is lost" in gone.detail
    assert slow.detail == "GPU/3: its clocks are held down: heat"
    assert nvml.open == 0


def test_a_machine_without_a_driver_and_one_with_a_broken_driver_are_told_apart() -> None:
    assert doctor_gpu.read_nvml(FakeNvml(driver=pynvml.NVML_ERROR_LIBRARY_NOT_FOUND)) is None
    assert "does not answer" in str(doctor_gpu.read_nvml(FakeNvml(driver=pynvml.NVML_ERROR_UNKNOWN)))


def test_no_gpu_is_fine_unless_the_settings_ask_for_one(settings: Settings) -> None:
    assert doctor_gpu.driver(settings, None)[0].level == "ok"
    assert doctor_gpu.driver(with_model(settings, device="cuda"), None)[0].level == "fail"


def test_a_driver_that_does_not_answer_is_a_warning(settings: Settings) -> None:
    [check] = doctor_gpu.driver(settings, "the NVIDIA driver does not answer: Driver/library version mismatch")
    assert check.level == "warn"


def test_torch_with_cuda_13_does_not_hide_that_cublas_12_is_missing(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor_gpu, "torch_cuda", lambda: "13.0")
    monkeypatch.setattr(doctor_gpu, "find_cublas", lambda: None)
    of_torch, of_cublas = doctor_gpu.cuda_libraries(settings, T4)
    assert of_torch.level == "ok"
    assert of_cublas.level == "fail"
    assert "torch's CUDA 13.0 does not help" in of_cublas.detail
    assert "nvidia-cublas-cu12" in of_cublas.advice
    only_torch = doctor_gpu.cuda_libraries(with_model(settings, engine="transformers"), T4)
    assert [check.name for check in only_torch] == ["cuda"]


def test_a_cpu_build_of_torch_beside_a_gpu_is_a_warning(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor_gpu, "torch_cuda", lambda: None)
    monkeypatch.setattr(doctor_gpu, "find_cublas", lambda: "/usr/lib/libcublas.so.12")
    assert [check.level for check in doctor_gpu.cuda_libraries(settings, T4)] == ["warn", "ok"]


def test_the_packages_of_this_environment_meet_what_the_project_asks_for(settings: Settings) -> None:
    [check] = doctor_host.packages(settings)
    assert check.level == "ok", check.detail


def test_a_package_that_is_too_old_is_named_with_what_is_needed(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = ["gradio>=9999", "nothing-of-this-name>=1", "pytest>=9999; extra == 'dev'"]
    monkeypatch.setattr("importlib.metadata.requires", lambda _: wanted)
    [check] = doctor_host.packages(settings)
    assert check.level == "fail"
    assert "needed is >=9999" in check.detail
    assert "nothing-of-this-name is missing" in check.detail
    assert "pytest" not in check.detail


@pytest.mark.parametrize(("free", "level"), [(0.5, "fail"), (5, "warn"), (50, "ok")])
def test_disk_space_is_measured_where_the_data_will_be(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, free: float, level: str
) -> None:
    asked: list[Path] = []

    class Usage:
        def __init__(self, path: Path) -> None:
            asked.append(path)
            self.free = int(free * GIB)

    monkeypatch.setattr("shutil.disk_usage", Usage)
    assert doctor_host.disk(settings)[0].level == level
    assert asked == [settings.storage.data_dir.parent]


@pytest.mark.parametrize(("free", "level"), [(1, "fail"), (3, "warn"), (8, "ok")])
def test_little_memory_is_told(settings: Settings, monkeypatch: pytest.MonkeyPatch, free: int, level: str) -> None:
    monkeypatch.setattr(doctor_host, "_memory", lambda: (free * GIB, 16 * GIB))
    assert doctor_host.memory(settings)[0].level == level


def only_server_port(settings: Settings, port: int) -> Settings:
    return replace(settings, server=replace(settings.server, port=port), ray=replace(settings.ray, address="auto"))


def test_a_port_taken_by_a_stranger_fails_and_names_the_key(settings: Settings) -> None:
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", 0))
        stranger.listen()
        stranger.settimeout(0)
        port = stranger.getsockname()[1]
        stub = only_server_port(settings, port)
        # The stranger accepts connections and never answers; the doctor must not wait for it for long.
        [check] = doctor_host.ports(stub)
    assert check.level == "fail"
    assert "KHELMERCH_SERVER_PORT" in check.advice


def test_a_port_in_use_by_our_own_server_is_fine(settings: Settings) -> None:
    with StubServer({("GET", "/health/live"): {"live": True}}) as server:
        [check] = doctor_host.ports(only_server_port(settings, int(server.url.rsplit(":", 1)[1])))
    assert check.level == "ok"
    assert "running server" in check.detail


def test_a_free_port_is_fine(settings: Settings) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    [check] = doctor_host.ports(only_server_port(settings, port))
    assert check.level == "ok"


def test_wrong_settings_are_a_failed_line_each_and_the_rest_is_still_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    environ = {"KHELMERCH_MODEL_BEAM_SIZE": "0", "KHELMERCH_SERVER_PORT": "x"}
    result = CliRunner().invoke(main, ["doctor", "--json"], env=environ)
    found = json.loads(result.stdout)
    assert result.exit_code == 1
    assert found["ok"] is False
    failed = [check["detail"] for check in found["checks"] if check["level"] == "fail" and check["name"] == "config"]
    assert len(failed) == 2
    assert {"python", "sqlite", "packages", "gpu", "disk", "memory", "port", "model"} <= {
        check["name"] for check in found["checks"]
    }


def test_a_model_that_is_not_there_fails(settings: Settings, tmp_path: Path) -> None:
    [check] = doctor._model(with_model(settings, model=str(tmp_path / "no_such_model")))
    assert check.level == "fail"


def test_every_line_that_is_not_ok_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for check in doctor.examine():
        assert (check.level == "ok") or check.advice, check
