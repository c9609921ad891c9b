"""MediaControls, by the Media Session API (W3C). In a browser without it the methods do nothing."""

from typing import Any, Callable

import js

from pylib.browser.bridge import Callbacks, js_list, js_object, service, try_call, try_new


class BrowserMediaControls:
    """See MediaControls. Its picture is the page's icon for a phone's home screen."""

    def __init__(self) -> None:
        self._callbacks = Callbacks()
        has = service(js.window, "MediaMetadata") is not None
        self._session: Any = service(js.navigator, "mediaSession") if has else None

    def on(self, action: str, handler: Callable[[], None]) -> None:
        """See MediaControls. The call may throw: not every browser knows every action."""
        if self._session is not None:
            try_call(
                self._session, "setActionHandler", action, self._callbacks.lend(lambda _details: handler())
            )

    def set_metadata(self, title: str, artist: str) -> None:
        """See MediaControls."""
        if self._session is not None:
            metadata = js_object(title=title, artist=artist, album="Lectern", artwork=js_list(_pictures()))
            self._session.metadata = try_new(js.MediaMetadata, metadata)

    def set_state(self, state: str) -> None:
        """See MediaControls."""
        if self._session is not None:
            self._session.playbackState = state


def _pictures() -> "list[Any]":
    link = js.document.querySelector('link[rel="apple-touch-icon"]')
    return [js_object(src=link.href)] if link else []
