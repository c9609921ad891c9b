"""The main job: speech goes in on one page and comes out of the other, in both creation modes."""

from collections.abc import Callable
from typing import NamedTuple

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


class Ear(NamedTuple):
    """Which listener page, and the classes that its browser lacks."""

    page: str = "listener/"
    without: tuple[str, ...] = ()


def check_sound(stage: Stage, link: str, *ears: Ear, seconds: int = VARIANT_S) -> list[Listener]:
    """All hear the talk at the same time; what each of them heard is compared with what was spoken."""
    listeners = [open_ear(stage, link, ear) for ear in ears]
    for listener, (heard, missing_ms) in zip(listeners, record(listeners, seconds), strict=True):
        stats = listener.stats()
        listener.picture("live")
        score, gap_ms = intelligibility(align(heard)), longest_gap_ms(heard)
        print(f"STOI {score:.3f}, longest gap {gap_ms:.1f} ms, late {missing_ms:.1f} ms, stats {stats}")
        assert score >= MIN_STOI
        assert max(gap_ms, missing_ms) <= MAX_GAP_MS
        assert stats["framesReceived"] > seconds * 50 * 0.9
        assert stats["framesLost"] == 0
        assert stats["delayMs"] > 0
    return listeners


def open_ear(stage: Stage, link: str, ear: Ear) -> Listener:
    listener = stage.listener()
    listener.context.add_init_script("".join(f"delete window.{name};" for name in ear.without))
    listener.hear(link.replace("listener/", ear.page))
    return listener


def record(
    listeners: list[Listener], seconds: int, each_second: Callable[[int], None] = lambda _: None
) -> list[tuple[Heard, float]]:
    """What each heard while the machine let sound pass, and how late it was; the last take counts."""
    judged_s = float(seconds - SETTLE_S)
    for _ in range(MOST_TAKES):
        with Stalls() as stalls:
            missing_ms = wait_for_sound(listeners, seconds, each_second)
        print(f"the machine stood still for {stalls.longest_ms:.1f} ms at most")
        if stalls.longest_ms <= CALM_MS:
            break
    else:
        missing_ms = [each - stalls.longest_ms for each in missing_ms]
    heard = [listener.recording().newest(judged_s) for listener in listeners]
    return list(zip(heard, missing_ms, strict=True))


def wait_for_sound(
    listeners: list[Listener], seconds: int, each_second: Callable[[int], None]
) -> list[float]:
    """The most new sound, in ms, that each missed within any half second: no bridge over a gap was longer."""
    told: list[list[float]] = []
    for step in range(seconds * 1000 // STEP_MS):
        if step % STEPS_IN_A_SECOND == 0:
            each_second(step // STEPS_IN_A_SECOND)
        listeners[0].page.wait_for_timeout(STEP_MS)
        told.append([listener.stats()["missingMs"] for listener in listeners])
    return [
        max(later - earlier for earlier, later in zip(each, each[2:], strict=False))
        for each in zip(*told, strict=True)
    ]


def asked_for_the_decoder(listener: Listener) -> bool:
    """Whether the page loaded the one in WebAssembly, which only some browsers need."""
    return any("/runtime/opus/" in url for url in listener.requested)


@pytest.mark.parametrize(
    ("mode", "beside"),
    [("websocket", Ear(without=WEBCODECS)), ("http", Ear("listener/pyodide.html"))],
    ids=["websocket", "http"],
)
def test_speech_is_heard(stage: Stage, mode: str, beside: Ear) -> None:
    """By the usual listener page, and by another one beside it."""
    speaker = stage.speaker()
    link = speaker.go_live(f"{stage.url}/speaker/?creation={mode}")
    assert speaker.see("creation-mode").get_attribute("data-mode") == mode
    usual, other = check_sound(stage, link, Ear(), beside, seconds=LISTEN_S)
    assert not asked_for_the_decoder(usual)
    assert asked_for_the_decoder(other) == bool(beside.without)
    assert speaker.stats()["framesSent"] >= usual.stats()["framesReceived"]
    speaker.picture("live")
    speaker.end()
    for listener in (usual, other):
        listener.expect_state("ended")


def test_speech_is_heard_on_the_listener_page_on_pyodide_without_webcodecs(stage: Stage) -> None:
    link = stage.speaker().go_live(f"{stage.url}/speaker/")
    (listener,) = check_sound(stage, link, Ear("listener/pyodide.html", without=WEBCODECS))
    assert asked_for_the_decoder(listener)


def test_speech_is_heard_as_pcm_where_browsers_lack_opus(stage: Stage) -> None:
    """The speaker's lacks it. One listener's has it; the other's lacks it, and needs no decoder for PCM."""
    link = stage.speaker().go_live(f"{stage.url}/speaker/?audio=pcm")
    check_sound(stage, link, Ear(), Ear(without=WEBCODECS))


def test_sound_is_unbroken_while_the_controls_of_both_pages_are_used(stage: Stage) -> None:
    speaker, listener = stage.speaker(), stage.listener()
    listener.hear(speaker.go_live(f"{stage.url}/speaker/"))
    ((heard, missing_ms),) = record(
        [listener], LISTEN_S, lambda second: use_controls(speaker, listener, second, LANGUAGE_S)
    )
    score, gap_ms = intelligibility(align(heard)), longest_gap_ms(heard)
    print(f"STOI {score:.3f}, longest gap {gap_ms:.1f} ms, late and bridged {missing_ms:.1f} ms")
    assert score >= MIN_STOI
    assert gap_ms <= UNBROKEN_MS
    assert listener.stats()["framesLost"] == 0
