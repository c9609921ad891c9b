"""The language that a listener wants to hear, kept known to the server across connections."""

from typing import Callable


class TargetLanguage:
    """A language (ISO 639-1), empty for none.

    The url of each socket names it. When it changes after that url was made, `send_change` tells the
    server, at once or as soon as the connection is open.
    """

    def __init__(self, send_change: Callable[[str], bool]) -> None:
        self._send_change = send_change
        self._wanted = ""
        self._in_url = ""
        self._known_to_server = ""

    def choose(self, language: str) -> None:
        """Want another language from now on."""
        self._wanted = language
        self._send_if_changed()

    def for_url(self) -> str:
        """Return the language to put into the url of the next socket."""
        self._in_url = self._wanted
        return self._in_url

    def socket_in_use(self) -> None:
        """The socket of the newest url is in use; the server knows the language of that url."""
        self._known_to_server = self._in_url
        self._send_if_changed()

    def _send_if_changed(self) -> None:
        if self._wanted != self._known_to_server and self._send_change(self._wanted):
            self._known_to_server = self._wanted
