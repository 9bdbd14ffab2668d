"""The dashboard and the alert rules: each query is PromQL and asks for figures, labels and states that GET /metrics has."""

from __future__ import annotations

import itertools
import json
import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families as parse

from cluster.cli import main
from tests.unit.metrics_kit import scheduler

FOLDER = Path(__file__).parents[2] / "deploy" / "grafana"
DASHBOARD: dict[str, Any] = json.loads((FOLDER / "khelmerch.json").read_text(encoding="utf-8"))
GROUPS: list[dict[str, Any]] = yaml.safe_load((FOLDER / "alerts.yml").read_text(encoding="utf-8"))["groups"]
RULES = [rule for group in GROUPS for rule in group["rules"]]
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
QUERIES = [target["expr"] for panel in PANELS for target in panel["targets"]]
OF_PROMETHEUS = {"job", "instance"}
Exported = dict[str, dict[str, set[str]]]


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """{metric: {label: its values}} of a server with GPUs."""
    found: Exported = {"up": {}}
    with TestClient(scheduler(tmp_path_factory.mktemp("metrics") / "data").app()) as http:
        for family in parse(http.get("/metrics").text):
            for sample in family.samples:
                labels = found.setdefault(sample.name, defaultdict(set))
                for name, value in sample.labels.items():
                    labels[name].add(value)
    return found


def selectors(expression: str) -> list[Any]:
    """-> the vector selectors of a query, those in ranges too. Raises ValueError when it is no PromQL."""
    found: list[Any] = []

    def visit(node: Any) -> None:
        if isinstance(node, promql_parser.VectorSelector):
            found.append(node)

    promql_parser.walk(promql_parser.parse(expression), visit)
    return found


def check(expression: str, exported: Exported) -> None:
    asked = {(one.name, one.prettify()): one for one in selectors(expression)}
    assert {name for name, _ in asked} == set(re.findall(r"\b(?:khelmerch_\w+|up)\b", expression)), "all are looked at"
    for selector in asked.values():
        assert selector.name in exported, f"{selector.name} is not exported"
        labels = exported[selector.name]
        for matcher in selector.matchers.matchers:
            if matcher.name not in OF_PROMETHEUS:
                assert matcher.value in labels.get(matcher.name, ()), (
                    f"{selector.name} has no {matcher.name} {matcher.value}"
                )
    for names in re.findall(r"(?:\bby|\bon|\bignoring) \(([^)]*)\)", expression):
        known = set().union(*(exported[one.name] for one in asked.values())) | OF_PROMETHEUS
        assert {name.strip() for name in names.split(",")} <= known


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_an_alert_asks_for_what_is_exported_and_says_what_to_do(rule: dict[str, Any], exported: Exported) -> None:
    check(rule["expr"], exported)
    assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
    assert rule["labels"]["severity"] in ("critical", "warning")
    if "for" in rule:
        promql_parser.parse_duration(rule["for"])
    texts = rule["annotations"]
    assert set(texts) == {"summary", "description"}
    kept = {"instance", "job"}.union(*(exported[one.name] for one in selectors(rule["expr"])))
    assert set(re.findall(r"\$labels\.(\w+)", " ".join(texts.values()))) <= kept
    commands = {command.name or command.callback.__name__ for command in main.registered_commands if command.callback}
    commands |= {group.name for group in main.registered_groups if group.name}
    assert set(re.findall(r"khelmerch ([a-z-]+)", texts["description"])) <= commands


def test_an_alert_rule_must_name_figures_that_exist(exported: Exported) -> None:
    for wrong in ("khelmerch_translator == 0", 'khelmerch_tasks{state="done"} > 0', "sum by (card) (khelmerch_ready)"):
        with pytest.raises(AssertionError):
            check(wrong, exported)
    with pytest.raises(ValueError):
        check("sum(khelmerch_ready", exported)


def test_alerts_have_names_of_their_own() -> None:
    names = [rule["alert"] for rule in RULES]
    assert len(names) == len(set(names)) and all(name.startswith("Khelmerch") for name in names)


@pytest.mark.parametrize("expression", QUERIES)
def test_a_panel_asks_for_what_is_exported(expression: str, exported: Exported) -> None:
    check(expression, exported)
    assert expression.count('instance=~"$instance"') == len(selectors(expression)), "the choice of a server counts"


def test_every_figure_of_ours_is_on_the_dashboard(exported: Exported) -> None:
    shown = {selector.name for expression in QUERIES for selector in selectors(expression)}
    assert {name for name in exported if name.startswith("khelmerch_")} - shown == set()


def test_the_dashboard_can_be_loaded_into_any_grafana_and_its_panels_do_not_overlap() -> None:
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(ids) == len(set(ids))
    assert {panel["datasource"]["uid"] for panel in PANELS} == {"${datasource}"}
    assert "id" not in DASHBOARD  # Grafana gives it
    places = [
        (x, y) for panel in DASHBOARD["panels"] for place in [panel["gridPos"]]
        for x, y in itertools.product(
            range(place["x"], place["x"] + place["w"]), range(place["y"], place["y"] + place["h"])
        )
    ]  # fmt: skip
    assert len(places) == len(set(places))
    assert max(x for x, _ in places) == 23
