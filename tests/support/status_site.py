"""The operators' socket as far as the status page needs it: its files, and figures that a test chooses."""

import base64
import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aiohttp import web

from sitebuild.page_archive import OPERATOR_BUNDLES, pack
from sitebuild.pages import HEADER_ONLY, content_policy
from tests.support.import_graph import TOP
from tests.support.loop_thread import loop_thread
from tests.support.status_data import busy

TYPES = {
    ".py": "text/x-python",
    ".toml": "application/toml",
    ".js": "text/javascript",
    ".wasm": "application/wasm",
}
PLACES = {
    "/status/": "backend/status_page",
    "/runtime/": ".runtime",
    "/assets/": "assets",
    "/pylib/": "pylib",
}


class StatusSite:
    """What is answered next: `data`, by its range, unless `status` or `body` say something else."""

    def __init__(self, token: str = "") -> None:
        self.url = ""
        self.data: dict[str, dict[str, Any]] = {name: busy(name) for name in ("10m", "24h", "30d")}
        self.status = 200
        self.body = ""
        self.asked: list[str] = []
        self._token = token

    def always(self, data: "dict[str, Any]") -> None:
        """These figures for each range."""
        self.data = {name: {**copy.deepcopy(data), "range": name} for name in self.data}

    def app(self) -> web.Application:
        app = web.Application(middlewares=[self._guard])
        app.router.add_get("/status/data", self._answer)
        app.router.add_get("/status/app.tgz", self._archive)
        app.router.add_get("/{path:.*}", self._file)
        return app

    @web.middleware
    async def _guard(self, request: web.Request, handler: Any) -> web.StreamResponse:
        wanted = "Basic " + base64.b64encode(f"operator:{self._token}".encode()).decode()
        if self._token and request.headers.get("Authorization") != wanted:
            return web.Response(status=401, headers={"WWW-Authenticate": 'Basic realm="status"'})
        answer: web.StreamResponse = await handler(request)
        answer.headers["Content-Security-Policy"] = f"{content_policy()}; {HEADER_ONLY}"
        return answer

    async def _answer(self, request: web.Request) -> web.Response:
        wanted = request.query["range"]
        self.asked.append(wanted)
        if self.status != 200 or self.body:
            return web.Response(status=self.status, text=self.body)
        return web.json_response(self.data[wanted])

    async def _archive(self, request: web.Request) -> web.Response:
        return web.Response(
            body=pack(TOP, OPERATOR_BUNDLES["status/app.tgz"]), content_type="application/gzip"
        )

    async def _file(self, request: web.Request) -> web.StreamResponse:
        for place, folder in PLACES.items():
            file = TOP / folder / (request.path.removeprefix(place) or "index.html")
            if request.path.startswith(place) and file.is_file():
                headers = {"Content-Type": TYPES[file.suffix]} if file.suffix in TYPES else {}
                return web.FileResponse(file, headers=headers)
        raise web.HTTPNotFound


@contextmanager
def status_site(token: str = "") -> Iterator[StatusSite]:
    """Serves until the end, in a thread of this process."""
    site = StatusSite(token)
    with loop_thread() as beside:
        runner = web.AppRunner(site.app())
        beside.run(runner.setup())
        listening = web.TCPSite(runner, "127.0.0.1", 0)
        beside.run(listening.start())
        site.url = f"http://127.0.0.1:{runner.addresses[0][1]}/status/"
        try:
            yield site
        finally:
            beside.run(runner.cleanup())
