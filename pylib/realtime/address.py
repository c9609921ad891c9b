"""The address of a live connection: the WebSocket url and the subprotocols offered."""

from pylib.protocol import handshake


class Address:
    """The fixed part of a connection's address; the rest comes with each attempt."""

    def __init__(
        self, base_url: str, *, token_in_query: bool = False, offers_subprotocol: bool = True
    ) -> None:
        self._base_url = base_url
        self._token_in_query = token_in_query
        self._offers_subprotocol = offers_subprotocol

    def url(self, session_id: str, token: str, resume: str, last_seq: int, language: str) -> str:
        """The url for one attempt.

        `resume` is the id of the connection to resume, `last_seq` the newest frame it received, `language` a
        listener's (ISO 639-1). `token`, `resume` and `language` may be empty.
        """
        query = []
        if session_id:
            query.append(handshake.SESSION_ID + "=" + session_id)
        if token and self._token_in_query:
            query.append(handshake.TOKEN + "=" + token)
        if language and session_id:
            query.append(handshake.TARGET_LANGUAGE + "=" + language)
        if resume and session_id:
            query.append(handshake.RESUME + "=" + resume)
            query.append(handshake.LAST_SEQ + "=" + str(max(last_seq, 0)))
        if not query:
            return self._base_url
        return self._base_url + ("&" if "?" in self._base_url else "?") + "&".join(query)

    def subprotocols(self, token: str) -> list[str]:
        """The subprotocols to offer. They carry the token, because urls end up in logs.

        A browser closes a connection whose server selects none of those offered: to such a server none is.
        """
        if not self._offers_subprotocol:
            return []
        return handshake.subprotocols("" if self._token_in_query else token)
