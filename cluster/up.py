"""`khelmerch up` and `down`: the server as a whole."""

from __future__ import annotations

import errno
import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx

from actors import tracing
from cluster import ray_head
from cluster.errors import ClusterError
from cluster.keys import key_for, require_key
from cluster.settings import Settings, prepare_ray_environment
from khelmerch_client import Client, ClientError
from storage.errors import StorageError
from storage.shared_blobs import open_blobs
from translation.catalogue import describe
from translation.errors import TranslationError
from translation.model_list import parse

MIN_FREE_BYTES = 200 * 1024**2
"""Less free space than this and the first upload or the converted model would fill the disk."""

STAY_SECONDS = 2.0
"""How soon a supervisor hears that Ray died."""

READY_SECONDS = 3_600.0
"""A large model is fetched and converted at its first start; after that it takes seconds."""

CONNECT_TRIES_VARIABLE = "RAY_gcs_server_port_wait_time_s"
"""For a program that connects it counts tries, of 41 s each where the head has died. Ray makes 20: a quarter of an hour."""

Echo = Callable[[str], None]


@dataclass(frozen=True)
class Addresses:
    console: str
    docs: str
    dashboard: str
    join: str | None = None
    """The command for other machines, where [RAY] NODE_ADDRESS says that they may."""


def up(settings: Settings, *, echo: Echo) -> Addresses:
    """Start the server and wait until it can translate. Running already: says so and changes nothing.

    Raises ClusterError with one sentence; what this call started is stopped again.
    """
    addresses = _addresses(settings)
    own = not settings.ray.address
    head = ray_head.running(settings) if own else None
    if own and head is None and ray_head.stop(settings, patience=0.0):
        # Killed, or half dead: what is left of it answers for a while, holds the ports and brings nothing to an end.
        echo("The server had died; what was left of it is stopped.")
    if health := _health(settings, "live"):
        if head is not None or not own:
            echo(f"Khelmerch {health.get('version', '')} is running already.")
            _wait_ready(settings, echo)
            return addresses
        raise ClusterError(
            f"Port {settings.server.port} is taken by a Khelmerch that was not started from {settings.storage.data_dir}; "
            "stop it there, or set another [SERVER] PORT."
        )
    if head is None:  # else a scheduler may be writing the database; without a key the door stays shut anyway
        require_key(settings)
    _check_before(settings, port_is_ours=head is not None)
    prepare_ray_environment(settings.ray.token_file)
    started = own and head is None
    if head is not None:
        echo("Ray is running; starting what is missing.")
    elif own:
        head = ray_head.start(settings, echo)
    try:
        _deploy(settings, head.address if head else settings.ray.address, echo)
        if head is not None:
            ray_head.note_children(settings, head)
        _wait_ready(settings, echo)
        if head is not None:
            ray_head.note_children(settings, head)
    except BaseException:
        if started:
            echo("Stopping what was started.")
            ray_head.stop(settings)
        raise
    return addresses


def down(settings: Settings, *, echo: Echo) -> bool:
    """Stop what `up` started; -> whether anything ran. Unfinished tasks wait in storage for the next `up`."""
    prepare_ray_environment(settings.ray.token_file)
    if settings.ray.address:
        from cluster import deploy

        _connect(settings.ray.address)
        deploy.remove()
        return True
    head = ray_head.running(settings)
    if head is not None:
        echo("Stopping the server; unfinished tasks go on at the next `khelmerch up`.")
        _announce(settings)
    return ray_head.stop(settings)


def stay(settings: Settings, *, echo: Echo) -> None:
    """Until this process is told to stop (SIGTERM, SIGINT), which stops the server. Raises ClusterError when Ray died."""
    if not settings.ray.address:
        import ray

        ray.shutdown()  # a driver that stays would repeat the cluster's remarks, and hold memory for nothing
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    while not stop.wait(STAY_SECONDS):
        if not settings.ray.address and ray_head.running(settings) is None:
            raise ClusterError(f"Ray died; run `khelmerch up` again. Its log is {ray_head.log_path(settings)}.")
    down(settings, echo=echo)


def _announce(settings: Settings) -> None:
    """Let the server bring in what is out, so that it is not translated again. A server that cannot, loses no task."""
    try:
        with Client(settings.server.local_url, key=key_for(settings)) as api:
            api.admin.prepare_stop()
    except (ClusterError, ClientError):
        return  # it hangs or is gone already: everything that was accepted is stored


def _addresses(settings: Settings) -> Addresses:
    base = settings.server.local_url
    ray, join = settings.ray, None
    if ray.node_address and not ray.address:
        host = f"[{ray.node_address}]" if ":" in ray.node_address else ray.node_address
        join = f"khelmerch join {host}:{ray.port}"
    return Addresses(f"{base}/", f"{base}/docs", f"http://127.0.0.1:{ray.dashboard_port}/", join)


def _check_before(settings: Settings, *, port_is_ours: bool) -> None:
    """What can be known to fail is said before anything is started. port_is_ours: Serve's proxy lives, without an ingress."""
    try:
        settings.storage.data_dir.mkdir(parents=True, exist_ok=True)
        probe = settings.storage.data_dir / ".write-probe"
        probe.write_bytes(b"khelmerch")
        probe.unlink()
    except OSError as error:
        reason = "the disk is full" if error.errno == errno.ENOSPC else error.strerror
        raise ClusterError(f"DATA_DIR {settings.storage.data_dir} cannot be written: {reason}.") from error
    import psutil

    free = psutil.disk_usage(str(settings.storage.data_dir)).free
    if free < MIN_FREE_BYTES:
        raise ClusterError(
            f"Only {free // 2**20} MB are free in {settings.storage.data_dir}; free at least {MIN_FREE_BYTES // 2**20} MB or set "
            "[STORAGE] DATA_DIR to another disk."
        )
    if settings.telemetry.otlp_endpoint:
        try:
            tracing.require()
        except tracing.TracingUnavailable as error:
            raise ClusterError(error.detail) from error
    if not port_is_ours:
        ray_head.require_free(settings.server.port, "[SERVER] PORT", settings.server.host)
    try:
        open_blobs(settings.storage.blobs_dir, settings.storage.blob_url)
    except StorageError as error:
        raise ClusterError(error.detail) from error
    try:
        for one in parse(settings.model.model):
            describe(one.model, settings.storage.models_dir)
    except TranslationError as error:
        raise ClusterError(error.detail) from error


def _connect(address: str) -> None:
    import ray

    from actors.config import NAMESPACE

    if not ray.is_initialized():
        before = os.environ.get(CONNECT_TRIES_VARIABLE)
        os.environ.setdefault(CONNECT_TRIES_VARIABLE, "2")
        try:
            ray.init(address=address, namespace=NAMESPACE, log_to_driver=False, logging_level="ERROR")
        except (ConnectionError, RuntimeError) as error:
            raise ClusterError(f"No Ray cluster answers at {address}: {str(error).splitlines()[0]}") from error
        finally:
            if before is None:
                del os.environ[CONNECT_TRIES_VARIABLE]  # for starting Ray it means something else


def _deploy(settings: Settings, address: str, echo: Echo) -> None:
    from cluster import deploy

    _connect(address)
    echo("Starting the scheduler and the API")
    deploy.ensure_scheduler(deploy.scheduler_config(settings))
    deploy.start_ingress(settings)


def _wait_ready(settings: Settings, echo: Echo) -> None:
    """Until a translator is ready. Raises ClusterError when the model cannot be loaded, with the reason."""
    deadline = time.monotonic() + READY_SECONDS
    said = False
    while time.monotonic() < deadline:
        health = _health(settings, "ready")
        if health is not None and health.get("ready"):
            return
        if not settings.ray.address and ray_head.running(settings) is None:
            raise ClusterError(f"Ray died; run `khelmerch up` again. Its log is {ray_head.log_path(settings)}.")
        reasons = (health or {}).get("reasons", [])
        failed = [reason for reason in reasons if reason.startswith("No translator is ready: ")]
        if failed:
            raise ClusterError(f"The model {settings.model.model} could not be loaded. {failed[0].partition(': ')[2]}")
        if not said and reasons:
            echo(f"Loading the model {settings.model.model}")
            said = True
        time.sleep(0.2)
    raise ClusterError(
        f"No translator became ready within {READY_SECONDS / 60:.0f} minutes; the reason stands in {settings.log_file}."
    )


def _health(settings: Settings, which: str) -> dict[str, Any] | None:
    """-> what the server says of itself, None when nobody (or somebody else) answers."""
    try:
        headers = {"authorization": f"Bearer {key}"} if (key := key_for(settings)) else {}
        answer = httpx.get(
            f"{settings.server.local_url}/health/{which}", timeout=30.0, trust_env=False, headers=headers
        )
        found = answer.json()
    except (httpx.HTTPError, ValueError):
        return None
    return found if isinstance(found, dict) and ("version" in found or "reasons" in found) else None
