"""The note with which a page says that it has not started; the page's HTML tells how it comes to be shown."""

from pylib.ui.ports import Page


def hide_start_note(page: Page) -> None:
    """Call when the page first says something of its own, be it late.

    The style sheet shows only a note that has its class.
    """
    page.attribute("start-note", "class", None)
    page.show("start-note", False)
