"""The language of this page, which the speaker sees counted among the listeners'."""

from pylib.realtime.client import RealtimeClient
from pylib.ui.i18n import Texts


class OwnLanguage:
    """Told by the newest live connection: when it is made, and when the page's language changes."""

    def __init__(self) -> None:
        self._language = ""
        self._client: RealtimeClient | None = None

    def set_texts(self, texts: Texts) -> None:
        """The page speaks this language from now on."""
        self._language = texts.language
        if self._client is not None:
            self._client.ask_for(self._language)

    def told_by(self, client: RealtimeClient) -> RealtimeClient:
        """The same client, which tells it from now on."""
        self._client = client
        client.ask_for(self._language)
        return client
