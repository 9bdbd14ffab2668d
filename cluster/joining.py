"""What a machine must know of a cluster before it joins: does the head answer, is the token right, do the versions fit?"""

from __future__ import annotations

import importlib.metadata
import json
import platform
import re
import socket
from dataclasses import dataclass

from cluster.errors import JoinRefused

ANSWER_SECONDS = 5.0
VERSION_LABEL = "khelmerch.version"
"""Ray's label of a node; every node that we start carries it, so that versions can be compared before anything runs."""
JOIN_LABEL = "khelmerch.join"
"""A random word for each start of a node: the one that joined is found by it among the nodes of its head."""

Address = tuple[str, int]


@dataclass(frozen=True)
class Versions:
    """khelmerch None: the head was not started by `khelmerch up` and carries no label."""

    python: str
    ray: str
    khelmerch: str | None


@dataclass(frozen=True)
class HeadFacts:
    """cluster: Ray's id of this start of the head. joined: the JOIN_LABEL of each living node that has one."""

    cluster: str
    versions: Versions
    joined: frozenset[str]


def parse(head: str) -> Address:
    """host:port, or [IPv6]:port. Raises JoinRefused."""
    host, colon, port = head.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not (colon and host and port.isdecimal() and 0 < int(port) < 65_536):
        raise JoinRefused(
            f"{head!r} is no address of a Ray head; it is host:port, as `khelmerch up` shows it on the head."
        )
    return host, int(port)


def label_of(version: str) -> str:
    """A version as a value of Ray's labels, which know no plus sign: 0.1.0+local -> 0.1.0_local."""
    return re.sub(r"[^A-Za-z0-9._-]", "_", version)


def here() -> Versions:
    return Versions(
        platform.python_version(), importlib.metadata.version("ray"), label_of(importlib.metadata.version("khelmerch"))
    )


def reachable(address: Address, seconds: float = ANSWER_SECONDS) -> bool:
    try:
        with socket.create_connection(address, timeout=seconds):
            return True
    except OSError:
        return False


def ask(head: str) -> HeadFacts:
    """-> what the head says of itself. Ray's environment, with the token, must be prepared.

    Raises JoinRefused when nobody answers, when it is no Ray head, or when the token is another.
    """
    address = parse(head)
    if not reachable(address):
        raise JoinRefused(
            f"Nothing answers at {head}. Is `khelmerch up` running there, with [RAY] NODE_ADDRESS set to an address that "
            "this machine reaches, and does no firewall stand between?"
        )
    # Ray is imported late: the other commands do without it.
    from ray._raylet import GcsClient  # type: ignore[attr-defined] # missing in its stub
    from ray.exceptions import AuthenticationError, RayError

    try:
        client = GcsClient(address=head)
        metadata = client.internal_kv_get(b"CLUSTER_METADATA", b"cluster", timeout=ANSWER_SECONDS)
        nodes = list(client.get_all_node_info(timeout=ANSWER_SECONDS).values())
        cluster = client.cluster_id.hex()
    except AuthenticationError as error:
        raise JoinRefused(
            f"The head at {head} has another token. Copy the token file that `khelmerch up` names there to this machine, "
            "readable by its owner only, and give it with --token-file or [RAY] TOKEN_FILE."
        ) from error
    except RayError as error:
        first = (str(error).splitlines() or [type(error).__name__])[0]
        raise JoinRefused(f"What answers at {head} is no Ray head, or one that is starting: {first}") from error
    found = json.loads(metadata) if metadata else {}
    heads = [node for node in nodes if node.is_head_node and node.state == 0]
    version = next((str(node.labels[VERSION_LABEL]) for node in heads if VERSION_LABEL in node.labels), None)
    joined = {str(node.labels[JOIN_LABEL]) for node in nodes if node.state == 0 and JOIN_LABEL in node.labels}
    return HeadFacts(
        cluster,
        Versions(str(found.get("python_version", "")), str(found.get("ray_version", "")), version),
        frozenset(joined),
    )


def require_same(head: Versions, mine: Versions) -> None:
    """Pure. Raises JoinRefused that names every difference and what to install."""
    if head.khelmerch is None:
        raise JoinRefused(
            "The head does not say which version of Khelmerch it runs: start it with `khelmerch up`, or with "
            f"`ray start --head --labels={VERSION_LABEL}=VERSION`, as ray_cluster.yaml does."
        )
    wrong: list[str] = []
    advice: list[str] = []
    if head.khelmerch != mine.khelmerch:
        wrong.append(f"Khelmerch {mine.khelmerch} here, {head.khelmerch} there")
        advice.append("the same Khelmerch wheel as on the head, with its constraints.txt")
    if head.ray != mine.ray:
        wrong.append(f"Ray {mine.ray} here, {head.ray} there")
        advice.append(f"ray=={head.ray}")
    if head.python != mine.python:
        wrong.append(f"Python {mine.python} here, {head.python} there")
        advice.append(f"Python {head.python}, in a new virtual environment")
    if wrong:
        raise JoinRefused(f"This machine cannot join: {'; '.join(wrong)}. Install {' and '.join(advice)}.")
