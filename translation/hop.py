"""A sentence within one hop: the text that it came with, and what has been made of it."""

from __future__ import annotations

from dataclasses import replace

from translation.batches import Draft, through
from translation.engine import Output

_UNKNOWN_PIECES = "unk"


class Hop:
    """`core` is `text` without the white space around it; `before` the result of the hop before this one."""

    def __init__(self, draft: Draft, text: str, core: str, before: Output | None) -> None:
        self.draft = draft
        self.text = text
        self.core = core
        self.flags: tuple[str, ...] = ()
        self._lead = text.index(core)
        self._before = before
        self._earlier_flags = draft.flags

    def accept(self, output: Output, flags: tuple[str, ...]) -> None:
        """Takes `output` as the draft's result: white space put back, offsets in the draft's own text."""
        self.flags = flags
        lead, tail = self.text[: self._lead], self.text[self._lead + len(self.core) :]
        alignment = output.alignment
        if alignment is not None:
            alignment = tuple((source + self._lead, place + self._lead) for source, place in alignment)
        if self._before is not None:
            alignment = through(self._before.alignment, alignment)
        self.draft.result = replace(output, text=f"{lead}{output.text}{tail}", alignment=alignment)
        # Letters that the model does not know were left out of what it read: no second try can bring them back.
        unread = (_UNKNOWN_PIECES,) if any(part.encoded.unknown for part in self.draft.parts) else ()
        self.draft.flags = tuple(dict.fromkeys((*self._earlier_flags, *flags, *unread)))
