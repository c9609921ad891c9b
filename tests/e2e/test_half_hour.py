"""Half an hour of a talk: nothing grows. `make soak`; LECTERN_SOAK_MINUTES makes it shorter."""

import os

import pytest

from tests.e2e.conftest import ARTIFACTS
from tests.e2e.pages import Stage, Visitor
from tests.e2e.servers import DevServer
from tests.e2e.trends import MB, Trends, server_figures
from tests.support.churning_listeners import churning_listeners

MINUTES = float(os.environ.get("LECTERN_SOAK_MINUTES", "30"))
FULL_MINUTES = 30
WARM_UP = 1 / 6
"""Of the whole time: caches fill, code is compiled."""

SAMPLE_EVERY_S = 10
CHURNING = 4
MAX_GROWTH_AN_HOUR = 1 * MB
SPARE = 2
"""Connections that HTTP keeps open for a while come and go."""

SETTLED_S = 100
"""Longer than HTTP keeps a connection for its next request."""


@pytest.mark.soak
@pytest.mark.timeout((MINUTES + 10) * 60)
def test_nothing_grows_in_half_an_hour(
    own_stage: Stage, own_server: DevServer, capsys: pytest.CaptureFixture[str]
) -> None:
    speaker, listeners = own_stage.speaker(), [own_stage.silent_listener() for _ in range(3)]
    link = speaker.go_live(f"{own_stage.url}/speaker/")
    for listener in listeners:
        listener.hear(link)
    pages: dict[str, Visitor] = {"speaker": speaker}
    pages |= {f"listener {number}": listener for number, listener in enumerate(listeners, 1)}
    trends = Trends(own_server.admin_url, pages)
    before = server_figures(own_server.admin_url)
    with churning_listeners(own_stage.url, link.partition("?s=")[2], CHURNING) as heard:
        for _ in range(round(MINUTES * 60 / SAMPLE_EVERY_S)):
            trends.sample()
            speaker.page.wait_for_timeout(SAMPLE_EVERY_S * 1000)
    after = settled(speaker, own_server.admin_url, before)
    table = trends.table(MINUTES * 60 * WARM_UP) + f"\n{len(heard)} short visits heard {sum(heard)} frames"
    with capsys.disabled():
        print("\n" + table)
    ARTIFACTS.mkdir(exist_ok=True)
    (ARTIFACTS / "half-hour.txt").write_text(table + "\n")
    for figure in ("lectern_tasks", "process_open_fds"):
        assert after[figure] <= before[figure] + SPARE, figure
    assert min(heard) > 0
    for page in pages.values():
        page.expect_state("live")
    if MINUTES >= FULL_MINUTES:
        growth = trends.slope_per_hour("process_resident_memory_bytes", MINUTES * 60 * WARM_UP)
        assert growth <= MAX_GROWTH_AN_HOUR


def settled(visitor: Visitor, url: str, before: dict[str, float]) -> dict[str, float]:
    """The server's figures once it has closed the connections of the listeners that left."""
    for _ in range(SETTLED_S):
        figures = server_figures(url)
        if figures["process_open_fds"] <= before["process_open_fds"]:
            break
        visitor.page.wait_for_timeout(1000)
    return figures
