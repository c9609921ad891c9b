"""Python packages of this site that are loaded after the page can be used (Pyodide only)."""

import asyncio
import logging
from collections.abc import Callable
from importlib import import_module

import js
import pyodide_js

from pylib.browser.bridge import JsException, js_list, js_object
from pylib.errors import NetworkError

BREATH_S = 0.02
"""Pause between two imports, each of which blocks the page: time to handle a key press and draw."""

log = logging.getLogger("lectern.packages")


class LazyPackages:
    """Packages by their names in pyodide-lock.json, modules to import, and a callback for the end."""

    def __init__(
        self, packages: list[str], modules: list[str], came: Callable[[], None] = lambda: None
    ) -> None:
        self._packages = packages
        self._modules = modules
        self._came = came
        self._arriving: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Load in the background. A failure is only logged: `arrive` loads again, and raises."""
        self._start()

    async def arrive(self) -> None:
        """Wait until all modules are imported. Raises NetworkError.

        When the load that `begin` started has failed, it is repeated once: the network may be back.
        """
        if self._arriving is not None:
            try:
                await asyncio.shield(self._arriving)
                return
            except (NetworkError, JsException) as error:
                log.info("packages are asked for again: %s", error)
        await asyncio.shield(self._start())

    def _start(self) -> "asyncio.Task[None]":
        self._arriving = asyncio.create_task(self._load())
        self._arriving.add_done_callback(_note_failure)
        return self._arriving

    async def _load(self) -> None:
        # Without a callback Pyodide writes failures to stderr, which PyScript shows on the page in red.
        quietly = js_object(errorCallback=js.console.warn.bind(js.console))
        await pyodide_js.loadPackage(js_list(self._packages), quietly)
        try:
            for name in self._modules:
                await asyncio.sleep(BREATH_S)
                import_module(name)
        except ModuleNotFoundError as error:  # loadPackage only logs what it could not fetch
            raise NetworkError(
                "This site cannot be reached. Please check your connection and try again."
            ) from error
        self._came()


def _note_failure(loading: "asyncio.Task[None]") -> None:
    if not loading.cancelled() and loading.exception() is not None:
        log.warning("packages did not come: %s", loading.exception())
