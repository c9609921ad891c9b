"""A power cut of the server in the middle of a talk: nobody does anything, and it goes on."""

from tests.e2e.pages import Stage
from tests.e2e.servers import DevServer

BACK_MS = 30_000


def test_a_talk_outlives_its_server(own_stage: Stage, own_server: DevServer) -> None:
    speaker, listener, late = own_stage.speaker(), own_stage.listener(), own_stage.listener()
    link = speaker.go_live(f"{own_stage.url}/speaker/?creation=http")
    code = speaker.see("session-id").text_content()
    listener.hear(link)
    listener.expect_speech()
    own_server.kill()
    speaker.expect_state("reconnecting")
    speaker.expect_sentence("Reconnecting")
    listener.expect_state("reconnecting")
    listener.expect_sentence("Reconnecting")
    listener.expect_silence()
    speaker.picture("reconnecting")
    listener.picture("reconnecting")
    own_server.start()
    speaker.expect_state("live", BACK_MS)
    listener.expect_state("live", BACK_MS)
    listener.expect_speech()
    assert speaker.see("session-id").text_content() == code
    late.hear(link)
    late.expect_speech()
    speaker.expect_text("listener-count", "2")
    assert speaker.stats()["reconnects"] >= 1
    assert listener.stats()["reconnects"] >= 1
    speaker.end()
    listener.expect_state("ended")
    late.expect_state("ended")
