"""BLEU of a whole Word document beside its sentences one by one: what is lost by splitting paragraphs and joining them again.

    KHELMERCH_MODEL_MODEL=/path/zh_en.argosmodel khelmerch up
    python -m benchmarks.document_quality --data flores_dev_510.tsv

The data's columns are id, Mongolian, Chinese, English. Five lines make a paragraph of a .docx; the same lines go to the same
server as a .txt, a line each, and their translations are glued in the same way. Both are scored by paragraphs against the
glued references. Exit status 1 when the document is worse by more than `--tolerance` BLEU.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Sequence
from pathlib import Path

import docx
import sacrebleu

from benchmarks.bleu_whole_path import served

LINES_A_PARAGRAPH = 5


def glued(lines: Sequence[str], gap: str) -> list[str]:
    return [gap.join(lines[start : start + LINES_A_PARAGRAPH]) for start in range(0, len(lines), LINES_A_PARAGRAPH)]


def as_docx(paragraphs: Sequence[str]) -> bytes:
    document = docx.Document()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    content = io.BytesIO()
    document.save(content)
    return content.getvalue()


def paragraphs_of(content: bytes) -> list[str]:
    return [paragraph.text for paragraph in docx.Document(io.BytesIO(content)).paragraphs]


def main() -> int:
    """Prints both scores and their difference."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--lines", type=int, default=510)
    parser.add_argument("--tolerance", type=float, default=0.5)
    parser.add_argument("--timeout", type=float, default=1800.0, help="seconds that a document may take")
    parser.add_argument("--token", default="", help="API key, where the server asks for one")
    options = parser.parse_args()
    rows = [line.split("\t") for line in options.data.read_text(encoding="utf-8").splitlines()][: options.lines]
    chinese = [row[2].strip() for row in rows]
    references = glued([row[3].strip() for row in rows], " ")

    whole = paragraphs_of(
        served(options.url, "whole.docx", as_docx(glued(chinese, "")), options.timeout, options.token)
    )
    lines = served(options.url, "lines.txt", "\n".join(chinese).encode(), options.timeout, options.token)
    alone = glued(lines.decode("utf-8").splitlines(), " ")
    if not len(whole) == len(alone) == len(references):
        raise SystemExit(f"{len(references)} paragraphs went in, {len(whole)} and {len(alone)} came out")
    bleu = sacrebleu.BLEU()
    as_document, by_lines = (bleu.corpus_score(texts, [references]).score for texts in (whole, alone))
    same = sum(one == other for one, other in zip(whole, alone, strict=True))
    print(f"lines        {len(rows)} in {len(references)} paragraphs, {bleu.get_signature()}")
    print(f"document     BLEU {as_document:.2f}")
    print(f"line by line BLEU {by_lines:.2f}")
    print(f"difference   {as_document - by_lines:+.2f} (at least -{options.tolerance}), {same} paragraphs the same")
    return int(by_lines - as_document > options.tolerance)


if __name__ == "__main__":
    sys.exit(main())
