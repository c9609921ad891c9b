"""Screen, by the Screen Wake Lock API (W3C)."""

from typing import Any

import js

from pylib.browser.bridge import JsException, NoAnswer, js_list, service, within

ANSWER_S = 5.0


class BrowserScreen:
    """See Screen."""

    def __init__(self) -> None:
        self._lock: Any = None
        self._wanted = self._asking = False

    def can_stay_on(self) -> bool:
        """See Screen."""
        return service(js.navigator, "wakeLock") is not None

    async def stay_on(self) -> bool:
        """See Screen. The browser takes the lock back whenever the page is hidden."""
        self._wanted = True
        if self._asking or not self.can_stay_on() or (self._lock is not None and not self._lock.released):
            return True
        self._asking = True
        asking = service(js.navigator, "wakeLock").request("screen")
        try:
            self._lock = await within(ANSWER_S, asking)
        except (JsException, NoAnswer):  # hidden, low battery, not allowed: the screen goes off as usual
            self._lock = None
        finally:
            self._asking = False
        is_granted = self._lock is not None
        if not self._wanted:
            self.may_sleep()
        return is_granted or str(js.document.visibilityState) != "visible"

    def may_sleep(self) -> None:
        """See Screen."""
        self._wanted = False
        lock, self._lock = self._lock, None
        if lock is not None:
            js.Promise.allSettled(js_list([lock.release()]))
