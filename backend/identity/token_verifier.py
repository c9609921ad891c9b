"""Who is asking: checks RS256 id tokens against the keys (JWKS) of a user pool.

What Amazon Cognito asks of a verifier: signature, `exp`, `aud`, `iss` and `token_use`
("Verifying a JSON web token" in its developer guide).
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple, Protocol

import aiohttp
import jwt

from backend.ports import Clock
from backend.problems import Problem
from pylib.protocol import codes

MAX_TOKEN_CHARS = 8192

log = logging.getLogger("lectern.tokens")


class User(NamedTuple):
    """Whom a token speaks for; `subject` is the pool's lasting id of that person."""

    subject: str


class KeySource(Protocol):
    """Where the public keys come from."""

    async def find(self, kid: str) -> jwt.PyJWK | None:
        """The key with this id, if the pool has one."""


class FixedKeys:
    """Keys that are known from the start: the dev pool's."""

    def __init__(self, jwks: Mapping[str, Any]) -> None:
        self._keys = parse_keys(jwks)

    async def find(self, kid: str) -> jwt.PyJWK | None:
        """The key with this id."""
        return self._keys.get(kid)


class FetchedKeys:
    """Keys of a remote pool, kept in memory and through outages of that pool.

    An unknown id makes it ask again, but at most every `refetch_every_s`, so that made-up ids
    cannot turn this server against the pool. Keys older than `keys_valid_s` are renewed
    when they are next needed; while that fails the old ones stay.
    """

    def __init__(
        self,
        fetch: Callable[[], Awaitable[Mapping[str, Any]]],
        *,
        refetch_every_s: float,
        keys_valid_s: float,
        clock: Clock,
    ) -> None:
        self._fetch = fetch
        self._refetch_every_s = refetch_every_s
        self._keys_valid_s = keys_valid_s
        self._clock = clock
        self._keys: dict[str, jwt.PyJWK] = {}
        self._tried_at = float("-inf")
        self._fetched_at = float("-inf")
        self._lock = asyncio.Lock()

    async def find(self, kid: str) -> jwt.PyJWK | None:
        """The key with this id, after asking the pool when it is not known."""
        if not self._good(kid):
            async with self._lock:
                # Another task may have fetched the key while this one waited for the lock.
                if (
                    not self._good(kid)
                    and self._clock.monotonic_s() - self._tried_at >= self._refetch_every_s
                ):
                    await self._refetch()
        return self._keys.get(kid)

    def _good(self, kid: str) -> bool:
        return kid in self._keys and self._clock.monotonic_s() - self._fetched_at < self._keys_valid_s

    async def _refetch(self) -> None:
        self._tried_at = self._clock.monotonic_s()
        try:
            self._keys = parse_keys(await self._fetch())
            self._fetched_at = self._clock.monotonic_s()
        except (aiohttp.ClientError, TimeoutError, ValueError, jwt.PyJWTError) as error:
            log.warning("the user pool's keys could not be fetched", extra={"error": type(error).__name__})


async def fetch_json(url: str) -> Mapping[str, Any]:
    """Read a JWKS. Raises aiohttp.ClientError, TimeoutError or ValueError."""
    timeout = aiohttp.ClientTimeout(total=5)
    async with aiohttp.ClientSession(timeout=timeout) as client, client.get(url) as answer:
        answer.raise_for_status()
        # Pools serve their keys as text/plain as well as application/json.
        body = await answer.json(content_type=None)
    if not isinstance(body, dict):
        raise ValueError("a JWKS is a JSON object")  # noqa: TRY004 - the caller treats all bad answers alike
    return body


def parse_keys(jwks: Mapping[str, Any]) -> dict[str, jwt.PyJWK]:
    """The RSA signing keys of a JWKS, by id; keys of other kinds are skipped."""
    keys = jwks.get("keys")
    if not isinstance(keys, list):
        raise ValueError("a JWKS holds a list of keys")  # noqa: TRY004 - as above
    usable = [
        key
        for key in keys
        if isinstance(key, dict)
        and key.get("kty") == "RSA"
        and key.get("use", "sig") == "sig"
        and key.get("kid")
    ]
    return {key["kid"]: jwt.PyJWK(key, algorithm="RS256") for key in usable}


class TokenVerifier:
    """Turns a token into a User, or refuses it; nothing in between."""

    def __init__(self, keys: KeySource, *, issuer: str, audience: str, leeway_s: float) -> None:
        self._keys = keys
        self._issuer = issuer
        self._audience = audience
        self._leeway_s = leeway_s

    async def verify(self, token: str, use: str = "id") -> User:
        """Whom this token speaks for. Raises Problem 401 (AUTH_TOKEN_INVALID or AUTH_TOKEN_EXPIRED)."""
        if len(token) > MAX_TOKEN_CHARS:
            raise _invalid()
        try:
            kid = jwt.get_unverified_header(token).get("kid")
            key = await self._keys.find(kid) if isinstance(kid, str) else None
            if key is None:
                raise _invalid()
            return self._check(token, key, use)
        except jwt.ExpiredSignatureError as error:
            raise Problem(
                401, codes.AUTH_TOKEN_EXPIRED, "You were signed out. Please sign in again."
            ) from error
        except (jwt.PyJWTError, ValueError, TypeError, ArithmeticError, RecursionError) as error:
            raise _invalid() from error

    def _check(self, token: str, key: jwt.PyJWK, use: str) -> User:
        claims = jwt.decode(
            token,
            key,
            # Fixed here and never read from the token (RFC 8725, section 3.1).
            algorithms=["RS256"],
            issuer=self._issuer,
            audience=self._audience if use == "id" else None,
            leeway=self._leeway_s,
            options={
                "require": ["exp", "iat", "sub", "iss", "token_use"],
                # A Cognito access token names its client in client_id and has no audience.
                "verify_aud": use == "id",
            },
        )
        if claims["token_use"] != use or not claims["sub"]:
            raise _invalid()
        return User(claims["sub"])


def _invalid() -> Problem:
    return Problem(401, codes.AUTH_TOKEN_INVALID, "This sign-in is not valid. Please sign in again.")
