"""BLEU of the whole path (upload, queue, translator, download) beside CTranslate2 called directly on the same lines.

    KHELMERCH_MODEL_MODEL=/path/zh_en.argosmodel KHELMERCH_MODEL_BEAM_SIZE=2 khelmerch up
    python benchmarks/bleu_whole_path.py --model /path/zh_en.argosmodel --data flores_dev_510.tsv --beam 2

The server must run the same model and beam; `--device` and `--compute-type` are those of the direct call. The data's
columns are id, Mongolian, Chinese, English. Exit status 1 when the two differ by more than `--tolerance` BLEU.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from typing import Any

import ctranslate2
import httpx
import sacrebleu
import sentencepiece

_POLL_SECONDS = 0.5
_TERMINAL = {"completed", "failed", "cancelled", "timeout"}
_COLUMNS = {"mon_Cyrl": 1, "cmn_Hans": 2, "eng_Latn": 3}


def main() -> int:
    """Prints both scores and their difference."""
    options = _options()
    rows = [line.split("\t") for line in Path(options.data).read_text(encoding="utf-8").splitlines()][: options.lines]
    sources = [row[_COLUMNS["cmn_Hans"]] for row in rows]
    references = [row[_COLUMNS["eng_Latn"]] for row in rows]

    began = time.monotonic()
    served = _through_server(options.url, sources, options.timeout, options.token)
    served_seconds = time.monotonic() - began
    began = time.monotonic()
    direct = _direct(Path(options.model), sources, options)
    direct_seconds = time.monotonic() - began

    bleu = sacrebleu.BLEU()
    through_server = bleu.corpus_score(served, [references]).score
    called_directly = bleu.corpus_score(direct, [references]).score
    difference = abs(through_server - called_directly)
    same = sum(a == b for a, b in zip(served, direct, strict=True))
    print(f"lines            {len(sources)}, beam {options.beam}, {bleu.get_signature()}")
    print(f"through server   BLEU {through_server:.2f}  {served_seconds:.1f} s")
    print(
        f"direct call      BLEU {called_directly:.2f}  {direct_seconds:.1f} s  (ctranslate2 {ctranslate2.__version__})"
    )
    print(f"difference       {difference:.2f} (at most {options.tolerance}), {same} lines word for word the same")
    return int(difference > options.tolerance)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--model", required=True, help="the .argosmodel that the server runs")
    parser.add_argument("--data", required=True, help="tab-separated: id, Mongolian, Chinese, English")
    parser.add_argument("--lines", type=int, default=200)
    parser.add_argument("--beam", type=int, default=2)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--compute-type", default="int8")
    parser.add_argument(
        "--threads", type=int, default=0, help="CPU threads of the direct call, 0 for CTranslate2's choice"
    )
    parser.add_argument("--tolerance", type=float, default=0.3)
    parser.add_argument("--timeout", type=float, default=900.0, help="seconds that the task may take")
    parser.add_argument("--token", default="", help="API key, where the server asks for one")
    return parser.parse_args()


def _through_server(url: str, lines: list[str], timeout: float, token: str) -> list[str]:
    content = ("\n".join(lines) + "\n").encode()
    translated = served(url, "lines.txt", content, timeout, token).decode("utf-8").splitlines()
    if len(translated) != len(lines):
        raise SystemExit(f"{len(lines)} lines went in, {len(translated)} came out")
    return translated


def served(url: str, name: str, content: bytes, timeout: float, token: str) -> bytes:
    """The translation of a document, Chinese to English, by the server at `url`."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    with httpx.Client(base_url=url, timeout=60.0, headers=headers) as client:
        answer = client.post(
            "/translate/files",
            files={"files": (name, content)},
            data={"source_lang": "cmn_Hans", "target_lang": "eng_Latn", "client_ip": "benchmark"},
        )
        task_id = _json(answer)["task_id"]
        deadline = time.monotonic() + timeout
        while (task := _json(client.get("/task_status", params={"task_id": task_id})))["status"] not in _TERMINAL:
            if time.monotonic() > deadline:
                raise SystemExit(f"task {task_id} is still {task['status']} after {timeout:.0f} s")
            time.sleep(_POLL_SECONDS)
        if task["status"] != "completed":
            raise SystemExit(f"task {task_id} ended as {task['status']}: {task.get('error_message')}")
        result = client.get(f"/tasks/{task_id}/files/1")
        result.raise_for_status()
    return result.content


def _json(answer: httpx.Response) -> dict[str, Any]:
    if answer.is_error:
        raise SystemExit(f"{answer.request.url}: {answer.status_code} {answer.text}")
    contents: dict[str, Any] = answer.json()
    return contents


def _direct(package: Path, lines: list[str], options: argparse.Namespace) -> list[str]:
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(package) as archive:
        for name in archive.namelist():
            if "/model/" in name or name.endswith("sentencepiece.model"):
                archive.extract(name, folder)
        root = next(Path(folder).rglob("sentencepiece.model")).parent
        pieces = sentencepiece.SentencePieceProcessor(model_file=str(root / "sentencepiece.model"))
        translator = ctranslate2.Translator(
            str(root / "model"), device=options.device, compute_type=options.compute_type, intra_threads=options.threads
        )
        results = translator.translate_batch(
            [pieces.encode(line, out_type=str) for line in lines],
            beam_size=options.beam,
            max_batch_size=2048,
            batch_type="tokens",
        )
    return ["".join(result.hypotheses[0]).replace("\u2581", " ").strip() for result in results]


if __name__ == "__main__":
    sys.exit(main())
