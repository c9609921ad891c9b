"""How unevenly frames arrive, learned from when each was captured and when it came."""

BUCKET_FRAMES = 50
BUCKETS = 10
"""The memory spans ten buckets of one second of sound each."""

START_MS = 30.0
"""Jitter assumed of a path before its first second was measured."""

OUTAGE_MS = 1000.0
"""A frame that is later than the quickest by more than this marks an outage, which no buffer heals."""

MEAN_SHARE = 0.01
"""Share of a new frame in the mean: two seconds' memory."""

NEVER_MS = float("inf")


class ArrivalJitter:
    """Measures how much later than the quickest frame the other frames come.

    A frame's transit time contains the unknown offset between two clocks, so only its difference to the
    smallest transit time of the last ten seconds counts (the relative delay of NetEQ in WebRTC): how late
    the frame is. `late_ms` is that of the newest frame, `mean_ms` the average.

    `peak_ms` is a high percentile. Of the newest two buckets it is the worst lateness, so that it grows
    at once; of the older ones it is the second worst, so that a single late frame is forgotten after two
    seconds and a repeated one is remembered. In a path's first second each quicker frame shows
    how late all frames before it were, so that one burst of frames is enough to expect the next.

    A frame costs a few comparisons; the end of a bucket sorts ten numbers.
    """

    def __init__(self) -> None:
        self.peak_ms = START_MS
        self.mean_ms = 0.0
        self.late_ms = 0.0
        self._quickest_ms: list[float] = []
        self._worst_ms: list[float] = []
        self._held_ms = START_MS
        self._base_ms = self._bucket_quickest_ms = NEVER_MS
        self._bucket_worst_ms = 0.0
        self._count = 0
        self._learning = True

    def restart(self) -> None:
        """The path or the capture clock is new: measure the quickest frame anew, and keep `peak_ms`."""
        self._quickest_ms = []
        self._base_ms = NEVER_MS
        self._begin_bucket()

    def arrived(self, capture_ms: float, now_ms: float) -> None:
        """A frame captured at `capture_ms` came at `now_ms` (any two clocks)."""
        transit_ms = now_ms - capture_ms
        if transit_ms - self._base_ms > OUTAGE_MS:
            self._learning = False
            self.restart()
        if transit_ms < self._base_ms:
            self._learn_base(transit_ms)
        self._bucket_quickest_ms = min(self._bucket_quickest_ms, transit_ms)
        self.late_ms = transit_ms - self._base_ms
        self._bucket_worst_ms = max(self._bucket_worst_ms, self.late_ms)
        self.mean_ms += (self.late_ms - self.mean_ms) * MEAN_SHARE
        self._count += 1
        if self._count == BUCKET_FRAMES:
            self._end_bucket()
        self.peak_ms = max(self._held_ms, self._bucket_worst_ms)

    def _learn_base(self, transit_ms: float) -> None:
        fall_ms = self._base_ms - transit_ms
        self._base_ms = transit_ms
        if self._learning and fall_ms < OUTAGE_MS:
            self._bucket_worst_ms += fall_ms

    def _begin_bucket(self) -> None:
        self._count = 0
        self._bucket_quickest_ms = NEVER_MS
        self._bucket_worst_ms = 0.0

    def _end_bucket(self) -> None:
        self._worst_ms = self._worst_ms[1 - BUCKETS :] + [self._bucket_worst_ms]
        self._quickest_ms = self._quickest_ms[1 - BUCKETS :] + [self._bucket_quickest_ms]
        self._forget(min(self._quickest_ms) - self._base_ms)
        self._held_ms = max(self._worst_ms[-1], sorted(self._worst_ms)[-2:][0])
        self._learning = False
        self._begin_bucket()

    def _forget(self, rise_ms: float) -> None:
        """A path that became longer by `rise_ms` made no frame late: measure all against the new path."""
        self._base_ms += rise_ms
        self._worst_ms = [max(0.0, late_ms - rise_ms) for late_ms in self._worst_ms]
        self.mean_ms = max(0.0, self.mean_ms - rise_ms)
