"""Pages move to fresh connections while somebody speaks: nobody notices, and nothing is left behind."""

from pathlib import Path

import pytest

from tests.e2e.pages import Listener, Speaker, Stage

# A speaker's page that gets no time for ten seconds gives up sound: nothing runs beside it.
pytestmark = pytest.mark.quiet

TOOL = Path(__file__).parent / "handovers.js"


@pytest.mark.parametrize("handovers", [50, pytest.param(200, marks=pytest.mark.soak)])
def test_fresh_connections_on_each_page_lose_no_sound_and_leave_nothing_behind(
    stage: Stage, handovers: int
) -> None:
    speaker, listener = stage.speaker(), stage.listener()
    for visitor in (speaker, listener):
        visitor.page.add_init_script(path=TOOL)
    listener.hear(speaker.go_live(f"{stage.url}/speaker/"))
    listener.expect_speech()
    for visitor in (speaker, listener):
        visitor.tell_figures()
    lent = [visitor.stats()["lentCallbacks"] for visitor in (speaker, listener)]
    for visitor in (speaker, listener):
        visitor.page.evaluate(f"void (window.__handedOver = window.__handOver({handovers}))")
    for visitor in (speaker, listener):
        visitor.page.evaluate("window.__handedOver")
        assert visitor.stats()["refreshes"] == handovers
        assert visitor.page.evaluate("window.__openSockets()") == 1
    assert [visitor.stats()["lentCallbacks"] for visitor in (speaker, listener)] == lent
    expect_nothing_lost(speaker, listener)


def expect_nothing_lost(speaker: Speaker, listener: Listener) -> None:
    """The talk went on all the time, for both."""
    for visitor in (speaker, listener):
        visitor.expect_state("live")
        assert visitor.stats()["reconnects"] == 0
    sent = speaker.stats()["framesSent"]
    listener.wait_for_stat("framesReceived", 500)
    heard = listener.stats()
    print(f"frames sent {sent:.0f}, {heard}")
    assert heard["framesLost"] == 0
    assert speaker.stats()["framesDropped"] == 0
    listener.expect_speech()
