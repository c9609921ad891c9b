"""The whole outside world on one screen.

Logic talks to the outside only through these narrow doors. Each has one adapter in
`pylib/browser/` and one small working fake in `tests/support/`. What a page asks of its own
elements, keys and languages has a screen to itself: `pylib/ui/ports.py`.

Units are in the names: `_s` seconds, `_ms` milliseconds. Sample buffers are 32-bit floats
from -1 to 1, mono.
"""

from typing import Any, Callable, NamedTuple, Protocol

HttpRequest = NamedTuple(
    "HttpRequest",
    [("method", str), ("url", str), ("headers", "dict[str, str]"), ("body", str), ("timeout_s", float)],
)
"""One request. An empty body means none; `timeout_s` covers connect, headers and body."""

HttpResponse = NamedTuple("HttpResponse", [("status", int), ("headers", "dict[str, str]"), ("body", str)])
"""One whole answer; header names are in lower case."""

Microphone = NamedTuple("Microphone", [("device_id", str), ("label", str)])
"""An input device as the browser names it; without a name until the microphone was allowed once."""

AudioBlock = NamedTuple("AudioBlock", [("samples", Any), ("capture_ms", float)])
"""Captured samples, an `array('f')`, and when the first was captured, on the Clock's wall clock."""

Output = NamedTuple("Output", [("device_id", str), ("label", str)])
"""A loudspeaker, headphones or the like, as the browser names it."""


class Timer(Protocol):
    """A callback that has not run yet."""

    def cancel(self) -> None: ...


class Clock(Protocol):
    """Time. Tests use a fake that makes an hour pass at once."""

    def now_ms(self) -> float:
        """Milliseconds since the Unix epoch; may jump when the device's clock is set."""

    def monotonic_s(self) -> float:
        """Seconds since some fixed moment; never jumps."""

    def call_later(self, delay_s: float, callback: Callable[[], None]) -> Timer: ...

    async def sleep(self, delay_s: float) -> None: ...


class HttpTransport(Protocol):
    """Sends one request, once. Cancelling the call aborts the request."""

    async def send(self, request: HttpRequest) -> HttpResponse:
        """Raises NetworkError or RequestTimeout; an answer of any status is returned."""


class Packet(Protocol):
    """A binary message whose body may stay outside Python (see `browser/websocket.py`)."""

    size: int

    def head(self, count: int) -> bytes:
        """The first `count` bytes (fewer when the message is shorter)."""

    def tail(self, start: int) -> Any:
        """The rest, as whatever AudioOutput.play takes: bytes on CPython, a typed array in a browser."""


class SocketEvents(Protocol):
    """What a socket tells its owner. After `closed` nothing follows."""

    def opened(self, subprotocol: str) -> None: ...

    def text(self, text: str) -> None: ...

    def binary(self, packet: Packet) -> None: ...

    def closed(self, code: int, reason: str) -> None: ...


class Socket(Protocol):
    """One WebSocket connection. Sending on a closed socket does nothing."""

    def send_text(self, text: str) -> None: ...

    def send_bytes(self, data: bytes) -> None: ...

    def buffered_bytes(self) -> int:
        """Bytes accepted by `send_*` that have not left yet."""

    def close(self, code: int, reason: str) -> None: ...


class Connector(Protocol):
    """Opens sockets. Returns at once; the outcome comes as an event."""

    def open(self, url: str, subprotocols: list[str], events: SocketEvents) -> Socket: ...


class KeyValueStore(Protocol):
    """Small texts kept by the browser. A record that cannot be read counts as missing."""

    async def get(self, key: str) -> "str | None": ...

    async def set(self, key: str, value: str) -> None: ...

    async def delete(self, key: str) -> None: ...


class AudioInput(Protocol):
    """The microphone."""

    async def microphones(self) -> list[Microphone]:
        """Those there are now. Raises AudioError."""

    def on_devices(self, handler: Callable[[], None]) -> None:
        """`handler` is called whenever a device comes or goes, whether one is open or not."""

    async def open(
        self,
        device_id: str,
        sample_rate: int,
        voice: bool,
        on_block: Callable[[AudioBlock], None],
        on_trouble: Callable[[str], None],
    ) -> Microphone:
        """Ask for the microphone and deliver blocks of 20 ms at `sample_rate` until `close`.

        An empty `device_id` leaves the choice to the system; the microphone that was opened is
        returned. `voice` turns the browser's echo cancellation, noise suppression and gain control
        on. One that is open already is closed. Raises AudioError, or Aborted when `close` or
        another `open` came first; either way nothing stays open.

        `on_trouble` is told, until the next `open` or `close`:
        "ended"      it was unplugged or the permission withdrawn: this opening delivers nothing more
        "muted"      the system or a call took the sound away: blocks are silent or stay away ...
        "unmuted"    ... until now
        "suspended"  the browser holds its audio clock: no blocks come ...
        "running"    ... until now; that may never be told, so open again when it takes too long
        """

    def close(self) -> None: ...


class AudioEncoder(Protocol):
    """Turns blocks of samples into packets, in order."""

    kind: int
    sample_rate: int

    def encode(self, samples: Any, timestamp_us: int) -> None:
        """The packet comes later to the `on_packet(payload: bytes, timestamp_us)` given when made."""

    def close(self) -> None: ...


class AudioOutput(Protocol):
    """The loudspeaker: decodes packets into a ring that the audio clock empties."""

    async def start(self, on_tick: Callable[[], None], on_blocked: Callable[[], None]) -> None:
        """Begin playing; `on_tick` runs about every 10 ms of the audio clock.

        Call from a tap or click. Returns when there is sound. When that takes long, `on_blocked` is told
        once and the wait goes on: the browser may want another tap, or the device is slow, as wireless
        headphones are that sleep. Raises AudioError.
        """

    def play(self, kind: int, payload: Any, timestamp_us: int) -> None:
        """Decode and append one packet: a typed array in a browser, or bytes."""

    def queued_ms(self) -> float:
        """Sound handed over by `play` or `conceal` and not heard yet."""

    def burst_ms(self) -> float:
        """How much sound the device takes at once, so that less than this in the queue may be a gap."""

    def starved_ms(self) -> float:
        """For how long, in all, the audio clock found nothing queued and bridged as it could."""

    def latency_ms(self) -> float:
        """From leaving the queue to the ear, much with some wireless headphones; 0 where nobody tells."""

    def conceal(self, duration_ms: float) -> None:
        """Sound was lost: append as much that bridges the hole, or with 0 let only its edges not be heard."""

    def flush(self) -> None:
        """Forget what is queued."""

    def set_volume(self, volume: float) -> None:
        """0 is silent, 1 is as recorded."""

    def set_speed(self, factor: float) -> None:
        """Resample, so that pitch and pace change together: a few thousandths, against clocks that drift."""

    def set_tempo(self, factor: float) -> None:
        """Play from 0.9 to 1.15 times as fast as recorded, at the recorded pitch."""

    def hold(self, held: bool) -> None:
        """Fall silent at once and keep what is queued; or go on from there. Ticks come all the time."""

    async def revive(self, after_interruption: bool) -> None:
        """The audio clock stands still: build everything anew; what was queued is lost.

        While the system interrupts all sound, as for a phone call, nothing is done, unless
        `after_interruption` says that it must be over. Waits, tells and raises as `start` does.
        """

    def stop(self) -> None: ...


class Outputs(Protocol):
    """Where sound can come out. Never asks for a microphone."""

    async def devices(self) -> "list[Output]":
        """Those the browser names to this page; none where it names none or lets no page choose."""

    def on_change(self, handler: Callable[[], None]) -> None:
        """Devices came or went."""

    def can_ask(self) -> bool:
        """Whether the browser has a chooser of its own."""

    async def ask(self) -> "Output | None":
        """Show that chooser, in a tap; None when nothing was chosen."""

    def use(self, device_id: str) -> None:
        """Play through this one from now on; empty, or one that is gone, is the system's choice."""
