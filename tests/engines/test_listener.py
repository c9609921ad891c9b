"""The listener page in each engine: speech from the other end comes out at AudioContext.destination."""

from typing import Any

import pytest

from tests.engines.bidi import ANSWER_S
from tests.engines.engine import Tab, until
from tests.engines.firefox import Firefox, FirefoxTab
from tests.engines.journeys import (
    EARS,
    clear_moments,
    open_link,
    state_is,
    stats,
    talking,
    tap_listen,
    told_once,
    visible,
)
from tests.engines.opus import LibOpusEncoder
from tests.support.headless_pages import People
from tests.support.server import RunningServer

pytestmark = [pytest.mark.engines, pytest.mark.quiet, pytest.mark.timeout(400)]

IN_FIREFOX = pytest.mark.parametrize("engine", [Firefox()], ids=["firefox"], indirect=True)

CLEAR_MOMENTS = 4
FRAMES = 60
NO_OPUS = b"\xff\xff\xff\xff\x00"
"""Frame lengths that run past the packet's end (RFC 6716, 3.4)."""


COUNT_DECODERS = """(codec => {
  const configure = AudioDecoder.prototype.configure;
  window.__decoders = 0;
  AudioDecoder.prototype.configure = function (config) {
    window.__decoders += 1;
    return configure.call(this, { ...config, codec });
  };
  return true;
})"""

COUNT_LATENCIES = """(() => {
  window.__latencies = 0;
  Object.defineProperty(AudioContext.prototype, "outputLatency", { get: () => 0 * ++window.__latencies });
  return true;
})()"""


class StumblingEncoder(LibOpusEncoder):
    """Every hundredth packet is none."""

    number = 0

    def encode(self, samples: Any, timestamp_us: int) -> None:
        self.number += 1
        if self.number % 100 == 0:
            self.on_packet(NO_OPUS, timestamp_us)
        else:
            super().encode(samples, timestamp_us)


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
    assert (after["malformedFrames"], after["duplicates"]) == (0, 0)
    await until(tab, state_is("ended"))
    await told_once(server.metrics, "listen")


async def test_a_packet_that_nobody_can_decode_costs_a_moment(
    tab: Tab, server: RunningServer, people: People
) -> None:
    people.new_opus = StumblingEncoder
    async with talking(people, "opus"):
        await tap_listen(tab, f"{server.url}/listener/?s={people.session_id}")
        assert await tab.run(f"{COUNT_DECODERS}('opus')")
        await clear_moments(tab, CLEAR_MOMENTS)
        await until(tab, "window.__decoders >= 2")
        await clear_moments(tab, 1)


@IN_FIREFOX
@pytest.mark.timeout(900)  # see bidi.ANSWER_S
async def test_headphones_that_are_slow_to_wake_need_no_second_tap(
    tab: FirefoxTab, server: RunningServer, people: People
) -> None:
    async with talking(people, "opus"):
        await open_link(tab, f"{server.url}/listener/?s={people.session_id}")
        with tab.device.asleep():
            await tab.click("listen")
            await until(tab, state_is("blocked"), ANSWER_S)
            assert await tab.run(visible("listen"))
        await until(tab, state_is("live"))


@IN_FIREFOX
async def test_the_device_is_not_asked_for_its_latency_where_that_may_freeze_the_page(
    tab: Tab, server: RunningServer, people: People
) -> None:
    async with talking(people, "opus"):
        await open_link(tab, f"{server.url}/listener/?s={people.session_id}")
        assert await tab.run(COUNT_LATENCIES)
        await tab.click("listen")
        await until(tab, f"window.lectern.stats().framesPlayed > {FRAMES}")
        assert await tab.run("window.__latencies") == 0


@pytest.mark.parametrize("kind", ["opus", "pcm"])
async def test_a_browser_without_webcodecs_decodes_by_webassembly(
    tab: Tab, server: RunningServer, people: People, kind: str
) -> None:
    async with talking(people, kind):
        await open_link(tab, f"{server.url}/listener/?s={people.session_id}")
        assert await tab.run("delete window.AudioDecoder && delete window.AudioData")
        assert await tab.run(EARS)
        await tab.click("listen")
        await until(tab, state_is("live"))
        await clear_moments(tab, CLEAR_MOMENTS)
        assert await tab.run("'opus-decoder' in window")


async def test_a_decoder_that_refuses_opus_though_it_is_called_supported_gives_way_to_webassembly(
    tab: Tab, server: RunningServer, people: People
) -> None:
    async with talking(people, "opus"):
        await open_link(tab, f"{server.url}/listener/?s={people.session_id}")
        assert await tab.run(f"{COUNT_DECODERS}('ac-3')")
        await tab.click("listen")
        await until(tab, f"window.lectern.stats().framesPlayed > {FRAMES}")
        assert await tab.run("'opus-decoder' in window")
        assert await tab.run("window.__decoders") == 1
