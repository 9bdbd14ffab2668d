"""A translator without a model: deterministic, instant, in the right script. For tests of everything around it."""

from __future__ import annotations

import json
import os
import re
import time
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from translation.engine import Decoding, Encoded, Output, ranked
from translation.errors import ModelUnusable, UnsupportedPair
from translation.languages import all_pairs
from translation.numerals import amounts

NAME = "fake"
LANGUAGES = frozenset({"mon_Cyrl", "cmn_Hans", "cmn_Hant", "eng_Latn"})
CRASH_MARK = "KHELMERCH_CRASH"
RAISE_MARK = "KHELMERCH_RAISE"
HANG_MARK = "KHELMERCH_HANG"
_HANG_SECONDS = 86_400.0
_EXIT_STATUS = 1

_HAN = (
    "天地人山水火木金土日月年春夏秋冬东西南北上下左右大小多少高低长短"
    "远近新旧红黄蓝白黑书文字语言学校工作生活国家城市道路车船飞机电话"
)
_CYRILLIC = "абвгдезиклмнопрстуөүхцчшя"
_LATIN = "abcdefghijklmnopqrstuvwxyz"
# What a good translation leaves as it is: addresses, placeholders, tags. Then large numbers, and words, one Han character at a
# time.
_TOKEN = re.compile(
    r"(?P<keep>https?://\S+|[\w.+-]+@[\w-]+\.[\w.]+|%[sd]|\{\w*\}|\$\d+|</?\w+/?>)"
    r"|(?P<large>\d+(?:[.,]\d+)? ?(?:[万亿億萬]|million|billion|сая|тэрбум))|(?P<han>[\u3400-\u9fff])|(?P<word>[^\W\d_]+)"
)


@dataclass(frozen=True)
class FakeOptions:
    """From the model's name: `fake:delay=0.01,crash=1,identity=1`.

    `delay`: seconds a sentence. `step`: seconds a batch. `crash`: obey the marks in the text. `identity`: give the
    source back. `pairs`: what it can do, as `mon_Cyrl-eng_Latn+eng_Latn-cmn_Hans`; everything if left out. `name`:
    tells two of them apart. `broken`: it cannot be loaded. `journal`: a file to which every text is added when its
    translation begins, as a line of JSON [Unix seconds, process, text]; its name may have no comma.
    """

    delay: float = 0.0
    step: float = 0.0
    crash: bool = False
    identity: bool = False
    journal: str = ""
    pairs: frozenset[tuple[str, str]] = all_pairs(LANGUAGES)
    broken: bool = False

    @classmethod
    def parse(cls, model: str) -> FakeOptions:
        """Raises ModelUnusable for an option that it does not know."""
        values: dict[str, float] = {}
        journal = ""
        pairs = all_pairs(LANGUAGES)
        for part in filter(None, re.split("[,&]", re.sub("^fake[:?]?", "", model))):
            key, _, value = part.partition("=")
            if key == "journal":
                journal = value
                continue
            if key == "pairs":
                pairs = _pairs(value)
                continue
            if key == "name":
                continue
            if key not in ("delay", "step", "crash", "identity", "broken"):
                raise ModelUnusable(
                    f"Unknown option {key!r} of the fake model: use delay, step, crash, identity, pairs, name, broken or "
                    "journal."
                )
            try:
                values[key] = float(value or "1")
            except ValueError as error:
                raise ModelUnusable(f"Option {key} of the fake model wants a number, not {value!r}.") from error
        return cls(
            values.get("delay", 0.0),
            values.get("step", 0.0),
            bool(values.get("crash")),
            bool(values.get("identity")),
            journal,
            pairs,
            bool(values.get("broken")),
        )


def _pairs(value: str) -> frozenset[tuple[str, str]]:
    found = frozenset((source, target) for source, _, target in (pair.partition("-") for pair in value.split("+")))
    if not found <= all_pairs(LANGUAGES | {"mon_Mong"}):
        raise ModelUnusable(f"Option pairs of the fake model wants pairs such as mon_Cyrl-eng_Latn, not {value!r}.")
    return found


class FakeEngine:
    """Every word becomes a word of the target script, always the same one; numbers, marks and addresses stay."""

    device = "cpu"
    chunk_seconds = 1.0
    parallel = 1
    max_source_tokens = 256

    def __init__(self, options: FakeOptions, sleep: Callable[[float], None] = time.sleep) -> None:
        if options.broken:
            raise ModelUnusable("The fake model was told to fail when it is loaded.")
        self.name = NAME
        self._options = options
        self._sleep = sleep

    def pairs(self) -> frozenset[tuple[str, str]]:
        return self._options.pairs

    def encode(self, texts: Sequence[str], source: str, target: str) -> list[Encoded]:
        if (source, target) not in self.pairs():
            raise UnsupportedPair(
                f"The fake model cannot translate from {source} to {target}.", source=source, target=target
            )
        return [_encoded(text) for text in texts]

    def generate(
        self, batch: Sequence[Encoded], source: str, target: str, decoding: Decoding, *, align: bool = False
    ) -> list[Output]:
        if self._options.journal:
            self._note(batch)
        if self._options.crash:
            for item in batch:
                if CRASH_MARK in item.text:
                    # As a segmentation fault would end it: no clean-up, no answer.
                    os._exit(_EXIT_STATUS)
                if HANG_MARK in item.text:
                    self._sleep(_HANG_SECONDS)
                if RAISE_MARK in item.text:
                    raise RuntimeError(f"the fake model was told to fail by {RAISE_MARK}")
        wait = self._options.step + self._options.delay * len(batch)
        if wait:
            self._sleep(wait)
        return ranked(
            [self._translate(item, target, rank) for item in batch for rank in range(decoding.hypotheses)],
            decoding.hypotheses,
        )

    def close(self) -> None:
        """Nothing to free."""

    def _note(self, batch: Sequence[Encoded]) -> None:
        # One write to a file opened for appending: whole lines, also from several processes.
        now, pid = time.time(), os.getpid()
        with Path(self._options.journal).open("ab", buffering=0) as journal:
            lines = [json.dumps([now, pid, item.text], ensure_ascii=False) + "\n" for item in batch]
            journal.write("".join(lines).encode())

    def _translate(self, item: Encoded, target: str, rank: int = 0) -> Output:
        if self._options.identity:
            places = tuple((m.start(), m.start()) for m in _TOKEN.finditer(item.text))
            return Output(item.text, 0.0, len(item.tokens), places)
        parts: list[str] = []
        alignment: list[tuple[int, int]] = []
        length = last = 0
        for match in _TOKEN.finditer(item.text):
            gap = item.text[last : match.start()]
            if match["large"]:
                new = str(int(max(amounts(match[0])[0].values)))  # 150万 in digits
            else:
                new = match[0] if match["keep"] else _word(match[0], target, rank)
            if target.startswith("cmn") and gap == " ":
                gap = ""
            elif match["han"] and not gap and parts and not target.startswith("cmn"):
                gap = " "
            alignment.append((match.start(), length + len(gap)))
            parts += [gap, new]
            length += len(gap) + len(new)
            last = match.end()
        parts.append(item.text[last:])
        return Output("".join(parts), 0.0, len(alignment) + 1, tuple(alignment))


def _encoded(text: str) -> Encoded:
    matches = list(_TOKEN.finditer(text))
    return Encoded(text, (*(match[0] for match in matches), "</s>"), (*(match.start() for match in matches), -1))


@lru_cache(maxsize=4096)
def _word(word: str, target: str, rank: int) -> str:
    """A pseudo-word of about the length that a translation of `word` has; another one for each rank.

    Not `hash`: that differs between processes.
    """
    seed = zlib.crc32(f"{target} {word.lower()}{rank or ''}".encode())
    han = "\u3400" <= word[0] <= "\u9fff"
    if target.startswith("cmn"):
        alphabet, size = _HAN, max(1, round(len(word) / 3))
    else:
        alphabet, size = (_CYRILLIC if target == "mon_Cyrl" else _LATIN), (4 if han else len(word))
    letters = []
    for _ in range(size):
        # A linear congruential step (Numerical Recipes' constants): enough to make words differ.
        seed = (seed * 1664525 + 1013904223) % 2**32
        letters.append(alphabet[(seed >> 16) % len(alphabet)])
    new = "".join(letters)
    return new.capitalize() if word[0].isupper() and not target.startswith("cmn") else new
