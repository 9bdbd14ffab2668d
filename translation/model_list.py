"""Several models in one setting: `nllb-200-distilled-1.3B*3, /models/opus-zh-en*1`."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SHARE = re.compile(r"\s*\*\s*(\d+)$")
# A blank must follow the comma, except after a share: a fake model's options and a folder's name may hold commas.
_BETWEEN = re.compile(r",\s+|(?<=\*\d),|(?<=\*\d\d),")
MAX_SHARE = 99


@dataclass(frozen=True)
class Named:
    """A model, as the operator writes it, and its part of the translators: as many parts of all the parts together."""

    model: str
    share: int = 1


def parse(text: str) -> tuple[Named, ...]:
    """-> the models in their order, the preferred one first. Raises ValueError with a sentence."""
    named: list[Named] = []
    for part in filter(None, (part.strip(" ,") for part in _BETWEEN.split(text))):
        share = _SHARE.search(part)
        model = part[: share.start()] if share else part
        if share and not 1 <= int(share[1]) <= MAX_SHARE:
            raise ValueError(f"the share of {model} must be 1 to {MAX_SHARE}")
        if " > " in model:
            raise ValueError(f"a model's name cannot have ' > ' in it: {model}")
        if model in [one.model for one in named]:
            raise ValueError(f"the model {model} is named twice; give it a share instead: {model}*2")
        named.append(Named(model, int(share[1]) if share else 1))
    if not named:
        raise ValueError("no model is named")
    return tuple(named)


def written(models: tuple[Named, ...]) -> str:
    """The setting again: `parse` gives the same back."""
    return ", ".join(one.model if one.share == 1 else f"{one.model}*{one.share}" for one in models)
