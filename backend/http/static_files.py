"""The pages, from an allow-list: what is not named here does not exist for a browser.

Every answer carries an ETag and must be revalidated, because file names hold no hashes: a
new version is seen at the next load, an old one costs a 304. An ETag is a hash of the very bytes that are
sent (backend/http/entity_tags.py), and there is no Last-Modified: two releases may share time and size.
"""

import asyncio
import gzip
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from aiohttp import web

from backend.http.entity_tags import EntityTags, digest_of, is_known
from backend.problems import Problem
from backend.rollout.overlay import Overlay
from backend.settings import Settings
from pylib.protocol import codes
from sitebuild.file_state import FileState, file_state
from sitebuild.page_archive import BUNDLES, Bundle, pack, sources_state
from sitebuild.pages import FOLDERS, HEADER_ONLY, SUFFIXES, TOP_FILES, content_policy

CONTENT_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".py": "text/x-python; charset=utf-8",
    ".svg": "image/svg+xml",
    ".tgz": "application/gzip",
    ".toml": "application/toml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".ico": "image/x-icon",
    ".png": "image/png",
    ".wasm": "application/wasm",
    ".whl": "application/zip",
    ".woff2": "font/woff2",
    ".zip": "application/zip",
}
COMPRESSED_COPIES = {"br": ".br", "gzip": ".gz"}
"""The encodings that the runtime's files have copies in, the better first, with the end of their names."""

COMPRESSIBLE = SUFFIXES - {".png", ".ico", ".woff2"}

PLACES = {**dict(zip(FOLDERS, FOLDERS, strict=True)), "runtime": ".runtime"}
"""First part of the path, and the folder it stands for."""

PAGE_HEADERS = {
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
}

PIECE_BYTES = 256 * 1024

_SEGMENT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*")
_HOST = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?")
"""A host as browsers name it. A client that forges this header changes the policy of its own page only."""
_CONFIG_NAME = re.compile(r"config(-[a-z0-9-]{1,40})?\.json")


class _Loaded(NamedTuple):
    """A small file in memory, as of a moment; `etag` is that of the plain bytes."""

    state: FileState
    etag: str
    plain: bytes
    zipped: bytes


class _Packed(NamedTuple):
    """A page's archive, and the state of the sources it was packed from."""

    sources: tuple[FileState, ...]
    etag: str
    data: bytes


class StaticFiles:
    """GET of the pages, the Python they run, the browser runtime and the config file.

    Args:
        turn: returns when a request may go on: no more than a piece of a large file is sent at once.
        places: the folders that are served, by the first part of the path.
        bundles: the archives that are packed, by their path.
    """

    def __init__(
        self,
        settings: Settings,
        turn: Callable[[web.Request], Awaitable[None]],
        places: Mapping[str, str] = PLACES,
        bundles: Mapping[str, Bundle] = BUNDLES,
    ) -> None:
        self._root = settings.site_root
        self._places = places
        self._packable = bundles
        self._bundles: dict[str, _Packed] = {}
        self._packing = asyncio.Lock()
        self._looks = 0
        self._sources: tuple[FileState, ...] = ()
        self._turn = turn
        self._data_dir = settings.data_dir
        self._overlay = Overlay(settings.data_dir)
        self._loaded: dict[Path, _Loaded] = {}
        self._tags = EntityTags()
        self._connect = settings.connect_origins

    def routes(self) -> list[web.RouteDef]:
        """What is served."""
        return [
            web.get("/", self._serve),
            *(web.get(f"/{name}", self._serve) for name in TOP_FILES),
            *(web.get(f"/{folder}", add_slash) for folder in ("speaker", "listener")),
            *self.folder_routes(),
            web.get(r"/{config:config[^/]*\.json}", self._config),
        ]

    def folder_routes(self) -> list[web.RouteDef]:
        """What is served of the folders."""
        return [web.get(f"/{folder}/{{tail:.*}}", self._serve) for folder in self._places]

    def find(self, path: str) -> Path | None:
        """The file behind a decoded url path, None for everything that is not on the list."""
        segments = (path.removeprefix("/") + "index.html" if path.endswith("/") else path[1:]).split("/")
        if not all(_SEGMENT.fullmatch(segment) for segment in segments) or "__pycache__" in segments:
            return None
        if len(segments) == 1:
            return _inside(self._root, self._root / segments[0]) if segments[0] in TOP_FILES else None
        folder = self._places.get(segments[0])
        if folder is None:
            return None
        base = self._root / folder
        file = _inside(base, base.joinpath(*segments[1:]))
        if file is None or (segments[0] != "runtime" and file.suffix not in SUFFIXES):
            return None
        return file

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        bundle = self._packable.get(request.path[1:])
        if bundle is not None and (self._root / bundle.entry).is_file():
            return await self._bundle(request)
        file = self.find(request.path)
        if file is None:
            raise Problem(404, codes.NOT_FOUND, "There is nothing at this address.")
        headers = {
            **PAGE_HEADERS,
            "Content-Security-Policy": _policy(request.host, self._connect),
            "Content-Type": CONTENT_TYPES.get(file.suffix, "application/octet-stream"),
            "Cache-Control": "no-cache",
            "Vary": "Accept-Encoding",
        }
        if request.path.startswith("/runtime/"):
            return await self._large(request, file, headers)
        return self._small(request, file, headers)

    async def _large(self, request: web.Request, file: Path, headers: dict[str, str]) -> web.Response:
        """A file of the runtime, or the compressed copy that lies beside it."""
        encoding = "gzip" if file.suffix == ".snapshot" else ""  # as it lies there; browsers unpack it
        for name, suffix in COMPRESSED_COPIES.items():
            copy = file.with_name(file.name + suffix)
            if not encoding and _accepts(request, name) and copy.is_file() and not copy.is_symlink():
                file, encoding = copy, name
        if encoding:
            headers["Content-Encoding"] = encoding
        etag = await self._tags.of(file)
        headers["ETag"] = f'"{etag}"'
        if is_known(request, etag):
            return web.Response(status=304, headers=headers)
        headers["Content-Length"] = str(file.stat().st_size)
        return web.Response(body=self._pieces(request, file), headers=headers)

    async def _bundle(self, request: web.Request) -> web.Response:
        """A page's Python, packed anew when a file has changed: edit, reload, see.

        Packing takes tenths of a second, so it runs in a thread: the event loop has talks to serve. It runs
        under a lock: requests that arrive meanwhile wait for that archive instead of packing it again, and in
        Python 3.11 two threads that parse at once may raise SystemError (they share a recursion depth).
        """
        name, came = request.path[1:], self._looks
        async with self._packing:
            if came == self._looks:
                # Requests that came before this look share what it finds.
                self._looks += 1
                self._sources = await asyncio.to_thread(sources_state, self._root)
            packed = self._bundles.get(name)
            if packed is None or packed.sources != self._sources:
                data = await asyncio.to_thread(pack, self._root, self._packable[name])
                packed = self._bundles[name] = _Packed(self._sources, digest_of(data), data)
        kind = CONTENT_TYPES[Path(name).suffix]
        headers = {"Content-Type": kind, "Cache-Control": "no-cache", "ETag": f'"{packed.etag}"'}
        if is_known(request, packed.etag):
            return web.Response(status=304, headers=headers)
        return web.Response(body=packed.data, headers=headers)

    def _small(self, request: web.Request, file: Path, headers: dict[str, str]) -> web.Response:
        loaded = self._load(file)
        zipped = bool(loaded.zipped) and _accepts(request, "gzip")
        etag = f"{loaded.etag}{'-gzip' if zipped else ''}"
        headers["ETag"] = f'"{etag}"'
        if is_known(request, etag):
            return web.Response(status=304, headers=headers)
        if zipped:
            headers["Content-Encoding"] = "gzip"
        return web.Response(body=loaded.zipped if zipped else loaded.plain, headers=headers)

    def _load(self, file: Path) -> _Loaded:
        state, loaded = file_state(file), self._loaded.get(file)
        if loaded is None or loaded.state != state:
            plain = file.read_bytes()
            zipped = gzip.compress(plain, mtime=0) if file.suffix in COMPRESSIBLE else b""
            loaded = self._loaded[file] = _Loaded(state, digest_of(plain), plain, zipped)
        return loaded

    async def _pieces(self, request: web.Request, file: Path) -> AsyncIterator[bytes]:
        """The file's content: the largest has 10 MB, and each speaker's line takes its time."""
        with file.open("rb") as content:
            while piece := await asyncio.to_thread(content.read, PIECE_BYTES):
                await self._turn(request)
                yield piece

    async def _config(self, request: web.Request) -> web.Response:
        """Read anew each time: an operator's edit, and what the guard did, count at the next page load."""
        name = request.match_info["config"]
        file = _inside(self._data_dir, self._data_dir / name) if _CONFIG_NAME.fullmatch(name) else None
        if file is None:
            raise Problem(404, codes.NOT_FOUND, "There is nothing at this address.")
        headers = {"Content-Type": CONTENT_TYPES[".json"], "Cache-Control": "no-store"}
        return web.Response(body=self._overlay.served(file.read_bytes()), headers=headers)


def _inside(base: Path, path: Path) -> Path | None:
    """The real file, unless it is missing, no file, or a link leads it out of `base`."""
    try:
        real = path.resolve(strict=True)
    except OSError:
        return None
    return real if real.is_file() and real.is_relative_to(base.resolve()) else None


async def add_slash(request: web.Request) -> web.Response:
    """Send the browser from a page's folder to the page, keeping the query.

    The address is relative, because behind a proxy this site may live below a path that only the browser
    knows; and the answer is temporary, because browsers keep a permanent one for good.
    """
    query = f"?{request.rel_url.raw_query_string}" if request.rel_url.raw_query_string else ""
    location = f"{request.rel_url.raw_path.rpartition('/')[2]}/{query}"
    return web.Response(status=307, headers={"Location": location, "Cache-Control": "no-cache"})


def _accepts(request: web.Request, encoding: str) -> bool:
    """Whether the client reads this Content-Encoding."""
    for part in request.headers.get("Accept-Encoding", "").lower().split(","):
        name, _, parameter = part.partition(";")
        if name.strip() == encoding:
            return parameter.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


def _policy(host: str, connect: tuple[str, ...]) -> str:
    """The pages' policy. Older browsers do not count the live connection as the site's own: it is named."""
    own = (f"ws://{host}", f"wss://{host}") if _HOST.fullmatch(host) else ()
    return f"{content_policy((*own, *connect))}; {HEADER_ONLY}"
