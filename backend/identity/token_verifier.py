"""Who is asking: checks RS256 id tokens against the keys (JWKS) of a user pool.

What Amazon Cognito asks of a verifier: signature, `exp`, `aud`, `iss` and `token_use`
("Verifying a JSON web token" in its developer guide).
"""

from typing import Any, NamedTuple

import jwt

from backend.identity.pool_keys import KeySource
from backend.problems import Problem
from pylib.protocol import codes

MAX_TOKEN_CHARS = 8192


class User(NamedTuple):
    """Whom a token speaks for; `subject` is the pool's lasting id of that person.

    `expires_ms` is when the token expires, in ms since the epoch.
    """

    subject: str
    expires_ms: int


class TokenVerifier:
    """Turns a token into a User, or refuses it; nothing in between."""

    def __init__(self, keys: KeySource, *, issuer: str, audience: str, leeway_s: float) -> None:
        self._keys = keys
        # Operators copy the address with or without its last slash; tokens of one pool have one form.
        self._issuers = (issuer.rstrip("/"), issuer.rstrip("/") + "/")
        self._audience = audience
        self._leeway_s = leeway_s

    async def verify(self, token: str, use: str = "id") -> User:
        """Whom this token speaks for.

        Raises Problem 401 (AUTH_TOKEN_INVALID or AUTH_TOKEN_EXPIRED), or 503 while the pool's keys are away.
        """
        if len(token) > MAX_TOKEN_CHARS:
            raise _invalid()
        try:
            kid = jwt.get_unverified_header(token).get("kid")
            # Claims first: a token that no key would make good is refused without a question to the pool.
            self._check(token, use, None)
            key = await self._keys.find(kid) if isinstance(kid, str) else None
            if key is None:
                raise _invalid()
            return self._check(token, use, key)
        except jwt.ExpiredSignatureError as error:
            raise Problem(
                401, codes.AUTH_TOKEN_EXPIRED, "You were signed out. Please sign in again."
            ) from error
        except (jwt.PyJWTError, ValueError, TypeError, ArithmeticError, RecursionError) as error:
            raise _invalid() from error

    def _check(self, token: str, use: str, key: jwt.PyJWK | None) -> User:
        """The user that the claims name; without a key the signature is not looked at."""
        claims: dict[str, Any] = jwt.decode(
            token,
            key or "",
            # Fixed here and never read from the token (RFC 8725, section 3.1).
            algorithms=["RS256"],
            issuer=self._issuers,
            audience=self._audience if use == "id" else None,
            leeway=self._leeway_s,
            options={
                "require": ["exp", "iat", "sub", "iss", "token_use"],
                "verify_signature": key is not None,
                # A Cognito access token names its client in client_id and has no audience.
                "verify_aud": use == "id",
                # Without a signature PyJWT checks the claims only when it is told to.
                "verify_exp": True,
                "verify_nbf": True,
                "verify_iat": True,
                "verify_iss": True,
                "verify_sub": True,
                "verify_jti": True,
            },
        )
        if claims["token_use"] != use or not claims["sub"]:
            raise _invalid()
        return User(claims["sub"], int(claims["exp"]) * 1000)


def _invalid() -> Problem:
    return Problem(401, codes.AUTH_TOKEN_INVALID, "This sign-in is not valid. Please sign in again.")
