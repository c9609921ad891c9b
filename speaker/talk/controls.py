"""Pause and mute: what the speaker wants, told to the server, also after the connection was lost."""

from collections.abc import Callable, Coroutine
from typing import Any

from pylib.audio.capture import CapturePipeline
from pylib.errors import RealtimeError, RequestFailed
from pylib.protocol import message_types
from pylib.realtime.client import Message, RealtimeClient

_REPEATED = {"requestId": "as-wanted"}
"""So that the answers are not taken for what another tab or the HTTP API asks for meanwhile."""

_PAUSE = (message_types.PAUSE_BROADCAST, message_types.BROADCAST_PAUSED)
_RESUME = (message_types.RESUME_BROADCAST, message_types.BROADCAST_RESUMED)
_MUTE = (message_types.MUTE_BROADCAST, message_types.BROADCAST_MUTED)
_UNMUTE = (message_types.UNMUTE_BROADCAST, message_types.BROADCAST_UNMUTED)
"""Each with the server's answer, which also comes when another tab or the HTTP API asked for it."""


class BroadcastControls:
    """Sets `pipeline.paused` and `pipeline.muted`; both hold what the speaker wants, connected or not.

    `is_live` says whether the talk has begun: before that the server's messages change nothing here.
    `changed` is called after each change.
    """

    def __init__(
        self,
        client: RealtimeClient,
        pipeline: CapturePipeline,
        is_live: Callable[[], bool],
        changed: Callable[[], None],
    ) -> None:
        self._client = client
        self._pipeline = pipeline
        self._is_live = is_live
        self._changed = changed
        for (_, answer), name, value in (
            (_PAUSE, "paused", True),
            (_RESUME, "paused", False),
            (_MUTE, "muted", True),
            (_UNMUTE, "muted", False),
        ):
            client.on(answer, self._handler(name, value))

    def set_paused(self, paused: bool) -> Coroutine[Any, Any, None]:
        """At once; what is returned tells the server, and raises RealtimeError when that does not confirm.

        When the server refuses to go on, the talk stays paused here, too: what is said would not be heard.
        """
        return self._set("paused", paused, *(_PAUSE if paused else _RESUME))

    def set_muted(self, muted: bool) -> Coroutine[Any, Any, None]:
        """At once, as `set_paused`."""
        return self._set("muted", muted, *(_MUTE if muted else _UNMUTE))

    def repeat(self) -> None:
        """Tell the server what the speaker wants: after a reconnect, or in a talk that is continued."""
        for action, _ in (
            _PAUSE if self._pipeline.paused else _RESUME,
            _MUTE if self._pipeline.muted else _UNMUTE,
        ):
            self._client.send(action, _REPEATED)

    def _handler(self, name: str, value: bool) -> Callable[[Message], None]:
        """Another tab or the HTTP API paused or muted; answers to this page's own requests carry an id."""

        def handle(message: Message) -> None:
            if "requestId" not in message and self._is_live() and self._client.state == "open":
                setattr(self._pipeline, name, value)
                self._changed()

        return handle

    def _set(self, name: str, value: bool, action: str, answer: str) -> Coroutine[Any, Any, None]:
        setattr(self._pipeline, name, value)
        self._changed()
        return self._ask(name, value, action, answer)

    async def _ask(self, name: str, value: bool, action: str, answer: str) -> None:
        """While the connection is lost nothing is asked: after the reconnect comes `repeat`."""
        if self._client.state != "open":
            return
        try:
            await self._client.request(action, {}, answer)
        except RequestFailed:
            if not value:
                setattr(self._pipeline, name, True)
                self._changed()
            raise
        except RealtimeError:
            if self._client.state == "open":
                raise
