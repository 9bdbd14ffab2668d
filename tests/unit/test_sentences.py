"""A document's paragraphs on their way to becoming the sentences of a task."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from actors.document_worker import answer


@pytest.mark.parametrize("bad", ["\x00", "\ud800", "\udfff"])
@pytest.mark.parametrize("op", ["check", "prepare"])
def test_a_character_that_stands_in_no_text_is_refused_with_its_place(tmp_path: Path, op: str, bad: str) -> None:
    """PostgreSQL stores no NUL, nothing stores half of a surrogate pair; JSON may name both."""
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"first": "Сайн байна уу.", "second": f"Сайн {bad} байна уу."}), encoding="utf-8")
    pair = {"source": "mon_Cyrl", "target": "cmn_Hans", "sources": ["mon_Cyrl"]}
    told = answer({"op": op, "path": str(path), "name": "a.json", "out": str(tmp_path / "out"), **pair})
    assert (told["ok"], told["code"], told["status"]) == (False, "file_damaged", 422)
    assert f"U+{ord(bad):04X}" in told["detail"] and "second" in told["detail"]
    told["detail"].encode()
