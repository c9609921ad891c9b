"""Keeps the screen on during a talk, if the person wants that. Portable."""

from typing import Callable

from pylib.tasks import in_background
from pylib.ui.ports import Screen


class ScreenWake:
    """Asks the system to keep the screen on, and asks again when a hidden page is shown.

    `on_refused` is called when the browser does not let the screen stay on.
    """

    def __init__(self, screen: Screen, on_refused: Callable[[], None] = lambda: None) -> None:
        self._screen = screen
        self._on_refused = on_refused
        self._wanted = self._busy = self._held = False

    def want(self, wanted: bool) -> None:
        """Set the person's choice."""
        self._wanted = wanted
        self._apply()

    def busy(self, busy: bool) -> None:
        """Set whether a talk is going on; called often."""
        self._busy = busy
        self._apply()

    def page_seen(self) -> None:
        """Ask again, as the system ended the wake lock when it hid the page."""
        self._held = False
        self._apply()

    def _apply(self) -> None:
        held = self._wanted and self._busy
        if held == self._held:
            return
        self._held = held
        if held:
            in_background(self._ask)()
        else:
            self._screen.may_sleep()

    async def _ask(self) -> None:
        if not await self._screen.stay_on():
            self._on_refused()
