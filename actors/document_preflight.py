"""What a task of a document would find: units, sentences, characters, scripts, languages. Runs in a document worker."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from actors.sentences import sentences
from documents import registry
from documents.model import Archive, Unit
from translation.detection import detect_all, weights
from translation.languages import AUTO, LANGUAGES
from translation.sorting import Plan, ScriptWatch, refuse


def preflight(request: dict[str, Any]) -> dict[str, Any]:
    """-> format, outputs, units, segments, characters (of what would be translated, repeats once), scripts, language (what
    is found, whatever is given), languages (characters of each, every time), notes,
    untouched (files of an archive that are copied as they are).

    `source`: our language code, 'auto' or None; `sources`: the languages that can be translated at all. Raises DocumentError,
    and for the languages what `plan_for` and `ScriptWatch.check` do.
    """
    path = Path(request["path"])
    kind = registry.format_for(request["name"], path)

    def units() -> Iterator[Unit]:
        return kind.read(path)

    found = detect_all(unit.text for unit in units())
    given = request.get("source") or AUTO
    if given == AUTO and found.name:
        refuse(found, request["sources"])
    source = given if given != AUTO else found.language or next(iter(LANGUAGES))
    # No target is known here: every language is to be translated.
    plan = Plan(source, "", frozenset(request["sources"]), is_auto=given == AUTO)
    watch = ScriptWatch(plan)
    texts: Counter[str] = Counter()
    scripts: Counter[str] = Counter()
    for unit in units():
        texts[unit.text] += 1
        scripts.update(weights(unit.text))
        watch.see(unit.text)
    watch.check()
    segments = 0
    distinct: set[str] = set()
    notes: Counter[str] = Counter()
    languages: Counter[str] = Counter()
    for text, count in texts.items():
        for _sentence, one in sentences(text, plan):
            segments += count
            notes.update(dict.fromkeys(one.notes, count))
            if one.language is not None:
                distinct.add(one.text)
                languages[one.language] += count * len(one.text)
    return {
        "format": kind.name,
        "outputs": sorted(output.value for output in kind.outputs),
        "units": texts.total(),
        "segments": segments,
        "characters": sum(map(len, distinct)),
        "scripts": {script: count for script, count in scripts.most_common() if count},
        "language": found.name or None,
        "languages": dict(languages.most_common()),
        "notes": dict(notes),
        "untouched": kind.untouched(path) if isinstance(kind, Archive) else [],
    }
