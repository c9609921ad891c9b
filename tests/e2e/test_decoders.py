"""Which decoder the listener page takes, within its Content-Security-Policy, and what it says without one."""

from tests.e2e.pages import Listener, Stage
from tests.e2e.test_own_origin import NOTE_VIOLATIONS, violations
from tests.e2e.test_speech import WEBCODECS, asked_for_the_decoder

DECODER = "**/runtime/opus/*"
NO_OPUS = """AudioDecoder.isConfigSupported = async (config) => ({ supported: false, config });
window.__decoded = 0;
AudioDecoder.prototype.decode = () => { window.__decoded += 1; };"""


def listener_without(stage: Stage, *names: str) -> Listener:
    """A listener whose browser lacks these classes."""
    listener = stage.silent_listener()
    listener.page.add_init_script(NOTE_VIOLATIONS + "".join(f"delete window.{name};" for name in names))
    return listener


def test_the_decoder_in_webassembly_lives_within_the_policy(stage: Stage, talk: str) -> None:
    listener = listener_without(stage, *WEBCODECS)
    listener.hear(talk)
    listener.wait_for_stat("framesPlayed", 100)
    assert asked_for_the_decoder(listener)
    assert violations(listener) == []


def test_a_decoder_without_opus_is_not_used(stage: Stage, talk: str) -> None:
    listener = listener_without(stage)
    listener.page.add_init_script(NO_OPUS)
    listener.hear(talk)
    listener.wait_for_stat("framesPlayed", 100)
    assert asked_for_the_decoder(listener)
    assert listener.page.evaluate("window.__decoded") == 0


def test_a_decoder_that_cannot_be_had_is_told_and_can_be_tried_again(stage: Stage, talk: str) -> None:
    listener = listener_without(stage, *WEBCODECS)
    listener.page.route(DECODER, lambda route: route.abort())
    listener.open(talk)
    listener.click("listen")
    listener.expect_notice("The sound could not be started. Check your connection, then tap “Listen” again.")
    listener.expect_state("ready")
    listener.page.unroute(DECODER)
    listener.click("listen")
    listener.expect_state("live")


def test_a_browser_that_cannot_play_at_all_says_what_to_use_instead(stage: Stage, talk: str) -> None:
    listener = listener_without(stage, *WEBCODECS, "AudioWorkletNode")
    listener.open(talk)
    listener.click("listen")
    listener.expect_notice("This browser cannot play live sound.")
    listener.expect_state("ready")
    assert not asked_for_the_decoder(listener)
