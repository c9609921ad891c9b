"""What the speaker page shows, as plain data, and why a talk is over."""

from typing import NamedTuple

from pylib.ports import Microphone
from pylib.session.sentences import BY_CODE, told
from pylib.texts import Phrase, phrase
from speaker.service import Audience, SpeakerService
from speaker.sound import Advice

REPLACED_CODE = 4001

ENDINGS = ("speaker-left", "speaker-never-came", "expired")
"""The server's reasons for ending a session by itself."""

SPOKEN_LANGUAGES = (
    *("en", "ar", "bg", "cs", "da", "de", "el", "es", "et", "fi", "fr", "ga", "he", "hi", "hr", "hu", "id"),
    *("it", "ja", "ko", "lt", "lv", "mt", "nl", "no", "pl", "pt", "ro", "ru", "sk", "sl", "sv", "sw", "th"),
    *("tr", "uk", "ur", "vi", "zh"),
)
"""To choose from on the page; any ISO 639-1 code may be sent."""


class Model(NamedTuple):
    """All that the page shows.

    `detail` is the state, or what makes it special: signed-out, unheard; the catalog has a sentence
    for each. `microphone` is the device id in use, empty for the system's choice; its label is
    empty when none is open.
    """

    state: str
    detail: str
    notice: Phrase | None = None
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


def closing_notice(service: SpeakerService) -> Phrase | None:
    """Why the talk is over, or why nobody hears it, when that was not asked for here."""
    if service.gave_up:
        return phrase("notice.gave-up")
    if service.close_code == REPLACED_CODE:
        return phrase("notice.replaced")
    reason = service.close_reason
    if service.state != "ended":
        return None
    if reason in ENDINGS:
        return phrase("ending." + reason)
    return told(reason, BY_CODE[reason]) if reason in BY_CODE else None
