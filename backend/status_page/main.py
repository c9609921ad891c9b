"""The status page's composition root: chooses the adapters, and nothing else."""

from backend.status_page.bootstrap import StatusPage, StatusPorts
from pylib.browser.clock import BrowserClock
from pylib.browser.dom import DomPage
from pylib.browser.drawing import DomDrawing
from pylib.browser.fetch import SAME_ORIGIN, FetchTransport
from pylib.browser.window import BrowserWindow

elements = DomPage()

page = StatusPage(
    StatusPorts(
        window=BrowserWindow(),
        page=elements,
        drawing=DomDrawing(elements),
        transport=FetchTransport(SAME_ORIGIN),
        clock=BrowserClock(),
    )
)
page.open()
