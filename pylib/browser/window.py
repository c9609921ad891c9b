"""The browser's window: address, events, clipboard and `window.lectern`; and random ids."""

from typing import Any, Callable

import js

from pylib.browser.bridge import Callbacks, JsException, js_object, service, try_call


class BrowserWindow:
    """The browser's window: address, events, and `window.lectern`."""

    def __init__(self) -> None:
        self._callbacks = Callbacks()
        self._collected: Any = None
        self._frame: Any = None
        self._on_frame: Callable[[], None] = lambda: None

    @property
    def url(self) -> str:
        """The page's address without query and fragment."""
        return str(js.location.origin) + str(js.location.pathname)

    def parameter(self, name: str) -> str:
        """A query parameter, empty when absent."""
        value = js.URLSearchParams.new(js.location.search).get(name)
        return value if isinstance(value, str) else ""

    def keep_parameter(self, name: str, value: str) -> None:
        """Put a query parameter into the address, so that a reload has it.

        An equal value is left alone, because a change of the address makes the browser lay out the page.
        """
        if self.parameter(name) != value:
            address = js.URL.new(js.location.href)
            address.searchParams.set(name, value)
            try_call(js.history, "replaceState", None, "", address.href)

    def is_local(self) -> bool:
        """Whether the page comes from this very machine, as in development."""
        return str(js.location.hostname) in ("localhost", "127.0.0.1", "[::1]")

    def on(self, event: str, handler: Callable[[], None]) -> None:
        """Listen to online, offline, pagehide and the like."""
        self._callbacks.listen(js.window, event, lambda _event: handler())

    def is_visible(self) -> bool:
        """See Window."""
        return str(js.document.visibilityState) == "visible"

    def on_visible(self, handler: Callable[[], None]) -> None:
        """Call `handler` when a hidden page is shown again."""
        self._on_visibility("visible", handler)

    def on_hidden(self, handler: Callable[[], None]) -> None:
        """Call `handler` when the page is hidden, as by another tab; the last that a phone may tell of it."""
        self._on_visibility("hidden", handler)

    def _on_visibility(self, state: str, handler: Callable[[], None]) -> None:
        def changed(_event: Any) -> None:
            if str(js.document.visibilityState) == state:
                handler()

        self._callbacks.listen(js.document, "visibilitychange", changed)

    def next_frame(self, handler: Callable[[], None]) -> None:
        """Call `handler` once, before the next animation frame; a hidden page has none until it is shown.

        Only the last handler counts, so that one lent function serves all frames.
        """
        self._on_frame = handler
        if self._frame is None:
            self._frame = self._callbacks.lend(lambda _at: self._on_frame())
        js.requestAnimationFrame(self._frame)

    def publish(self, stats: Callable[[], dict[str, float]]) -> None:
        """Set `window.lectern`: from it tests learn that the page is ready, and read its figures."""

        def collect() -> Any:
            # Kept here: MicroPython collects garbage between our `return` and JavaScript's taking it.
            self._collected = js_object(lentCallbacks=Callbacks.lent, **stats())
            return self._collected

        js.window.lectern = js_object(ready=True, stats=self._callbacks.lend(collect))

    async def copy(self, text: str) -> bool:
        """Put a text on the clipboard; False when the browser refuses, or has none."""
        clipboard = service(js.navigator, "clipboard")
        if clipboard is None:
            return False
        try:
            await clipboard.writeText(text)
        except JsException:
            return False
        return True


def random_id() -> str:
    """A random UUID (RFC 9562, version 4); crypto.randomUUID is missing on plain http."""
    values = js.crypto.getRandomValues(js.Uint8Array.new(16))
    octets = bytearray([int(values[i]) for i in range(16)])
    octets[6] = octets[6] & 0x0F | 0x40
    octets[8] = octets[8] & 0x3F | 0x80
    text = bytes(octets).hex()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
