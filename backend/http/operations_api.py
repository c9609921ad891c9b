"""What operators and tools look at: health, readiness, metrics and the API's own description."""

from aiohttp import web

from backend.metrics import CONTENT_TYPE, Metrics
from backend.ports import Clock
from backend.problems import Problem
from backend.service import SessionService
from pylib.protocol import codes

METRICS_KEPT_S = 0.5
"""The text of the metrics is sent again for so long: to write it takes 5 ms, and talks have to wait."""


class OperationsApi:
    """GET /health, /ready, /metrics and /openapi.json."""

    def __init__(self, service: SessionService, metrics: Metrics, openapi: str, clock: Clock) -> None:
        self._service = service
        self._metrics = metrics
        self._openapi = openapi
        self._clock = clock
        self._shown = b""
        self._shown_until_s = float("-inf")

    def routes(self) -> list[web.RouteDef]:
        """What this API serves."""
        return [
            web.get("/health", self._health),
            web.get("/ready", self._ready),
            web.get("/metrics", self._show_metrics),
            web.get("/openapi.json", self._show_openapi),
        ]

    async def _health(self, _: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def _ready(self, _: web.Request) -> web.Response:
        if await self._service.is_ready():
            return web.json_response({"status": "ready"})
        text = "The server is not ready. Please try again."
        raise Problem(503, codes.INTERNAL_SERVER_ERROR, text, retry_after_s=1)

    async def _show_metrics(self, _: web.Request) -> web.Response:
        now = self._clock.monotonic_s()
        if now >= self._shown_until_s:
            self._shown, self._shown_until_s = self._metrics.render(), now + METRICS_KEPT_S
        return web.Response(body=self._shown, headers={"Content-Type": CONTENT_TYPE})

    async def _show_openapi(self, _: web.Request) -> web.Response:
        return web.Response(body=self._openapi.encode(), content_type="application/json")
