"""Screen, by the Screen Wake Lock API (W3C)."""

from typing import Any

import js

from pylib.browser.bridge import JsException


class BrowserScreen:
    """See Screen."""

    def __init__(self) -> None:
        self._lock: Any = None
        self._wanted = self._asking = False

    def can_stay_on(self) -> bool:
        """See Screen."""
        return bool(js.Reflect.has(js.navigator, "wakeLock"))

    async def stay_on(self) -> None:
        """See Screen. The browser takes the lock back whenever the page is hidden."""
        self._wanted = True
        if self._asking or not self.can_stay_on() or (self._lock is not None and not self._lock.released):
            return
        self._asking = True
        try:
            self._lock = await js.navigator.wakeLock.request("screen")
        except JsException:  # hidden, low battery, not allowed: the screen goes off as usual
            self._lock = None
        finally:
            self._asking = False
        if not self._wanted:
            self.may_sleep()

    def may_sleep(self) -> None:
        """See Screen."""
        self._wanted = False
        lock, self._lock = self._lock, None
        if lock is not None:
            lock.release()
