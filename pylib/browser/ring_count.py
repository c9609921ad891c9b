"""How much sound waits in the ring of the playback worklet: what was posted, without what was heard of it."""

NOTHING_MS = 0.01
"""A queue shorter than this, half a sample, is a rounding error of the sums."""

NOTHING = 0.001
"""Of a sample: what a sum may lack for the next whole one by rounding."""


class RingCount:
    """Counts for one ring after the other; `rate` is the number of samples that a ring plays each second.

    `starved_ms` is for how long rings were empty, in all; `silent_reports` how many reports, one after the
    other and up to now, said that this one is.
    """

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self.starved_ms = 0.0
        self.silent_reports = 0
        self._starved_before_ms = 0.0
        self._posted_ms = self._heard_ms = self._uncounted = 0.0

    @property
    def waiting_ms(self) -> float:
        """Sound that is in the ring, or on its way there."""
        waiting_ms = self._posted_ms - self._heard_ms
        return waiting_ms if waiting_ms > NOTHING_MS else 0.0

    def posted(self, seconds: float) -> None:
        """Count in whole samples as the ring does: otherwise rounding would look like sound that waits.

        What is less than a sample counts with what comes next, as in the converter of rates.
        """
        exact = seconds * self.rate + self._uncounted
        whole = int(exact + NOTHING)
        self._uncounted = exact - whole
        self._posted_ms += whole / self.rate * 1000

    def reported(self, heard_s: float, starved_s: float) -> None:
        """The worklet says how much this ring has played, and for how long it was empty."""
        # After a flush an older report may still arrive, with less than what is known already.
        self._heard_ms = max(self._heard_ms, heard_s * 1000)
        self.starved_ms = self._starved_before_ms + starved_s * 1000
        self.silent_reports = self.silent_reports + 1 if self.waiting_ms <= 0 else 0

    def flushed(self) -> None:
        """All that waits is dropped."""
        self._heard_ms = self._posted_ms
        self._uncounted = 0.0

    def ended(self) -> None:
        """The ring is gone; the next one begins empty."""
        self._posted_ms = self._heard_ms = self._uncounted = 0.0
        self._starved_before_ms = self.starved_ms
