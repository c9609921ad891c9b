"""Where the sound comes out: chosen in the page, or in the browser's own list. Portable."""

from pylib.ports import Outputs
from pylib.tasks import in_background
from pylib.ui.i18n import LANGUAGES, Texts
from pylib.ui.ports import Page
from pylib.ui.preferences import Preferences

RECORD = "output"


class OutputPicker:
    """Offers devices as far as the browser names them, also those that come later.

    A device that is kept but not there now is kept on, and used again when it comes back.
    """

    def __init__(self, page: Page, outputs: Outputs, preferences: Preferences) -> None:
        self._page = page
        self._outputs = outputs
        self._preferences = preferences
        self._texts = Texts(LANGUAGES[0], {})
        self._named: list[tuple[str, str]] = []
        self._are_named = False

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
        """See which devices there are now, and use the kept one if it is among them; called often."""
        named = [(one.device_id, one.label) for one in await self._outputs.devices()]
        self._are_named = self._are_named or bool(named)
        if named != self._named:
            self._named = named
            self._draw()
        self._use()

    def apply(self) -> None:
        """Use what the preferences say."""
        self._use()
        self._draw()

    def _use(self) -> None:
        """Where devices are named, one not among them is gone: until it is back the system chooses."""
        kept = self._preferences.get(RECORD)
        gone = self._are_named and kept not in [device_id for device_id, _ in self._named]
        self._outputs.use("" if gone else kept)

    async def _ask(self) -> None:
        chosen = await self._outputs.ask()
        if chosen is None:
            return
        if chosen.device_id not in [device_id for device_id, _ in self._named]:
            self._named.append((chosen.device_id, chosen.label))
        self._set(chosen.device_id)

    def _chosen(self) -> None:
        self._set(self._page.value("output"))

    def _set(self, device_id: str) -> None:
        self._preferences.set(RECORD, device_id)
        self.apply()

    def _draw(self) -> None:
        usual = [("", self._texts.get("output.usual"))]
        self._page.options("output", usual + self._named)
        kept = self._preferences.get(RECORD)
        self._page.set_value("output", kept if kept in [device_id for device_id, _ in self._named] else "")
        self._page.show("outputs", bool(self._named) or self._outputs.can_ask())
        self._page.show("output-row", bool(self._named))
