"""The main job: speech goes in on one page and comes out of the other, in both creation modes."""

import pytest

from tests.e2e.pages import Stage
from tests.e2e.sound import align, intelligibility, longest_gap_ms

pytestmark = pytest.mark.quiet

MIN_STOI = 0.90
MAX_GAP_MS = 60.0
LISTEN_MS = 11_000


def check_sound(stage: Stage, speaker_url: str, listener_page: str = "listener/") -> None:
    speaker, listener = stage.speaker(), stage.listener()
    link = speaker.go_live(speaker_url)
    listener.hear(link.replace("listener/", listener_page))
    listener.page.wait_for_timeout(LISTEN_MS)
    heard = listener.recording().after(1.0)
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


@pytest.mark.parametrize("mode", ["websocket", "http"])
def test_speech_is_heard(stage: Stage, mode: str) -> None:
    check_sound(stage, f"{stage.url}/speaker/?creation={mode}")
    assert stage.visitors[0].see("creation-mode").get_attribute("data-mode") == mode


def test_speech_is_heard_as_pcm_where_the_speakers_browser_has_no_opus(stage: Stage) -> None:
    check_sound(stage, f"{stage.url}/speaker/?audio=pcm")


def test_speech_is_heard_on_the_listener_page_that_runs_on_pyodide(stage: Stage) -> None:
    check_sound(stage, f"{stage.url}/speaker/", "listener/pyodide.html")
