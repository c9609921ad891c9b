"""Asks the server for its figures. Portable."""

from backend.status_page.records import Status, decode_status
from pylib.errors import LecternError, RequestTimeout, TransportError
from pylib.ports import HttpRequest, HttpTransport

PATH = "data?range="
"""Relative to this page's address, /status/."""

TIMEOUT_S = 10.0


class StatusSource:
    """GET /status/data."""

    def __init__(self, transport: HttpTransport) -> None:
        self._transport = transport

    async def read(self, wanted: str) -> Status:
        """The figures of a range. Raises LecternError with a sentence for the operator."""
        try:
            request = HttpRequest("GET", PATH + wanted, {}, "", TIMEOUT_S)
            response = await self._transport.send(request)
        except RequestTimeout:
            raise LecternError("The server took longer than 10 seconds to answer.")
        except TransportError:
            raise LecternError("The server does not answer.")
        if response.status in (401, 403):
            raise LecternError("The server wants the operator's token: load this page again.")
        if response.status != 200:
            raise LecternError("The server answered with status " + str(response.status) + ".")
        try:
            return decode_status(response.body)
        except ValueError:
            text = "The server's answer is not one that this page knows: load the page again."
            raise LecternError(text)
