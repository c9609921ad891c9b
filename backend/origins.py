"""Which pages may talk to this server: the site's own, those named in the settings, in dev this machine's."""

from typing import NamedTuple
from urllib.parse import urlsplit

from aiohttp import web

from backend.problems import Problem
from backend.proxies import TrustedProxies
from pylib.protocol import codes
from sitebuild.hosts import browser_host

THIS_MACHINE = ("localhost", "127.0.0.1", "::1")
"""What a browser calls the machine it runs on."""

MAX_CHARS = 300
"""In an origin: a host name has at most 253, and a longer one is not worth the time to read it."""

DEFAULT_PORTS = {"http": 80, "https": 443}

ALLOW_HEADERS = (
    "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, traceparent, X-Amz-Target, "
    "X-Correlation-ID, X-Request-ID"
)
EXPOSE_HEADERS = "ETag, Idempotent-Replayed, Location, Retry-After, X-Correlation-ID, X-Request-ID"
ALLOW_METHODS = "GET, POST, PATCH, DELETE"


class Origin(NamedTuple):
    """Where a page comes from (RFC 6454): two spellings of one origin are equal."""

    scheme: str
    host: str
    port: int


def read_origin(text: str) -> Origin:
    """The origin that is meant by `https://Talks.example/` or `https://talks.example:443`.

    Raises ValueError with a sentence for anything that is no origin, such as an address with a path.
    """
    if len(text) > MAX_CHARS:
        raise ValueError(f"this is too long for an origin: {text[:30]}...")
    try:
        parts = urlsplit(text.strip())
        port = parts.port
        # A dot at the end makes no other host, and not every proxy passes it on.
        host = browser_host(parts.hostname or "").removesuffix(".")
    except ValueError as error:
        raise ValueError(_why_no_origin(text)) from error
    default_port = DEFAULT_PORTS.get(parts.scheme)
    whole = parts.path in ("", "/") and not parts.query and not parts.fragment and "@" not in parts.netloc
    if default_port is None or not whole:
        raise ValueError(_why_no_origin(text))
    return Origin(parts.scheme, host, default_port if port is None else port)


def _why_no_origin(text: str) -> str:
    """A sentence for the person who wrote it."""
    bare = text.strip(" ,;\"'<>\u201c\u201d")
    if "*" in text:
        advice = "; there are no wildcards, so name each origin"
    elif any(sign in bare for sign in ",; "):
        advice = "; name one origin at a time, each with an option of its own"
    elif bare != text.strip():
        advice = f"; leave out what stands around {bare}"
    elif "://" not in text:
        advice = "; it begins with https:// or http://"
    else:
        advice = "; it has a scheme, a host and at most a port"
    return f"{text!r} is no origin, such as https://talks.example or http://localhost:9000{advice}"


class Origins:
    """Cross-origin rules for HTTP (CORS) and for WebSockets, which CORS does not cover.

    Args:
        allowed: pages hosted elsewhere, as `read_origin` reads them. Raises ValueError for what it refuses.
        dev: whether pages of this machine are trusted, whatever their port.
        proxies: whose word counts for the scheme and the host that a request was sent to.
    """

    def __init__(self, allowed: tuple[str, ...], *, dev: bool, proxies: TrustedProxies | None = None) -> None:
        self._allowed = frozenset(map(read_origin, allowed))
        self._dev = dev
        self._proxies = proxies or TrustedProxies()

    def allows(self, origin: str, request: web.BaseRequest) -> bool:
        """Whether a page of `origin` may talk to this server, reached as `request` was."""
        try:
            page = read_origin(origin)
        except ValueError:
            return False
        if page in self._allowed or (self._dev and page.host in THIS_MACHINE):
            return True
        return self.is_same(page, request)

    def is_same(self, page: Origin, request: web.BaseRequest) -> bool:
        """Whether the page's scheme, host and port are those that the request was sent to.

        A request that came in plain text may still have been sent to https: TLS may end in a proxy that
        was not named. So http stands for either scheme; a proxy's Host may name the default port or not.
        """
        client = self._proxies.client(request)
        if client.scheme not in ("http", page.scheme):
            return False
        try:
            return read_origin(f"{page.scheme}://{client.host}") == page
        except ValueError:
            return False

    def check(self, request: web.Request) -> None:
        """Refuse a WebSocket that a foreign page opens with its visitor's browser. Raises Problem 403."""
        if not all(self.allows(origin, request) for origin in request.headers.getall("Origin", ())):
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
        if self.allows(origin, request):
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Expose-Headers"] = EXPOSE_HEADERS
