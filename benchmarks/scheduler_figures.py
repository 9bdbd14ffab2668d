"""The scheduler's figures, each beside a bound or a peer of the same run: `make bench BENCH=scheduler_figures`.

The peers live in an environment of their own, given with `--peers-venv VENV`: `python3 -m venv VENV`, then
`VENV/bin/pip install celery redis packaging huey`; redis-server comes from the system. Prints one table and writes
benchmarks/out/.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from benchmarks.figures import slow_disk
from benchmarks.stopping import stop_as_by_ctrl_c
from cluster.settings import prepare_ray_environment

OUT = Path("benchmarks/out/scheduler_figures.json")
PARTS = ("submits", "tasks", "chunks", "restart", "core")


def main() -> int:
    stop_as_by_ctrl_c()
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", choices=PARTS, nargs="+", default=list(PARTS))
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--submits", type=int, default=1_920)
    parser.add_argument("--tasks", type=int, default=192, help="tiny documents a run")
    parser.add_argument("--texts", type=int, default=1_920, help="short texts, and the peers' no-ops, a run")
    parser.add_argument("--sentences", type=int, default=8_000, help="of the document that is cut into chunks")
    parser.add_argument("--waiting", type=int, default=10_000, help="tasks that wait at the restart")
    parser.add_argument("--waiting-segments", type=int, default=100, help="sentences of each of them")
    parser.add_argument("--gpus", type=int, default=1_000, help="of the simulation; a hundred tasks for each")
    parser.add_argument(
        "--sync-ms", type=float, default=0.0, help="a disk whose syncs take so much longer, for both sides"
    )
    parser.add_argument("--peers-venv", type=Path, help="where celery, redis and huey are installed")
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    if options.sync_ms:
        slow_disk.begin_again(options.sync_ms)
    if options.peers_venv is not None:
        options.peers_venv = options.peers_venv.absolute()
    # Before anything imports Ray, which reads its environment once.
    prepare_ray_environment()
    from benchmarks.figures.bench import GPUS, Bench
    from benchmarks.figures.house import ray_in
    from benchmarks.figures.table import Figure, machine, show, write

    facts = machine()
    figures: list[Figure] = []
    numbers: dict[str, object] = {}
    # Not /tmp, which is memory on many machines: the disk counts.
    options.out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=options.out.parent.absolute(), prefix="figures-") as name:
        folder = Path(name)
        bench = Bench(folder, options)
        with ray_in(folder, GPUS):
            for part in options.only:
                print(f"measuring {part} ...", file=sys.stderr)
                found, raw = getattr(bench, part)()
                figures += found
                numbers |= raw
    for key, value in facts.items():
        print(f"{key}: {value}")
    print(show(figures))
    write(options.out, facts, figures, numbers)
    return 0


if __name__ == "__main__":
    sys.exit(main())
