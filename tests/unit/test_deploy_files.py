"""The files in deploy/: that they are well-formed, agree with each other and with the commands, and keep what they promise."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from cluster.cli import main
from cluster.settings import load

DEPLOY = Path(__file__).parents[2] / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))


def manifests() -> dict[str, dict[str, Any]]:
    text = (DEPLOY / "kubernetes" / "khelmerch.yaml").read_text(encoding="utf-8")
    return {one["kind"]: one for one in yaml.safe_load_all(text)}


def containers() -> dict[str, dict[str, Any]]:
    spec = manifests()["RayCluster"]["spec"]
    templates = [spec["headGroupSpec"]["template"], *(group["template"] for group in spec["workerGroupSpecs"])]
    return {one["name"]: one for template in templates for one in template["spec"]["containers"]}


def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    return found


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_systemd_finds_nothing_wrong_in_the_units(unit: Path, tmp_path: Path) -> None:
    # The command is not installed where tests run; a program that is stands for it.
    copy = tmp_path / unit.name
    copy.write_text(unit.read_text(encoding="utf-8").replace("/opt/khelmerch/.venv/bin/khelmerch", "/bin/true"))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(copy)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, [line for line in done.stderr.splitlines() if unit.name in line]) == (0, [])


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_a_unit_runs_as_its_own_user_is_restarted_and_stops_with_down(unit: Path) -> None:
    text = unit.read_text(encoding="utf-8")
    for line in ("User=khelmerch", "Restart=always", "NoNewPrivileges=yes", "ProtectSystem=strict"):
        assert f"\n{line}\n" in text
    assert "\nExecStop=/opt/khelmerch/.venv/bin/khelmerch down\n" in text
    assert "\nEnvironmentFile=/etc/khelmerch/khelmerch.env\n" in text


def test_every_command_in_the_files_is_one_that_khelmerch_knows() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in UNITS)
    units = [line.split()[1:] for line in re.findall(r"^Exec\w+=(\S+/khelmerch .*)$", text, re.MULTILINE)]
    pods = [one["command"][1:] for one in containers().values()]
    (image,) = re.findall(r'^CMD \["(up)", "(--foreground)"\]$', (DEPLOY / "Dockerfile").read_text(), re.MULTILINE)
    found = [*units, *pods, list(image)]
    assert len(found) == 7
    for name, *arguments in found:
        shown = CliRunner().invoke(main, [name, "--help"], env={"COLUMNS": "200"})
        assert shown.exit_code == 0, name
        for option in arguments:
            assert not option.startswith("--") or option in shown.output


def test_every_variable_in_the_files_is_a_setting_that_is_possible(tmp_path: Path) -> None:
    environments: list[dict[str, str]] = [
        {one["name"]: str(one.get("value", "127.0.0.1")).replace("$(POD_IP)", "127.0.0.1") for one in found["env"]}
        for found in containers().values()
    ]
    (service,) = compose()["services"].values()
    environments.append(
        {name: re.sub(r"\$\{\w+:-(.*)\}", r"\1", text) for name, text in service["environment"].items()}
    )
    lines = (DEPLOY / "systemd" / "khelmerch.env").read_text(encoding="utf-8").splitlines()
    pairs = [line.lstrip("#").split("=", 1) for line in lines if re.match(r"#?KHELMERCH_", line)]
    environments.append(dict(pairs))
    for environment in environments:
        assert environment
        load(environ=environment, cwd=tmp_path)


def test_the_image_has_no_root_a_volume_and_a_health_check() -> None:
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    final = text[text.rindex("\nFROM ") :]
    users = re.findall(r"^USER (\w+)$", final, re.MULTILINE)
    assert users and users[-1] not in ("root", "0")
    for instruction in ("HEALTHCHECK", "VOLUME /data", "ENTRYPOINT [", "CMD [", "ARG VARIANT=cpu"):
        assert f"\n{instruction}" in final, instruction
    assert "--constraint /tmp/constraints.txt" in final
    assert all(":latest" not in line and ":" in line for line in text.splitlines() if line.startswith("FROM "))


def test_the_box_publishes_its_port_to_itself_alone_and_keeps_its_data() -> None:
    (service,) = compose()["services"].values()
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])
    assert service["volumes"] == ["data:/data"] and "data" in compose()["volumes"]
    assert (DEPLOY / service["build"]["context"] / service["build"]["dockerfile"]).is_file()


def test_on_kubernetes_there_is_one_scheduler_and_everything_that_is_named_is_there() -> None:
    found = manifests()
    assert found["PersistentVolumeClaim"]["spec"]["accessModes"] == ["ReadWriteOncePod"]
    head = found["RayCluster"]["spec"]["headGroupSpec"]["template"]["spec"]
    claims = [one["persistentVolumeClaim"]["claimName"] for one in head["volumes"] if "persistentVolumeClaim" in one]
    assert claims == [found["PersistentVolumeClaim"]["metadata"]["name"]]
    assert found["RayCluster"]["metadata"]["annotations"]["ray.io/overwrite-container-cmd"] == "true"
    name = found["RayCluster"]["metadata"]["name"]
    assert containers()["ray-worker"]["command"][2] == f"{name}-head-svc:6379"
    for container in containers().values():
        keys = [one for one in container["env"] if one["name"] == "RAY_AUTH_TOKEN"]
        assert keys and keys[0]["valueFrom"]["secretKeyRef"] == {"name": "khelmerch-token", "key": "token"}
        assert {"livenessProbe", "readinessProbe"} <= set(container)
        assert container["securityContext"]["allowPrivilegeEscalation"] is False
