"""The listener page in each engine: speech from the other end comes out at AudioContext.destination."""

import pytest

from tests.e2e.sound import gain, intelligibility
from tests.engines.engine import Tab, until
from tests.engines.journeys import beside_speech, even_moments, state_is, stats, talking, tap_listen
from tests.support.people import People
from tests.support.server import RunningServer

pytestmark = [pytest.mark.engines, pytest.mark.quiet, pytest.mark.timeout(240)]

MIN_STOI = 0.90
MOMENTS = 6


@pytest.mark.parametrize("kind", ["opus", "pcm"])
@pytest.mark.parametrize("page", ["listener/", "listener/pyodide.html"])
async def test_speech_arrives_and_is_played(
    tab: Tab, server: RunningServer, people: People, kind: str, page: str
) -> None:
    async with talking(people, kind):
        await tap_listen(tab, f"{server.url}/{page}?s={people.session_id}")
        before = await stats(tab)
        heard = await even_moments(tab, MOMENTS)
        after = await stats(tab)
    match = beside_speech(heard)
    print(f"STOI {intelligibility(match):.3f}, gain {gain(match):.2f}, stats {after}")
    assert intelligibility(match) >= MIN_STOI
    assert after["framesPlayed"] > before["framesPlayed"]
    assert after["framesLost"] == 0
    await until(tab, state_is("ended"))
