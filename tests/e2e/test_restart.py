"""A power cut of the server in the middle of a sentence: nobody presses anything, and both talks go on."""

from typing import Any

import pytest

from tests.e2e.looks import PHONE, inspect
from tests.e2e.pages import Listener, Speaker, Stage, open_together
from tests.e2e.servers import DevServer

BACK_MS = 90_000
RECONNECTING = ("Reconnecting", "الاتصال")
"""In the languages of the two talks."""


def expect_reconnecting(speaker: Speaker, listener: Listener, words: str) -> None:
    for visitor in (speaker, listener):
        visitor.expect_state("reconnecting")
        visitor.expect_sentence(words)
    listener.expect_silence()


# Five pages that load and come back within a time: nothing runs beside them.
@pytest.mark.quiet
@pytest.mark.long
def test_talks_outlive_their_server_whichever_way_they_were_created(
    own_stage: Stage, own_server: DevServer
) -> None:
    arabic: dict[str, Any] = {"locale": "ar", "viewport": PHONE}
    speakers = [own_stage.speaker(), own_stage.speaker(**arabic)]
    listeners = [own_stage.listener(), own_stage.listener(**arabic)]
    urls = [f"{own_stage.url}/speaker/?creation={mode}" for mode in ("http", "websocket")]
    open_together(*zip(speakers, urls, strict=True))
    for speaker in speakers:
        speaker.sign_in()
    links = [speaker.start() for speaker in speakers]
    talks = list(zip(speakers, listeners, links, strict=True))
    codes = [speaker.see("session-id").text_content() for speaker in speakers]
    open_together(*zip(listeners, links, strict=True))
    for listener in listeners:
        listener.listen()
    for listener in listeners:
        listener.expect_speech()
    own_server.kill()
    for (speaker, listener, _), words in zip(talks, RECONNECTING, strict=True):
        expect_reconnecting(speaker, listener, words)
    inspect(speakers[0], "reconnecting", online=False)
    inspect(listeners[0], "reconnecting", online=False)
    # No other language can be had while the server is away: these pages spoke Arabic before.
    speakers[1].picture("reconnecting-phone-ar")
    listeners[1].picture("reconnecting-phone-ar")
    own_server.start()
    late = own_stage.listener()
    for speaker, listener, _ in talks:
        speaker.expect_state("live", BACK_MS)
        listener.expect_state("live", BACK_MS)
        listener.expect_speech()
        assert speaker.stats()["reconnects"] >= 1
        assert listener.stats()["reconnects"] >= 1
        assert listener.stats()["duplicates"] == 0
    assert [speaker.see("session-id").text_content() for speaker in speakers] == codes
    late.hear(links[0])
    late.expect_speech()
    speakers[0].expect_text("listener-count", "2")
    for speaker, listener, _ in talks:
        speaker.end()
        listener.expect_state("ended")
    late.expect_state("ended")
