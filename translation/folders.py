"""What a model's small files say: family, languages, directions, tokenizer. No weights are read."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from translation.argos import read_metadata
from translation.errors import ModelUnusable, UnknownLanguage
from translation.files import read_json
from translation.languages import LANGUAGES, all_pairs, normalise
from translation.layouts import Family, Layout, code_token, family_of, multilingual_pairs
from translation.pieces import Apart, SentencePiece, Splitter, TokenizerJson
from translation.resolve import Kind, ResolvedModel, find_spec, vocabulary_file

_SENTENCEPIECE_NAMES = (
    "sentencepiece.bpe.model",
    "sentencepiece.model",
    "source.spm",
    "spm.128k.model",
    "spiece.model",
)
_ARCHITECTURES = {
    Family.NLLB: "NLLB",
    Family.M2M100: "M2M-100",
    Family.MARIAN: "Marian",
    Family.MADLAD: "MADLAD-400 (T5)",
    Family.CHAT: "Hunyuan (chat)",
    Family.PLAIN: "OpenNMT",
}
# Dense and mixture-of-experts models of the Hy-MT family; transformers has all three, without code from a repository.
_CHAT_TYPES = frozenset({"hunyuan_v1_dense", "hunyuan_v1_moe", "hy_v3"})
_MADLAD_CODE = re.compile(r"<2\w+>")


@dataclass(frozen=True)
class Facts:
    """`codes`: the model's token for each of our languages it has one for. `forced`: an Argos package's own prefix."""

    family: Family
    codes: Mapping[str, str]
    directions: frozenset[tuple[str, str]]
    forced: tuple[str, ...] = ()

    @property
    def architecture(self) -> str:
        """A name for people."""
        return _ARCHITECTURES[self.family]


def read_facts(model: ResolvedModel) -> Facts:
    """Cheap. Raises ModelUnusable when the files do not tell the languages, or none of them is ours."""
    if model.kind is Kind.ARGOS:
        metadata = read_metadata(model.folder)
        prefix = metadata.get("target_prefix") or ""
        facts = Facts(
            Family.PLAIN,
            {},
            _one_way(metadata.get("from_code"), metadata.get("to_code")),
            (str(prefix),) if prefix else (),
        )
    elif model.kind is Kind.CTRANSLATE2:
        facts = _converted(model.folder)
    else:
        facts = _huggingface(model)
    if not facts.directions:
        raise ModelUnusable(
            f"The model {model.name} translates between none of our languages ({', '.join(LANGUAGES)}). "
            "Choose another MODEL; `khelmerch models` lists some.",
            model=model.name,
        )
    return facts


def read_layout(folder: Path, facts: Facts) -> Layout:
    """With the tokenizer of `folder` loaded. Raises ModelUnusable when there is none."""
    splitter = _splitter(folder)
    if facts.family is Family.MADLAD:
        splitter = Apart(splitter, _MADLAD_CODE)
    return Layout(facts.family, dict(facts.codes), facts.directions, splitter, facts.forced)


def _huggingface(model: ResolvedModel) -> Facts:
    folder = model.folder
    kind = read_json(folder / "config.json").get("model_type")
    if kind == "marian":
        return _marian(folder)
    if kind == "t5":
        return _madlad(folder)
    if kind in _CHAT_TYPES:
        return _chat(model)
    if kind != "m2m_100":
        raise ModelUnusable(
            f"{folder} is a {kind!r} model; only NLLB, M2M-100 (m2m_100), Marian, MADLAD-400 (t5) and Hy-MT2 "
            f"({', '.join(sorted(_CHAT_TYPES))}) can be run here.",
            architecture=kind,
        )
    return _multilingual(_special_tokens(folder), folder)


def _madlad(folder: Path) -> Facts:
    vocabulary = _t5_vocabulary(folder)
    if family_of(vocabulary) is not Family.MADLAD:
        raise ModelUnusable(
            f"{folder} is a T5 model whose vocabulary has no language codes (<2en>) as single tokens: it is not "
            "MADLAD-400, or its tokenizer is not the one that it was trained with.",
            path=str(folder),
        )
    return Facts(Family.MADLAD, _codes(Family.MADLAD, vocabulary), multilingual_pairs(Family.MADLAD, vocabulary))


def _t5_vocabulary(folder: Path) -> frozenset[str]:
    if (folder / "tokenizer.json").is_file():
        tokenizer = read_json(folder / "tokenizer.json")
        pieces = tokenizer.get("model", {}).get("vocab", ())
        return frozenset(piece for piece, _score in pieces) | {
            token["content"] for token in tokenizer.get("added_tokens", ())
        }
    if (folder / "spiece.model").is_file():
        return SentencePiece(folder / "spiece.model").vocabulary()
    raise ModelUnusable(
        f"{folder} has no tokenizer: put the tokenizer.json or spiece.model that the model was trained with beside it.",
        path=str(folder),
    )


def _chat(model: ResolvedModel) -> Facts:
    """A chat model's files do not tell its languages: the operator does, or our catalogue."""
    file = model.folder / "metadata.json"
    if file.is_file():
        named = read_json(file).get("languages", ())
    else:
        # Also a folder that was copied here, or fetched by its hub id, under the name that the download gives it.
        name = model.folder.name.split("@")[0].rpartition("--")[2]
        spec = model.spec or find_spec(name)
        named = spec.languages if spec else ()
    if not named:
        raise ModelUnusable(
            f"{model.folder} does not say which languages the model knows: put a metadata.json beside it with "
            '{"languages": ["mn", "zh", "en"]}, those that its makers claim.',
            path=str(model.folder),
        )
    try:
        languages = frozenset(normalise(str(code)) for code in named)
    except UnknownLanguage as error:
        raise ModelUnusable(f"{file}: {error}", path=str(file)) from error
    return Facts(Family.CHAT, {}, all_pairs(languages))


def _converted(folder: Path) -> Facts:
    file = vocabulary_file(folder)
    vocabulary = _vocabulary(file) if file is not None else frozenset()
    if family_of(vocabulary) is not None:
        return _multilingual(vocabulary, folder)
    config = read_json(folder / "config.json") if (folder / "config.json").is_file() else {}
    family = Family.PLAIN if config.get("add_source_eos") or not (folder / "source.spm").is_file() else Family.MARIAN
    return _bilingual(folder, family, vocabulary)


def _multilingual(vocabulary: Collection[str], folder: Path) -> Facts:
    family = family_of(vocabulary)
    if family is None:
        raise ModelUnusable(
            f"The tokenizer in {folder} has no language codes (eng_Latn or __en__): it is not NLLB or M2M-100."
        )
    return Facts(family, _codes(family, vocabulary), multilingual_pairs(family, vocabulary))


def _marian(folder: Path) -> Facts:
    vocabulary = frozenset(read_json(folder / "vocab.json")) if (folder / "vocab.json").is_file() else frozenset[str]()
    return _bilingual(folder, Family.MARIAN, vocabulary)


def _bilingual(folder: Path, family: Family, vocabulary: Collection[str]) -> Facts:
    metadata: dict[str, Any] = {}
    for name in ("metadata.json", "tokenizer_config.json"):
        if (folder / name).is_file():
            metadata = read_json(folder / name) | metadata
    source = metadata.get("from_code", metadata.get("source_lang"))
    target = metadata.get("to_code", metadata.get("target_lang"))
    if source is None or target is None:
        raise ModelUnusable(
            f"{folder} does not say which languages it translates between: put a metadata.json beside it with "
            '{"from_code": "zh", "to_code": "en"}.',
            path=str(folder),
        )
    codes = _codes(family, vocabulary)
    directions = _one_way(source, target)
    if any(token.startswith(">>") for token in vocabulary):
        # Several targets: without the right >>code<< the model would choose a language by itself. "zho" means each of
        # Chinese's scripts that has a code.
        directions = frozenset(
            (start, code) for start, end in directions for code in codes if code.split("_")[0] == end.split("_")[0]
        )
    return Facts(family, codes, directions)


def _codes(family: Family, vocabulary: Collection[str]) -> dict[str, str]:
    found = {code: code_token(family, code, vocabulary) for code in LANGUAGES}
    return {code: token for code, token in found.items() if token is not None}


def _one_way(source: Any, target: Any) -> frozenset[tuple[str, str]]:
    try:
        return frozenset({(normalise(str(source)), normalise(str(target)))})
    except UnknownLanguage:
        return frozenset()


def _special_tokens(folder: Path) -> frozenset[str]:
    if (folder / "tokenizer.json").is_file():
        return frozenset(token["content"] for token in read_json(folder / "tokenizer.json").get("added_tokens", ()))
    if (folder / "vocab.json").is_file():
        # M2M-100 keeps its 100 codes in the tokenizer's source code only; conversion checks that they sit where we say.
        return frozenset({"__mn__", "__zh__", "__en__"})
    tokens: set[str] = set()
    for name in ("special_tokens_map.json", "tokenizer_config.json"):
        if (folder / name).is_file():
            contents = read_json(folder / name)
            listed = contents.get("additional_special_tokens") or contents.get("extra_special_tokens") or ()
            tokens |= {token["content"] if isinstance(token, dict) else str(token) for token in listed}
    return frozenset(tokens)


def _vocabulary(path: Path) -> frozenset[str]:
    if path.suffix == ".json":
        return frozenset(read_json(path))
    return frozenset(path.read_text(encoding="utf-8").splitlines())


def _splitter(folder: Path) -> Splitter:
    if (folder / "tokenizer.json").is_file():
        return TokenizerJson(folder / "tokenizer.json")
    vocabulary = frozenset(read_json(folder / "vocab.json")) if (folder / "vocab.json").is_file() else None
    for name in _SENTENCEPIECE_NAMES:
        if (folder / name).is_file():
            return SentencePiece(folder / name, vocabulary)
    raise ModelUnusable(
        f"{folder} has no tokenizer: put the tokenizer.json or sentencepiece.model that the model was trained with "
        "beside it.",
        path=str(folder),
    )
