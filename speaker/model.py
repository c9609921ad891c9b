"""What the speaker page shows, as plain data, and the codes that tell why a talk is over."""

from typing import NamedTuple

from pylib.ports import Microphone
from pylib.protocol import codes
from pylib.ui.i18n import Phrase

SIGN_IN_CODES = (
    codes.AUTH_SIGN_IN_REQUIRED,
    codes.AUTH_TOKEN_EXPIRED,
    codes.AUTH_TOKEN_INVALID,
    codes.AUTH_MISSING_TOKEN,
)
OVER_CODES = (codes.SESSION_NOT_FOUND, codes.SESSION_INACTIVE)
"""Why a session cannot be joined any more: it is over."""

GONE_CODES = (*OVER_CODES, codes.AUTH_UNAUTHORIZED)
"""Why this account cannot join a session: it is over, or belongs to another account."""

SPOKEN_LANGUAGES = (
    *("en", "ar", "bg", "cs", "da", "de", "el", "es", "et", "fi", "fr", "ga", "he", "hi", "hr", "hu", "id"),
    *("it", "ja", "ko", "lt", "lv", "mt", "nl", "no", "pl", "pt", "ro", "ru", "sk", "sl", "sv", "sw", "th"),
    *("tr", "uk", "ur", "vi", "zh"),
)
"""To choose from on the page; any ISO 639-1 code may be sent."""


class Audience(NamedTuple):
    """`listeners` connections, of which `hearing` play sound, and their typical delay.

    `delay_ms` is rounded to 100 ms, as it is shown. `languages` has pairs of a language's code and how many
    listeners asked for it. `places` is how many may listen, 0 where the server does not tell, and
    `places_bound` how far that may be raised. `door_closed`: nobody else is let in. `counts_listeners` and
    `counts_hearing`: the server tells these numbers at all; some older ones do not.
    """

    listeners: int = 0
    hearing: int = 0
    delay_ms: float | None = None
    languages: tuple[tuple[str, int], ...] = ()
    places: int = 0
    places_bound: int = 0
    door_closed: bool = False
    counts_listeners: bool = True
    counts_hearing: bool = True

    @property
    def more_places(self) -> int:
        """The next larger number of places: twice as many, as far as the server allows."""
        return min(2 * self.places, self.places_bound)


class Summary(NamedTuple):
    """How a talk went: its length and the sound sent in seconds, most listeners at once, connections lost."""

    length_s: float
    most_listeners: int
    lost: int
    sent_s: float


class Advice(NamedTuple):
    """What to say about the sound and how it is meant: "" nothing, "ask", "good", "warn" or "urgent"."""

    said: Phrase | None = None
    kind: str = ""


class Appearance(NamedTuple):
    """How a state looks. `phase`: resting, opening, running or unusable; it decides what can be pressed.

    `air` is the banner's large word, as a key of the catalog, and `look` its colours; empty for no banner.
    `is_loss`: the speaker is not heard without wanting that, which screen readers tell at once.
    """

    phase: str
    air: str = ""
    look: str = ""
    is_loss: bool = False


class PageState(NamedTuple):
    """What `page_state.page_state` decides. `detail` is the state or what makes it special."""

    name: str
    detail: str
    appearance: Appearance
    notice: Phrase | None = None

    @property
    def at_rest(self) -> bool:
        """Whether there is no talk, and none is being opened."""
        return self.appearance.phase == "resting"

    @property
    def is_opening(self) -> bool:
        """Whether a talk is being opened."""
        return self.appearance.phase == "opening"

    @property
    def is_running(self) -> bool:
        """Whether there is a talk."""
        return self.appearance.phase == "running"

    @property
    def is_unusable(self) -> bool:
        """Whether nothing can be done on this page."""
        return self.appearance.phase == "unusable"


class Model(NamedTuple):
    """All that the page shows.

    `found` is the code of a talk that may be continued. `pressed` is the button that the state's notice
    is about. `microphone` is the device id in use, empty for the system's choice; its label is empty when
    none is open.
    """

    state: PageState
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
