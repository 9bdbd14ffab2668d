"""The audit of dependencies never looks like a pass when nothing was looked up."""

from __future__ import annotations

import importlib.util
import json
import subprocess
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest


@pytest.fixture
def audit() -> ModuleType:
    spec = importlib.util.spec_from_file_location("audit", Path(__file__).parents[2] / "deploy" / "audit.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def answering(monkeypatch: pytest.MonkeyPatch, answer: Any, error: str = "") -> None:
    def run(command: list[str], **_options: Any) -> subprocess.CompletedProcess[str]:
        if answer is not None:
            Path(command[command.index("--output") + 1]).write_text(json.dumps(answer))
        return subprocess.CompletedProcess(command, 1, "", error)

    monkeypatch.setattr(subprocess, "run", run)


def test_a_service_that_cannot_be_reached_is_said_so_and_is_no_pass(
    audit: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answering(monkeypatch, None, "ERROR: ConnectionError: nobody there")
    assert audit.audit() == audit.NOT_AUDITED
    assert "NOT AUDITED: ERROR: ConnectionError" in capsys.readouterr().out


def test_a_missing_pip_audit_and_an_empty_answer_are_no_pass_either(
    audit: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch, None, "No module named pip_audit")
    assert audit.audit() == audit.NOT_AUDITED
    answering(monkeypatch, {"dependencies": [{"name": "a", "skip_reason": "not found"}]})
    assert audit.audit() == audit.NOT_AUDITED


def test_a_fault_fails_and_none_passes(
    audit: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    good = {"name": "a", "version": "1", "vulns": []}
    answering(monkeypatch, {"dependencies": [good]})
    assert audit.audit() == 0
    bad = {"name": "b", "version": "2", "vulns": [{"id": "PYSEC-1", "fix_versions": ["3"]}]}
    answering(monkeypatch, {"dependencies": [good, bad]})
    assert audit.audit() == audit.FOUND
    assert "b 2: PYSEC-1 (fixed in 3)" in capsys.readouterr().out
