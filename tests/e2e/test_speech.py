"""The main job: speech goes in on one page and comes out of the other, in both creation modes."""

import pytest

from tests.e2e.pages import Listener, Stage
from tests.e2e.sound import Heard, align, intelligibility, longest_gap_ms
from tests.e2e.stalls import Stalls

pytestmark = pytest.mark.quiet

MIN_STOI = 0.90
MAX_GAP_MS = 60.0
LISTEN_MS = 11_000
JUDGED_S = 10.0
CALM_MS = 30.0
"""A machine that stands still for longer makes gaps of its own, so its sound is taken again."""

MOST_TAKES = 3
WEBCODECS = ("AudioDecoder", "AudioData", "EncodedAudioChunk")


def check_sound(
    stage: Stage, speaker_url: str, listener_page: str = "listener/", without: tuple[str, ...] = ()
) -> Listener:
    """Speak, hear, compare; `without` names classes that the listener's browser lacks."""
    speaker, listener = stage.speaker(), stage.listener()
    listener.context.add_init_script("".join(f"delete window.{name};" for name in without))
    link = speaker.go_live(speaker_url)
    listener.hear(link.replace("listener/", listener_page))
    heard = record(listener)
    stats = listener.stats()
    speaker.picture("live")
    listener.picture("live")
    score, gap_ms = intelligibility(align(heard)), longest_gap_ms(heard)
    print(f"STOI {score:.3f}, longest gap {gap_ms:.1f} ms, stats {stats}")
    assert score >= MIN_STOI
    assert gap_ms <= MAX_GAP_MS
    assert stats["framesReceived"] > LISTEN_MS / 20 * 0.9
    assert stats["framesLost"] == 0
    assert stats["delayMs"] > 0
    assert speaker.stats()["framesSent"] >= stats["framesReceived"]
    speaker.end()
    listener.expect_state("ended")
    return listener


def record(listener: Listener) -> Heard:
    """What was heard while the machine let sound pass; the last take counts anyway."""
    for _ in range(MOST_TAKES):
        with Stalls() as stalls:
            listener.page.wait_for_timeout(LISTEN_MS)
        print(f"the machine stood still for {stalls.longest_ms:.1f} ms at most")
        if stalls.longest_ms <= CALM_MS:
            break
    return listener.recording().newest(JUDGED_S)


def asked_for_the_decoder(listener: Listener) -> bool:
    """Whether the page loaded the one in WebAssembly, which only some browsers need."""
    return any("/runtime/opus/" in url for url in listener.requested)


@pytest.mark.parametrize("mode", ["websocket", "http"])
def test_speech_is_heard(stage: Stage, mode: str) -> None:
    listener = check_sound(stage, f"{stage.url}/speaker/?creation={mode}")
    assert not asked_for_the_decoder(listener)
    assert stage.visitors[0].see("creation-mode").get_attribute("data-mode") == mode


def test_speech_is_heard_as_pcm_where_the_speakers_browser_has_no_opus(stage: Stage) -> None:
    check_sound(stage, f"{stage.url}/speaker/?audio=pcm")


@pytest.mark.parametrize("page", ["listener/", "listener/pyodide.html"])
def test_speech_is_heard_where_the_listeners_browser_has_no_webcodecs(stage: Stage, page: str) -> None:
    assert asked_for_the_decoder(check_sound(stage, f"{stage.url}/speaker/", page, WEBCODECS))


def test_speech_is_heard_as_pcm_where_the_listeners_browser_has_no_webcodecs(stage: Stage) -> None:
    check_sound(stage, f"{stage.url}/speaker/?audio=pcm", without=WEBCODECS)


def test_speech_is_heard_on_the_listener_page_that_runs_on_pyodide(stage: Stage) -> None:
    check_sound(stage, f"{stage.url}/speaker/", "listener/pyodide.html")
