from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from translation.argos import unpacked
from translation.catalogue import CATALOGUE, RECOMMENDED, describe, resolve
from translation.engines.variants import with_variants
from translation.errors import ModelNotFound, ModelUnusable
from translation.languages import LANGUAGES
from translation.resolve import STARTER_FOLDER, Kind, locate


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)


def _argos(path: Path, extra: dict[str, bytes] | None = None, **metadata: str) -> Path:
    top = "translate-zh_en-1_9/"
    files = {
        top + "metadata.json": json.dumps({"from_code": "zh", "to_code": "en"} | metadata).encode(),
        top + "model/model.bin": b"weights",
        top + "model/config.json": b"{}",
        top + "sentencepiece.model": b"pieces",
        top + "stanza/tokenize.pt": b"a pickle",
    }
    with zipfile.ZipFile(path, "w") as package:
        for name, contents in (files | (extra or {})).items():
            package.writestr(name, contents)
    return path


def test_looking_at_models_never_imports_the_heavy_libraries() -> None:
    code = """
import pathlib, sys
import translation.languages, translation.segmentation, translation.catalogue
from translation.factory import describe
describe("starter", pathlib.Path("x"))
heavy = {"torch", "transformers", "ctranslate2", "sentencepiece", "tokenizers", "huggingface_hub"}
print(sorted(heavy & set(sys.modules)))
"""
    root = Path(__file__).parents[2]
    answer = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


def test_nothing_configured_means_the_starter_model_with_its_notice(tmp_path: Path) -> None:
    told = describe("", tmp_path)
    assert (told.name, told.starter, told.path) == ("starter", True, str(STARTER_FOLDER))
    assert told.languages == ("mon_Cyrl", "cmn_Hans", "cmn_Hant", "eng_Latn")
    assert len(told.pairs) == 12, "Chinese in both scripts"
    assert told.notice is not None and told.notice.startswith(
        "starter model, for trying out; for real work set MODEL = nllb-200-distilled-1.3B"
    )
    assert "5.5 GB" in told.notice and "CC-BY-NC 4.0" in told.notice


def test_a_catalogue_model_is_described_before_it_is_fetched(tmp_path: Path) -> None:
    told = describe("NLLB-200-distilled-1.3b", tmp_path)
    assert (told.name, told.path, told.commercial_use) == (RECOMMENDED, None, False)
    assert ("mon_Cyrl", "cmn_Hans") in told.pairs
    assert not any("mon_Mong" in pair for pair in told.pairs)


def test_every_model_of_the_catalogue_says_what_it_costs_and_is_pinned() -> None:
    for spec in CATALOGUE.values():
        assert spec.licence and spec.size_mb > 0 and set(spec.languages) <= set(LANGUAGES)
        # Of Hy-MT2-7B we know no commit; its note says so.
        assert spec.commit or spec.name == "starter" or "Not pinned" in spec.note
        assert (
            spec.gpu_memory_mb > 2 * spec.parameters_millions and spec.as_row()["gpu_memory_mb"] == spec.gpu_memory_mb
        )
        assert "mon_Mong" not in spec.languages


def test_a_model_of_one_direction_claims_no_other_before_it_is_fetched(tmp_path: Path) -> None:
    assert describe("opus-mt-zh-en", tmp_path).pairs == with_variants({("cmn_Hans", "eng_Latn")})
    assert describe("Hy-MT2-1.8B", tmp_path).pairs >= {("cmn_Hant", "mon_Cyrl"), ("mon_Cyrl", "cmn_Hans")}


def test_a_model_that_cannot_be_fetched_says_how_to_bring_it(tmp_path: Path, offline: None) -> None:
    with pytest.raises(ModelNotFound) as caught:
        resolve("nllb-200-distilled-600M", tmp_path)
    assert "hf download facebook/nllb-200-distilled-600M --revision refs/pr/39" in str(caught.value)
    assert str(tmp_path / "nllb-200-distilled-600M") in str(caught.value)
    with pytest.raises(ModelNotFound, match="hf download someone/model --revision v2"):
        resolve("someone/model@v2", tmp_path)


@pytest.mark.parametrize("model", ["nonsense", "/no/such/folder", "./no/such", "missing.argosmodel"])
def test_a_name_that_means_nothing_is_refused_with_the_names_that_do(model: str, tmp_path: Path) -> None:
    with pytest.raises(ModelNotFound, match="nllb-200-distilled-600M"):
        locate(model, tmp_path)


def test_a_folder_brought_by_hand_is_found_under_the_catalogue_name(tmp_path: Path) -> None:
    folder = tmp_path / RECOMMENDED
    folder.mkdir()
    (folder / "config.json").write_text('{"model_type": "m2m_100"}')
    (folder / "model.safetensors").write_bytes(b"")
    found = locate(RECOMMENDED, tmp_path)
    assert found is not None and found.kind is Kind.HUGGINGFACE and found.spec is CATALOGUE[RECOMMENDED]


def test_pickled_weights_are_refused_with_a_way_out(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "m2m_100"}')
    (tmp_path / "pytorch_model.bin").write_bytes(b"")
    with pytest.raises(ModelUnusable, match=r"pickled weights.*safetensors"):
        locate(str(tmp_path), tmp_path)


def test_an_unfinished_download_is_told_from_a_folder_that_holds_something_else(tmp_path: Path) -> None:
    with pytest.raises(ModelUnusable, match="holds no model"):
        locate(str(tmp_path), tmp_path)
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ModelUnusable, match="not complete"):
        locate(str(tmp_path), tmp_path)


def test_an_argos_package_is_described_without_unpacking_it(tmp_path: Path) -> None:
    package = _argos(tmp_path / "zh_en.argosmodel")
    told = describe(str(package), tmp_path / "cache")
    assert told.pairs == with_variants({("cmn_Hans", "eng_Latn")})
    assert not (tmp_path / "cache").exists()


def test_an_argos_package_in_other_languages_is_unusable(tmp_path: Path) -> None:
    with pytest.raises(ModelUnusable, match="none of our languages"):
        describe(str(_argos(tmp_path / "fr.argosmodel", from_code="fr")), tmp_path)


def test_unpacking_takes_only_what_is_needed_and_nothing_outside(tmp_path: Path) -> None:
    hostile = {
        "../../evil": b"x",
        "/abs/model/model.bin": b"x",
        "top/../../model/x.bin": b"x",
        "translate-zh_en-1_9/model/../../y": b"x",
    }
    package = _argos(tmp_path / "zh_en.argosmodel", hostile)
    folder = unpacked(package, tmp_path / "cache")
    found = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    assert found == ["metadata.json", "model/config.json", "model/model.bin", "sentencepiece.model"]
    assert (folder / "model" / "model.bin").read_bytes() == b"weights"
    assert unpacked(package, tmp_path / "cache") == folder
    assert not (tmp_path / "evil").exists() and not (tmp_path.parent / "evil").exists()


def test_a_damaged_argos_package_is_a_clear_error(tmp_path: Path) -> None:
    broken = tmp_path / "broken.argosmodel"
    broken.write_bytes(b"not a zip")
    with pytest.raises(ModelUnusable, match="not an Argos package"):
        describe(str(broken), tmp_path)
    with zipfile.ZipFile(tmp_path / "empty.argosmodel", "w") as package:
        package.writestr("readme", b"")
    with pytest.raises(ModelUnusable, match=r"no metadata\.json"):
        describe(str(tmp_path / "empty.argosmodel"), tmp_path)


def _converted_folder(path: Path, vocabulary: list[str], **files: str) -> Path:
    path.mkdir()
    (path / "model.bin").write_bytes(b"")
    (path / "shared_vocabulary.json").write_text(json.dumps(vocabulary))
    for name, contents in files.items():
        (path / name.replace("__", ".")).write_text(contents)
    return path


def test_the_languages_of_a_converted_folder_are_read_from_its_vocabulary(tmp_path: Path) -> None:
    nllb = _converted_folder(tmp_path / "nllb", ["<s>", "a", "khk_Cyrl", "zho_Hans", "eng_Latn"])
    assert ("mon_Mong", "eng_Latn") not in describe(str(nllb), tmp_path).pairs
    assert ("cmn_Hans", "mon_Cyrl") in describe(str(nllb), tmp_path).pairs
    m2m = _converted_folder(tmp_path / "m2m", ["<s>", "__mn__", "__en__"])
    assert describe(str(m2m), tmp_path).pairs == with_variants({("mon_Cyrl", "eng_Latn"), ("eng_Latn", "mon_Cyrl")})


def test_a_converted_folder_of_two_unnamed_languages_asks_for_metadata(tmp_path: Path) -> None:
    folder = _converted_folder(tmp_path / "opus", ["<s>", "a"])
    with pytest.raises(ModelUnusable, match=r"metadata\.json"):
        describe(str(folder), tmp_path)
    (folder / "metadata.json").write_text('{"from_code": "zh", "to_code": "en"}')
    assert describe(str(folder), tmp_path).pairs == with_variants({("cmn_Hans", "eng_Latn")})


def test_a_model_that_our_engines_cannot_run_is_named(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "llama"}')
    (tmp_path / "model.safetensors").write_bytes(b"")
    with pytest.raises(ModelUnusable, match="llama"):
        describe(str(tmp_path), tmp_path)


class _Hub:
    """Stands for the hub: one repository with these files at this commit."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, commit: str, files: list[str]) -> None:
        self.commit, self.files, self.asked = commit, files, list[dict[str, object]]()
        monkeypatch.setattr("huggingface_hub.HfApi", lambda: self)
        monkeypatch.setattr("huggingface_hub.snapshot_download", self.download)

    def model_info(self, repo: str, revision: str | None) -> SimpleNamespace:
        return SimpleNamespace(sha=self.commit, siblings=[SimpleNamespace(rfilename=name) for name in self.files])

    def download(self, repo: str, *, revision: str, local_dir: Path, allow_patterns: list[str]) -> None:
        self.asked.append({"repo": repo, "revision": revision})
        local_dir.mkdir(parents=True)
        for name in self.files:
            if any(Path(name).match(pattern) for pattern in allow_patterns):
                (local_dir / name).write_text("{}")


def test_a_model_is_fetched_once_pinned_and_without_pickles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = ["config.json", "model.safetensors", "tokenizer.json", "pytorch_model.bin", "rust_model.ot"]
    hub = _Hub(monkeypatch, "f9e6ff7" + "0" * 33, files)
    for _ in range(2):
        found = resolve(RECOMMENDED, tmp_path)
    assert found.folder == tmp_path / RECOMMENDED
    assert sorted(path.name for path in found.folder.iterdir()) == [
        "config.json",
        "model.safetensors",
        "tokenizer.json",
    ]
    assert hub.asked == [{"repo": "facebook/nllb-200-distilled-1.3B", "revision": hub.commit}]


def test_a_repository_that_has_moved_or_holds_only_pickles_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _Hub(monkeypatch, "0" * 40, ["config.json", "model.safetensors"])
    with pytest.raises(ModelUnusable, match="not f9e6ff7"):
        resolve(RECOMMENDED, tmp_path)
    _Hub(monkeypatch, "0" * 40, ["config.json", "pytorch_model.bin"])
    with pytest.raises(ModelUnusable, match=r"no \*\.safetensors"):
        resolve("someone/model", tmp_path)
    assert not any(path.is_dir() for path in tmp_path.iterdir())


def test_a_name_that_no_file_can_have_is_no_model(tmp_path: Path) -> None:
    for name in ("9" * 400, "a\0b", "x/" + "y" * 300):
        assert not is_there(name, tmp_path), name


def is_there(name: str, cache: Path) -> bool:
    try:
        return locate(name, cache) is not None
    except ModelNotFound:
        return False
