"""A sentence within one hop: the text that it came with, and what has been made of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from translation.batches import Draft, Part, assemble, through
from translation.engine import Output
from translation.ladder import Attempt

_UNKNOWN_PIECES = "unk"


class Hop:
    """`core` is `text` without the white space around it; `before` the result of the hop before this one."""

    def __init__(self, draft: Draft, text: str, core: str, before: Output | None, attempt: Attempt) -> None:
        self.draft = draft
        self.attempt = attempt
        """How the model is asked now."""
        self.counts: list[int] = []
        """How many of the draft's parts belong to each text of the attempt."""
        self.text = text
        self.core = core
        self.flags: tuple[str, ...] = ()
        self._lead = text.index(core)
        self._before = before
        self._earlier_flags = draft.flags

    def ask(self, attempt: Attempt, parts: Sequence[Sequence[Part]]) -> None:
        """The next try: `parts` are those of each text of the attempt."""
        self.attempt = attempt
        self.counts = [len(some) for some in parts]
        self.draft.parts = [part for some in parts for part in some]

    def joined(self, outputs: Sequence[Output], target: str) -> Output:
        """One translation of the sentence, out of those of the draft's parts."""
        texts = []
        at = 0
        for count in self.counts:
            texts.append(assemble(self.draft.parts[at : at + count], outputs[at : at + count], target))
            at += count
        return self.attempt.joined(texts)

    def spaced(self, text: str) -> str:
        """A translation of `core` with the white space of `text` around it."""
        return f"{self.text[: self._lead]}{text}{self.text[self._lead + len(self.core) :]}"

    def accept(self, output: Output, flags: tuple[str, ...]) -> None:
        """Takes `output` as the draft's result: white space put back, offsets in the draft's own text."""
        self.flags = flags
        alignment = output.alignment
        if alignment is not None:
            alignment = tuple((source + self._lead, place + self._lead) for source, place in alignment)
        if self._before is not None:
            alignment = through(self._before.alignment, alignment)
        self.draft.result = replace(output, text=self.spaced(output.text), alignment=alignment)
        # Letters that the model does not know were left out of what it read: no second try can bring them back.
        unread = (_UNKNOWN_PIECES,) if any(part.encoded.unknown for part in self.draft.parts) else ()
        self.draft.flags = tuple(dict.fromkeys((*self._earlier_flags, *flags, *unread)))
