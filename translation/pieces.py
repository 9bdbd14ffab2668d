"""Text to word pieces with their places in the text, and word pieces back to text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any, Protocol

from translation.errors import ModelUnusable

SPACE = "\u2581"
"""SentencePiece's visible space, the first character of a piece that begins a word."""
UNKNOWN = "<unk>"
_BYTE = re.compile(r"<0x([0-9A-Fa-f]{2})>")


@dataclass(frozen=True)
class Pieces:
    """`starts[i]` is the offset in the text of the first visible character of `tokens[i]`."""

    tokens: tuple[str, ...]
    starts: tuple[int, ...]
    unknown: int


class Splitter(Protocol):
    """Cuts texts into the pieces of one model's vocabulary."""

    def split(self, texts: Sequence[str]) -> list[Pieces]: ...


class TokenizerJson:
    """A Hugging Face `tokenizer.json`, read by the Rust library alone: transformers (and torch) stay out."""

    def __init__(self, path: Path) -> None:
        from tokenizers import Tokenizer

        try:
            self._tokenizer: Any = Tokenizer.from_file(str(path))
        except Exception as error:  # the library raises bare Exception
            raise ModelUnusable(f"{path} is not a tokenizer: {error}. Fetch the model's folder again.") from error
        # "</s>" or "eng_Latn" written in a document is text; as a token it would end or redirect the sentence.
        self._tokenizer.encode_special_tokens = True
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()

    def split(self, texts: Sequence[str]) -> list[Pieces]:
        encodings = self._tokenizer.encode_batch(list(texts), add_special_tokens=False)
        return [
            _located(text, tuple(e.tokens), e.offsets, [t == UNKNOWN for t in e.tokens])
            for text, e in zip(texts, encodings, strict=True)
        ]


class SentencePiece:
    """A SentencePiece model.

    `vocabulary`, where given, is what the translation model knows of its pieces (M2M-100, Marian).
    """

    def __init__(self, path: Path, vocabulary: frozenset[str] | None = None) -> None:
        import sentencepiece

        try:
            self._model: Any = sentencepiece.SentencePieceProcessor(model_file=str(path))
        except (OSError, RuntimeError) as error:
            raise ModelUnusable(f"{path} is not a SentencePiece model: {error}. Fetch the model again.") from error
        self._vocabulary = vocabulary

    def split(self, texts: Sequence[str]) -> list[Pieces]:
        return [self._split(text) for text in texts]

    def vocabulary(self) -> frozenset[str]:
        """Every piece that the model has."""
        return frozenset(self._model.id_to_piece(at) for at in range(self._model.get_piece_size()))

    def _split(self, text: str) -> Pieces:
        found = self._model.encode(text, return_type="proto").pieces
        # SentencePiece counts bytes of UTF-8; everything of ours counts characters.
        character_at = {0: 0}
        for index, byte in enumerate(accumulate(len(character.encode()) for character in text), start=1):
            character_at[byte] = index
        offsets = [(character_at.get(piece.begin, 0), character_at.get(piece.end, len(text))) for piece in found]
        unknown_id = self._model.unk_id()
        known = self._vocabulary
        missing = [piece.id == unknown_id or (known is not None and piece.piece not in known) for piece in found]
        tokens = tuple(piece.piece for piece in found)
        if known is not None:
            tokens = tuple(UNKNOWN if lost else token for token, lost in zip(tokens, missing, strict=True))
        return _located(text, tokens, offsets, missing)


class Apart:
    """Keeps the codes of the model apart from the text: what matches `codes` is cut after its first character.

    "<2es>" written in a document is text; as one piece it would send the sentence into another language.
    """

    def __init__(self, splitter: Splitter, codes: re.Pattern[str]) -> None:
        self._splitter = splitter
        self._codes = codes

    def split(self, texts: Sequence[str]) -> list[Pieces]:
        cuts = [[0, *(match.start() + 1 for match in self._codes.finditer(text)), len(text)] for text in texts]
        parts = [text[start:end] for text, places in zip(texts, cuts, strict=True) for start, end in pairwise(places)]
        found = iter(self._splitter.split(parts))
        return [_chained([(start, next(found)) for start in places[:-1]]) for places in cuts]


def _chained(parts: Sequence[tuple[int, Pieces]]) -> Pieces:
    return Pieces(
        tuple(token for _start, pieces in parts for token in pieces.tokens),
        tuple(start + at for start, pieces in parts for at in pieces.starts),
        sum(pieces.unknown for _start, pieces in parts),
    )


def _located(text: str, tokens: tuple[str, ...], offsets: Sequence[tuple[int, int]], missing: Sequence[bool]) -> Pieces:
    starts = []
    unknown = 0
    for (begin, end), lost in zip(offsets, missing, strict=True):
        while begin < end - 1 and text[begin].isspace():
            begin += 1
        starts.append(begin)
        unknown += lost and any(character.isalpha() for character in text[begin:end])
    return Pieces(tokens, tuple(starts), unknown)


def joined(tokens: Sequence[str]) -> tuple[str, tuple[int, ...]]:
    """The text of target pieces, and the offset in it of the first visible character of each piece.

    Not SentencePiece's own decode: it drops pieces that it does not know, which a shared vocabulary has.
    """
    parts: list[str] = []
    starts: list[int] = []
    length = 0
    pending = bytearray()

    def add(part: str) -> None:
        nonlocal length
        parts.append(part)
        length += len(part)

    def flush() -> None:
        if pending:
            add(pending.decode("utf-8", errors="replace"))
            pending.clear()

    for token in tokens:
        byte = _BYTE.fullmatch(token)
        if byte:
            starts.append(length)
            pending.append(int(byte[1], 16))
            continue
        flush()
        part = token.replace(SPACE, " ")
        if not length:
            part = part.lstrip(" ")
        starts.append(length + len(part) - len(part.lstrip(" ")))
        add(part)
    flush()
    text = "".join(parts).rstrip(" ")
    return text, tuple(min(start, max(len(text) - 1, 0)) for start in starts)
