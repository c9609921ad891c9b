"""Follows a talk: shows its length every second, keeps its record fresh, and sums it up at the end."""

from collections.abc import Callable

from pylib.ports import Clock, Timer
from pylib.protocol.codes import CLOSE_REPLACED
from speaker.model import SIGN_IN_CODES, Summary
from speaker.talk.record import TalkRecord, TalkRecords
from speaker.talk.service import SpeakerService

NOTE_EVERY = 5
"""Seconds between two notes of a running talk, by which another tab sees that it is still recent."""


class TalkTracker:
    """Follows one talk at a time.

    `keep_open` is told whether leaving the page would end something; `show_length` gets the seconds
    since the session began, once a second.
    """

    def __init__(
        self,
        clock: Clock,
        records: TalkRecords,
        keep_open: Callable[[bool], None],
        show_length: Callable[[float], None],
    ) -> None:
        self.summary: Summary | None = None
        self._clock = clock
        self._records = records
        self._keep_open = keep_open
        self._show_length = show_length
        self._service: SpeakerService | None = None
        self._before = self._talk = TalkRecord("")
        self._seconds = 0
        self._timer: Timer | None = None

    def follow(self, service: SpeakerService, talk: TalkRecord) -> None:
        """A talk has begun, or is continued with the counts of its record `talk`."""
        self.stop()
        self._service, self._before, self._talk = service, talk, talk
        self.summary, self._seconds = None, 0
        self._keep_open(True)
        self._tick()

    def observe(self, device: str) -> None:
        """Call when something may have changed, before the page shows it; `device` is the microphone in use.

        What grows with each frame is left to the next note: it alone would have the record written often.
        """
        service = self._service
        if service is None:
            return
        talk = self._so_far(service, device)
        if service.is_over:
            self._end(service, talk)
        elif talk._replace(sent_s=self._talk.sent_s) != self._talk:
            self._records.note(talk)
        self._talk = talk

    def stop(self) -> None:
        """Stop following the talk."""
        self._service = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _so_far(self, service: SpeakerService, device: str) -> TalkRecord:
        before, stats = self._before, service.stats()
        return self._talk._replace(
            device=device,
            paused=service.paused,
            muted=service.muted,
            most_listeners=max(self._talk.most_listeners, service.audience.listeners),
            lost=before.lost + int(stats["reconnects"]),
            sent_s=before.sent_s + service.sent_s,
            grace_ms=service.grace_ms,
        )

    def _end(self, service: SpeakerService, talk: TalkRecord) -> None:
        self.summary = Summary(service.length_s, talk.most_listeners, talk.lost, talk.sent_s)
        self.stop()
        self._keep_open(False)
        if service.close_code == CLOSE_REPLACED:
            self._records.hand_over()
        elif service.close_reason in SIGN_IN_CODES:
            self._records.set_aside()
        else:
            self._records.forget()

    def _tick(self) -> None:
        """Once a second while the talk lasts."""
        if self._service is None:
            return
        self._show_length(self._service.length_s)
        if self._seconds % NOTE_EVERY == 0:
            self._talk = self._so_far(self._service, self._talk.device)
            self._records.note(self._talk)
        self._seconds += 1
        self._timer = self._clock.call_later(1.0, self._tick)
