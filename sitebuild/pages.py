"""What a site consists of and what its pages may do: one source for this server and for `make site`."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from sitebuild.hosts import browser_host

TOP_FILES = ("index.html", "pyscript.toml")
FOLDERS = ("speaker", "listener", "pylib", "assets")
SUFFIXES = frozenset(
    {".css", ".html", ".ico", ".js", ".json", ".png", ".py", ".svg", ".toml", ".webmanifest", ".woff2"}
)
"""What a browser loads from these folders; other files there (caches, notes) are not published."""

SELF = "'self'"
INLINE_SCRIPT = "'sha256-9f+NKGhtR1C4qWDccEPzIszJ5ncOxJedtnU2phMksFY='"
"""The one script that stands in the pages themselves: it is for moments in which no other file comes."""

HEADER_ONLY = "frame-ancestors 'none'"
"""A directive that browsers obey in a header and ignore in a <meta>."""


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
    try:
        host, port = browser_host(parts.hostname or ""), parts.port
    except ValueError:
        host, port = "", None
    if parts.scheme not in ("http", "https", "ws", "wss") or not host:
        raise ValueError("must be an address such as https://api.example.org")
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{'' if port is None else f':{port}'}"
