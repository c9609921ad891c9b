"""What operators are served: /metrics, /status with its page and its data, /health and /ready."""

import asyncio
from collections.abc import Awaitable, Callable

from aiohttp import web

from backend.http.operations_api import OperationsApi
from backend.http.static_files import StaticFiles, add_slash
from backend.metrics import CONTENT_TYPE, Metrics
from backend.operators.status_data import RANGES, StatusData
from backend.ports import Clock
from backend.problems import Problem
from backend.settings import Settings
from pylib.protocol import codes
from sitebuild.page_archive import OPERATOR_BUNDLES

KEPT_S = 0.5
"""What was written for one request is sent again for so long: writing takes time that talks share."""

PLACES = {"status": "backend/status_page", "assets": "assets", "pylib": "pylib", "runtime": ".runtime"}


class _Kept:
    """A text, written anew when it is older than `KEPT_S`; who asks meanwhile gets the one being written."""

    def __init__(self, write: Callable[[], Awaitable[bytes]], clock: Clock) -> None:
        self._write = write
        self._clock = clock
        self._lock = asyncio.Lock()
        self._text = b""
        self._until_s = float("-inf")

    async def text(self) -> bytes:
        async with self._lock:
            if self._clock.monotonic_s() >= self._until_s:
                self._text = await self._write()
                self._until_s = self._clock.monotonic_s() + KEPT_S
            return self._text


class OperatorRoutes:
    """The routes of the operators' socket."""

    def __init__(
        self,
        *,
        settings: Settings,
        metrics: Metrics,
        operations: OperationsApi,
        data: StatusData,
        turn: Callable[[web.Request], Awaitable[None]],
        clock: Clock,
    ) -> None:
        self._operations = operations
        self._files = StaticFiles(settings, turn, PLACES, OPERATOR_BUNDLES)
        self._shown = _Kept(metrics.render_aside, clock)
        self._data = {name: _Kept(_writer(data, name), clock) for name in RANGES}

    def routes(self) -> list[web.RouteDef]:
        """What is served."""
        return [
            web.get("/metrics", self._show_metrics),
            web.get("/status", add_slash),
            web.get("/status/data", self._show_data),
            *self._operations.health_routes(),
            *self._files.folder_routes(),
        ]

    async def _show_metrics(self, _: web.Request) -> web.Response:
        return web.Response(body=await self._shown.text(), headers={"Content-Type": CONTENT_TYPE})

    async def _show_data(self, request: web.Request) -> web.Response:
        kept = self._data.get(request.query.get("range", "10m"))
        if kept is None:
            names = ", ".join(RANGES)
            raise Problem(400, codes.VALIDATION_INVALID_PARAMETER, f"The range is one of {names}.")
        return web.Response(body=await kept.text(), content_type="application/json")


def _writer(data: StatusData, name: str) -> Callable[[], Awaitable[bytes]]:
    async def write() -> bytes:
        return await data.read(name)

    return write
