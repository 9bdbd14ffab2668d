"""The tokens that translations may be made of: the output layer is the largest part of a multilingual model, and most
of it is other languages.

CTranslate2 reads them from a `vmap.txt` beside the weights. Ours is static: one line, the same for every call, for the
union of the languages that the model translates into here. Sets that change from call to call (by direction, by what
the source has) are not possible with 4.8.5: the index of a forced target code is kept from the first set, so that a
later call begins with another token, or ends with an IndexError.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from translation.files import locked, published, read_json
from translation.pieces import SPACE
from translation.resolve import vocabulary_file
from translation.scripts import SCRIPT_OF, script_counts

# Raise it when the rules change, so that folders made by older ones are not used.
_RULES_VERSION = 1
_SPECIAL = re.compile(r"<[^<>]*>|>>[^<>]*<<|__\w+__|[a-z]{3}_[A-Z][a-z]{3}")
_LATIN_1 = re.compile(r"[\x00-\u00ff]*")
_ASCII = re.compile(r"[\x00-\x7f]*")
# Beside another script: abbreviations, and pieces short enough to spell anything.
_LATIN_LETTERS_IN_OTHERS = 4


def is_common(token: str) -> bool:
    """Digits, punctuation, bytes, the end mark: what any translation may need. Codes of languages are not."""
    if _SPECIAL.fullmatch(token):
        return token.startswith("<")
    return not any(character.isalpha() for character in token)


def belongs(token: str, script: str) -> bool:
    """True for a piece that text in `script` (as in `translation.scripts`) is made of, Latin in it included."""
    if _SPECIAL.fullmatch(token):
        return False
    counts = script_counts(token)
    present = {name for name, count in counts.items() if count}
    if not present or not present <= {script, "Latin"}:
        return False
    letters = token.replace(SPACE, "")
    if script == "Latin":
        # Beyond these are the other languages of the Latin script.
        return bool(_LATIN_1.fullmatch(letters))
    if script in present:
        return True
    return bool(_ASCII.fullmatch(letters)) and (
        len(letters) <= _LATIN_LETTERS_IN_OTHERS or any(letter.isupper() for letter in letters)
    )


def vocabulary_map(tokens: Sequence[str], targets: Iterable[str], codes: Collection[str]) -> str:
    """The contents of `vmap.txt` for translations into the languages `targets`, `codes` being what decoding is forced
    to begin with. Tokens with white space, which the format cannot hold, are left out.
    """
    usable = [token for token in tokens if token and not any(mean in token for mean in " \t\r\n")]
    scripts = sorted({SCRIPT_OF[language] for language in targets})
    allowed = (
        token
        for token in usable
        if token in codes or is_common(token) or any(belongs(token, script) for script in scripts)
    )
    return "\t" + " ".join(allowed) + "\n"


def restricted(weights: Path, targets: Collection[str], codes: Collection[str], cache_dir: Path) -> Path:
    """A folder of our own with links to the files of the CTranslate2 model `weights`, which may be read-only, and the
    map beside them. Raises ModelUnusable.
    """
    file = vocabulary_file(weights)
    if file is None:
        return weights  # a model that cannot be loaded either: CTranslate2 says why
    tokens = read_tokens(file)
    text = vocabulary_map(tokens, targets, codes)
    sha = hashlib.sha256(f"{_RULES_VERSION} {weights.resolve()}\n".encode())
    sha.update(text.encode())
    for part in sorted(weights.iterdir()):
        sha.update(f" {part.name}".encode())
    final = cache_dir / "restricted" / sha.hexdigest()[:32]
    with locked(final.parent / f"{final.name}.lock"):
        if not final.exists():
            with published(final) as work:
                for part in weights.iterdir():
                    if part.name != "vmap.txt":
                        (work / part.name).symlink_to(part.resolve())
                (work / "vmap.txt").write_text(text, encoding="utf-8")
    return final


def read_tokens(file: Path) -> list[str]:
    """The tokens of a CTranslate2 vocabulary file, by id."""
    if file.suffix == ".json":
        return [str(token) for token in read_json(file)]
    return file.read_text(encoding="utf-8").split("\n")
