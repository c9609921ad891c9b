"""The codes of talks that this browser has found, to suggest when one is typed almost right. Portable."""

from pylib.ui.preferences import Preferences

MAX_CODES = 5
RECORD = "seen"


class RecentSessions:
    """The newest MAX_CODES codes, newest first, kept among the preferences as one text."""

    def __init__(self, preferences: Preferences) -> None:
        self._preferences = preferences

    def codes(self) -> "list[str]":
        """The codes."""
        return str(self._preferences.get(RECORD)).split()

    def add(self, code: str) -> None:
        """A talk was found: its code is the newest. Called often."""
        codes = self.codes()
        if code != (codes[0] if codes else ""):
            kept = [code] + [each for each in codes if each != code]
            self._preferences.set(RECORD, " ".join(kept[:MAX_CODES]))
