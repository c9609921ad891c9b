"""A talk that was not ended, as after a reload: found, continued, or ended after all."""

from collections.abc import Callable

from pylib.errors import ConnectionRefused
from pylib.protocol import message_types
from pylib.realtime.client import RealtimeClient
from speaker.model import GONE_CODES, OVER_CODES
from speaker.sound.microphone import MicrophoneKeeper
from speaker.talk.record import FoundTalk, TalkRecord, TalkRecords
from speaker.talk.service import SpeakerService


class TalkResumer:
    """Keeps at most one such talk, in `found`.

    A talk that cannot be continued now stays found: its listeners wait, and the person may try again.
    `new_service` makes the SpeakerService of a client.
    """

    def __init__(
        self,
        records: TalkRecords,
        microphone: MicrophoneKeeper,
        new_client: Callable[[], RealtimeClient],
        new_service: Callable[[RealtimeClient], SpeakerService],
    ) -> None:
        self.found: FoundTalk | None = None
        self._records = records
        self._microphone = microphone
        self._new_client = new_client
        self._new_service = new_service

    async def find(self, user: str) -> bool:
        """Look for a talk of this user; returns whether it may be continued without a press.

        That is so when this tab had the talk and the browser will not ask for the microphone first.
        """
        self.found = await self._records.find(user)
        return self.found is not None and self.found.own and self._microphone.is_allowed

    async def go_on(self, talk: TalkRecord) -> SpeakerService | None:
        """Join the talk's session and go live; None when it is over by now. Raises LecternError.

        A talk of another account is not offered again.
        """
        client = self._new_client()
        service = self._new_service(client)
        service.return_as(paused=talk.paused, muted=talk.muted)
        try:
            await client.connect(talk.session_id)
            await service.start(talk.tier, self._device(talk))
        except BaseException as error:
            service.stop()
            if not isinstance(error, ConnectionRefused) or error.code not in GONE_CODES:
                raise
            self.forget()
            if error.code not in OVER_CODES:
                raise
            return None
        self.found = None
        return service

    async def end(self, talk: TalkRecord) -> None:
        """End the talk's session. Raises RealtimeError when the server does not confirm."""
        client = self._new_client()
        try:
            await client.connect(talk.session_id)
            await client.request(
                message_types.END_SESSION, {"sessionId": talk.session_id}, message_types.SESSION_ENDED
            )
        except ConnectionRefused as error:
            if error.code not in GONE_CODES:
                raise
        finally:
            client.leave()
        self.forget()

    def forget(self) -> None:
        """The talk is over, or its account signed out: drop it and its record."""
        self.found = None
        self._records.forget()

    def _device(self, talk: TalkRecord) -> str:
        """The microphone that the talk had if it is still listed, else the system's choice."""
        listed = {microphone.device_id for microphone in self._microphone.listed}
        return talk.device if talk.device in listed else ""
