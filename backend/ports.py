"""The outside world of the backend on one screen: what is stored, what other servers hear, what time it is.

SQLite and one process are the implementations at hand. Each port asks only what a key-value store and a
message bus shared by several servers can do too: records go in and out as plain data, a change names the
version it replaces, and no transaction, row or SQL exception passes a port.
"""

from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple, Protocol

from backend.records import IdempotencyRecord, Session, SessionNumbers


class StoreUnavailable(Exception):
    """A store does not answer, or cannot write.

    Attributes:
        in_use: another server holds what must be its alone.
        blocked: what is stored may be in order, and the place where it lies cannot be used.
    """

    def __init__(self, message: str, *, in_use: bool = False, blocked: bool = False) -> None:
        super().__init__(message)
        self.in_use = in_use
        self.blocked = blocked


class NewerStore(StoreUnavailable):
    """A newer version of this program has written the store, in a way that this one does not know."""


class SessionIdTaken(Exception):
    """Another session has this id; another id may be free."""


class KeyTaken(Exception):
    """This user's idempotency key is taken; `record` is what was stored with it."""

    def __init__(self, record: IdempotencyRecord) -> None:
        super().__init__(record.key)
        self.record = record


class SessionStore(Protocol):
    """All sessions. A method that changes something returns when the change is safe.

    Every method raises StoreUnavailable.
    """

    async def create(self, session: Session, record: IdempotencyRecord | None = None) -> Session:
        """Store a new session, and with it the record if there is one: both or neither.

        Returns it with its number. Raises SessionIdTaken, or KeyTaken when the owner used the key before.
        """

    async def find_record(self, owner: str, key: str) -> IdempotencyRecord | None:
        """What this user's request with this idempotency key was answered, while that is remembered."""

    async def get(self, session_id: str) -> Session | None:
        """The session with this id, ended ones included."""

    async def replace(self, session: Session) -> Session | None:
        """Store the next version of a session; None when the stored version is not the one before it."""

    async def mark_speaker_seen(self, session_id: str) -> None:
        """Remember across restarts that a speaker was here, and may come back. Counts no version."""

    async def owned_by(self, owner: str, before: int | None, limit: int) -> list[Session]:
        """This user's sessions, newest first, those with a `number` below `before`."""

    async def alive(self) -> list[Session]:
        """Sessions that have not ended."""

    async def forget(self, ended_before_ms: int) -> None:
        """Drop sessions that ended before this moment of `Clock.steady_ms()`, and records past their time.

        A session's numbers go with it.
        """

    async def days_per_user(self, since_ms: int) -> dict[str, float]:
        """On how many days a user created sessions since this moment, by creation mode.

        The average, over all days on which a user created one, of how many such days this user has; days are
        UTC's. A mode without sessions is left out.
        """

    async def check(self) -> None:
        """Return when the store answers."""


class NumbersStore(Protocol):
    """The numbers of sessions, as one server counted them. Every method raises StoreUnavailable."""

    async def write(self, numbers: Collection[SessionNumbers]) -> None:
        """Store these, all or none, in place of what was stored for their sessions."""

    async def of(self, session_ids: Collection[str]) -> dict[str, SessionNumbers]:
        """The numbers of these sessions by session id, as far as there are any."""


class CreationLimit(Protocol):
    """Bounds how many sessions a user creates in any hour, counted for all servers together."""

    async def reserve(self, user: str, now_ms: int) -> int:
        """Count one creation and return 0; or count nothing and return the ms until one is free.

        `now_ms` is the clock's `steady_ms()`. Raises StoreUnavailable.
        """


class Account(NamedTuple):
    """A person who can sign in to the dev pool; `subject` is their lasting id."""

    subject: str
    email: str
    password: str


class Accounts(Protocol):
    """The accounts of the dev pool."""

    async def with_email(self, email: str) -> Account | None:
        """Whom this address belongs to."""

    async def with_subject(self, subject: str) -> Account | None:
        """The account with this id."""


class RefreshToken(NamedTuple):
    """A refresh token of the dev pool, known by its digest; times are seconds since the epoch.

    All tokens that came from one sign-in have its `family`; `retired_at` is when a newer one replaced it,
    which happens only where the pool rotates them.
    """

    digest: str
    family: str
    subject: str
    auth_time: int
    expires_at: int
    retired_at: int | None = None


class RefreshTokenStore(Protocol):
    """The refresh tokens of the dev pool. Every method raises StoreUnavailable."""

    async def add(self, token: RefreshToken) -> None:
        """Store a new token."""

    async def find(self, digest: str) -> RefreshToken | None:
        """The token with this digest."""

    async def retire(self, digest: str, now_s: int) -> RefreshToken | None:
        """Mark a token as retired now, unless it already is. Returns it with its first `retired_at`."""

    async def remove_family(self, family: str) -> None:
        """Drop all tokens that came from one sign-in."""

    async def remove_all_of(self, subject: str) -> None:
        """Drop all tokens of a user."""

    async def forget(self, expired_s: int, retired_s: int) -> None:
        """Drop tokens that expired at `expired_s` or before, and those retired at `retired_s` or before."""


class FigureStore(Protocol):
    """What was counted, by minute for 48 hours and by hour for 31 days. Every method raises StoreUnavailable.

    Times are milliseconds since the epoch.
    """

    async def add(self, at_ms: int, counts: Mapping[str, int], judged: str) -> None:
        """Add to the minute and the hour of this moment, and keep `judged`: all or nothing.

        What is older than its time, counted from this moment, is dropped.
        """

    async def since(self, at_ms: int, step_s: int) -> list[tuple[int, dict[str, int]]]:
        """Counts since a moment, added up in steps of so many seconds: the beginning of each, and its counts.

        Steps of an hour or more are made of hours, shorter ones of minutes. Empty ones are left out.
        """

    async def judged(self) -> str | None:
        """What `add` was given last."""


class Storage(Protocol):
    """The stores of one installation, opened before the first request and closed after the last."""

    @property
    def sessions(self) -> SessionStore:
        """All sessions."""

    @property
    def numbers(self) -> NumbersStore:
        """How they were attended."""

    @property
    def creation_limit(self) -> CreationLimit:
        """Creations of the last hour."""

    @property
    def refresh_tokens(self) -> RefreshTokenStore:
        """For the dev pool."""

    @property
    def figures(self) -> FigureStore:
        """What was counted."""

    async def open(self) -> None:
        """Make ready. Raises StoreUnavailable."""

    async def close(self) -> None:
        """Finish what is under way."""


Receiver = Callable[[Session, str | None], None]
"""Takes a changed session, and the request id that its speaker's copy of the news repeats."""


class Bus(Protocol):
    """Carries the news of a session to every server where people of that session are connected."""

    async def publish(self, session: Session, request_id: str | None = None) -> None:
        """Send a changed session to all subscribers. Of two changes the later `version` may come first."""

    async def subscribe(self, receive: Receiver) -> None:
        """From now on call `receive` with every session that changes, in the event loop."""


class Timer(Protocol):
    """What `Clock.call_later` gives."""

    def cancel(self) -> None:
        """Never call back."""


class Clock(Protocol):
    """What time it is."""

    def monotonic_s(self) -> float:
        """Seconds since some moment; never set back."""

    def now_ms(self) -> int:
        """The wall clock, in milliseconds since the epoch: for records and tokens. It may be set."""

    def steady_ms(self) -> int:
        """The wall clock as it was when this process began, gone on steadily: for ages that are stored."""

    def call_later(self, delay_s: float, callback: Callable[[], None]) -> Timer:
        """Call back in the event loop after so many seconds."""
