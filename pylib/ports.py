"""Ports: every interface by which portable code reaches network, storage, sound and time.

Each port has one adapter in `pylib/browser/` and one small working fake in `tests/support/`. Ports for a
page's elements, keys and languages stand in `pylib/ui/ports.py`.

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
"""An input device. `label` is empty until the person has allowed the microphone once."""

AudioBlock = NamedTuple("AudioBlock", [("samples", Any), ("capture_ms", float)])
"""Captured samples, an `array('f')`, and the time of the first sample, on the Clock's wall clock."""

Output = NamedTuple("Output", [("device_id", str), ("label", str)])
"""An output device such as loudspeaker or headphones; `label` is the browser's name for it."""


class Timer(Protocol):
    """A callback that has not run yet."""

    def cancel(self) -> None: ...


class Clock(Protocol):
    """Time. Tests use a fake clock, which passes an hour at once."""

    def now_ms(self) -> float:
        """Milliseconds since the Unix epoch; may jump when the device's clock is set."""

    def steady_ms(self) -> float:
        """Milliseconds since the Unix epoch by a clock that never jumps: right when the page was opened."""

    def monotonic_s(self) -> float:
        """Seconds since some fixed moment; never jumps."""

    def call_later(self, delay_s: float, callback: Callable[[], None]) -> Timer: ...

    async def sleep(self, delay_s: float) -> None: ...


class HttpTransport(Protocol):
    """Sends one request, once. Cancelling the call aborts the request."""

    async def send(self, request: HttpRequest) -> HttpResponse:
        """Raises NetworkError or RequestTimeout; an answer of any status is returned."""


class Beacon(Protocol):
    """Sends texts that need no answer, also while the page is being left."""

    def send(self, url: str, text: str) -> None:
        """Raises nothing; the text may be lost."""

    def is_unwanted(self) -> bool:
        """Whether the browser says that this person wants nothing passed on (Global Privacy Control, W3C)."""


class Packet(Protocol):
    """A binary message whose body may stay outside Python (see `browser/websocket.py`)."""

    size: int

    def head(self, count: int) -> bytes:
        """The first `count` bytes (fewer when the message is shorter)."""

    def tail(self, start: int) -> Any:
        """What follows byte `start`, for AudioOutput.play: bytes on CPython, a typed array in a browser."""


class SocketEvents(Protocol):
    """A socket's events, called on its owner. `closed` is the last."""

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
    """Opens sockets. `open` returns at once; SocketEvents tell whether the connection came about."""

    def open(self, url: str, subprotocols: list[str], events: SocketEvents) -> Socket: ...


class TextStore(Protocol):
    """Small texts that the browser keeps. Once `write` returns, a page that is loaded next reads the text.

    No method raises. `lasts` is false once a text could not be kept: it then ends with the page.
    """

    lasts: bool

    def read(self, name: str) -> str:
        """Empty where nothing is kept under this name."""

    def write(self, name: str, text: str) -> None:
        """An empty text removes what is kept."""


class KeyValueStore(Protocol):
    """Small secrets that the browser keeps. `get` returns None for a record that cannot be read.

    `lasts` is false once a text could not be kept or read: what is set then ends with the page.
    """

    lasts: bool

    async def get(self, key: str) -> "str | None": ...

    async def set(self, key: str, value: str) -> None: ...

    async def delete(self, key: str) -> None: ...


class AudioInput(Protocol):
    """The microphone."""

    async def microphones(self) -> list[Microphone]:
        """The microphones that are connected now. Raises AudioError."""

    def on_devices(self, handler: Callable[[], None]) -> None:
        """Call `handler` when a device is connected or removed, also while no microphone is open."""

    async def open(
        self,
        device_id: str,
        sample_rate: int,
        voice: bool,
        on_block: Callable[[AudioBlock], None],
        on_trouble: Callable[[str], None],
    ) -> Microphone:
        """Ask for the microphone and deliver blocks of 20 ms at `sample_rate` until `close`.

        With an empty `device_id` the system chooses; the microphone that was opened is returned.
        `voice` turns the browser's echo cancellation, noise suppression and gain control on. A
        microphone that is already open is closed first. Raises AudioError, or Aborted when `close` or
        another `open` was called meanwhile; after an error no microphone is open.

        `on_trouble` is called, until the next `open` or `close`, with one of:
        "ended"      unplugged, or permission withdrawn: no more blocks come from this opening
        "muted"      the system or a phone call took the sound: blocks are silent or stop coming
        "unmuted"    the end of "muted"
        "suspended"  the browser stopped its audio clock: no blocks come
        "running"    the end of "suspended". Some browsers never report it: open again after a while
        """

    def close(self) -> None: ...


class AudioEncoder(Protocol):
    """Turns blocks of samples into packets, in order."""

    kind: int
    sample_rate: int

    def encode(self, samples: Any, timestamp_us: int) -> None:
        """Start encoding; the packet is passed to `on_packet(payload: bytes, timestamp_us)` later.

        `on_packet` is given to the encoder's constructor.
        """

    def restart(self) -> None:
        """Begin anew; blocks that are still inside are given up."""

    def close(self) -> None: ...


class AudioOutput(Protocol):
    """The loudspeaker: decodes packets into a ring that the audio clock empties."""

    async def start(self, on_tick: Callable[[], None], on_blocked: Callable[[], None]) -> None:
        """Begin playing; `on_tick` runs about every 10 ms of the audio clock.

        Call it from a tap or click. It returns when the audio clock runs. When that takes long, it calls
        `on_blocked` once and waits on: the browser may want another tap, or the device is slow to start,
        as sleeping wireless headphones are. Raises AudioError.
        """

    def play(self, kind: int, payload: Any, timestamp_us: int) -> None:
        """Decode and append one packet: a typed array in a browser, or bytes."""

    def queued_ms(self) -> float:
        """Milliseconds of sound from `play` and `conceal` that have not been heard yet."""

    def burst_ms(self) -> float:
        """Milliseconds that the device takes at once: with a shorter queue its next read may find a gap."""

    def starved_ms(self) -> float:
        """Milliseconds, in all, for which the queue was empty and the worklet filled the gap itself."""

    def latency_ms(self) -> float:
        """Milliseconds from queue to ear, hundreds with some headphones; 0 where the browser tells none."""

    def conceal(self, duration_ms: float) -> None:
        """Append sound that bridges a loss of this length; with 0 only smooth the joint of its two edges."""

    def flush(self) -> None:
        """Drop the queue."""

    def set_volume(self, volume: float) -> None:
        """0 is silent, 1 is as recorded."""

    def set_speed(self, factor: float) -> None:
        """Resample, so that pitch and pace change together: a few thousandths, against clocks that drift."""

    def set_tempo(self, factor: float) -> None:
        """Play from 0.9 to 1.15 times as fast as recorded, at the recorded pitch."""

    def hold(self, held: bool) -> None:
        """Fall silent at once and keep the queue, or play on from there. Ticks come in both cases."""

    async def revive(self, after_interruption: bool) -> None:
        """Build context and graph anew because the audio clock stands still; the queue is lost.

        While the system interrupts all sound, as for a phone call, the call does nothing, unless
        `after_interruption` says that the interruption must be over. Otherwise it waits, calls
        `on_blocked` and raises as `start` does.
        """

    def stop(self) -> None: ...


class Outputs(Protocol):
    """The output devices. No method asks for permission to use a microphone."""

    async def devices(self) -> "list[Output]":
        """The devices that the browser names to this page; empty where pages cannot choose a device."""

    def on_change(self, handler: Callable[[], None]) -> None:
        """Call `handler` when a device is connected or removed."""

    def can_ask(self) -> bool:
        """Whether the browser has a dialog of its own to choose a device."""

    async def ask(self) -> "Output | None":
        """Show the browser's dialog; call it from a tap. None when the person closes it without a choice."""

    def use(self, device_id: str) -> None:
        """Play through this device from now on. For an empty or an absent id the system chooses."""
