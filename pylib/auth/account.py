"""Account: signing in and out, and who it is."""

import logging

from pylib.auth.claims import read_claims
from pylib.auth.cognito import CognitoClient
from pylib.auth.provider import TokenProvider
from pylib.auth.token_store import TokenStore
from pylib.errors import AuthError, LecternError

log = logging.getLogger("lectern.auth")


class CognitoAccount:
    """Who uses this browser."""

    def __init__(self, client: CognitoClient, provider: TokenProvider, store: TokenStore) -> None:
        self._client = client
        self._provider = provider
        self._store = store

    async def user_id(self) -> str:
        """The stable id (`sub`) of who is signed in; empty when nobody is."""
        tokens = await self._store.load()
        if tokens is None:
            return ""
        try:
            return read_claims(tokens.id_token).sub
        except AuthError:
            await self._store.clear()
            return ""

    async def sign_in(self, email: str, password: str) -> None:
        """Sign in and keep the tokens. Raises like `CognitoClient.sign_in`."""
        await self._provider.adopt(await self._client.sign_in(email, password))

    async def sign_out(self) -> None:
        """Forget the tokens, then tell the sign-in service, which may be out of reach."""
        tokens = await self._provider.forget()
        if tokens is None:
            return
        try:
            await self._client.revoke(tokens)
        except LecternError as error:
            log.warning("signed out here, but the tokens could not be revoked: %s", error.code)
