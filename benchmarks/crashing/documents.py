"""Documents whose sentences occur nowhere else, and the results that the fake engine must give for them."""

from __future__ import annotations

import json
import random
import tempfile
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

from actors.document_worker import assemble, prepare
from documents.naming import result_name
from translation.engine import Decoding
from translation.engines.fake import FakeEngine, FakeOptions
from translation.runner import Item, Runner, Work

SOURCE = "mon_Cyrl"
_LETTERS = "абвгдезиклмнопрстуүхцчшя"
_TYPES = (
    '<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
)
_RELATIONSHIPS = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="word/document.xml"/></Relationships>'
)
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def sentence(rng: random.Random, number: int) -> str:
    """-> a sentence that no other `number` gives: the number stands in it, written in letters."""
    mark = ""
    while True:
        mark += _LETTERS[number % len(_LETTERS)]
        number //= len(_LETTERS)
        if not number:
            break
    words = ["".join(rng.choices(_LETTERS, k=rng.randint(3, 9))) for _ in range(rng.randint(3, 8))]
    return " ".join([words[0].capitalize(), "я".join(("ү", mark, "ү")), *words[1:]]) + "."


def txt(sentences: list[str]) -> bytes:
    """Two sentences a line."""
    return "".join(" ".join(sentences[at : at + 2]) + "\n" for at in range(0, len(sentences), 2)).encode()


def docx(sentences: list[str]) -> bytes:
    """Two sentences a paragraph, the second in bold, so that formatting must be put back."""
    body = ""
    for at in range(0, len(sentences), 2):
        first, rest = sentences[at], "".join(f" {one}" for one in sentences[at + 1 : at + 2])
        bold = f'<w:r><w:rPr><w:b/></w:rPr><w:t xml:space="preserve">{rest}</w:t></w:r>' if rest else ""
        body += f'<w:p><w:r><w:t xml:space="preserve">{first}</w:t></w:r>{bold}</w:p>'
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml", _TYPES)
        package.writestr("_rels/.rels", _RELATIONSHIPS)
        package.writestr(
            "word/document.xml",
            f'<?xml version="1.0" encoding="UTF-8"?><w:document xmlns:w="{_WORD}"><w:body>{body}</w:body></w:document>',
        )
    return out.getvalue()


class Expected:
    """Makes results in this process, through the same steps as the server, with the same engine."""

    def __init__(self) -> None:
        self._runner = Runner(FakeEngine(FakeOptions()), Decoding(), batch_tokens=100_000)

    def texts(self, sentences: list[str], target: str, *, align: bool = False) -> list[Any]:
        items = tuple(Item(text, "", align) for text in sentences)
        work = Work("expected", SOURCE, target, via_eng=False, urgent=False, items=items)
        return list(self._runner.submit(work).result().answers)

    def file(self, name: str, data: bytes, target: str) -> tuple[str, bytes]:
        """-> (name of the result, its bytes)."""
        with tempfile.TemporaryDirectory() as folder:
            source, listing, out = (Path(folder) / part for part in (f"source{Path(name).suffix}", "listing", "out"))
            source.write_bytes(data)
            request = {"path": str(source), "name": name, "source": SOURCE, "target": target, "sources": [SOURCE]}
            rows = prepare({**request, "out": str(listing)})["rows"]
            if rows is None:  # too many to travel in the answer
                rows = [json.loads(line) for line in listing.read_text(encoding="utf-8").splitlines()]
            for row in rows:
                if row[5] is None:
                    assert row[4] is None, "every sentence must be one of its kind"
                    (answer,) = self.texts([row[2]], target, align=row[3])
                    row[3], row[4] = answer.text, answer.alignment
                else:
                    row[3], row[4] = row[5], None
            assemble({**request, "rows": [[*row[:5], [], [], None, None, None] for row in rows], "out": str(out)})
            return result_name(name, target), out.read_bytes()

    def close(self) -> None:
        self._runner.close()


def same(name: str, one: bytes, other: bytes) -> bool:
    """Are two results equal? Packages are compared part by part: the times in them may differ."""
    if not name.endswith(".docx"):
        return one == other
    return _parts(one) == _parts(other)


def _parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(data)) as package:
        return {name: package.read(name) for name in package.namelist()}
