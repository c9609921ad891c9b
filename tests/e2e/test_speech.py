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
LISTEN_S = 11
"""The speech file once, and a second of it again."""

VARIANT_S = 7
SETTLE_S = 1
STEP_MS = 250
STEPS_IN_A_SECOND = 4
CALM_MS = 30.0
"""A machine that stands still for longer makes gaps of its own, so its sound is taken again."""

MOST_TAKES = 3
WEBCODECS = ("AudioDecoder", "AudioData", "EncodedAudioChunk")


def check_sound(
    stage: Stage,
    link: str,
    listener_page: str = "listener/",
    *,
    without: tuple[str, ...] = (),
    seconds: int = VARIANT_S,
) -> Listener:
    """Hear and compare; `without` names classes that the listener's browser lacks."""
    listener = stage.listener()
    listener.context.add_init_script("".join(f"delete window.{name};" for name in without))
    listener.hear(link.replace("listener/", listener_page))
    heard, missing_ms = record(listener, seconds)
    stats = listener.stats()
    listener.picture("live")
    score, gap_ms = intelligibility(align(heard)), longest_gap_ms(heard)
    print(f"STOI {score:.3f}, longest gap {gap_ms:.1f} ms, late {missing_ms:.1f} ms, stats {stats}")
    assert score >= MIN_STOI
    assert max(gap_ms, missing_ms) <= MAX_GAP_MS
    assert stats["framesReceived"] > seconds * 50 * 0.9
    assert stats["framesLost"] == 0
    assert stats["delayMs"] > 0
    return listener


def record(
    listener: Listener, seconds: int, each_second: Callable[[int], None] = lambda _: None
) -> tuple[Heard, float]:
    """What was heard while the machine let sound pass, and how late the pages were; the last take counts."""
    judged_s = float(seconds - SETTLE_S)
    for _ in range(MOST_TAKES):
        with Stalls() as stalls:
            missing_ms = wait_for_sound(listener, seconds, each_second)
        print(f"the machine stood still for {stalls.longest_ms:.1f} ms at most")
        if stalls.longest_ms <= CALM_MS:
            return listener.recording().newest(judged_s), missing_ms
    return listener.recording().newest(judged_s), missing_ms - stalls.longest_ms


def wait_for_sound(listener: Listener, seconds: int, each_second: Callable[[int], None]) -> float:
    """The most new sound, in ms, that was missing within any half second: no bridge over a gap was longer."""
    told: list[float] = []
    for step in range(seconds * 1000 // STEP_MS):
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
    speaker = stage.speaker()
    link = speaker.go_live(f"{stage.url}/speaker/?creation={mode}")
    assert speaker.see("creation-mode").get_attribute("data-mode") == mode
    listener = check_sound(stage, link, seconds=LISTEN_S)
    assert not asked_for_the_decoder(listener)
    assert speaker.stats()["framesSent"] >= listener.stats()["framesReceived"]
    speaker.picture("live")
    speaker.end()
    listener.expect_state("ended")


def test_speech_is_heard_as_pcm_where_browsers_lack_opus(stage: Stage) -> None:
    """The speaker's, first; then the listener's too, which needs no decoder for it."""
    link = stage.speaker().go_live(f"{stage.url}/speaker/?audio=pcm")
    for without in ((), WEBCODECS):
        check_sound(stage, link, without=without).page.close()


def test_speech_is_heard_on_both_listener_pages_with_webcodecs_and_without(stage: Stage) -> None:
    link = stage.speaker().go_live(f"{stage.url}/speaker/")
    for page, without in (
        ("listener/", WEBCODECS),
        ("listener/pyodide.html", ()),
        ("listener/pyodide.html", WEBCODECS),
    ):
        listener = check_sound(stage, link, page, without=without)
        assert asked_for_the_decoder(listener) == bool(without)
        listener.page.close()


def test_sound_is_unbroken_while_the_controls_of_both_pages_are_used(stage: Stage) -> None:
    speaker, listener = stage.speaker(), stage.listener()
    listener.hear(speaker.go_live(f"{stage.url}/speaker/"))
    heard, missing_ms = record(
        listener, LISTEN_S, lambda second: use_controls(speaker, listener, second, LANGUAGE_S)
    )
    score, gap_ms = intelligibility(align(heard)), longest_gap_ms(heard)
    print(f"STOI {score:.3f}, longest gap {gap_ms:.1f} ms, late and bridged {missing_ms:.1f} ms")
    assert score >= MIN_STOI
    assert gap_ms <= UNBROKEN_MS
    assert listener.stats()["framesLost"] == 0
