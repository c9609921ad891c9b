"""Output devices, and the route of sound from the last node of an audio graph to the chosen device."""

from typing import Any, Callable

import js

from pylib.browser.bridge import Callbacks, JsException, js_list, service
from pylib.ports import Output
from pylib.ui.ports import Device


def this_device() -> Device:
    """The device that the page runs on."""
    has_session = service(js.navigator, "audioSession") is not None
    touch_points = int(service(js.navigator, "maxTouchPoints") or 0)
    platform = str(service(js.navigator, "platform") or "")
    return Device(platform, touch_points, has_session, str(js.navigator.userAgent))


class BrowserOutputs:
    """See Outputs. `route` is told which device was chosen."""

    def __init__(self, route: "SoundRoute") -> None:
        self._route = route
        self._callbacks = Callbacks()

    async def devices(self) -> "list[Output]":
        """See Outputs. Empty until a microphone was allowed once, as browsers withhold names before."""
        if not (_has_media("enumerateDevices") and (_context_chooses() or _element_chooses())):
            return []
        try:
            found = await _media().enumerateDevices()
        except JsException:
            return []
        every = [found[number] for number in range(found.length)]
        outputs = [one for one in every if str(one.kind) == "audiooutput"]
        outputs = [Output(str(one.deviceId), str(one.label)) for one in outputs]
        return [one for one in outputs if one.label and one.device_id not in ("", "default")]

    def on_change(self, handler: Callable[[], None]) -> None:
        """See Outputs."""
        if _has_media("addEventListener"):
            self._callbacks.listen(_media(), "devicechange", lambda _event: handler())

    def can_ask(self) -> bool:
        """See Outputs."""
        return _has_media("selectAudioOutput") and (_context_chooses() or _element_chooses())

    async def ask(self) -> "Output | None":
        """See Outputs."""
        try:
            chosen = await _media().selectAudioOutput()
        except JsException:
            return None
        return Output(str(chosen.deviceId), str(chosen.label))

    def use(self, device_id: str) -> None:
        """See Outputs."""
        self._route.set_device(device_id)


class SoundRoute:
    """The route from an audio node to the device: directly, or through an <audio> element.

    `bridged` asks for the element, because on older iPhones its sound plays on when the screen is
    locked, and the context's does not. Browsers whose contexts cannot choose a device use it as well.
    """

    def __init__(self, bridged: bool) -> None:
        self._bridged = bridged
        self._device_id = ""
        self._context: Any = None
        self._node: Any = None
        self._audio: Any = None

    def prepare(self) -> None:
        """Declare the sound as playback; call this before the context is made.

        Otherwise the silent switch and the lock screen of an iPhone silence it.
        """
        session = service(js.navigator, "audioSession")
        if session is not None:
            session.type = "playback"

    def connect(self, context: Any, node: Any) -> None:
        """Connect this node to the chosen device, until `close`."""
        self.close()
        self._context, self._node = context, node
        node.disconnect()
        if self._bridged or (self._device_id and not _context_chooses() and _element_chooses()):
            self._through_element()
        else:
            node.connect(context.destination)
        self._choose()

    def set_device(self, device_id: str) -> None:
        """Use another device from now on; for an empty id the system chooses."""
        changed, self._device_id = device_id != self._device_id, device_id
        if changed and self._node is not None:
            self.connect(self._context, self._node)

    def close(self) -> None:
        """Release node and element."""
        if self._audio is not None:
            self._audio.pause()
            self._audio.srcObject = None
        self._context = self._node = self._audio = None

    def _through_element(self) -> None:
        stream = self._context.createMediaStreamDestination()
        self._node.connect(stream)
        self._audio = js.document.createElement("audio")
        self._audio.setAttribute("playsinline", "")
        self._audio.srcObject = stream.stream
        _settle(self._audio.play())

    def _choose(self) -> None:
        """Choose the device. The browser refuses one that is gone, and the system's choice stays."""
        if _context_chooses():
            if self._device_id or str(self._context.sinkId):
                _settle(self._context.setSinkId(self._device_id))
        elif self._audio is not None and self._device_id and _element_chooses():
            _settle(self._audio.setSinkId(self._device_id))


def _settle(promise: Any) -> None:
    """Ignore a promise's outcome: without this a rejection would be reported on the console."""
    js.Promise.allSettled(js_list([promise]))


def _media() -> Any:
    return service(js.navigator, "mediaDevices")


def _has_media(name: str) -> bool:
    media = _media()
    return media is not None and bool(js.Reflect.has(media, name))


def _context_chooses() -> bool:
    contexts = service(js.window, "AudioContext")
    return contexts is not None and bool(js.Reflect.has(contexts.prototype, "setSinkId"))


def _element_chooses() -> bool:
    return bool(js.Reflect.has(js.HTMLAudioElement.prototype, "setSinkId"))
