"""Files that describe the project to other programs: the cluster file, the package, the pinned versions."""

from __future__ import annotations

import importlib.metadata
import json
import tomllib
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import jsonschema
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

REPOSITORY = Path(__file__).parents[2]


def cluster_file() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((REPOSITORY / "ray_cluster.yaml").read_text(encoding="utf-8"))
    return loaded


def project() -> dict[str, Any]:
    return tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))


def pins() -> dict[str, str]:
    lines = (REPOSITORY / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = [line.split("==") for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(name): version for name, version in pinned}


def test_the_cluster_file_follows_rays_schema_for_machines_of_ones_own() -> None:
    spec = find_spec("ray")
    assert spec is not None and spec.origin is not None
    schema = json.loads((Path(spec.origin).parent / "autoscaler" / "ray-schema.json").read_text())
    described = cluster_file()
    assert described["provider"]["type"] == "local"
    workers = len(described["provider"]["worker_ips"])
    # Ray takes these two out of a local cluster file before it looks at the schema.
    assert (described.pop("min_workers"), described.pop("max_workers")) == (workers, workers)
    jsonschema.validate(described, schema)


def test_the_cloud_variant_in_the_comments_follows_rays_schema_too() -> None:
    spec = find_spec("ray")
    assert spec is not None and spec.origin is not None
    schema = json.loads((Path(spec.origin).parent / "autoscaler" / "ray-schema.json").read_text())
    text = (REPOSITORY / "ray_cluster.yaml").read_text(encoding="utf-8")
    commented = text[text.index("\n# provider:") :].splitlines()
    cloud = yaml.safe_load("\n".join(line.removeprefix("# ") for line in commented))
    described = cluster_file()
    del described["min_workers"], described["max_workers"]
    described |= cloud
    jsonschema.validate(described, schema)
    assert described["head_node_type"] in described["available_node_types"]
    assert described["available_node_types"]["gpu"]["resources"]["GPU"] == 1


def test_nodes_of_the_cluster_file_are_compared_before_they_join() -> None:
    described = cluster_file()
    (head,) = [command for command in described["head_start_ray_commands"] if "ray start" in command]
    assert "--labels=khelmerch.version=" in head
    check, start = described["worker_start_ray_commands"][-2:]
    assert "khelmerch join $RAY_HEAD_IP:6379 --check" in check and "ray start" in start


def test_every_node_of_the_cluster_file_needs_the_token_and_the_dashboard_stays_at_home() -> None:
    described = cluster_file()
    starts = [*described["head_start_ray_commands"], *described["worker_start_ray_commands"]]
    for command in starts:
        assert "ray start" not in command or "RAY_AUTH_MODE=token" in command
    assert any("--dashboard-host=127.0.0.1" in command for command in starts)
    assert "~/.ray/auth_token" in described["file_mounts"]


def test_every_direct_dependency_is_pinned_within_its_bounds() -> None:
    pinned = pins()
    extras = project()["project"]["optional-dependencies"]
    for text in [*project()["project"]["dependencies"], *extras["dev"]]:
        requirement = Requirement(text)
        version = pinned.get(canonicalize_name(requirement.name))
        assert version is not None, requirement.name
        assert requirement.specifier.contains(version, prereleases=True), (text, version)


def test_pins_are_plain_versions_that_any_machine_can_install() -> None:
    for name, version in pins().items():
        assert "+" not in version and "/" not in version, name


def test_what_is_installed_is_what_is_pinned() -> None:
    for name in ("ray", "ctranslate2", "gradio", "starlette", "transformers"):
        assert importlib.metadata.version(name) == pins()[name]
