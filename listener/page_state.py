"""Decides the listener page's state: one pure function from facts to what the page shows. Portable.

A new state is a row of WORDS, a sentence in each catalog (`state.<detail>`) and, for a new word, a look in
style.css.
"""

from typing import NamedTuple

from pylib.protocol import codes

Facts = NamedTuple(
    "Facts",
    [
        ("outcome", str),
        ("has_session", bool),
        ("tapped", bool),
        ("blocked", bool),
        ("ended", bool),
        ("late", bool),
        ("saving", bool),
        ("joined", bool),
        ("connected", bool),
        ("paused", bool),
        ("playing", bool),
        ("behind", bool),
        ("cut", bool),
        ("muted", bool),
        ("speaker_away", bool),
        ("speaker_came", bool),
        ("speaker_paused", bool),
        ("speaker_muted", bool),
    ],
)
"""What the state is decided from.

`outcome`: the detail in which a look-up, a refusal or the end of a talk left the page; empty while none did.
`tapped`: Listen was tapped; `blocked`: the browser or device lets no sound through all the same.
`ended`: the talk is over, but what arrived of it is still played; `late`: after a pause, so that it is much.
`saving`: muted with the data saver on. `joined`: a connection is meant to last; `connected`: it works.
`paused`, `muted`: by this listener. `behind`: a pause left more to hear than jumping to live is worth;
`cut`: its beginning is lost. `speaker_came`: this speaker has been there before.
"""

PageState = NamedTuple(
    "PageState",
    [
        ("word", str),
        ("detail", str),
        ("urgent", bool),
        ("waiting", bool),
        ("asks_code", "bool | None"),
        ("offers_listen", bool),
        ("started", bool),
    ],
)
"""The state (`data-state`), in full, and what of the page follows from it.

`urgent`: screen readers tell it at once, all else when there is a pause. `waiting`: the sound comes without
the listener's doing. `asks_code`: whether the code box is there; None leaves it as it is. `offers_listen`:
the big button is there. `started`: the controls are there, for no tap is wanted.
"""

WORDS = {
    "no-code": "ready",
    "looking": "connecting",
    "ready": "ready",
    "ready-paused": "ready",
    "unreached": "ready",
    "connecting": "connecting",
    "live": "live",
    "muted": "live",
    "behind": "live",
    "behind-cut": "live",
    "rest": "live",
    "buffering": "buffering",
    "paused": "paused",
    "saving": "paused",
    "speaker-paused": "paused",
    "speaker-muted": "live",
    "speaker-away": "speaker-away",
    "speaker-expected": "speaker-away",
    "reconnecting": "reconnecting",
    "ended": "ended",
    "blocked": "blocked",
    "not-found": "not-found",
    "full": "full",
    "door-closed": "full",
    "gave-way": "full",
    "broken": "error",
}
"""The word for each detail."""

WAITING = ("speaker-paused", "speaker-away", "speaker-expected")
LOSSES = ("reconnecting", "speaker-away", "blocked")
WITHOUT_TALK = ("no-code", "unreached", "not-found", "ended")
"""Details in which there is no talk to listen to and a code may lead to one."""

REFUSALS = {
    codes.SESSION_NOT_FOUND: "not-found",
    codes.SESSION_INVALID_ID_FORMAT: "not-found",
    codes.SESSION_INACTIVE: "ended",
    codes.SESSION_MAX_LISTENERS_REACHED: "full",
    codes.SESSION_DOOR_CLOSED: "door-closed",
    codes.SESSION_PLACE_GIVEN_AWAY: "gave-way",
}
"""The outcome for each error code with which the server refuses a listener."""


def page_state(facts: Facts) -> PageState:
    """What the page shows; the first of its details that is true counts."""
    detail = _detail(facts)
    started = facts.tapped and not facts.blocked
    asks_code = detail in WITHOUT_TALK
    return PageState(
        WORDS[detail],
        detail,
        detail in LOSSES,
        detail in WAITING,
        # While a code is looked up, the box stays away after a link, and under the fingers that typed in it.
        None if detail == "looking" else asks_code,
        facts.has_session and not started and not asks_code,
        started,
    )


def _detail(facts: Facts) -> str:
    if facts.outcome:
        return facts.outcome
    if not facts.tapped:
        return "ready-paused" if facts.speaker_paused else "ready"
    if facts.blocked:
        return "blocked"
    return _connection(facts) or _distance(facts) or _speaker(facts) or _sound(facts)


def _connection(facts: Facts) -> str:
    """A talk that has ended needs no connection any more."""
    if facts.ended:
        return "rest" if facts.late and not facts.paused else ""
    if facts.saving:
        return "saving"
    if not facts.joined:
        return "connecting"
    return "" if facts.connected else "reconnecting"


def _distance(facts: Facts) -> str:
    """Comes before the speaker's state, which a listener who is behind will reach only later."""
    if facts.paused:
        return "paused"
    if not (facts.playing and facts.behind):
        return ""
    return "behind-cut" if facts.cut else "behind"


def _speaker(facts: Facts) -> str:
    if facts.speaker_away:
        return "speaker-away" if facts.speaker_came else "speaker-expected"
    if facts.speaker_paused:
        return "speaker-paused"
    return "speaker-muted" if facts.speaker_muted else ""


def _sound(facts: Facts) -> str:
    if not facts.playing:
        return "buffering"
    return "muted" if facts.muted else "live"
