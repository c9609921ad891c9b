"""The site's root address, its config file and the page's catalogs."""

import js

from pylib.browser.bridge import try_new
from pylib.browser.window import BrowserWindow
from pylib.errors import ConfigError, TransportError
from pylib.ports import HttpRequest, HttpResponse, HttpTransport
from pylib.protocol import codes

CONFIG_FILE = "config.json"
CONFIG_TIMEOUT_S = 10.0

_NOT_FOUND = (
    "The settings of this site (config.json) cannot be found. Please tell the person who runs this site."
)
_NO_CATALOG = "This page's sentences cannot be found. Please tell the person who runs this site."
_INSECURE = (
    "Live sound needs a protected page. Please open this page by its address that begins with https://."
)
_UNREACHABLE = "This site cannot be reached. Please check your connection and load the page again."


class BrowserSite:
    """The site's root folder, one above the page's own, so that a site may live below any path."""

    def __init__(self, window: BrowserWindow, transport: HttpTransport) -> None:
        self.root = str(js.URL.new("..", window.url).href)
        self._window = window
        self._transport = transport

    def listen_link(self, session_id: str) -> str:
        """The link for listeners."""
        return self.root + "listener/?s=" + session_id

    def url(self, path: str) -> str:
        """The address of one of the site's files."""
        return self.root + path

    async def config_text(self) -> str:
        """The config file's text, read anew at each page load. Raises ConfigError.

        On a developer's own machine `?config=<path>` names another file of this site.
        """
        if not js.window.isSecureContext:
            raise ConfigError(_INSECURE, code=codes.INSECURE_PAGE)
        path = self._window.parameter("config") if self._window.is_local() else ""
        url = self._own(path) or self.url(CONFIG_FILE)
        response = await self._get(url)
        if response.status != 200:
            raise ConfigError(_NOT_FOUND, code=codes.CONFIG_NOT_FOUND)
        return response.body

    async def catalog_text(self, language: str) -> str:
        """The text of the page's catalog in a language. Raises ConfigError."""
        response = await self._get(str(js.URL.new("languages/" + language + ".json", self._window.url).href))
        if response.status != 200:
            raise ConfigError(_NO_CATALOG, code=codes.CATALOG_NOT_FOUND)
        return response.body

    async def _get(self, url: str) -> HttpResponse:
        try:
            response = await self._transport.send(HttpRequest("GET", url, {}, "", CONFIG_TIMEOUT_S))
        except TransportError:
            raise ConfigError(_UNREACHABLE, code=codes.CONFIG_UNREACHABLE)
        if response.status == 200 and response.body.lstrip()[:1] == "<":
            # A network that wants people to sign in first answers with a page of its own.
            raise ConfigError(_UNREACHABLE, code=codes.CONFIG_UNREACHABLE)
        return response

    def _own(self, path: str) -> str:
        """The address of `path` if it is on this site, else an empty text."""
        url = try_new(js.URL, path, self.root) if path else None
        return str(url.href) if url is not None and str(url.href).startswith(self.root) else ""
