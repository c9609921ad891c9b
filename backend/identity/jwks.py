"""A pool's keys as it publishes them: a JWK set (RFC 7517), fetched and read with suspicion."""

import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import aiohttp
import jwt

FETCH_TIMEOUT_S = 5.0
MAX_BYTES = 256 * 1024
"""Pools publish a few kilobytes."""

NO_KEYS = (aiohttp.ClientError, OSError, ValueError, RecursionError)
"""What `fetch_keys` raises when there was no set of keys to be had."""

_BROKEN_KEY = (jwt.PyJWTError, ValueError, TypeError, AttributeError, LookupError, ArithmeticError)
_MAX_AGE = re.compile(r"max-age=([0-9]{1,9})(?![0-9])", re.IGNORECASE)


class KeySet(NamedTuple):
    """The RSA signing keys of a set by id, and for how many seconds the pool says that they may be kept.

    None stands for a key that the pool lists and that cannot be read. `max_age_s` is None where the pool
    does not say.
    """

    keys: Mapping[str, jwt.PyJWK | None]
    max_age_s: float | None = None


async def fetch_keys(url: str) -> KeySet:
    """Fetch and read the set at an address. Raises one of NO_KEYS."""
    timeout = aiohttp.ClientTimeout(total=FETCH_TIMEOUT_S)
    # Past the caches on the way: an unknown key may have been published a second ago.
    headers = {"Accept": "application/json", "Cache-Control": "no-cache"}
    async with (
        aiohttp.ClientSession(timeout=timeout) as client,
        # A redirect could lead to somebody else's keys: what a captive portal or a parked domain answers.
        client.get(url, headers=headers, allow_redirects=False) as answer,
    ):
        if answer.status != 200:
            raise ValueError(f"the pool answered {answer.status}")
        body = await _read(answer.content)
        max_age_s = _max_age_s(answer.headers.get("Cache-Control", ""))
    return KeySet(parse_keys(json.loads(body)), max_age_s)


def parse_keys(jwks: Any) -> dict[str, jwt.PyJWK | None]:
    """The RSA signing keys of a JWK set, by id; keys of other kinds are skipped, broken ones are None.

    Raises ValueError when this is no such set.
    """
    keys = jwks.get("keys") if isinstance(jwks, dict) else None
    if not isinstance(keys, list):
        raise ValueError("a JWKS holds a list of keys")  # noqa: TRY004 - callers treat all bad answers alike
    found: dict[str, jwt.PyJWK | None] = {}
    for key in filter(_is_for_signatures, keys):
        found[key["kid"]] = _read_key(key) or found.get(key["kid"])
    return found


def _is_for_signatures(key: Any) -> bool:
    return (
        isinstance(key, dict)
        and key.get("kty") == "RSA"
        and key.get("use", "sig") == "sig"
        and isinstance(key.get("kid"), str)
        and key["kid"] != ""
    )


def _read_key(key: dict[str, Any]) -> jwt.PyJWK | None:
    try:
        return jwt.PyJWK(key, algorithm="RS256")
    except _BROKEN_KEY:
        return None


async def _read(content: aiohttp.StreamReader) -> bytes:
    body = b""
    async for chunk in content.iter_any():
        body += chunk
        if len(body) > MAX_BYTES:
            raise ValueError("the pool's answer is too large")
    return body


def _max_age_s(cache_control: str) -> float | None:
    if re.search(r"\bno-(store|cache)\b", cache_control, re.IGNORECASE):
        return 0
    match = _MAX_AGE.search(cache_control)
    return float(match[1]) if match else None
