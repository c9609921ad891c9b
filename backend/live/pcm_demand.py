"""Whether the speaker is asked for PCM beside Opus, for listeners who hear text only."""

from collections.abc import Callable

from backend.ports import Clock, Timer
from backend.settings import Limits


class PcmDemand:
    """Tells the speaker when PCM becomes needed, at once, and when it is needed no more, after a while.

    So a listener who comes and goes a thousand times costs the speaker two messages in ten seconds.

    Attributes:
        required: PCM is asked for.
        refused: the speaker's path is too weak for it.

    Args:
        limits: how long to wait.
        clock: for the waiting.
        needed: whether some listener hears text only.
        tell: sends the speaker `required`.
    """

    def __init__(
        self, limits: Limits, clock: Clock, needed: Callable[[], bool], tell: Callable[[], None]
    ) -> None:
        self.required = False
        self.refused = False
        self._limits = limits
        self._clock = clock
        self._needed = needed
        self._tell = tell
        self._release_timer: Timer | None = None

    def listeners_changed(self) -> None:
        """A listener who hears text only has come or gone."""
        if not self._needed():
            self._release_later()
        elif not self.required and not self.refused:
            self.required = True
            self._tell()

    def refuse(self) -> None:
        """The speaker, who was asked, cannot send it: ask no more for a while."""
        self.required, self.refused = False, True
        self._clock.call_later(self._limits.pcm_ask_again_s, self._ask_again)

    def _release_later(self) -> None:
        if self.required and self._release_timer is None:
            self._release_timer = self._clock.call_later(self._limits.pcm_release_s, self._release)

    def _release(self) -> None:
        self._release_timer = None
        if self.required and not self._needed():
            self.required = False
            self._tell()

    def _ask_again(self) -> None:
        self.refused = False
        self.listeners_changed()
