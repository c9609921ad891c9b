"""The places of a talk: how many are taken, more of them, and the door that keeps newcomers out."""

from pylib.tasks import in_background
from pylib.ui.i18n import LANGUAGES, Texts
from pylib.ui.ports import Page
from speaker.app import SpeakerApp
from speaker.model import Audience, Model


class PlacesView:
    """Draws what the server tells of the places; a server that tells nothing of them has no such controls."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._texts = Texts(LANGUAGES[0], {})

    def bind(self, app: SpeakerApp) -> None:
        """Connect the controls."""
        self._page.on("more-places", "click", in_background(app.add_places))
        self._page.on("door", "click", in_background(app.toggle_door))

    def set_texts(self, texts: Texts) -> None:
        """Say everything in this language from now on."""
        self._texts = texts

    def draw(self, model: Model) -> None:
        """Draw the model."""
        page, texts, audience = self._page, self._texts, model.audience
        page.show("places", model.state.is_running and audience.places > 0)
        page.text("places-summary", self._summary(audience))
        taken, number = str(audience.listeners), str(audience.places)
        page.text("places-taken", texts.get("places.taken", taken=taken, number=number))
        page.show("more-places", audience.more_places > audience.places)
        page.text("more-places", texts.get("places.more", number=str(audience.more_places)))
        page.text("door", texts.get("door.open" if audience.door_closed else "door.close"))

    def _summary(self, audience: Audience) -> str:
        """What the speaker must know without opening the details."""
        if audience.door_closed:
            return self._texts.get("door.closed")
        if audience.listeners >= audience.places:
            return self._texts.get("places.full", number=str(audience.places))
        return self._texts.get("places")
