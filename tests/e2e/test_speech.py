"""The main job: speech goes in on one page and comes out of the other, in both creation modes."""

from collections.abc import Callable

import pytest

from tests.e2e.controls import use_controls
from tests.e2e.pages import Listener, Stage
from tests.e2e.sound import Heard, align, intelligibility, longest_gap_ms
from tests.e2e.stalls import Stalls

pytestmark = pytest.mark.quiet

MIN_STOI = 0.90
MAX_GAP_MS = 60.0
UNBROKEN_MS = 20.0
LANGUAGE_S = 4
LISTEN_MS = 11_000
JUDGED_S = 10.0
STEP_MS = 250
STEPS_IN_A_SECOND = 4
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
    heard, missing_ms = record(listener)
    stats = listener.stats()
    speaker.picture("live")
    listener.picture("live")
    score, gap_ms = intelligibility(align(heard)), longest_gap_ms(heard)
    print(f"STOI {score:.3f}, longest gap {gap_ms:.1f} ms, late {missing_ms:.1f} ms, stats {stats}")
    assert score >= MIN_STOI
    assert max(gap_ms, missing_ms) <= MAX_GAP_MS
    assert stats["framesReceived"] > LISTEN_MS / 20 * 0.9
    assert stats["framesLost"] == 0
    assert stats["delayMs"] > 0
    assert speaker.stats()["framesSent"] >= stats["framesReceived"]
    speaker.end()
    listener.expect_state("ended")
    return listener


def record(listener: Listener, each_second: Callable[[int], None] = lambda _: None) -> tuple[Heard, float]:
    """What was heard while the machine let sound pass, and how late the pages were; the last take counts."""
    for _ in range(MOST_TAKES):
        with Stalls() as stalls:
            missing_ms = wait_for_sound(listener, each_second)
        print(f"the machine stood still for {stalls.longest_ms:.1f} ms at most")
        if stalls.longest_ms <= CALM_MS:
            return listener.recording().newest(JUDGED_S), missing_ms
    return listener.recording().newest(JUDGED_S), missing_ms - stalls.longest_ms


def wait_for_sound(listener: Listener, each_second: Callable[[int], None]) -> float:
    """The most new sound, in ms, that was missing within any half second: no bridge over a gap was longer."""
    told: list[float] = []
    for step in range(LISTEN_MS // STEP_MS):
        if step % STEPS_IN_A_SECOND == 0:
            each_second(step // STEPS_IN_A_SECOND)
        listener.page.wait_for_timeout(STEP_MS)
        told.append(listener.stats()["missingMs"])
    return max(later - earlier for earlier, later in zip(told, told[2:], strict=False))


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


def test_sound_is_unbroken_while_the_controls_of_both_pages_are_used(stage: Stage) -> None:
    speaker, listener = stage.speaker(), stage.listener()
    listener.hear(speaker.go_live(f"{stage.url}/speaker/"))
    heard, missing_ms = record(listener, lambda second: use_controls(speaker, listener, second, LANGUAGE_S))
    score, gap_ms = intelligibility(align(heard)), longest_gap_ms(heard)
    print(f"STOI {score:.3f}, longest gap {gap_ms:.1f} ms, late and bridged {missing_ms:.1f} ms")
    assert score >= MIN_STOI
    assert gap_ms <= UNBROKEN_MS
    assert listener.stats()["framesLost"] == 0
