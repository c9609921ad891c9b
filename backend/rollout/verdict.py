"""A judgement in plain words, for people who never studied statistics.

The status page is an operator's, in English, and so are these sentences.
"""

from math import floor, isfinite, log10
from typing import Any, NamedTuple

from backend.rollout.confidence import Interval
from backend.rollout.judge import ALIKE, HTTP_BETTER, HTTP_WORSE, ONE_MODE, Judgement, Mode
from backend.rollout.overlay import CLEAR_COMMAND

STEPS = (10, 50, 100)
"""Of `http_session_rollout_percent`, as docs/rollout.md goes."""

SURE = "95 % sure, however often you look"

OFF = '"use_http_session_creation": false'
NO_INTERVAL = Interval(0.0, 0.0, 0.0)

COUNTED = "Counted is the first start of a day on each device, not every creation."


class Verdict(NamedTuple):
    """`sentence`: which way is healthier, by how much, how sure, what next; `why`; `advice` in detail."""

    sentence: str
    why: str
    advice: str


def told(judgement: Judgement) -> dict[str, Any]:
    """A judgement as `verdict` of GET /status/data."""
    return {
        "state": judgement.state,
        **verdict(judgement)._asdict(),
        "difference": _told_interval(judgement.difference),
        "medianDifferenceS": _told_interval(judgement.median_difference_s),
    }


def verdict(judgement: Judgement) -> Verdict:
    """A judgement in words."""
    words = {
        ONE_MODE: _one_mode,
        ALIKE: _alike,
        HTTP_BETTER: _http_better,
        HTTP_WORSE: _http_worse,
    }.get(judgement.state, _small_team if judgement.small_team else _too_few)
    return words(judgement)


def after_falling_back(words: dict[str, Any], sentence: str) -> dict[str, Any]:
    """What `told` gave, with why only the older way is in use now."""
    return words | {
        "sentence": "Everybody creates over WebSocket, because the rollout guard fell back.",
        "why": sentence,
        "advice": f"Mend what failed over HTTP (see the errors below); then run {CLEAR_COMMAND}, with the "
        "--data of this server, and the next page load follows config.json again. It is as you wrote it.",
    }


def fell_back(known: Judgement) -> str:
    """What the guard did, and why."""
    apart = known.difference or NO_INTERVAL
    return (
        f"The rollout guard fell back to the older way: over HTTP {_went_well(known.http)}, over WebSocket "
        f"{_went_well(known.websocket)}, so HTTP is worse by at least {_points(-apart.high)} ({SURE})."
    )


def _too_few(known: Judgement) -> Verdict:
    smaller, name = min((known.http, "HTTP"), (known.websocket, "WebSocket"), key=lambda pair: pair[0].days)
    total = known.http.days + known.websocket.days
    more = f"about {about(known.needed)} more are needed to see a difference of {_points(known.points)}"
    counted = f"{_creations(total)} so far, {smaller.days:,} of them over {name}" if total else "nothing yet"
    return Verdict(
        f"{_stay(known)}: {counted}; {more}.",
        _comparison(known),
        "Leave config.json as it is. This page says when the counts are enough to go on, or that you should "
        "go back.",
    )


def _small_team(known: Judgement) -> Verdict:
    total, pace = known.http.days + known.websocket.days, about(known.per_month or 0)
    return Verdict(
        f"Too few to tell, and that is fine: {_creations(total)} so far, about {pace} in a month, and a "
        f"difference of {_points(known.points)} would take about {about(known.needed)} more.",
        f"{_both(known)} {COUNTED} With so few, chance alone makes one way look better than the other. You "
        "need no statistics: of a way that often fails your speakers would tell you the same day.",
        "Take the next step after two weeks in which no start failed that you cannot explain (see the errors "
        "below). The way back is one line of config.json.",
    )


def _alike(known: Judgement) -> Verdict:
    return Verdict(
        f"{_go_on(known)}: both ways are equally healthy, within {_points(_widest(known.difference))} "
        f"({SURE}).",
        _comparison(known),
        _next_line(known),
    )


def _http_better(known: Judgement) -> Verdict:
    apart = known.difference or NO_INTERVAL
    return Verdict(
        f"{_go_on(known)}: HTTP is healthier, by about {_number(apart.middle)} successful starts of a "
        f"hundred and by at least {_number(apart.low)} ({SURE}).",
        _comparison(known),
        _next_line(known),
    )


def _http_worse(known: Judgement) -> Verdict:
    apart = known.difference or NO_INTERVAL
    return Verdict(
        f"Go back: WebSocket is healthier, by about {_number(-apart.middle)} successful starts of a "
        f"hundred and by at least {_number(-apart.high)} ({SURE}).",
        _comparison(known),
        f"Write {OFF} into config.json: the next page load is the older way, and talks under way go on. Then "
        "look at the errors below. Where config.json lies on a CDN, that one line is to be edited there.",
    )


def _one_mode(known: Judgement) -> Verdict:
    older = known.setting.http is False or known.setting.percent == 0
    way, mode = ("WebSocket", known.websocket) if older else ("HTTP", known.http)
    counted = f"{mode.ok:,} of {_creations(mode.days)} went well" if mode.days else "nothing is counted yet"
    return Verdict(
        f"Everybody creates over {way}: {counted}, and there is nothing to compare with.",
        f"Only one way is in use, so this page cannot say which is healthier. {COUNTED}",
        'To begin, write "use_http_session_creation": true and "http_session_rollout_percent": 10 into '
        "config.json."
        if older
        else f"If errors grow, write {OFF} into config.json: that is the way back.",
    )


def _stay(known: Judgement) -> str:
    percent = known.setting.percent
    return "Stay as you are" if percent is None else f"Stay at {percent} %"


def _go_on(known: Judgement) -> str:
    step = _next_step(known)
    return "Go on" if step is None else f"Go on to {step} %"


def _next_step(known: Judgement) -> int | None:
    percent = known.setting.percent
    return None if percent is None else next((step for step in STEPS if step > percent), None)


def _next_line(known: Judgement) -> str:
    step = _next_step(known)
    if step is None:
        return "You may let more users in: raise http_session_rollout_percent in config.json."
    return f'Write "http_session_rollout_percent": {step} into config.json; this page then counts anew.'


def _both(known: Judgement) -> str:
    return f"Over HTTP {_went_well(known.http)}, over WebSocket {_went_well(known.websocket)}."


def _went_well(mode: Mode) -> str:
    if not mode.days:
        return "nothing is counted yet"
    return f"{mode.ok:,} of {mode.days:,} starts went well ({mode.rate * 100:.1f} %)"


def _comparison(known: Judgement) -> str:
    return f"{_both(known)} {_apart(known)} {_medians(known)}{COUNTED}{_repeated(known)}"


def _apart(known: Judgement) -> str:
    apart = known.difference
    if apart is None:
        return "Both ways must be in use before they can be compared."
    return f"Chance counted in, HTTP is something between {_side(apart.low)} and {_side(apart.high)}."


def _side(difference: float) -> str:
    if abs(difference) < 0.0005:
        return "equal"
    return f"{_points(abs(difference))} {'better' if difference > 0 else 'worse'}"


def _medians(known: Judgement) -> str:
    """What half of the starts took, and whether one way is surely slower; ends with a space."""
    http, websocket, apart = known.http.median_s, known.websocket.median_s, known.median_difference_s
    if http is None or websocket is None or apart is None:
        return ""
    surely = "HTTP is surely slower" if apart.low >= 0 else "HTTP is surely faster" if apart.high <= 0 else ""
    return (
        f"Half of the starts took at most {http.middle:.2g} s over HTTP and {websocket.middle:.2g} s over "
        f"WebSocket{': ' + surely if surely else ', which may be chance'}. "
    )


def _repeated(known: Judgement) -> str:
    if known.per_user < 1.05:
        return ""
    return (
        " The same users come back, and what fails for a user today often fails tomorrow: so "
        f"{known.per_user:.1f} count as one."
    )


def _widest(apart: Interval | None) -> float:
    return 1.0 if apart is None else max(-apart.low, apart.high)


def _points(difference: float) -> str:
    """A difference (0 to 1) as `2 points`: percentage points, of a hundred starts."""
    number = _number(difference)
    return f"{number} point{'' if number == '1' else 's'}"


def _number(difference: float) -> str:
    """So many of a hundred, with one decimal where that says something."""
    return f"{difference * 100:.1f}".removesuffix(".0")


def _creations(count: int) -> str:
    return f"{count:,} creation{'' if count == 1 else 's'}"


def about(number: float) -> str:
    """Rounded up to two digits: what is estimated should not look exact."""
    if number < 10:
        return str(max(1, round(number)))
    unit = 10 ** (floor(log10(number)) - 1)
    return f"{-int(-number // unit) * unit:,}"


def _told_interval(interval: Interval | None) -> dict[str, float] | None:
    """None also for what has no end yet: JSON knows no infinity."""
    if interval is None or not all(map(isfinite, interval)):
        return None
    return interval._asdict()
