"""What the server says about the speaker's sound."""

from collections.abc import Callable

from pylib.audio.soundcheck import CLIPPING, NOISE, SILENCE
from pylib.ports import Clock, Timer
from pylib.realtime.client import Message, RealtimeClient
from speaker import texts

SHOWN_S = 15.0
"""A server never takes a warning back, so each is shown for a while."""

ECHO = "echo"
ISSUES = {"snr_low": NOISE, "clipping": CLIPPING, "silence": SILENCE, "echo": ECHO}


class ServerWarning:
    """The newest `audioQualityWarning` as a sentence, empty when there is none or it is old.

    An issue nobody here knows is told in the server's own words.
    """

    def __init__(self, client: RealtimeClient, clock: Clock, changed: Callable[[], None]) -> None:
        self.sentence = ""
        self._clock = clock
        self._changed = changed
        self._timer: Timer | None = None
        client.on("audioQualityWarning", self._on_warning)

    def _on_warning(self, message: Message) -> None:
        word = ISSUES.get(str(message.get("issue", "")), "")
        self._set(texts.SOUND_ADVICE[word] if word else str(message.get("message", "")))
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._clock.call_later(SHOWN_S, lambda: self._set(""))

    def _set(self, sentence: str) -> None:
        self.sentence = sentence
        self._changed()
