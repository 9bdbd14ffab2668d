"""From settings to a resident engine.

The heavy libraries are imported by the engine that is asked for, and only then.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from translation.catalogue import ModelDescription, describe
from translation.engine import Engine
from translation.engines.fake import FakeEngine, FakeOptions
from translation.engines.variants import Variants
from translation.errors import ModelUnusable
from translation.folders import read_facts
from translation.layouts import Family
from translation.resolve import Kind, ResolvedModel, resolve

__all__ = ["EngineOptions", "ModelDescription", "describe", "load_engine"]


@dataclass(frozen=True)
class EngineOptions:
    """`engine`: auto, ctranslate2, transformers, fake. `device`: auto, cpu, cuda. `threads`: CPU threads, 0 for
    the library's choice.

    `cache_dir` holds fetched, converted and unpacked models. `restrict`: CTranslate2 decodes only tokens of the
    target's script (`translation.vocabulary`).
    """

    model: str
    engine: str = "auto"
    device: str = "auto"
    compute_type: str = "auto"
    threads: int = 0
    cache_dir: Path = Path("data/models")
    restrict: bool = True


def load_engine(options: EngineOptions) -> Engine:
    """Fetches, converts and loads as needed; minutes for a large model at first. Raises TranslationError."""
    if options.engine == "fake":
        return _fake(options.model if options.model.startswith("fake") else "fake")
    model = resolve(options.model, options.cache_dir)
    if model.kind is Kind.FAKE:
        return _fake(model.name)
    engine = _load(model, options)
    # NLLB's zho_Hant is worse than its zho_Hans.
    return Variants(engine, weak_hant=read_facts(model).family is Family.NLLB)


def _fake(name: str) -> Engine:
    return Variants(FakeEngine(FakeOptions.parse(name)), weak_hant=False)


def _load(model: ResolvedModel, options: EngineOptions) -> Engine:
    if options.engine not in ("auto", "ctranslate2", "transformers"):
        raise ModelUnusable(
            f"There is no engine {options.engine!r}: set ENGINE to auto, ctranslate2, transformers or fake."
        )
    if model.kind is Kind.HUGGINGFACE and read_facts(model).family is Family.CHAT:
        if options.engine == "ctranslate2":
            raise ModelUnusable(
                f"CTranslate2 cannot run {model.name}, a chat model: set ENGINE = auto or transformers."
            )
        from translation.engines import chat_engine

        return chat_engine.load(model, options.device, options.compute_type, options.threads)
    if options.engine in ("auto", "ctranslate2"):
        from translation.engines import ctranslate2_engine

        return ctranslate2_engine.load(
            model,
            options.device,
            options.compute_type,
            options.threads,
            options.cache_dir,
            restrict=options.restrict,
        )
    from translation.engines import transformers_engine

    return transformers_engine.load(model, options.device, options.compute_type, options.threads)
