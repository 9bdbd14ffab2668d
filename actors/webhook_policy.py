"""What an answer to a webhook means, and when it is tried again. Pure; the scheme is that of standardwebhooks.com."""

from __future__ import annotations

import base64
import hashlib
import hmac
import random
import secrets
from enum import StrEnum

from actors.errors import WebhookRefused

GIVE_UP_SECONDS = 86_400.0
"""A message is tried for a day."""

FIRST_SECONDS = 5.0
LONGEST_SECONDS = 4 * 3_600.0
GROWTH = 4.0
"""5 s, 20 s, 80 s, 5 min, 21 min, 85 min, then every 4 hours: about a dozen tries in a day."""

JITTER = 0.5
"""Each delay is taken from 50 to 150 per cent of its value, so that messages that failed together do not return together."""

SECRET_PREFIX = "whsec_"  # noqa: S105 - no secret, it says what follows
MIN_SECRET_BYTES, NEW_SECRET_BYTES, MAX_SECRET_BYTES = 24, 32, 64
"""The scheme asks for 24 to 64 bytes."""

GONE = 410


class Verdict(StrEnum):
    DELIVERED = "delivered"
    AGAIN = "again"
    GONE = "gone"
    """The receiver wants nothing any more: its webhook is switched off."""


def verdict(status: int) -> Verdict:
    """What an HTTP status means. A redirect is not followed and so is no delivery."""
    if 200 <= status < 300:
        return Verdict.DELIVERED
    return Verdict.GONE if status == GONE else Verdict.AGAIN


def next_try(tries: int, created: float, now: float, chance: random.Random, asked: float | None = None) -> float | None:
    """-> when to try again after `tries` failed tries; None when the day is over. Times in Unix seconds.

    asked: seconds that the receiver asked for (Retry-After); no earlier, and no later than the longest delay.
    """
    delay = min(LONGEST_SECONDS, FIRST_SECONDS * GROWTH ** (tries - 1)) * chance.uniform(1 - JITTER, 1 + JITTER)
    if asked is not None:
        delay = max(delay, min(asked, LONGEST_SECONDS))
    when = now + delay
    return when if when <= created + GIVE_UP_SECONDS else None


def new_secret() -> str:
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(NEW_SECRET_BYTES)).decode()


def secret_key(secret: str) -> bytes:
    """-> the bytes that messages are signed with. Raises WebhookRefused."""
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except ValueError:  # no base64, or no ASCII
        key = b""
    if not secret.startswith(SECRET_PREFIX) or not MIN_SECRET_BYTES <= len(key) <= MAX_SECRET_BYTES:
        raise WebhookRefused(
            f"A webhook's secret is {SECRET_PREFIX} and the base64 of {MIN_SECRET_BYTES} to {MAX_SECRET_BYTES} random "
            "bytes; leave it out to be given one.",
            field="secret",
        )
    return key


def headers(message_id: str, moment: int, body: bytes, secret: str) -> dict[str, str]:
    """-> webhook-id, webhook-timestamp (`moment`, Unix seconds) and webhook-signature, HMAC-SHA256 over all three."""
    signed = f"{message_id}.{moment}.".encode() + body
    digest = hmac.new(secret_key(secret), signed, hashlib.sha256).digest()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(moment),
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }
