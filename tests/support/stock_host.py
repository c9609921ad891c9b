"""A static host that knows the types nginx's stock mime.types knows, and no others.

`python -m tests.support.stock_host PORT FOLDER` serves a folder. What has no type there is
application/octet-stream, and browsers are told not to guess, as hardened hosts do.
"""

import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

STOCK_TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".ico": "image/x-icon",
    ".js": "application/javascript",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".wasm": "application/wasm",
    ".woff2": "font/woff2",
    ".zip": "application/zip",
}
"""By the ends of the names that a site may use where browsers insist on a type. `.mjs` is not among them."""

OTHER = "application/octet-stream"


class StockHandler(SimpleHTTPRequestHandler):
    """GET and HEAD below one folder."""

    def guess_type(self, path: object) -> str:
        """The stock type for the end of the name."""
        _, dot, ending = str(path).rpartition(".")
        return STOCK_TYPES.get(dot + ending, OTHER)

    def end_headers(self) -> None:
        """The usual ones, and no guessing."""
        self.send_header("X-Content-Type-Options", "nosniff")
        super().end_headers()


if __name__ == "__main__":
    port, folder = sys.argv[1:]
    ThreadingHTTPServer(("127.0.0.1", int(port)), partial(StockHandler, directory=folder)).serve_forever()
