"""One line in the log for each thing that a speaker does: what, in which session, and how it went.

Its ids lead from a press of a button to the row of the session: docs/logs.md. What is written to the
database is bounded by the limits of its user, so each such line is written. What is not (refused, answered
again, muted, a connection that comes and goes) could be repeated without end: the first ones of a user in a
minute are told one by one, the others and those of strangers are counted.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from backend.call_limit import CallLimit
from backend.logs import TOLD_EACH
from backend.ports import Clock, StoreUnavailable
from backend.problems import Problem
from backend.records import ENDED, PAUSED, Session
from pylib.protocol import codes

CREATE, CHANGE, PAUSE, RESUME, MUTE, UNMUTE = "create", "change", "pause", "resume", "mute", "unmute"
END, COME, LEAVE = "end", "come", "leave"

OK, REPLAYED, UNCHANGED, REFUSED, FAILED = "ok", "replayed", "unchanged", "refused", "failed"

TOLD_PER_MINUTE = 10
"""Actions of a user which no limit bounds that are told one by one."""

UNBOUNDED = (COME, LEAVE, MUTE, UNMUTE)

MESSAGE = "a speaker's action"
UNTOLD = "actions that are not told one by one"

each, counted = logging.getLogger(TOLD_EACH), logging.getLogger(f"{TOLD_EACH}.counted")


class Action:
    """What is known of one action so far.

    Attributes:
        name: one of the words above.
        user: who does it; empty without a good sign-in.
        session_id: the session that it is about.
        mode: how that session was created.
        outcome: OK, or REPLAYED or UNCHANGED for what had no effect; a Problem makes it REFUSED.
        ids: those for its line; what is missing comes from the HTTP request that is being answered.
    """

    __slots__ = ("ids", "mode", "name", "outcome", "session_id", "user")

    def __init__(self, name: str, user: str, ids: Mapping[str, str]) -> None:
        self.name = name
        self.user = user
        self.session_id = self.mode = ""
        self.outcome = OK
        self.ids = ids

    def is_about(self, session: Session) -> None:
        """The session is known."""
        self.session_id, self.mode = session.session_id, session.creation_mode


_current: ContextVar[Action | None] = ContextVar("current_action", default=None)


class ActionLog:
    """Writes the lines; `clock` times the actions and their bounds."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._told = CallLimit(rate=TOLD_PER_MINUTE / 60, burst=TOLD_PER_MINUTE, clock=clock)

    @contextmanager
    def acting(self, name: str, user: str = "", **ids: str) -> Iterator[Action]:
        """Do an action inside, and complete what is known of it; all that is raised passes through.

        `ids` are `requestId` and `correlationId`; empty ones are left out.
        """
        started, action = self._clock.monotonic_s(), Action(name, user, ids)
        before = _current.set(action)
        try:
            yield action
        except Problem as problem:
            self._tell(action, started, REFUSED, problem.code)
            raise
        except StoreUnavailable:
            self._tell(action, started, REFUSED, codes.SERVICE_UNAVAILABLE)
            raise
        except Exception:
            self._tell(action, started, FAILED, codes.INTERNAL_SERVER_ERROR)
            raise
        finally:
            _current.reset(before)
        self._tell(action, started, action.outcome, "")

    @property
    def current(self) -> Action:
        """The action inside of which this is called; if there is none, one that is not logged."""
        return _current.get() or Action("", "", {})

    def note(self, name: str, session: Session, **more: object) -> None:
        """Tell of what takes no time and is done; `more` is added to the line."""
        action = Action(name, session.owner, {"correlationId": session.correlation_id})
        action.is_about(session)
        self._tell(action, self._clock.monotonic_s(), OK, "", **more)

    def _tell(self, action: Action, started: float, outcome: str, code: str, **more: object) -> None:
        is_bounded = outcome == OK and action.name not in UNBOUNDED
        one_by_one = is_bounded or (action.user and not self._told.take(action.user))
        (each if one_by_one else counted).info(
            MESSAGE if one_by_one else UNTOLD,
            extra={
                "action": action.name,
                "sessionId": action.session_id,
                "mode": action.mode,
                "outcome": outcome,
                "code": code,
                "milliseconds": round((self._clock.monotonic_s() - started) * 1000, 1),
                **{name: value for name, value in action.ids.items() if value},
                **more,
            },
        )


def name_of(changes: Mapping[str, object]) -> str:
    """What a person would call these changes of a session."""
    if set(changes) != {"status"}:
        return CHANGE
    return {ENDED: END, PAUSED: PAUSE}.get(str(changes["status"]), RESUME)
