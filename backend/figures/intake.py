"""Takes pages' batches, as many as a page in trouble would send, and adds them to the counts."""

from backend.call_limit import CallLimit
from backend.figures.batches import begins_user_day, count, read_batch
from backend.figures.users import AddressDays
from backend.metrics import Metrics
from backend.ports import Clock
from backend.settings import Limits

TAKEN, MALFORMED, TOO_MANY, FOREIGN = "taken", "malformed", "too-many", "foreign"
OUTCOMES = (TAKEN, MALFORMED, TOO_MANY, FOREIGN)


class Intake:
    """Bounds and counts batches. Every method that returns an outcome has counted it."""

    def __init__(self, metrics: Metrics, limits: Limits, clock: Clock) -> None:
        self._metrics = metrics
        each_minute = limits.batches_per_minute
        self._connections = CallLimit(rate=each_minute / 60, burst=each_minute, clock=clock)
        self._addresses = CallLimit(
            rate=limits.address_batches_per_s, burst=limits.address_batches_burst, clock=clock
        )
        self._days = AddressDays(clock)

    def admits(self, address: str, connection: str) -> bool:
        """Whether one more batch may come, over this connection and from this address; counts it if not."""
        if self._connections.take(connection) or self._addresses.take(address):
            self.refuse(TOO_MANY)
            return False
        return True

    def refuse(self, outcome: str) -> None:
        """Count a batch that is not looked at."""
        self._metrics.pages.batches.labels(outcome).inc()

    def add(self, address: str, body: bytes) -> str:
        """Add what is in this body to the counts; returns TAKEN or MALFORMED."""
        batch = read_batch(body)
        if batch is None:
            self.refuse(MALFORMED)
            return MALFORMED
        with_user_day = begins_user_day(batch) and self._days.take(address)
        count(batch, self._metrics, with_user_day=with_user_day)
        self._metrics.pages.batches.labels(TAKEN).inc()
        return TAKEN
