from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from translation import guards
from translation.engine import Decoding
from translation.engines import fake
from translation.engines.fake import FakeEngine, FakeOptions
from translation.errors import ModelUnusable, UnsupportedPair
from translation.factory import EngineOptions, load_engine
from translation.faults import Fault, classify
from translation.resolve import STARTER_FOLDER

SENTENCES = [
    ("mon_Cyrl", "cmn_Hans", "Монгол улсын нийслэл Улаанбаатар хотод 2026 онд шинэ сургууль нээгдэв."),
    ("cmn_Hans", "mon_Cyrl", "乌兰巴托是蒙古国的首都，人口约150万。"),
    ("eng_Latn", "cmn_Hans", "Send the report to info@example.org before 5 March, please, and keep %s and {name}."),
    ("cmn_Hans", "eng_Latn", "请在三月五日之前发送报告。"),
    ("mon_Cyrl", "eng_Latn", "Файлыг хадгалах уу?"),
]


def _translate(engine: FakeEngine, text: str, source: str, target: str) -> str:
    return engine.generate(engine.encode([text], source, target), source, target, Decoding())[0].text


@pytest.mark.parametrize(("source", "target", "text"), SENTENCES)
def test_the_fake_translation_passes_the_guards_and_is_always_the_same(source: str, target: str, text: str) -> None:
    engine = FakeEngine(FakeOptions())
    translated = _translate(engine, text, source, target)
    assert guards.check(text, translated, source, target) == ()
    assert _translate(FakeEngine(FakeOptions()), text, source, target) == translated


def test_the_fake_translation_keeps_numbers_addresses_and_placeholders() -> None:
    translated = _translate(
        FakeEngine(FakeOptions()),
        "Send 42 files to a.b@c.de or https://x.y/z?q=1, %s {name} $1 <b>",
        "eng_Latn",
        "mon_Cyrl",
    )
    for kept in ("42", "a.b@c.de", "https://x.y/z?q=1,", "%s", "{name}", "$1", "<b>"):
        assert kept in translated


def test_the_fake_alignment_points_to_the_words() -> None:
    engine = FakeEngine(FakeOptions())
    output = engine.generate(engine.encode(["ab cd"], "eng_Latn", "mon_Cyrl"), "eng_Latn", "mon_Cyrl", Decoding())[0]
    assert output.alignment == ((0, 0), (3, 3))


def test_the_options_of_the_fake_model_stand_in_its_name() -> None:
    slept: list[float] = []
    assert FakeOptions.parse("fake:delay=0.5,crash=1,identity") == FakeOptions(0.5, 0.0, True, True)
    engine = FakeEngine(FakeOptions.parse("fake:delay=0.5,step=1"), slept.append)
    assert _translate(engine, "Hello there", "eng_Latn", "mon_Cyrl")
    assert slept == [1.5]
    assert _translate(FakeEngine(FakeOptions.parse("fake?identity=1")), "Hello", "eng_Latn", "mon_Cyrl") == "Hello"
    with pytest.raises(ModelUnusable, match="speed"):
        FakeOptions.parse("fake:speed=1")


def test_the_fake_model_keeps_a_journal_of_what_it_begins(tmp_path: Path) -> None:
    engine = FakeEngine(FakeOptions.parse(f"fake:journal={tmp_path / 'journal'}"))
    _translate(engine, "Hello there", "eng_Latn", "mon_Cyrl")
    _translate(engine, "Сайн уу", "mon_Cyrl", "eng_Latn")
    lines = [json.loads(line) for line in (tmp_path / "journal").read_text(encoding="utf-8").splitlines()]
    assert [(pid, text) for _at, pid, text in lines] == [(os.getpid(), "Hello there"), (os.getpid(), "Сайн уу")]


def test_the_fake_model_fails_on_marked_text_only_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    class Exited(BaseException):
        pass

    def leave(status: int) -> None:
        raise Exited(status)

    monkeypatch.setattr(fake.os, "_exit", leave)
    obedient, innocent = FakeEngine(FakeOptions(crash=True)), FakeEngine(FakeOptions())
    with pytest.raises(Exited):
        _translate(obedient, "this is KHELMERCH_CRASH here", "eng_Latn", "mon_Cyrl")
    with pytest.raises(RuntimeError, match="KHELMERCH_RAISE"):
        _translate(obedient, "this is KHELMERCH_RAISE here", "eng_Latn", "mon_Cyrl")
    assert _translate(innocent, "KHELMERCH_CRASH KHELMERCH_RAISE", "eng_Latn", "mon_Cyrl")


def test_the_fake_model_has_no_traditional_mongolian() -> None:
    with pytest.raises(UnsupportedPair):
        FakeEngine(FakeOptions()).encode(["x"], "mon_Mong", "cmn_Hans")


def test_the_fake_engine_is_chosen_by_engine_or_by_model(tmp_path: Path) -> None:
    for options in (EngineOptions("fake:delay=0"), EngineOptions("starter", engine="fake")):
        assert load_engine(options).name == "fake"


def test_an_engine_that_does_not_fit_the_model_or_does_not_exist_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "converted"
    folder.mkdir()
    (folder / "model.bin").write_bytes(b"")
    (folder / "shared_vocabulary.json").write_text("[]")
    with pytest.raises(ModelUnusable, match="ENGINE = ctranslate2"):
        load_engine(EngineOptions(str(folder), engine="transformers", cache_dir=tmp_path))
    with pytest.raises(ModelUnusable, match="no engine"):
        load_engine(EngineOptions(str(STARTER_FOLDER), engine="magic", cache_dir=tmp_path))


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (RuntimeError("CUDA failed with error out of memory"), Fault.MEMORY),
        (RuntimeError("CUDA out of memory. Tried to allocate 2 GiB"), Fault.MEMORY),
        (MemoryError(), Fault.MEMORY),
        (RuntimeError("cuBLAS failed with status CUBLAS_STATUS_ALLOC_FAILED"), Fault.MEMORY),
        (RuntimeError("CUDA error: an illegal memory access was encountered"), Fault.DEVICE),
        (RuntimeError("cuBLAS failed with status CUBLAS_STATUS_EXECUTION_FAILED"), Fault.DEVICE),
        (ValueError("CUDA error in the text of somebody's document"), Fault.OTHER),
        (RuntimeError("unknown token"), Fault.OTHER),
    ],
)
def test_what_an_engine_raises_is_understood(error: Exception, fault: Fault) -> None:
    assert classify(error) is fault
