"""Builds the status page from a record of ports; main.py and the tests call it. Portable."""

from typing import NamedTuple

from backend.status_page.app import StatusApp
from backend.status_page.records import RANGES
from backend.status_page.source import StatusSource
from backend.status_page.view import StatusView
from pylib.ports import Clock, HttpTransport
from pylib.ui.drawing import Drawing
from pylib.ui.ports import Page, Window

StatusPorts = NamedTuple(
    "StatusPorts",
    [
        ("window", Window),
        ("page", Page),
        ("drawing", Drawing),
        ("transport", HttpTransport),
        ("clock", Clock),
    ],
)
"""The page's whole outside world."""

RANGE = "range"
"""The parameter of the address that keeps the range for a reload."""


class StatusPage:
    """One visit to the page."""

    def __init__(self, ports: StatusPorts) -> None:
        self._window = ports.window
        view = StatusView(ports.page, ports.drawing)
        source = StatusSource(ports.transport)
        self.app = StatusApp(source.read, ports.clock, ports.window.is_visible, view.show)
        view.bind(self.app, lambda wanted: self._window.keep_parameter(RANGE, wanted))

    def open(self) -> None:
        """Show the range of the address, and new figures from now on."""
        window, asked = self._window, self._window.parameter(RANGE)
        self.app.choose(asked if asked in RANGES else RANGES[0])
        window.on_visible(self.app.poll)
        window.publish(self.app.stats)
