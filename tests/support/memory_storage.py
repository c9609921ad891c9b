"""The backend's stores in memory: a second implementation, beside which SQLite shows what is its own."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import replace

from backend.figures.counts import Counts, add
from backend.figures.store import HOUR, KEPT_S, MINUTE, begins_ms, span_for
from backend.ports import Clock, KeyTaken, RefreshToken, SessionIdTaken
from backend.records import ENDED, IdempotencyRecord, Session, SessionNumbers
from backend.sessions.creation_limit import HOUR_MS
from backend.settings import Limits

DAY_MS = 24 * 3600 * 1000


class MemorySessionStore:
    """Implements ports.SessionStore."""

    def __init__(self, clock: Clock, idempotency_ms: int, numbers: "MemoryNumbers") -> None:
        self._clock = clock
        self._numbers = numbers
        self._idempotency_ms = idempotency_ms
        self._sessions: dict[str, Session] = {}
        self._ended_at: dict[str, int] = {}
        self._records: dict[tuple[str, str], tuple[int, IdempotencyRecord]] = {}
        self._number = 0

    async def create(self, session: Session, record: IdempotencyRecord | None = None) -> Session:
        """Store a new session and its record."""
        if record is not None:
            earlier = await self.find_record(session.owner, record.key)
            if earlier is not None:
                raise KeyTaken(earlier)
        if session.session_id in self._sessions:
            raise SessionIdTaken
        if record is not None:
            self._records[session.owner, record.key] = self._clock.steady_ms(), record
        self._number += 1
        return self._put(replace(session, number=self._number))

    async def find_record(self, owner: str, key: str) -> IdempotencyRecord | None:
        """The record of this user's key, while it is remembered."""
        at, record = self._records.get((owner, key), (0, None))
        return record if at > self._clock.steady_ms() - self._idempotency_ms else None

    async def get(self, session_id: str) -> Session | None:
        """The session with this id."""
        return self._sessions.get(session_id)

    async def replace(self, session: Session) -> Session | None:
        """Store the next version."""
        stored = self._sessions.get(session.session_id)
        if stored is None or stored.version != session.version - 1:
            return None
        if session.status == ENDED:
            self._ended_at[session.session_id] = self._clock.steady_ms()
        return self._put(replace(session, speaker_seen=stored.speaker_seen))

    async def mark_speaker_seen(self, session_id: str) -> None:
        """Remember that a speaker was here."""
        if session_id in self._sessions:
            self._put(replace(self._sessions[session_id], speaker_seen=1))

    async def owned_by(self, owner: str, before: int | None, limit: int) -> list[Session]:
        """This user's sessions, newest first."""
        own = [one for one in self._sessions.values() if one.owner == owner]
        older = [one for one in own if before is None or one.number < before]
        return sorted(older, key=lambda one: -one.number)[:limit]

    async def alive(self) -> list[Session]:
        """Sessions that have not ended."""
        return [one for one in self._sessions.values() if one.status != ENDED]

    async def forget(self, ended_before_ms: int) -> None:
        """Drop sessions that ended before this moment."""
        for one in list(self._sessions.values()):
            if one.status == ENDED and self._ended_at[one.session_id] < ended_before_ms:
                del self._sessions[one.session_id]
                self._numbers.drop(one.session_id)

    async def days_per_user(self, since_ms: int) -> dict[str, float]:
        """On how many days a user created sessions, by creation mode."""
        days: dict[str, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
        for one in self._sessions.values():
            if one.created_at >= since_ms:
                days[one.creation_mode][one.owner].add(one.created_at // DAY_MS)
        counts = {mode: [len(own) for own in owners.values()] for mode, owners in days.items()}
        return {mode: sum(n * n for n in each) / sum(each) for mode, each in counts.items()}

    async def check(self) -> None:
        """Memory always answers."""

    def _put(self, session: Session) -> Session:
        self._sessions[session.session_id] = session
        return session


class MemoryNumbers:
    """Implements ports.NumbersStore."""

    def __init__(self) -> None:
        self.stored: dict[str, SessionNumbers] = {}

    async def write(self, numbers: Collection[SessionNumbers]) -> None:
        """Store these."""
        self.stored.update((one.session_id, one) for one in numbers)

    async def of(self, session_ids: Collection[str]) -> dict[str, SessionNumbers]:
        """The numbers of these sessions."""
        return {name: self.stored[name] for name in session_ids if name in self.stored}

    def drop(self, session_id: str) -> None:
        """The session is gone."""
        self.stored.pop(session_id, None)


class MemoryCreationLimit:
    """Implements ports.CreationLimit."""

    def __init__(self, per_hour: int) -> None:
        self._per_hour = per_hour
        self._creations: dict[str, list[int]] = defaultdict(list)

    async def reserve(self, user: str, now_ms: int) -> int:
        """Count one creation, or say how long to wait."""
        lately = [min(at, now_ms) for at in self._creations[user] if at > now_ms - HOUR_MS]
        self._creations[user] = lately
        if len(lately) >= self._per_hour:
            return lately[-self._per_hour] + HOUR_MS - now_ms
        lately.append(now_ms)
        return 0


class MemoryRefreshTokens:
    """Implements ports.RefreshTokenStore."""

    def __init__(self) -> None:
        self._tokens: dict[str, RefreshToken] = {}

    async def add(self, token: RefreshToken) -> None:
        """Store a new token."""
        self._tokens[token.digest] = token

    async def find(self, digest: str) -> RefreshToken | None:
        """The token with this digest."""
        return self._tokens.get(digest)

    async def retire(self, digest: str, now_s: int) -> RefreshToken | None:
        """Mark a token as retired."""
        token = self._tokens.get(digest)
        if token is not None and token.retired_at is None:
            token = self._tokens[digest] = token._replace(retired_at=now_s)
        return token

    async def remove_family(self, family: str) -> None:
        """Drop all tokens of one sign-in."""
        self._tokens = {name: one for name, one in self._tokens.items() if one.family != family}

    async def remove_all_of(self, subject: str) -> None:
        """Drop all tokens of a user."""
        self._tokens = {name: one for name, one in self._tokens.items() if one.subject != subject}

    async def forget(self, expired_s: int, retired_s: int) -> None:
        """Drop what is over."""
        self._tokens = {
            name: one
            for name, one in self._tokens.items()
            if one.expires_at > expired_s and (one.retired_at is None or one.retired_at > retired_s)
        }


class MemoryFigures:
    """Implements ports.FigureStore."""

    def __init__(self) -> None:
        self._rows: dict[int, dict[int, Counts]] = {MINUTE: {}, HOUR: {}}
        self._judged: str | None = None

    async def add(self, at_ms: int, counts: Mapping[str, int], judged: str) -> None:
        """Add to the minute and the hour; drop what is old."""
        self._judged = judged
        for span_s, rows in self._rows.items():
            if counts:
                add(rows.setdefault(begins_ms(at_ms, span_s), {}), counts)
            oldest = at_ms - KEPT_S[span_s] * 1000
            self._rows[span_s] = {at: row for at, row in rows.items() if at >= oldest}

    async def since(self, at_ms: int, step_s: int) -> list[tuple[int, dict[str, int]]]:
        """Counts in steps."""
        steps: dict[int, Counts] = {}
        for at, counts in sorted(self._rows[span_for(step_s)].items()):
            if at >= at_ms:
                add(steps.setdefault(begins_ms(at, step_s), {}), counts)
        return list(steps.items())

    async def judged(self) -> str | None:
        """What was given last."""
        return self._judged


class MemoryStorage:
    """Implements ports.Storage."""

    def __init__(self, limits: Limits, clock: Clock) -> None:
        self.numbers = MemoryNumbers()
        self.sessions = MemorySessionStore(clock, int(limits.idempotency_s * 1000), self.numbers)
        self.creation_limit = MemoryCreationLimit(limits.creations_per_hour)
        self.refresh_tokens = MemoryRefreshTokens()
        self.figures = MemoryFigures()

    async def open(self) -> None:
        """Nothing to open."""

    async def close(self) -> None:
        """Nothing to close."""
