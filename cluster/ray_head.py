"""Starts the Ray head of this machine and stops exactly what was started, whatever else runs here."""

from __future__ import annotations

import contextlib
import ipaddress
import json
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from cluster import joining
from cluster.errors import ClusterError, JoinRefused
from cluster.settings import Settings, prepare_ray_environment, token_path

START_SECONDS = 90.0
"""How long Ray may take until its head is registered. Ray itself gives up after 30 s that its raylet did not come."""
STOP_SECONDS = 2.0
"""How long processes may take to end by themselves. Nothing is lost when they do not, and the raylet never does: it would
wait 30 s for actors that are made to survive any kill."""

KILL_SECONDS = 5.0
"""How long the system may take to end a process that was killed."""

VITAL = frozenset({"gcs_server", "raylet"})
"""Ray's own processes on the head, by name. Without a Redis, the GCS takes the whole cluster's state with it."""

RAY_START = (sys.executable, "-m", "ray.scripts.scripts", "start", "--block", "--disable-usage-stats")

_started: list[subprocess.Popen[bytes]] = []
"""Heads outlive the command that starts them; Python complains of a child that is let go, so none is."""


@dataclass(frozen=True)
class Process:
    """A process and when it was made: a pid alone may be used again by somebody else's."""

    pid: int
    created: float

    def alive(self) -> psutil.Process | None:
        try:
            found = psutil.Process(self.pid)
            if abs(found.create_time() - self.created) > 1.0 or found.status() == psutil.STATUS_ZOMBIE:
                return None
        except psutil.NoSuchProcess:
            return None
        return found


@dataclass(frozen=True)
class Head:
    """What `up` notes in DATA_DIR/run/head.json."""

    address: str
    parent: Process
    children: tuple[Process, ...]

    def save(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        scratch = path.with_suffix(".new")
        scratch.write_text(json.dumps(asdict(self)), encoding="utf-8")
        scratch.rename(path)

    @classmethod
    def read(cls, path: Path) -> Head | None:
        if not path.exists():
            return None
        noted = json.loads(path.read_text(encoding="utf-8"))
        return cls(noted["address"], Process(**noted["parent"]), tuple(Process(**child) for child in noted["children"]))


def note_path(settings: Settings) -> Path:
    return settings.storage.run_dir / "head.json"


def log_path(settings: Settings) -> Path:
    return settings.log_file.parent / "ray-head.log"


def running(settings: Settings) -> Head | None:
    """-> the head that `up` started, if it is whole: without its GCS or its raylet nothing works, and nobody mends it."""
    head = Head.read(note_path(settings))
    if head is None or head.parent.alive() is None:
        return None
    vital = {process.name() for process in members(head) if process.name() in VITAL}
    return head if vital == VITAL else None


def left(settings: Settings) -> bool:
    """Does anything of the head live, whole or not? Its scheduler may still write."""
    head = Head.read(note_path(settings))
    return head is not None and bool(members(head))


def members(head: Head) -> list[psutil.Process]:
    """-> every process of the head that lives, whoever its parent is by now.

    `ray start` leads a session of its own, which all it starts inherit; the number of a session is not given to another
    as long as anybody is in it.
    """
    sessions = _session(head.parent)
    for noted in head.children:
        if (found := noted.alive()) is not None:
            sessions[found.pid] = found
    return list(sessions.values())


def _session(leader: Process) -> dict[int, psutil.Process]:
    found: dict[int, psutil.Process] = {}
    if psutil.pid_exists(leader.pid) and leader.alive() is None and not _is_zombie(leader.pid):
        return found  # the number went to another process: the session had ended before
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, ProcessLookupError, PermissionError):
            if os.getsid(process.pid) == leader.pid and process.status() != psutil.STATUS_ZOMBIE:
                found[process.pid] = process
    return found


def _is_zombie(pid: int) -> bool:
    with contextlib.suppress(psutil.Error):
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    return False


def require_free(port: int, name: str, host: str = "127.0.0.1") -> None:
    """Raises ClusterError when somebody listens there already."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise ClusterError(
                f"Port {port} on {host} cannot be used ({error.strerror}); stop what listens there, or set another with {name}."
            ) from error


def require_own(address: str) -> None:
    """address: [RAY] NODE_ADDRESS, '' for none. Raises ClusterError when other machines cannot reach this one by it."""
    families = (socket.AF_INET, socket.AF_INET6)
    mine = [one for some in psutil.net_if_addrs().values() for one in some if one.family in families]
    found = {one.address.partition("%")[0] for one in mine}
    others = sorted(one for one in found if not ipaddress.ip_address(one).is_loopback)
    if address and address not in others:
        raise ClusterError(
            f"[RAY] NODE_ADDRESS = {address} is no address by which other machines reach this one; it has "
            f"{', '.join(others) or 'none'}. Leave it empty where there are no other machines."
        )


def ensure_token() -> None:
    """The shared secret of the cluster, where Ray looks for it; made at the first start, readable by its owner only."""
    path = token_path()
    if path is not None and not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(32), encoding="utf-8")


def start(settings: Settings, echo: Callable[[str], None]) -> Head:
    """Start a head and wait until it answers. Raises ClusterError with the end of its log."""
    require_own(settings.ray.node_address)
    require_free(settings.ray.port, "[RAY] PORT")
    require_free(settings.ray.dashboard_port, "[RAY] DASHBOARD_PORT")
    prepare_ray_environment(settings.ray.token_file)
    ensure_token()
    log = log_path(settings)
    log.parent.mkdir(parents=True, exist_ok=True)
    client_port, agent_port, metrics_port = free_ports(
        3, {settings.ray.port, settings.ray.dashboard_port, settings.server.port}
    )
    command = [
        *RAY_START,
        "--head",
        f"--port={settings.ray.port}",
        "--dashboard-host=127.0.0.1",
        f"--dashboard-port={settings.ray.dashboard_port}",
        # Ports that another Ray on this machine would have by default.
        f"--ray-client-server-port={client_port}",
        f"--dashboard-agent-listen-port={agent_port}",
        f"--metrics-export-port={metrics_port}",
        "--include-log-monitor=false",  # a process that prints the workers' logs for drivers, and ours do not want them
        f"--labels={joining.VERSION_LABEL}={joining.here().khelmerch}",
        *resources(settings),
    ]
    if settings.ray.node_address:
        command.append(f"--node-ip-address={settings.ray.node_address}")
    echo(f"Starting Ray on port {settings.ray.port} (log: {log})")
    with log.open("ab") as output:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd=settings.storage.data_dir,
        )
    let_go(child)
    parent = Process(child.pid, psutil.Process(child.pid).create_time())
    head = Head(f"127.0.0.1:{settings.ray.port}", parent, ())
    head.save(note_path(settings))
    deadline = time.monotonic() + START_SECONDS
    # The port alone tells little: the GCS listens for half a minute beside a raylet that never comes.
    while not (_listens(settings.ray.port) and _is_registered(head.address)):
        if child.poll() is not None or time.monotonic() > deadline:
            stop(settings)
            raise ClusterError(
                f"Ray did not start: {last_line(log)} On a machine that is very busy try again. The whole log is {log}."
            )
        time.sleep(0.1)
    return head


def _is_registered(address: str) -> bool:
    """Has the head's own node come?"""
    try:
        return joining.ask(address).versions.khelmerch is not None
    except JoinRefused:
        return False  # it is still starting


def resources(settings: Settings) -> list[str]:
    """-> what this machine tells Ray that it has, as options of `ray start`; nothing where Ray detects it."""
    given = {"gpus": settings.ray.num_gpus, "cpus": settings.ray.num_cpus}
    return [f"--num-{what}={count}" for what, count in given.items() if count is not None]


def let_go(child: subprocess.Popen[bytes]) -> None:
    """A child that outlives the command which starts it."""
    _started.append(child)


def note_children(settings: Settings, head: Head) -> None:
    """Remember the processes of the head, so that `stop` finds them even when their parent was killed."""
    parent = head.parent.alive()
    children = parent.children(recursive=True) if parent else []
    noted = []
    for child in children:
        with contextlib.suppress(psutil.NoSuchProcess):
            noted.append(Process(child.pid, child.create_time()))
    Head(head.address, head.parent, tuple(noted)).save(note_path(settings))


def stop(settings: Settings, patience: float = STOP_SECONDS) -> bool:
    """End the head and everything it started, nothing else; -> whether there was anything.

    patience: seconds in which processes may end by themselves; 0 for a head that is not whole, which cannot.
    """
    head = Head.read(note_path(settings))
    if head is None:
        return False
    alive = {process.pid: process for process in members(head)}
    parent = head.parent.alive()
    for process in [parent] if parent else list(alive.values()):
        with contextlib.suppress(psutil.NoSuchProcess):
            process.terminate()
    _gone, left = psutil.wait_procs(list(alive.values()), timeout=patience)
    for process in left:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(left, timeout=KILL_SECONDS)
    for child in _started:
        child.poll()
    note_path(settings).unlink(missing_ok=True)
    return bool(alive)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_ports(count: int, besides: Collection[int] = ()) -> list[int]:
    """-> different ports that nobody has, nor will have soon. Asked for one by one, the same may come twice."""
    with contextlib.ExitStack() as held:
        found: list[int] = []
        while len(found) < count:
            probe = held.enter_context(socket.socket())
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
            if port not in besides:
                found.append(port)
        return found


def last_line(path: Path) -> str:
    lines = [line.strip() for line in path.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    return lines[-1] if lines else "it ended without a word."
