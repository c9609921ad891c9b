"""POST /figures: pages tell what happened on them. See `pylib/protocol/figures.py`."""

from typing import cast

from aiohttp import web

from backend.attack_log import FOREIGN_PAGE, MALFORMED_FIGURES, REQUEST_FLOOD
from backend.doors import Doors
from backend.figures.intake import FOREIGN, MALFORMED, Intake
from backend.http.connection import Connection
from backend.http.middleware import read_body
from backend.origins import Origins
from backend.problems import Problem
from pylib.protocol.figures import MAX_BATCH_BYTES

PATH = "/figures"


class FiguresApi:
    """Takes batches. What is wrong or too much is dropped and counted, and answered as what was taken.

    A page would otherwise send it again; and one that makes figures up learns nothing.
    """

    def __init__(self, doors: Doors, origins: Origins, intake: Intake) -> None:
        self._doors = doors
        self._origins = origins
        self._intake = intake

    def routes(self) -> list[web.RouteDef]:
        """What this API serves."""
        return [web.post(PATH, self._take)]

    async def _take(self, request: web.Request) -> web.Response:
        self._check_origin(request)
        address = self._doors.address(request)
        # Behind a proxy one connection carries what many people send.
        if not self._intake.admits(address, f"{_number_of(request)} {address}"):
            self._doors.attacks.note(REQUEST_FLOOD, address)
        elif self._intake.add(address, await _read_at_most(request, MAX_BATCH_BYTES)) == MALFORMED:
            self._doors.attacks.note(MALFORMED_FIGURES, address)
        return web.Response(status=204)

    def _check_origin(self, request: web.Request) -> None:
        try:
            self._origins.check(request)
        except Problem:
            self._intake.refuse(FOREIGN)
            self._doors.attacks.note(FOREIGN_PAGE, self._doors.address(request))
            raise


async def _read_at_most(request: web.Request, size: int) -> bytes:
    """The body; of one with more bytes nothing, which is no batch. Raises what `read_body` raises."""
    if (request.content_length or 0) > size:
        return b""
    try:
        return await read_body(request)
    except web.HTTPRequestEntityTooLarge:
        # It did not say how long it is.
        return b""


def _number_of(request: web.Request) -> int:
    return cast("Connection", request.protocol).number
