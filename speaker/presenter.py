"""Gathers what is true on the speaker page and has it shown."""

from collections.abc import Callable
from dataclasses import dataclass

from speaker.action_runner import ActionRunner
from speaker.model import SIGN_IN_CODES, Audience, Model
from speaker.page_state import Facts, page_state
from speaker.sound.microphone import MicrophoneKeeper
from speaker.sound_panel import SoundPanel
from speaker.talk.resumer import TalkResumer
from speaker.talk.service import SpeakerService
from speaker.talk.tracker import TalkTracker


@dataclass
class VisitState:
    """What SpeakerApp knows of one visit to the page.

    `service` is the talk's, also after its end. `creating`: a talk is being opened. `confirming_end`: the
    person is asked whether to end it. `ending`: the server is being told.
    """

    service: SpeakerService | None = None
    signed_in: bool = False
    creating: bool = False
    session_id: str = ""
    mode: str = ""
    confirming_end: bool = False
    ending: bool = False


class Presenter:
    """Makes the Model from all parts of the page; the arguments are SpeakerApp's."""

    def __init__(
        self,
        visit: VisitState,
        *,
        action_runner: ActionRunner,
        resumer: TalkResumer,
        microphone: MicrophoneKeeper,
        sound_panel: SoundPanel,
        tracker: TalkTracker,
        link_to: Callable[[str], str],
        show: Callable[[Model], None],
        was_touched: Callable[[], bool],
    ) -> None:
        self._visit = visit
        self._action_runner = action_runner
        self._resumer = resumer
        self._microphone = microphone
        self._sound_panel = sound_panel
        self._tracker = tracker
        self._link_to = link_to
        self._show = show
        self._was_touched = was_touched

    def refresh(self) -> None:
        """Draw what is true now."""
        visit = self._visit
        if visit.service is not None and visit.service.close_reason in SIGN_IN_CODES:
            visit.signed_in = False
        # First the record: a person who reads "muted" or "ended" may reload at once, and must find it so.
        self._tracker.observe(self._microphone.using)
        self._show(self._model())

    def _facts(self) -> Facts:
        visit, microphone, runner = self._visit, self._microphone, self._action_runner
        return Facts(
            talk=None if visit.service is None else visit.service.facts,
            creating=visit.creating,
            failed=runner.failed,
            signed_in=visit.signed_in,
            found=self._resumer.found is not None,
            touched=self._was_touched(),
            microphone_trouble=microphone.trouble,
            microphone_notice=microphone.notice,
            microphone_label=microphone.label,
            outcome=runner.notice,
        )

    def _model(self) -> Model:
        visit, service, found = self._visit, self._visit.service, self._resumer.found
        state = page_state(self._facts())
        return Model(
            state,
            pressed=self._action_runner.pressed,
            signed_in=visit.signed_in,
            session_id=visit.session_id,
            link=self._link_to(visit.session_id) if visit.session_id else "",
            mode=visit.mode,
            paused=service is not None and service.paused,
            muted=service is not None and service.muted,
            confirming_end=visit.confirming_end,
            gave_up=service is not None and service.gave_up,
            audience=service.audience if service is not None else Audience(),
            microphones=self._microphone.listed,
            microphone=self._microphone.using,
            microphone_label=self._microphone.label,
            checking=self._sound_panel.checking,
            advice=self._sound_panel.advice,
            volume=self._sound_panel.volume,
            found="" if found is None else found.talk.session_id,
            summary=self._tracker.summary if state.name == "ended" else None,
        )
