"""POST /figures: pages tell what happened on them. See `pylib/protocol/figures.py`."""

from aiohttp import web

from backend.attack_log import FOREIGN_PAGE, REQUEST_FLOOD
from backend.call_limit import CallLimit
from backend.doors import Doors
from backend.figures.batches import begins_user_day, count, read_batch
from backend.figures.users import AddressDays
from backend.http.middleware import read_body
from backend.metrics import Metrics
from backend.origins import Origins
from backend.ports import Clock
from backend.problems import Problem
from backend.settings import Limits
from pylib.protocol.figures import MAX_BATCH_BYTES

PATH = "/figures"


class FiguresApi:
    """Takes batches. What is wrong or too much is dropped and counted, and answered as what was taken.

    A page would otherwise send it again; and one that makes figures up learns nothing.
    """

    def __init__(
        self, doors: Doors, origins: Origins, metrics: Metrics, limits: Limits, clock: Clock
    ) -> None:
        self._doors = doors
        self._origins = origins
        self._metrics = metrics
        each_minute = limits.batches_per_minute
        self._connections = CallLimit(rate=each_minute / 60, burst=each_minute, clock=clock)
        self._addresses = CallLimit(
            rate=limits.address_batches_per_s, burst=limits.address_batches_burst, clock=clock
        )
        self._days = AddressDays(clock)

    def routes(self) -> list[web.RouteDef]:
        """What this API serves."""
        return [web.post(PATH, self._take)]

    async def _take(self, request: web.Request) -> web.Response:
        self._check_origin(request)
        self._metrics.pages.batches.labels(await self._outcome(request)).inc()
        return web.Response(status=204)

    async def _outcome(self, request: web.Request) -> str:
        address = self._doors.address(request)
        # Behind a proxy one connection carries what many people send.
        connection = f"{id(request.protocol)} {address}"
        if self._connections.take(connection) or self._addresses.take(address):
            self._doors.attacks.note(REQUEST_FLOOD, address)
            return "too-many"
        if (request.content_length or 0) > MAX_BATCH_BYTES:
            return "malformed"
        batch = read_batch(await read_body(request))
        if batch is None:
            return "malformed"
        count(batch, self._metrics, with_user_day=begins_user_day(batch) and self._days.take(address))
        return "taken"

    def _check_origin(self, request: web.Request) -> None:
        try:
            self._origins.check(request)
        except Problem:
            self._metrics.pages.batches.labels("foreign").inc()
            self._doors.attacks.note(FOREIGN_PAGE, self._doors.address(request))
            raise
