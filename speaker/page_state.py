"""What the speaker page says: one pure function from plain facts to the state, its look and its sentence.

A new state is a row of APPEARANCES and a branch below, a sentence in each catalog (`state.<detail>`, and
`air.<word>` for a word of its own), and colours in talk.css for a look of its own.
"""

from typing import NamedTuple

from pylib.protocol.codes import CLOSE_REPLACED
from pylib.session.error_texts import BY_CODE, phrase_for_code
from pylib.ui.i18n import Phrase, phrase
from speaker.model import OVER_CODES, Appearance, PageState

RESTING, OPENING, RUNNING, UNUSABLE = "resting", "opening", "running", "unusable"

APPEARANCES = {
    "signed-out": Appearance(RESTING),
    "found": Appearance(RESTING),
    "idle": Appearance(RESTING),
    "error": Appearance(RESTING),
    "ended": Appearance(RESTING),
    "creating": Appearance(OPENING),
    "live": Appearance(RUNNING, "live", "good"),
    "unheard": Appearance(RUNNING, "unheard", "urgent", is_loss=True),
    "tap": Appearance(RUNNING, "unheard", "urgent", is_loss=True),
    "reconnecting": Appearance(RUNNING, "reconnecting", "warn", is_loss=True),
    "paused": Appearance(RUNNING, "paused", "calm"),
    "muted": Appearance(RUNNING, "muted", "calm"),
    "broken": Appearance(UNUSABLE),
}
"""By detail, which is the state or what makes it special."""

ENDINGS = ("speaker-left", "speaker-never-came", "expired")
"""The server's reasons for ending a session by itself."""


class TalkFacts(NamedTuple):
    """What is known of a talk. `gave_up`: a lost connection is not tried any more until the person asks.

    `close_code` and `close_reason` tell why the connection closed, 0 and empty while it lives.
    """

    over: bool = False
    connected: bool = True
    gave_up: bool = False
    paused: bool = False
    muted: bool = False
    close_code: int = 0
    close_reason: str = ""


class Facts(NamedTuple):
    """What is known of a page. `outcome` says what came of the last thing the person asked for.

    `found`: there is a talk to continue. `touched`: the person did something on this page; before that
    a browser may hold back the microphone's sound. `microphone_trouble` and `microphone_notice` are keys
    of the catalog, empty when there is nothing to say.
    """

    talk: TalkFacts | None = None
    creating: bool = False
    failed: bool = False
    signed_in: bool = False
    found: bool = False
    touched: bool = True
    microphone_trouble: str = ""
    microphone_notice: str = ""
    microphone_label: str = ""
    outcome: Phrase | None = None


def page_state(facts: Facts) -> PageState:
    """What is true now, and the one sentence that matters most."""
    name = _name(facts)
    detail = _detail(name, facts)
    return PageState(name, detail, APPEARANCES[detail], _notice(facts))


def unusable(why: Phrase) -> PageState:
    """Of a page on which nothing can be done, as without a config file."""
    return PageState("error", "broken", APPEARANCES["broken"], why)


def talk_state(talk: TalkFacts) -> str:
    """live, paused, muted, reconnecting or ended."""
    if talk.over:
        return "ended"
    if not talk.connected:
        return "reconnecting"
    if talk.paused:
        return "paused"
    return "muted" if talk.muted else "live"


def _name(facts: Facts) -> str:
    if facts.creating:
        return "creating"
    if facts.talk is not None:
        return talk_state(facts.talk)
    return "error" if facts.failed else "idle"


def _detail(name: str, facts: Facts) -> str:
    if name == "idle" and not facts.signed_in:
        return "signed-out"
    if name == "idle" and facts.found:
        return "found"
    if name == "live" and facts.microphone_trouble:
        return "unheard" if facts.touched else "tap"
    return name


def _notice(facts: Facts) -> Phrase | None:
    """What the person must do comes before what went wrong earlier.

    On a page that was not touched yet the microphone has no trouble: the browser waits for a press.
    """
    if facts.talk is not None and facts.talk.gave_up:
        return phrase("notice.gave-up")
    if facts.microphone_trouble:
        return phrase(facts.microphone_trouble) if facts.touched else None
    said = facts.outcome or (_closing_notice(facts.talk) if facts.talk is not None else None)
    if said is None and facts.microphone_notice:
        return phrase(facts.microphone_notice, microphone=facts.microphone_label)
    return said


def _closing_notice(talk: TalkFacts) -> Phrase | None:
    """Why the talk is over, when the person did not end it on this page."""
    if talk.close_code == CLOSE_REPLACED:
        return phrase("notice.replaced")
    if not talk.over:
        return None
    if talk.close_reason in ENDINGS:
        return phrase("ending." + talk.close_reason)
    if talk.close_reason in OVER_CODES:
        return phrase("notice.talk-over")
    known = BY_CODE.get(talk.close_reason)
    return None if known is None else phrase_for_code(talk.close_reason, known)
