"""When a message is tried again, how it is signed, and which addresses are of the public internet."""

from __future__ import annotations

import base64
import ipaddress
import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from actors import webhook_policy as policy
from actors.errors import WebhookRefused
from actors.webhook_address import is_public, parse, target_of
from actors.webhook_policy import Verdict


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (200, "delivered"),
        (204, "delivered"),
        (301, "again"),
        (404, "again"),
        (429, "again"),
        (500, "again"),
        (410, "gone"),
    ],
)
def test_what_an_answer_means(status: int, expected: str) -> None:
    assert policy.verdict(status) == Verdict(expected)


@given(st.integers(0, 2**32), st.floats(0, 10))
def test_tries_come_ever_later_for_a_day_and_then_no_more(seed: int, took: float) -> None:
    chance, now, tries = random.Random(seed), 1_000.0, 0
    delays = []
    while True:
        tries += 1
        now += took
        when = policy.next_try(tries, 1_000.0, now, chance)
        if when is None:
            break
        delays.append(when - now)
        now = when
    assert now <= 1_000.0 + policy.GIVE_UP_SECONDS
    assert 9 <= tries <= 25
    assert delays[0] <= 1.5 * policy.FIRST_SECONDS + 0.001
    assert all(0.5 * policy.FIRST_SECONDS - 0.001 <= delay <= 1.5 * policy.LONGEST_SECONDS for delay in delays)


@given(st.integers(1, 20), st.floats(0, 1e9), st.integers(0, 2**32))
def test_a_receiver_may_ask_for_more_time_but_not_for_ever(tries: int, asked: float, seed: int) -> None:
    when = policy.next_try(tries, 0.0, 0.0, random.Random(seed), asked)
    assert when is not None
    assert min(asked, policy.LONGEST_SECONDS) <= when <= 1.5 * policy.LONGEST_SECONDS


@given(st.binary(min_size=24, max_size=64), st.text(), st.integers(10**9, 2 * 10**9))
def test_another_implementation_signs_in_the_same_way(key: bytes, text: str, moment: int) -> None:
    from datetime import UTC, datetime

    secret = "whsec_" + base64.b64encode(key).decode()
    body = text.encode("utf-8", "replace")
    theirs = Webhook(secret).sign("msg_1", datetime.fromtimestamp(moment, UTC), body.decode())
    assert policy.headers("msg_1", moment, body, secret)["webhook-signature"] == theirs


@pytest.mark.parametrize(
    "secret",
    ["", "abc", "whsec_", "whsec_!!", "whsec_\U0006ec52", "ключ", "whsec_" + base64.b64encode(bytes(23)).decode()],
)
def test_a_secret_that_is_none_is_refused(secret: str) -> None:
    with pytest.raises(WebhookRefused):
        policy.secret_key(secret)


def test_a_new_secret_is_a_good_one_and_never_the_same() -> None:
    first, second = policy.new_secret(), policy.new_secret()
    assert first != second and len(policy.secret_key(first)) == 32


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "198.18.0.1",
        "192.0.2.1",
        "240.0.0.1",
        "::",
        "::1",
        "fe80::1",
        "fc00::1",
        "fd00:ec2::254",
        "fec0::1",
        "ff02::1",
        "2001:db8::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::a00:1",
        "2002:7f00:1::",
        "2002:a00:1::",
        "::127.0.0.1",
        "2001:0:4136:e378:8000:63bf:80ff:fffe",
    ],
)
def test_an_address_inside_is_not_public_however_it_is_written(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address", ["93.184.215.14", "8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::"]
)
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com",
        "ftp://example.com/",
        "file:///etc/passwd",
        "http://",
        "http://user:pass@example.com/",
        "https://example.com/" + "a" * 2_000,
    ],
)
def test_what_is_no_address_of_the_web_is_refused(url: str) -> None:
    with pytest.raises(WebhookRefused):
        parse(url)


async def test_the_checked_address_is_connected_to_and_the_name_kept_for_the_certificate() -> None:
    async def lookup(host: str, port: int) -> Sequence[str]:
        assert (host, port) == ("example.com", 8443)
        return ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"]

    target = await target_of("https://example.com:8443/a?b=c", allow_private=False, lookup=lookup)
    assert target.url == "https://93.184.215.14:8443/a?b=c"
    assert (target.host, target.name) == ("example.com:8443", "example.com")


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "2130706433", "0x7f.1", "017700000001", "[::1]", "[::ffff:127.0.0.1]", "localhost", "127.1"]
)
async def test_this_machine_is_refused_in_every_spelling(host: str) -> None:
    with pytest.raises(WebhookRefused):
        await target_of(f"http://{host}:8265/", allow_private=False)
