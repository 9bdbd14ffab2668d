"""From what the operator wrote after `MODEL =` to files on this machine."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from translation.errors import ModelNotFound, ModelUnusable
from translation.specs import CATALOGUE, STARTER, ModelSpec

_HUB_ID = re.compile(r"(?P<repo>[\w.-]+/[\w.-]+)(@(?P<revision>[\w./-]+))?")
STARTER_FOLDER = Path(__file__).parent / "starter_model"


class Kind(Enum):
    """What lies at the model's path."""

    FAKE = "fake"
    HUGGINGFACE = "huggingface"
    CTRANSLATE2 = "ctranslate2"
    ARGOS = "argos"


@dataclass(frozen=True)
class ResolvedModel:
    """A model on this machine. `path` is a folder, or the `.argosmodel` file; None for the fake one."""

    name: str
    kind: Kind
    path: Path | None
    spec: ModelSpec | None

    @property
    def folder(self) -> Path:
        """The path of a model that has one."""
        if self.path is None:
            raise ModelUnusable(f"The model {self.name} has no files.")
        return self.path


@dataclass(frozen=True)
class Source:
    """Where on the hub a model can be fetched, and the folder that it belongs into."""

    repo: str
    revision: str | None
    commit: str
    folder: Path


def resolve(model: str, cache_dir: Path) -> ResolvedModel:
    """The model's files, fetched from the hub if need be. Raises ModelNotFound, ModelUnusable.

    `model`: a catalogue name, a folder (Hugging Face or CTranslate2), an `.argosmodel`, or a hub id
    (`owner/name@revision`).
    """
    found = locate(model, cache_dir)
    if found is not None:
        return found
    from translation.hub import fetch

    fetch(_source(model, cache_dir))
    found = locate(model, cache_dir)
    if found is None:
        raise ModelNotFound(
            f"The model {model} was fetched, but {_source(model, cache_dir).folder} is not there.", model=model
        )
    return found


def locate(model: str, cache_dir: Path) -> ResolvedModel | None:
    """The same without the network.

    None when the model would have to be fetched first. Raises ModelNotFound, ModelUnusable.
    """
    model = model.strip() or STARTER
    if re.fullmatch("fake([:?].*)?", model):
        return ResolvedModel(model, Kind.FAKE, None, None)
    spec = find_spec(model)
    if spec is not None and spec.name == STARTER:
        return _at(model, STARTER_FOLDER, spec)
    path = Path(model).expanduser()
    # Of os.path: a name that no file can have is none, where Path raises.
    if spec is None and os.path.exists(path):  # noqa: PTH110
        return _at(model, path.resolve(), None)
    folder = _source(model, cache_dir).folder
    return _at(model, folder, spec) if os.path.exists(folder) else None  # noqa: PTH110


def find_spec(model: str) -> ModelSpec | None:
    """The catalogue's entry, whatever the case of its letters."""
    return next((spec for name, spec in CATALOGUE.items() if name.lower() == model.strip().lower()), None)


def _source(model: str, cache_dir: Path) -> Source:
    spec = find_spec(model)
    if spec is not None:
        return Source(spec.repo, spec.revision, spec.commit, cache_dir / spec.name)
    hub_id = _HUB_ID.fullmatch(model.strip())
    looks_like_path = model.startswith(("/", ".", "~")) or model.endswith((".argosmodel", ".zip"))
    if hub_id is None or looks_like_path:
        raise ModelNotFound(
            f"There is no model {model!r}: no such file or folder, and not one of {', '.join(CATALOGUE)}. "
            "Set MODEL to one of these names, to a folder, to an .argosmodel file or to a hub id (owner/name).",
            model=model,
            known=list(CATALOGUE),
        )
    name = hub_id["repo"].replace("/", "--") + (
        f"@{hub_id['revision'].replace('/', '-')}" if hub_id["revision"] else ""
    )
    return Source(hub_id["repo"], hub_id["revision"], "", cache_dir / name)


def _at(name: str, path: Path, spec: ModelSpec | None) -> ResolvedModel:
    return ResolvedModel(name, _kind_of(path), path, spec)


def _kind_of(path: Path) -> Kind:
    if path.is_file():
        if path.suffix in (".argosmodel", ".zip"):
            return Kind.ARGOS
        raise ModelUnusable(f"{path} is a file, but not an .argosmodel. Set MODEL to the folder that the model is in.")
    if (path / "model.bin").is_file() and vocabulary_file(path) is not None:
        return Kind.CTRANSLATE2
    if (path / "metadata.json").is_file() and (path / "model" / "model.bin").is_file():
        return Kind.ARGOS
    if not (path / "config.json").is_file():
        raise ModelUnusable(
            f"{path} holds no model: neither config.json and *.safetensors (Hugging Face) "
            "nor model.bin and a vocabulary (CTranslate2).",
            path=str(path),
        )
    if any(path.glob("*.safetensors")):
        return Kind.HUGGINGFACE
    if any(path.glob("pytorch_model*.bin")) or any(path.glob("*.pt")):
        raise ModelUnusable(
            f"{path} holds only pickled weights (pytorch_model.bin), which can run any code and are never loaded here. "
            "Fetch a revision with *.safetensors (our catalogue's names do), or, on a machine where "
            "you trust the file, run "
            '`python -c "from transformers import AutoModelForSeq2SeqLM as M; '
            f"M.from_pretrained('{path}').save_pretrained('{path}')\"` and copy model.safetensors here.",
            path=str(path),
        )
    raise ModelUnusable(
        f"{path} has a config.json but no *.safetensors: the download is not complete. Fetch it again.", path=str(path)
    )


def vocabulary_file(folder: Path) -> Path | None:
    """The target vocabulary of a CTranslate2 folder."""
    names = ("shared_vocabulary.json", "shared_vocabulary.txt", "target_vocabulary.json", "target_vocabulary.txt")
    return next((folder / name for name in names if (folder / name).is_file()), None)
