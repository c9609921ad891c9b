"""Everything that may differ between installations, with the defaults that docs/protocol.md tells."""

from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path

from pylib.protocol.limits import SPEAKER_GRACE_MS

SITE_ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The bounds that docs/protocol.md lists, and how long things wait. `_s` is seconds."""

    http_body_bytes: int = 64 * 1024
    creations_per_hour: int = 50
    changes_per_minute: int = 120
    """How often a user may change sessions, over HTTP and over WebSockets together."""
    max_listeners: int = 500
    """How many a session begins with."""
    listeners_bound: int = 2000
    """How many its speaker may raise that to."""
    fair_s: float = 6
    """How much sound a listener is sent before its place may be given away: time for three reports."""
    place_kept_s: float = 15
    """How long a listener who heard and whose connection broke keeps the place."""
    waiting_per_address: int = 100
    """How many sockets of one address may be in no room for longer than the next value."""
    waiting_s: float = 10
    head_s: float = 10
    """How long the head of a request may take to arrive."""
    keep_alive_s: float = 75
    """How long a connection stays open between two requests."""
    misses_per_s: float = 1
    """How often an address may try a session code that is none of a session."""
    misses_burst: int = 100
    lists_per_s: float = 10
    """How often a user may list sessions."""
    lists_burst: int = 110
    pool_calls_per_s: float = 10
    """How often an address may call the built-in pool."""
    pool_calls_burst: int = 200
    http_turns_per_s: float = 500
    """How many turns of HTTP an address may take before the log tells of it; nobody is refused."""
    http_turns_burst: int = 20_000
    batches_per_minute: float = 20
    """How many batches of figures are taken from one connection."""
    address_batches_per_s: float = 10
    """How many are taken from one address: a room full of phones may share one."""
    address_batches_burst: int = 600
    audio_per_s: float = 60
    audio_burst: float = 100
    control_per_s: float = 10
    control_burst: float = 20
    flood_patience_s: float = 5
    """How long a connection may go on sending too fast before it is closed."""
    late_patience_s: float = 60
    """As above, for sound, which may be late: ten seconds of it at once are taken in within 40 s."""
    session_s: float = 24 * 3600
    grace_s: float = SPEAKER_GRACE_MS / 1000
    """How long a session waits for a speaker who went away."""
    first_join_s: float = 600
    """How long a created session waits for its speaker to come at all."""
    idempotency_s: float = 24 * 3600
    keep_ended_s: float = 30 * 24 * 3600
    replay_s: float = 2
    ping_every_s: float = 4
    """How often a silent connection is sent a ping."""
    silent_s: float = 12
    """How long it may give none before it is closed; with the next two values it has ended within 15 s."""
    health_check_every_s: float = 0.5
    """How often the health of every connection is checked."""
    close_wait_s: float = 2
    goodbyes_per_s: float = 200
    """How many connections are closed per second when the server stops."""
    goodbye_s: float = 6
    """The longest time over which the closing of connections is spread."""
    status_every_s: float = 0.25
    pcm_release_s: float = 10
    """How long PCM goes on after the last listener who needed it: each new beginning costs the encoder."""
    pcm_ask_again_s: float = 60
    """A speaker who refused PCM may have a better path after this."""
    hearing_valid_s: float = 6
    """A playbackReport (sent every 2 s) counts for this long."""
    sweep_every_s: float = 30

    def most_listeners(self, present: int) -> int:
        """How far a session's limit, `present` now, may be raised: no server takes away what it gave."""
        return max(self.listeners_bound, self.max_listeners, present)

    @property
    def grace_ms(self) -> int:
        """`grace_s` as the wire tells it."""
        return round(self.grace_s * 1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenSettings:
    """Whose id tokens are accepted. An empty `issuer` means the built-in dev pool."""

    issuer: str = ""
    audience: str = ""
    jwks_url: str = ""
    leeway_s: float = 60
    refetch_every_s: float = 10
    keys_valid_s: float = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayTimes:
    """When the imitated API Gateway closes a connection, and when the server asks for a fresh one before."""

    idle_s: float = 10 * 60
    refresh_s: float = 100 * 60
    age_s: float = 2 * 3600

    def faster(self, factor: float) -> "GatewayTimes":
        """These times on a clock that runs `factor` times as fast."""
        return GatewayTimes(
            idle_s=self.idle_s / factor, refresh_s=self.refresh_s / factor, age_s=self.age_s / factor
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AdminSettings:
    """Where operators find /metrics and /status.

    Attributes:
        port: 0 lets the system choose.
        or_any_port: another port will do when this one is taken.
        token_file: holds the operators' token; needed for any address but this machine's own.
    """

    host: str = "127.0.0.1"
    port: int = 0
    or_any_port: bool = False
    token_file: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One installation.

    Attributes:
        data_dir: database, keys, demo account and config.json live here; made when missing.
        site_root: the folder with the pages.
        public_url: where people reach this server; only names the dev pool's issuer.
        allowed_origins: origins of pages hosted elsewhere, as a browser sends them.
        connect_origins: other origins the pages may call, such as that of a user pool.
        dev: offers the dev pool and its demo account, and trusts pages of this machine.
        max_connections: how many connections this process holds, at most half of them in no room; None means
            10,000, or as many as the system allows.
        trusted_proxies: whose X-Forwarded-For counts; everybody else is who their connection says.
        query_tokens: whether a WebSocket may carry its token as `?token=`.
        admin: the listening socket for operators; None for none.
        gateway: imitates AWS API Gateway in front of every WebSocket, to try the pages behind it.
        id_token_s: lifetime of the dev pool's id and access tokens.
        rotate_refresh_tokens: whether each refresh at the dev pool gives a new refresh token.
    """

    data_dir: Path
    site_root: Path = SITE_ROOT
    public_url: str = "http://localhost"
    allowed_origins: tuple[str, ...] = ()
    connect_origins: tuple[str, ...] = ()
    max_connections: int | None = None
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    dev: bool = True
    query_tokens: bool = True
    admin: AdminSettings | None = None
    gateway: GatewayTimes | None = None
    id_token_s: float = 3600
    rotate_refresh_tokens: bool = False
    limits: Limits = field(default_factory=Limits)
    tokens: TokenSettings = field(default_factory=TokenSettings)
