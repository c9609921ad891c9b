"""What the speaker page shows, as plain data, and why a talk is over."""

from typing import NamedTuple

from pylib.ports import Microphone
from pylib.protocol import codes
from pylib.session.error_texts import BY_CODE, told
from pylib.ui.i18n import Phrase, phrase
from speaker.sound.microphone import MicrophoneKeeper
from speaker.sound.sound_panel import Advice
from speaker.talk.audience import Audience
from speaker.talk.service import SpeakerService

SIGN_IN_CODES = (
    codes.AUTH_SIGN_IN_REQUIRED,
    codes.AUTH_TOKEN_EXPIRED,
    codes.AUTH_TOKEN_INVALID,
    codes.AUTH_MISSING_TOKEN,
)
OVER_CODES = (codes.SESSION_NOT_FOUND, codes.SESSION_INACTIVE)
"""Why a session cannot be joined any more: it is over."""

GONE_CODES = (*OVER_CODES, codes.AUTH_UNAUTHORIZED)
"""The same, or it is somebody else's."""

RUNNING = ("live", "paused", "muted", "reconnecting")

ENDINGS = ("speaker-left", "speaker-never-came", "expired")
"""The server's reasons for ending a session by itself."""

SPOKEN_LANGUAGES = (
    *("en", "ar", "bg", "cs", "da", "de", "el", "es", "et", "fi", "fr", "ga", "he", "hi", "hr", "hu", "id"),
    *("it", "ja", "ko", "lt", "lv", "mt", "nl", "no", "pl", "pt", "ro", "ru", "sk", "sl", "sv", "sw", "th"),
    *("tr", "uk", "ur", "vi", "zh"),
)
"""To choose from on the page; any ISO 639-1 code may be sent."""


class Summary(NamedTuple):
    """How a talk went: its length and the sound sent in seconds, most listeners at once, connections lost."""

    length_s: float
    most_listeners: int
    lost: int
    sent_s: float


class Model(NamedTuple):
    """All that the page shows.

    `detail` is the state, or what makes it special: signed-out, unheard, tap, found, broken; the catalog
    has a sentence for each. `found` is the code of a talk that may be continued. `pressed` is the button that
    `notice` is about. `microphone` is the device id in use, empty for the system's choice; its label is
    empty when none is open.
    """

    state: str
    detail: str
    notice: Phrase | None = None
    pressed: str = "start"
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
    found: str = ""
    summary: Summary | None = None

    @property
    def is_running(self) -> bool:
        """Whether there is a talk."""
        return self.state in RUNNING


def detail_of(state: str, microphone: MicrophoneKeeper, signed_in: bool, found: bool, touched: bool) -> str:
    """The state, or what makes it special; see Model."""
    if state == "idle" and not signed_in:
        return "signed-out"
    if state == "idle" and found:
        return "found"
    if state == "live" and microphone.trouble:
        return "unheard" if touched else "tap"
    return state


def closing_notice(service: SpeakerService) -> Phrase | None:
    """Why the talk is over, or why nobody hears it, when that was not asked for here."""
    if service.gave_up:
        return phrase("notice.gave-up")
    if service.close_code == codes.CLOSE_REPLACED:
        return phrase("notice.replaced")
    reason = service.close_reason
    if service.state != "ended":
        return None
    if reason in ENDINGS:
        return phrase("ending." + reason)
    if reason in OVER_CODES:
        return phrase("notice.talk-over")
    return told(reason, BY_CODE[reason]) if reason in BY_CODE else None


def notice_now(
    service: SpeakerService | None, microphone: MicrophoneKeeper, said: Phrase | None, touched: bool
) -> Phrase | None:
    """The one sentence that matters most: what a person must do, before what went wrong earlier.

    On a page that nobody `touched` yet the microphone has no trouble: the browser waits for a press.
    """
    if service is not None and service.gave_up:
        return closing_notice(service)
    if microphone.trouble:
        return phrase(microphone.trouble) if touched else None
    said = said or (closing_notice(service) if service is not None else None)
    if said is None and microphone.notice:
        return phrase(microphone.notice, microphone=microphone.label)
    return said
