"""An identity provider for development: one demo account, tokens as Amazon Cognito makes them."""

import base64
import hashlib
import hmac
import secrets
import sqlite3
import time
import uuid
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from backend.data_dir import CLIENT_ID
from backend.database import Database, transaction

REFRESH_TOKEN_S = 30 * 24 * 3600
RETRY_GRACE_S = 60
"""A replaced refresh token works this much longer, for a client that lost the answer (Cognito's
RetryGracePeriodSeconds). Used later still, it was copied: its whole family is revoked."""


class NotAuthorized(Exception):
    """Wrong password, or a refresh token that is unknown, spent or expired."""


class DevPool:
    """The demo account and the tokens given out for it.

    Args:
        database: keeps digests of refresh tokens.
        key: signs tokens.
        account: `subject`, `email` and `password` of the demo account.
        issuer: the `iss` of all tokens.
        id_token_s: lifetime of id and access tokens, in seconds.
    """

    def __init__(
        self,
        database: Database,
        key: rsa.RSAPrivateKey,
        account: dict[str, str],
        issuer: str,
        id_token_s: float,
    ) -> None:
        self.issuer = issuer
        self.account = account
        self._database = database
        self._key = key
        self._id_token_s = id_token_s
        self._public = RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
        self._kid = _thumbprint(self._public)

    def jwks(self) -> dict[str, Any]:
        """The public key as a JWK set (RFC 7517)."""
        public = {"kty": "RSA", "n": self._public["n"], "e": self._public["e"]}
        return {"keys": [{**public, "kid": self._kid, "alg": "RS256", "use": "sig"}]}

    async def sign_in(self, username: str, password: str) -> dict[str, Any]:
        """Cognito's AuthenticationResult. Raises NotAuthorized."""
        known = hmac.compare_digest(username.encode(), self.account["email"].encode())
        right = hmac.compare_digest(password.encode(), self.account["password"].encode())
        if not (known and right):
            raise NotAuthorized
        auth_time = int(time.time())
        refresh = await self._new_refresh_token(uuid.uuid4().hex, auth_time)
        return {**self.tokens(self.account["subject"], auth_time), "RefreshToken": refresh}

    async def refresh(self, token: str) -> dict[str, Any]:
        """An AuthenticationResult with a new refresh token; the old one is retired. Raises NotAuthorized."""
        family, subject, auth_time = await self._retire(token)
        refresh = await self._new_refresh_token(family, auth_time)
        return {**self.tokens(subject, auth_time), "RefreshToken": refresh}

    async def revoke(self, token: str) -> None:
        """Revoke a refresh token and all that came from the same sign-in; unknown tokens are ignored."""

        def work(connection: sqlite3.Connection) -> None:
            connection.execute(
                "DELETE FROM refresh_tokens WHERE family IN "
                "(SELECT family FROM refresh_tokens WHERE digest = ?)",
                (_digest(token),),
            )

        await self._database.run(work)

    async def sign_out_everywhere(self, subject: str) -> None:
        """Revoke all refresh tokens of a user."""
        await self._database.run(
            lambda connection: connection.execute("DELETE FROM refresh_tokens WHERE subject = ?", (subject,))
        )

    def tokens(self, subject: str, auth_time: int) -> dict[str, Any]:
        """IdToken, AccessToken, ExpiresIn and TokenType for a user."""
        now = int(time.time())
        common = {"sub": subject, "iss": self.issuer, "iat": now, "exp": now + int(self._id_token_s)}
        common |= {"auth_time": auth_time, "jti": str(uuid.uuid4())}
        email = self.account["email"]
        return {
            "IdToken": self.sign({**common, "token_use": "id", "aud": CLIENT_ID, "email": email}),
            "AccessToken": self.sign({**common, "token_use": "access", "client_id": CLIENT_ID}),
            "ExpiresIn": int(self._id_token_s),
            "TokenType": "Bearer",
        }

    def sign(self, claims: dict[str, Any]) -> str:
        """A signed token with exactly these claims."""
        return jwt.encode(claims, self._key, algorithm="RS256", headers={"kid": self._kid})

    async def _new_refresh_token(self, family: str, auth_time: int) -> str:
        token = secrets.token_urlsafe(48)
        row = (_digest(token), family, self.account["subject"], auth_time, int(time.time()) + REFRESH_TOKEN_S)
        await self._database.run(
            lambda connection: connection.execute(
                "INSERT INTO refresh_tokens VALUES (?, ?, ?, ?, ?, NULL)", row
            )
        )
        return token

    async def _retire(self, token: str) -> tuple[str, str, int]:
        digest, now = _digest(token), int(time.time())

        def work(connection: sqlite3.Connection) -> sqlite3.Row | None:
            with transaction(connection):
                row: sqlite3.Row | None = connection.execute(
                    "SELECT * FROM refresh_tokens WHERE digest = ?", (digest,)
                ).fetchone()
                if row is None or row["expires_at"] <= now:
                    return None
                if row["retired_at"] is not None and row["retired_at"] + RETRY_GRACE_S < now:
                    connection.execute("DELETE FROM refresh_tokens WHERE family = ?", (row["family"],))
                    return None
                connection.execute(
                    "UPDATE refresh_tokens SET retired_at = COALESCE(retired_at, ?) WHERE digest = ?",
                    (now, digest),
                )
                return row

        row = await self._database.run(work)
        if row is None:
            raise NotAuthorized
        return row["family"], row["subject"], row["auth_time"]


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _thumbprint(public: dict[str, Any]) -> str:
    """The key's id, made from the key itself (RFC 7638)."""
    canonical = f'{{"e":"{public["e"]}","kty":"RSA","n":"{public["n"]}"}}'
    return base64.urlsafe_b64encode(hashlib.sha256(canonical.encode()).digest()).rstrip(b"=").decode()
