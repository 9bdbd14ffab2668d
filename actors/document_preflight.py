"""What a task of a document would find: units, sentences, characters, scripts. Runs in a document worker."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from documents import registry
from documents.model import Archive
from translation.guards import has_letters
from translation.scripts import LANGUAGE_OF, script_counts
from translation.segmentation import split

DEFAULT_LANGUAGE = "eng_Latn"
"""By whose rules sentences are split where nobody says what language it is."""


def preflight(request: dict[str, Any]) -> dict[str, Any]:
    """-> format, outputs, units, segments, characters (of what would be translated, repeats once), scripts, language,
    untouched (files of an archive that are copied as they are).

    `source`: our language code, or None to go by the script of most letters. Raises DocumentError.
    """
    path = Path(request["path"])
    kind = registry.format_for(request["name"], path)
    texts: Counter[str] = Counter()
    scripts: Counter[str] = Counter()
    for unit in kind.read(path):
        texts[unit.text] += 1
        scripts.update(script_counts(unit.text))
    found = {script: count for script, count in scripts.most_common() if count}
    guessed = LANGUAGE_OF.get(next(iter(found), ""))
    language = request.get("source") or guessed or DEFAULT_LANGUAGE
    segments = 0
    distinct: set[str] = set()
    for text, count in texts.items():
        sentences = [sentence.text for sentence in split(text, language)]
        segments += count * len(sentences)
        distinct.update(filter(has_letters, sentences))
    return {
        "format": kind.name,
        "outputs": sorted(output.value for output in kind.outputs),
        "units": texts.total(),
        "segments": segments,
        "characters": sum(map(len, distinct)),
        "scripts": found,
        "language": guessed,
        "untouched": kind.untouched(path) if isinstance(kind, Archive) else [],
    }
