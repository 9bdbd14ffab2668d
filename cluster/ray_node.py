"""A worker node of this machine: joined to a head, kept joined while the keeper runs, and taken away without a trace.

The keeper is the process of `khelmerch join --foreground` (`join` alone starts one in the background). It starts Ray's
node in a session of its own, and starts it again when the node died or the head came back as another cluster: without
a Redis a head that was restarted knows none of its former nodes.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from cluster import joining, ray_head
from cluster.errors import JoinRefused
from cluster.ray_head import Head, Process
from cluster.settings import Settings

JOIN_SECONDS = 120.0
"""How long a node may take to appear at its head. A start that fails is tried again, and Ray notices only after some 30 s."""
LOOK_SECONDS = 1.0
LOST_SECONDS = 10.0
"""A head that does not answer for so long is gone, and what the node still does is for nobody. Shorter gaps happen."""
AGAIN_SECONDS = 2.0
"""Between two tries to join a head that is not back yet."""
LEAVE_SECONDS = 5.0

Echo = Callable[[str], None]


@dataclass(frozen=True)
class Node:
    """What `join` notes in DATA_DIR/run/node.json. ray: the leader of the session of Ray's processes, while there is one."""

    head: str
    keeper: Process
    word: str = ""
    ray: Process | None = None

    def save(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        scratch = path.with_suffix(".new")
        scratch.write_text(json.dumps(asdict(self)), encoding="utf-8")
        scratch.rename(path)

    @classmethod
    def read(cls, path: Path) -> Node | None:
        try:
            noted = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        ray = Process(**noted["ray"]) if noted["ray"] else None
        return cls(noted["head"], Process(**noted["keeper"]), noted["word"], ray)


def note_path(settings: Settings) -> Path:
    return settings.storage.run_dir / "node.json"


def log_path(settings: Settings) -> Path:
    return settings.log_file.parent / "ray-node.log"


def check(settings: Settings, head: str) -> joining.HeadFacts:
    """Could this machine join? Raises JoinRefused."""
    ray_head.require_own(settings.ray.node_address)
    facts = joining.ask(head)
    joining.require_same(facts.versions, joining.here())
    own = ray_head.running(settings)
    if own is not None:
        raise JoinRefused(
            f"This machine runs a head of its own (from {settings.storage.data_dir}), and a head's GPUs are in its cluster "
            "already. Stop it with `khelmerch down` to join another."
        )
    return facts


def joined(settings: Settings) -> Node | None:
    """-> the node that a keeper of this machine looks after."""
    node = Node.read(note_path(settings))
    return node if node is not None and node.keeper.alive() is not None else None


def require_new(settings: Settings, head: str) -> bool:
    """-> whether there is something to do: False when joined to this head already. Raises JoinRefused for another head."""
    node = joined(settings)
    if node is not None and node.head != head:
        raise JoinRefused(f"This machine has joined {node.head} already; run `khelmerch leave` before it joins {head}.")
    return node is None


def join_in_background(settings: Settings, head: str, options: list[str], echo: Echo) -> None:
    """Start a keeper and wait until the head shows the node. Raises JoinRefused; then nothing is left running."""
    end_left_over(settings)
    log = log_path(settings)
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-c", "from cluster.cli import main; main()", "join", head, "--foreground", *options]
    echo(f"Joining {head} (log: {log})")
    with log.open("ab") as output:
        keeper = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
    ray_head.let_go(keeper)
    deadline = time.monotonic() + JOIN_SECONDS
    while not _appeared(settings, head):
        if keeper.poll() is not None or time.monotonic() > deadline:
            leave(settings)
            raise JoinRefused(f"The node did not start: {ray_head.last_line(log)} The whole log is {log}.")
        time.sleep(0.2)


def _appeared(settings: Settings, head: str) -> bool:
    node = Node.read(note_path(settings))
    if node is None or not node.word:
        return False
    try:
        return node.word in joining.ask(head).joined
    except JoinRefused:
        return False  # the head was asked before the node was started; a busy one may miss one answer


def keep(settings: Settings, head: str, name: str | None, echo: Echo) -> None:
    """Join, and join again whenever that ends, until this process is told to stop (SIGTERM, SIGINT)."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    me = Process(psutil.Process().pid, psutil.Process().create_time())
    path = note_path(settings)
    end_left_over(settings)
    said = ""
    try:
        while not stop.is_set():
            try:
                facts = check(settings, head)
                word = secrets.token_hex(8)
                child = _start(settings, head, name, word)
            except JoinRefused as error:
                if error.detail != said:  # a head may be away for days
                    said = error.detail
                    echo(said)
                stop.wait(AGAIN_SECONDS)
                continue
            said = ""
            ray = Process(child.pid, psutil.Process(child.pid).create_time())
            Node(head, me, word, ray).save(path)
            try:
                echo(_watch(child, head, facts.cluster, stop))
            finally:
                _end(ray)
                child.wait()
                Node(head, me).save(path)
            stop.wait(AGAIN_SECONDS)
    finally:
        path.unlink(missing_ok=True)


def end_left_over(settings: Settings) -> bool:
    """End a node whose keeper was killed: beside a new one it would offer this machine's GPUs twice; -> was there one?

    Its note goes, too: a new node has joined when there is a new one.
    """
    node = Node.read(note_path(settings))
    if node is None or node.keeper.alive() is not None:
        return False
    note_path(settings).unlink()
    return node.ray is not None and _end(node.ray)


def _start(settings: Settings, head: str, name: str | None, word: str) -> subprocess.Popen[bytes]:
    agent_port, metrics_port = ray_head.free_ports(2)
    version = joining.here().khelmerch
    command = [
        *ray_head.RAY_START,
        f"--address={head}",
        f"--labels={joining.VERSION_LABEL}={version},{joining.JOIN_LABEL}={word}",
        f"--dashboard-agent-listen-port={agent_port}",
        f"--metrics-export-port={metrics_port}",
        *ray_head.resources(settings),
    ]
    if settings.ray.node_address:
        command.append(f"--node-ip-address={settings.ray.node_address}")
    if name:
        command.append(f"--node-name={name}")
    settings.storage.data_dir.mkdir(parents=True, exist_ok=True)
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True, cwd=settings.storage.data_dir)


def _watch(child: subprocess.Popen[bytes], head: str, cluster: str, stop: threading.Event) -> str:
    """-> why the node must end, for the log."""
    address = joining.parse(head)
    answered = time.monotonic()
    gap = False
    while not stop.wait(LOOK_SECONDS):
        if child.poll() is not None:
            return "Ray's node ended; joining again."
        if not joining.reachable(address):
            gap = True
            if time.monotonic() - answered > LOST_SECONDS:
                return f"The head at {head} is gone; joining again when it is back."
            continue
        answered = time.monotonic()
        if gap:
            try:
                if joining.ask(head).cluster != cluster:
                    return f"The head at {head} was restarted; joining again."
            except JoinRefused:
                continue  # it is still starting
            gap = False
    return "Leaving."


def leave(settings: Settings) -> bool:
    """End this machine's node and its keeper, nothing else; -> whether there was anything."""
    node = Node.read(note_path(settings))
    if node is None:
        return False
    keeper = node.keeper.alive()
    found = keeper is not None
    if keeper is not None:
        with contextlib.suppress(psutil.NoSuchProcess):
            keeper.terminate()
        _gone, left = psutil.wait_procs([keeper], timeout=2 * LEAVE_SECONDS)
        for process in left:
            process.kill()
    if node.ray is not None:
        found = _end(node.ray) or found
    note_path(settings).unlink(missing_ok=True)
    return found


def _end(ray: Process) -> bool:
    """End Ray's session: first its leader, which ends the others, then what is left; -> whether there was anything."""
    alive = ray_head.members(Head("", ray, ()))
    leader = ray.alive()
    for process in [leader] if leader else alive:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.terminate()
    _gone, left = psutil.wait_procs(alive, timeout=LEAVE_SECONDS)
    for process in left:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(left, timeout=LEAVE_SECONDS)
    return bool(alive)
