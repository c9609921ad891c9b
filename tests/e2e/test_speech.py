"""The main job: speech goes in on one page and comes out of the other, in both creation modes."""

import math
from typing import NamedTuple

import pytest

from tests.e2e.controls import use_controls
from tests.e2e.pages import Listener, Stage
from tests.e2e.takes import Limits, expect_sound

pytestmark = pytest.mark.quiet

MAX_GAP_MS = 60.0
UNBROKEN_MS = 20.0
LANGUAGE_S = 4
LISTEN_S = 11
"""The speech file once, and a second of it again."""

VARIANT_S = 7
WEBCODECS = ("AudioDecoder", "AudioData", "EncodedAudioChunk")


class Ear(NamedTuple):
    """Which listener page, and the classes that its browser lacks."""

    page: str = "listener/"
    without: tuple[str, ...] = ()


def check_sound(stage: Stage, link: str, *ears: Ear, seconds: int = VARIANT_S) -> list[Listener]:
    """All hear the talk at the same time; what each of them heard is compared with what was spoken."""
    listeners = [open_ear(stage, link, ear) for ear in ears]
    expect_sound(listeners, Limits(gap_ms=MAX_GAP_MS, missing_ms=MAX_GAP_MS), seconds)
    for listener in listeners:
        stats = listener.stats()
        print(f"stats {stats}")
        listener.picture("live")
        assert stats["framesReceived"] > seconds * 50 * 0.9
        assert stats["framesLost"] == 0
        assert stats["delayMs"] > 0
    return listeners


def open_ear(stage: Stage, link: str, ear: Ear) -> Listener:
    listener = stage.listener()
    listener.context.add_init_script("".join(f"delete window.{name};" for name in ear.without))
    listener.hear(link.replace("listener/", ear.page))
    return listener


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
    expect_sound(
        [listener],
        Limits(gap_ms=UNBROKEN_MS, missing_ms=math.inf),
        LISTEN_S,
        lambda second: use_controls(speaker, listener, second, LANGUAGE_S),
    )
    assert listener.stats()["framesLost"] == 0
