"""Sends what a page has recorded, in batches; a batch that is lost, blocked or refused is gone. Portable."""

from typing import Any, Callable

from pylib.config.site_config import AWS
from pylib.figures.recorder import Recorder
from pylib.ports import Beacon, Clock, Timer
from pylib.ui.ports import Window

EVERY_S, SOON_S = 60.0, 2.0
"""About how long a record waits to be sent: any, and one with an action that went well."""


def figures_url(config: Any) -> str:
    """Where batches go, by an AppConfig or a SiteConfig; empty for a site whose pages send none."""
    if config.backend == AWS or not config.send_figures:
        return ""
    if config.http_api_url:
        return str(config.http_api_url).rstrip("/") + "/figures"
    scheme, _, rest = config.websocket_url.partition("://")
    host = rest.partition("/")[0].partition("?")[0]
    return ("https" if scheme == "wss" else "http") + "://" + str(host) + "/figures"


class FiguresSender:
    """Sends a recorder's batches to `url`; none when that is empty, or against the person's will."""

    def __init__(
        self, recorder: Recorder, beacon: Beacon, clock: Clock, random: Callable[[], float], url: str
    ) -> None:
        self.refused = url != "" and beacon.is_unwanted()
        self.offers_choice = url != "" and not self.refused
        self._recorder = recorder
        self._beacon = beacon
        self._clock = clock
        self._random = random
        self._url = url
        self._timer: Timer | None = None
        self._is_soon = False
        recorder.on_news = self._wait

    def allow(self, allowed: bool) -> None:
        """Whether the person lets the page send figures."""
        self._recorder.keep(allowed and self.offers_choice)

    def follow(self, window: Window) -> None:
        """Send when the page is hidden or left: it may not be seen again."""
        window.on_hidden(self.flush)
        window.on("pagehide", self._left)

    def flush(self) -> None:
        """Send now what there is."""
        self._stop()
        text = self._recorder.take()
        if text:
            self._beacon.send(self._url, text)

    def _left(self) -> None:
        self._recorder.left()
        self.flush()

    def _wait(self, is_soon: bool) -> None:
        """Pages that began at one moment need not send at one moment."""
        if self._timer is None or (is_soon and not self._is_soon):
            self._stop()
            self._is_soon = is_soon
            delay_s = (SOON_S if is_soon else EVERY_S) * (0.5 + self._random())
            self._timer = self._clock.call_later(delay_s, self.flush)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None
