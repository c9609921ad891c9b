"""What a site consists of and what its pages may do: one source for this server and for `make site`."""

from collections.abc import Iterable
from urllib.parse import urlsplit

TOP_FILES = ("index.html", "pyscript.toml")
FOLDERS = ("speaker", "listener", "pylib", "assets")
SUFFIXES = frozenset(
    {".css", ".html", ".ico", ".js", ".json", ".png", ".py", ".svg", ".toml", ".webmanifest", ".woff2"}
)
"""What a browser loads from these folders; other files there (caches, notes) are not published."""

SELF = "'self'"
INLINE_SCRIPT = "'sha256-wsAG+8DVlIOSe9uoaMZm7sl2/FXXjz6xB/wOsq7q4dg='"
"""The one script that stands in the pages themselves: it is for moments in which no other file comes."""

HEADER_ONLY = "frame-ancestors 'none'"
"""A directive that browsers obey in a header and ignore in a <meta>."""

_IN_A_HOST = frozenset("abcdefghijklmnopqrstuvwxyz0123456789.-_:[]")
"""The characters of a host; none of them could end a source or a directive in the policy's text."""


def content_policy(connect: Iterable[str] = ()) -> str:
    """The pages' Content-Security-Policy; besides their own site they may call the origins `connect`."""
    policy = (
        "default-src 'self'",
        # 'unsafe-eval' is what PyScript's core needs; nothing else is loosened for it.
        f"script-src 'self' 'unsafe-eval' 'wasm-unsafe-eval' {INLINE_SCRIPT}",
        "style-src 'self'",
        f"connect-src {' '.join(dict.fromkeys((SELF, *connect)))}",
        "worker-src 'self' blob:",
        "img-src 'self' data:",
        "media-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
    )
    return "; ".join(policy)


def origin_of(url: str) -> str:
    """The origin (`https://host:port`) of an http or ws address. Raises ValueError for anything else."""
    parts = urlsplit(url.strip())
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    known = parts.scheme in ("http", "https", "ws", "wss")
    if not known or not host or not set(host) <= _IN_A_HOST:
        raise ValueError("must be an address such as https://api.example.org")
    port = "" if parts.port is None else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}"
