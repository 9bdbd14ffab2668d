"""The name of this node, for people: the same in the console, in the translators' rows and in the logs."""

from __future__ import annotations

import functools
import socket

import ray


@functools.cache
def node_name() -> str:
    """-> what `khelmerch join --name` or `ray start --node-name` said, else the host name.

    Two machines with one host name would write over each other's rows: one of them needs a name.
    """
    mine = ray.get_runtime_context().get_node_id()
    for node in ray.nodes():
        # Without a name given, Ray takes the address.
        if node["NodeID"] == mine and node["NodeName"] != node["NodeManagerAddress"]:
            return str(node["NodeName"])
    return socket.gethostname()
