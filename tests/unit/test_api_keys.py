"""API keys: how they are kept, made and taken back, over both databases; and the limits that they carry."""

from __future__ import annotations

import json
import logging
import re
import time
from dataclasses import replace
from pathlib import Path

import pytest
from service_kit import Service

from actors.errors import ClientQueueFull, ClientQuota
from actors.logs import JsonLines
from storage.api_keys import ApiKey, KeyLimits, Role, digest_of, hidden, id_of, new_key, opens
from storage.errors import KeyNotFound, KeyRefused, StorageError
from storage.key_keeper import KeyKeeper, WantedKey
from storage.key_secret import make_secret, read_local_key, read_secret
from storage.repository import Repository

NOW = 1_800_000_000.0
DAY = 86_400.0


@pytest.fixture
def keeper(repository: Repository, tmp_path: Path) -> KeyKeeper:
    return KeyKeeper(repository.keys, tmp_path / "keys")


def valid(repository: Repository, now: float = NOW) -> dict[str, ApiKey]:
    return {key.name: key for key in repository.keys.all() if key.problem(now) is None}


def test_a_key_has_more_than_128_random_bits_and_no_two_are_alike() -> None:
    made = [new_key() for _ in range(200)]
    assert len({key for _id, key in made}) == len({key_id for key_id, _key in made}) == 200
    for key_id, key in made:
        assert id_of(key) == key_id
        assert len(key.split("_", 2)[2]) * 6 >= 256
    for wrong in (
        "",
        "kh_",
        key + "x",
        key[:-1],
        f" {key}",
        key.replace("kh_", "kx_"),
        "kh_" + "0" * 10 + "_" + "a" * 43,
    ):
        assert id_of(wrong) is None


def test_what_is_stored_opens_nothing_and_is_another_under_another_secret(
    repository: Repository, keeper: KeyKeeper, tmp_path: Path
) -> None:
    made, key = keeper.create(WantedKey("desk", limits=KeyLimits(60, 1000, 5, 2**20), expires_at=None), NOW)
    (stored,) = [one for one in repository.keys.all() if one.id == made.id]
    assert stored == made and stored.limits == KeyLimits(60, 1000, 5, 2**20)
    assert key.split("_", 2)[2] not in str(stored)
    secret = read_secret(tmp_path / "keys")
    assert opens(stored, key, secret) and not opens(stored, new_key()[1], secret)
    assert digest_of(key, secret) != digest_of(key, b"another")


def test_the_first_key_brings_one_for_this_machine_in_a_file_of_its_own(
    repository: Repository, keeper: KeyKeeper, tmp_path: Path
) -> None:
    keeper.create(WantedKey("desk"), NOW)
    keeper.create(WantedKey("dash", Role.VIEWER), NOW)
    assert {name: key.role for name, key in valid(repository).items()} == {
        "desk": Role.CLIENT,
        "dash": Role.VIEWER,
        "local": Role.OPERATOR,
    }
    local = read_local_key(tmp_path / "keys")
    assert local is not None and id_of(local) == valid(repository)["local"].id
    for path in (tmp_path / "keys").iterdir():
        assert path.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700


def test_a_lost_local_key_is_replaced_and_opens_nothing_any_more(
    repository: Repository, keeper: KeyKeeper, tmp_path: Path
) -> None:
    keeper.create(WantedKey("desk"), NOW)
    lost = valid(repository)["local"]
    (tmp_path / "keys" / "operator-key").unlink()
    keeper.create(WantedKey("dash"), NOW)
    assert valid(repository)["local"].id != lost.id
    assert [key.problem(NOW) for key in repository.keys.all() if key.id == lost.id] == ["revoked"]


def test_a_key_that_was_taken_back_stays_so(repository: Repository, keeper: KeyKeeper) -> None:
    made, _key = keeper.create(WantedKey("desk"), NOW)
    first = keeper.revoke(made.id, NOW)
    assert keeper.revoke(made.id, NOW + DAY).revoked_at == first.revoked_at
    assert "desk" not in valid(repository)
    with pytest.raises(KeyNotFound):
        keeper.revoke("nope", NOW)
    with pytest.raises(KeyRefused):
        keeper.rotate(made.id, NOW)


def test_a_new_key_takes_the_place_of_an_old_one_at_once_or_after_a_while(
    repository: Repository, keeper: KeyKeeper, tmp_path: Path
) -> None:
    old, _key = keeper.create(WantedKey("desk", client_id="shop", limits=KeyLimits(7)), NOW)
    new, key = keeper.rotate(old.id, NOW)
    assert replace(new, id=old.id, digest=old.digest, created_at=old.created_at) == old
    assert opens(new, key, read_secret(tmp_path / "keys")) and valid(repository)["desk"].id == new.id
    newer, _key = keeper.rotate(new.id, NOW, 3600)
    both = [one.id for one in repository.keys.all() if one.name == "desk" and one.problem(NOW + 3599) is None]
    assert sorted(both) == sorted([new.id, newer.id])
    assert [one.id for one in repository.keys.all() if one.name == "desk" and one.problem(NOW + 3601) is None] == [
        newer.id
    ]


def test_rotating_the_local_key_writes_its_file_anew(repository: Repository, keeper: KeyKeeper, tmp_path: Path) -> None:
    keeper.create(WantedKey("desk"), NOW)
    made, key = keeper.rotate(valid(repository)["local"].id, NOW)
    assert read_local_key(tmp_path / "keys") == key and valid(repository)["local"].id == made.id


@pytest.mark.parametrize(
    "wanted",
    [
        WantedKey(""),
        WantedKey("a b"),
        WantedKey("a\nb"),
        WantedKey("local"),
        WantedKey("desk", client_id="../x"),
        WantedKey("desk", limits=KeyLimits(-1)),
        WantedKey("desk", expires_at="2020-01-01T00:00:00.000000Z"),
    ],
)
def test_what_makes_no_sense_is_refused(keeper: KeyKeeper, wanted: WantedKey) -> None:
    with pytest.raises(KeyRefused):
        keeper.create(wanted, NOW)


def test_a_lost_secret_is_never_made_anew_behind_the_keys_back(
    repository: Repository, keeper: KeyKeeper, tmp_path: Path
) -> None:
    keeper.create(WantedKey("desk"), NOW)
    (tmp_path / "keys" / "key-secret").unlink()
    with pytest.raises(StorageError, match="keys reset"):
        keeper.create(WantedKey("dash"), NOW)
    assert keeper.reset() == 2 and repository.keys.all() == []
    assert list((tmp_path / "keys").iterdir()) == []
    keeper.create(WantedKey("dash"), NOW)


def test_a_secret_that_others_may_read_is_not_used(tmp_path: Path) -> None:
    make_secret(tmp_path)
    (tmp_path / "key-secret").chmod(0o640)
    with pytest.raises(StorageError, match="chmod 600"):
        read_secret(tmp_path)


def test_no_key_gets_into_the_log() -> None:
    key_id, key = new_key()
    record = logging.makeLogRecord(
        {"msg": "asked with %s", "args": (key,), "headers": {"authorization": f"Bearer {key}"}}
    )
    try:
        raise ValueError(key)
    except ValueError as error:
        record.exc_info = (type(error), error, error.__traceback__)
    line = JsonLines().format(record)
    assert key.split("_", 2)[2] not in line and line.count(f"kh_{key_id}_***") >= 3
    assert json.loads(line)["message"] == f"asked with kh_{key_id}_***"
    assert hidden("no key here") == "no key here"


# ---- in the scheduler


async def test_a_clients_limits_are_those_of_its_newest_valid_key(tmp_path: Path) -> None:
    service = Service.of(tmp_path, max_pending_per_client=9, max_chars_per_day=500)
    assert service.keys.limits_of("anna") == KeyLimits(0, 500, 9)
    await service.keys.create(WantedKey("anna", limits=KeyLimits(max_pending=2)))
    newer, _key = await service.keys.create(WantedKey("second", client_id="anna", limits=KeyLimits(max_pending=1)))
    assert service.keys.limits_of("anna") == KeyLimits(0, 500, 1)
    await service.keys.revoke(newer.id)
    assert service.keys.limits_of("anna").max_pending == 2 and service.keys.limits_of("bob").max_pending == 9


async def test_a_keys_pending_tasks_are_limited_exactly_and_nobody_elses(tmp_path: Path) -> None:
    service = Service.of(tmp_path)
    await service.keys.create(WantedKey("anna", limits=KeyLimits(max_pending=1)))
    await service.submit("t1", "bob")  # takes the only place
    await service.submit("t2")
    with pytest.raises(ClientQueueFull) as refused:
        await service.submit("t3")
    assert refused.value.data["limit"] == 1
    await service.submit("t4", "bob")
    assert (await service.keys.usage("anna", service.submission.waiting_of("anna")))["pending_tasks"] == 1


async def test_a_keys_characters_of_a_day_are_limited(tmp_path: Path) -> None:
    service = Service.of(tmp_path)
    await service.keys.create(WantedKey("anna", limits=KeyLimits(chars_per_day=100)))
    service.repository.usage.add("anna", 60, time.time())
    service.submission.check_quota("anna", 40)
    with pytest.raises(ClientQuota) as refused:
        service.submission.check_quota("anna", 41)
    assert (refused.value.data["used"], refused.value.data["limit"]) == (60, 100)
    service.submission.check_quota("bob", 10**9)
    usage = await service.keys.usage("anna", 0)
    assert (usage["characters_today"], usage["characters_per_day"], usage["days"][0]["characters"]) == (60, 100, 60)


async def test_the_ingress_is_told_when_keys_changed_and_only_then(tmp_path: Path) -> None:
    service = Service.of(tmp_path)
    first = await service.keys.snapshot(None, {})
    assert first is not None and first["keys"] == []
    assert await service.keys.snapshot(first["version"], {}) is None
    made, _key = await service.keys.create(WantedKey("anna"))
    second = await service.keys.snapshot(first["version"], {})
    assert second is not None and {key.name for key in second["keys"]} == {"anna", "local"}
    await service.keys.snapshot(second["version"], {made.id: NOW + 75, "gone": NOW})
    await service.keys.snapshot(second["version"], {made.id: NOW + 200})
    (stamp,) = [key.last_used_at for key in service.repository.keys.all() if key.id == made.id]
    assert stamp is not None and re.fullmatch(r".*:00\.000000Z", stamp), "to the minute, and not written again so soon"


async def test_a_change_that_could_not_be_stored_is_no_change(tmp_path: Path) -> None:
    service = Service.of(tmp_path)
    with pytest.raises(KeyRefused):
        await service.keys.create(WantedKey("a b"))
    assert await service.keys.all() == [] and service.repository.keys.all() == []
