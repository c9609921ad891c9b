"""What the speaker page shows, as plain data, and why a talk is over in a sentence."""

from typing import NamedTuple

from pylib.ports import Microphone
from pylib.session.sentences import BY_CODE
from speaker import texts
from speaker.service import Audience, SpeakerService
from speaker.sound import Advice

REPLACED_CODE = 4001


class Model(NamedTuple):
    """All that the page shows.

    `microphone` is the device id in use, empty for the system's choice; its label is empty when
    none is open.
    """

    state: str
    sentence: str
    notice: str = ""
    signed_in: bool = False
    session_id: str = ""
    link: str = ""
    mode: str = ""
    paused: bool = False
    muted: bool = False
    confirming_end: bool = False
    gave_up: bool = False
    audience: Audience = Audience()
    microphones: tuple[Microphone, ...] = ()
    microphone: str = ""
    microphone_label: str = ""
    checking: bool = False
    advice: Advice = Advice()
    volume: float = 1.0


def closing_notice(service: SpeakerService) -> str:
    """Why the talk is over, or why nobody hears it, when that was not asked for here."""
    if service.gave_up:
        return texts.GAVE_UP
    if service.close_code == REPLACED_CODE:
        return texts.REPLACED
    if service.state == "ended":
        return texts.ENDINGS.get(service.close_reason, BY_CODE.get(service.close_reason, ""))
    return ""
