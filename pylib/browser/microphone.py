"""AudioInput: opens the microphone, takes its samples from a worklet, and reports what interrupts it."""

import asyncio
from array import array
from typing import Any, Callable

import js

from pylib.browser.audio_clock import AudioClockOffset
from pylib.browser.bridge import Callbacks, JsException, NoAnswer, js_list, js_object, service, within
from pylib.errors import Aborted, AudioError
from pylib.ports import AudioBlock, Clock, Microphone
from pylib.protocol import codes
from pylib.protocol.frames import FRAME_MS

ALL_CHANNELS = 32
"""More than an interface has: browsers then open all that there are, and the worklet mixes them."""

UNANSWERED = 25
"""Blocks on the way from the worklet. Further ones wait there: a page that stood still for an hour would
otherwise be handed an hour's blocks at once, before it could do anything else."""

ANSWER_S = 15.0
"""How long the browser may take to list devices, and to load the worklet."""

_MISSING = (
    codes.MICROPHONE_MISSING,
    "No microphone was found. Plug one in or choose another, then try again.",
)

_DENIED = (
    codes.MICROPHONE_DENIED,
    "The browser is not allowed to use the microphone. Allow it in the address bar, then try again.",
)

_SENTENCES = {
    "NotAllowedError": _DENIED,
    "SecurityError": _DENIED,
    "NotFoundError": _MISSING,
    "OverconstrainedError": _MISSING,
    "NotReadableError": (
        codes.MICROPHONE_IN_USE,
        "Another program is using the microphone. Close that program, then try again.",
    ),
}

_FAILED = (codes.AUDIO_FAILED, "The microphone could not be opened. Please try again.")


class BrowserAudioInput:
    """The microphone. Each `open` builds stream, context and worklet anew; `close` releases them."""

    def __init__(self, worklet_url: str, clock: Clock) -> None:
        self._worklet_url = worklet_url
        self._clock = clock
        self._callbacks = Callbacks()
        self._opening: _Opening | None = None

    def on_devices(self, handler: Callable[[], None]) -> None:
        """See AudioInput."""
        media = service(js.navigator, "mediaDevices")
        if media is not None:
            self._callbacks.listen(media, "devicechange", lambda _event: handler())

    async def microphones(self) -> list[Microphone]:
        """See AudioInput. Labels are empty until the microphone was allowed once."""
        _check_browser()
        try:
            devices = await within(ANSWER_S, service(js.navigator, "mediaDevices").enumerateDevices())
        except (JsException, NoAnswer) as error:
            raise AudioError(_FAILED[1], code=_FAILED[0]) from error
        inputs = [device for device in devices if str(device.kind) == "audioinput"]
        return [Microphone(str(device.deviceId), str(device.label)) for device in inputs]

    async def open(
        self,
        device_id: str,
        sample_rate: int,
        voice: bool,
        on_block: Callable[[AudioBlock], None],
        on_trouble: Callable[[str], None],
    ) -> Microphone:
        """See AudioInput.open."""
        _check_browser()
        self.close()
        opening = self._opening = _Opening(self._clock, on_block, on_trouble)
        try:
            await opening.build(device_id, voice, sample_rate, self._worklet_url)
        except (AudioError, asyncio.CancelledError):
            opening.close()
            raise
        return opening.microphone

    def close(self) -> None:
        """See AudioInput. An `open` that still waits for permission then raises Aborted."""
        if self._opening is not None:
            self._opening.close()
        self._opening = None


class _Opening:
    """One opening of the microphone, from asking for it to `close`: stream, audio clock, worklet."""

    def __init__(
        self, clock: Clock, on_block: Callable[[AudioBlock], None], on_trouble: Callable[[str], None]
    ) -> None:
        self._clock = clock
        self._on_block = on_block
        self._on_trouble = on_trouble
        self._callbacks = Callbacks()
        self._closed = False
        self._stream: Any = None
        self._context: Any = None
        self._node: Any = None
        self._offset = AudioClockOffset()

    @property
    def microphone(self) -> Microphone:
        """The microphone that the browser opened."""
        track = self._stream.getAudioTracks()[0]
        return Microphone(str(track.getSettings().deviceId), str(track.label))

    async def build(self, device_id: str, voice: bool, sample_rate: int, worklet_url: str) -> None:
        """Raises AudioError, or Aborted when closed meanwhile."""
        try:
            # Shielded, because the browser goes on asking: a stream that is allowed later must be stopped.
            asking = asyncio.ensure_future(self._ask(device_id, voice))
            await asyncio.shield(asking)
            self._check_open()
            self._context = js.AudioContext.new()
            if str(self._context.state) == "suspended":
                # Not awaited, because during a phone call it may never resolve; no block comes then, and the
                # caller opens the microphone again.
                js.Promise.allSettled(js_list([self._context.resume()]))
            await within(ANSWER_S, self._context.audioWorklet.addModule(worklet_url))
            self._check_open()
            self._build_graph(sample_rate)
            self._listen()
        except (JsException, NoAnswer) as error:
            self._check_open()
            code, sentence = _SENTENCES.get(str(getattr(error, "name", "")), _FAILED)
            raise AudioError(sentence, code=code) from error

    def close(self) -> None:
        """Release everything, so that the browser stops showing the microphone as in use."""
        if self._closed:
            return
        self._closed = True
        if self._node is not None:
            self._node.port.onmessage = None
            self._node.disconnect()
        self._callbacks.release()
        if self._stream is not None:
            _stop(self._stream)
        if self._context is not None:
            self._context.close()

    async def _ask(self, device_id: str, voice: bool) -> None:
        """Ask for a stream. After `close` a stream is stopped at once, and a refusal is ignored."""
        try:
            self._stream = await _user_media(device_id, voice)
        except JsException:
            if not self._closed:
                raise
        else:
            if self._closed:
                _stop(self._stream)

    def _check_open(self) -> None:
        """Call it after each await: raises Aborted when `close` came meanwhile."""
        if self._closed:
            raise Aborted("The microphone is not needed any more.")

    def _listen(self) -> None:
        track, listen = self._stream.getAudioTracks()[0], self._callbacks.listen
        listen(track, "ended", self._on_ended)
        listen(track, "mute", lambda _event: self._on_trouble("muted"))
        listen(track, "unmute", lambda _event: self._on_trouble("unmuted"))
        listen(self._context, "statechange", self._on_state)
        if str(self._context.state) == "interrupted":
            self._on_trouble("suspended")
        if track.muted:
            self._on_trouble("muted")
        if str(track.readyState) == "ended":
            self._on_ended(None)

    def _on_ended(self, _event: Any) -> None:
        """Stop taking blocks, as some browsers deliver silence from a microphone that is gone."""
        self._node.port.onmessage = None
        self._on_trouble("ended")

    def _on_state(self, _event: Any) -> None:
        """Report the browser's states "suspended" and "interrupted" both as "suspended"."""
        self._on_trouble("running" if str(self._context.state) == "running" else "suspended")

    def _build_graph(self, sample_rate: int) -> None:
        """The context chooses its rate, because Firefox wants the microphone's; the worklet converts."""
        block_size = sample_rate * FRAME_MS // 1000
        options = js_object(rate=sample_rate, blockSize=block_size, unanswered=UNANSWERED)
        self._node = js.AudioWorkletNode.new(
            self._context, "capture-worklet", js_object(processorOptions=options, numberOfOutputs=0)
        )
        self._context.createMediaStreamSource(self._stream).connect(self._node)
        self._node.port.onmessage = self._callbacks.lend(self._on_message)

    def _on_message(self, event: Any) -> None:
        self._node.port.postMessage(True)
        samples = array("f")
        samples.frombytes(event.data.samples.to_bytes())
        end_ms = self._offset.to_device_ms(float(event.data.endTime) * 1000, self._clock.steady_ms())
        self._on_block(AudioBlock(samples, end_ms - FRAME_MS))


def _check_browser() -> None:
    if not service(js.window, "AudioWorkletNode") or not service(js.navigator, "mediaDevices"):
        raise AudioError(
            "This browser cannot send live sound. Please use a current version of Chrome, Edge, "
            "Firefox or Safari.",
            code=codes.AUDIO_UNSUPPORTED,
        )


async def _user_media(device_id: str, voice: bool) -> Any:
    # For a voice the browser itself makes one channel of all, and evens out its level. Else it picks one,
    # or halves one that is alone: so it is asked for all, and the worklet mixes them.
    channels = 1 if voice else ALL_CHANNELS
    audio = js_object(
        echoCancellation=voice, noiseSuppression=voice, autoGainControl=voice, channelCount=channels
    )
    if device_id:
        audio.deviceId = js_object(exact=device_id)
    return await service(js.navigator, "mediaDevices").getUserMedia(js_object(audio=audio))


def _stop(stream: Any) -> None:
    for track in stream.getTracks():
        track.stop()
