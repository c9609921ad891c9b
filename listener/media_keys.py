"""Media keys, on the lock screen, headphones or keyboard, do what the page's buttons do. Portable."""

from listener.app import ListenerApp
from listener.model import Model
from pylib.tasks import in_background
from pylib.ui.i18n import LANGUAGES, Texts
from pylib.ui.ports import MediaControls


class MediaKeys:
    """Connects the system's media controls with the page, in both directions."""

    def __init__(self, media: MediaControls) -> None:
        self._media = media
        self._texts = Texts(LANGUAGES[0], {})
        self._shown: Model | None = None
        self._metadata = ("", "")
        self._state = ""

    def bind(self, app: ListenerApp) -> None:
        """Connect the keys. None is a toggle: systems send "play" also to a page that plays already."""
        listen = in_background(app.listen)

        def play() -> None:
            if self._paused:
                app.toggle_pause()
            else:
                listen()

        def pause() -> None:
            if self._shown is not None and self._shown.state.started and not self._paused:
                app.toggle_pause()

        self._media.on("play", play)
        self._media.on("pause", pause)
        self._media.on("stop", app.stop)

    def set_texts(self, texts: Texts) -> None:
        """Say it in this language from now on."""
        self._texts = texts
        if self._shown is not None:
            self.show(self._shown)

    def show(self, model: Model) -> None:
        """Give the system title and playback state; called often, so it does nothing when nothing changed."""
        self._shown = model
        state = _playback_state(model)
        metadata = (self._texts.get("lock-screen"), model.session_id)
        if model.session_id and metadata != self._metadata:
            self._metadata = metadata
            self._media.set_metadata(metadata[0], metadata[1])
        if state != self._state:
            self._state = state
            self._media.set_state(state)

    @property
    def _paused(self) -> bool:
        return self._shown is not None and self._shown.state.started and self._shown.paused


def _playback_state(model: Model) -> str:
    if not model.state.started:
        return "none"
    return "paused" if model.paused else "playing"
