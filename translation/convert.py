"""A Hugging Face folder as a CTranslate2 one: converted once, in a child process, kept under the hash of its weights.

python -m translation.convert SOURCE_FOLDER NEW_FOLDER
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from translation.errors import ModelUnusable
from translation.files import digest, locked, published, read_json
from translation.resolve import vocabulary_file

# Half precision: exact for the starter model, half the disk for NLLB; CTranslate2 makes int8 or float32 of it while
# loading.
_QUANTIZATION = "float16"
# Raise it when `_convert` changes, so that folders made by an older one are not used.
_CONVERTER_VERSION = 1
_TAKES_PART = (
    "*.safetensors",
    "*.safetensors.index.json",
    "config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "sentencepiece*.model",
    "spiece.model",
    "vocab.json",
    "*.spm",
)
# A 3.3B model takes a few minutes from a slow disk; an hour means that it hangs.
_TIMEOUT_SECONDS = 3600


def converted(source: Path, cache_dir: Path) -> Path:
    """The CTranslate2 form of `source`, made if need be; several processes may ask at once. Raises ModelUnusable.

    In a child process, so that torch's and the weights' memory go back when it is done.
    """
    final = cache_dir / "converted" / _key(source, cache_dir)
    with locked(final.parent / f"{final.name}.lock"):
        if not final.exists():
            with published(final) as work:
                _run_child(source, work)
    return final


def _key(source: Path, cache_dir: Path) -> str:
    sha = hashlib.sha256(f"{_CONVERTER_VERSION} {_QUANTIZATION} {importlib.metadata.version('ctranslate2')}".encode())
    for file in sorted({file for pattern in _TAKES_PART for file in source.glob(pattern)}):
        sha.update(f" {file.name}:{digest(file, cache_dir)}".encode())
    return sha.hexdigest()[:32]


def _run_child(source: Path, work: Path) -> None:
    command = [sys.executable, "-m", "translation.convert", str(source.resolve()), str(work.resolve())]
    # `-m` looks in the current directory first: the child finds the same package as this process, installed or not.
    here = Path(__file__).resolve().parents[1]
    try:
        child = subprocess.run(command, cwd=here, capture_output=True, text=True, timeout=_TIMEOUT_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise ModelUnusable(
            f"Converting {source} for CTranslate2 took more than {_TIMEOUT_SECONDS // 60} minutes."
        ) from error
    if child.returncode:
        reason = (child.stderr.strip().splitlines() or [f"exit status {child.returncode}"])[-1]
        raise ModelUnusable(
            f"{source} could not be converted for CTranslate2: {reason}. Try ENGINE = transformers, or fetch the "
            "model again.",
            path=str(source),
            log=child.stderr[-4000:],
        )


def misplaced_codes(vocabulary: Sequence[str], ids: Mapping[str, int]) -> list[str]:
    """The tokens of `ids` that do not sit at their id in the converted vocabulary.

    The model would take one language for another.
    """
    return [token for token, at in ids.items() if not 0 <= at < len(vocabulary) or vocabulary[at] != token]


def _language_ids(tokenizer: Any) -> dict[str, int]:
    """Every language code that the tokenizer has, with its id."""
    codes = ("khk_Cyrl", "zho_Hans", "zho_Hant", "eng_Latn", "__mn__", "__zh__", "__en__", "<2mn>", "<2zh>", "<2en>")
    ids = {code: tokenizer.convert_tokens_to_ids(code) for code in codes}
    return {code: at for code, at in ids.items() if at is not None and at != tokenizer.unk_token_id}


def _convert(source: Path, out: Path) -> None:
    from ctranslate2.converters import TransformersConverter
    from transformers import AutoTokenizer

    class SafeConverter(TransformersConverter):  # type: ignore[misc]
        """Never unpickles, never asks the hub; the codes of M2M-100 are put where its tokenizer has them."""

        def load_model(self, model_class: Any, path: str, **options: Any) -> Any:
            return model_class.from_pretrained(path, use_safetensors=True, local_files_only=True, **options)

        def load_tokenizer(self, tokenizer_class: Any, path: str, **options: Any) -> Any:
            tokenizer = tokenizer_class.from_pretrained(path, local_files_only=True, **options)
            codes = getattr(tokenizer, "lang_token_to_id", None)
            if codes:
                # M2M-100's own tokenizer keeps its codes out of its vocabulary, and transformers 5 no longer puts them
                # where CTranslate2 looks for them.
                vocabulary = {**tokenizer.get_vocab(), **codes}
                tokenizer.get_vocab = lambda: vocabulary
            return tokenizer

    SafeConverter(str(source)).convert(str(out), quantization=_QUANTIZATION, force=True)
    file = vocabulary_file(out)
    if file is None:
        raise ModelUnusable("the converter wrote no vocabulary")
    if read_json(source / "config.json").get("model_type") in ("m2m_100", "t5"):
        tokenizer = AutoTokenizer.from_pretrained(str(source), local_files_only=True)
        ids = _language_ids(tokenizer)
        wrong = misplaced_codes(read_json(file), ids)
        if wrong or not ids:
            raise ModelUnusable(
                f"language codes are not at their tokenizer's ids after conversion: {', '.join(wrong) or 'none found'}"
            )


def main(arguments: Sequence[str]) -> int:
    """The child's entry point. The last line on stderr says what went wrong."""
    source, out = arguments
    # Everything is in the folder: a look at the hub would only cost time, or hang behind a firewall.
    os.environ["HF_HUB_OFFLINE"] = "1"
    _convert(Path(source), Path(out))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
