"""The output device: chosen in the page, or in the browser's own list. Portable."""

from pylib.ports import Outputs
from pylib.tasks import in_background
from pylib.ui.i18n import LANGUAGES, Texts
from pylib.ui.ports import Page
from pylib.ui.preferences import Preferences

RECORD = "output"


class OutputPicker:
    """Offers the devices that the browser names, also those that are plugged in later.

    The preference for a device that is unplugged stays, so that the device is used again when it comes back.
    """

    def __init__(self, page: Page, outputs: Outputs, preferences: Preferences) -> None:
        self._page = page
        self._outputs = outputs
        self._preferences = preferences
        self._texts = Texts(LANGUAGES[0], {})
        self._devices: list[tuple[str, str]] = []
        self._has_named_devices = False

    def bind(self) -> None:
        """Connect the controls."""
        self._page.on("output", "change", self._chosen)
        self._page.on("output-ask", "click", in_background(self._ask))
        self._page.show("output-ask", self._outputs.can_ask())
        self._outputs.on_change(in_background(self.refresh_devices))

    def set_texts(self, texts: Texts) -> None:
        """Say it in this language from now on."""
        self._texts = texts
        self._draw()

    async def refresh_devices(self) -> None:
        """Read the list of devices, and use the preferred one if it is among them; called often."""
        devices = [(one.device_id, one.label) for one in await self._outputs.devices()]
        self._has_named_devices = self._has_named_devices or bool(devices)
        if devices != self._devices:
            self._devices = devices
            self._draw()
        self._apply()

    def apply(self) -> None:
        """Use the preferred device, and show it."""
        self._apply()
        self._draw()

    def _apply(self) -> None:
        """A device that is missing among named ones is unplugged: until it is back the system chooses."""
        preferred = self._preferences.get(RECORD)
        unplugged = self._has_named_devices and preferred not in [device_id for device_id, _ in self._devices]
        self._outputs.use("" if unplugged else preferred)

    async def _ask(self) -> None:
        chosen = await self._outputs.ask()
        if chosen is None:
            return
        if chosen.device_id not in [device_id for device_id, _ in self._devices]:
            self._devices.append((chosen.device_id, chosen.label))
        self._set(chosen.device_id)

    def _chosen(self) -> None:
        self._set(self._page.value("output"))

    def _set(self, device_id: str) -> None:
        self._preferences.set(RECORD, device_id)
        self.apply()

    def _draw(self) -> None:
        system_choice = [("", self._texts.get("output.usual"))]
        self._page.options("output", system_choice + self._devices)
        preferred = self._preferences.get(RECORD)
        self._page.set_value(
            "output", preferred if preferred in [device_id for device_id, _ in self._devices] else ""
        )
        self._page.show("outputs", bool(self._devices) or self._outputs.can_ask())
        self._page.show("output-row", bool(self._devices))
