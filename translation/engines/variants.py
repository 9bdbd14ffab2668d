"""Chinese in the script that a model lacks, or writes less well: it works with the other one, and OpenCC converts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import overload

from translation.chinese import HANS, HANT, converted, in_script
from translation.engine import Decoding, Encoded, Engine, Output

_SCRIPTS = frozenset({HANS, HANT})
Way = tuple[str, str]


def with_variants(pairs: Iterable[Way]) -> frozenset[Way]:
    """What a model with these directions can do when Chinese is converted; from one script of it into the other always."""
    own = frozenset(pairs)
    if not own:
        return own  # what the model can do is not known yet
    into = {(source, HANT) for source, target in own if target == HANS and source not in _SCRIPTS}
    out_of = {(HANT, target) for source, target in own if source == HANS and target not in _SCRIPTS}
    return own | into | out_of | {(HANS, HANT), (HANT, HANS)}


class Variants:
    """An engine around another. weak_hant: the model knows traditional Chinese, and its simplified is better (NLLB)."""

    def __init__(self, inner: Engine, *, weak_hant: bool) -> None:
        self.name = inner.name
        self.device = inner.device
        self.max_source_tokens = inner.max_source_tokens
        self.chunk_seconds = inner.chunk_seconds
        self.parallel = inner.parallel
        self.inner = inner
        self._own = inner.pairs()
        self._weak_hant = weak_hant

    def pairs(self) -> frozenset[Way]:
        return with_variants(self._own)

    def encode(self, texts: Sequence[str], source: str, target: str) -> list[Encoded]:
        if _is_conversion(source, target):
            # Nothing limits its length: one piece.
            return [Encoded(text, (text,), (0,)) for text in texts]
        way = self._way(source, target)
        given = [_simplified(text) for text in texts] if way[0] != source else texts
        return self.inner.encode(given, *way)

    def generate(
        self, batch: Sequence[Encoded], source: str, target: str, decoding: Decoding, *, align: bool = False
    ) -> Sequence[Output]:
        if _is_conversion(source, target):
            return [_conversion(item.text, target, align=align) for item in batch]
        way = self._way(source, target)
        outputs = self.inner.generate(batch, *way, decoding, align=align)
        return outputs if way[1] == target else _InScript(outputs, target)

    def close(self) -> None:
        self.inner.close()

    def _way(self, source: str, target: str) -> Way:
        """What the model is asked for instead."""
        into = target
        if target == HANT and (source, HANS) in self._own and (self._weak_hant or (source, HANT) not in self._own):
            into = HANS
        return HANS if source == HANT and (HANT, into) not in self._own else source, into


def _is_conversion(source: str, target: str) -> bool:
    return source in _SCRIPTS and target in _SCRIPTS


def _simplified(text: str) -> str:
    """As long as `text`, so that places in it stay."""
    new = converted(text, HANS)
    return new if len(new) == len(text) else "".join(converted(char, HANS)[:1] or char for char in text)


def _conversion(text: str, target: str, *, align: bool) -> Output:
    places = tuple((n, n) for n in range(len(text))) if align else None
    return in_script(Output(text, None, len(text), places), target)


class _InScript(Sequence[Output]):
    """Outputs that are converted when they are read, which is not in the thread that decodes."""

    def __init__(self, outputs: Sequence[Output], target: str) -> None:
        self._outputs = outputs
        self._target = target

    def __len__(self) -> int:
        return len(self._outputs)

    @overload
    def __getitem__(self, index: int) -> Output: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Output]: ...
    def __getitem__(self, index: int | slice) -> Output | Sequence[Output]:
        if isinstance(index, slice):
            return _InScript(self._outputs[index], self._target)
        output = self._outputs[index]
        others = tuple(in_script(other, self._target) for other in output.others)
        return replace(in_script(output, self._target), others=others)
