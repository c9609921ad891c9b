"""Browser dialogs around a visit: the question before the page is left, sharing, printing."""

from typing import Any

import js

from pylib.browser.bridge import Callbacks, JsException, js_object, service


class BrowserVisit:
    """One visit to a page on Pyodide."""

    def __init__(self) -> None:
        self._leaving = Callbacks()
        self._asks = False

    def was_touched(self) -> bool:
        """Whether the person has clicked or typed on the page; before, some browsers suspend all sound."""
        activation = service(js.navigator, "userActivation")
        return activation is None or bool(activation.hasBeenActive)

    def keep_open(self, wanted: bool) -> None:
        """Turn the browser's question before the page is left on or off."""
        if wanted and not self._asks:
            self._leaving.listen(js.window, "beforeunload", _ask)
        elif not wanted:
            self._leaving.release()
        self._asks = wanted

    def can_share(self) -> bool:
        """Whether there is a share sheet."""
        return service(js.navigator, "share") is not None

    async def share(self, title: str, url: str) -> bool:
        """Open the share sheet; False when the browser refuses. To close it without sharing is no refusal."""
        try:
            await js.navigator.share(js_object(title=title, url=url))
        except JsException as error:
            return str(error.name) == "AbortError"
        return True

    def print_page(self) -> None:
        """Open the browser's print dialog."""
        js.window.print()


def _ask(event: Any) -> None:
    event.preventDefault()
    event.returnValue = True  # for older browsers, which ignore preventDefault
