"""The talks this browser has seen, for the next time a code is typed almost right. Portable."""

from pylib.ui.preferences import Preferences

MOST = 5
RECORD = "seen"


class RecentSessions:
    """The newest few codes, newest first, kept among the preferences as one text."""

    def __init__(self, preferences: Preferences) -> None:
        self._preferences = preferences

    def codes(self) -> "list[str]":
        """Those there are."""
        return str(self._preferences.get(RECORD)).split()

    def add(self, code: str) -> None:
        """A talk was found; called often."""
        codes = self.codes()
        if code != (codes[0] if codes else ""):
            kept = [code] + [each for each in codes if each != code]
            self._preferences.set(RECORD, " ".join(kept[:MOST]))
