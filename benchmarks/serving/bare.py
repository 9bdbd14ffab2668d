"""The same sentences through `ctranslate2.translate_batch`, without anything of ours: the bound."""

from __future__ import annotations

import time
import zipfile
from collections.abc import Sequence
from pathlib import Path

import ctranslate2
import sentencepiece


class Bare:
    """An .argosmodel, unpacked into `folder`. threads: intra_threads of CTranslate2, workers: its inter_threads."""

    def __init__(self, package: Path, folder: Path, compute_type: str, threads: int, workers: int = 1) -> None:
        with zipfile.ZipFile(package) as archive:
            wanted = [name for name in archive.namelist() if "/model/" in name or name.endswith("sentencepiece.model")]
            archive.extractall(folder, wanted)
        root = next(folder.rglob("sentencepiece.model")).parent
        self._pieces = sentencepiece.SentencePieceProcessor(model_file=str(root / "sentencepiece.model"))
        self._translator = ctranslate2.Translator(
            str(root / "model"), device="cpu", compute_type=compute_type, inter_threads=workers, intra_threads=threads
        )

    def seconds(self, sentences: Sequence[str], beam: int, batch_tokens: int) -> float:
        """-> seconds from text to text of all of them in one call, which sorts and batches by itself."""
        began = time.monotonic()
        results = self._translator.translate_batch(
            [self._pieces.encode(sentence, out_type=str) for sentence in sentences],
            beam_size=beam,
            max_batch_size=batch_tokens,
            batch_type="tokens",
            max_input_length=0,
        )
        for result in results:
            self._pieces.decode(result.hypotheses[0])
        return time.monotonic() - began
