"""The last sample of every GPU, and which task each one works for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import or_, select

from storage.database import Database
from storage.tables import gpu_status
from storage.times import to_iso


class GpuStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    def replace_node(self, node: str, rows: Sequence[Mapping[str, Any]], now: float) -> None:
        """The samples of one node; GPUs that it no longer has disappear."""
        # A machine that joins again is another node with the same GPUs.
        mine = or_(gpu_status.c.node == node, gpu_status.c.gpu_id.in_([row["gpu_id"] for row in rows]))
        with self._database.transaction(durable=False) as connection:
            kept = {row.gpu_id: row.current_task_id for row in connection.execute(select(gpu_status).where(mine))}
            connection.execute(gpu_status.delete().where(mine))
            stamped = [
                {name: value for name, value in row.items() if name in gpu_status.c}
                | {"node": node, "updated_at": to_iso(now), "current_task_id": kept.get(row["gpu_id"])}
                for row in rows
            ]
            if stamped:
                connection.execute(gpu_status.insert(), stamped)

    def set_current(self, current: Mapping[str, str | None]) -> None:
        """Which task each GPU works for now: {gpu_id: task_id or None}."""
        with self._database.transaction(durable=False) as connection:
            for gpu_id, task_id in current.items():
                connection.execute(
                    gpu_status.update().where(gpu_status.c.gpu_id == gpu_id).values(current_task_id=task_id)
                )

    def remove_nodes_except(self, nodes: Sequence[str]) -> None:
        """Forget the GPUs of nodes that left the cluster."""
        with self._database.transaction(durable=False) as connection:
            connection.execute(gpu_status.delete().where(gpu_status.c.node.not_in(list(nodes))))

    def all(self) -> list[dict[str, Any]]:
        with self._database.transaction(durable=False) as connection:
            return [
                dict(row) for row in connection.execute(select(gpu_status).order_by(gpu_status.c.gpu_id)).mappings()
            ]
