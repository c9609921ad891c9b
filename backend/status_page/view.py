"""Draws the server's figures on the status page and turns clicks into calls. Portable."""

import asyncio
from typing import Callable

from backend.status_page.app import Shown, StatusApp
from backend.status_page.panels import counts, latency, success
from backend.status_page.panels.panel import Panel
from backend.status_page.plots.numbers import (
    NONE,
    count,
    decimal,
    duration,
    megabytes,
    points,
    seconds,
    share,
    utc,
)
from backend.status_page.records import Guard, Interval, Rollout, Status
from pylib.ui.drawing import Drawing
from pylib.ui.ports import Page
from pylib.ui.start_note import hide_start_note

BUTTONS = ("range-10m", "range-24h", "range-30d")
"""In the order of RANGES."""

PANELS = (
    ("plot-success", "table-success", success.success),
    ("plot-difference", "table-difference", success.difference),
    ("plot-failures", "table-failures", success.failures),
    ("plot-latency", "table-latency", latency.latency),
    ("plot-users", "table-users", counts.users),
    ("plot-errors", "table-errors", counts.errors),
    ("plot-retries", "table-retries", counts.retries),
    ("plot-connects", "table-connects", latency.connects),
    ("plot-ear", "table-ear", latency.ear),
    ("plot-disconnections", "table-disconnections", counts.disconnections),
    ("plot-refreshes", "table-refreshes", counts.refreshes),
)
"""Plots and tables by their elements, each with what makes them."""

STATES = {
    "too-few": "Too few to tell",
    "alike": "No difference",
    "http-better": "HTTP is healthier",
    "http-worse": "HTTP is worse",
    "one-mode": "One way only",
}
"""A few words for each of the server's verdicts."""


class StatusView:
    """Connects the elements of the page with its app."""

    def __init__(self, page: Page, drawing: Drawing) -> None:
        self._page = page
        self._drawing = drawing
        self._drawn: dict[str, Panel] = {}
        self._status: Status | None = None

    def bind(self, app: StatusApp, keep: "Callable[[str], None]") -> None:
        """Connect the buttons; `keep` is told the range that was chosen."""
        page = self._page

        def chooser(wanted: str) -> "Callable[[], None]":
            def choose() -> None:
                self._press(wanted)
                keep(wanted)
                app.choose(wanted)

            return choose

        for button in BUTTONS:
            page.on(button, "click", chooser(button[len("range-") :]))

    async def show(self, shown: Shown) -> None:
        """Show the outcome of a poll; the figures only when they are new ones."""
        hide_start_note(self._page)
        self._press(shown.range)
        self._tell_trouble(shown)
        status = shown.status
        if status is not None and status is not self._status:
            self._status = status
            self._show_verdict(status)
            self._show_rollout(status)
            self._show_server(status)
            await self._show_panels(status)

    def _press(self, chosen: str) -> None:
        page = self._page
        for button in BUTTONS:
            page.attribute(button, "aria-pressed", "true" if button == "range-" + chosen else "false")

    def _tell_trouble(self, shown: Shown) -> None:
        """The age is told apart from the alert, which would be read out anew each time that it changes."""
        page, status = self._page, shown.status
        age = ", " + duration(shown.age_s) + " old" if shown.trouble else ""
        if status is not None:
            page.text("state", "Figures of " + utc(status.now_ms) + age + ".")
        elif shown.trouble:
            page.text("state", "No figures have come yet.")
        page.attribute("state", "data-state", "stale" if shown.trouble else "current")
        rest = (
            " These figures stay until it does."
            if status is not None
            else " It is asked again every 5 seconds."
        )
        page.text("notice", shown.trouble + rest if shown.trouble else "")
        page.show("notice", shown.trouble != "")

    def _show_verdict(self, status: Status) -> None:
        page, verdict = self._page, status.verdict
        page.attribute("verdict", "data-verdict", verdict.state)
        page.text("verdict-state", STATES.get(verdict.state, verdict.state))
        page.text("status-verdict", verdict.sentence)
        page.text("verdict-why", verdict.why)
        page.text("verdict-advice", verdict.advice)
        page.show("verdict-what", verdict.advice != "")
        page.text("verdict-difference", _points_between(verdict.difference))
        page.text("verdict-median", _seconds_between(verdict.median_difference_s))

    def _show_rollout(self, status: Status) -> None:
        page, guard = self._page, status.rollout.guard
        page.text("rollout", _setting(status.rollout))
        page.text("guard-state", _guard_word(guard))
        page.show("guard", guard.tripped_at_ms is not None)
        if guard.tripped_at_ms is not None:
            ago = duration(max(status.now_ms - guard.tripped_at_ms, 0.0) / 1000)
            page.text("guard-when", utc(guard.tripped_at_ms) + ", " + ago + " ago")
            page.text("guard-sentence", guard.sentence)

    def _show_server(self, status: Status) -> None:
        page, live = self._page, status.live
        page.text("talks", count(live.talks))
        page.text("speakers", count(live.speakers))
        page.text("listeners", count(live.listeners))
        page.text("hearing", count(live.hearing))
        page.text("memory", NONE if status.memory_bytes is None else megabytes(status.memory_bytes))
        page.text("lag", _lag(status.lag_p50_ms) + " / " + _lag(status.lag_p99_ms) + " ms")
        page.text("uptime", duration(status.uptime_s))
        page.text("version", status.version)

    async def _show_panels(self, status: Status) -> None:
        """Each in a turn of its own, so that a click between them is answered. What is unchanged stays."""
        page, drawing = self._page, self._drawing
        for plot, table, make in PANELS:
            panel = make(status)
            if self._drawn.get(plot) != panel:
                self._drawn[plot] = panel
                page.attribute(plot, "aria-label", panel.label)
                drawing.draw(plot, panel.plot)
                drawing.draw(table, [panel.table])
            await asyncio.sleep(0)


def _setting(rollout: Rollout) -> str:
    """What the served config asks for."""
    asked = counts.asked_share(rollout)
    if asked is None:
        return "unknown: this server serves no config"
    since = ", since " + utc(rollout.since_ms) if rollout.since_ms is not None else ""
    if rollout.guard.tripped_at_ms is not None:
        return "nobody by HTTP: the guard says so" + since
    return (share(asked) + " of users" if rollout.http else "nobody") + " by HTTP" + since


def _guard_word(guard: Guard) -> str:
    if guard.tripped_at_ms is not None:
        return "has fallen back"
    return "on: falls back by itself when HTTP is worse" if guard.on else "off (rollout_guard in the config)"


def _points_between(interval: "Interval | None") -> str:
    if interval is None:
        return NONE
    return points(interval.middle) + " points (" + points(interval.low) + " to " + points(interval.high) + ")"


def _seconds_between(interval: "Interval | None") -> str:
    if interval is None:
        return NONE
    return _signed(interval.middle) + " (" + _signed(interval.low) + " to " + _signed(interval.high) + ")"


def _signed(value_s: float) -> str:
    return ("+" if value_s > 0 else "\u2212" if value_s < 0 else "") + seconds(abs(value_s))


def _lag(value_ms: "float | None") -> str:
    return NONE if value_ms is None else decimal(value_ms)
