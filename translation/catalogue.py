"""The door to models: which there are, which one a name means, and what it can do. Loads no weights and no torch."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from translation.engines.fake import FakeOptions
from translation.engines.variants import with_variants
from translation.errors import ModelUnusable
from translation.folders import read_facts
from translation.languages import LANGUAGES
from translation.resolve import Kind, ResolvedModel, find_spec, locate, resolve
from translation.specs import CATALOGUE, RECOMMENDED, STARTER, ModelSpec, starter_notice

__all__ = [
    "CATALOGUE",
    "RECOMMENDED",
    "STARTER",
    "ModelDescription",
    "ModelSpec",
    "ResolvedModel",
    "describe",
    "resolve",
    "starter_notice",
]

_LICENCE_LINE = re.compile(r"^license:\s*(\S+)", re.MULTILINE)
_UNKNOWN_LICENCE = "unknown: see the model's own card"


@dataclass(frozen=True)
class ModelDescription:
    """What users are told about the model in use. `size_mb`: of its files. `path`: None until it is on this machine."""

    name: str
    architecture: str
    languages: tuple[str, ...]
    pairs: frozenset[tuple[str, str]]
    licence: str
    commercial_use: bool | None
    size_mb: int
    starter: bool
    notice: str | None
    path: str | None
    note: str


def describe(model: str, cache_dir: Path) -> ModelDescription:
    """Reads small files only, never the network. Raises ModelNotFound, ModelUnusable.

    For a hub id that has not been fetched yet the languages are not known: `pairs` is empty.
    """
    found = locate(model, cache_dir)
    spec = find_spec(model) if found is None else found.spec
    if found is None:
        return _description(
            model, spec, spec.architecture if spec else "unknown", spec.pairs if spec else frozenset(), None
        )
    if found.kind is Kind.FAKE:
        return _description(found.name, None, "fake", FakeOptions.parse(found.name).pairs, None)
    facts = read_facts(found)
    return _description(
        found.name, spec, spec.architecture if spec else facts.architecture, facts.directions, found.folder
    )


def _description(
    name: str, spec: ModelSpec | None, architecture: str, pairs: frozenset[tuple[str, str]], path: Path | None
) -> ModelDescription:
    pairs = with_variants(pairs)
    spoken = {code for pair in pairs for code in pair}
    starter = spec is not None and spec.name == STARTER
    return ModelDescription(
        name=spec.name if spec else name,
        architecture=architecture,
        languages=tuple(code for code in LANGUAGES if code in spoken),
        pairs=pairs,
        licence=spec.licence if spec else _licence(path),
        commercial_use=spec.commercial_use if spec else None,
        size_mb=_size_mb(path) if path else (spec.size_mb if spec else 0),
        starter=starter,
        notice=starter_notice() if starter else None,
        path=str(path) if path else None,
        note=spec.note if spec else "",
    )


def _licence(path: Path | None) -> str:
    card = path / "README.md" if path is not None and path.is_dir() else None
    if card is None or not card.is_file():
        return _UNKNOWN_LICENCE
    try:
        line = _LICENCE_LINE.search(card.read_text(encoding="utf-8", errors="replace"))
    except OSError as error:
        raise ModelUnusable(f"{card} cannot be read ({error}).") from error
    return line[1] if line else _UNKNOWN_LICENCE


def _size_mb(path: Path) -> int:
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return round(sum(file.stat().st_size for file in files) / 1_000_000)
