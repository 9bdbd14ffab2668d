"""`khelmerch tasks cancel|retry|priority|history`: one task by its id, or many by what they have in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Annotated

import typer

from cluster.cli_common import example
from cluster.cli_served import Told, served
from cluster.cli_translate import how_to_follow
from khelmerch_client import Client
from khelmerch_client.models import BulkAnswer, Event

TaskId = Annotated[str, typer.Argument(help="Id of the task, as `khelmerch tasks list` shows it.")]
TaskIds = Annotated[
    list[str] | None, typer.Argument(help="Ids of the tasks, as `khelmerch tasks list` shows them.", show_default=False)
]
AllOption = Annotated[bool, typer.Option("--all", help="Every task that fits --status and --client.")]
StatusOption = Annotated[
    list[str] | None, typer.Option("--status", help="With --all: only these; may be repeated.", show_default=False)
]
ClientOption = Annotated[
    str | None, typer.Option("--client", help="With --all: only this client's.", show_default=False)
]
FromStartOption = Annotated[bool, typer.Option("--from-start", help="Throw away what is translated and begin anew.")]


@dataclass(frozen=True)
class Chosen:
    """Tasks that fit all that is given."""

    status: Sequence[str] | None = None
    client_id: str | None = None
    task_ids: Sequence[str] | None = None


OPEN = ["pending", "processing"]
RETRYABLE = ["failed", "cancelled", "timeout"]


def register(tasks_app: typer.Typer) -> None:
    tasks_app.command(
        epilog=example(
            "khelmerch tasks cancel 3f1c",
            "khelmerch tasks cancel --all --status pending",
            "khelmerch tasks cancel --all --client user123",
        )
    )(cancel)
    tasks_app.command(
        epilog=example(
            "khelmerch tasks retry 3f1c",
            "khelmerch tasks retry 3f1c --from-start",
            "khelmerch tasks retry --all --status failed",
        )
    )(retry)
    tasks_app.command(epilog=example("khelmerch tasks priority 3f1c 9"))(priority)
    tasks_app.command(
        epilog=example("khelmerch tasks history 3f1c", "khelmerch tasks history 3f1c --after 120 --json")
    )(history)


@served
def cancel(
    api: Client,
    task_ids: TaskIds = None,
    everything: AllOption = False,
    status: StatusOption = None,
    client: ClientOption = None,
) -> Told:
    """Cancel tasks that are not over yet; finished files of them can still be fetched."""
    chosen = _chosen(task_ids, everything, status, client, OPEN)
    if isinstance(chosen, Chosen):
        return _many(api.cancel_many(**asdict(chosen)), "cancelled")
    answer = api.cancel(chosen)
    return Told(answer, f"Task {chosen}: {answer.get('status', 'cancelled')}")


@served
def retry(
    api: Client,
    task_ids: TaskIds = None,
    everything: AllOption = False,
    status: StatusOption = None,
    client: ClientOption = None,
    from_start: FromStartOption = False,
) -> Told:
    """Run failed, cancelled or timed-out tasks again; what was translated is kept."""
    chosen = _chosen(task_ids, everything, status, client, RETRYABLE)
    if isinstance(chosen, Chosen):
        return _many(api.retry_many(**asdict(chosen), from_start=from_start), "tried again")
    answer = api.retry(chosen, from_start=from_start)
    follow = f"follow it with: {how_to_follow(chosen)}"
    return Told(answer, f"Task {chosen}: {answer.get('status', 'pending')}; {follow}")


@served
def priority(
    api: Client,
    task_id: TaskId,
    value: Annotated[int, typer.Argument(metavar="PRIORITY", help="0 to 9, larger goes first.", min=0, max=9)],
) -> Told:
    """Change the priority of a task that is not over."""
    answer = api.reprioritise(task_id, value)
    place = answer.get("queue_position")
    queue = f", place {place} in the queue" if place else ""
    return Told(answer, f"Task {task_id}: priority {answer.get('priority')}{queue}")


@served
def history(
    api: Client,
    task_id: TaskId,
    after: Annotated[int, typer.Option(help="Only events with a larger number.", min=0)] = 0,
) -> Told:
    """Show what happened to a task, oldest first."""
    events = list(api.history(task_id, after))
    if not events:
        return Told({"events": []}, f"Nothing has happened{f' after {after}' if after else ''}.")
    rows = [
        [str(event["id"]), event["at"][:23].replace("T", " "), str(event["attempt"]), event["kind"], _facts(event)]
        for event in events
    ]
    return Told({"events": events}, columns=("number", "when", "attempt", "what", ""), rows=rows)


def _facts(event: Event) -> str:
    return ", ".join(f"{name} {value}" for name, value in event["data"].items())


def _chosen(
    task_ids: list[str] | None, everything: bool, status: list[str] | None, client: str | None, fitting: list[str]
) -> Chosen | str:
    """-> one id, or what to choose many by. Raises typer.BadParameter when neither or both are said."""
    if everything and task_ids:
        raise typer.BadParameter("Give ids or --all, not both.")
    if everything:
        return Chosen(status=status or fitting, client_id=client)
    if status or client:
        raise typer.BadParameter("--status and --client go with --all.")
    if not task_ids:
        raise typer.BadParameter("Give the id of a task, or --all.")
    return task_ids[0] if len(task_ids) == 1 else Chosen(task_ids=task_ids)


def _many(answer: BulkAnswer, done: str) -> Told:
    count = len(answer["done"])
    nothing = "No task fits." if not answer["refused"] else f"No task was {done}."
    return Told(
        answer,
        f"{count} task{'' if count == 1 else 's'} {done}." if count else nothing,
        refused=[f"{one['task_id']}: {one['detail']} ({one['code']})" for one in answer["refused"]],
    )
