"""CognitoAccount: the person who is signed in on this browser, signing in, signing out."""

import logging

from pylib.auth.claims import read_claims
from pylib.auth.cognito import CognitoClient
from pylib.auth.provider import TokenProvider
from pylib.auth.token_store import TokenStore
from pylib.errors import AuthError, LecternError
from pylib.tasks import in_background

log = logging.getLogger("lectern.auth")


class CognitoAccount:
    """The account that is signed in on this browser."""

    def __init__(self, client: CognitoClient, provider: TokenProvider, store: TokenStore) -> None:
        self._client = client
        self._provider = provider
        self._store = store

    @property
    def lasts(self) -> bool:
        """Whether the browser keeps the sign-in when the page is closed."""
        return self._store.lasts

    async def user_id(self) -> str:
        """The stable id (`sub`) of the account that is signed in; empty without one.

        Where a page was left while it signed out, that is done to its end.
        """
        if self._store.is_dismissed:
            in_background(self.sign_out)()
            return ""
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

    def dismiss(self) -> None:
        """Call before the page shows the sign-in form: from now on a reload finds no account."""
        self._store.dismiss()

    async def sign_out(self) -> None:
        """Delete the tokens here, then revoke them; if the service cannot be reached, they only expire."""
        tokens = await self._provider.forget()
        if tokens is None:
            return
        try:
            await self._client.revoke(tokens)
        except LecternError as error:
            log.warning("signed out here, but the tokens could not be revoked: %s", error.code)
