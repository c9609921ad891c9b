"""The screen stays on while somebody speaks or listens, if that is wanted. Portable."""

from pylib.tasks import in_background
from pylib.ui.ports import Screen


class ScreenWake:
    """Asks for the screen to stay on, again whenever the page is seen again."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._wanted = self._busy = self._held = False

    def want(self, wanted: bool) -> None:
        """The person's choice."""
        self._wanted = wanted
        self._apply()

    def busy(self, busy: bool) -> None:
        """Whether there is anything to hear, or to say; called often."""
        self._busy = busy
        self._apply()

    def page_seen(self) -> None:
        """Out of sight the system took it back."""
        self._held = False
        self._apply()

    def _apply(self) -> None:
        held = self._wanted and self._busy
        if held == self._held:
            return
        self._held = held
        if held:
            in_background(self._screen.stay_on)()
        else:
            self._screen.may_sleep()
