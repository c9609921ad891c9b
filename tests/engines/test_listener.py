"""The listener page in each engine: speech from the other end comes out at AudioContext.destination."""

import pytest

from tests.engines.engine import Tab, until
from tests.engines.journeys import clear_moments, state_is, stats, talking, tap_listen
from tests.support.people import People
from tests.support.server import RunningServer

pytestmark = [pytest.mark.engines, pytest.mark.quiet, pytest.mark.timeout(240)]

CLEAR_MOMENTS = 4


@pytest.mark.parametrize("kind", ["opus", "pcm"])
@pytest.mark.parametrize("page", ["listener/", "listener/pyodide.html"])
async def test_speech_arrives_and_is_played(
    tab: Tab, server: RunningServer, people: People, kind: str, page: str
) -> None:
    async with talking(people, kind):
        await tap_listen(tab, f"{server.url}/{page}?s={people.session_id}")
        before = await stats(tab)
        scores = await clear_moments(tab, CLEAR_MOMENTS)
        after = await stats(tab)
    print("STOI", *[f"{score:.2f}" for score in scores], after)
    assert after["framesPlayed"] > before["framesPlayed"]
    assert after["framesLost"] == 0
    await until(tab, state_is("ended"))
