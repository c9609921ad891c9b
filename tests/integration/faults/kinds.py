"""What can go wrong, where, for how long, and what is promised then."""

from collections.abc import Callable, Iterator
from itertools import accumulate, cycle, product
from typing import Literal, NamedTuple

from pylib.config.rollout import Mode
from pylib.realtime.backoff import MAX_ATTEMPTS, reconnect_delay_s
from tests.support.fault_proxy import PASS, Fault

Place = Literal["speaker", "listener", "both", "kill", "restart"]
Way = Literal["up", "down", "both"]
Break = Literal["", "reset", "close"]

NOTICED_BY_SPEAKER_S = 3.0
NOTICED_BY_LISTENER_S = 25.0
"""How long a dead line may go unnoticed."""

KEPT_FOR_SPEAKER_S = 10.0
KEPT_FOR_LISTENER_S = 2.0
"""Sound that is not lost when the speaker, or a listener, is away no longer than this."""


class Kind(NamedTuple):
    """One kind of bad luck.

    Attributes:
        place: on whose link, or what happens to the server.
        breaks: what becomes of the connections there are, at the first moment.
        fault: what the network is like from then on, for `away_s`.
        keeps_all: nothing may be lost.
    """

    name: str
    mode: Mode
    place: Place
    away_s: float = 0.0
    breaks: Break = ""
    fault: Fault = PASS
    keeps_all: bool = False

    @property
    def hits_speaker(self) -> bool:
        """Whether the speaker's connection suffers."""
        return self.place != "listener"

    @property
    def hits_listener(self) -> bool:
        """Whether the listener's connection suffers."""
        return self.place != "speaker"

    @property
    def speaker_must_notice(self) -> bool:
        """A speaker whose words or whose answers are swallowed speaks to nobody."""
        return bool(self.fault.silent) and self.hits_speaker and self.away_s > NOTICED_BY_SPEAKER_S + 1

    @property
    def listener_must_notice(self) -> bool:
        """A listener to whom sound still comes need not mind that nobody hears them."""
        swallowed = self.fault.silent in ("down", "both")
        return swallowed and self.hits_listener and self.away_s > NOTICED_BY_LISTENER_S


def promised(place: Place, away_s: float) -> bool:
    """Whether docs/live.md promises that nothing is lost on this link in so long a break."""
    return away_s <= (KEPT_FOR_SPEAKER_S if place == "speaker" else KEPT_FOR_LISTENER_S)


def latest_return_s(away_s: float) -> float:
    """When the first attempt that cannot be too early comes at the latest."""
    attempts = zip(_attempts(lambda: 0.0), _attempts(lambda: 1.0), strict=True)
    return next(latest for earliest, latest in attempts if earliest >= away_s)


def _attempts(dice: Callable[[], float]) -> Iterator[float]:
    return accumulate(reconnect_delay_s(attempt, dice) or 0.0 for attempt in range(MAX_ATTEMPTS))


DOWN = Fault(refuse=True)
_MODES: tuple[Mode, ...] = ("http", "websocket")


def broken(how: Literal["reset", "close"], place: Place, mode: Mode, away_s: float = 0.0) -> Kind:
    """The connection breaks, and nobody is let in for a while."""
    keeps_all = promised(place, latest_return_s(away_s))
    return Kind(f"{how} {away_s:g} s", mode, place, away_s, how, DOWN if away_s else PASS, keeps_all)


def blackhole(place: Place, mode: Mode, away_s: float, way: Way = "both") -> Kind:
    """Nothing passes and nothing closes."""
    name = f"blackhole{'' if way == 'both' else ' ' + way} {away_s:g} s"
    return Kind(name, mode, place, away_s, "", Fault(silent=way), promised(place, away_s * 1.25))


STANDSTILLS_S = (1.5, 2.2, 2.5, 2.8, 4.0)
"""Some shorter and some longer than a speaker takes to notice; what was sent meanwhile comes in a lump."""


def standstills(*modes: Mode) -> list[Kind]:
    """The speaker's path stands still and then delivers all."""
    return [
        blackhole("speaker", mode, away_s, "up")
        for away_s, mode in zip(STANDSTILLS_S, cycle(modes), strict=False)
    ]


SMALL_TABLE = [
    broken("reset", "speaker", "http"),
    broken("close", "speaker", "websocket"),
    broken("reset", "listener", "http"),
    broken("close", "listener", "websocket"),
    broken("reset", "both", "websocket"),
    broken("reset", "speaker", "websocket", 4.0),
    broken("close", "listener", "http", 0.2),
    blackhole("speaker", "http", 6.0),
    blackhole("speaker", "websocket", 5.0, "up"),
    blackhole("speaker", "http", 5.0, "down"),
    blackhole("listener", "websocket", 26.0),
    blackhole("listener", "http", 1.2),
    blackhole("both", "websocket", 5.0),
    Kind("cut request", "http", "speaker", 0.3, "", Fault(cut_request_after=3333)),
    Kind("cut answer", "websocket", "listener", 0.3, "", Fault(cut_after=3333, end="close")),
    Kind("corrupt request", "websocket", "speaker", 0.5, "", Fault(corrupt_request_after=2000)),
    Kind("corrupt answer", "http", "listener", 0.5, "", Fault(corrupt_after=2000)),
    Kind("delay and jitter", "http", "both", 3.0, "", Fault(delay_s=0.1, jitter_s=0.08), keeps_all=True),
    Kind("low rate", "websocket", "listener", 2.0, "", Fault(rate=24_000)),
    *standstills(*_MODES),
    Kind("server killed", "http", "kill", 1.0),
    Kind("server killed", "websocket", "kill", 1.0),
    Kind("server restarted", "http", "restart", 1.0),
]

_LINKS: tuple[Place, ...] = ("speaker", "listener", "both")


def long_table() -> list[Kind]:
    """Seventy kinds."""
    return [*_breaks(), *_blackholes(), *_damages(), *_slow_networks(), *_lost_servers()]


def _breaks() -> list[Kind]:
    ways: tuple[Literal["reset", "close"], ...] = ("reset", "close")
    every = [broken(*one) for one in product(ways, _LINKS, _MODES, (0.0, 1.0, 6.0))]
    return every[::2]


def _blackholes() -> list[Kind]:
    ways: tuple[Way, ...] = ("up", "down", "both")
    short = [
        blackhole(place, mode, away_s, way)
        for (place, way, away_s), mode in zip(product(_LINKS, ways, (1.0, 6.0)), cycle(_MODES), strict=False)
    ]
    long = [blackhole("listener", mode, 26.0, "both") for mode in _MODES]
    return [
        *short,
        *long,
        *standstills("http"),
        *standstills("websocket"),
        blackhole("speaker", "http", 12.0),
        blackhole("both", "websocket", 27.0),
    ]


def _damages() -> list[Kind]:
    return [
        Kind(f"{damage} {end}", mode, place, 0.5, "", Fault(**{damage: 2000}, end=end))  # type: ignore[arg-type]
        for damage, (place, mode, end) in product(
            ("cut_after", "cut_request_after", "corrupt_after", "corrupt_request_after"),
            (("speaker", "http", "reset"), ("listener", "websocket", "close")),
        )
    ]


def _slow_networks() -> list[Kind]:
    uneven, slow = Fault(delay_s=0.1, jitter_s=0.08), Fault(rate=24_000)
    return [
        Kind("delay and jitter", "http", "speaker", 3.0, "", uneven, keeps_all=True),
        Kind("delay and jitter", "websocket", "listener", 3.0, "", uneven, keeps_all=True),
        Kind("delay and jitter", "http", "both", 6.0, "", uneven, keeps_all=True),
        Kind("low rate", "websocket", "speaker", 3.0, "", slow),
        Kind("low rate", "http", "listener", 3.0, "", slow),
        Kind("low rate", "websocket", "both", 6.0, "", slow),
    ]


def _lost_servers() -> list[Kind]:
    return [
        Kind("server killed 0.5 s", "http", "kill", 0.5),
        Kind("server killed 0.5 s", "websocket", "kill", 0.5),
        Kind("server killed 3 s", "http", "kill", 3.0),
        Kind("server killed 8 s", "websocket", "kill", 8.0),
        Kind("server restarted 0.5 s", "http", "restart", 0.5),
        Kind("server restarted 2 s", "websocket", "restart", 2.0),
    ]
