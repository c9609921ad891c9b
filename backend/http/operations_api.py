"""What tools look at: health, readiness and the API's own description."""

from aiohttp import web

from backend.problems import Problem
from backend.service import SessionService
from pylib.protocol import codes


class OperationsApi:
    """GET /health, /ready and /openapi.json."""

    def __init__(self, service: SessionService, openapi: str) -> None:
        self._service = service
        self._openapi = openapi

    def routes(self) -> list[web.RouteDef]:
        """What this API serves."""
        return [*self.health_routes(), web.get("/openapi.json", self._show_openapi)]

    def health_routes(self) -> list[web.RouteDef]:
        """What operators are served as well."""
        return [web.get("/health", self._health), web.get("/ready", self._ready)]

    async def _health(self, _: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def _ready(self, _: web.Request) -> web.Response:
        if await self._service.is_ready():
            return web.json_response({"status": "ready"})
        text = "The server is not ready. Please try again."
        raise Problem(503, codes.INTERNAL_SERVER_ERROR, text, retry_after_s=1)

    async def _show_openapi(self, _: web.Request) -> web.Response:
        return web.Response(body=self._openapi.encode(), content_type="application/json")
