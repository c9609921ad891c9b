"""A talk that was not ended, as after a reload: found, continued, or ended after all."""

from collections.abc import Callable

from pylib.errors import ConnectionRefused
from pylib.protocol import message_types
from pylib.realtime.client import RealtimeClient
from speaker.model import GONE_CODES
from speaker.sound.microphone import MicrophoneKeeper
from speaker.talk.record import FoundTalk, TalkRecord, TalkRecords
from speaker.talk.service import SpeakerService


class TalkResumer:
    """At most one; `found` says which.

    Unlike a talk that could not begin it outlives a failure: its listeners wait, and there may be
    another try. `new_service` makes the SpeakerService of a client.
    """

    def __init__(
        self,
        memory: TalkRecords,
        microphone: MicrophoneKeeper,
        new_client: Callable[[], RealtimeClient],
        new_service: Callable[[RealtimeClient], SpeakerService],
    ) -> None:
        self.found: FoundTalk | None = None
        self._memory = memory
        self._microphone = microphone
        self._new_client = new_client
        self._new_service = new_service

    async def find(self, user: str) -> bool:
        """Look for one of this user; says whether it may go on at once.

        It may when it is this tab's own, and no browser will ask for the microphone first.
        """
        self.found = await self._memory.find(user)
        return self.found is not None and self.found.own and self._microphone.is_allowed

    async def go_on(self, talk: TalkRecord) -> SpeakerService | None:
        """Join it and go live; None when it is over by now. Raises LecternError."""
        client = self._new_client()
        service = self._new_service(client)
        service.return_as(paused=talk.paused, muted=talk.muted)
        try:
            await client.connect(talk.session_id)
            await service.start(talk.tier, self._device(talk))
        except BaseException as error:
            service.stop()
            if not _is_over(error):
                raise
            self.forget()
            return None
        self.found = None
        return service

    async def end(self, talk: TalkRecord) -> None:
        """It is not wanted any more. Raises RealtimeError when the server does not confirm."""
        client = self._new_client()
        try:
            await client.connect(talk.session_id)
            await client.request(
                message_types.END_SESSION, {"sessionId": talk.session_id}, message_types.SESSION_ENDED
            )
        except ConnectionRefused as error:
            if not _is_over(error):
                raise
        finally:
            client.leave()
        self.forget()

    def forget(self) -> None:
        """Nothing is left to continue."""
        self.found = None
        self._memory.forget()

    def _device(self, talk: TalkRecord) -> str:
        """The microphone of before if it is there, else the system's choice."""
        listed = {microphone.device_id for microphone in self._microphone.listed}
        return talk.device if talk.device in listed else ""


def _is_over(error: BaseException) -> bool:
    return isinstance(error, ConnectionRefused) and error.code in GONE_CODES
