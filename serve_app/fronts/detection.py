"""Which language a text is in, by its letters: each script of ours stands for one language."""

from __future__ import annotations

from translation.scripts import LANGUAGE_OF, script_counts


def detect(text: str) -> list[tuple[str, float]]:
    """-> (our code, share of the letters, 0 to 1) of every language whose script is in the text, the likeliest first."""
    counts = script_counts(text)
    total = counts.total()
    return [
        (LANGUAGE_OF[script], count / total) for script, count in counts.most_common() if count and script != "other"
    ]
