"""The models that our engines are known to run, with what each of them costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

STARTER = "starter"
RECOMMENDED = "nllb-200-distilled-1.3B"
"""What we tell users of the starter model to set."""

_NLLB = ("mon_Cyrl", "cmn_Hans", "cmn_Hant", "eng_Latn")
_CORE = ("mon_Cyrl", "cmn_Hans", "eng_Latn")


@dataclass(frozen=True)
class ModelSpec:
    """One entry of the catalogue. `size_mb` is the download; `repo` is empty for what ships with the package.

    `commit` is the commit (or the start of one) that `revision` must lead to: a moved branch is refused.
    """

    name: str
    repo: str
    revision: str
    commit: str
    architecture: str
    licence: str
    size_mb: int
    languages: tuple[str, ...]
    commercial_use: bool
    note: str


# Facebook's own branches hold only pickled weights, which we never load; the revisions below are the safetensors
# conversions that Hugging Face's converter (SFconvertbot) proposed to the same repositories, weights unchanged.
_SPECS = (
    ModelSpec(
        STARTER,
        "",
        "",
        "",
        "NLLB (miniature)",
        "Apache-2.0",
        15,
        _CORE,
        True,
        "Ships with Khelmerch, for trying out. Knows the language of menus, settings and help pages only.",
    ),
    ModelSpec(
        "nllb-200-distilled-600M",
        "facebook/nllb-200-distilled-600M",
        "refs/pr/39",
        "ba634f8",
        "NLLB",
        "CC-BY-NC-4.0",
        2483,
        _NLLB,
        False,
        "Quick on a CPU. Mongolian to Chinese 12.3 spBLEU (FLORES-200 devtest).",
    ),
    ModelSpec(
        RECOMMENDED,
        "facebook/nllb-200-distilled-1.3B",
        "refs/pr/5",
        "f9e6ff7",
        "NLLB",
        "CC-BY-NC-4.0",
        5503,
        _NLLB,
        False,
        "The first choice for a GPU of 8 GB. Mongolian to Chinese 13.0 spBLEU.",
    ),
    ModelSpec(
        "nllb-200-distilled-1.3B-int8",
        "OpenNMT/nllb-200-distilled-1.3B-ct2-int8",
        "70f572adafa4794890ce7826156a4209717855af",
        "70f572adafa4794890ce7826156a4209717855af",
        "NLLB",
        "CC-BY-NC-4.0",
        1403,
        _NLLB,
        False,
        "The same, already converted and in 8 bits: a quarter of the download. CTranslate2 only.",
    ),
    ModelSpec(
        "nllb-200-1.3B",
        "facebook/nllb-200-1.3B",
        "05f78f6164fc0a21a225794b50a6413ea51718db",
        "05f78f6164fc0a21a225794b50a6413ea51718db",
        "NLLB",
        "CC-BY-NC-4.0",
        5503,
        _NLLB,
        False,
        "Mongolian to Chinese 14.6 spBLEU, Chinese to Mongolian 9.6.",
    ),
    ModelSpec(
        "nllb-200-3.3B",
        "facebook/nllb-200-3.3B",
        "f046cc4ebd1ea4aa8015c3d48282a6299d9f3915",
        "f046cc4ebd1ea4aa8015c3d48282a6299d9f3915",
        "NLLB",
        "CC-BY-NC-4.0",
        17605,
        _NLLB,
        False,
        "The best of the family; wants a GPU of 12 GB.",
    ),
    ModelSpec(
        "nllb-200-3.3B-int8",
        "OpenNMT/nllb-200-3.3B-ct2-int8",
        "main",
        "28d998c",
        "NLLB",
        "CC-BY-NC-4.0",
        3383,
        _NLLB,
        False,
        "The same, already converted and in 8 bits. CTranslate2 only.",
    ),
    ModelSpec(
        "m2m100_418M",
        "facebook/m2m100_418M",
        "17ef199e3a3479ca5d572350066761c5e926ac03",
        "17ef199e3a3479ca5d572350066761c5e926ac03",
        "M2M-100",
        "MIT",
        1946,
        _CORE,
        True,
        "May be used commercially; its Mongolian is weaker than NLLB's.",
    ),
    ModelSpec(
        "m2m100_1.2B",
        "facebook/m2m100_1.2B",
        "refs/pr/7",
        "0d54e88",
        "M2M-100",
        "MIT",
        4966,
        _CORE,
        True,
        "May be used commercially; its Mongolian is weaker than NLLB's.",
    ),
)
CATALOGUE: Mapping[str, ModelSpec] = MappingProxyType({spec.name: spec for spec in _SPECS})


def starter_notice() -> str:
    """What every user of the starter model must read, with what the real one costs."""
    real = CATALOGUE[RECOMMENDED]
    return (
        f"starter model, for trying out; for real work set MODEL = {real.name} "
        f"({real.size_mb / 1000:.1f} GB to download, licence CC-BY-NC 4.0: no commercial use)"
    )
