"""GET /dev/account: the demo account, password included, for the person at this machine only."""

from aiohttp import web

from backend.data_dir import CLIENT_ID, COGNITO_PATH
from backend.origins import THIS_MACHINE, Origins, read_origin
from backend.ports import Account
from backend.problems import Problem
from backend.proxies import is_forwarded, read_address
from pylib.protocol import codes


class DevAccountApi:
    """Tells the demo account to a page of this machine, opened under one of this machine's own names.

    A request that a proxy passed on may come from anywhere. Another name may be one that a stranger's
    DNS server points here after its page was loaded (DNS rebinding). A page of another origin has no use
    for the account. To all of these there is nothing at this address.
    """

    def __init__(self, demo: Account, origins: Origins) -> None:
        self._demo = demo
        self._origins = origins

    def routes(self) -> list[web.RouteDef]:
        """What this API serves."""
        return [web.get("/dev/account", self._account)]

    async def _account(self, request: web.Request) -> web.Response:
        if not self._is_at_this_machine(request):
            raise Problem(404, codes.NOT_FOUND, "There is nothing at this address.")
        body = {
            "email": self._demo.email,
            "password": self._demo.password,
            "clientId": CLIENT_ID,
            "cognitoEndpoint": COGNITO_PATH,
        }
        return web.json_response(body, headers={"Cache-Control": "no-store"})

    def _is_at_this_machine(self, request: web.Request) -> bool:
        if not is_loopback(request.remote) or is_forwarded(request):
            return False
        try:
            named = read_origin(f"http://{request.host}")
            page = read_origin(request.headers.get("Origin", f"http://{request.host}"))
        except ValueError:
            return False
        return named.host in THIS_MACHINE and self._origins.is_same(page, request)


def is_loopback(peer: str | None) -> bool:
    """Whether the other end of a connection is this machine."""
    address = read_address(peer or "")
    return address is not None and address.is_loopback
