"""What the server says about the speaker's sound."""

from collections.abc import Callable

from pylib.audio.soundcheck import CLIPPING, NOISE, SILENCE
from pylib.ports import Clock, Timer
from pylib.protocol import message_types
from pylib.realtime.client import Message, RealtimeClient
from pylib.ui.i18n import Phrase, phrase

SHOWN_S = 15.0
"""The server never takes a warning back, so the page shows each for this long."""

ECHO = "echo"
ISSUES = {"snr_low": NOISE, "clipping": CLIPPING, "silence": SILENCE, "echo": ECHO}


class QualityWarning:
    """The newest `audioQualityWarning` as a phrase, None when there is none or it is old.

    An issue that ISSUES lacks is told in the server's words.
    """

    def __init__(self, client: RealtimeClient, clock: Clock, changed: Callable[[], None]) -> None:
        self.said: Phrase | None = None
        self._clock = clock
        self._changed = changed
        self._timer: Timer | None = None
        client.on(message_types.AUDIO_QUALITY_WARNING, self._on_warning)

    def _on_warning(self, message: Message) -> None:
        issue = str(message.get("issue", ""))
        told = str(message.get("message", ""))
        known = phrase("advice." + ISSUES[issue]) if issue in ISSUES else None
        self._set(known or (Phrase("advice.", {}, told) if told else None))
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._clock.call_later(SHOWN_S, lambda: self._set(None))

    def _set(self, said: Phrase | None) -> None:
        self.said = said
        self._changed()
