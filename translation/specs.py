"""The models that our engines are known to run, with what each of them costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any

from translation.languages import all_pairs
from translation.memory import needed_mb

STARTER = "starter"
RECOMMENDED = "nllb-200-distilled-1.3B"
"""What we tell users of the starter model to set."""

_NLLB = ("mon_Cyrl", "cmn_Hans", "cmn_Hant", "eng_Latn")
_CORE = ("mon_Cyrl", "cmn_Hans", "eng_Latn")
_CHAT_NOTE = (
    "May be used commercially. A chat model, run by transformers. Its makers do not say in which script it writes Mongolian: "
    "answers in another than asked for are flagged wrong_script."
)


@dataclass(frozen=True)
class ModelSpec:
    """One entry of the catalogue. `size_mb` is the download; `repo` is empty for what ships with the package.

    `commit` is the commit (or the start of one) that `revision` must lead to: a moved branch is refused. Empty where we do
    not know one: then the newest is fetched. `directions`: those of a model that cannot do every one between its languages.
    """

    name: str
    repo: str
    revision: str
    commit: str
    architecture: str
    licence: str
    size_mb: int
    languages: tuple[str, ...]
    parameters_millions: int
    commercial_use: bool
    note: str
    directions: tuple[tuple[str, str], ...] = ()

    @property
    def pairs(self) -> frozenset[tuple[str, str]]:
        """Every direction that it can do."""
        return frozenset(self.directions) or all_pairs(frozenset(self.languages))

    @property
    def gpu_memory_mb(self) -> int:
        """Estimate for the compute type that `auto` takes on a GPU, which has 16 bits also for weights stored in 8."""
        return needed_mb(self.parameters_millions, "float16")

    def as_row(self) -> dict[str, Any]:
        """For JSON."""
        return {**asdict(self), "gpu_memory_mb": self.gpu_memory_mb}


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
        7,
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
        615,
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
        1371,
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
        1371,
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
        1371,
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
        3345,
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
        3345,
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
        484,
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
        1239,
        True,
        "May be used commercially; its Mongolian is weaker than NLLB's.",
    ),
    ModelSpec(
        "madlad400-3b-mt",
        "google/madlad400-3b-mt",
        "fa184c675da0b5c9e1c8694fccd4e12e2d422094",
        "fa184c675da0b5c9e1c8694fccd4e12e2d422094",
        "MADLAD-400 (T5)",
        "Apache-2.0",
        11762,
        _CORE,
        2940,
        True,
        "May be used commercially.",
    ),
    ModelSpec(
        "Hy-MT2-1.8B",
        "tencent/Hy-MT2-1.8B",
        "9a341cd1b679d3efd23b46e847b01745a71ed792",
        "9a341cd1b679d3efd23b46e847b01745a71ed792",
        "Hunyuan (chat)",
        "Apache-2.0",
        3630,
        _NLLB,
        1815,
        True,
        _CHAT_NOTE,
    ),
    ModelSpec(
        "Hy-MT2-7B",
        "tencent/Hy-MT2-7B",
        "main",
        "",
        "Hunyuan (chat)",
        "Apache-2.0",
        15010,
        _NLLB,
        7505,
        True,
        f"{_CHAT_NOTE} Not pinned to a commit.",
    ),
    ModelSpec(
        "opus-mt-zh-en",
        "Helsinki-NLP/opus-mt-zh-en",
        "badebd2bdd4cdfde141a969df82a0f2c4e3b1dfe",
        "badebd2bdd4cdfde141a969df82a0f2c4e3b1dfe",
        "Marian",
        "CC-BY-4.0",
        312,
        ("cmn_Hans", "eng_Latn"),
        78,
        True,
        "Small and quick; Chinese to English only. Name its authors.",
        (("cmn_Hans", "eng_Latn"),),
    ),
    ModelSpec(
        "opus-mt-en-zh",
        "Helsinki-NLP/opus-mt-en-zh",
        "refs/pr/6",
        "7ee7a01",
        "Marian",
        "Apache-2.0",
        312,
        ("cmn_Hans", "cmn_Hant", "eng_Latn"),
        78,
        True,
        "Small and quick; English to Chinese only.",
        (("eng_Latn", "cmn_Hans"), ("eng_Latn", "cmn_Hant")),
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
