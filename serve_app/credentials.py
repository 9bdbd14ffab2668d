"""Where a request carries its key. The one place that reads it; a front for other clients adds its place here."""

from __future__ import annotations

from collections.abc import Mapping

SCHEMES = ("bearer", "deepl-auth-key")
"""Of `Authorization`: ours, and that of DeepL's clients."""
HEADER = "x-api-key"


def given_key(headers: Mapping[str, str]) -> str | None:
    """-> the key of `Authorization: Bearer` (or `DeepL-Auth-Key`) or `X-API-Key`, whatever it is worth.

    headers: names in lower case.

    Never from the address: addresses stand in logs and histories.
    """
    scheme, _, key = headers.get("authorization", "").partition(" ")
    if scheme.lower() in SCHEMES and key.strip():
        return key.strip()
    return headers.get(HEADER, "").strip() or None
