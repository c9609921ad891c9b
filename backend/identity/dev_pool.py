"""An identity provider for development, with tokens as Amazon Cognito makes them."""

import base64
import hashlib
import hmac
import secrets
import uuid
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from backend.data_dir import CLIENT_ID
from backend.ports import Account, Accounts, Clock, RefreshToken, RefreshTokenStore

REFRESH_TOKEN_S = 30 * 24 * 3600
RETRY_GRACE_S = 60
"""Where refresh tokens rotate, a replaced one works this much longer, for a client that lost the answer
(Cognito's RetryGracePeriodSeconds). Used later still, it was copied: its whole family is revoked."""


class NotAuthorized(Exception):
    """Wrong password, or a refresh token that is unknown, spent or expired; in the words of Cognito."""


class DevPool:
    """Signs people in, and gives out and takes back their tokens.

    Args:
        accounts: who can sign in.
        refresh_tokens: keeps digests of refresh tokens.
        key: signs tokens.
        issuer: the `iss` of all tokens.
        id_token_s: lifetime of id and access tokens, in seconds.
        rotate_refresh_tokens: whether a refresh gives a new refresh token and retires the old one. A user
            pool does not, unless told to, and older clients keep the token of their sign-in.
        clock: dates all tokens.
    """

    def __init__(
        self,
        accounts: Accounts,
        refresh_tokens: RefreshTokenStore,
        key: rsa.RSAPrivateKey,
        *,
        issuer: str,
        id_token_s: float,
        rotate_refresh_tokens: bool = False,
        clock: Clock,
    ) -> None:
        self.issuer = issuer
        self._accounts = accounts
        self._refresh_tokens = refresh_tokens
        self._key = key
        self._id_token_s = id_token_s
        self._rotate = rotate_refresh_tokens
        self._clock = clock
        self._public = RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
        self._kid = _thumbprint(self._public)

    def jwks(self) -> dict[str, Any]:
        """The public key as a JWK set (RFC 7517)."""
        public = {"kty": "RSA", "n": self._public["n"], "e": self._public["e"]}
        return {"keys": [{**public, "kid": self._kid, "alg": "RS256", "use": "sig"}]}

    async def sign_in(self, username: str, password: str) -> dict[str, Any]:
        """Cognito's AuthenticationResult. Raises NotAuthorized."""
        account = await self._accounts.with_email(username)
        # Compared for unknown addresses as well, so that the time of the answer does not tell them apart.
        right = hmac.compare_digest(password.encode(), account.password.encode() if account else b"")
        if account is None or not right:
            raise NotAuthorized("Incorrect username or password.")
        auth_time = self._now_s()
        refresh = await self._new_refresh_token(uuid.uuid4().hex, account.subject, auth_time)
        return {**self.tokens(account, auth_time), "RefreshToken": refresh}

    async def refresh(self, token: str) -> dict[str, Any]:
        """An AuthenticationResult, with a new refresh token only where they rotate. Raises NotAuthorized."""
        find = self._retire if self._rotate else self._find
        old = await find(token)
        if old is None or old.expires_at <= self._now_s():
            raise NotAuthorized("Invalid Refresh Token")
        account = await self._accounts.with_subject(old.subject)
        if account is None:
            raise NotAuthorized("Invalid Refresh Token")
        result = self.tokens(account, old.auth_time)
        if self._rotate:
            result["RefreshToken"] = await self._new_refresh_token(old.family, old.subject, old.auth_time)
        return result

    async def revoke(self, token: str) -> None:
        """Revoke a refresh token and all that came from the same sign-in; unknown tokens are ignored."""
        known = await self._find(token)
        await self._refresh_tokens.remove_family(known.family if known else _family_in(token))

    async def sign_out_everywhere(self, subject: str) -> None:
        """Revoke all refresh tokens of a user."""
        await self._refresh_tokens.remove_all_of(subject)

    def tokens(self, account: Account, auth_time: int) -> dict[str, Any]:
        """IdToken, AccessToken, ExpiresIn and TokenType for a user."""
        now = self._now_s()
        common = {"sub": account.subject, "iss": self.issuer, "iat": now, "exp": now + int(self._id_token_s)}
        common |= {"auth_time": auth_time, "jti": str(uuid.uuid4())}
        return {
            "IdToken": self.sign({**common, "token_use": "id", "aud": CLIENT_ID, "email": account.email}),
            "AccessToken": self.sign({**common, "token_use": "access", "client_id": CLIENT_ID}),
            "ExpiresIn": int(self._id_token_s),
            "TokenType": "Bearer",
        }

    def sign(self, claims: dict[str, Any]) -> str:
        """A signed token with exactly these claims."""
        return jwt.encode(claims, self._key, algorithm="RS256", headers={"kid": self._kid})

    async def forget_old_tokens(self) -> None:
        """Drop refresh tokens that cannot be used any more, so that their table does not grow for ever."""
        # Where tokens do not rotate, a token that was retired under an earlier setting is good again.
        retired_s = self._steady_s() - RETRY_GRACE_S - 1 if self._rotate else 0
        await self._refresh_tokens.forget(self._now_s(), retired_s)

    async def _new_refresh_token(self, family: str, subject: str, auth_time: int) -> str:
        await self.forget_old_tokens()
        # The family stands in the token: a copied one is known as such long after its row was dropped.
        token = f"{family}.{secrets.token_urlsafe(48)}"
        expires_at = self._now_s() + REFRESH_TOKEN_S
        await self._refresh_tokens.add(RefreshToken(_digest(token), family, subject, auth_time, expires_at))
        return token

    async def _find(self, token: str) -> RefreshToken | None:
        return await self._refresh_tokens.find(_digest(token))

    async def _retire(self, token: str) -> RefreshToken | None:
        now = self._steady_s()
        old = await self._refresh_tokens.retire(_digest(token), now)
        if old is None or (old.retired_at is not None and old.retired_at + RETRY_GRACE_S < now):
            await self._refresh_tokens.remove_family(old.family if old else _family_in(token))
            return None
        return old

    def _now_s(self) -> int:
        return self._clock.now_ms() // 1000

    def _steady_s(self) -> int:
        """For the age of a retirement: setting the clock must not make a retried token a copied one."""
        return self._clock.steady_ms() // 1000


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _family_in(token: str) -> str:
    """The family that a refresh token names; for any other text the name of none."""
    return token.partition(".")[0]


def _thumbprint(public: dict[str, Any]) -> str:
    """The key's id, made from the key itself (RFC 7638)."""
    canonical = f'{{"e":"{public["e"]}","kty":"RSA","n":"{public["n"]}"}}'
    return base64.urlsafe_b64encode(hashlib.sha256(canonical.encode()).digest()).rstrip(b"=").decode()
