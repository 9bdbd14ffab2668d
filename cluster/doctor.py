"""`khelmerch doctor`: looks at this machine and the settings, and says of each thing that it is fine or what to do.

Nothing is started, and no large library is imported: versions come from the installed packages' metadata.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from cluster import doctor_gpu, doctor_host
from cluster.doctor_check import Check, fail, ok
from cluster.errors import SettingsError
from cluster.settings import Settings, load


def examine(config: Path | None = None) -> list[Check]:
    """Every check, in the order they should be read. With wrong settings the rest is checked against the defaults."""
    try:
        settings, of_settings = load(config), None
    except SettingsError as error:
        settings = Settings(project_dir=Path.cwd())
        of_settings = [
            fail("config", problem, "correct it; `khelmerch config --template` shows every key")
            for problem in error.problems
        ]
    nvidia = doctor_gpu.read_nvml()
    steps: list[Callable[[Settings], list[Check]]] = [
        doctor_host.python,
        doctor_host.sqlite,
        doctor_host.packages,
        lambda given: doctor_gpu.driver(given, nvidia),
        lambda given: doctor_gpu.cuda_libraries(given, nvidia),
        doctor_host.disk,
        doctor_host.memory,
        doctor_host.ports,
        doctor_host.libreoffice,
        _model,
    ]
    checks = of_settings if of_settings is not None else [ok("config", settings.source)]
    for step in steps:
        checks += step(settings)
    return checks


def _model(settings: Settings) -> list[Check]:
    from translation.model_list import parse

    return [_one_model(one.model, settings) for one in parse(settings.model.model)]


def _one_model(model: str, settings: Settings) -> Check:
    from translation.errors import TranslationError
    from translation.factory import describe

    try:
        found = describe(model, settings.storage.models_dir)
    except TranslationError as error:
        return fail("model", str(error), "set [MODEL] MODEL to a model that is there; see `khelmerch models`")
    detail = f"{found.name}: {found.architecture}, {found.licence}, {', '.join(found.languages)}"
    if found.starter:
        return ok("model", f"{detail}. For trying out only; for real work set MODEL = nllb-200-distilled-1.3B")
    return ok("model", detail)
