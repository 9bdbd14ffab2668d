"""Before a machine joins: what is refused, and that the sentence says what to do. No Ray is started."""

from __future__ import annotations

import socket
import subprocess
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from typer.testing import CliRunner

from cluster import joining, ray_node
from cluster.cli import main
from cluster.errors import JoinRefused
from cluster.joining import HeadFacts, Versions
from cluster.ray_head import Process
from cluster.ray_node import Node
from cluster.settings import Settings, load

HEAD = Versions("3.11.7", "2.60.0", "0.1.0")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load(environ={"KHELMERCH_STORAGE_DATA_DIR": str(tmp_path)}, cwd=tmp_path)


def test_the_same_versions_may_join() -> None:
    joining.require_same(HEAD, HEAD)


@pytest.mark.parametrize(
    ("mine", "said"),
    [
        (replace(HEAD, khelmerch="0.0.9"), ["Khelmerch 0.0.9 here, 0.1.0 there", "same Khelmerch wheel"]),
        (replace(HEAD, ray="2.59.0"), ["Ray 2.59.0 here, 2.60.0 there", "Install ray==2.60.0"]),
        (replace(HEAD, python="3.12.1"), ["Python 3.12.1 here, 3.11.7 there", "Install Python 3.11.7"]),
        (Versions("3.12.1", "2.59.0", "0.0.9"), ["Khelmerch 0.0.9", "Ray 2.59.0", "Python 3.12.1"]),
    ],
)
def test_other_versions_are_refused_with_every_difference(mine: Versions, said: list[str]) -> None:
    with pytest.raises(JoinRefused) as caught:
        joining.require_same(HEAD, mine)
    for part in said:
        assert part in caught.value.detail


def test_a_head_that_does_not_tell_its_version_is_refused() -> None:
    with pytest.raises(JoinRefused, match="khelmerch up"):
        joining.require_same(replace(HEAD, khelmerch=None), HEAD)


def test_local_versions_can_be_labels_of_ray() -> None:
    assert joining.label_of("0.1.0+cpu.2") == "0.1.0_cpu.2"


@pytest.mark.parametrize("head", ["", "head", "head:", ":6379", "head:0", "head:65536", "head:port"])
def test_what_is_no_address_is_refused(head: str) -> None:
    with pytest.raises(JoinRefused, match="host:port"):
        joining.parse(head)


def test_addresses_of_both_kinds_are_read() -> None:
    assert joining.parse("192.0.2.10:6379") == ("192.0.2.10", 6379)
    assert joining.parse("[2001:db8::1]:6379") == ("2001:db8::1", 6379)


def test_a_head_that_does_not_answer_is_said_so() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: nobody else gets it, and nobody answers
        with pytest.raises(JoinRefused, match=r"Nothing answers at 127\.0\.0\.1"):
            joining.ask(f"127.0.0.1:{taken.getsockname()[1]}")


def test_a_token_file_that_is_not_there_ends_the_command_with_one_sentence(tmp_path: Path) -> None:
    config = tmp_path / "config.ini"
    config.write_text(f"[STORAGE]\nDATA_DIR = {tmp_path}\n", encoding="utf-8")
    command = ["join", "192.0.2.10:6379", "--token-file", str(tmp_path / "none"), "--config", str(config)]
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 1
    assert result.stderr.strip() == (
        f"There is no token file {tmp_path / 'none'}; copy the one that `khelmerch up` names on the head."
    )


def test_who_has_joined_one_head_cannot_join_another_before_leaving(settings: Settings) -> None:
    alive = Process(psutil.Process().pid, psutil.Process().create_time())
    Node("192.0.2.10:6379", alive).save(ray_node.note_path(settings))
    assert not ray_node.require_new(settings, "192.0.2.10:6379"), "there is nothing to do"
    with pytest.raises(JoinRefused, match="khelmerch leave"):
        ray_node.require_new(settings, "192.0.2.11:6379")


def test_the_node_of_a_keeper_that_was_killed_is_ended_before_another_is_started(settings: Settings) -> None:
    with subprocess.Popen(["sleep", "600"], start_new_session=True) as node:
        left = Process(node.pid, psutil.Process(node.pid).create_time())
        Node("192.0.2.10:6379", left, "word", left).save(ray_node.note_path(settings))
        assert not ray_node.end_left_over(settings), "its keeper lives"
        Node("192.0.2.10:6379", Process(node.pid, 1.0), "word", left).save(ray_node.note_path(settings))
        assert ray_node.end_left_over(settings)
        assert left.alive() is None
    assert not ray_node.note_path(settings).exists(), "who waits for the new node would take it for that"


def test_a_head_that_misses_an_answer_while_a_node_starts_is_asked_again(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(_head: str) -> HeadFacts:
        raise JoinRefused("What answers there is no Ray head, or one that is starting.")

    me = Process(psutil.Process().pid, psutil.Process().create_time())
    Node("192.0.2.10:6379", me, "word").save(ray_node.note_path(settings))
    monkeypatch.setattr(ray_node.joining, "ask", busy)
    assert not ray_node._appeared(settings, "192.0.2.10:6379")
    monkeypatch.setattr(ray_node.joining, "ask", lambda _head: HeadFacts("id", HEAD, frozenset({"word"})))
    assert ray_node._appeared(settings, "192.0.2.10:6379")


def test_a_keeper_that_died_does_not_count_as_joined(settings: Settings) -> None:
    Node("192.0.2.10:6379", Process(psutil.Process().pid, 1.0)).save(ray_node.note_path(settings))
    assert ray_node.require_new(settings, "192.0.2.11:6379")
    assert not ray_node.leave(settings), "nothing of it lives, and nothing else is touched"
    assert not ray_node.note_path(settings).exists()
