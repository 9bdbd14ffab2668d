"""GPU rows from a fake NVML: several GPUs, one failing, one divided, one throttled, and machines without any."""

from __future__ import annotations

import pynvml
import pytest
from fake_nvml import FakeDevice, FakeNvml

from actors.gpu_devices import devices, find, gpu_id_of
from actors.gpu_sampling import Sample, Sampler, cpu_name

NOT_SUPPORTED = pynvml.NVML_ERROR_NOT_SUPPORTED


def only(gpu: FakeDevice, ours: tuple[int, ...] = ()) -> Sample:
    (row,) = Sampler(FakeNvml(gpu), "box").sample({"box/0": list(ours)})
    return row


def divided() -> FakeDevice:
    """An A100 with two MIG instances."""
    instances = [
        FakeDevice("A100 MIG 3g.20gb", f"MIG-{letter}", 20_000, 19_000, instance=(number, 0), fails={"utilization": 3})
        for number, letter in ((1, "x"), (2, "y"))
    ]
    return FakeDevice(uuid="GPU-divided", mig=instances)


def test_every_gpu_has_a_row_and_one_that_is_lost_hides_no_other() -> None:
    lost = FakeDevice(fails={"handle": pynvml.NVML_ERROR_GPU_IS_LOST})
    half_lost = FakeDevice(uuid="GPU-h", fails={"memory": pynvml.NVML_ERROR_GPU_IS_LOST})
    small = FakeDevice(b"Tesla T4", "GPU-t", fails=dict.fromkeys(("utilization", "power", "ecc", "mig"), NOT_SUPPORTED))
    first, second, third, fourth = Sampler(FakeNvml(FakeDevice(), lost, half_lost, small), "box").sample({})
    assert first == {
        "gpu_id": "box/0",
        "uuid": "GPU-a",
        "device_name": "NVIDIA A100",
        "memory_total": 40_000,
        "memory_used": 1_000,
        "memory_free": 39_000,
        "utilization": 37.0,
        "temperature": 55.0,
        "power_watts": 123.4,
        "power_limit_watts": 250.0,
        "throttling": "",
        "slowed": False,
        "ecc_errors": 0,
        "xid": 0,
        "others_memory": 0,
        "is_available": True,
        "reason": None,
    }
    for row, gpu_id in ((second, "box/1"), (third, "box/2")):
        assert row["gpu_id"] == gpu_id and row["is_available"] is False
        assert "GPU is lost" in row["reason"]
    assert (fourth["device_name"], fourth["is_available"], fourth["temperature"]) == ("Tesla T4", True, 55.0)
    assert (fourth["utilization"], fourth["power_watts"], fourth["ecc_errors"]) == (None, None, None)


def test_each_mig_instance_is_a_device_with_its_own_memory_and_without_load() -> None:
    whole, one, two = Sampler(FakeNvml(FakeDevice(), divided()), "box").sample({})
    assert [row["gpu_id"] for row in (whole, one, two)] == ["box/0", "box/1:0", "box/1:1"]
    assert (one["memory_total"], one["utilization"], one["temperature"]) == (20_000, None, 55.0)
    assert (one["uuid"], two["uuid"]) == ("MIG-x", "MIG-y")


def test_throttling_is_told_in_words_and_the_power_limit_alone_is_no_slowdown() -> None:
    hot = only(FakeDevice(throttle=0x20 | 0x04))
    assert (hot["throttling"], hot["slowed"], hot["is_available"]) == ("power limit, heat", True, True)
    assert only(FakeDevice(throttle=0x04))["slowed"] is False
    assert only(FakeDevice(throttle=0x01))["throttling"] == "", "an idle GPU is not throttled"


def test_a_gpu_that_was_too_hot_comes_back_only_when_it_is_much_cooler() -> None:
    gpu = FakeDevice(temperature=86)
    sampler = Sampler(FakeNvml(gpu), "box")
    seen = []
    for gpu.temperature in (86, 87, 86, 78, 77, 76, 86, 87):
        (row,) = sampler.sample({})
        seen.append(row["is_available"])
    assert seen == [True, False, False, False, False, True, True, False]
    assert row["reason"] == "too hot: 87 °C, works again below 77 °C"
    assert only(FakeDevice(temperature=89, fails={"threshold": NOT_SUPPORTED}))["is_available"] is True


def test_uncorrected_ecc_errors_take_a_gpu_out_of_work() -> None:
    row = only(FakeDevice(ecc=2))
    assert (row["is_available"], row["ecc_errors"]) == (False, 2)
    assert row["reason"].startswith("2 uncorrected ECC errors")


def test_xid_errors_are_heard_and_only_those_of_the_hardware_take_a_gpu_out_of_work() -> None:
    nvml = FakeNvml(FakeDevice(), FakeDevice(uuid="GPU-b"))
    sampler = Sampler(nvml, "box")
    assert [row["xid"] for row in sampler.sample({})] == [0, 0]
    nvml.xids = [(0, 13), (1, 79)]
    first, second = sampler.sample({})
    assert (first["xid"], first["is_available"]) == (13, True)
    assert (second["xid"], second["reason"]) == (79, "Xid 79: fell off the bus")
    assert [row["xid"] for row in sampler.sample({})] == [13, 79]


def test_xid_errors_that_may_not_be_read_are_unknown_and_not_none() -> None:
    (row,) = Sampler(FakeNvml(FakeDevice(), events=False), "box").sample({})
    assert (row["xid"], row["is_available"]) == (None, True)


def test_memory_of_others_is_counted_and_ours_is_not() -> None:
    row = only(FakeDevice(free=300, processes={11: 30_000, 22: 9_000}), ours=(22,))
    assert (row["others_memory"], row["is_available"]) == (30_000, False)
    assert row["reason"] == "other processes hold 30000 of 40000 MiB, 300 MiB are free"
    assert only(FakeDevice(free=300, processes={22: 39_000}), ours=(22,))["is_available"] is True
    assert only(FakeDevice(free=20_000, processes={11: 19_000}))["is_available"] is True
    unreadable = only(FakeDevice(free=300, fails={"processes": NOT_SUPPORTED}))
    assert (unreadable["others_memory"], unreadable["is_available"]) == (None, True)


def test_process_ids_of_another_namespace_are_not_taken_for_others() -> None:
    row = only(FakeDevice(free=300, processes={70_001: 39_000}), ours=(22,))
    assert (row["others_memory"], row["is_available"]) == (None, True)


def test_exclusive_mode_shuts_us_out_only_when_another_has_the_gpu() -> None:
    exclusive = pynvml.NVML_COMPUTEMODE_EXCLUSIVE_PROCESS
    assert "exclusive" in only(FakeDevice(mode=exclusive, processes={11: 100}))["reason"]
    assert only(FakeDevice(mode=exclusive, processes={22: 100}), ours=(22,))["is_available"] is True
    assert only(FakeDevice(mode=exclusive))["is_available"] is True
    assert only(FakeDevice(mode=pynvml.NVML_COMPUTEMODE_PROHIBITED))["reason"] == "compute mode is prohibited"


@pytest.mark.parametrize(
    ("name", "gpu_id"),
    [
        ("0", "box/0"),
        ("2", "box/2"),
        ("GPU-aaa-1", "box/0"),
        ("GPU-aaa-2", "box/2"),
        ("GPU-aaa-2xyz", "box/GPU-aaa-2xyz"),
        ("GPU-aaa", "box/GPU-aaa"),
        ("MIG-y", "box/1:1"),
        ("MIG-GPU-divided/2/0", "box/1:1"),
        ("MIG-GPU-divided/3/0", "box/MIG-GPU-divided/3/0"),
        ("1", "box/1:0"),
        ("9", "box/9"),
    ],
)
def test_what_cuda_and_ray_call_a_device_is_found_among_those_of_nvml(name: str, gpu_id: str) -> None:
    nvml = FakeNvml(FakeDevice(uuid="GPU-aaa-1"), divided(), FakeDevice(uuid="GPU-aaa-2"))
    assert gpu_id_of(nvml, "box", name) == gpu_id
    assert nvml.open == 0


def test_a_name_of_which_there_are_two_is_no_devices() -> None:
    nvml = FakeNvml(FakeDevice(uuid="GPU-aa1"), FakeDevice(uuid="GPU-aa2"))
    nvml.nvmlInit()
    found = devices(nvml)
    assert find(found, "GPU-aa") is None
    two = find(found, "GPU-aa2")
    assert two is not None and two.index == 1


def test_a_machine_without_nvidia_reports_its_cpu() -> None:
    for nvml in (FakeNvml(), FakeNvml(driver=pynvml.NVML_ERROR_DRIVER_NOT_LOADED)):
        (row,) = Sampler(nvml, "box").sample({})
        assert row["gpu_id"] == "box/cpu"
        assert row["device_name"] == cpu_name()
        # Each is rounded down to whole MiB by itself.
        assert 0 <= row["memory_total"] - row["memory_used"] - row["memory_free"] <= 1
        assert row["is_available"] is True and 0 <= row["utilization"] <= 100
        assert row["reason"] is None


def test_a_driver_that_does_not_answer_is_said_beside_the_cpu() -> None:
    (row,) = Sampler(FakeNvml(driver=pynvml.NVML_ERROR_LIB_RM_VERSION_MISMATCH), "box").sample({})
    assert row["reason"].startswith("the NVIDIA driver does not answer")


def test_nvml_is_closed_when_a_gpu_is_lost_so_that_a_reset_is_seen() -> None:
    gpu = FakeDevice(fails={"handle": pynvml.NVML_ERROR_GPU_IS_LOST})
    nvml = FakeNvml(gpu, FakeDevice(uuid="GPU-b"))
    sampler = Sampler(nvml, "box")
    assert sampler.sample({})[0]["is_available"] is False
    assert nvml.open == 0
    gpu.fails.clear()
    assert sampler.sample({})[0]["is_available"] is True
