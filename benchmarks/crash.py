"""Kills the processes of a real server under load, and looks whether it kept its promises.

    python -m benchmarks.crash --kills 200 --seed 7

The server is the harness's own: free ports, a folder of its own, the fake engine on two logical GPUs; nothing else on
the machine is touched. Ends with 1 and the list of violations when an accepted task is lost or failed, a result is not
whole, a sentence was translated again after its checkpoint, or something is left behind.
"""

from __future__ import annotations

import argparse
import contextlib
import shutil
import statistics
import sys
import tempfile
import time
from bisect import bisect_right
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from benchmarks.crashing import audit
from benchmarks.crashing.kills import Kill, Killer
from benchmarks.crashing.load import Load
from benchmarks.crashing.server import Server, UpFailed, kill
from benchmarks.stopping import stop_as_by_ctrl_c

DELAY_SECONDS = 0.02
"""A sentence takes this long: two translators do 100 a second, so that a task of 150 is often met in the middle."""
GPUS = 2
CLIENTS = 6


@dataclass
class Outcome:
    """What a run came to. `wrong`: violations, empty when every promise was kept."""

    lines: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        verdict = [f"VIOLATION: {one}" for one in self.wrong] or ["Every promise was kept."]
        return "\n".join([*self.lines, *verdict])


def run(kills: int, seed: int, folder: Path) -> Outcome:
    """Start a server in `folder`, kill, wait, check, stop. Whatever happens, nothing of it goes on running."""
    outcome = Outcome()
    server = Server(folder, DELAY_SECONDS, GPUS)
    server.prepare()
    began = time.monotonic()
    load = Load(server.url, seed, CLIENTS)

    def say(line: str) -> None:
        print(f"{time.monotonic() - began:6.1f} s  {line}", file=sys.stderr, flush=True)

    killer = Killer(server, seed, load.answered, say)
    try:
        server.up()
        say(f"up: {server.url}, {folder}")
        load.start()
        killer.run(kills)
        load.stop()
        say("the clients have stopped")
        outcome.wrong += killer.wrong + load.wrong
        unsettled = audit.settle(server)
        say("the work is done")
        outcome.wrong += unsettled or audit.running(server, load.promises)
        say("every task and result was looked at")
        before = server.processes()
        server.down()
        say("down")
        psutil.wait_procs(before, timeout=5.0)
        left = [_named(process) for process in before if process.is_running() and _named(process)]
        outcome.wrong += audit.stopped(server, load.promises, left)
        outcome.lines += _report(server, load, killer.kills, time.monotonic() - began)
    except UpFailed as error:
        outcome.wrong += [*killer.wrong, str(error)]
    finally:
        # Also when the run was interrupted: first the server, so that nobody waits for its answers.
        kill(server.processes())
        load.abandon()
    return outcome


def _named(process: psutil.Process) -> str:
    with contextlib.suppress(psutil.Error):
        if process.status() != psutil.STATUS_ZOMBIE:
            return f"{process.pid} {' '.join(process.cmdline())[:100]}"
    return ""


def _report(server: Server, load: Load, kills: list[Kill], seconds: float) -> list[str]:
    with server.database() as connection:
        checkpoints = [at for (at,) in connection.execute("SELECT at FROM crash_checkpoints ORDER BY at")]
        states = connection.execute("SELECT status, count(*) FROM tasks GROUP BY status ORDER BY status").fetchall()
        files = connection.execute("SELECT count(*) FROM task_files WHERE status = 'completed'").fetchone()[0]
    answers = sorted(load.answers)
    lines = [
        f"{'killed':<12}{'times':>6}{'next checkpoint after (s)':>30}{'next answer after (s)':>26}{'`up` took (s)':>18}",
        f"{'':<12}{'':>6}{'median':>20}{'max':>10}{'median':>16}{'max':>10}{'max':>18}",
    ]
    for kind in sorted({one.kind for one in kills}):
        mine = [one for one in kills if one.kind == kind and one.found]
        checkpoint = [_after(checkpoints, one) for one in mine]
        answer = [_answered(answers, one) for one in mine]
        ups = [one.up_seconds for one in mine if one.up_seconds is not None]
        lines.append(
            f"{kind:<12}{len(mine):>6}{_middle(checkpoint):>20}{_most(checkpoint):>10}{_middle(answer):>16}{_most(answer):>10}"
            f"{_most(list(ups)):>18}"
        )
    sentences, again = audit.repeated(server.journal)
    broken = ", ".join(f"{count} {name}" for name, count in sorted(load.broken.items()))
    return [
        *lines,
        f"{len(kills)} kills in {seconds:.0f} s. {len(load.promises)} tasks were acknowledged; in the database: "
        + ", ".join(f"{count} {status}" for status, count in states)
        + f"; {files} result files.",
        f"{load.texts} short texts were right. Requests that broke off or got a 5xx: {broken or 'none'}.",
        f"{sentences} sentences were begun, {again} of them more than once (in work when something died).",
    ]


def _after(times: list[float], of: Kill) -> float | None:
    """-> seconds from the kill to the first checkpoint of what was mended."""
    place = bisect_right(times, of.since)
    return times[place] - of.at if place < len(times) else None


def _answered(answers: list[tuple[float, float]], of: Kill) -> float | None:
    return min((ended - of.at for began, ended in answers if began > of.since), default=None)


def _middle(values: list[float | None]) -> str:
    known = [value for value in values if value is not None]
    return f"{statistics.median(known):.1f}" if known else "-"


def _most(values: list[float | None]) -> str:
    known = [value for value in values if value is not None]
    return f"{max(known):.1f}" if known else "-"


def main() -> int:
    stop_as_by_ctrl_c()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--data-dir", type=Path, help="an empty folder; otherwise a temporary one")
    parser.add_argument("--keep", action="store_true", help="keep the folder also when all went well")
    given = parser.parse_args()
    if given.data_dir is not None and given.data_dir.exists() and any(given.data_dir.iterdir()):
        parser.error(f"{given.data_dir} is not empty")
    folder = (given.data_dir or Path(tempfile.mkdtemp(prefix="khelmerch-crash-"))).resolve()
    outcome = run(given.kills, given.seed, folder)
    print(f"seed {given.seed}\n{outcome.text}")
    if outcome.wrong or given.keep:
        print(f"Everything is in {folder}.")
    else:
        shutil.rmtree(folder)
    return bool(outcome.wrong)


if __name__ == "__main__":
    sys.exit(main())
