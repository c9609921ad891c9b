"""Which pages may talk to this server: the site's own, those named in the settings, in dev this machine's."""

import re

from aiohttp import web

from backend.problems import Problem
from pylib.protocol import codes

_THIS_MACHINE = re.compile(r"https?://(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?")

ALLOW_HEADERS = (
    "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, traceparent, X-Amz-Target, "
    "X-Correlation-ID, X-Request-ID"
)
EXPOSE_HEADERS = "ETag, Idempotent-Replayed, Location, Retry-After, X-Correlation-ID, X-Request-ID"
ALLOW_METHODS = "GET, POST, PATCH, DELETE"


class Origins:
    """Cross-origin rules for HTTP (CORS) and for WebSockets, which CORS does not cover."""

    def __init__(self, allowed: tuple[str, ...], *, dev: bool) -> None:
        self._allowed = frozenset(allowed)
        self._dev = dev

    def allows(self, origin: str, host: str) -> bool:
        """Whether a page of `origin` may talk to this server, reached as `host`."""
        if origin in self._allowed or origin.partition("://")[2] == host:
            return True
        return self._dev and _THIS_MACHINE.fullmatch(origin) is not None

    def check(self, request: web.Request) -> None:
        """Refuse a WebSocket that a foreign page opens with its visitor's browser. Raises Problem 403."""
        origin = request.headers.get("Origin")
        if origin is not None and not self.allows(origin, request.host):
            raise Problem(
                403, codes.AUTH_UNAUTHORIZED, "Pages of this address may not connect to this server."
            )

    def preflight(self, request: web.Request) -> web.Response | None:
        """The answer to a CORS preflight; None when the request is no preflight."""
        if request.method != "OPTIONS" or "Access-Control-Request-Method" not in request.headers:
            return None
        headers = {
            "Access-Control-Allow-Methods": ALLOW_METHODS,
            "Access-Control-Allow-Headers": ALLOW_HEADERS,
            "Access-Control-Max-Age": "600",
        }
        return web.Response(status=204, headers=headers)

    def add_headers(self, request: web.BaseRequest, response: web.StreamResponse) -> None:
        """Tell the browser that the page may read this answer."""
        origin = request.headers.get("Origin")
        if origin is None:
            return
        response.headers.add("Vary", "Origin")
        if self.allows(origin, request.host):
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Expose-Headers"] = EXPOSE_HEADERS
