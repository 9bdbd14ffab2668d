"""Several nodes: one that dies, one that joins, a head that dies. The nodes are joined by `khelmerch join` itself.

One Ray for a test run: the first test lends the run's own Ray two more nodes on this machine, as `ray.cluster_utils.Cluster`
would start them, but through the token and the version check that operators go through; they are gone after it. A
head that is killed would take everybody's Ray along, so the second test has a server of its own, in processes of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from benchmarks.crashing.server import Server, kill
from benchmarks.figures.house import config_in
from cluster import ray_head, ray_node
from cluster.settings import Settings, load
from khelmerch_client import Client
from storage.shared_blobs import open_blobs
from storage.task_store import NewTask
from storage.upload_store import StoredFile
from tests.conftest import LOGICAL_GPUS
from tests.ray.conftest import MakeHouse
from tests.ray.work import OVER, lines, over, ready, working
from tests.support.waiting import aeventually, eventually

pytestmark = pytest.mark.ray

Join = Callable[[str, str], Settings]


@pytest.fixture
def join(tmp_path: Path) -> Iterator[Join]:
    """-> a function (head, name) that joins another node of this machine, with the head's number of logical GPUs."""
    joined: list[Settings] = []

    def another(head: str, name: str) -> Settings:
        config = tmp_path / f"{name}.ini"
        config.write_text(
            f"[STORAGE]\nDATA_DIR = {tmp_path / name}\n[RAY]\nNUM_GPUS = {LOGICAL_GPUS}\nNUM_CPUS = 1\n",
            encoding="utf-8",
        )
        settings = load(config)
        joined.append(settings)
        ray_node.join_in_background(settings, head, [f"--config={config}", f"--name={name}"], print)
        return settings

    yield another
    with ThreadPoolExecutor() as together:
        list(together.map(ray_node.leave, joined))


def node_of(translator: dict[str, Any]) -> str:
    return str(translator["gpu_id"]).partition("/")[0]


def destroy(settings: Settings) -> None:
    """The node's machine loses its power."""
    node = ray_node.Node.read(ray_node.note_path(settings))
    assert node is not None and node.ray is not None
    os.kill(node.keeper.pid, signal.SIGKILL)
    kill(ray_head.members(ray_head.Head("", node.ray, ())))


async def test_a_node_that_dies_loses_no_work_and_one_that_joins_gets_work(
    make_house: MakeHouse, join: Join, ray_address: str, tmp_path: Path
) -> None:
    # One after the other: two nodes that start together on one machine may choose the same socket for Ray's object store.
    doomed = await asyncio.to_thread(join, ray_address, "doomed")
    await asyncio.to_thread(join, ray_address, "steady")
    base = config_in(tmp_path, "fake:delay=0.02", batch_tokens=256).translator
    # A translator takes so many GPUs that a node has room for one, the head too, where a server of other tests has its own.
    house = make_house("fake:delay=0.02", instances=None, translator=replace(base, gpus=float(LOGICAL_GPUS - 1)))
    before = {node_of(row): row for row in await ready(house, 3)}
    assert {"doomed", "steady"} < set(before)
    task_id = await house.submit(lines(600))
    await working(house, task_id, 50)
    destroy(doomed)
    task = await over(house, task_id)
    assert (task["status"], task["attempt"], task["segments_done"]) == ("completed", 1, 600)
    assert (await house.result(task_id)).count("\n") == 600

    async def nodes() -> set[str]:
        return {row["node"] for row in await house.client.gpu_status()}

    async def translators() -> dict[str, int]:
        return {node_of(row): row["pid"] for row in await house.translators() if row["state"] == "ready"}

    await aeventually(nodes, lambda found: "doomed" not in found and "steady" in found)
    left = await aeventually(translators, lambda found: len(found) == 2)
    assert left["steady"] == before["steady"]["pid"], "a model that was loaded stays"

    join(ray_address, "fresh")
    found = await aeventually(translators, lambda found: "fresh" in found, 90)
    assert found.items() > left.items()
    assert "fresh" in await aeventually(nodes, lambda found: "fresh" in found, 90)
    again = await house.submit(lines(600, "дахин"))

    async def at_work() -> set[str]:
        return {row["node"] for row in await house.client.gpu_status() if row["current_task_id"] == again}

    assert await aeventually(at_work, lambda found: "fresh" in found)
    assert (await over(house, again))["status"] == "completed"


@pytest.mark.timeout(240)  # two starts of a whole server, on a machine that may be busy
def test_a_head_that_was_killed_comes_back_with_its_work_and_its_nodes(
    tmp_path: Path, join: Join, monkeypatch: pytest.MonkeyPatch
) -> None:
    # So long a node waits for a head that is gone; a minute if Ray is not told.
    monkeypatch.setenv("RAY_gcs_rpc_server_reconnect_timeout_s", "10")
    server = Server(tmp_path / "head", delay=0.05, gpus=1)
    server.prepare()
    server.up()
    head = f"127.0.0.1:{server.settings.ray.port}"
    try:
        settings = join(head, "worker")
        source = tmp_path / "work.txt"
        source.write_text(lines(250), encoding="utf-8")
        with Client(server.url) as api:
            task_id = api.submit([source], "mon_Cyrl", "cmn_Hans")
            done = eventually(lambda: api.task(task_id)["segments_done"], lambda count: count >= 20)
        kill(server.processes())
        # A real worker is on another machine. On this one Ray takes a node that still lives for a head, and `up` the first
        # node that it finds for its own: so the old node must be gone, and the new one waits for `up`.
        node = eventually(lambda: ray_node.Node.read(ray_node.note_path(settings)), lambda node: node and not node.ray)
        assert node is not None
        keeper = psutil.Process(node.keeper.pid)
        keeper.suspend()
        server.up()
        keeper.resume()
        with Client(server.url) as api:
            assert api.task(task_id)["segments_done"] >= done
            devices = eventually(api.gpu_status, lambda rows: "worker" in {row["node"] for row in rows}, 45)
            assert len({row["node"] for row in devices}) == 2
            task = eventually(lambda: api.task(task_id), lambda task: task["status"] in OVER, 60)
        assert (task["status"], task["attempt"], task["segments_done"]) == ("completed", 1, 250)
        assert ray_node.leave(settings)
        server.down()
    finally:
        with contextlib.suppress(psutil.Error):
            kill(server.processes())


def test_a_wrong_token_is_refused_and_the_right_one_could_join(ray_address: str, tmp_path: Path) -> None:
    config, wrong = tmp_path / "config.ini", tmp_path / "token"
    config.write_text(f"[STORAGE]\nDATA_DIR = {tmp_path}\n", encoding="utf-8")
    wrong.write_text("f" * 64, encoding="utf-8")
    # A process of its own for each: Ray reads the token once.
    command = [sys.executable, "-c", "from cluster.cli import main; main()", "join", ray_address, "--check"]
    good = subprocess.run([*command, "--config", str(config)], capture_output=True, text=True, check=False)
    assert (good.returncode, good.stdout.strip()) == (0, f"This machine could join {ray_address}.")
    bad = subprocess.run(
        [*command, "--config", str(config), "--token-file", str(wrong)], capture_output=True, text=True, check=False
    )
    assert bad.returncode == 1
    assert f"The head at {ray_address} has another token." in bad.stderr


async def test_a_head_without_its_former_disk_translates_from_the_shared_store(
    make_house: MakeHouse, tmp_path: Path
) -> None:
    url = f"file://{tmp_path / 'shared'}"
    former = open_blobs(tmp_path / "former", url)
    staged = former.stage()
    staged.write(lines(5).encode())
    upload = staged.commit("uploads")
    house = make_house(blob_url=url)
    task = NewTask(str(uuid.uuid4()), "user123", "mon_Cyrl", "cmn_Hans", False, 5, None)
    await house.client.submit(task, [StoredFile("file.txt", upload.size, upload.sha256, upload.key)])
    assert (await over(house, task.task_id))["status"] == "completed"
    row = await house.client.result(task.task_id, 1)
    assert open_blobs(tmp_path / "next", url).fetch(row["result_blob"]).read_text(encoding="utf-8").count("\n") == 5
